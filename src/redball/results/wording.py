"""A plan's summary in words, for a terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from redball.core.wording import count, day, listed, money, number, percent
from redball.results.shortages import stock_outs
from redball.results.summary import COST_PARTS, PlanParts

NAMED_MAX = 5
"""Shortages named in a summary."""


def headline(plan: PlanParts) -> str:
    """Say the answer on one line."""
    summary, settings = plan.summary, plan.scenario.settings
    return (
        f"{settings.name!r}, {settings.start} + {settings.days} days: {summary.status}, "
        f"{number(summary.shortage_days)} shortage-days, gap {percent(summary.gap)}"
    )


def summary_text(plan: PlanParts) -> str:
    """Say the answer, its proof, what it costs and what runs short first, on a few lines."""
    names = plan.scenario.settings
    lines = [f"Plan of {names.name!r}, {day(names.start)} to {day(plan.scenario.horizon.last)}"]
    rows = list(_facts(plan))
    width = max(len(label) for label, _ in rows)
    lines += [f"  {label:<{width}}  {value}" for label, value in rows]
    short = list(_shortages(plan))
    lines.append("Short first:" if short else "Nothing runs short.")
    lines += [f"  {line}" for line in short]
    return "\n".join(lines)


def summary_html(plan: PlanParts) -> str:
    """Say the same as HTML; every name in it is escaped."""
    names = plan.scenario.settings
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(label)}</th>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for label, value in _facts(plan)
    )
    short = "".join(f"<li>{escape(line)}</li>" for line in _shortages(plan))
    period = f"{day(names.start)} to {day(plan.scenario.horizon.last)}"
    return (
        f"<table><caption>Plan of {escape(names.name)}, {period}</caption><tbody>{rows}</tbody></table>"
        + (f"<p>Short first:</p><ul>{short}</ul>" if short else "<p>Nothing runs short.</p>")
    )


def _facts(plan: PlanParts) -> Iterator[tuple[str, str]]:
    """Yield the headline numbers, each with its label."""
    summary, currency = plan.summary, plan.scenario.settings.currency
    yield "status", summary.status
    yield (
        "shortage-days",
        f"{number(summary.shortage_days)} ({number(summary.weighted_shortage_days)} weighted)",
    )
    bound = money(summary.bound, currency)
    yield "objective", f"{money(summary.objective, currency)}, at least {bound} (gap {percent(summary.gap)})"
    parts = [f"{part} {money(summary.cost[part], currency)}" for part in COST_PARTS if summary.cost.get(part)]
    yield "of which", listed(parts) if parts else "nothing"
    yield "shipments", number(plan.tables["shipments"].height)


def _shortages(plan: PlanParts) -> Iterator[str]:
    """Yield what runs short first."""
    short = stock_outs(plan)
    for row in short.head(NAMED_MAX).iter_rows(named=True):
        yield (
            f"{row['item']} at {row['location']} (priority {row['priority']}): from "
            f"{day(row['first_short_date'])}, on {count(row['short_days'], 'day')}, "
            f"{number(row['shortage_days'])} shortage-days, {number(row['unserved_quantity'])} not served"
        )
    if short.height > NAMED_MAX:
        yield f"and {count(short.height - NAMED_MAX, 'other')}"
