"""One replication alone, by its number, with everything that happened in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from redball.engines.race.draws import begin
from redball.engines.race.kernel import Policy, ask_own, evening, morning
from redball.engines.race.pointers import state_reference, world_reference
from redball.engines.race.world import State, World, new_state
from redball.model.problem import Floats, Ints


@dataclass(frozen=True, slots=True)
class Paths:
    """What happened in some replications, day by day; the replications come last in every array."""

    stock: Floats
    """(days, nodes, replications) [item unit] closing."""
    outside: Floats
    """(days, nodes, replications) [item unit] on the way there: on lanes, before the door, in production."""
    received: Floats
    """(days, nodes, replications) [item unit] opening stock and all received so far."""
    asked: Floats
    """(days, rows, replications)"""
    served: Floats
    handed: Floats
    """(days, needs, replications)"""
    taken: Floats
    """(days, pledges, replications)"""
    started: Floats
    """(days, lines, replications)"""
    sent: Floats
    """(days, pairs, replications)"""
    lane_open: Floats
    """(days, lanes, replications) 1: open."""
    lane_late: Ints
    """(days, lanes, replications) [day] delay of what departs."""
    under_way: Floats
    """(items, replications) [item unit] under way after the last day, added up where it is: on lanes, before doors, in production."""
    lost: Floats
    """(items, replications) [item unit] lost on lanes in all."""
    first_out: Ints
    """(demands, replications) [day] first stock-out; the number of days: none."""
    shortage: Floats
    """(replications,) [shortage-day]"""


KEPT = {
    "stock": "stock",
    "outside": "inbound",
    "received": "received",
    "asked": "asked",
    "served": "served",
    "handed": "handed",
    "taken": "taken",
    "started": "started",
    "sent": "sent",
    "lane_open": "lane_open",
    "lane_late": "lane_late",
}


def run_paths(world: World, first_replication: int, count: int = 1, policy: Policy | None = None) -> Paths:
    """Run a few replications and keep everything; they are the very ones that `run_chunk` counts."""
    state = new_state(world, count)
    fixed, moving = world_reference(world), state_reference(state)
    days: dict[str, list[Any]] = {name: [] for name in KEPT}
    begin(fixed, moving, first_replication)
    for day in range(world.n_days):
        morning(fixed, moving, day, first_replication)
        if policy is not None:
            ask_own(policy, world, state, day)
        evening(fixed, moving, day)
        for name, source in KEPT.items():
            days[name].append(getattr(state, source).copy())
    ends: dict[str, Any] = {
        "under_way": under_way(world, state),
        "lost": state.lost,
        "first_out": state.first_out,
        "shortage": state.unserved + state.unmet,
    }
    stacked: dict[str, Any] = {name: np.stack(of) for name, of in days.items()}
    stacked = {name: of.astype(np.float64) if of.dtype.kind == "f" else of for name, of in stacked.items()}
    return Paths(**stacked, **ends)


def under_way(world: World, state: State) -> Floats:
    """Return (items, replications) what is neither in stock nor used nor lost, from the places that hold it."""
    total = np.zeros((len(world.item_supply), state.stock.shape[1]))
    in_time = np.repeat(world.pair_item, world.lane_transit[world.pair_lane])
    in_production = np.repeat(world.node_item[world.line_node], world.line_lead + 1)
    np.add.at(total, in_time, state.near)
    width = state.stock.shape[1]
    for p, lane in enumerate(world.pair_lane):
        entries, begin = state.lane_n_far[lane], world.pair_far[p] * width
        replication = state.far_replication[world.lane_far[lane] * width :][:entries]
        np.add.at(total[world.pair_item[p]], replication, state.far[begin : begin + entries])
    np.add.at(total, world.pair_item, state.late)
    np.add.at(total, in_production, state.line_ring)
    np.add.at(total, world.pair_item, state.waiting)
    np.add.at(total, world.node_item, state.yard)
    return total
