"""What the map shows on a day: goods on the way, and how the places that consume stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.results.findings import states
from redball.results.plan import Plan
from redball.views.map_lanes import LaneLine, at_share
from redball.views.map_project import Floats

DOT_PX = 9.0
"""Radius of the largest dot."""
DOT_PX_MIN = 1.3


@dataclass(frozen=True)
class Days:
    """Movements and states by day, with items and lanes as numbers."""

    lanes: tuple[str, ...]
    """Lanes that the plan uses, the busiest first."""
    lane_tonnes: Floats
    items: tuple[str, ...]
    """Items in the order of their table."""
    moves: pl.DataFrame
    """lane, item (indices), depart, days, tonnes; one row for each lane, item and day of departure."""
    pairs: pl.DataFrame
    """location, item: those that consume."""
    states: np.ndarray
    """(pairs, days) index into ``results.findings.STATES``."""
    in_transit: Floats
    """(days) tonnes on the way at the close of each day."""

    @property
    def busiest(self) -> int:
        """The day with the most tonnes on the way."""
        return int(self.in_transit.argmax())

    @property
    def tonnes_max(self) -> float:
        """Tonnes of the largest dot; the few beyond it look no larger."""
        tonnes = self.moves["tonnes"]
        return float(tonnes.quantile(0.99, "higher") or 1.0) if tonnes.len() else 1.0

    def on_the_way(self, day: int) -> pl.DataFrame:
        """Return the movements on the way at the close of a day, with the share of the way that is behind them."""
        return self.moves.filter(
            (pl.col("depart") <= day) & (pl.col("depart") + pl.col("days") > day)
        ).with_columns(((day - pl.col("depart") + 0.5) / pl.col("days")).alias("share"))

    def worst(self, day: int) -> dict[str, int]:
        """Return the worst state of any item at each place that consumes."""
        frame = self.pairs.with_columns(pl.Series("state", self.states[:, day]))
        return dict(
            frame.group_by("location", maintain_order=True)
            .agg(pl.col("state").max())
            .sort("location")
            .iter_rows()
        )


@dataclass(frozen=True, slots=True)
class Dot:
    """Goods on the way: where, how large, of which item."""

    x: float
    y: float
    radius: float
    item: int


def days_of(plan: Plan) -> Days:
    """Return the movements and states of a plan."""
    horizon = plan.scenario.horizon
    items = plan.scenario.table("items")["item"].to_list()
    start = pl.lit(horizon.start)
    grouped = (
        plan.tables["shipments"]
        .group_by("lane", "item", "depart_date", "arrive_date", maintain_order=True)
        .agg(pl.col("tonnes").sum().round(6))
        .filter(pl.col("tonnes") > 1e-6)
    )
    by_lane = (
        grouped.group_by("lane", maintain_order=True)
        .agg(pl.col("tonnes").sum().round(6))
        .sort(["tonnes", "lane"], descending=[True, False])
    )
    lanes = by_lane["lane"].to_list()
    moves = grouped.select(
        pl.col("lane").replace_strict(lanes, range(len(lanes)), return_dtype=pl.Int64),
        pl.col("item").replace_strict(items, range(len(items)), return_dtype=pl.Int64),
        (pl.col("depart_date") - start).dt.total_days().alias("depart"),
        (pl.col("arrive_date") - pl.col("depart_date")).dt.total_days().alias("days"),
        pl.col("tonnes"),
    ).sort("depart", "lane", "item", "days")
    pairs, state = states(plan)
    change = np.zeros(horizon.days + 1)
    depart = moves["depart"].to_numpy()
    np.add.at(change, depart, moves["tonnes"].to_numpy())
    np.add.at(
        change, np.minimum(depart + moves["days"].to_numpy(), horizon.days), -moves["tonnes"].to_numpy()
    )
    return Days(
        lanes=tuple(lanes),
        lane_tonnes=by_lane["tonnes"].to_numpy(),
        items=tuple(items),
        moves=moves,
        pairs=pairs,
        states=state,
        in_transit=np.cumsum(change)[:-1],
    )


def dots(days: Days, day: int, lines: dict[str, LaneLine], shown: Sequence[int]) -> tuple[Dot, ...]:
    """Return the dots of a day on one map, the largest first so that small ones lie on top.

    Parameters
    ----------
    shown
        Indices of the lanes that are drawn.
    """
    rows = days.on_the_way(day).filter(pl.col("lane").is_in(list(shown))).sort("tonnes", descending=True)
    found = []
    for lane, item, tonnes, share in rows.select("lane", "item", "tonnes", "share").iter_rows():
        line = lines.get(days.lanes[lane])
        if line is not None and line.seen:
            x, y = at_share(line.points, np.array([share]))[0]
            found.append(Dot(round(float(x), 1), round(float(y), 1), radius(tonnes, days.tonnes_max), item))
    return tuple(found)


def radius(tonnes: float, tonnes_max: float) -> float:
    """Return the radius of a dot whose area goes with its tonnes [px].

    >>> radius(25.0, 100.0), radius(400.0, 100.0)
    (4.5, 9.0)
    """
    return round(max(DOT_PX_MIN, DOT_PX * float(np.sqrt(min(1.0, tonnes / tonnes_max)))), 2)
