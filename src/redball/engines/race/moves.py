"""One day of the world, in the order of §2.1: receive, use, depart, close."""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel
from redball.engines.race.draws import draw_row
from redball.engines.race.late import come_late, hold_up
from redball.engines.race.steps import (
    arrive_in,
    come_in,
    fill_up,
    fit,
    put_kept_under_way,
    put_under_way,
    send_free,
    send_limited,
    serve_from,
    serve_whole,
)
from redball.engines.race.world import BASE_STOCK, HAND, PUSH, SERVE, TOLERANCE, State, World
from redball.model.problem import Floats

WHOLE = 1e-9
"""What lies this far below a whole number is that number (§1.3)."""


@kernel
def receive(world: World, state: State, day: int) -> None:
    """Let in what arrives: what waits in the yard, by lane, orders, output, pledges."""
    width = state.stock.shape[1]
    for n in world.store_node:
        come_in(state.stock[n], state.received[n], state.inbound[n], state.yard[n])
    for place in range(len(world.location_throttled)):
        if world.location_throttled[place]:
            state.room[place, :] = world.location_throughput[place, day] + TOLERANCE
    for p in range(len(world.pair_lane)):
        lane = world.pair_lane[p]
        due = state.near[world.pair_near[p] + day % world.lane_transit[lane]]
        if world.lane_ahead[lane] > 0:
            come_late(world, state, day, p, due)
        if day >= world.pair_first_day[p] + world.lane_transit[lane]:
            arrive(world, state, p, due)
    for k in range(world.order_begin[day], world.order_begin[day + 1]):
        n, quantity = world.order_node[k], world.order_quantity[k]
        stock, received = state.stock[n], state.received[n]
        for r in range(width):
            stock[r] += quantity
            received[r] += quantity
    for k in range(len(world.line_node)):
        n, lead = world.line_node[k], world.line_lead[k]
        if lead > 0:
            due = state.line_ring[world.line_ring[k] + day % (lead + 1)]
            come_in(state.stock[n], state.received[n], state.inbound[n], due)
    take_up(world, state, day)


@kernel
def arrive(world: World, state: State, p: int, due: Floats) -> None:
    """Let in what comes by one pair today, as far as the location's throughput allows (§3.5)."""
    width, n = state.stock.shape[1], world.pair_to[p]
    stock, received, inbound = state.stock[n], state.received[n], state.inbound[n]
    if not world.pair_throttled[p]:
        arrive_in(stock, received, inbound, due)
        return
    waiting, room, tonnes = state.waiting[p], state.room[world.node_location[n]], world.pair_tonnes[p]
    whole = world.pair_whole[p]
    for r in range(width):
        come = waiting[r] + due[r]
        let_in = min(come, max(room[r], 0.0) / tonnes)
        let_in = np.floor(let_in + WHOLE) if whole else let_in
        waiting[r] = come - let_in
        room[r] -= let_in * tonnes
        stock[r] += let_in
        received[r] += let_in
        inbound[r] -= let_in


@kernel
def take_up(world: World, state: State, day: int) -> None:
    """Take up pledges that have come: as the plan wishes, late if they were late; without a plan at once (§5.1)."""
    for k in range(len(world.pledge_node)):
        n, wish = world.pledge_node[k], world.pledge_wish[k, day]
        left, owed, taken = state.pledge_left[k], state.pledge_owed[k], state.taken[k]
        stock, received, since = state.stock[n], state.received[n], state.pledge_day[k]
        planned = world.planned
        for r in range(len(taken)):
            want = owed[r] + wish if planned else left[r]
            got = min(want, left[r]) if since[r] <= day else 0.0
            owed[r] = want - got
            left[r] -= got
            taken[r] = got
            stock[r] += got
            received[r] += got


@kernel
def use(world: World, state: State, day: int, first: int) -> None:
    """Serve, hand over and start production, highest priority first; then serve what is over (§6, §5.3)."""
    for k in range(len(world.use_kind)):
        if world.use_kind[k] == SERVE:
            draw_row(world, state, day, first, world.use_index[k])
            serve(world, state, day, world.use_index[k])
        elif world.use_kind[k] == HAND:
            hand_over(world, state, day, world.use_index[k])
        else:
            start(world, state, day, world.use_index[k])
    for row in range(len(world.row_node)):
        if (
            world.row_share[row, day] < 1.0
            and world.row_first_day[row] <= day
            and day <= world.row_last_day[row]
        ):
            serve_rest(world, state, day, row)


@kernel
def serve(world: World, state: State, day: int, row: int) -> None:
    """Serve the share of what is asked that the plan serves, as far as stock lasts."""
    asked, served = state.asked[row], state.served[row]
    state.n_short[world.row_demand[row]] = -1
    if day < world.row_first_day[row] or day > world.row_last_day[row]:
        asked[:] = 0.0
        served[:] = 0.0
        return
    n, d = world.row_node[row], world.row_demand[row]
    stock, floor = state.stock[n], world.node_floor[n]
    if serves_whole(world, day, row):
        totals = state.total_asked[d], state.total_served[d], state.first_out[d]
        short, weight = (state.unserved, state.weighted), world.row_weight[row]
        n_short = serve_whole(stock, asked, served, *totals, *short, weight, floor, day, world.n_days)
        state.n_short[d] = n_short
    else:
        serve_from(stock, asked, served, world.row_share[row, day], floor)


@kernel
def serves_whole(world: World, day: int, row: int) -> bool:
    """Tell whether a row is the only one of its node, and all of it is to be served as far as stock lasts."""
    return bool(world.demand_row[world.row_demand[row]] >= 0 and world.row_share[row, day] == 1.0)


@kernel
def serve_rest(world: World, state: State, day: int, row: int) -> None:
    """Serve more than the plan does from what the plan would not have: neither kept for later nor held up for others."""
    n, surplus = world.row_node[row], state.quantity
    stock, asked, served = state.stock[n], state.asked[row], state.served[row]
    keep = world.node_keep[n, day]
    for r in range(len(surplus)):
        surplus[r] = stock[r] - keep
    for at in range(world.node_out_begin[n], world.node_out_begin[n + 1]):
        want = state.want[world.node_out_pair[at]]
        for r in range(len(surplus)):
            surplus[r] -= want[r]
    for k in range(len(world.need_node)):
        if world.need_node[k] == n:
            owed = state.need_owed[k]
            for r in range(len(surplus)):
                surplus[r] -= owed[r]
    for r in range(len(surplus)):
        more = min(asked[r] - served[r], surplus[r]) if surplus[r] > TOLERANCE else 0.0
        more = max(more, 0.0)
        stock[r] -= more
        served[r] += more


@kernel
def hand_over(world: World, state: State, day: int, k: int) -> None:
    """Hand over what the plan does today and what it was prevented from before; without a plan all that is open."""
    n, wish = world.need_node[k], world.need_wish[k, day]
    stock, floor, whole = state.stock[n], world.node_floor[n], world.node_whole[n]
    left, owed, handed = state.need_left[k], state.need_owed[k], state.handed[k]
    planned = world.planned
    for r in range(len(left)):
        want = min(owed[r] + wish, left[r]) if planned else left[r]
        got = max(min(want, stock[r] - floor), 0.0)
        got = np.floor(got + WHOLE) if whole else got
        owed[r] = want - got
        left[r] -= got
        stock[r] -= got
        handed[r] = got


@kernel
def start(world: World, state: State, day: int, k: int) -> None:
    """Start production within its limit, its inputs and its budget (§5.3, §5.4, §5.6)."""
    started, owed, slip = state.started[k], state.line_owed[k], state.line_slip[k]
    lead, wish, planned = world.line_lead[k], world.line_wish[k, day], world.planned
    works = world.line_payable[k, day] and day + lead < world.n_days
    limits, rate = world.line_limit[k], world.line_rate[k]
    slack = TOLERANCE if planned else 0.0
    for r in range(len(started)):
        since = day - slip[r]
        limit = limits[since] if since >= 0 else rate
        owed[r] = owed[r] + wish if planned else limit
        started[r] = min(owed[r], limit + slack) if works else 0.0
    budget, cost = world.line_budget[k], world.line_cost[k]
    charged = budget >= 0 and cost > 0.0
    if charged:
        money = state.budget_left[budget]
        for r in range(len(started)):
            started[r] = min(started[r], (max(money[r], 0.0) + TOLERANCE) / cost)
    for at in range(world.input_begin[k], world.input_begin[k + 1]):
        node, quantity = world.input_node[at], world.input_quantity[at]
        stock, floor = state.stock[node], world.node_floor[node]
        for r in range(len(started)):
            started[r] = max(min(started[r], (stock[r] - floor) / quantity), 0.0)
    for at in range(world.input_begin[k], world.input_begin[k + 1]):
        stock, quantity = state.stock[world.input_node[at]], world.input_quantity[at]
        for r in range(len(started)):
            stock[r] -= started[r] * quantity
    if charged:
        money = state.budget_left[budget]
        for r in range(len(started)):
            money[r] -= started[r] * cost
    put_out(world, state, day, k)


@kernel
def put_out(world: World, state: State, day: int, k: int) -> None:
    """Put what was started into stock at once, or into the days to come."""
    n, lead = world.line_node[k], world.line_lead[k]
    started, owed = state.started[k], state.line_owed[k]
    for r in range(len(started)):
        owed[r] -= started[r]
    if lead == 0:
        stock, received = state.stock[n], state.received[n]
        for r in range(len(started)):
            stock[r] += started[r]
            received[r] += started[r]
    else:
        ring, inbound = state.line_ring[world.line_ring[k] + (day + lead) % (lead + 1)], state.inbound[n]
        for r in range(len(started)):
            ring[r] = started[r]
            inbound[r] += started[r]


@kernel
def depart(world: World, state: State, day: int) -> None:
    """Send what is wanted, highest priority first, within stock, lanes and lift (§3, §4)."""
    for fleet in range(len(world.fleet_vehicles)):
        back = state.fleet_ring[world.fleet_ring[fleet] + day % world.fleet_depth[fleet]]
        free = state.fleet_left[fleet]
        for r in range(len(back)):
            free[r] += back[r]
            back[r] = 0.0
    for p in range(len(world.pair_lane)):
        lane = world.pair_lane[p]
        idle = day < world.pair_first_day[p] or day + world.lane_transit[lane] >= world.n_days
        if idle or world.lane_capacity[lane, day] <= 0.0:
            state.sent[p, :] = 0.0
            state.near[world.pair_near[p] + day % world.lane_transit[lane], :] = 0.0
        elif world.policy == BASE_STOCK:
            send_lack(world, state, day, p)
        else:
            send(world, state, day, p, state.want[p])
        beside = world.pair_next[p]
        if world.policy == PUSH and beside >= 0:
            state.want[beside, :] = state.want[p]


@kernel
def send_lack(world: World, state: State, day: int, p: int) -> None:
    """Send what the destination still lacks after what other lanes have sent today."""
    lack, want, sent = state.lack[world.pair_to[p]], state.want[p], state.sent[p]
    if not world.pair_whole[p]:
        send(world, state, day, p, lack)
        return
    for r in range(len(want)):
        want[r] = np.ceil(lack[r] - WHOLE)
    send(world, state, day, p, want)
    for r in range(len(sent)):
        lack[r] = max(lack[r] - sent[r], 0.0)


@kernel
def send(world: World, state: State, day: int, p: int, want: Floats) -> None:
    """Send one pair's goods as far as they fit, take them from what is wanted, and put them on the way."""
    lane, n, origin = world.pair_lane[p], world.pair_to[p], world.pair_from[p]
    stock, floor, is_open = state.stock[origin], world.node_floor[origin], state.lane_open[lane]
    sent, inbound, share = state.sent[p], state.inbound[n], world.pair_arriving[p]
    rounder = world.item_rounder[world.pair_item[p]]
    arriving = state.near[world.pair_near[p] + day % world.lane_transit[lane]]
    drawn = world.lane_loss_chance[lane] > 0.0 and not world.pair_whole[p]
    if drawn or share < 1.0 or world.lane_fleet[lane] >= 0 or world.pair_whole[p]:
        lift(world, state, p, want)
        if drawn:
            put_kept_under_way(sent, arriving, inbound, state.lane_kept[lane], rounder)
        else:
            put_under_way(sent, arriving, inbound, share, rounder)
    elif world.lane_limited[lane]:
        left, tonnes = state.lane_left[lane], world.pair_tonnes[p]
        send_limited(sent, want, stock, is_open, left, arriving, inbound, floor, tonnes, rounder)
    else:
        send_free(sent, want, stock, is_open, arriving, inbound, floor)
    if drawn or share < 1.0:
        lost = state.lost[world.pair_item[p]]
        for r in range(len(sent)):
            lost[r] += sent[r] - arriving[r]
    if world.lane_ahead[lane] > 0:
        hold_up(arriving, state.late[p], state.lane_is_late[lane])
    if world.lane_fleet[lane] >= 0:
        drive(world, state, day, p)


@kernel
def lift(world: World, state: State, p: int, want: Floats) -> None:
    """Send one pair's goods that vehicles carry, or that only whole units move of."""
    lane, tonnes, origin = world.pair_lane[p], world.pair_tonnes[p], world.pair_from[p]
    stock, floor, is_open, sent = (
        state.stock[origin],
        world.node_floor[origin],
        state.lane_open[lane],
        state.sent[p],
    )
    for r in range(len(sent)):
        sent[r] = min(want[r], stock[r] - floor) * is_open[r]
    if world.lane_limited[lane]:
        fit(sent, state.lane_left[lane], tonnes, world.item_rounder[world.pair_item[p]])
    fleet = world.lane_fleet[lane]
    if fleet >= 0:
        free, lift = state.fleet_left[fleet], world.fleet_payload[fleet] / tonnes
        for r in range(len(sent)):
            sent[r] = min(sent[r], (free[r] + TOLERANCE) * lift)
    if world.pair_whole[p]:
        for r in range(len(sent)):
            sent[r] = np.floor(sent[r] + WHOLE)
    for r in range(len(sent)):
        sent[r] = max(sent[r], 0.0)
        stock[r] -= sent[r]
        want[r] -= sent[r]
    if world.lane_limited[lane]:
        fill_up(state.lane_left[lane], sent, tonnes)


@kernel
def drive(world: World, state: State, day: int, p: int) -> None:
    """Take the vehicles of what was sent, and put them where they are back."""
    lane, sent = world.pair_lane[p], state.sent[p]
    fleet, late = world.lane_fleet[lane], state.lane_late[lane]
    cycle, ringed, around = world.lane_cycle[lane], world.fleet_ring[fleet], world.fleet_depth[fleet]
    vehicle_t = world.pair_tonnes[p] / world.fleet_payload[fleet]
    free, back = state.fleet_left[fleet], state.fleet_ring[ringed : ringed + around]
    first = day % around + cycle
    for r in range(len(sent)):
        away = sent[r] * vehicle_t
        free[r] -= away
        back[(first + late[r]) % around, r] += away


@kernel
def close(world: World, state: State) -> None:
    """Put before the door what storage cannot hold overnight, the least urgent first (§2.4)."""
    weight = state.quantity
    for k in range(len(world.store_limit)):
        weight[:] = 0.0
        for at in range(world.store_begin[k], world.store_begin[k + 1]):
            stock, tonnes = state.stock[world.store_node[at]], world.node_tonnes[world.store_node[at]]
            for r in range(len(weight)):
                weight[r] += stock[r] * tonnes
        limit = world.store_limit[k]
        for r in range(len(weight)):
            excess = weight[r] - limit
            weight[r] = excess if excess > TOLERANCE * max(1.0, limit) else 0.0
        for at in range(world.store_begin[k], world.store_begin[k + 1]):
            n = world.store_node[at]
            tonnes, stock, evening = world.node_tonnes[n], state.stock[n], state.evening[n]
            yard, inbound, received = state.yard[n], state.inbound[n], state.received[n]
            whole = world.node_whole[n]
            for r in range(len(weight)):
                back = weight[r] / tonnes
                back = np.ceil(back - WHOLE) if whole else back
                # only what has come since last night can stay outside, and it is enough
                back = max(min(back, stock[r] - evening[r]), 0.0)
                weight[r] = max(weight[r] - back * tonnes, 0.0)
                stock[r] -= back
                yard[r] += back
                inbound[r] += back
                received[r] -= back
                evening[r] = stock[r]
