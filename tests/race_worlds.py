"""Scenarios and worlds for tests of the race: small, with spreads, and with rules of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from redball.engines.race.build import make_world
from redball.engines.race.replay import Paths
from redball.engines.race.world import World
from redball.model.params import RaceParams
from redball.results.plan import Plan
from redball.scenario.scenario import Scenario


def risky(scenario: Scenario) -> Scenario:
    """Return the scenario with every column filled that the race draws from."""
    tables = dict(scenario.tables)
    n = tables["lanes"].height if "lanes" in tables else 0

    def cycled(values: list[float | None]) -> pl.Series:
        return pl.Series([values[k % len(values)] for k in range(n)], dtype=pl.Float64)

    if n:
        tables["lanes"] = tables["lanes"].with_columns(
            up_days_mean=cycled([3.0, None, 8.0]),
            down_days_mean=cycled([2.0, None, 1.5]),
            delay_days_mean=cycled([0.0, 1.5, 0.5, 0.0]),
            loss_fraction=cycled([0.0, 0.1]),
        )
    if "pledges" in tables and tables["pledges"].height:
        tables["pledges"] = tables["pledges"].with_columns(probability=pl.lit(0.7), delay_days=pl.lit(2.0))
    if "consumption" in tables and tables["consumption"].height:
        per_day = pl.col("per_day")
        tables["consumption"] = tables["consumption"].with_columns(
            per_day_low=per_day * 0.5, per_day_high=per_day * 1.8
        )
    return Scenario(scenario.settings, tables)


WILD = {"surge_chance": 0.5, "pledge_part_chance": 0.3, "ramp_slip_mean": 0.5}
"""Parameters under which everything is random, whatever the scenario tells."""


def world_of(scenario: Scenario, plan: Plan | None, **params: Any) -> World:
    """Make a world with parameters by name."""
    return make_world(scenario, plan, RaceParams(**params))


def unbalanced(world: World, paths: Paths) -> float:
    """Return the most by which goods of any item appear or vanish in any replication, as a share of all there were.

    All that ever came in is somewhere at the end: in stock, on the way, used, or lost.
    """
    n_items = len(world.item_supply)
    shape = n_items, paths.stock.shape[2]
    came, went = np.zeros(shape), np.zeros(shape)
    np.add.at(came, world.node_item, np.broadcast_to(world.node_opening[:, None], paths.stock.shape[1:]))
    np.add.at(came, world.node_item[world.pledge_node], paths.taken.sum(axis=0))
    np.add.at(came, world.node_item[world.line_node], paths.started.sum(axis=0))
    arrived = world.order_begin[world.n_days]
    ordered = np.broadcast_to(world.order_quantity[:arrived, None], (arrived, shape[1]))
    np.add.at(came, world.node_item[world.order_node[:arrived]], ordered)
    np.add.at(went, world.node_item, paths.stock[-1])
    went += paths.under_way
    np.add.at(went, world.node_item[world.row_node], paths.served.sum(axis=0))
    np.add.at(went, world.node_item[world.need_node], paths.handed.sum(axis=0))
    for line in range(len(world.line_node)):
        for at in range(world.input_begin[line], world.input_begin[line + 1]):
            drawn = paths.started[:, line].sum(axis=0) * world.input_quantity[at]
            went[world.node_item[world.input_node[at]]] += drawn
    went += paths.lost
    return float((np.abs(came - went) / np.maximum(came, 1.0)).max())
