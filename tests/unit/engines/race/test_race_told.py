"""What the scenario tells of offensives, pledges in part and late expansions (§9.5) is what the race draws."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.race_lines import within

from redball.api import race
from redball.engines.race.build import make_world
from redball.engines.race.replay import run_paths
from redball.model.params import RaceParams
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Risk, Settings

N = 20_000
PUSH = RaceParams(policy="push", seed=4)


def told(risk: dict[str, float], pledge: dict[str, float], line: dict[str, float]) -> Scenario:
    """Two pledges and two works that grow on day 10; of each the first has what is told, the second nothing."""
    where = {"location": "A", "item": "water"}
    works = where | {
        "rate_per_day": 1.0,
        "rate_max_per_day": 5.0,
        "expansion": "announced",
        "expansion_days": 10.0,
    }
    promise = where | {"donor": "B", "quantity": 100.0, "available_date": dt.date(2027, 3, 1)}
    promise |= {"status": "committed"}
    tables: dict[str, list[dict[str, Any]]] = {
        "locations": [{"location": "A", "kind": "depot"}],
        "items": [{"item": "water", "supply_class": "I", "unit": "t", "tonnes_per_unit": 1.0}],
        "pledges": [promise | {"pledge": "first"} | pledge, promise | {"pledge": "second"}],
        "production": [works | {"line": "first"} | line, works | {"line": "second"}],
        "consumption": [where | {"per_day": 10.0}],
    }
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return assemble(Settings(name="told", start=dt.date(2027, 3, 1), days=60, risk=Risk(**risk)), frames)


TOLD = told({"surge_chance": 0.3, "surge_factor": 2.0}, {"part_probability": 0.4}, {"slip_days": 6.0})
UNTOLD = told({}, {}, {})


def test_an_offensive_begins_with_the_chance_that_is_told() -> None:
    asked = run_paths(make_world(TOLD, None, PUSH), 0, N).asked[:, 0]
    within((asked > 10.0).any(axis=0).astype(np.float64), 0.3)
    assert set(np.unique(asked)) == {10.0, 20.0}


def test_a_pledge_comes_in_part_with_its_own_chance() -> None:
    first, second = run_paths(make_world(TOLD, None, PUSH), 0, N).taken.sum(axis=0)
    within((first < 100.0).astype(np.float64), 0.4)
    within(first, 100.0 * (0.6 + 0.4 / 2))
    assert set(second) == {100.0}


def test_an_expansion_begins_later_by_its_own_days() -> None:
    first, second = run_paths(make_world(TOLD, None, PUSH), 0, N).started.transpose(1, 0, 2)
    # the days before the expansion are those of the old rate; the later days are rounded to whole ones
    late = (first < 5.0).sum(axis=0) - 10
    days = np.arange(1, 50)
    within(late.astype(np.float64), float(np.exp(-(days - 0.5) / 6.0).sum()))
    assert set((second < 5.0).sum(axis=0)) == {10}


def test_nothing_told_is_nothing_drawn() -> None:
    paths = run_paths(make_world(UNTOLD, None, PUSH), 0, 200)
    for name in ("asked", "taken", "started"):
        assert (np.ptp(getattr(paths, name), axis=-1) == 0).all(), name


@pytest.mark.parametrize("random", [("consumption",), ()])
def test_what_is_told_can_be_left_out(random: tuple[Any, ...]) -> None:
    world = make_world(TOLD, None, RaceParams(policy="push", random=random))
    paths = run_paths(world, 0, 200)
    for name in ("asked", "taken", "started"):
        assert (np.ptp(getattr(paths, name), axis=-1) == 0).all(), name


def test_a_parameter_stands_in_for_what_is_told() -> None:
    told_by = {"policy": "push", "replications": 300}
    everywhere = {"surge_chance": 0.3, "surge_factor": 2.0, "pledge_part_chance": 0.4, "ramp_slip_mean": 0.6}
    both = told({"surge_chance": 0.3, "surge_factor": 2.0}, {}, {})
    every = {
        "pledges": both.tables["pledges"].with_columns(part_probability=pl.lit(0.4)),
        "production": both.tables["production"].with_columns(slip_days=pl.lit(6.0)),
    }
    both = Scenario(both.settings, {**both.tables, **every})
    by_tables, by_parameters = race(both, **told_by), race(UNTOLD, **told_by, **everywhere)
    for name, table in by_tables.tables.items():
        assert table.equals(by_parameters.tables[name]), name
    assert by_tables.summary.parameters["surge_chance"] == 0.3
    off = race(both, **told_by, surge_chance=0.0, pledge_part_chance=0.0, ramp_slip_mean=0.0)
    for name, table in race(UNTOLD, **told_by).tables.items():
        assert table.equals(off.tables[name]), name
