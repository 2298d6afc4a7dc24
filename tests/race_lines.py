"""Lines of places, one behind the other, on which races have answers in closed form; and what such tests ask of them.

What is served is lost when it is not there (§6.1). Where a closed form wants backlog instead, the point is given so much
more stock that it never runs out: how far its stock falls below that is what the closed form calls backlog. Poisson
demand is drawn by the test in a policy of its own; orders, transit, delays and closures are the kernel's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from redball.engines.race.build import make_world
from redball.engines.race.kernel import Policy
from redball.engines.race.world import BASE_STOCK, State, World
from redball.model.params import RaceParams
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

MUCH = 1e6
SURE = 3.29
"""Intervals of 99.9 %: a dozen of them hold together on every run; the seed is fixed."""


def line(days: int, *transit: float, points: int = 1, **lane: Any) -> Scenario:
    """Make a source, stages one behind the other, and points fed by the last stage; transit from source to point."""
    stages = ["source", *[f"stage-{k}" for k in range(1, len(transit))]]
    ends = [f"point-{k}" for k in range(points)]
    links = [
        *zip(stages[:-1], stages[1:], transit[:-1], strict=True),
        *((stages[-1], end, transit[-1]) for end in ends),
    ]
    tables = {
        "locations": [{"location": name, "kind": "depot"} for name in [*stages, *ends]],
        "items": [{"item": "kit", "supply_class": "V", "unit": "kit", "tonnes_per_unit": 1.0}],
        "stocks": [{"location": "source", "item": "kit", "quantity": MUCH * 100}],
        "lanes": [
            {
                "lane": f"{a}-{b}",
                "from_location": a,
                "to_location": b,
                "mode": "road",
                "transit_days": time,
                **lane,
            }
            for a, b, time in links
        ],
        "consumption": [{"location": end, "item": "kit", "per_day": 1e-9} for end in ends],
    }
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    return assemble(Settings(name="line", start=dt.date(2027, 3, 1), days=days), frames)


def node(world: World, scenario: Scenario, location: str) -> int:
    at = list(scenario.table("locations")["location"]).index(location)
    return int(np.flatnonzero(world.node_location == at)[0])


def base_stock(
    scenario: Scenario, targets: dict[str, float], extra: dict[str, float], **params: Any
) -> World:
    """Make a world in which places order up to `targets`, on top of `extra`, and begin full."""
    world = make_world(scenario, None, RaceParams(policy="base_stock", seed=3, **params))
    target, opening = np.zeros(len(world.node_item)), world.node_opening.copy()
    for place, level in targets.items():
        at = node(world, scenario, place)
        target[at] = opening[at] = level + extra.get(place, 0.0)
    assert world.policy == BASE_STOCK
    # the row in the table is there so that goods have somewhere to go
    none = np.zeros(len(world.row_node))
    return world._replace(node_target=target, node_opening=opening, row_median=none)


def poisson(
    world: World, scenario: Scenario, means: dict[str, float], seed: int = 5
) -> tuple[Policy, list[Any]]:
    """Return demand that is drawn after use and before departures, lost where stock is out, and what was lost each day."""
    rng = np.random.default_rng(seed)
    lost: list[Any] = []

    def demand(_: World, state: State, day: int) -> None:
        for place, mean in means.items():
            at = node(world, scenario, place)
            wanted = rng.poisson(mean, state.stock.shape[1])
            served = np.minimum(wanted, state.stock[at])
            state.stock[at] -= served
            # the kernel told the nodes what they lack before this demand came
            lack = served.astype(np.float64)
            while world.node_in_begin[at] < world.node_in_begin[at + 1]:
                state.lack[at] += lack
                at = int(world.pair_from[world.node_in_pair[world.node_in_begin[at]]])
            lost.append(wanted - served)

    return demand, lost


def within(value: np.ndarray, expected: float) -> None:
    """Assert that independent values have this mean."""
    half = SURE * value.std(ddof=1) / np.sqrt(len(value))
    assert abs(value.mean() - expected) <= half + 1e-12, (value.mean(), expected, half)


def shipping(quantity: float) -> Policy:
    """Return a policy that sends the same every day."""

    def steady(_: World, state: State, day: int) -> None:
        state.want[:] = quantity

    return steady
