"""What holds where quantities are counted in grains: no sum is ever rounded, and nothing that is told is any different."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.laws.test_race import compare_with_oracle
from tests.race_worlds import WILD, risky, unbalanced, world_of

from redball.engines.plan.plan import make_plan
from redball.engines.race import kernel
from redball.engines.race.grains import FINE
from redball.engines.race.kernel import NARROW, run_chunk, width_for
from redball.engines.race.replay import run_paths
from redball.engines.race.world import ROUNDER, WIDTHS, World, size_of
from redball.model.params import PlanParams
from redball.scenario.examples import hub_and_spoke
from redball.scenario.scenario import Scenario

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def thin(seed: int) -> Scenario:
    """Return a network with limits, losses, closures, delays, needs and pledges, but without what grains are not for."""
    scenario = risky(hub_and_spoke(seed, 12, 24, 3, 20))
    tables = {name: t for name, t in scenario.tables.items() if name not in ("production", "recipes")}
    blank = pl.lit(None)
    tables["locations"] = tables["locations"].with_columns(storage_t=blank, throughput_t_per_day=blank)
    tables["lanes"] = tables["lanes"].with_columns(fleet=blank)
    tables["closures"] = tables["closures"].filter(pl.col("location").is_null())
    return Scenario(scenario.settings, tables)


def double(world: World) -> World:
    """Return the world with numbers of full size."""
    return world._replace(item_rounder=np.zeros_like(world.item_rounder))


@pytest.fixture(scope="module", params=[2, 3])
def world(request: pytest.FixtureRequest) -> World:
    return world_of(thin(request.param), None, policy="base_stock", seed=request.param, **WILD)


def test_the_kernel_is_plain_python_in_grains_to_the_last_bit(world: World) -> None:
    assert size_of(world) == SINGLE
    assert world.lane_limited.any()
    assert (world.lane_loss_chance > 0).any()
    assert len(world.need_node)
    assert len(world.pledge_node)
    compare_with_oracle(world, 5, 3)


def test_goods_are_conserved_to_the_last_bit(world: World) -> None:
    paths, grain = run_paths(world, 0, 100), world.item_rounder / ROUNDER
    assert paths.lost.any()
    assert (paths.first_out < world.n_days).any()
    assert unbalanced(world, paths) == 0.0
    outside = np.zeros_like(paths.under_way)
    np.add.at(outside, world.node_item, paths.outside[-1])
    assert np.array_equal(outside, paths.under_way)
    of_row = grain[world.node_item[world.row_node]]
    for name, of in (("stock", grain[world.node_item]), ("sent", grain[world.pair_item]), ("asked", of_row)):
        whole = getattr(paths, name) / of[None, :, None]
        assert np.array_equal(whole, np.rint(whole)), name
        assert whole.max() <= 2**24
    assert (grain[world.node_item[world.row_node]] <= FINE * world.row_median).all()


def test_no_lane_takes_more_than_its_limit(world: World) -> None:
    paths = run_paths(world, 0, 100)
    tonnes = np.zeros((world.n_days, len(world.lane_used), 100))
    np.add.at(tonnes, (slice(None), world.pair_lane), paths.sent * world.pair_tonnes[None, :, None])
    limit = np.where(world.lane_limited[:, None], world.lane_capacity, np.inf).T[:, :, None]
    assert (tonnes <= limit + 1e-6 * np.maximum(limit, 1.0)).all()
    # and the limits bind
    assert (tonnes >= limit * (1 - 1e-3)).any()


def test_the_same_futures_come_out_as_in_numbers_of_full_size(world: World) -> None:
    here, there = run_paths(world, 0, 200), run_paths(double(world), 0, 200)
    assert np.array_equal(here.lane_open, there.lane_open)
    assert np.array_equal(here.lane_late, there.lane_late)
    grain = (world.item_rounder / ROUNDER)[world.node_item[world.row_node]]
    assert (np.abs(here.asked - there.asked) <= 0.6 * grain[None, :, None]).all()
    served = [paths.served.sum(axis=0) / np.maximum(paths.asked.sum(axis=0), 1e-9) for paths in (here, there)]
    assert served[0].mean(axis=1) == pytest.approx(served[1].mean(axis=1), abs=1e-3)
    assert here.shortage.mean() == pytest.approx(there.shortage.mean(), rel=2e-3)


def test_the_same_counts_come_of_any_split_and_width(world: World) -> None:
    assert width_for(world) == WIDTHS[4] > WIDTHS[8]
    at_once = run_chunk(world, 0, 600).to_bytes()
    parts = [run_chunk(world, first, count) for first, count in ((200, 400), (0, 37), (37, 163))]
    assert parts[2].merged(parts[0].merged(parts[1])).to_bytes() == at_once


@pytest.mark.parametrize(
    ("cache", "cache_max", "state_max", "width"),
    [(1e12, 1e12, 0, WIDTHS[4]), (0, 1e12, 0, NARROW), (0, 0, 1e12, WIDTHS[4]), (1e12, 0, 0, 8)],
)
def test_blocks_are_narrow_where_a_cache_may_hold_them_and_wide_beyond(
    world: World,
    cache: float,
    cache_max: float,
    state_max: float,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (
        ("CACHE_BYTES", cache),
        ("CACHE_BYTES_MAX", cache_max),
        ("STATE_BYTES_MAX", state_max),
    ):
        monkeypatch.setattr(kernel, name, value)
    assert width_for(world) == width


def test_grains_are_only_where_they_are_fine_enough() -> None:
    scenario = thin(2)

    def size(scenario: Scenario, plan: Any = None, **params: Any) -> np.dtype[Any]:
        return size_of(world_of(scenario, plan, **{"policy": "base_stock", **params}))

    assert size(scenario) == SINGLE
    assert size(scenario, policy="push") == DOUBLE
    assert size(scenario, make_plan(scenario, PlanParams(gap=0.5)), policy="follow") == DOUBLE
    # a stock so large that its grain would be coarse beside a day's use
    stocks = scenario.tables["stocks"].with_columns(pl.col("quantity") * 1e5)
    assert size(Scenario(scenario.settings, {**scenario.tables, "stocks": stocks})) == DOUBLE
    items = scenario.tables["items"].with_columns(whole=pl.lit(True))
    assert size(Scenario(scenario.settings, {**scenario.tables, "items": items})) == DOUBLE
    assert size(hub_and_spoke(2, 12, 24, 3, 20)) == DOUBLE


def test_an_item_that_is_nowhere_has_a_grain_and_a_need_is_never_rounded_away() -> None:
    scenario = thin(2)
    spare = scenario.tables["items"].head(1).with_columns(item=pl.lit("spare"))
    items = pl.concat([scenario.tables["items"], spare], how="vertical_relaxed")
    nowhere = Scenario(scenario.settings, {**scenario.tables, "items": items})
    world = world_of(nowhere, None, policy="base_stock")
    assert size_of(world) == SINGLE
    assert np.isfinite(world.node_opening).all()
    # nobody consumes it, a great deal is in stock, and little is needed
    stock = scenario.tables["stocks"].head(1).with_columns(item=pl.lit("spare"), quantity=pl.lit(1e9))
    need = (
        scenario.tables["needs"]
        .head(1)
        .with_columns(need=pl.lit("few"), item=pl.lit("spare"), quantity=pl.lit(10.0))
    )
    more = {
        "items": items,
        "stocks": pl.concat([scenario.tables["stocks"], stock], how="vertical_relaxed"),
        "needs": pl.concat([scenario.tables["needs"], need], how="vertical_relaxed"),
    }
    needed = world_of(Scenario(scenario.settings, {**scenario.tables, **more}), None, policy="base_stock")
    assert 10.0 in needed.need_quantity
    assert size_of(needed) == DOUBLE
