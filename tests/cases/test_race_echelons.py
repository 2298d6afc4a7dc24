"""Places that supply each other, with the printed answers of the literature; each must lie within the interval of the race."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from tests.race_lines import MUCH, SURE, base_stock, line, node, poisson, within

from redball.engines.race.build import make_world
from redball.engines.race.kernel import Policy
from redball.engines.race.replay import run_paths
from redball.engines.race.world import State, World
from redball.model.params import RaceParams
from redball.scenario.scenario import Scenario

Counts = NDArray[np.int64]

ROWS = json.loads((Path(__file__).resolve().parent / "metric_sherbrooke.json").read_text())["rows"]
REPAIR_DAYS, SHIP_DAYS, BASES = 81, 40, 5
RATE = 2.348768 / REPAIR_DAYS / BASES
"""Units a base uses a day: 2.348768 are in repair on average, and 0.232 on the way to each base, 81 days against 40."""


def serial(
    levels: tuple[int, ...], transit: tuple[int, ...], mean: float
) -> list[tuple[float, float, float]]:
    """Return the mean stock, the mean backlog and the chance of any of every stage, the first first (Clark and Scarf 1960).

    A stage lacks what the one before it lacked when it sent, and what has been used since.
    """
    told, backlog = [], np.ones(1)
    for level, days in zip(levels, transit, strict=True):
        missing = np.convolve(backlog, stats.poisson.pmf(np.arange(200), mean * days))
        net = level - np.arange(len(missing))
        held, lacks = np.maximum(net, 0) @ missing, np.maximum(-net, 0) @ missing
        told.append((float(held), float(lacks), float(missing[level + 1 :].sum())))
        backlog = np.r_[missing[: level + 1].sum(), missing[level + 1 :]]
    return told


@pytest.mark.parametrize(
    ("transit", "levels", "mean", "printed"),
    [((2, 2, 2), (12, 10, 14), 5.0, 0.216468), ((2, 3, 2), (9, 14, 12), 4.0, None)],
)
def test_three_stages_in_line(
    transit: tuple[int, ...], levels: tuple[int, ...], mean: float, printed: float | None
) -> None:
    scenario = line(24, *map(float, transit))
    names = ("stage-1", "stage-2", "point-0")
    world = base_stock(scenario, dict(zip(names, levels, strict=True)), {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 40_000, policy)
    _, lacks, out = serial(levels, transit, mean)[-1]
    assert printed is None or out == pytest.approx(printed, abs=1e-6)
    net = paths.stock[20, node(world, scenario, "point-0")] - MUCH
    within((net < 0).astype(np.float64), out)
    within(np.maximum(-net, 0.0), lacks)


def test_the_costs_of_snyder_and_shen_6_1() -> None:
    # example 6.1 with Poisson demand: echelon levels 26, 15 and 9 are local ones 11, 6 and 9
    levels, transit, mean = (11, 6, 9), (2, 1, 1), 5.0
    holding, backlog = (2.0, 4.0, 7.0), 37.12
    told = serial(levels, transit, mean)
    exact = sum(cost * held for cost, (held, _, _) in zip(holding, told, strict=True))
    # what is on the way to a stage costs what it costs at the one before
    exact += backlog * told[-1][1] + mean * (holding[0] * transit[1] + holding[1] * transit[2])
    assert exact == pytest.approx(72.0467, abs=5e-5)
    scenario = line(44, *map(float, transit))
    names = ("stage-1", "stage-2", "point-0")
    world = base_stock(scenario, dict(zip(names, levels, strict=True)), {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 10_000, policy)
    days, (first, second, point) = slice(8, 42), (node(world, scenario, name) for name in names)
    net = paths.stock[days, point] - MUCH
    cost = holding[0] * (paths.stock[days, first] + paths.outside[days, second])
    cost += holding[1] * (paths.stock[days, second] + paths.outside[days, point])
    cost += holding[2] * np.maximum(net, 0.0) + backlog * np.maximum(-net, 0.0)
    within(cost.mean(axis=0), exact)


def first_come(world: World, scenario: Scenario) -> Policy:
    """Return a policy under which every unit used is ordered anew, and the depot fills orders as they came.

    The bases use by a Poisson law. The orders of a day come in a random order, and what the depot cannot fill waits in
    a queue of its own in every replication.
    """
    rng, ends = np.random.default_rng(11), [node(world, scenario, f"point-{k}") for k in range(BASES)]
    pair = {int(end): p for p, end in enumerate(world.pair_to)}
    depot, out = node(world, scenario, "stage-1"), np.array([pair[end] for end in ends])
    queues: list[Counts] = []

    def order(_: World, state: State, day: int) -> None:
        width = state.stock.shape[1]
        if day == 0:
            queues[:] = np.full((width, 64), -1), np.zeros(width, np.int64), np.zeros(width, np.int64)
        queue, served, asked = queues
        used = rng.poisson(RATE, (BASES, width))
        state.stock[ends] -= used
        state.want[pair[depot]] = used.sum(axis=0)
        base, r = (np.repeat(of.ravel(), used.ravel()) for of in np.indices(used.shape))
        mixed = np.lexsort((rng.random(len(r)), r))
        base, r = base[mixed], r[mixed]
        queue[r, asked[r] + np.arange(len(r)) - np.searchsorted(r, r)] = base
        asked += used.sum(axis=0)
        filled = np.minimum(asked - served, state.stock[depot].astype(np.int64))
        for turn in range(int(filled.max())):
            r = np.flatnonzero(filled > turn)
            np.add.at(state.want, (out[queue[r, served[r] + turn]], r), 1.0)
        served += filled

    return order


def nets(depot_stock: int, chunks: int) -> Any:
    """Return (bases, chunks x replications, days) what is on hand at the bases, less what they lack, if they began with none."""
    # the depot forgets what was before in 81 days, a base in 40 more
    scenario, days = line(252, float(REPAIR_DAYS), float(SHIP_DAYS), points=BASES), (125, 250)
    world = make_world(scenario, None, RaceParams(seed=3), lambda *_: None)
    opening = np.where(world.node_opening > 0, world.node_opening, MUCH)
    opening[node(world, scenario, "stage-1")] = depot_stock
    world = world._replace(node_opening=opening, row_median=np.zeros(len(world.row_node)))
    policy, ends = first_come(world, scenario), [node(world, scenario, f"point-{k}") for k in range(BASES)]
    found = [run_paths(world, at * 2000, 2000, policy).stock[days, :][:, ends] for at in range(chunks)]
    return np.concatenate(found, axis=2).transpose(1, 2, 0) - MUCH


@pytest.mark.parametrize("depot_stock", range(6))
def test_one_depot_and_five_bases_first_come_first_served(depot_stock: int) -> None:
    # every order follows one unit used, whatever a base holds: its own stock only moves its net stock up
    net = nets(depot_stock, 4)
    for row in ROWS:
        if row["depot_stock"] == depot_stock:
            lacks = np.maximum(-(net + row["base_stock"]), 0.0).mean(axis=(0, 2))
            within(lacks, row["EBO_per_base_exact"])
            half = SURE * lacks.std(ddof=1) / np.sqrt(len(lacks))
            if depot_stock in (1, 2) and row["base_stock"] == 1:
                # narrow enough to tell the exact answer from METRIC's
                assert abs(lacks.mean() - row["EBO_per_base_METRIC"]) > half


@pytest.mark.parametrize("depot_stock", range(6))
def test_one_depot_and_five_bases_that_order_up_to_nothing(depot_stock: int) -> None:
    # where bases hold nothing it does not matter whose order is filled first
    row = next(row for row in ROWS if row["depot_stock"] == depot_stock and row["base_stock"] == 0)
    scenario = line(252, float(REPAIR_DAYS), float(SHIP_DAYS), points=BASES)
    bases = [f"point-{k}" for k in range(BASES)]
    levels = {"stage-1": depot_stock, **dict.fromkeys(bases, 0.0)}
    world = base_stock(scenario, levels, dict.fromkeys(bases, MUCH))
    policy, _ = poisson(world, scenario, dict.fromkeys(bases, RATE))
    paths = run_paths(world, 0, 2000, policy)
    lacks = [MUCH - paths.stock[[125, 250], node(world, scenario, base)] for base in bases]
    within(np.mean(lacks, axis=(0, 1)), row["EBO_per_base_exact"])
