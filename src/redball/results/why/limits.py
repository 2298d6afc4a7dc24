"""Causes on the way: what holds back goods that are there, between the walk's two sides."""

from __future__ import annotations

import numpy as np

from redball.core.wording import number
from redball.model.problem import Flags
from redball.results.why.cause import Cause
from redball.results.why.names import Names, level
from redball.results.why.walk import Walk


def limit_causes(names: Names, walk: Walk) -> list[Cause]:
    """Return what held back a unit that was there and would have helped: lanes, throughput, fleets, storage."""
    return [
        *_lanes(names, walk),
        *_throughput(names, walk),
        *_fleets(names, walk),
        *_storage(names, walk),
    ]


def _lanes(names: Names, walk: Walk) -> list[Cause]:
    closed_lanes = names.usage.lane_closed()
    found = []
    for lane in np.flatnonzero(walk.cut.any(axis=1)):
        days = walk.cut[lane]
        if not names.usage.problem.lanes.carries[lane, walk.item]:
            found.append(_refused(names, walk, int(lane)))
            continue
        closed = days & closed_lanes[lane]
        if closed.any():
            found.append(_closed(names, walk, int(lane), closed, "is closed"))
        arriving = days & walk.blocks.closed[lane] & ~closed
        if arriving.any():
            found.append(
                _closed(names, walk, int(lane), arriving, "would arrive at a closed place if it left")
            )
        full = days & walk.blocks.capacity[lane] & ~walk.blocks.closed[lane]
        if full.any():
            found.append(_full(names, walk, int(lane), full))
    return found


def _waiting(names: Names, walk: Walk, lane: int, days: Flags) -> tuple[float, str]:
    """Return how much lay at the start of a lane on these days at most, and how that is said."""
    start = int(names.usage.problem.lanes.from_location[lane])
    floor = names.usage.problem.stock_floor[start, walk.item]
    waiting = float(np.max(walk.closing[start] - floor, where=days, initial=0.0))
    if waiting <= walk.dust:
        return 0.0, ""
    up_to = "" if days.sum() == 1 else "up to "
    return (
        waiting,
        f", while {up_to}{names.quantity(waiting)} of {names.item_name} lay at {names.place(start)}",
    )


def _depth(names: Names, walk: Walk, lane: int) -> int:
    return int(walk.depth[names.usage.problem.lanes.to_location[lane]]) + 1


def _refused(names: Names, walk: Walk, lane: int) -> Cause:
    table, name = names.usage.plan.scenario.table, names.usage.problem.labels.lanes[lane]
    waiting, waits = _waiting(names, walk, lane, walk.cut[lane])
    own = table("items")["supply_class"][walk.item]
    text = f"Lane {name} takes {table('lanes')['carries'][lane]} only, not class {own} ({names.item_name}){waits}."
    return names.cause("class", text, "§3.3", _depth(names, walk, lane), name, {"waiting": waiting})


def _closed(names: Names, walk: Walk, lane: int, days: Flags, said: str) -> Cause:
    name = names.usage.problem.labels.lanes[lane]
    waiting, waits = _waiting(names, walk, lane, days)
    text = f"Lane {name} {said} {names.when(days)}{waits}."
    return names.cause("closure", text, "§3.6", _depth(names, walk, lane), name, {"waiting": waiting}, days)


def _full(names: Names, walk: Walk, lane: int, days: Flags) -> Cause:
    problem, name = names.usage.problem, names.usage.problem.labels.lanes[lane]
    waiting, waits = _waiting(names, walk, lane, days)
    limit = problem.lanes.capacity_t[lane][days]
    text = f"Lane {name} is at its capacity of {level(limit, 't a day')} {names.when(days)}{waits}."
    numbers = {"capacity_t_per_day": float(limit.max()), "waiting": waiting}
    return names.cause("lane", text, "§3.2", _depth(names, walk, lane), name, numbers, days)


def _throughput(names: Names, walk: Walk) -> list[Cause]:
    problem, result = names.usage.problem, []
    hit = walk.cut & walk.blocks.throughput & ~walk.blocks.shut
    lanes, leave = np.nonzero(hit)
    ends = problem.lanes.to_location[lanes]
    arrive = np.minimum(leave + problem.lanes.transit_days[lanes], problem.n_days - 1)
    for end in np.unique(ends):
        days = np.zeros(problem.n_days, dtype=np.bool_)
        days[arrive[ends == end]] = True
        limit = problem.throughput_t[end][days]
        depth = int(walk.depth[end])
        text = f"{names.place(int(end))} takes in its throughput of {level(limit, 't a day')} {names.when(days)}."
        subject, most = problem.labels.locations[end], float(limit.max())
        result.append(
            names.cause("throughput", text, "§3.5", depth, subject, {"throughput_t_per_day": most}, days)
        )
    return result


def _fleets(names: Names, walk: Walk) -> list[Cause]:
    problem, result = names.usage.problem, []
    hit = walk.cut & walk.blocks.fleet & ~walk.blocks.shut
    mine = np.flatnonzero(hit.any(axis=1))
    for fleet in np.unique(problem.lanes.fleet[mine]):
        lanes = mine[problem.lanes.fleet[mine] == fleet]
        days = hit[lanes].any(axis=0)
        name, vehicles = problem.labels.fleets[fleet], float(problem.fleets.vehicles[fleet])
        depth = int(walk.depth[problem.lanes.to_location[lanes]].min()) + 1
        on = ", ".join(problem.labels.lanes[lane] for lane in lanes[:3]) + (" ..." if len(lanes) > 3 else "")
        text = (
            f"Fleet {name} has no vehicle left for lane {on}: all {number(vehicles)} are away for departures "
            f"{names.when(days)}."
        )
        result.append(names.cause("fleet", text, "§4.1", depth, name, {"vehicles": vehicles}, days))
    return result


def _storage(names: Names, walk: Walk) -> list[Cause]:
    problem, result = names.usage.problem, []
    for location in np.flatnonzero(walk.cut_storage.any(axis=1)):
        days, room = walk.cut_storage[location], float(problem.storage_t[location])
        text = f"{names.place(int(location))} is full to its storage of {number(room)} t {names.when(days)}."
        subject, depth = problem.labels.locations[location], int(walk.depth[location])
        result.append(names.cause("storage", text, "§2.4", depth, subject, {"storage_t": room}, days))
    return result
