"""What is random, as arrays: read off the tables, each with the key of its own stream of random numbers.

A draw belongs to (seed, replication, day, entity, purpose). Keys come from names, not from positions, so that two scenarios
with other rows beside the same lane give that lane the same fortunes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from redball.model.build import floats
from redball.model.lateness import LATE, LATE_OTHER, PLEDGE_SHAPE, lateness
from redball.model.problem import Floats
from redball.scenario.scenario import Scenario

Keys = NDArray[np.uint64]

Z_HIGH = 1.6448536269514722
"""The 95 % point of the normal distribution: ``per_day_low`` and ``per_day_high`` are the points 5 % and 95 %."""
DENSITY_0 = 0.3989422804014327
"""Density of the normal distribution at 0."""


@dataclass(frozen=True, slots=True)
class Risk:
    """The spread of everything that has one."""

    row_key: Keys
    row_median: Floats
    """(rows,) [item unit / day] with `row_below` and `row_above` a two-piece normal around it, cut at 0."""
    row_below: Floats
    row_above: Floats
    lane_key: Keys
    lane_fails: Floats
    """(lanes,) chance that an open lane closes from one day to the next."""
    lane_mends: Floats
    """(lanes,) chance that a closed lane reopens from one day to the next."""
    lane_delay: tuple[Floats, ...]
    """By lane: the chances of delays, see `lateness`."""
    pledge_key: Keys
    pledge_quantity: Floats
    """(pledges,) [item unit] promised, whatever counts of it."""
    pledge_chance: Floats
    pledge_part_chance: Floats
    """(pledges,) chance that only a part of it comes if any does."""
    pledge_delay: tuple[Floats, ...]
    line_key: Keys
    line_expansion_days: Floats
    line_slip_days: Floats
    """(lines,) [day] mean delay of the expansion."""


def risk_of(scenario: Scenario) -> Risk:
    """Read the spread of a checked scenario."""
    most = scenario.settings.days
    rows, lanes = scenario.table("consumption"), scenario.table("lanes")
    pledges, lines = scenario.table("pledges"), scenario.table("production")
    median, below, above = two_piece(
        floats(rows, "per_day"), floats(rows, "per_day_low"), floats(rows, "per_day_high")
    )
    return Risk(
        row_key=keys("consumption", _row_names(rows)),
        row_median=median,
        row_below=below,
        row_above=above,
        lane_key=keys("lane", lanes["lane"]),
        lane_fails=_chance_a_day(floats(lanes, "up_days_mean")),
        lane_mends=_chance_a_day(floats(lanes, "down_days_mean")),
        lane_delay=tuple(
            lateness(mean, *LATE.get(mode, LATE_OTHER), most)
            for mean, mode in lanes.select("delay_days_mean", "mode").iter_rows()
        ),
        pledge_key=keys("pledge", pledges["pledge"]),
        pledge_quantity=floats(pledges, "quantity"),
        pledge_chance=floats(pledges, "probability"),
        pledge_part_chance=floats(pledges, "part_probability"),
        pledge_delay=tuple(lateness(mean, 1.0, PLEDGE_SHAPE, most) for mean in pledges["delay_days"]),
        line_key=keys("line", lines["line"]),
        line_expansion_days=floats(lines, "expansion_days"),
        line_slip_days=floats(lines, "slip_days"),
    )


def keys(kind: str, names: Iterable[str]) -> Keys:
    """Return a 64-bit key for each name."""
    digests = [hashlib.blake2b(f"{kind}\0{name}".encode(), digest_size=8).digest() for name in names]
    return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.uint64)


def two_piece(mean: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Return median, lower and upper spread of two half normals with this mean and 5 % and 95 % points, cut at 0.

    A blank end mirrors the other one about the mean; both blank is no spread. Where the mean lies so far out that no
    median between the ends gives it, the ends hold and the mean gives way.

    Notes
    -----
    The two-piece normal of fan charts (Wallis 2014, Statistical Science 29:106). The median is found by bisection, since the cut at 0
    adds a little to the mean.
    """
    low = np.where(np.isnan(low), np.where(np.isnan(high), mean, np.maximum(2 * mean - high, 0.0)), low)
    high = np.where(np.isnan(high), 2 * mean - low, high)
    bottom, top = low.copy(), high.copy()
    for _ in range(80):
        median = (bottom + top) / 2
        below, above = (median - low) / Z_HIGH, (high - median) / Z_HIGH
        with np.errstate(divide="ignore", invalid="ignore"):
            edge = np.where(below > 0, median / below, np.inf)
        lifted = below * (DENSITY_0 * np.exp(-(np.minimum(edge, 40.0) ** 2) / 2))
        lifted -= below * np.minimum(edge, 40.0) * special.ndtr(-np.minimum(edge, 40.0))
        short = median + (above - below) * DENSITY_0 + lifted < mean
        bottom, top = np.where(short, median, bottom), np.where(short, top, median)
    still = high <= low
    median = np.where(still, mean, (bottom + top) / 2)
    return (
        median,
        np.where(still, 0.0, (median - low) / Z_HIGH),
        np.where(still, 0.0, (high - median) / Z_HIGH),
    )


def _chance_a_day(mean_days: Floats) -> Floats:
    """Return the daily chance behind a geometric time with this mean; blank or infinite: never."""
    with np.errstate(divide="ignore"):
        return np.nan_to_num(np.minimum(1.0 / mean_days, 1.0), nan=0.0)


def _row_names(rows: pl.DataFrame) -> list[str]:
    """Return a name for each consumption row: its place, and which of those there it is."""
    place = pl.concat_str("location", "item", separator="\0")
    named = rows.select(name=place, nth=pl.int_range(pl.len()).over("location", "item"))
    return [f"{name}\0{nth}" for name, nth in named.iter_rows()]
