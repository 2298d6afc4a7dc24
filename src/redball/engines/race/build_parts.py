"""The parts of a world, subject by subject; each returns fields of ``world.World``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from redball.engines.race.network import use_order
from redball.engines.race.pairs import Pairs
from redball.engines.race.wishes import Wishes
from redball.model.build import floats
from redball.model.lateness import shocks, steady
from redball.model.params import RaceParams
from redball.model.problem import Floats, Ints, Problem
from redball.model.risk import Risk, keys
from redball.scenario.scenario import Scenario

Parts = dict[str, Any]


def node_parts(problem: Problem, pairs: Pairs, wishes: Wishes, params: RaceParams) -> Parts:
    """Return what is known of nodes."""
    at = pairs.location, pairs.item
    rate = pairs.ways.rate[at]
    quickest = np.zeros(len(pairs.location))
    for p in reversed(range(len(pairs.lane))):  # the quickest way to a node comes first in the order of pairs
        quickest[pairs.end[p]] = problem.lanes.transit_days[pairs.lane[p]]
    into = np.argsort(pairs.end, kind="stable").astype(np.int64)
    out = np.argsort(pairs.start, kind="stable").astype(np.int64)
    classes = np.unique(problem.consumption.weight.tolist() + problem.needs.weight.tolist())[::-1]
    rank = np.searchsorted(-classes, -pairs.weight[at]) if len(classes) else np.zeros(len(pairs.location))
    store = np.flatnonzero(np.isfinite(problem.storage_t))
    inside = [np.flatnonzero(pairs.location == place) for place in store]
    inside = [nodes[np.argsort(pairs.weight[at][nodes], kind="stable")] for nodes in inside]
    return {
        "node_location": pairs.location,
        "node_item": pairs.item,
        "node_tonnes": problem.item_tonnes[pairs.item],
        "node_whole": problem.item_whole[pairs.item],
        "node_opening": problem.stock_opening[at],
        "node_floor": problem.stock_floor[at],
        "node_keep": wishes.keep[at],
        "node_stock_top": np.ones(len(rate)),
        "node_arrived_top": np.ones(len(rate)),
        "node_target": rate * (params.cover_days + quickest),
        "node_rate": rate,
        "node_own_rate": pairs.ways.own_rate[at],
        "node_rank": np.minimum(rank, 2).astype(np.int64),
        "user_node": np.flatnonzero(pairs.ways.own_rate[at] > 0).astype(np.int64),
        "node_far_first": np.argsort(-pairs.ways.distance[at], kind="stable").astype(np.int64),
        "node_in_begin": np.searchsorted(pairs.end[into], np.arange(len(rate) + 1)).astype(np.int64),
        "node_in_pair": into,
        "node_out_begin": np.searchsorted(pairs.start[out], np.arange(len(rate) + 1)).astype(np.int64),
        "node_out_pair": out,
        "item_rounder": np.zeros(problem.n_items),
        "item_supply": _supply(problem),
        "store_limit": problem.storage_t[store],
        "store_begin": _begins([len(nodes) for nodes in inside]),
        "store_node": np.concatenate([np.zeros(0, dtype=np.int64), *inside]).astype(np.int64),
        "location_throughput": problem.throughput_t,
        "location_throttled": np.isfinite(problem.throughput_t).any(axis=1),
    }


def _supply(problem: Problem) -> Floats:
    """Return (items,) all that can ever come into being, at least 1."""
    supply = problem.stock_opening.sum(axis=0)
    made, offers = problem.production, problem.offers
    np.add.at(supply, problem.pledges.item, problem.pledges.quantity)
    np.add.at(supply, made.item, made.limit_expanded.sum(axis=1))
    np.add.at(supply, offers.item, offers.quantity_max)
    most: Floats = np.maximum(supply, 1.0)
    return most


def _begins(lengths: Sequence[int] | Ints) -> Ints:
    """Return where each of some runs begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))]).astype(np.int64)


def pair_parts(problem: Problem, pairs: Pairs, wishes: Wishes) -> Parts:
    """Return what is known of pairs."""
    n, n_days, lanes = len(pairs.lane), problem.n_days, problem.lanes
    pair_at = np.full(lanes.carries.shape, -1, dtype=np.int64)
    pair_at[pairs.lane, pairs.pair_item] = np.arange(n)
    wish = np.zeros((n, n_days))
    np.add.at(wish, (pair_at[wishes.lane, wishes.item], wishes.day), wishes.quantity)
    wished = wish > 0
    first = np.where(wished.any(axis=1), wished.argmax(axis=1), 0)
    # legs of a way round wait for no wish of their own
    first[pairs.detour_pair[pairs.detour_pair >= 0]] = 0
    beside = np.full(n, -1, dtype=np.int64)
    latest: dict[tuple[int, int], int] = {}
    for p in reversed(range(n)):
        two = int(pairs.start[p]), int(pairs.end[p])
        beside[p] = latest.get(two, -1)
        latest[two] = p
    end = lanes.to_location[pairs.lane]
    return {
        "pair_lane": pairs.lane,
        "pair_item": pairs.pair_item,
        "pair_from": pairs.start,
        "pair_to": pairs.end,
        "pair_tonnes": problem.item_tonnes[pairs.pair_item],
        "pair_whole": problem.item_whole[pairs.pair_item],
        "pair_arriving": problem.arriving[pairs.lane, pairs.pair_item],
        "pair_next": beside,
        "pair_throttled": np.isfinite(problem.throughput_t[end]).any(axis=1),
        "pair_first_day": first.astype(np.int64),
        "pair_wish": wish,
        "detour_begin": pairs.detour_begin,
        "detour_pair": pairs.detour_pair,
    }


def lane_parts(problem: Problem, risk: Risk, pairs: Pairs, params: RaceParams) -> Parts:
    """Return what is known of lanes and fleets, and the first row of each pair in the days to come."""
    lanes, n = problem.lanes, len(problem.labels.lanes)
    none = np.zeros(n)
    delays = _delays(risk.lane_delay, "delays" in params.random)
    longest = np.array([max(len(chances) - 2, 0) for chances in delays], dtype=np.int64)
    used = np.zeros(n, dtype=np.bool_)
    used[pairs.lane] = True
    drawn = np.array([len(chances) > 0 for chances in delays], dtype=np.bool_)
    ahead = np.where(drawn, lanes.transit_days + longest + 1, 0)
    fails = "lanes" in params.random
    lump: Floats = np.maximum(params.loss_lump, lanes.loss)
    n_fleets = len(problem.fleets.vehicles)
    around = np.ones(n_fleets, dtype=np.int64)
    lifted = lanes.fleet >= 0
    np.maximum.at(around, lanes.fleet[lifted], (lanes.cycle_days + longest + 1)[lifted])
    return {
        "lane_used": used,
        "lane_transit": lanes.transit_days,
        "lane_ahead": ahead,
        "lane_far": _begins(ahead)[:-1],
        "lane_capacity": lanes.capacity_t,
        "lane_limited": np.isfinite(lanes.capacity_t).any(axis=1),
        "lane_fleet": lanes.fleet,
        "lane_cycle": lanes.cycle_days,
        "lane_key": _seeded(risk.lane_key, params),
        "lane_fails": risk.lane_fails if fails else none,
        "lane_mends": risk.lane_mends if fails else none,
        "lane_loss_chance": lanes.loss / lump if "losses" in params.random else none,
        "lane_loss_kept": 1.0 - lump,
        "lane_delay_begin": _begins([max(len(chances) - 1, 0) for chances in delays]),
        "delay_shock": np.concatenate([np.zeros(0), *(shocks(one) for one in delays if len(one))]),
        "delay_steady": np.concatenate([np.zeros(0), *(steady(one) for one in delays if len(one))]),
        "fleet_vehicles": problem.fleets.vehicles,
        "fleet_payload": problem.fleets.payload_t,
        "fleet_depth": around,
        "fleet_ring": _begins(around)[:-1],
        "pair_near": _begins(lanes.transit_days[pairs.lane])[:-1],
        "pair_far": _begins(ahead[pairs.lane])[:-1],
    }


def _delays(chances: Sequence[Floats], drawn: bool) -> list[Floats]:
    """Return the chances of delays; nothing where there is no delay to draw."""
    return [one if drawn and one[0] < 1.0 else np.zeros(0) for one in chances]


def demand_parts(problem: Problem, risk: Risk, pairs: Pairs, wishes: Wishes, params: RaceParams) -> Parts:
    """Return what is known of consumption and needs, and the order of all uses."""
    rows, needs = problem.consumption, problem.needs
    row_node = pairs.node_at[rows.location, rows.item]
    demand_node, row_demand = np.unique(row_node, return_inverse=True)
    several = np.bincount(row_demand, minlength=len(demand_node)) > 1
    only = np.zeros(len(demand_node), dtype=np.int64)
    only[row_demand] = np.arange(len(row_demand))
    spread = "consumption" in params.random
    still = np.zeros(len(rows.row))
    kinds, indexes = use_order(problem, pairs.weight)
    return {
        "use_kind": kinds,
        "use_index": indexes,
        "row_node": row_node,
        "row_demand": row_demand.astype(np.int64),
        "row_key": _seeded(risk.row_key, params),
        "row_median": risk.row_median if spread else rows.per_day,
        "row_below": risk.row_below if spread else still,
        "row_above": risk.row_above if spread else still,
        "row_first_day": rows.first_day,
        "row_last_day": rows.last_day,
        "row_weight": rows.weight,
        "row_share": wishes.share,
        "demand_node": demand_node.astype(np.int64),
        "demand_row": np.where(several, -1, only),
        "need_node": pairs.node_at[needs.location, needs.item],
        "need_quantity": needs.quantity,
        "need_due": needs.due_day,
        "need_weight": needs.weight,
        "need_wish": wishes.hand,
    }


def supply_parts(
    scenario: Scenario, problem: Problem, risk: Risk, pairs: Pairs, wishes: Wishes, params: RaceParams
) -> Parts:
    """Return what is known of pledges, production, orders and budgets."""
    pledges, made, n_days = problem.pledges, problem.production, problem.n_days
    comes = "pledges" in params.random
    n = len(pledges.quantity)
    late = _delays(risk.pledge_delay, comes)
    inputs = np.argsort(made.recipe_line, kind="stable")
    orders = np.argsort(wishes.order_day, kind="stable")
    limit = np.where(wishes.expanded[:, None], made.limit_expanded, made.limit)
    rises = (limit > limit[:, :1]).any(axis=1) if n_days else np.zeros(len(limit), dtype=np.bool_)
    part = params.pledge_part_chance
    share = params.ramp_slip_mean
    slip = risk.line_slip_days if share is None else risk.line_expansion_days * share
    return {
        "pledge_node": pairs.node_at[pledges.location, pledges.item],
        "pledge_first_day": pledges.first_day,
        "pledge_quantity": np.where(pledges.quantity > 0, risk.pledge_quantity, 0.0)
        if comes
        else pledges.quantity,
        "pledge_chance": risk.pledge_chance if comes else np.ones(n),
        "pledge_key": _seeded(risk.pledge_key, params),
        "pledge_delay_begin": _begins([max(len(chances) - 1, 0) for chances in late]),
        "pledge_delay": np.concatenate([np.zeros(0), *(steady(one) for one in late if len(one))]),
        "pledge_part_chance": (risk.pledge_part_chance if part is None else np.full(n, part))
        if comes
        else np.zeros(n),
        "pledge_wish": wishes.take,
        "line_node": pairs.node_at[made.location, made.item],
        "line_lead": made.lead_days,
        "line_ring": _begins(made.lead_days + 1)[:-1],
        "line_rate": floats(scenario.table("production"), "rate_per_day"),
        "line_limit": limit,
        "line_payable": _payable(problem),
        "line_cost": made.unit_cost,
        "line_budget": made.budget,
        "line_key": _seeded(risk.line_key, params),
        "line_slip_mean": np.where(rises, slip, 0.0)
        if "production" in params.random
        else np.zeros(len(limit)),
        "line_wish": wishes.start,
        "input_begin": np.searchsorted(made.recipe_line[inputs], np.arange(len(limit) + 1)).astype(np.int64),
        "input_node": pairs.node_at[made.location[made.recipe_line], made.recipe_item][inputs],
        "input_quantity": made.recipe_quantity[inputs],
        "order_begin": np.searchsorted(wishes.order_day[orders], np.arange(n_days + 1)).astype(np.int64),
        "order_node": pairs.node_at[wishes.order_location, wishes.order_item][orders],
        "order_quantity": wishes.order_quantity[orders],
        "budget_amount": problem.budgets.amount - wishes.spent,
    }


def _payable(problem: Problem) -> Any:
    """Return (lines, days) whether what production costs can be charged that day (§5.6)."""
    made, budgets = problem.production, problem.budgets
    day = np.arange(problem.n_days)[None, :]
    free = (made.budget < 0) | (made.unit_cost <= 0)
    # a line without a budget takes the one put at the end, which always has money
    first = np.r_[budgets.first_day, 0][made.budget][:, None]
    last = np.r_[budgets.last_day, problem.n_days][made.budget][:, None]
    return free[:, None] | ((day >= first) & (day <= last))


def surge_parts(params: RaceParams) -> Parts:
    """Return the offensive that may come; the parameters are settled."""
    return {
        "surge_key": _seeded(keys("surge", ["surge"]), params),
        "surge_chance": float(params.surge_chance or 0.0) if "surge" in params.random else 0.0,
        "surge_factor": float(params.surge_factor or 0.0),
        "surge_days_mean": float(params.surge_days_mean or 0.0),
    }


def _seeded(key: Any, params: RaceParams) -> Any:
    """Return keys that belong to the race's seed."""
    return key ^ keys("seed", [str(params.seed)])[0]
