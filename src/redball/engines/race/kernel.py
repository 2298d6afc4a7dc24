"""The race itself: block after block of replications, day after day, counted as it goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from redball.core.compiled import kernel
from redball.core.errors import InputError
from redball.engines.race.counts import Counts, most_of, named, new_counts
from redball.engines.race.decide import decide
from redball.engines.race.draws import begin, draw_lanes, draw_surge
from redball.engines.race.moves import close, depart, receive, serves_whole, use
from redball.engines.race.pointers import state_reference, world_reference
from redball.engines.race.steps import (
    add,
    add_short,
    add_up,
    count_scale,
    count_short,
    ends_of,
    note_out,
)
from redball.engines.race.tally import BATCHES, UNIT, RaceTally
from redball.engines.race.world import (
    TOLERANCE,
    WIDTHS,
    State,
    World,
    new_state,
    size_of,
)
from redball.model.problem import Floats

Policy = Callable[[World, State, int], None]
"""A policy of one's own: called every day after use and before departures, changes ``state.want`` in place."""
CACHE_BYTES, CACHE_BYTES_MAX, STATE_BYTES_MAX = 12e6, 32e6, 256e6
"""Blocks are narrowed until one thread's state fits the first, as far as `NARROW`. Where that would not fit the second, no cache
holds it, and blocks are as wide as fits the third: then each row of counts is fetched for more replications."""
NARROW = 128


@kernel
def morning(world: World, state: State, day: int, first: int) -> None:
    """Draw the day's fortunes, receive and use, and say what is to be sent."""
    draw_lanes(world, state, day, first)
    draw_surge(world, state, day)
    receive(world, state, day)
    use(world, state, day, first)
    decide(world, state, day)


@kernel
def evening(world: World, state: State, day: int) -> None:
    """Depart and close, and add up what went short (§7.1)."""
    depart(world, state, day)
    close(world, state)
    never = world.n_days
    for d in range(len(world.demand_node)):
        if world.demand_row[d] < 0:
            state.demand_asked[d, :] = 0.0
            state.demand_served[d, :] = 0.0
    for row in range(len(world.row_node)):
        if world.row_first_day[row] <= day and day <= world.row_last_day[row]:
            tell_row(world, state, day, row)
    for d in range(len(world.demand_node)):
        if world.demand_row[d] < 0:
            asked, served = state.demand_asked[d], state.demand_served[d]
            add_up(asked, served, state.total_asked[d], state.total_served[d])
            note_out(asked, served, state.first_out[d], day, never)
    for k in range(len(world.need_node)):
        left, done, quantity = state.need_left[k], state.need_done[k], world.need_quantity[k]
        counts = 1.0 / quantity if day >= world.need_due[k] else 0.0
        weight, unmet, weighted = world.need_weight[k], state.unmet, state.weighted
        for r in range(len(left)):
            met = day if left[r] <= TOLERANCE * max(quantity, 1.0) else never
            done[r] = min(done[r], met)
            unmet[r] += left[r] * counts
            weighted[r] += left[r] * counts * weight


@kernel
def tell_row(world: World, state: State, day: int, row: int) -> None:
    """Add up what one row of consumption went short, unless that was done when it was served."""
    d, asked, served = world.row_demand[row], state.asked[row], state.served[row]
    if serves_whole(world, day, row):
        return
    add_short(asked, served, state.unserved, state.weighted, world.row_weight[row])
    if world.demand_row[d] >= 0:
        add_up(asked, served, state.total_asked[d], state.total_served[d])
        note_out(asked, served, state.first_out[d], day, world.n_days)
    else:
        add(state.demand_asked[d], asked)
        add(state.demand_served[d], served)


@kernel
def demand_of(world: World, state: State, d: int) -> tuple[Floats, Floats]:
    """Return what was asked and served today at one node: its only row, or the sum of its rows."""
    row = world.demand_row[d]
    if row >= 0:
        return state.asked[row], state.served[row]
    return state.demand_asked[d], state.demand_served[d]


@kernel
def count_day(world: World, state: State, counts: Counts, day: int, live: int) -> None:
    """Count the stock-outs and, on days that are kept, the stocks and what has arrived."""
    for d in range(len(world.demand_node)):
        asked, served = demand_of(world, state, d)
        known = state.n_short[d] >= 0 and live == len(asked)
        counts.short[d, day] += state.n_short[d] if known else count_short(asked, served, live)
    last, step, tally = day == world.n_days - 1, state.step, state.tally
    if day % world.arrived_every == 0 or last:
        at = (day + world.arrived_every - 1) // world.arrived_every
        bits = state.bits.dtype
        lowest, highest = counts.arrived_least.view(bits), counts.arrived_most.view(bits)
        for k in range(len(world.user_node)):
            n = world.user_node[k]
            count_scale(
                state.received[n], world.node_arrived_top[n], counts.arrived[at, k], step, tally, live
            )
            least, most = ends_of(state.received[n].view(bits), live)
            lowest[at, k], highest[at, k] = min(lowest[at, k], least), max(highest[at, k], most)
    if day % world.stock_every == 0 or last:
        at = (day + world.stock_every - 1) // world.stock_every
        for n in range(len(world.node_item)):
            count_scale(state.stock[n], world.node_stock_top[n], counts.stock[at, n], step, tally, live)


@kernel
def count_end(world: World, state: State, counts: Counts, first: int, live: int, most: Floats) -> None:
    """Count what is known at the end of each replication."""
    for r in range(live):
        batch = (first + r) % BATCHES
        counts.batch_replications[batch] += 1
        counts.batch_shortage[batch, 0] += np.int64(
            (state.unserved[r] + state.unmet[r]) / most[0] * UNIT + 0.5
        )
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
    width = WIDTHS[size_of(world).itemsize]
    # of the lists of what is far away only the beginnings are ever touched
    tables = new_state(world, 1)._asdict().items()
    one = sum(array.nbytes for name, array in tables if not name.startswith("far"))
    cached = NARROW * one <= CACHE_BYTES_MAX
    least, most = (NARROW, CACHE_BYTES) if cached else (8, STATE_BYTES_MAX)
    while width > least and width * one > most:
        width //= 2
    return width


def ask_own(policy: Policy, world: World, state: State, day: int) -> None:
    """Ask a policy of the user's, and refuse what no kernel can count.

    Raises
    ------
    InputError
        If it leaves something that is not a number.
    """
    policy(world, state, day)
    # without end is all that there is
    for name, sound in (("want", state.want > -np.inf), ("stock", np.isfinite(state.stock))):
        if not sound.all():
            raise InputError(
                f"on day {day} the policy leaves state.{name} with something that is not a number",
                where="policy",
                remedy="Look for a division by zero, such as by a rate of use that is 0.",
            )


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
                ask_own(policy, world, state, day)
                evening(fixed, moving, day)
                count_day(fixed, moving, counts, day, live)
            count_end(fixed, moving, counts, block, live, most)
    return RaceTally(named(counts))
