"""What people do when it goes wrong: each policy changes what is to be sent today (`State.want`)."""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel
from redball.engines.race.moves import WHOLE
from redball.engines.race.steps import add, lacks, lacks_alone, order_open
from redball.engines.race.world import BASE_STOCK, FOLLOW, PUSH, REROUTE, State, World
from redball.model.problem import Floats

HALVINGS = 30
"""Steps of bisection for a level of cover; it is then known to a billionth of its range."""
ABSENT = -np.inf
"""Cover of who takes no part; what is on the way may lie below 0 by a rounding."""


@kernel
def decide(world: World, state: State, day: int) -> None:
    """Say what is to be sent today; what was held up is still in `State.want`."""
    if world.planned:
        for p in range(len(world.pair_lane)):
            wish, want = world.pair_wish[p, day], state.want[p]
            if wish > 0.0:
                for r in range(len(want)):
                    want[r] += wish
    if world.policy == REROUTE:
        go_round(world, state, day)
    elif world.policy == PUSH:
        push(world, state, day)
    elif world.policy == BASE_STOCK:
        tell_lack(world, state, day)
    elif world.policy != FOLLOW and not world.planned:
        state.want[:, :] = 0.0


@kernel
def is_open(world: World, state: State, day: int, p: int, r: int) -> bool:
    """Tell whether a pair's lane runs today in one replication."""
    lane = world.pair_lane[p]
    return bool(world.lane_capacity[lane, day] > 0.0 and state.lane_open[lane, r] > 0.0)


@kernel
def go_round(world: World, state: State, day: int) -> None:
    """Give what a closed lane holds up to the next best way that is open, leg by leg."""
    for p in range(len(world.pair_lane)):
        end = world.detour_begin[p + 1]
        for r in range(state.want.shape[1]):
            at = world.detour_begin[p]
            if at == end or state.want[p, r] <= 0.0 or is_open(world, state, day, p, r):
                continue
            while at < end and not is_open(world, state, day, world.detour_pair[at], r):
                while world.detour_pair[at] >= 0:
                    at += 1
                at += 1
            if at >= end:
                continue
            quantity = state.want[p, r]
            state.want[p, r] = 0.0
            while world.detour_pair[at] >= 0:
                leg = world.detour_pair[at]
                state.want[leg, r] += quantity
                quantity *= world.pair_arriving[leg]
                at += 1


@kernel
def tell_lack(world: World, state: State, day: int) -> None:
    """Let every node order what it lacks of its target and what was ordered from it, the farthest first.

    Each orders from the first of its suppliers whose lane runs today; where none does, from the first.
    """
    for n in range(len(world.node_item)):
        if supplies(world, n):
            state.lack[n, :] = 0.0
    for n in world.node_far_first:
        begin, end = world.node_in_begin[n], world.node_in_begin[n + 1]
        if begin == end:
            continue
        lack, first = state.lack[n], state.lack[world.pair_from[world.node_in_pair[begin]]]
        if supplies(world, n):
            lacks(lack, state.stock[n], state.inbound[n], world.node_target[n])
        else:
            lacks_alone(lack, state.stock[n], state.inbound[n], world.node_target[n])
        if end == begin + 1:
            add(first, lack)
            continue
        rest = state.quantity
        rest[:] = lack
        for at in range(begin, end):
            p = world.node_in_pair[at]
            lane = world.pair_lane[p]
            if world.lane_capacity[lane, day] > 0.0:
                order_open(state.lack[world.pair_from[p]], rest, state.lane_open[lane])
        add(first, rest)


@kernel
def supplies(world: World, n: int) -> bool:
    """Tell whether anything may leave a node."""
    return bool(world.node_out_begin[n] < world.node_out_begin[n + 1])


@kernel
def push(world: World, state: State, day: int) -> None:
    """Share what is on hand at every node among those it supplies, so that the lowest cover rises first.

    The highest priority is first given its days of supply, then the next one, and what is left raises all alike.
    """
    cover = np.zeros(len(world.pair_lane))
    state.want[:, :] = 0.0
    for n in range(len(world.node_item)):
        if world.node_out_begin[n] == world.node_out_begin[n + 1] or world.node_rate[n] <= 0.0:
            continue
        for r in range(state.stock.shape[1]):
            left = state.stock[n, r] - world.node_floor[n]
            own = 0.0
            for rank in range(4):
                if left <= WHOLE:
                    break
                level = raised(world, state, day, n, r, rank, left, own, cover)
                left, own = give(world, state, day, n, r, rank, level, left, own)


@kernel
def takes_part(world: World, state: State, day: int, p: int, r: int, rank: int) -> bool:
    """Tell whether a pair is the first of its two nodes, is of this priority (3: any) and has a lane that runs."""
    to = world.pair_to[p]
    if rank < 3 and world.node_rank[to] != rank:
        return False
    if world.node_rate[to] <= 0.0:
        return False
    other = p
    while other >= 0:
        if is_open(world, state, day, other, r):
            return True
        other = world.pair_next[other]
    return False


@kernel
def raised(
    world: World, state: State, day: int, n: int, r: int, rank: int, left: float, own: float, cover: Floats
) -> float:
    """Return the days of supply to which `left` raises those of one priority (3: all) that node `n` supplies."""
    begin, end = world.node_out_begin[n], world.node_out_begin[n + 1]
    own_rate = world.node_own_rate[n] if rank in (world.node_rank[n], 3) else 0.0
    rates, held = own_rate, own * (own_rate > 0.0)
    for at in range(begin, end):
        p = world.node_out_pair[at]
        cover[p] = ABSENT
        if first_of_two(world, n, at) and takes_part(world, state, day, p, r, rank):
            to = world.pair_to[p]
            cover[p] = state.stock[to, r] + state.inbound[to, r] + state.want[p, r]
            rates += world.node_rate[to]
            held += cover[p]
    if rates <= 0.0:
        return 0.0
    low, high = 0.0, (left + held) / rates
    for _ in range(HALVINGS):
        level = (low + high) / 2
        wanted = max(own_rate * level - own, 0.0)
        for at in range(begin, end):
            p = world.node_out_pair[at]
            if cover[p] > ABSENT:
                wanted += max(world.node_rate[world.pair_to[p]] * level - cover[p], 0.0)
        if wanted <= left:
            low = level
        else:
            high = level
    return min(low, world.push_cover_days) if rank < 3 else low


@kernel
def first_of_two(world: World, n: int, at: int) -> bool:
    """Tell whether no earlier pair out of node `n` leads to the same node."""
    to = world.pair_to[world.node_out_pair[at]]
    for other in range(world.node_out_begin[n], at):
        if world.pair_to[world.node_out_pair[other]] == to:
            return False
    return True


@kernel
def give(
    world: World, state: State, day: int, n: int, r: int, rank: int, level: float, left: float, own: float
) -> tuple[float, float]:
    """Raise those of one priority to a level; return what is left on hand and what is kept for use at the node."""
    if rank in (world.node_rank[n], 3):
        more = max(world.node_own_rate[n] * level - own, 0.0)
        own += more
        left -= more
    for at in range(world.node_out_begin[n], world.node_out_begin[n + 1]):
        p = world.node_out_pair[at]
        if first_of_two(world, n, at) and takes_part(world, state, day, p, r, rank):
            to = world.pair_to[p]
            held = state.stock[to, r] + state.inbound[to, r] + state.want[p, r]
            more = min(max(world.node_rate[to] * level - held, 0.0), max(left, 0.0))
            more = np.floor(more + WHOLE) if world.pair_whole[p] else more
            state.want[p, r] += more
            left -= more
    return left, own
