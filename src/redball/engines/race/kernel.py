"""The race itself: block after block of replications, day after day, counted as it goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from redball.core.compiled import kernel
from redball.engines.race.decide import decide
from redball.engines.race.draws import begin, draw_lanes, draw_rows
from redball.engines.race.moves import close, depart, receive, use
from redball.engines.race.tally import BATCHES, UNIT, RaceTally
from redball.engines.race.world import (
    BINS,
    TOLERANCE,
    WIDTH,
    Counts,
    State,
    World,
    most_of,
    new_counts,
    new_state,
    state_reference,
    world_reference,
)
from redball.model.problem import Floats, Ints

Policy = Callable[[World, State, int], None]
"""A policy of one's own: called every day after use and before departures, changes ``state.want`` in place."""
STATE_BYTES_MAX = 64e6
"""Blocks are narrowed until one thread's state fits."""


@kernel
def morning(world: World, state: State, day: int, first: int) -> None:
    """Draw the day's fortunes, receive and use, and say what is to be sent."""
    draw_lanes(world, state, day, first)
    draw_rows(world, state, day, first)
    receive(world, state, day)
    use(world, state, day)
    decide(world, state, day)


@kernel
def evening(world: World, state: State, day: int) -> None:
    """Depart and close, and add up what went short (§7.1)."""
    depart(world, state, day)
    close(world, state)
    never = world.n_days
    state.demand_asked[:, :] = 0.0
    state.demand_served[:, :] = 0.0
    for row in range(len(world.row_node)):
        if world.row_first_day[row] <= day and day <= world.row_last_day[row]:
            tell_short(world, state, row)
    for d in range(len(world.demand_node)):
        asked, served = state.demand_asked[d], state.demand_served[d]
        total_asked, total_served, first_out = state.total_asked[d], state.total_served[d], state.first_out[d]
        for r in range(len(asked)):
            total_asked[r] += asked[r]
            total_served[r] += served[r]
        for r in range(len(asked)):
            short = asked[r] - served[r] > TOLERANCE * max(asked[r], 1.0)
            out = day if short else never
            first_out[r] = min(first_out[r], out)
    for k in range(len(world.need_node)):
        left, done, quantity = state.need_left[k], state.need_done[k], world.need_quantity[k]
        counts = 1.0 / quantity if day >= world.need_due[k] else 0.0
        weight, shortage, weighted = world.need_weight[k], state.shortage, state.weighted
        for r in range(len(left)):
            met = day if left[r] <= TOLERANCE * max(quantity, 1.0) else never
            done[r] = min(done[r], met)
            shortage[r] += left[r] * counts
            weighted[r] += left[r] * counts * weight


@kernel
def tell_short(world: World, state: State, row: int) -> None:
    """Add one row's shortage to its replications."""
    d, weight = world.row_demand[row], world.row_weight[row]
    asked, served = state.asked[row], state.served[row]
    demand_asked, demand_served = state.demand_asked[d], state.demand_served[d]
    unserved, shortage, weighted, short = state.unserved, state.shortage, state.weighted, state.quantity
    # in short loops: the compiler gives up on vectors where too many arrays might overlap
    for r in range(len(asked)):
        demand_asked[r] += asked[r]
        demand_served[r] += served[r]
    for r in range(len(asked)):
        short[r] = 1.0 - served[r] / asked[r] if asked[r] > 0.0 else 0.0
    for r in range(len(asked)):
        unserved[r] += short[r]
        shortage[r] += short[r]
        weighted[r] += short[r] * weight


@kernel
def count_day(world: World, state: State, counts: Counts, day: int, live: int) -> None:
    """Count the stock-outs and, on days that are kept, the stocks and what has arrived."""
    for d in range(len(world.demand_node)):
        asked, served, n_short = state.demand_asked[d], state.demand_served[d], 0
        for r in range(live):
            n_short += asked[r] - served[r] > TOLERANCE * max(asked[r], 1.0)
        counts.short[d, day] += n_short
    last = day == world.n_days - 1
    if day % world.arrived_every == 0 or last:
        at = (day + world.arrived_every - 1) // world.arrived_every
        for k in range(len(world.user_node)):
            n = world.user_node[k]
            count_scale(state.received[n], world.node_arrived_top[n], counts.arrived[k, at], live)
            least, most = ends_of(state.received[n], state.draw, state.quantity, live)
            counts.arrived_least[k, at] = min(counts.arrived_least[k, at], least)
            counts.arrived_most[k, at] = max(counts.arrived_most[k, at], most)
    if day % world.stock_every == 0 or last:
        at = (day + world.stock_every - 1) // world.stock_every
        for n in range(len(world.node_item)):
            count_scale(state.stock[n], world.node_stock_top[n], counts.stock[n, at], live)


@kernel
def ends_of(values: Floats, least: Floats, most: Floats, live: int) -> tuple[float, float]:
    """Return the least and the most of some values, folding them over: several at a time, unlike one after the other."""
    for r in range(live):
        least[r] = values[r]
        most[r] = values[r]
    n = live
    while n > 1:
        half = (n + 1) // 2
        for r in range(n - half):
            least[r] = min(least[r], least[r + half])
            most[r] = max(most[r], most[r + half])
        n = half
    return least[0], most[0]


@kernel
def count_scale(quantity: Floats, top: float, steps: Ints, live: int) -> None:
    """Count quantities by step of an even scale: step 0 is nothing, step k from k - 1 parts to below k parts of it."""
    to_step, nothing = BINS / top, TOLERANCE * 1e-3
    for r in range(live):
        place = np.int32(min(max(quantity[r] * to_step, 0.0), BINS + 0.0))
        steps[np.uint32(place + (quantity[r] > nothing))] += 1


@kernel
def count_end(world: World, state: State, counts: Counts, first: int, live: int, most: Floats) -> None:
    """Count what is known at the end of each replication."""
    for r in range(live):
        batch = (first + r) % BATCHES
        counts.batch_replications[batch] += 1
        counts.batch_shortage[batch, 0] += np.int64(state.shortage[r] / most[0] * UNIT + 0.5)
        counts.batch_shortage[batch, 1] += np.int64(state.weighted[r] / most[1] * UNIT + 0.5)
        counts.batch_shortage[batch, 2] += np.int64(state.unserved[r] / most[2] * UNIT + 0.5)
        calm = True
        for d in range(len(world.demand_node)):
            out = state.first_out[d, r]
            counts.first_out[d, out] += 1
            counts.batch_out[batch, d] += out < world.n_days
            calm = calm and out == world.n_days
            asked = state.total_asked[d, r]
            fill = state.total_served[d, r] / asked if asked > 0.0 else 1.0
            counts.batch_fill[batch, d] += np.int64(fill * UNIT + 0.5)
        counts.calm[0] += calm
        for k in range(len(world.need_node)):
            done = state.need_done[k, r]
            counts.need_done[k, done] += 1
            counts.batch_met[batch, k] += done <= world.need_due[k] and done < world.n_days
        for k in range(len(world.pledge_node)):
            counts.pledge_day[k, min(state.pledge_day[k, r], world.n_days)] += 1
            counts.pledge_share[k] += np.int64(state.pledge_share[k, r] * UNIT + 0.5)
        for item in range(len(world.item_supply)):
            share = state.lost[item, r] / world.item_supply[item]
            counts.batch_lost[batch, item] += np.int64(share * UNIT + 0.5)


@kernel
def run_blocks(world: World, state: State, counts: Counts, first: int, n: int, most: Floats) -> None:
    """Run `n` replications from `first` on, as many side by side as the state is wide."""
    width = state.stock.shape[1]
    for block in range(first, first + n, width):
        live = min(width, first + n - block)
        begin(world, state, block)
        for day in range(world.n_days):
            morning(world, state, day, block)
            evening(world, state, day)
            count_day(world, state, counts, day, live)
        count_end(world, state, counts, block, live, most)


def width_for(world: World) -> int:
    """Return how many replications run side by side, so that their state stays small."""
    width = WIDTH
    one = sum(array.nbytes for array in new_state(world, 1))
    while width > 8 and width * one > STATE_BYTES_MAX:
        width //= 2
    return width


def run_chunk(world: World, first_replication: int, count: int, policy: Policy | None = None) -> RaceTally:
    """Run replications and count them; any split into chunks gives the same counts.

    Parameters
    ----------
    world
        What is the same in every replication; see ``build.make_world``.
    first_replication
        Number of the first one.
    count
        How many.
    policy
        A policy of one's own, see `Policy`; the world then has the policy ``OWN``.
    """
    counts = new_counts(world)
    most = most_of(world)
    width = min(width_for(world), count)
    state = new_state(world, width)
    fixed, moving = world_reference(world), state_reference(state)
    if policy is None:
        run_blocks(fixed, moving, counts, first_replication, count, most)
    else:
        for block in range(first_replication, first_replication + count, width):
            live = min(width, first_replication + count - block)
            begin(fixed, moving, block)
            for day in range(world.n_days):
                morning(fixed, moving, day, block)
                policy(world, state, day)
                evening(fixed, moving, day)
                count_day(fixed, moving, counts, day, live)
            count_end(fixed, moving, counts, block, live, most)
    return RaceTally(counts._asdict())
