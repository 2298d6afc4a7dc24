"""Which locations and items a race keeps, and which lanes and items may move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.engines.race.network import Ways, detours, ways, weights
from redball.engines.race.wishes import Wishes
from redball.engines.race.world import OWN, REROUTE
from redball.model.problem import Flags, Floats, Ints, Problem
from redball.model.risk import Risk


@dataclass(frozen=True, slots=True)
class Pairs:
    """Nodes (location and item) and pairs (lane and item) in the order in which pairs depart."""

    location: Ints
    item: Ints
    node_at: Ints
    """(locations, items) number of the node; -1: none."""
    weight: Floats
    """(locations, items) highest weight of what is used there or beyond."""
    ways: Ways
    lane: Ints
    pair_item: Ints
    start: Ints
    """(pairs,) node it leaves."""
    end: Ints
    """(pairs,) node it leads to."""
    detour_begin: Ints
    detour_pair: Ints


def chosen_pairs(problem: Problem, risk: Risk, wishes: Wishes, policy: int, planned: bool) -> Pairs:
    """Choose what may move: what the plan moves, with ways round for ``reroute``; all that runs downstream without one."""
    weight = weights(problem)
    supplied = _supplied(problem)
    found = ways(problem, weight, supplied)
    runs = np.zeros_like(problem.lanes.carries)
    runs[wishes.lane, wishes.item] = True
    if not planned or policy == OWN:
        runs |= found.runs
    around: dict[tuple[int, int], list[list[int]]] = {}
    if policy == REROUTE:
        for lane, item in np.argwhere(runs):
            if risk.lane_fails[lane] > 0:
                around[lane, item] = list(detours(problem, lane, item, 1.0 / risk.lane_mends[lane]))
        for (_, item), found_ways in around.items():
            for way in found_ways:
                runs[way, item] = True
    lane, item, begin, detour = _ordered(problem, weight, runs, around)
    lanes = problem.lanes
    active = supplied | (found.own_rate > 0)
    rows, needs = problem.consumption, problem.needs
    active[rows.location, rows.item] = True
    active[needs.location, needs.item] = True
    active[wishes.order_location, wishes.order_item] = True
    made = problem.production
    active[made.location[made.recipe_line], made.recipe_item] = True
    active[lanes.from_location[lane], item] = True
    active[lanes.to_location[lane], item] = True
    location, node_item = (index.astype(np.int64) for index in np.nonzero(active))
    node_at = np.full(active.shape, -1, dtype=np.int64)
    node_at[location, node_item] = np.arange(len(location))
    return Pairs(
        location=location,
        item=node_item,
        node_at=node_at,
        weight=weight,
        ways=found,
        lane=lane,
        pair_item=item,
        start=node_at[lanes.from_location[lane], item],
        end=node_at[lanes.to_location[lane], item],
        detour_begin=begin,
        detour_pair=detour,
    )


def _supplied(problem: Problem) -> Flags:
    """Return (locations, items) where an item can come into being without being ordered."""
    pledges, made = problem.pledges, problem.production
    supplied = problem.stock_opening > 0
    counted = pledges.quantity > 0
    supplied[pledges.location[counted], pledges.item[counted]] = True
    supplied[made.location, made.item] = True
    return supplied


def _ordered(
    problem: Problem, weight: Floats, runs: Flags, around: dict[tuple[int, int], list[list[int]]]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return lanes and items of the pairs, the highest priority and then the quickest first, and their ways round."""
    lanes = problem.lanes
    lane, item = (index.astype(np.int64) for index in np.nonzero(runs))
    urgent = weight[lanes.to_location[lane], item]
    order = np.lexsort((item, lane, lanes.transit_days[lane], -urgent))
    lane, item = lane[order], item[order]
    pair_at = np.full(runs.shape, -1, dtype=np.int64)
    pair_at[lane, item] = np.arange(len(lane))
    begin, detour = [0], list[int]()
    for one, what in zip(lane, item, strict=True):
        for way in around.get((int(one), int(what)), ()):
            detour += [int(pair_at[leg, what]) for leg in way] + [-1]
        begin.append(len(detour))
    return lane, item, np.array(begin, dtype=np.int64), np.array(detour, dtype=np.int64)
