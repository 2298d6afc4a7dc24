"""What comes all at once waits before the door, and nothing of it is lost (§2.4, §3.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.race_worlds import unbalanced

from redball.engines.race.build import make_world
from redball.engines.race.replay import Paths, run_paths
from redball.engines.race.world import State, World
from redball.model.params import RaceParams
from redball.scenario.read import assemble
from redball.scenario.settings import Settings


def ten_a_day(world: World, state: State, day: int) -> None:
    """Send ten by the only lane."""
    state.want[:] = 10.0


def run(whole: bool, delay: float, **place: Any) -> tuple[World, Paths]:
    """Ship ten a day over a lane whose delays bunch what arrives, to a place with a narrow door or little room."""
    tables = {
        "locations": [{"location": "A", "kind": "depot"}, {"location": "B", "kind": "depot", **place}],
        "items": [
            {"item": "kit", "supply_class": "V", "unit": "kit", "tonnes_per_unit": 1.0, "whole": whole}
        ],
        "stocks": [{"location": "A", "item": "kit", "quantity": 1000.0}],
        "lanes": [
            {"lane": "A-B", "from_location": "A", "to_location": "B", "mode": "road", "transit_days": 2.0}
            | {"delay_days_mean": delay}
        ],
        "consumption": [{"location": "B", "item": "kit", "per_day": 4.0}],
    }
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    scenario = assemble(Settings(name="door", start=dt.date(2027, 3, 1), days=40), frames)
    world = make_world(scenario, None, RaceParams(), ten_a_day)
    return world, run_paths(world, 0, 200, ten_a_day)


@pytest.mark.parametrize("whole", [False, True])
def test_a_narrow_door_lets_in_so_much_a_day(whole: bool) -> None:
    world, paths = run(whole, 2.0, throughput_t_per_day=12.5)
    at = int(world.pair_to[0])
    let_in = np.diff(paths.received[:, at], axis=0)
    most = 12.0 if whole else 12.5
    assert let_in.max() == pytest.approx(most, abs=2e-6)
    # behind a late shipment the door is busy for days on end
    assert (np.abs(let_in[1:] - most) + np.abs(let_in[:-1] - most) < 1e-5).any()
    assert unbalanced(world, paths) <= 1e-12


@pytest.mark.parametrize("whole", [False, True])
def test_what_storage_cannot_hold_stays_outside(whole: bool) -> None:
    world, paths = run(whole, 0.0, storage_t=25.0)
    at = int(world.pair_to[0])
    # ten a day come from the third day on and four are used: full from the seventh evening on
    stock = paths.stock[:, at]
    assert stock[:6].max() < 25.0
    assert stock[6:] == pytest.approx(25.0, abs=1e-4)
    assert paths.served[2:, 0] == pytest.approx(4.0)
    assert np.diff(paths.outside[8:37, at], axis=0) == pytest.approx(6.0, abs=1e-4)
    assert unbalanced(world, paths) <= 1e-12
