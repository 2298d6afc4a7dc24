"""Random numbers by counting, and what they decide: the fortunes of a replication.

A draw is a function of (key, purpose, day, replication) and of nothing else, so that any block on any thread draws the same, and two
plans or policies meet the same fortunes.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel
from redball.engines.race.steps import ask, draw_late
from redball.engines.race.world import State, World
from redball.model.problem import Floats

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
STEP = np.uint64(0xD1342543DE82EF95)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
HALF_53 = 2.0**-53

OPEN, DELAY, LOSS, STEADY, USE, COMES, PART, LATE, SLIP, SURGE, BEGIN, LENGTH = range(12)
"""Purposes of draws."""


@kernel
def mixed(x: np.uint64) -> np.uint64:
    """Scramble 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> S30)) * FIRST
    x = (x ^ (x >> S27)) * SECOND
    return x ^ (x >> S31)


@kernel
def fill(out: Floats, key: np.uint64, purpose: int, day: int, first: int) -> None:
    """Fill (width,) numbers in [0, 1) of the replications from `first` on."""
    stream = mixed(mixed(key + np.uint64(purpose) * STEP) + np.uint64(day + 1) * GOLDEN)
    for r in range(len(out)):
        bits = mixed(stream + np.uint64(first + r) * GOLDEN)
        out[r] = np.int64(bits >> S11) * HALF_53


@kernel
def drawn(chances: Floats, begin: int, end: int, u: float) -> int:
    """Return the first step whose cumulated chance is above `u`."""
    if u < chances[begin]:
        return 0
    low, high = begin, end - 1
    while low < high:
        middle = (low + high) // 2
        if u < chances[middle]:
            high = middle
        else:
            low = middle + 1
    return low - begin


@kernel
def begin(world: World, state: State, first: int) -> None:
    """Put everything where it is before day 0, and draw what is decided once for a replication."""
    width = state.stock.shape[1]
    for table in (state.yard, state.inbound, state.want, state.sent, state.waiting, state.ring):
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
    state.lane_delayed[:, :] = -1
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
            fill(u, world.lane_key[lane], OPEN, day, first)
            closes, stays = world.lane_fails[lane], 1.0 - world.lane_mends[lane]
            is_open = state.lane_open[lane]
            for r in range(width):
                edge = closes if is_open[r] > 0.0 else stays
                is_open[r] = 1.0 if u[r] >= edge else 0.0
        start, end = world.lane_delay_begin[lane], world.lane_delay_begin[lane + 1]
        if end > start:
            fill(u, world.lane_key[lane], DELAY, day, first)
            chances = world.delay_steady if world.overtaking else world.delay_shock
            least = 10_000 if world.overtaking else 1
            late = state.lane_late[lane]
            # where goods overtake, yesterday's delay is nothing to today's
            for r in range(width):
                late[r] = max(late[r] - least, 0)
            for r in range(width):
                if u[r] >= chances[start]:
                    late[r] = max(late[r], drawn(chances, start, end, u[r]))
            depth = world.lane_depth[lane]
            first_slot = day % depth + world.lane_transit[lane]
            draw_late(late, state.lane_delayed[lane], state.lane_slot[lane], first_slot, depth)
        if world.lane_loss_chance[lane] > 0.0:
            fill(u, world.lane_key[lane], LOSS, day, first)
            strikes, kept = world.lane_loss_chance[lane], state.lane_kept[lane]
            for r in range(width):
                kept[r] = world.lane_loss_kept[lane] if u[r] < strikes else 1.0
        if world.lane_limited[lane]:
            state.lane_left[lane, :] = world.lane_capacity[lane, day]


@kernel
def draw_rows(world: World, state: State, day: int, first: int) -> None:
    """Draw what every consumption row asks for today."""
    width, u = state.stock.shape[1], state.draw
    quantiles, surge = world.normal, state.surge
    if world.surge_chance > 0.0:
        begins, ends, factor = state.surge_first, state.surge_last, world.surge_factor
        for r in range(width):
            surge[r] = factor if begins[r] <= day and day <= ends[r] else 1.0
    old = world.memory if day > 0 else 0.0
    new = np.sqrt(1.0 - old * old)
    for row in range(len(world.row_node)):
        asked, score = state.asked[row], state.score[row]
        below, above, median = world.row_below[row], world.row_above[row], world.row_median[row]
        if below > 0.0 or above > 0.0:
            fill(u, world.row_key[row], USE, day, first)
            ask(asked, score, u, surge, quantiles, old, new, median, below, above)
        else:
            for r in range(width):
                asked[r] = median * surge[r]
