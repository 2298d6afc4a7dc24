"""What is late: when a delay begins, what it holds up, and when that comes.

As long as goods do not overtake, all that one delay holds up comes on the same day (`State.late`). What an earlier delay still holds
up when another begins is an entry of its own in a list of the lane (`State.far`): there are few of them, and they lie close together.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel, kernel_apart
from redball.engines.race.numbers import GOLDEN, S11, edge_of, even, mixed
from redball.engines.race.world import Marks, Smalls, State, World
from redball.model.problem import Floats

EIGHT, NEAR = 8, 16
"""Most delays are found among so many steps, eight of which are looked at together."""
NEITHER, DUE, STRUCK = np.uint8(0), np.uint8(1), np.uint8(2)
"""Marks of replications."""


@kernel
def drawn(chances: Floats, begin: int, end: int, u: float) -> int:
    """Return the first step whose cumulated chance is above `u`."""
    low, n = begin, end - begin - 1
    while n > 0:
        half = (n + 1) // 2
        low += half if u >= chances[low + half - 1] else 0
        n -= half
    return low - begin


@kernel
def delay(world: World, state: State, day: int, lane: int, at: np.uint64) -> None:
    """Draw how late a lane is from the numbers at a place of a stream, and list what was late and is there today."""
    start, end = world.lane_delay_begin[lane], world.lane_delay_begin[lane + 1]
    late, due = state.lane_late[lane], state.lane_due[lane]
    marks, marked, u, shock = state.marks, state.step, state.draw, state.shock
    chances = world.delay_steady if world.overtaking else world.delay_shock
    state.lane_n_aside[lane], n_due = 0, 0
    pass_day(late, np.int32(len(chances) if world.overtaking else 1))
    if day == 0:
        for r in range(len(late)):
            if late[r] > 0:
                begin_delay(world, state, day, lane, r)
    mark(state.lane_comes[lane], np.int32(day), at, edge_of(chances[start]), marks)
    n = list_marked(marks, marked)
    for k in range(n):
        u[k] = even(at + np.uint64(marked[k]) * GOLDEN)
    # what lies behind the last one is compared in vain, so that none is compared alone
    full = min(-(-n // EIGHT) * EIGHT, len(late))
    shock[:full] = 0
    for step in range(start, start + NEAR, EIGHT):
        climb(shock[:full], u[:full], chances, step, end - 1)
    for k in range(n):
        if shock[k] == NEAR:
            shock[k] = drawn(chances, start, end, u[k])
    for k in range(n):
        r = marked[k]
        due[n_due] = r
        n_due += marks[r] & DUE
        if shock[k] > late[r]:
            late[r] = shock[k]
            begin_delay(world, state, day, lane, r)
    state.lane_n_due[lane] = n_due
    tell_late(late, state.lane_is_late[lane])
    list_far(world, state, day, lane)


@kernel_apart
def climb(steps: Smalls, u: Floats, chances: Floats, at: int, end: int) -> None:
    """Add how many of the next eight cumulated chances, before the last, are not above `u`."""
    a, b = (chances[at] if at < end else 2.0), (chances[at + 1] if at + 1 < end else 2.0)
    c, d = (chances[at + 2] if at + 2 < end else 2.0), (chances[at + 3] if at + 3 < end else 2.0)
    e, f = (chances[at + 4] if at + 4 < end else 2.0), (chances[at + 5] if at + 5 < end else 2.0)
    g, h = (chances[at + 6] if at + 6 < end else 2.0), (chances[at + 7] if at + 7 < end else 2.0)
    for k in range(len(steps)):
        x = u[k]
        low = np.int32(x >= a) + np.int32(x >= b) + np.int32(x >= c) + np.int32(x >= d)
        steps[k] += low + np.int32(x >= e) + np.int32(x >= f) + np.int32(x >= g) + np.int32(x >= h)


@kernel_apart
def pass_day(late: Smalls, days: np.int32) -> None:
    """Let delays shrink by so many days."""
    for r in range(len(late)):
        late[r] = max(late[r] - days, np.int32(0))


@kernel_apart
def tell_late(late: Smalls, is_late: Floats) -> None:
    """Say whether there is any delay."""
    for r in range(len(late)):
        is_late[r] = 1.0 if late[r] > 0 else 0.0


@kernel_apart
def mark(comes: Smalls, day: np.int32, at: np.uint64, edge: np.uint64, marks: Marks) -> None:
    """Mark the replications in which what was late is there today, and those whose number is not below an edge."""
    for r in range(len(comes)):
        is_due, is_struck = comes[r] == day, mixed(at) >> S11 >= edge
        marks[r] = (DUE if is_due else NEITHER) | (STRUCK if is_struck else NEITHER)
        at += GOLDEN


@kernel_apart
def list_marked(marks: Marks, found: Smalls) -> int:
    """List the replications with any mark, and return their number."""
    n = 0
    # nothing is skipped: what comes next overwrites what does not belong to the list
    for r in range(len(marks)):
        found[np.uint64(n)] = r
        n += marks[r] > 0
    return n


@kernel
def begin_delay(world: World, state: State, day: int, lane: int, r: int) -> None:
    """Let what departs from now on come on a day of its own, and put aside what comes on another."""
    before = state.lane_comes[lane, r]
    n_aside = state.lane_n_aside[lane]
    at = world.lane_far[lane] * len(state.draw) + state.lane_n_far[lane] + n_aside
    # written in any case, and counted where there is any: the next one overwrites what is not counted
    state.far_replication[at] = r
    state.far_day[at] = before
    state.lane_aside[lane, n_aside] = r
    state.lane_n_aside[lane] = n_aside + (before > day)
    state.lane_comes[lane, r] = day + world.lane_transit[lane] + state.lane_late[lane, r]


@kernel
def list_far(world: World, state: State, day: int, lane: int) -> None:
    """Take out of the lane's list what comes today; the others keep their order."""
    begin = world.lane_far[lane] * len(state.draw)
    n = state.lane_n_far[lane] + state.lane_n_aside[lane]
    replication, comes = state.far_replication[begin : begin + n], state.far_day[begin : begin + n]
    due, due_at, n_due, n_kept = state.far_due[begin:], state.far_due_at[begin:], 0, 0
    for at in range(n):
        if comes[at] == day:
            due[n_due] = replication[at]
            due_at[n_due] = at
            n_due += 1
        else:
            replication[n_kept] = replication[at]
            comes[n_kept] = comes[at]
            n_kept += 1
    state.lane_n_far[lane] = n_kept
    state.lane_n_far_due[lane] = n_due


@kernel
def come_late(world: World, state: State, day: int, p: int, due: Floats) -> None:
    """Put aside what an earlier delay of a pair's lane holds up, and add what comes late today to what is due."""
    lane = world.pair_lane[p]
    n_aside, n_due, n_far_due = (
        state.lane_n_aside[lane],
        state.lane_n_due[lane],
        state.lane_n_far_due[lane],
    )
    if n_aside + n_due + n_far_due == 0:
        return
    width = len(due)
    begin, list_begin = world.pair_far[p] * width, world.lane_far[lane] * width
    n = state.lane_n_far[lane] + n_far_due
    far, late, comes = state.far[begin : begin + n], state.late[p], state.comes
    if n_aside > 0:
        # today's are the last of the list: those taken out today lie before them, or among them
        put_aside(far[n - n_aside :], late, state.lane_aside[lane, :n_aside])
    if n_far_due > 0:
        far_due = state.far_due[list_begin : list_begin + n_far_due]
        take_out(far, comes, far_due, state.far_due_at[list_begin : list_begin + n_far_due])
        join(due, comes, late, state.lane_due[lane, :n_due], far_due)
    else:
        join_late(due, late, state.lane_due[lane, :n_due])


@kernel_apart
def put_aside(far: Floats, late: Floats, replication: Smalls) -> None:
    """Put what an earlier delay holds up at the end of the list."""
    for at in range(len(replication)):
        r = np.uint64(replication[at])
        far[at] = late[r]
        late[r] = 0.0


@kernel_apart
def take_out(far: Floats, comes: Floats, due: Smalls, due_at: Smalls) -> None:
    """Add what comes today to `comes`, the first to depart first, and close the gaps in the list."""
    kept = np.int64(due_at[0])
    for k in range(len(due)):
        at = np.int64(due_at[k])
        comes[np.uint64(due[k])] += far[at]
        end = np.int64(due_at[k + 1]) if k + 1 < len(due) else len(far)
        for other in range(at + 1, end):
            far[kept] = far[other]
            kept += 1


@kernel_apart
def join(due: Floats, comes: Floats, late: Floats, late_due: Smalls, far_due: Smalls) -> None:
    """Add to what is due what comes of all delays, the earliest delay first; `comes` is 0 before and after."""
    for at in range(len(late_due)):
        r = np.uint64(late_due[at])
        due[r] += comes[r] + late[r]
        late[r], comes[r] = 0.0, 0.0
    for at in range(len(far_due)):
        r = np.uint64(far_due[at])
        due[r] += comes[r]
        comes[r] = 0.0


@kernel_apart
def join_late(due: Floats, late: Floats, late_due: Smalls) -> None:
    """Add to what is due what comes of the last delay."""
    for at in range(len(late_due)):
        r = np.uint64(late_due[at])
        due[r] += late[r]
        late[r] = 0.0


@kernel_apart
def hold_up(arriving: Floats, late: Floats, is_late: Floats) -> None:
    """Take what is late out of what arrives in time."""
    for r in range(len(late)):
        held = arriving[r] * is_late[r]
        late[r] += held
        arriving[r] -= held
