"""The answer of a plan on a screen: a few lines, what runs dry first, what holds the plan back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.text import Text

from redball import api
from redball.core.wording import count, day, duration, money, number, percent
from redball.engines.forecast_stock import WAYS
from redball.results.bottlenecks import ranked_bottlenecks
from redball.results.findings import first_short
from redball.results.plan import Plan
from redball.results.summary import COST_PARTS
from redball.views.cli.screen import printable, rows_table

ROWS_SHOWN = 8
"""Rows of a table in the answer; the whole tables are in the plan's folder."""


def summary_of(plan: Plan) -> dict[str, object]:
    """Return a plan's summary as plain data."""
    return dict(vars(plan.summary))


def show_answer(plan: Plan, folder: Path, target: Console) -> None:
    """Write the whole answer."""
    settings, summary = plan.scenario.settings, plan.summary
    currency = settings.currency
    head = f"{settings.name}: {count(settings.days, 'day')} from {day(settings.start)}"
    target.print(Text(printable(head), style="bold"))
    parts = ", ".join(
        f"{name} {money(summary.cost[name], currency)}" for name in COST_PARTS if summary.cost.get(name)
    )
    target.print(
        "\n".join(
            (
                f"Shortage    {number(summary.shortage_days)} shortage-days"
                f" ({number(summary.weighted_shortage_days)} weighted by priority)",
                f"Objective   {money(summary.objective, currency)}: {parts or 'nothing'}",
                f"Proven      {summary.status}; bound {money(summary.bound, currency)}, gap {percent(summary.gap)}",
                f"Work        {number(summary.n_variables)} variables, {number(summary.n_rows)} rows,"
                f" {duration(sum(summary.seconds.values()))}",
            )
        ),
        soft_wrap=True,
    )
    show_shortages(plan, target)
    show_bottlenecks(plan, target)
    target.print()
    target.print(f"Kept in {folder}. Next: redball brief {folder}  or  redball why {folder}", soft_wrap=True)


def show_shortages(plan: Plan, target: Console) -> None:
    """Write what runs short first, beside the date on which it would run dry if nothing moved."""
    short = first_short(plan)
    if not short.height:
        target.print("Nothing runs short.")
        return
    dry = api.forecast(plan.scenario).filter(pl.col("way") == WAYS[0])
    rows = short.head(ROWS_SHOWN).join(
        dry.select("location", "item", "stock_out_date"), on=["location", "item"], how="left"
    )
    rows_table(
        target,
        ("Location", "Item", "Priority", f"Dry if {WAYS[0]}", "Short from", "Days", "Shortage-days"),
        [
            [
                row["location"],
                row["item"],
                number(row["priority"]),
                day(row["stock_out_date"]),
                day(row["first_date"]),
                number(row["days_short"]),
                number(row["shortage_days"]),
            ]
            for row in rows.iter_rows(named=True)
        ],
        title="Runs short first",
        right=("Priority", "Days", "Shortage-days"),
    )
    if short.height > ROWS_SHOWN:
        target.print(f"... and {short.height - ROWS_SHOWN} more; redball forecast --plan lists all.")


def dry_rows(frame: pl.DataFrame, ways: Sequence[str]) -> list[list[str]]:
    """Turn a forecast (long) into one row of cells for each location and item."""
    rows: dict[tuple[str, str], dict[str, tuple[float | None, str]]] = {}
    for location, item, way, supply, date in frame.select(
        "location", "item", "way", "days_of_supply", "stock_out_date"
    ).iter_rows():
        rows.setdefault((location, item), {})[way] = (supply, day(date))
    return [
        [
            location,
            item,
            number(found.get(WAYS[0], (None, ""))[0]),
            *(found.get(way, (None, day(None)))[1] for way in ways),
        ]
        for (location, item), found in rows.items()
    ]


BOTTLENECK_NOTES = {
    "lp with decisions fixed": "Values with the plan's yes-or-no and whole-unit decisions held fixed.",
    "multipliers": "Values are the multipliers that prove the bound: they hold to within the plan's gap.",
}
"""What to know about where values come from."""


def show_bottlenecks(plan: Plan, target: Console) -> None:
    """Write which limits bind, what one more unit of each is worth (§8.4), and a tenth more of it."""
    frame = ranked_bottlenecks(plan).head(ROWS_SHOWN)
    if not frame.height:
        return
    currency = plan.scenario.settings.currency
    rows_table(
        target,
        ("Limit", "Name", "From", "To", "Days", "One more", "Saves", "Worth", "A tenth more saves"),
        [
            [
                row["limit"],
                row["name"],
                day(row["from_date"], year=False),
                day(row["to_date"], year=False),
                number(row["n_days"]),
                row["unit"],
                number(row["shortage_days_per_unit"]),
                money(row["value_per_unit"], currency),
                number(row["shortage_days_tenth"]),
            ]
            for row in frame.iter_rows(named=True)
        ],
        title="What holds the plan back (saves: shortage-days)",
        right=("Days", "Saves", "Worth", "A tenth more saves"),
    )
    if note := BOTTLENECK_NOTES.get(plan.summary.bottlenecks_from):
        target.print(note, soft_wrap=True)
