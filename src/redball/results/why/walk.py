"""Where one more unit could be had, where it would have helped, and what lies between.

Nodes are (location, day), for one item. A node is *available* when a unit could be there without breaking a limit:
it lies there unused that day, or could come from where it does. A node is *helpful* when a unit there could still
have reached the shortage. A lane or a store that joins an available node to a helpful one, and is full or shut, is
what holds the unit back: together such limits are a cut between supply and shortage, as in minimum cuts of networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.model.problem import Flags, Floats, Ints
from redball.results.why.usage import FULL_SHARE, Usage

FAR = 1_000_000
"""Depth of what was never reached."""


@dataclass(frozen=True)
class Blocks:
    """What keeps more of one item from departing, (lanes, days) each; several may hold at once."""

    carries: Flags
    """Not a supply class that the lane takes (§3.3)."""
    closed: Flags
    """The lane, or the place on the day of arrival, is closed (§3.6)."""
    capacity: Flags
    throughput: Flags
    fleet: Flags

    @property
    def shut(self) -> Flags:
        """Days on which nothing at all could depart, whatever else moves."""
        return self.carries | self.closed

    @property
    def if_open(self) -> Flags:
        """Days on which no more could depart even if nothing were closed."""
        return self.carries | ((self.capacity | self.throughput) & ~self.closed) | self.fleet

    @property
    def any(self) -> Flags:
        """Days on which no more can depart."""
        return self.if_open | self.closed


@dataclass(frozen=True)
class Walk:
    """The walk upstream from a shortage."""

    item: int
    dust: float
    """[item unit] less is nothing."""
    closing: Floats
    """(locations, days) [item unit]"""
    available: Flags
    """(locations, days)"""
    helpful: Flags
    """(locations, days)"""
    depth: Ints
    """(locations,) lanes between the location and the shortage; `FAR`: not reached."""
    blocks: Blocks
    cut: Flags
    """(lanes, days) departures that would have helped, had the lane not been full or shut."""
    cut_storage: Flags
    """(locations, days) nights over which a unit would have been kept, had there been room."""


def blocks_of(usage: Usage, item: int) -> Blocks:
    """Return what keeps more of an item from departing."""
    lanes = usage.problem.lanes
    refused = ~lanes.carries[:, item] | (usage.problem.arriving[:, item] <= 0)
    arrive = np.minimum(
        np.arange(usage.problem.n_days)[None, :] + lanes.transit_days[:, None], usage.problem.n_days - 1
    )
    return Blocks(
        carries=np.broadcast_to(refused[:, None], lanes.capacity_t.shape),
        closed=usage.lane_closed() | (usage.problem.throughput_t[lanes.to_location[:, None], arrive] <= 0),
        capacity=usage.lane_full(item),
        throughput=usage.throughput_full(item)[lanes.to_location[:, None], arrive],
        fleet=usage.fleet_full(item),
    )


def walk(usage: Usage, item: int, seeds: Flags, dust: float, depth: int = 0) -> Walk:
    """Walk upstream from where one more unit would have helped.

    Parameters
    ----------
    usage
        The plan's use of its limits.
    item
        The item that is short.
    seeds
        (locations, days) where and when it is short.
    dust
        [item unit] less is nothing.
    depth
        Depth of the seeds.
    """
    closing, blocks, full = usage.closing(item), blocks_of(usage, item), usage.storage_full(item)
    available = _available(usage, item, closing, blocks.any, full, dust)
    could_be = _available(usage, item, closing, blocks.if_open, full, dust)
    helpful = seeds.copy()
    depths = np.where(seeds.any(axis=1), depth, FAR).astype(np.int64)
    cut, cut_storage = np.zeros_like(blocks.any), np.zeros_like(helpful)
    lanes, blocked = usage.problem.lanes, blocks.any
    for day in range(usage.problem.n_days - 1, -1, -1):
        if not helpful[:, day].any():
            continue
        into = np.flatnonzero(helpful[lanes.to_location, day] & (lanes.transit_days <= day))
        leave, start = day - lanes.transit_days[into], lanes.from_location[into]
        held_back = blocked[into, leave] & available[start, leave]
        # one closure behind another: neither has goods waiting, and both hold them back
        closed = blocks.closed[into, leave] & could_be[start, leave]
        cut[into, leave] = held_back | closed
        # behind a full lane with nothing waiting, supply is the cause: walk on
        on = ~held_back & ~blocks.carries[into, leave]
        helpful[start[on], leave[on]] = True
        np.minimum.at(depths, start[on], depths[lanes.to_location[into[on]]] + 1)
        if day > 0:
            kept = helpful[:, day]
            cut_storage[:, day - 1] = kept & full[:, day - 1] & available[:, day - 1]
            helpful[:, day - 1] |= kept & ~cut_storage[:, day - 1]
    return Walk(item, dust, closing, available, helpful, depths, blocks, cut, cut_storage)


def _available(usage: Usage, item: int, closing: Floats, blocked: Flags, full: Flags, dust: float) -> Flags:
    lanes = usage.problem.lanes
    available = closing > usage.problem.stock_floor[:, item, None] + dust
    available |= _unused_supply(usage, item, dust)
    for day in range(usage.problem.n_days):
        leave = day - lanes.transit_days
        can = np.flatnonzero(leave >= 0)
        can = can[available[lanes.from_location[can], leave[can]] & ~blocked[can, leave[can]]]
        available[lanes.to_location[can], day] = True
        if day > 0:
            available[:, day] |= available[:, day - 1] & ~full[:, day - 1]
    return available


def _unused_supply(usage: Usage, item: int, dust: float) -> Flags:
    """Mark where pledges could still be taken up and offers still be ordered."""
    problem, day = usage.problem, np.arange(usage.problem.n_days)
    result = np.zeros((problem.n_locations, problem.n_days), dtype=np.bool_)
    pledges, offers = problem.pledges, problem.offers
    left = pledges.quantity - usage.taken
    for at in np.flatnonzero(
        (pledges.item == item) & (left > np.maximum(dust, FULL_SHARE * pledges.quantity))
    ):
        result[pledges.location[at]] |= day >= pledges.first_day[at]
    left = offers.quantity_max - usage.ordered
    for at in np.flatnonzero(
        (offers.item == item) & (left > np.maximum(dust, FULL_SHARE * offers.quantity_max))
    ):
        if not budget_shut(usage, int(offers.budget[at]), float(offers.unit_cost[at])).all():
            result[offers.location[at]] |= day >= offers.lead_days[at]
    return result


def budget_shut(usage: Usage, budget: int, unit_cost: float) -> Flags:
    """(days,) whether the budget pays for nothing more that day: spent, or outside its dates (§5.6)."""
    day = np.arange(usage.problem.n_days)
    if budget < 0 or unit_cost <= 0:
        return np.zeros(len(day), dtype=np.bool_)
    budgets = usage.problem.budgets
    outside = (day < budgets.first_day[budget]) | (day > budgets.last_day[budget])
    shut: Flags = outside | budget_spent(usage, budget)
    return shut


def budget_spent(usage: Usage, budget: int) -> bool:
    """Whether nothing is left of a budget."""
    amount = usage.problem.budgets.amount[budget]
    return bool(amount - usage.spent[budget] <= FULL_SHARE * amount)


@dataclass(frozen=True)
class Arrival:
    """The earliest day on which anything could be somewhere, whatever the limits."""

    day: int
    """Number of days: never."""
    lanes: tuple[int, ...]
    """The quickest way, in order."""
    origin: int
    """The location where the quickest way begins; -1: none."""
    ready: int
    """The day on which the goods can be at the origin."""


def earliest_arrival(usage: Usage, item: int, location: int) -> Arrival:
    """Return when the item could first come to a location from anywhere but its own opening stock.

    Capacity plays no part; closures, classes and the dates of sources do. Production counts as if its inputs were
    there on the first day, so nothing can be there before.
    """
    problem, lanes, n_days = usage.problem, usage.problem.lanes, usage.problem.n_days
    first = np.full(problem.n_locations, n_days, dtype=np.int64)
    first[problem.stock_opening[:, item] > problem.stock_floor[:, item]] = 0
    first[location] = n_days
    sources = (
        (problem.pledges, "first_day"),
        (problem.production, "lead_days"),
        (problem.offers, "lead_days"),
    )
    for source, days in sources:
        mine = source.item == item
        if source is problem.pledges:
            mine = mine & (problem.pledges.quantity > 0)
        np.minimum.at(first, source.location[mine], np.minimum(getattr(source, days)[mine], n_days))
    blocks = blocks_of(usage, item)
    open_ = ~(blocks.shut | (lanes.capacity_t <= 0))
    following = np.full((len(lanes.transit_days), n_days + 1), n_days, dtype=np.int64)
    departures = np.where(open_, np.arange(n_days), n_days)
    following[:, :n_days] = np.minimum.accumulate(departures[:, ::-1], axis=1)[:, ::-1]
    by = np.full(problem.n_locations, -1, dtype=np.int64)
    at = np.arange(len(lanes.transit_days))
    while True:
        arrive = np.minimum(following[at, first[lanes.from_location]] + lanes.transit_days, n_days)
        better = np.flatnonzero(arrive < first[lanes.to_location])
        if not len(better):
            break
        # the quickest of the lanes into one place: later assignments win, so the quickest comes last
        better = better[np.argsort(-arrive[better], kind="stable")]
        first[lanes.to_location[better]] = arrive[better]
        by[lanes.to_location[better]] = better
    return _traced(first, by, lanes.from_location, location, n_days)


def _traced(first: Ints, by: Ints, starts: Ints, location: int, n_days: int) -> Arrival:
    if first[location] >= n_days:
        return Arrival(n_days, (), -1, n_days)
    way: list[int] = []
    here = location
    while by[here] >= 0 and len(way) < len(by):
        way.append(int(by[here]))
        here = int(starts[by[here]])
    return Arrival(int(first[location]), tuple(reversed(way)), here, int(first[here]))
