"""What the rules are checked against: the scenario's and the plan's tables, joined and with day numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE, Horizon
from redball.results.flows import flows, names
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
    shipments: pl.DataFrame
    """Every shipment with numbers of its lane and item; ids are of the type `names`, as in `flows`, to save room."""
    flows: pl.DataFrame
    """What enters and leaves, within the horizon."""
    asked: pl.DataFrame
    """Every consumption row on each of its days; see `asked`."""

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
        return active(frame, self.plan.scenario.horizon)


def active(frame: pl.DataFrame, horizon: Horizon) -> pl.DataFrame:
    """Repeat the rows for each ``date`` from ``from_date`` to ``to_date``, clipped to the horizon (§1.2)."""
    clipped = frame.with_columns(
        from_date=pl.max_horizontal("from_date", pl.lit(horizon.start)),
        to_date=pl.min_horizontal("to_date", pl.lit(horizon.last)),
    ).filter(pl.col("from_date") <= pl.col("to_date"))
    return clipped.with_columns(date=pl.date_ranges("from_date", "to_date")).explode("date")


def asked(plan: Plan) -> pl.DataFrame:
    """Return each consumption row on each day on which it asks (§6.1), with what is ``served``, null where no row says."""
    columns = ("location", "item", "per_day", "priority", "cover_days", "from_date", "to_date")
    rows = plan.scenario.table("consumption").select(columns)
    rows = rows.with_row_index("row", offset=2).with_columns(pl.col("row").cast(pl.Int64))
    stated = plan.tables["served"].select("row", "date", stated="asked", served="quantity")
    days = active(rows, plan.scenario.horizon)
    return days.join(stated, on=["row", "date"], how="left", maintain_order="left")


def facts(plan: Plan) -> Facts:
    """Join what the rules need."""
    items = plan.scenario.table("items").select("item", "tonnes_per_unit", "whole", "supply_class")
    inside = (pl.col("date") <= pl.lit(plan.scenario.horizon.last)) & (pl.col("quantity") != 0)
    return Facts(
        plan=plan,
        items=items,
        shipments=_shipments(plan, items),
        flows=flows(plan).filter(inside),
        asked=asked(plan),
    )


def _shipments(plan: Plan, items: pl.DataFrame) -> pl.DataFrame:
    ids = names(plan)
    lanes = plan.scenario.table("lanes").with_columns(transit=days_up("transit_days", 1))
    lanes = lanes.with_columns(cycle=days_up("cycle_days", 1).fill_null(2 * pl.col("transit"))).select(
        pl.col("lane", "from_location", "to_location").cast(ids),
        "transit",
        "cycle",
        "capacity_t_per_day",
        "cost_per_t",
        "loss_fraction",
    )
    weighed = items.select(pl.col("item").cast(ids), "tonnes_per_unit", "whole")
    shipments = plan.tables["shipments"].cast({"lane": ids, "item": ids})
    return shipments.join(lanes, on="lane").join(weighed, on="item")
