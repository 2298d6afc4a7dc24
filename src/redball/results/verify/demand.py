"""§6: what is served and handed over."""

from __future__ import annotations

import polars as pl

from redball.results.verify.breach import Breach, above, breaches, not_whole, unlike
from redball.results.verify.facts import Facts

ROW = ("row", "date")


def check_demand(facts: Facts, tolerance: float) -> list[Breach]:
    """Check all of §6 but cover, which is a matter of value (§7.3)."""
    return [*_consumption(facts, tolerance), *_needs(facts, tolerance)]


def _consumption(facts: Facts, tolerance: float) -> list[Breach]:
    """Check that each row and day is there, asks what it asks and gets no more (§6.1)."""
    due = facts.asked
    missing = due.filter(pl.col("served").is_null()).with_columns(excess="per_day")
    never = facts.plan.tables["served"].join(due, on=ROW, how="anti").with_columns(excess=pl.lit(1.0))
    known = due.filter(pl.col("served").is_not_null())
    asks = known.with_columns(value="stated", limit="per_day")
    gets = known.with_columns(value="served", limit="per_day")
    return [
        *breaches(
            missing, "§6.1", "served", ROW, "no row for {item} at {location}, which asks {per_day:,.9g}"
        ),
        *breaches(never, "§6.1", "served", ROW, "{item} at {location} is not asked on this day"),
        *unlike(
            asks, tolerance, "§6.1", "served", ROW, "states that {value:,.9g} are asked, {limit:,.9g} are"
        ),
        *above(gets, tolerance, "§6.1", "served", ROW, "{value:,.9g} served, {limit:,.9g} asked"),
    ]


def _needs(facts: Facts, tolerance: float) -> list[Breach]:
    """Check that no need gets more than it asks, and that its backlog stands on every day from its due date on (§6.2)."""
    keys = ("need", "date")
    needs = facts.plan.scenario.table("needs").select("need", "item", "due_date", needed="quantity")
    rows = facts.plan.tables["handovers"].join(needs, on="need").join(facts.items, on="item")
    rows = rows.sort(keys).with_columns(total=pl.col("quantity").cum_sum().over("need"))
    total = rows.group_by("need", maintain_order=True).agg(
        value=pl.col("quantity").sum(), limit=pl.col("needed").first()
    )
    left = (pl.col("needed") - pl.col("total")).clip(lower_bound=0)
    late = pl.col("date") >= pl.col("due_date")
    open_then = rows.with_columns(value="open", limit=pl.when(late).then(left).otherwise(0.0))
    due = facts.active(needs.with_columns(from_date="due_date", to_date=pl.lit(facts.last)))
    missing = due.join(rows, on=keys, how="anti").with_columns(excess=pl.lit(1.0))
    return [
        *above(
            total, tolerance, "§6.2", "handovers", ["need"], "{value:,.9g} handed over, {limit:,.9g} needed"
        ),
        *unlike(
            open_then, tolerance, "§6.2", "handovers", keys, "states backlog {value:,.9g}, it is {limit:,.9g}"
        ),
        *breaches(missing, "§6.2", "handovers", keys, "no row for a day at or after {due_date}"),
        *not_whole(rows, tolerance, "handovers", keys),
    ]
