"""The policy ``push``, asked directly: who is given how much of what is on hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.race_lines import line, node

from redball.engines.race.build import make_world
from redball.engines.race.decide import push
from redball.engines.race.draws import begin
from redball.engines.race.pointers import state_reference, world_reference
from redball.engines.race.world import State, World, new_state
from redball.model.params import RaceParams
from redball.scenario.scenario import Scenario

RATE = 1e-9
"""What the points of a `line` use a day."""


@pytest.fixture(scope="module")
def three() -> tuple[Scenario, World]:
    scenario = line(20, 1.0, points=3)
    return scenario, make_world(scenario, None, RaceParams(policy="push", cover_days=15.0))


def pushed(three: tuple[Scenario, World], on_hand: float, **held: float) -> list[float]:
    """Return the days of supply sent to each point; `held` is on the way to them, by name."""
    scenario, world = three
    state: State = new_state(world, 1)
    fixed, moving = world_reference(world), state_reference(state)
    begin(fixed, moving, 0)
    state.stock[node(world, scenario, "source")] = on_hand * RATE
    for name, days in held.items():
        state.inbound[node(world, scenario, name.replace("_", "-"))] = days * RATE
    push(fixed, moving, 0)
    ends = [node(world, scenario, f"point-{k}") for k in range(3)]
    return [float(state.want[int(np.flatnonzero(world.pair_to == end)[0]), 0]) / RATE for end in ends]


def test_the_lowest_cover_rises_first(three: tuple[Scenario, World]) -> None:
    assert pushed(three, 30.0) == pytest.approx([10, 10, 10], rel=1e-6)
    assert pushed(three, 12.0, point_0=4.0, point_1=2.0) == pytest.approx([2, 4, 6], rel=1e-6)
    assert pushed(three, 12.0, point_2=500.0) == pytest.approx([6, 6, 0], rel=1e-6)


def test_a_rounding_below_nothing_is_nothing(three: tuple[Scenario, World]) -> None:
    # what is on the way is a running account: it may end a rounding below 0, and its place still takes part
    assert pushed(three, 12.0, point_0=-1e-9, point_2=500.0) == pytest.approx([6, 6, 0], rel=1e-6)
    assert pushed(three, 12.0, point_1=-1e-9, point_2=500.0) == pytest.approx([6, 6, 0], rel=1e-6)
