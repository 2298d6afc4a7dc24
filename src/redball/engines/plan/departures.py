"""Departures in parts, compiled: on one day every wish to send is cut by each limit that it shares with others.

This is the one part of the replay that goes over all flows; what else it does on a day is small.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from redball.core.compiled import kernel
from redball.model.problem import Flags, Floats, Ints, Problem


class Network(NamedTuple):
    """What goes where, and how much at most; read only."""

    lane: Ints
    """(flows,)"""
    item: Ints
    whole: Flags
    most: Floats
    wish: Floats
    """(flows,) [item unit]"""
    from_location: Ints
    to_location: Ints
    transit_days: Ints
    cycle_days: Ints
    fleet: Ints
    payload_t: Floats
    """(lanes,) of the vehicles of its fleet; 1 without one."""
    arriving: Floats
    """(lanes, items) [share]"""
    item_tonnes: Floats
    grain: Floats
    """(items,) [item unit] the least that is moved."""
    stock_floor: Floats
    storage_t: Floats


class Ground(NamedTuple):
    """What is there, on the way and still free; changes in place."""

    stock: Floats
    """(locations, items) [item unit]"""
    coming: Floats
    """(days + 1, locations, items) [item unit]"""
    held_t: Floats
    lane_left: Floats
    """(lanes,) [t] of today"""
    throughput_left: Floats
    """(locations, days) [t]"""
    vehicles_left: Floats
    """(fleets, days)"""
    owed: Floats
    """(lanes x items,) [item unit] of what was wished and could not be done yet."""
    values: Floats
    """(flows,) [item unit] sent"""


def network_of(
    problem: Problem, flow: dict[str, Ints], whole: Flags, most: Floats, wish: Floats, grain: Floats
) -> Network:
    """Gather what the kernel reads."""
    lanes = problem.lanes
    return Network(
        lane=flow["lane"],
        item=flow["item"],
        whole=whole,
        most=most,
        wish=wish,
        from_location=lanes.from_location,
        to_location=lanes.to_location,
        transit_days=lanes.transit_days,
        cycle_days=lanes.cycle_days,
        fleet=lanes.fleet,
        payload_t=np.r_[problem.fleets.payload_t, 1.0][lanes.fleet],
        arriving=problem.arriving,
        item_tonnes=problem.item_tonnes,
        grain=grain,
        stock_floor=problem.stock_floor,
        storage_t=problem.storage_t,
    )


@kernel
def depart_in_parts(network: Network, ground: Ground, of: Ints, day: int) -> None:
    """Send on one day what fits of the wishes of the flows `of`, those of whole units left out."""
    quantity, out = np.zeros(len(of)), np.zeros_like(ground.stock)
    n_items = len(network.item_tonnes)
    for i in range(len(of)):
        k = of[i]
        if not network.whole[k]:
            lane, item = network.lane[k], network.item[k]
            wished = network.wish[k] + ground.owed[lane * n_items + item]
            quantity[i] = min(wished, network.most[k])
            out[network.from_location[lane], item] += quantity[i]
    for location in range(len(out)):
        for item in range(n_items):
            free = ground.stock[location, item] - network.stock_floor[location, item]
            out[location, item] = _share(free, out[location, item])
    n_lanes = len(network.fleet)
    load, arriving = np.zeros(n_lanes), np.zeros(n_lanes)
    for i in range(len(of)):
        lane, item = network.lane[of[i]], network.item[of[i]]
        quantity[i] *= out[network.from_location[lane], item]
        load[lane] += quantity[i] * network.item_tonnes[item]
        arriving[lane] += quantity[i] * network.item_tonnes[item] * network.arriving[lane, item]
    share = _share_of_lanes(network, ground, load, arriving, day)
    _book(network, ground, of, quantity, share, day)


@kernel
def _share(limit: float, wished: float) -> float:
    """Return the share of a wished sum that fits under a limit, at most 1."""
    return min(max(limit, 0.0) / wished, 1.0) if wished > 0.0 and limit < wished else 1.0


@kernel
def _share_of_lanes(network: Network, ground: Ground, load: Floats, arriving: Floats, day: int) -> Floats:
    """Return (lanes,) the share of what each lane was to carry that every limit on the way leaves."""
    n_lanes, n_days = len(load), ground.throughput_left.shape[1]
    share = np.ones(n_lanes)
    for lane in range(n_lanes):
        share[lane] = _share(ground.lane_left[lane], load[lane])
    gate = np.zeros_like(ground.throughput_left)
    for lane in range(n_lanes):
        arrive = day + network.transit_days[lane]
        if arrive < n_days:
            gate[network.to_location[lane], arrive] += arriving[lane] * share[lane]
    store = np.zeros(len(ground.held_t))
    for lane in range(n_lanes):
        end, arrive = network.to_location[lane], day + network.transit_days[lane]
        if arrive < n_days:
            share[lane] *= _share(ground.throughput_left[end, arrive], gate[end, arrive])
            store[end] += arriving[lane] * share[lane]
    for lane in range(n_lanes):
        end = network.to_location[lane]
        share[lane] *= _share(network.storage_t[end] - ground.held_t[end], store[end])
    _lift(network, ground, load, share, day)
    return share


@kernel
def _lift(network: Network, ground: Ground, load: Floats, share: Floats, day: int) -> None:
    """Cut the shares of lanes to the vehicles that each fleet has left on every day of their cycle."""
    n_fleets, n_days = ground.vehicles_left.shape
    vehicles, until = np.zeros(n_fleets), np.zeros(n_fleets, dtype=np.int64)
    for lane in range(len(load)):
        fleet = network.fleet[lane]
        if fleet >= 0 and load[lane] * share[lane] > 0.0:
            vehicles[fleet] += load[lane] * share[lane] / network.payload_t[lane]
            until[fleet] = max(until[fleet], min(day + network.cycle_days[lane], n_days))
    for fleet in range(n_fleets):
        left = np.inf
        for later in range(day, until[fleet]):
            left = min(left, ground.vehicles_left[fleet, later])
        vehicles[fleet] = _share(left, vehicles[fleet])
    for lane in range(len(load)):
        if network.fleet[lane] >= 0:
            share[lane] *= vehicles[network.fleet[lane]]


@kernel
def _book(network: Network, ground: Ground, of: Ints, quantity: Floats, share: Floats, day: int) -> None:
    """Book departures that fit; grains stay where they are."""
    n_lanes, n_days, n_items = len(share), ground.throughput_left.shape[1], len(network.item_tonnes)
    load, arriving = np.zeros(n_lanes), np.zeros(n_lanes)
    for i in range(len(of)):
        k = of[i]
        if network.whole[k]:
            continue
        lane, item = network.lane[k], network.item[k]
        sent = quantity[i] * share[lane]
        if sent < network.grain[item]:
            sent = 0.0
        ground.values[k] = sent
        ground.owed[lane * n_items + item] += network.wish[k] - sent
        if sent > 0.0:
            arrives = sent * network.arriving[lane, item]
            ground.stock[network.from_location[lane], item] -= sent
            ground.coming[day + network.transit_days[lane], network.to_location[lane], item] += arrives
            load[lane] += sent * network.item_tonnes[item]
            arriving[lane] += arrives * network.item_tonnes[item]
    for lane in range(n_lanes):
        if load[lane] > 0.0:
            end, fleet = network.to_location[lane], network.fleet[lane]
            ground.lane_left[lane] -= load[lane]
            ground.throughput_left[end, day + network.transit_days[lane]] -= arriving[lane]
            ground.held_t[end] += arriving[lane]
            ground.held_t[network.from_location[lane]] -= load[lane]
            if fleet >= 0:
                for later in range(day, min(day + network.cycle_days[lane], n_days)):
                    ground.vehicles_left[fleet, later] -= load[lane] / network.payload_t[lane]
