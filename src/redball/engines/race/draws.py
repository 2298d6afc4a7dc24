"""What random numbers decide: the fortunes of a replication."""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel, kernel_apart
from redball.engines.race.late import delay, drawn
from redball.engines.race.numbers import GOLDEN, S11, edge_of, fill, mixed, stream
from redball.engines.race.steps import round_off
from redball.engines.race.world import Singles, State, World
from redball.model.problem import Floats

S16, S32, PARTS_16 = np.uint64(16), np.uint64(32), np.uint64(0x0000FFFF0000FFFF)
MIDDLE_16, UNIT_16 = np.int32(2 * 0xFFFF), np.float32(2.0**-16)
"""The middle of the sum of four parts of 16 bits, and what makes the sum one of four numbers between 0 and 1."""
Z_1, Z_3, Z_5, Z_7, Z_9 = (
    np.float32(number) for number in (1.6673799, 0.0448272, 0.0330249, -0.0196148, 0.0057891)
)
"""From the sum of four even numbers, less 2, to a normal score: its odd powers. No chance is wrong by more than 1.4e-4,
and up to 4 standard deviations no score by more than 0.015 (``tests/unit/engines/race/test_race_draws.py``)."""

OPEN, DELAY, LOSS, STEADY, USE, COMES, PART, LATE, SLIP, SURGE, BEGIN, LENGTH = range(12)
"""Purposes of draws."""


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
    for table in (state.asked, state.served, state.lost):
        table[:, :] = 0.0
    state.score[:, :] = 0.0
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
    u, v = state.draw, state.beside
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
        if world.item_rounder[world.node_item[node]] > 0.0:
            round_off(state.pledge_left[k], world.item_rounder[world.node_item[node]])
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
            closes, stays = edge_of(world.lane_fails[lane]), edge_of(1.0 - world.lane_mends[lane])
            open_or_close(state.lane_open[lane], at, closes, stays)
        start, end = world.lane_delay_begin[lane], world.lane_delay_begin[lane + 1]
        if end > start:
            delay(world, state, day, lane, stream(world.lane_key[lane], DELAY, day, first))
        if world.lane_loss_chance[lane] > 0.0:
            fill(u, world.lane_key[lane], LOSS, day, first)
            strikes, kept = world.lane_loss_chance[lane], state.lane_kept[lane]
            for r in range(width):
                kept[r] = world.lane_loss_kept[lane] if u[r] < strikes else 1.0
        if world.lane_limited[lane]:
            state.lane_left[lane, :] = world.lane_capacity[lane, day]


@kernel_apart
def open_or_close(is_open: Floats, at: np.uint64, closes: np.uint64, stays: np.uint64) -> None:
    """Draw whether a lane runs; it closes and stays closed below these edges."""
    for r in range(len(is_open)):
        edge = closes if is_open[r] > 0.0 else stays
        is_open[r] = 1.0 if mixed(at) >> S11 >= edge else 0.0
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
    rounder = world.item_rounder[world.node_item[world.row_node[row]]]
    if below > 0.0 or above > 0.0:
        at = stream(world.row_key[row], USE, day, first)
        ask(asked, score, surge, at, rounder, old, new, median, below, above)
    else:
        for r in range(len(asked)):
            asked[r] = median * surge[r]
        if rounder > 0.0:
            round_off(asked, rounder)


@kernel_apart
def ask(
    asked: Floats,
    score: Singles,
    surge: Floats,
    at: np.uint64,
    rounder: float,
    old: float,
    new: float,
    median: float,
    below: float,
    above: float,
) -> None:
    """Ask for the day's consumption: normal scores, and those to quantities about the median.

    The four parts of 16 bits of a number, added up, are all but normal; a polynomial takes away the rest.
    """
    nothing, kept, drawn = np.float32(0.0), np.float32(old), np.float32(new)
    middle, low, high = np.float32(median), np.float32(below), np.float32(above)
    rounds = asked.dtype.type(rounder)
    for r in range(len(asked)):
        bits = mixed(at)
        at += GOLDEN
        two = (bits & PARTS_16) + ((bits >> S16) & PARTS_16)
        x = np.float32(np.int32((two >> S32) + two) - MIDDLE_16) * UNIT_16
        y = x * x
        z = kept * score[r] + drawn * (x * (Z_1 + y * (Z_3 + y * (Z_5 + y * (Z_7 + y * Z_9)))))
        score[r] = z
        quantity = max(middle + low * min(z, nothing) + high * max(z, nothing), nothing) * surge[r]
        asked[r] = (quantity + rounds) - rounds
