"""How far lanes and locations are open, day by day (§3.6)."""

from __future__ import annotations

import numpy as np
import polars as pl

from redball.model.problem import Floats, Labels
from redball.scenario.scenario import Scenario


def open_fractions(scenario: Scenario, labels: Labels) -> tuple[Floats, Floats]:
    """Return the open fraction of every lane and location: (lanes, days) and (locations, days).

    A location's closure applies to every lane that touches it; of several closures the smallest fraction holds.
    """
    n_days = scenario.settings.days
    lane_open = np.ones((len(labels.lanes), n_days))
    location_open = np.ones((len(labels.locations), n_days))
    lane_at = {name: at for at, name in enumerate(labels.lanes)}
    location_at = {name: at for at, name in enumerate(labels.locations)}
    for row in scenario.table("closures").iter_rows(named=True):
        first = max(scenario.horizon.day(row["from_date"]), 0)
        last = scenario.horizon.day(row["to_date"])
        days = slice(first, max(last + 1, 0))
        if row["lane"] is not None:
            part = lane_open[lane_at[row["lane"]], days]
        else:
            part = location_open[location_at[row["location"]], days]
        np.minimum(part, row["open_fraction"], out=part)
    for column in ("from_location", "to_location"):
        ends = scenario.table("lanes")[column].replace_strict(location_at, return_dtype=pl.Int64).to_numpy()
        np.minimum(lane_open, location_open[ends], out=lane_open)
    return lane_open, location_open


def opened(limit: Floats, fraction: Floats) -> Floats:
    """Return limits (n,) times open fractions (n, days); 0 closes even what has no limit."""
    with np.errstate(invalid="ignore"):
        return np.where(fraction > 0, limit[:, None] * fraction, 0.0)
