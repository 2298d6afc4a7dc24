"""What may move where, in which order: priorities, directions, ways round, rates of use."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from redball.engines.race.world import HAND, SERVE, START
from redball.model.problem import Flags, Floats, Ints, Problem

FAR = 1 << 40
"""[day] no way there."""
DETOURS = 2
"""Ways round that are kept for each pair."""


def weights(problem: Problem) -> Floats:
    """Return (locations, items) the highest weight of what is used there or can be reached from there."""
    weight = np.zeros((problem.n_locations, problem.n_items))
    rows, needs, lanes, made = problem.consumption, problem.needs, problem.lanes, problem.production
    np.maximum.at(weight, (rows.location, rows.item), rows.weight)
    np.maximum.at(weight, (needs.location, needs.item), needs.weight)
    inputs = made.recipe_line
    while True:
        before = weight.copy()
        np.maximum.at(weight, lanes.from_location, weight[lanes.to_location] * lanes.carries)
        output = weight[made.location[inputs], made.item[inputs]]
        np.maximum.at(weight, (made.location[inputs], made.recipe_item), output)
        if np.array_equal(before, weight):
            return weight


@dataclass(frozen=True, slots=True)
class Ways:
    """Where goods go without a plan: away from where they come from, never back."""

    runs: Flags
    """(lanes, items)"""
    distance: Ints
    """(locations, items) [day] from the nearest source."""
    own_rate: Floats
    """(locations, items) [item unit / day] used there."""
    rate: Floats
    """(locations, items) [item unit / day] used there and beyond."""


def ways(problem: Problem, weight: Floats, supplied: Flags) -> Ways:
    """Find the ways of every item.

    Parameters
    ----------
    problem, weight
        The scenario as arrays, and its `weights`.
    supplied
        (locations, items) where an item can come into being.

    Notes
    -----
    Goods flow away from their origins: places where an item comes into being, that no lane towards its use could feed. A depot
    that begins with some stock is no origin, or nothing would be sent there.
    """
    lanes, own = problem.lanes, _own_rate(problem)
    start, end = lanes.from_location, lanes.to_location
    to_use = _distances(problem, own > 0, backwards=True)
    reached = _distances(problem, supplied, backwards=False) < FAR
    feeds = lanes.carries & reached[start] & (to_use[end] < to_use[start])
    fed = np.zeros_like(supplied)
    np.logical_or.at(fed, end, feeds)
    origin = supplied & (own <= 0) & ~fed
    distance = _distances(problem, origin, backwards=False)
    # what no origin reaches is its own
    distance = _distances(problem, origin | (supplied & (distance >= FAR)), backwards=False)
    runs = lanes.carries & (distance[start] < FAR) & (distance[start] < distance[end]) & (weight[end] > 0)
    return Ways(runs, distance, own, _rate(problem, runs, distance, own))


def _distances(problem: Problem, origin: Flags, backwards: bool) -> Ints:
    """Return (locations, items) the days to the nearest origin, along the lanes or against them."""
    lanes = problem.lanes
    start, end = lanes.from_location, lanes.to_location
    if backwards:
        start, end = end, start
    distance = np.where(origin, 0, FAR).astype(np.int64)
    while True:
        before = distance.copy()
        reach = np.where(lanes.carries, distance[start] + lanes.transit_days[:, None], FAR)
        np.minimum.at(distance, end, np.minimum(reach, FAR))
        if np.array_equal(before, distance):
            return distance


def _own_rate(problem: Problem) -> Floats:
    own = np.zeros((problem.n_locations, problem.n_items))
    rows, needs, made, n_days = problem.consumption, problem.needs, problem.production, problem.n_days
    active = np.maximum(rows.last_day - rows.first_day + 1, 0) / n_days
    np.add.at(own, (rows.location, rows.item), rows.per_day * active)
    np.add.at(own, (needs.location, needs.item), needs.quantity / n_days)
    drawn = made.limit.mean(axis=1)[made.recipe_line] * made.recipe_quantity
    np.add.at(own, (made.location[made.recipe_line], made.recipe_item), drawn)
    return own


def _rate(problem: Problem, runs: Flags, distance: Ints, own: Floats) -> Floats:
    """Add to each place what its customers use, the farthest first; who has several suppliers divides itself."""
    lanes, rate = problem.lanes, own.copy()
    lane, item = np.nonzero(runs)
    start, end = lanes.from_location[lane], lanes.to_location[lane]
    links = np.unique(np.stack([start, end, item], axis=1), axis=0)
    suppliers = np.zeros_like(own)
    np.add.at(suppliers, (links[:, 1], links[:, 2]), 1.0)
    order = np.argsort(-distance[links[:, 1], links[:, 2]], kind="stable")
    for origin, to, what in links[order]:
        rate[origin, what] += rate[to, what] / suppliers[to, what]
    return rate


def detours(problem: Problem, lane: int, item: int, mean_closed_days: float) -> Iterator[list[int]]:
    """Yield the next best ways round a lane, as lanes; none that takes longer than waiting for it to reopen."""
    lanes = problem.lanes
    shut = {lane}
    longest = lanes.transit_days[lane] + mean_closed_days
    for _ in range(DETOURS):
        way = _shortest(problem, int(lanes.from_location[lane]), int(lanes.to_location[lane]), item, shut)
        if not way or lanes.transit_days[way].sum() > longest:
            return
        yield way
        shut.add(way[0])


def _shortest(problem: Problem, start: int, end: int, item: int, shut: set[int]) -> list[int]:
    """Return the quickest way as lanes (Dijkstra); empty: none."""
    lanes = problem.lanes
    can = lanes.carries[:, item] & (lanes.capacity_t > 0).any(axis=1)
    heap: list[tuple[int, int, list[int]]] = [(0, start, [])]
    seen: set[int] = set()
    while heap:
        days, here, way = heapq.heappop(heap)
        if here == end:
            return way
        if here in seen:
            continue
        seen.add(here)
        for lane in np.flatnonzero((lanes.from_location == here) & can):
            if lane not in shut:
                heapq.heappush(
                    heap,
                    (days + int(lanes.transit_days[lane]), int(lanes.to_location[lane]), [*way, int(lane)]),
                )
    return []


def use_order(problem: Problem, weight: Floats) -> tuple[Ints, Ints]:
    """Return kinds and indexes of all uses, highest priority first; lines that feed others on the same day before those.

    Parameters
    ----------
    problem, weight
        The scenario as arrays, and its `weights`: a line is as urgent as what its output is for.
    """
    rows, needs, made = problem.consumption, problem.needs, problem.production
    uses = [
        (SERVE, at, float(rows.weight[at]), {(rows.location[at], rows.item[at])})
        for at in range(len(rows.row))
    ]
    uses += [
        (HAND, at, float(needs.weight[at]), {(needs.location[at], needs.item[at])})
        for at in range(len(needs.quantity))
    ]
    for line in range(len(made.location)):
        inputs = made.recipe_item[made.recipe_line == line]
        draws = {(made.location[line], item) for item in inputs}
        uses.append((START, line, float(weight[made.location[line], made.item[line]]), draws))
    feeds: dict[tuple[int, int], list[int]] = {}
    for at, (kind, index, _, _) in enumerate(uses):
        if kind == START and made.lead_days[index] == 0:
            feeds.setdefault((made.location[index], made.item[index]), []).append(at)
    waits = [sum(len(feeds.get(node, ())) for node in use[3]) for use in uses]
    followers: list[list[int]] = [[] for _ in uses]
    for at, use in enumerate(uses):
        for node in use[3]:
            for feeder in feeds.get(node, ()):
                followers[feeder].append(at)
    order: list[int] = []
    rest = set(range(len(uses)))
    heap = [(-uses[at][2], at) for at in rest if not waits[at]]
    heapq.heapify(heap)
    while rest:
        # lines that feed each other in a ring have no order; the most urgent goes first
        at = heapq.heappop(heap)[1] if heap else min(rest, key=lambda one: (-uses[one][2], one))
        if at not in rest:
            continue
        rest.discard(at)
        order.append(at)
        for follower in followers[at]:
            waits[follower] -= 1
            if not waits[follower]:
                heapq.heappush(heap, (-uses[follower][2], follower))
    kinds = np.array([uses[at][0] for at in order], dtype=np.int64)
    return kinds, np.array([uses[at][1] for at in order], dtype=np.int64)
