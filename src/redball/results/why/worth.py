"""The bottleneck table in words: what one more unit of each limit is worth (§8.4)."""

from __future__ import annotations

from typing import Any

from redball.core.wording import day, money, number
from redball.results.plan import Plan
from redball.results.why.cause import Cause

SUBJECTS = {
    "lane": "the capacity of lane {name}",
    "throughput": "the throughput of {name}",
    "storage": "the storage of {name}",
    "reserve": "the stock that {name} keeps in reserve",
    "fleet": "fleet {name}",
    "pledge": "pledge {name}",
    "production": "the rate of line {name}",
    "offer": "offer {name}",
    "budget": "budget {name}",
}
"""How each kind of limit is named in a sentence."""

WORTHLESS = 1e-9
"""[shortage-day / unit] less is the solver's noise."""

ORIGINS = {
    "lp": "The values are the dual prices of the plan's linear program.",
    "lp with decisions fixed": (
        "The plan takes decisions as a whole (expansions, minimum orders, whole units), so the values come from the "
        "linear program with those decisions fixed: they hold for small changes that leave the decisions as they are."
    ),
    "multipliers": (
        "The values are the multipliers that prove the plan's bound: no change of one limit can gain more than its value "
        "and the plan's gap."
    ),
    "none": "The search ended before the value of any limit was known.",
}
"""Where the values come from."""


def worth(plan: Plan) -> tuple[Cause, ...]:
    """Put the bottleneck table into words, the most valuable first; the last one says where the values come from.

    A value holds for one more unit on each of the days named, and for a small change: the second unit may be worth
    less.
    """
    table = plan.tables["bottlenecks"].sort("value_per_unit", descending=True, maintain_order=True)
    currency = plan.scenario.settings.currency
    found = [_one(row, currency) for row in table.iter_rows(named=True)]
    return (*found, Cause("origin", ORIGINS[plan.summary.bottlenecks_from], "§8.4"))


def _one(row: dict[str, Any], currency: str) -> Cause:
    first, last = row["from_date"], row["to_date"]
    days, value = row["shortage_days_per_unit"], row["value_per_unit"]
    if first is None or last is None:
        dates = ""
    elif first == last:
        dates = f" on {day(first)}"
    else:
        dates = f" from {day(first, year=first.year != last.year)} to {day(last)}"
    unit = row["unit"].replace("/day", " a day").replace("tonne", "t")
    subject = SUBJECTS[row["limit"]].format(name=row["name"])
    saved = f"spares {number(days)} shortage-days and " if days and days > WORTHLESS else ""
    text = f"One more {unit} on {subject}{dates} {saved}is worth {money(value, currency)}."
    numbers = {"shortage_days_per_unit": float(days or 0.0), "value_per_unit": float(value)}
    return Cause(row["limit"], text, "§8.4", 0, row["name"], numbers, first, last)
