"""What holds for every race, whatever the scenario: it is the plan when nothing is random, and goods never vanish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.race_oracle import Oracle
from tests.race_worlds import WILD, risky, unbalanced, world_of
from tests.strategies import scenarios

from redball.engines.plan.plan import make_plan
from redball.engines.race.kernel import run_chunk
from redball.engines.race.replay import run_paths
from redball.engines.race.world import World
from redball.model.params import PlanParams
from redball.results.plan import Plan
from redball.scenario.examples import hub_and_spoke
from redball.scenario.read import read
from redball.scenario.scenario import Scenario

LAW = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLANNED = ("follow", "reroute")
POLICIES = (*PLANNED, "push", "base_stock")


def days_of(scenario: Scenario, dates: pl.Series) -> np.ndarray:
    return (dates - scenario.settings.start).dt.total_days().to_numpy().astype(np.int64)


def distance_from(plan: Plan, world: World) -> float:
    """Return how far a replication is from a plan, at most: stocks, served, handovers; as a share where large."""
    scenario, paths = plan.scenario, run_paths(world, 0)
    locations, items = (list(scenario.table(name)[name[:-1]]) for name in ("locations", "items"))
    place = {
        (int(at), int(what)): n
        for n, (at, what) in enumerate(zip(world.node_location, world.node_item, strict=True))
    }
    stock = np.zeros_like(paths.stock[:, :, 0])
    days = days_of(scenario, plan.stocks["date"])
    for location, item, day, quantity in zip(
        plan.stocks["location"], plan.stocks["item"], days, plan.stocks["quantity"], strict=True
    ):
        stock[day, place[locations.index(location), items.index(item)]] = quantity
    served, handed = np.zeros_like(paths.served[:, :, 0]), np.zeros_like(paths.handed[:, :, 0])
    row = plan.served["row"].to_numpy() - 2
    np.add.at(served, (days_of(scenario, plan.served["date"]), row), plan.served["quantity"].to_numpy())
    names = list(scenario.table("needs")["need"])
    need = [names.index(name) for name in plan.handovers["need"]]
    day = days_of(scenario, plan.handovers["date"])
    np.add.at(handed, (day, np.array(need, dtype=np.int64)), plan.handovers["quantity"].to_numpy())
    furthest = 0.0
    for mine, theirs in ((paths.stock, stock), (paths.served, served), (paths.handed, handed)):
        if theirs.size:
            gap = np.abs(mine[:, :, 0] - theirs) / np.maximum(np.abs(theirs), 1.0)
            furthest = max(furthest, float(gap.max()))
    assert paths.shortage[0] == pytest.approx(plan.summary.shortage_days, abs=1e-6)
    return furthest


@pytest.mark.parametrize("name", ["river", "berlin-1948/airlift", "berlin-1948/blockade", "february-2023"])
def test_with_nothing_random_the_race_is_the_plan_of_every_example(name: str) -> None:
    scenario = read(EXAMPLES / name)
    plan = make_plan(scenario, PlanParams(gap=0.1))
    assert distance_from(plan, world_of(scenario, plan, random=())) <= 1e-6


@pytest.mark.parametrize("decisions", [False, True])
def test_with_nothing_random_the_race_is_the_plan_of_a_network(decisions: bool) -> None:
    scenario = hub_and_spoke(1, 12, 24, 3, 30, decisions=decisions)
    plan = make_plan(scenario, PlanParams(gap=0.05))
    for policy in ("follow", "reroute"):
        assert distance_from(plan, world_of(scenario, plan, random=(), policy=policy)) <= 1e-6


@LAW
@given(scenarios())
def test_with_nothing_random_the_race_is_the_plan(scenario: Scenario) -> None:
    plan = make_plan(scenario, PlanParams(gap=1e-7))
    assert distance_from(plan, world_of(scenario, plan, random=())) <= 1e-6


@LAW
@given(scenarios(), st.sampled_from(POLICIES), st.integers(0, 2**32))
def test_goods_are_conserved_and_no_rule_of_stock_is_broken(
    scenario: Scenario, policy: str, seed: int
) -> None:
    scenario = risky(scenario)
    plan = make_plan(scenario, PlanParams(gap=0.1)) if policy in PLANNED else None
    world = world_of(scenario, plan, policy=policy, seed=seed, **WILD)
    paths = run_paths(world, 0, 8)
    assert unbalanced(world, paths) <= 1e-9
    # the running account of what is on the way says the same as the places that hold it
    outside = np.zeros_like(paths.under_way)
    np.add.at(outside, world.node_item, paths.outside[-1])
    assert outside == pytest.approx(paths.under_way, abs=1e-6)
    slack = 1e-6 * np.maximum(world.node_floor, 1.0)
    assert (paths.stock >= (world.node_floor - slack)[None, :, None]).all()
    assert (paths.served <= paths.asked * (1 + 1e-12)).all()
    assert (paths.outside >= -1e-6).all()
    tonnes = np.zeros((world.n_days, len(world.location_throttled), 8))
    np.add.at(tonnes, (slice(None), world.node_location), paths.stock * world.node_tonnes[None, :, None])
    limit = np.full(len(world.location_throttled), np.inf)
    for k, most in enumerate(world.store_limit):
        limit[world.node_location[world.store_node[world.store_begin[k] : world.store_begin[k + 1]]]] = most
    assert (tonnes <= (limit + 1e-6 * np.maximum(limit, 1.0))[None, :, None]).all()
    whole = world.pair_whole
    assert (paths.sent[:, whole] == np.rint(paths.sent[:, whole])).all()
    for k, lane in enumerate(world.pair_lane):
        assert not paths.sent[:, k][paths.lane_open[:, lane] == 0].any()


@LAW
@given(scenarios(), st.sampled_from(POLICIES), st.integers(0, 2**32))
def test_the_kernel_does_what_plain_python_does_to_the_last_bit(
    scenario: Scenario, policy: str, seed: int
) -> None:
    scenario = risky(scenario)
    plan = make_plan(scenario, PlanParams(gap=0.1)) if policy in PLANNED else None
    overtaking = bool(seed % 2)
    world = world_of(scenario, plan, policy=policy, seed=seed, overtaking=overtaking, **WILD)
    compare_with_oracle(world, 7, 3)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_kernel_is_plain_python_on_a_network(policy: str) -> None:
    scenario = risky(hub_and_spoke(3, 12, 22, 2, 16, decisions=True))
    plan = make_plan(scenario, PlanParams(gap=0.1)) if policy in PLANNED else None
    compare_with_oracle(world_of(scenario, plan, policy=policy, **WILD), 0, 2)


@pytest.mark.parametrize("policy", ["push", "base_stock"])
def test_the_kernel_is_plain_python_where_lanes_run_side_by_side(policy: str) -> None:
    scenario = hub_and_spoke(3, 10, 16, 2, 16)
    beside = scenario.tables["lanes"].with_columns(lane=pl.col("lane") + "-b", capacity_t_per_day=pl.lit(4.0))
    lanes = pl.concat([scenario.tables["lanes"], beside])
    scenario = risky(Scenario(scenario.settings, {**scenario.tables, "lanes": lanes}))
    # few days of cover, so that every priority has its turn
    world = world_of(scenario, None, policy=policy, cover_days=2.0, **WILD)
    assert (world.pair_next >= 0).any()
    compare_with_oracle(world, 0, 2)


def compare_with_oracle(world: World, first: int, count: int) -> None:
    paths = run_paths(world, first, count)
    for r in range(count):
        days = Oracle(world, first + r).run()
        for name in days[0]:
            told: list[Any] = [day[name] for day in days]
            assert np.array_equal(np.array(told), getattr(paths, name)[:, :, r]), name


def test_the_same_counts_come_of_any_split() -> None:
    scenario = risky(hub_and_spoke(2, 12, 24, 3, 20))
    world = world_of(scenario, None, policy="push", **WILD)
    at_once = run_chunk(world, 0, 300).to_bytes()
    parts = [run_chunk(world, first, count) for first, count in ((200, 100), (0, 37), (37, 163))]
    assert parts[0].merged(parts[1]).merged(parts[2]).to_bytes() == at_once
    assert parts[2].merged(parts[0].merged(parts[1])).to_bytes() == at_once
    assert run_chunk(world, 0, 301).to_bytes() != at_once


def test_any_replication_can_be_run_alone() -> None:
    scenario = risky(hub_and_spoke(2, 12, 24, 3, 20))
    world = world_of(scenario, None, policy="push", **WILD)
    together, alone = run_paths(world, 0, 140), run_paths(world, 137)
    for name in together.__dataclass_fields__:
        assert np.array_equal(getattr(together, name)[..., 137:138], getattr(alone, name)), name
