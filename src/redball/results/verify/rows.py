"""Whether the result tables can be read at all: columns, ids, dates, duplicate keys, numbers."""

from __future__ import annotations

import polars as pl

from redball.results.plan import Plan
from redball.results.tables import RESULTS
from redball.results.verify.breach import Breach, breaches

KEYS: dict[str, tuple[str, ...]] = {
    "shipments": ("lane", "item", "depart_date"),
    "stocks": ("location", "item", "date"),
    "served": ("row", "date"),
    "handovers": ("need", "date"),
    "take_up": ("pledge", "date"),
    "starts": ("line", "date"),
    "expansions": ("line",),
    "orders": ("offer", "order_date"),
}
"""What names a row of each table that holds a decision or a state."""

REFERS = {
    "lane": "lanes",
    "item": "items",
    "location": "locations",
    "need": "needs",
    "pledge": "pledges",
    "line": "production",
    "offer": "offers",
}

ARRIVING = ("arrive_date", "output_date")
"""Dates that may not lie before the start; those after the last day are §3.4."""


def check_rows(plan: Plan, tolerance: float) -> list[Breach]:
    """Check that each table of decisions and states can be read: without this no rule can be checked."""
    found = [breach for name in RESULTS for breach in _columns(plan, name)]
    if found:
        return found
    for name in KEYS:
        found += [*_blanks(plan, name), *_numbers(plan, name, tolerance)]
        found += [*_references(plan, name), *_duplicates(plan, name), *_dates(plan, name)]
    return found


def _columns(plan: Plan, name: str) -> list[Breach]:
    """Compare the columns and their types with the contract."""
    schema = plan.tables[name].schema
    if dict(schema) == RESULTS[name]:
        return []
    return [Breach("tables", f"columns are {dict(schema)}, must be {RESULTS[name]}", name, float("nan"))]


def _blanks(plan: Plan, name: str) -> list[Breach]:
    """Find rows with a blank."""
    rows = plan.tables[name].filter(pl.any_horizontal(pl.all().is_null()))
    return breaches(rows.with_columns(excess=pl.lit(1.0)), "tables", name, KEYS[name], "has a blank")


def _numbers(plan: Plan, name: str, tolerance: float) -> list[Breach]:
    """Find numbers that are not finite or below zero."""
    found = []
    for column, dtype in RESULTS[name].items():
        if dtype.is_float():
            value = pl.col(column)
            rows = plan.tables[name].filter(~value.is_finite() | (value < -tolerance))
            rows = rows.with_columns(excess=-value)
            words = f"{column} is {{{column}}}; must be a number, not negative"
            found += breaches(rows, "tables", name, KEYS[name], words)
    return found


def _references(plan: Plan, name: str) -> list[Breach]:
    """Find names that the scenario does not have, and rows of consumption that are not what they say."""
    frame, found = plan.tables[name], []
    for column in RESULTS[name].keys() & REFERS.keys():
        known = plan.scenario.table(REFERS[column]).select(column)
        rows = frame.join(known, on=column, how="anti").with_columns(excess=pl.lit(1.0))
        words = f"{{{column}!r}} is not in the scenario's {REFERS[column]}"
        found += breaches(rows, "tables", name, KEYS[name], words)
    if name == "served":
        known = plan.scenario.table("consumption").with_row_index("row", offset=2)
        known = known.select(pl.col("row").cast(pl.Int64), "location", "item")
        rows = frame.join(known, on=["row", "location", "item"], how="anti").with_columns(excess=pl.lit(1.0))
        words = "row {row} of consumption is not {item} at {location}"
        found += breaches(rows, "tables", name, KEYS[name], words)
    return found


def _duplicates(plan: Plan, name: str) -> list[Breach]:
    """Find keys that come twice."""
    keys = KEYS[name]
    rows = plan.tables[name].group_by(keys, maintain_order=True).len("n").filter(pl.col("n") > 1)
    rows = rows.with_columns(excess=pl.col("n") - 1.0)
    return breaches(rows, "tables", name, keys, "stands {n} times")


def _dates(plan: Plan, name: str) -> list[Breach]:
    """Find dates outside the horizon (§1.1)."""
    horizon, found = plan.scenario.horizon, []
    for column, dtype in RESULTS[name].items():
        if dtype == pl.Date():
            outside = pl.col(column) < pl.lit(horizon.start)
            if column not in ARRIVING:
                outside |= pl.col(column) > pl.lit(horizon.last)
            rows = plan.tables[name].filter(outside).with_columns(excess=pl.lit(1.0))
            words = f"{column} {{{column}}} is not within {horizon.start} and {horizon.last}"
            found += breaches(rows, "§1.1", name, KEYS[name], words)
    return found
