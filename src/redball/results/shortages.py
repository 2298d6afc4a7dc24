"""Who runs short, when and of how much: read off a plan for views and explanations."""

from __future__ import annotations

import polars as pl

from redball.results.summary import PlanParts

SHORT_SHARE = 1e-6
"""Share of what is asked below which nothing is called short: the tolerance of §8.2."""


def short_days(plan: PlanParts) -> pl.DataFrame:
    """Return each consumption row and each need on each day on which it is short (§6.1, §6.2).

    Returns
    -------
    Columns ``location``, ``item``, ``kind`` (``consumption`` or ``need``), ``name`` (row of the consumption, id of
    the need), ``date``, ``priority``, ``short`` [unit] and ``shortage_days`` (the share of a day wholly short).
    """
    consumption = plan.scenario.table("consumption").with_row_index("row", offset=2)
    rows = consumption.select(pl.col("row").cast(pl.Int64), "priority")
    unserved = plan.tables["served"].join(rows, on="row", maintain_order="left")
    needs = plan.scenario.table("needs").select(
        "need", "location", "item", "due_date", "priority", asked="quantity"
    )
    backlog = plan.tables["handovers"].join(needs, on="need", maintain_order="left")
    columns = ("location", "item", "kind", "name", "date", "priority", "short", "asked")
    found = pl.concat(
        [
            unserved.with_columns(
                kind=pl.lit("consumption"),
                name=pl.col("row").cast(pl.String),
                short=pl.col("asked") - pl.col("quantity"),
            ).select(columns),
            backlog.filter(pl.col("date") >= pl.col("due_date"))
            .with_columns(kind=pl.lit("need"), name="need", short="open")
            .select(columns),
        ]
    )
    return (
        found.filter(pl.col("short") > SHORT_SHARE * pl.col("asked"))
        .with_columns(pl.col("priority").cast(pl.Int64), shortage_days=pl.col("short") / pl.col("asked"))
        .drop("asked")
    )


def stock_outs(plan: PlanParts) -> pl.DataFrame:
    """Return where what runs short, the first date first and on one date the first priority first.

    Returns
    -------
    Columns ``location``, ``item``, ``first_short_date``, ``short_days`` (dates on which anything is short),
    ``shortage_days`` (plain, §7.1; adds up to the plan's), ``unserved_quantity`` (consumption lost, and needs open
    on the last day) and ``priority`` (the first that is short).
    """
    # what a need has open on one day is open still on the next: only its last day counts
    lost = (pl.col("kind") == "consumption") | (pl.col("date") == pl.lit(plan.scenario.horizon.last))
    return (
        short_days(plan)
        .group_by("location", "item", maintain_order=True)
        .agg(
            first_short_date=pl.col("date").min(),
            short_days=pl.col("date").n_unique().cast(pl.Int64),
            shortage_days=pl.col("shortage_days").sum(),
            unserved_quantity=pl.col("short").filter(lost).sum(),
            priority=pl.col("priority").min(),
        )
        .sort("first_short_date", "priority", "location", "item")
    )
