"""The bottlenecks of a plan made comparable: what a tenth more of each limit would be worth.

One more unit of a lane and one more unit of a pledge cannot be ranked against each other; a tenth of each can. The
values are slopes (§8.4): they hold for a small change, and a tenth is where to look first, not a promise.
"""

from __future__ import annotations

import polars as pl

from redball.results.plan import Plan

TENTH = 0.1


def ranked_bottlenecks(plan: Plan) -> pl.DataFrame:
    """Return each limit that binds once, with what a tenth more of it is worth, the most valuable first.

    Columns: limit, name, from_date, to_date, n_days (on which it binds), unit, amount (of the limit; null where it
    has none or none that is finite), shortage_days_per_unit, value_per_unit (one more unit on each of its binding
    days), shortage_days_tenth, value_tenth.
    """
    days = (pl.col("to_date") - pl.col("from_date")).dt.total_days() + 1
    spared = pl.col("shortage_days_per_unit")
    return (
        plan.tables["bottlenecks"]
        .group_by("limit", "name", "unit", maintain_order=True)
        .agg(
            pl.col("from_date").min(),
            pl.col("to_date").max(),
            days.sum().alias("n_days"),
            # blank where the prices came without a basis: a sum of nothing would say 0
            pl.when(spared.is_not_null().any()).then(spared.sum()),
            pl.col("value_per_unit").sum(),
        )
        .join(_amounts(plan), on=["limit", "name"], how="left")
        .with_columns(
            (TENTH * pl.col("amount") * pl.col("shortage_days_per_unit")).alias("shortage_days_tenth"),
            (TENTH * pl.col("amount") * pl.col("value_per_unit")).alias("value_tenth"),
        )
        .sort(
            ["value_tenth", "value_per_unit", "limit", "name"],
            descending=[True, True, False, False],
            nulls_last=True,
        )
    )


def _amounts(plan: Plan) -> pl.DataFrame:
    """Return how much of each limit there is: limit, name, amount."""
    table = plan.scenario.table
    lines = table("production").with_columns(
        pl.when(pl.col("expansion") == "none")
        .then(pl.col("rate_per_day"))
        .otherwise(pl.max_horizontal("rate_per_day", "rate_max_per_day"))
        .alias("rate")
    )
    reserves = table("stocks").with_columns((pl.col("location") + " / " + pl.col("item")).alias("name"))
    parts = (
        ("lane", table("lanes"), "lane", "capacity_t_per_day"),
        ("throughput", table("locations").drop("name"), "location", "throughput_t_per_day"),
        ("storage", table("locations").drop("name"), "location", "storage_t"),
        ("reserve", reserves, "name", "reserve"),
        ("fleet", table("fleets"), "fleet", "vehicles"),
        ("pledge", table("pledges"), "pledge", "quantity"),
        ("production", lines, "line", "rate"),
        ("offer", table("offers"), "offer", "quantity_max"),
        ("budget", table("budgets"), "budget", "amount"),
    )
    return pl.concat(
        frame.select(
            pl.lit(limit).alias("limit"),
            pl.col(key).alias("name"),
            pl.when(pl.col(amount).is_finite() & (pl.col(amount) > 0)).then(pl.col(amount)).alias("amount"),
        )
        for limit, frame, key, amount in parts
    )
