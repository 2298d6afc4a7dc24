"""Random numbers by counting, and what they decide: the fortunes of a replication.

A draw is a function of (key, purpose, day, replication) and of nothing else, so that any block on any thread draws the same, and two
plans or policies meet the same fortunes.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel, kernel_apart
from redball.engines.race.late import delay, drawn
from redball.engines.race.world import CELLS, NORMAL_UNIT, State, World
from redball.model.problem import Floats, Ints

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
STEP = np.uint64(0xD1342543DE82EF95)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
HALF_53 = 2.0**-53
CELL_BITS = CELLS.bit_length() - 1
S_CELL, IN_CELL, IN_CELL_UNIT = (
    np.uint64(64 - CELL_BITS),
    np.uint64((1 << (53 - CELL_BITS)) - 1),
    2.0 ** (CELL_BITS - 53),
)
"""The first bits of a number in [0, 1) say in which step of the table of quantiles it lies, the others where in it."""
LOW_32 = (1 << 32) - 1

OPEN, DELAY, LOSS, STEADY, USE, COMES, PART, LATE, SLIP, SURGE, BEGIN, LENGTH = range(12)
"""Purposes of draws."""


@kernel
def mixed(x: np.uint64) -> np.uint64:
    """Scramble 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> S30)) * FIRST
    x = (x ^ (x >> S27)) * SECOND
    return x ^ (x >> S31)


@kernel
def stream(key: np.uint64, purpose: int, day: int, first: int) -> np.uint64:
    """Return where the numbers of the replications from `first` on begin; the next is always `GOLDEN` further."""
    start = mixed(mixed(key + np.uint64(purpose) * STEP) + np.uint64(day + 1) * GOLDEN)
    return start + np.uint64(first) * GOLDEN


@kernel
def even(at: np.uint64) -> float:
    """Return the number in [0, 1) at a place of a stream."""
    return np.int64(mixed(at) >> S11) * HALF_53


@kernel
def fill(out: Floats, key: np.uint64, purpose: int, day: int, first: int) -> None:
    """Fill (width,) numbers in [0, 1) of the replications from `first` on."""
    at = stream(key, purpose, day, first)
    for r in range(len(out)):
        out[r] = even(at)
        at += GOLDEN


@kernel
def begin(world: World, state: State, first: int) -> None:
    """Put everything where it is before day 0, and draw what is decided once for a replication."""
    width = state.stock.shape[1]
    for table in (state.yard, state.inbound, state.want, state.sent, state.waiting, state.near, state.late):
        table[:, :] = 0.0
    for table in (state.fleet_ring, state.total_asked, state.total_served, state.need_owed, state.handed):
        table[:, :] = 0.0
    for table in (state.pledge_owed, state.taken, state.line_owed, state.line_ring, state.started):
        table[:, :] = 0.0
    for table in (state.score, state.asked, state.served, state.lost):
        table[:, :] = 0.0
    state.unmet[:] = 0.0
    state.surge[:] = 1.0
    state.weighted[:] = 0.0
    state.unserved[:] = 0.0
    state.lane_open[:, :] = 1.0
    state.lane_kept[:, :] = 1.0
    state.lane_late[:, :] = 0
    state.lane_is_late[:, :] = 0.0
    state.lane_comes[:, :] = -1
    state.first_out[:, :] = world.n_days
    state.need_done[:, :] = world.n_days
    for n in range(len(world.node_item)):
        state.stock[n, :] = world.node_opening[n]
        state.received[n, :] = world.node_opening[n]
        state.evening[n, :] = world.node_opening[n]
    for k in range(len(world.need_node)):
        state.need_left[k, :] = world.need_quantity[k]
    for k in range(len(world.budget_amount)):
        state.budget_left[k, :] = world.budget_amount[k]
    for k in range(len(world.fleet_vehicles)):
        state.fleet_left[k, :] = world.fleet_vehicles[k]
    for lane in range(len(world.lane_used)):
        start, end = world.lane_delay_begin[lane], world.lane_delay_begin[lane + 1]
        if end > start and not world.overtaking:
            fill(state.draw, world.lane_key[lane], STEADY, 0, first)
            for r in range(width):
                state.lane_late[lane, r] = drawn(world.delay_steady, start, end, state.draw[r])
    state.lane_n_far[:] = 0
    promise(world, state, first)


@kernel
def promise(world: World, state: State, first: int) -> None:
    """Draw which pledges come, how much of them and when; how far expansions slip; the surge."""
    width = state.stock.shape[1]
    u, v = state.draw, state.quantity
    for k in range(len(world.pledge_node)):
        node, key = world.pledge_node[k], world.pledge_key[k]
        fill(u, key, COMES, 0, first)
        for r in range(width):
            state.pledge_share[k, r] = 1.0 if u[r] < world.pledge_chance[k] else 0.0
        in_part = world.pledge_part_chance[k]
        if in_part > 0.0:
            fill(u, key, PART, 0, first)
            fill(v, key, PART, 1, first)
            for r in range(width):
                if u[r] < in_part:
                    state.pledge_share[k, r] *= v[r]
        start, end = world.pledge_delay_begin[k], world.pledge_delay_begin[k + 1]
        fill(u, key, LATE, 0, first)
        for r in range(width):
            late = drawn(world.pledge_delay, start, end, u[r]) if end > start else 0
            comes = state.pledge_share[k, r] > 0.0
            state.pledge_day[k, r] = world.pledge_first_day[k] + late if comes else world.n_days
            quantity = world.pledge_quantity[k] * state.pledge_share[k, r]
            state.pledge_left[k, r] = np.floor(quantity + 1e-9) if world.node_whole[node] else quantity
    for k in range(len(world.line_node)):
        fill(u, world.line_key[k], SLIP, 0, first)
        for r in range(width):
            state.line_slip[k, r] = np.int64(0.5 - np.log(1.0 - u[r]) * world.line_slip_mean[k])
    fill(u, world.surge_key[0], SURGE, 0, first)
    fill(v, world.surge_key[0], BEGIN, 0, first)
    for r in range(width):
        comes = u[r] < world.surge_chance
        state.surge_first[r] = np.int64(v[r] * world.n_days) if comes else world.n_days
    fill(u, world.surge_key[0], LENGTH, 0, first)
    for r in range(width):
        longer = np.int64(-np.log(1.0 - u[r]) * world.surge_days_mean)
        state.surge_last[r] = state.surge_first[r] + longer


@kernel
def draw_lanes(world: World, state: State, day: int, first: int) -> None:
    """Draw the day of every lane: open or closed, how late, what is lost; set what it can take."""
    width, u = state.stock.shape[1], state.draw
    for lane in range(len(world.lane_used)):
        if not world.lane_used[lane]:
            continue
        if world.lane_fails[lane] > 0.0:
            at = stream(world.lane_key[lane], OPEN, day, first)
            open_or_close(state.lane_open[lane], at, world.lane_fails[lane], 1.0 - world.lane_mends[lane])
        start, end = world.lane_delay_begin[lane], world.lane_delay_begin[lane + 1]
        if end > start:
            fill(u, world.lane_key[lane], DELAY, day, first)
            delay(world, state, day, lane)
        if world.lane_loss_chance[lane] > 0.0:
            fill(u, world.lane_key[lane], LOSS, day, first)
            strikes, kept = world.lane_loss_chance[lane], state.lane_kept[lane]
            for r in range(width):
                kept[r] = world.lane_loss_kept[lane] if u[r] < strikes else 1.0
        if world.lane_limited[lane]:
            state.lane_left[lane, :] = world.lane_capacity[lane, day]


@kernel_apart
def open_or_close(is_open: Floats, at: np.uint64, closes: float, stays: float) -> None:
    """Draw whether a lane runs; it closes and stays closed below these."""
    for r in range(len(is_open)):
        edge = closes if is_open[r] > 0.0 else stays
        is_open[r] = 1.0 if even(at) >= edge else 0.0
        at += GOLDEN


@kernel
def draw_surge(world: World, state: State, day: int) -> None:
    """Say what the offensive multiplies consumption with today."""
    if world.surge_chance > 0.0:
        begins, ends, factor, surge = state.surge_first, state.surge_last, world.surge_factor, state.surge
        for r in range(len(surge)):
            surge[r] = factor if begins[r] <= day and day <= ends[r] else 1.0


@kernel
def draw_row(world: World, state: State, day: int, first: int, row: int) -> None:
    """Draw what a consumption row asks for today."""
    asked, score, surge = state.asked[row], state.score[row], state.surge
    below, above, median = world.row_below[row], world.row_above[row], world.row_median[row]
    old = world.memory if day > 0 else 0.0
    new = np.sqrt(1.0 - old * old)
    if below > 0.0 or above > 0.0:
        at = stream(world.row_key[row], USE, day, first)
        ask(asked, score, surge, world.normal_steps, at, old, new, median, below, above)
    else:
        for r in range(len(asked)):
            asked[r] = median * surge[r]


@kernel_apart
def ask(
    asked: Floats,
    score: Floats,
    surge: Floats,
    steps: Ints,
    at: np.uint64,
    old: float,
    new: float,
    median: float,
    below: float,
    above: float,
) -> None:
    """Ask for the day's consumption: even numbers to normal scores, and those to quantities about the median."""
    for r in range(len(asked)):
        bits = mixed(at)
        at += GOLDEN
        step = steps[bits >> S_CELL]
        low, rise = np.float64(step >> 32) * NORMAL_UNIT, np.float64(step & LOW_32) * NORMAL_UNIT
        part = np.int64((bits >> S11) & IN_CELL) * IN_CELL_UNIT
        z = old * score[r] + new * (low + rise * part)
        score[r] = z
        asked[r] = max(median + below * min(z, 0.0) + above * max(z, 0.0), 0.0) * surge[r]
