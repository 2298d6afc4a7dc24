"""What the rules are checked against: the scenario's and the plan's tables, joined and with day numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE
from redball.results.flows import flows
from redball.results.plan import Plan


def days_up(column: str, least: int) -> pl.Expr:
    """Round a column of times in days up to whole days, at least `least` (§1.3)."""
    return (pl.col(column) - WHOLE_TOLERANCE).ceil().clip(lower_bound=least).cast(pl.Int64)


def later(date: str, days: str) -> pl.Expr:
    """Return the date that is column `days` after column `date`."""
    return (pl.col(date) + pl.duration(days=pl.col(days))).cast(pl.Date)


@dataclass(frozen=True)
class Facts:
    """A plan and the joins that several rules need."""

    plan: Plan
    items: pl.DataFrame
    """Every item with ``tonnes_per_unit``, ``whole``, ``supply_class``."""
    lanes: pl.DataFrame
    """Every lane, with ``transit`` and ``cycle`` in whole days."""
    shipments: pl.DataFrame
    """Every shipment, with its lane and item."""
    flows: pl.DataFrame
    """What enters and leaves, within the horizon."""

    @property
    def start(self) -> dt.date:
        """The date of day 0."""
        return self.plan.scenario.horizon.start

    @property
    def last(self) -> dt.date:
        """The date of the last day."""
        return self.plan.scenario.horizon.last

    @property
    def days(self) -> int:
        """How many days are planned."""
        return self.plan.scenario.horizon.days

    def day(self, column: str) -> pl.Expr:
        """Return the day numbers of a column of dates."""
        return (pl.col(column) - pl.lit(self.start)).dt.total_days()

    def active(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Repeat the rows for each ``date`` from ``from_date`` to ``to_date``, clipped to the horizon (§1.2)."""
        start, last = pl.lit(self.start), pl.lit(self.last)
        clipped = frame.with_columns(
            pl.max_horizontal("from_date", start).alias("from_date"),
            pl.min_horizontal("to_date", last).alias("to_date"),
        ).filter(pl.col("from_date") <= pl.col("to_date"))
        return clipped.with_columns(date=pl.date_ranges("from_date", "to_date")).explode("date")


def facts(plan: Plan) -> Facts:
    """Join what the rules need."""
    scenario = plan.scenario
    items = scenario.table("items").select("item", "tonnes_per_unit", "whole", "supply_class")
    lanes = scenario.table("lanes").with_columns(transit=days_up("transit_days", 1))
    lanes = lanes.with_columns(cycle=days_up("cycle_days", 1).fill_null(2 * pl.col("transit"))).select(
        "lane",
        "from_location",
        "to_location",
        "transit",
        "cycle",
        "capacity_t_per_day",
        "cost_per_t",
        "loss_fraction",
        "carries",
        "fleet",
    )
    inside = (pl.col("date") <= pl.lit(scenario.horizon.last)) & (pl.col("quantity") != 0)
    return Facts(
        plan=plan,
        items=items,
        lanes=lanes,
        shipments=plan.tables["shipments"].join(lanes, on="lane").join(items, on="item"),
        flows=flows(plan).filter(inside),
    )
