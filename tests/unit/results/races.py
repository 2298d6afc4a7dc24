"""A race that was made up by hand: for the tests of what is done with races, not of how they are run."""

from __future__ import annotations

import datetime as dt

import polars as pl
from tests.unit.results.books import bakery_plan

from redball.results.plan import Plan
from redball.results.race import Race, RaceSummary
from redball.results.race_intervals import wilson
from redball.results.race_tables import RACE_TABLES

N = 200


def made_up_race(plan: Plan, luck: float = 0.0) -> Race:
    """Return a race in which every stock of a plan runs out more and more often, and swings by a fifth."""
    horizon = plan.scenario.horizon
    pairs = plan.served.select("location", "item").unique(maintain_order=True)
    days = pl.DataFrame({"date": pl.date_range(horizon.start, horizon.last, eager=True)}).with_row_index(
        "day"
    )
    grid = pairs.join(days, how="cross")
    count = (pl.col("day") * N / horizon.days).floor().cast(pl.Int64)
    grid = grid.with_columns(count.alias("count"))
    low, high = wilson(grid["count"].to_numpy(), N)
    grid = grid.with_columns(chance=pl.col("count") / N, low=pl.Series(low), high=pl.Series(high))
    stocks = grid.join(plan.stocks, on=["location", "item", "date"], how="left").with_columns(
        pl.col("quantity").fill_null(0.0)
    )
    spread = {"q05": 0.8, "q25": 0.9, "q50": 1.0, "q75": 1.1, "q95": 1.2}
    bands = stocks.with_columns(**{name: pl.col("quantity") * share for name, share in spread.items()})
    service = pairs.with_columns(
        **{name: pl.lit(0.9) for name in ("fill_rate", "service_level")},
        **{name: pl.lit(0.8) for name in ("fill_low", "service_low")},
        **{name: pl.lit(0.95) for name in ("fill_high", "service_high")},
        date_q05=pl.lit(horizon.start + dt.timedelta(days=1)),
        date_q50=pl.lit(horizon.last),
        date_q95=pl.lit(None, dtype=pl.Date()),
    )
    batches = pl.DataFrame(
        {"measure": "shortage_days", "batch": [0, 1, 2, 3], "replications": N // 4}
        | {"value": [plan.summary.shortage_days + luck * batch for batch in range(1, 5)]}
    )
    frames = {
        "stock_outs": grid,
        "first_outs": grid.with_columns(chance_on=pl.lit(1 / horizon.days)),
        "service": service,
        "bands": bands,
        "batches": batches,
    }
    tables = {
        name: pl.DataFrame(schema=RACE_TABLES[name]) if not frame.height else _shaped(name, frame)
        for name, frame in frames.items()
    }
    mean = plan.summary.shortage_days
    summary = RaceSummary(
        N,
        "follow",
        *(mean, mean * 0.9, mean * 1.1 + 0.1),
        *(mean, mean * 0.9, mean * 1.1 + 0.1),
        *(0.9, 0.88, 0.92),
        *(0.75, 0.68, 0.8),
        0.14,
        plan.summary.digest,
        None,
        "0.1.0",
        {"replications": N, "seed": 1},
        {"run": 0.5},
    )
    return Race(plan.scenario, summary, tables)


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the columns of a race's table; what it lacks is blank."""
    schema = RACE_TABLES[name]
    lacking = [pl.lit(None).alias(column) for column in schema if column not in frame.columns]
    return frame.with_columns(lacking).select(list(schema)).cast(dict(schema))


def bakery_race() -> Race:
    """Return a race of the bakery's plan."""
    return made_up_race(bakery_plan())
