"""What differs between two plans."""

from __future__ import annotations

import polars as pl

from redball.results.plan import Plan
from redball.results.shortages import stock_outs
from redball.results.summary import COST_PARTS

NUMBERS = ("objective", "bound", "gap", "shortage_days", "weighted_shortage_days")
LEAST = 1e-9
"""A difference up to this is none."""


def compare(a: Plan, b: Plan) -> pl.DataFrame:
    """Return the differences between two plans, the largest of each measure first.

    Returns
    -------
    Columns ``measure`` (``summary``; ``shortage_days`` by location and item; ``tonnes`` by lane), ``name`` (of the
    number, location or lane), ``item``, ``a``, ``b`` and ``difference`` (b - a). What only one plan has is 0 in the
    other; what is the same in both is left out.
    """
    measures = [_summary(a, b), _shortage_days(a, b), _tonnes(a, b)]
    return (
        pl.concat([_different(rows, rank) for rank, rows in enumerate(measures)])
        .sort("rank", pl.col("difference").abs(), "name", "item", descending=[False, True, False, False])
        .drop("rank")
    )


def _summary(a: Plan, b: Plan) -> pl.DataFrame:
    """Return the numbers of both summaries."""
    sides = {
        side: [float(getattr(plan.summary, name)) for name in NUMBERS]
        + [float(plan.summary.cost[part]) for part in COST_PARTS]
        for side, plan in (("a", a), ("b", b))
    }
    names = [*NUMBERS, *(f"cost of {part}" for part in COST_PARTS)]
    return pl.DataFrame({"name": names, **sides}).with_columns(measure=pl.lit("summary"), item=pl.lit(""))


def _shortage_days(a: Plan, b: Plan) -> pl.DataFrame:
    """Return the shortage-days of both by location and item."""
    sides = [stock_outs(plan).select("item", name="location", value="shortage_days") for plan in (a, b)]
    return _joined(sides).with_columns(measure=pl.lit("shortage_days"))


def _tonnes(a: Plan, b: Plan) -> pl.DataFrame:
    """Return the tonnes departing in both by lane."""
    sides = [
        plan.tables["shipments"]
        .group_by(name="lane")
        .agg(value=pl.col("tonnes").sum())
        .with_columns(item=pl.lit(""))
        for plan in (a, b)
    ]
    return _joined(sides).with_columns(measure=pl.lit("tonnes"))


def _joined(sides: list[pl.DataFrame]) -> pl.DataFrame:
    """Put the values of both plans side by side."""
    left, right = (side.rename({"value": name}) for side, name in zip(sides, "ab", strict=True))
    both = left.join(right, on=["name", "item"], how="full", coalesce=True)
    return both.with_columns(pl.col("a", "b").fill_null(0.0))


def _different(rows: pl.DataFrame, rank: int) -> pl.DataFrame:
    """Keep the rows that differ."""
    rows = rows.with_columns(difference=pl.col("b") - pl.col("a"), rank=pl.lit(rank))
    least = LEAST * pl.max_horizontal(pl.lit(1.0), pl.col("a").abs(), pl.col("b").abs())
    columns = ("measure", "name", "item", "a", "b", "difference", "rank")
    return rows.filter(pl.col("difference").abs() > least).select(columns)
