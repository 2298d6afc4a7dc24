"""The arrays that a race runs on: what is fixed (`World`), what moves (`State`), what is counted (`Counts`).

Named tuples, since numba takes them as they are. Index words: ``node`` is a location and item that the race keeps, ``pair`` is a
lane and item that may move, in the order in which they depart (highest priority first), ``demand`` is a node with consumption.
Everything in `State` has the replications of one block innermost, so that each step is one pass over neighbouring numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redball.engines.race.tally import BATCHES
from redball.model.problem import Flags, Floats, Ints
from redball.model.risk import Keys

Smalls = NDArray[np.int32]

FOLLOW, REROUTE, PUSH, BASE_STOCK, OWN = range(5)
"""Policies by number; ``OWN`` is a function of the user's."""
SERVE, HAND, START = range(3)
"""What uses goods: kinds of entries in ``use_kind``."""
TOLERANCE = 1e-6
"""Every rule holds to this (§8.2), in the unit of its limit."""
BINS = 64
"""Steps of the scale on which stocks and arrivals are counted; one more for what lies above it."""
APART = 4
"""Counts kept side by side, so that one need not wait for the one before."""
CELLS = 1024
"""Steps of the table of normal quantiles."""
WIDTH = 256
"""Replications side by side."""


class World(NamedTuple):
    """Everything that is the same in every replication."""

    n_days: int
    policy: int
    planned: bool
    """Whether there is a plan to keep to; otherwise everything is taken up, started and handed over as soon as it can be."""
    stock_every: int
    """Stocks are counted on every so many days, and on the last."""
    arrived_every: int
    """The same for what has arrived."""
    node_location: Ints
    node_item: Ints
    node_tonnes: Floats
    node_whole: Flags
    node_opening: Floats
    node_floor: Floats
    node_keep: Floats
    """(nodes, days) [item unit] what the plan has left after use: its closing stock and its departures of the day."""
    node_stock_top: Floats
    node_arrived_top: Floats
    node_target: Floats
    """(nodes,) [item unit] on hand and on the way that `BASE_STOCK` orders up to."""
    node_rate: Floats
    """(nodes,) [item unit / day] used at the node and beyond it, for `PUSH`."""
    node_own_rate: Floats
    node_rank: Ints
    """(nodes,) 0, 1 or 2: the priority of what is used at the node or beyond it."""
    push_cover_days: float
    """Days of supply that `PUSH` gives to the highest priority before it thinks of the next."""
    user_node: Ints
    """Nodes with consumption, needs or inputs of production: odds are kept there."""
    node_far_first: Ints
    """Nodes, the farthest from where things come from first."""
    node_in_begin: Ints
    """(nodes + 1,) where the pairs leading to each node begin in `node_in_pair`; in the order of pairs."""
    node_in_pair: Ints
    node_out_begin: Ints
    """(nodes + 1,) where the pairs leaving each node begin in `node_out_pair`."""
    node_out_pair: Ints
    pair_lane: Ints
    pair_item: Ints
    pair_from: Ints
    pair_to: Ints
    pair_tonnes: Floats
    pair_whole: Flags
    pair_arriving: Floats
    """(pairs,) [share] arriving where no loss is drawn."""
    pair_next: Ints
    """(pairs,) the next pair between the same two nodes, by another lane; -1: none."""
    pair_ring: Ints
    """(pairs,) first row of the pair's days in `State.ring`; the lane's `lane_depth` rows follow."""
    pair_throttled: Flags
    pair_first_day: Ints
    """(pairs,) nothing departs before."""
    pair_wish: Floats
    """(pairs, days) [item unit] what the plan sends."""
    lane_used: Flags
    lane_transit: Ints
    lane_depth: Ints
    lane_capacity: Floats
    lane_limited: Flags
    lane_fleet: Ints
    lane_cycle: Ints
    lane_key: Keys
    lane_fails: Floats
    lane_mends: Floats
    lane_loss_chance: Floats
    lane_loss_kept: Floats
    lane_delay_begin: Ints
    """(lanes + 1,) where the lane's chances begin in `delay_shock`; an empty part is no delay."""
    delay_shock: Floats
    delay_steady: Floats
    overtaking: bool
    fleet_vehicles: Floats
    fleet_payload: Floats
    fleet_depth: Ints
    fleet_ring: Ints
    location_throughput: Floats
    location_throttled: Flags
    store_limit: Floats
    """(stores,) [t] of the locations whose storage is limited."""
    store_begin: Ints
    store_node: Ints
    """Nodes of each store, lowest priority first."""
    use_kind: Ints
    use_index: Ints
    row_node: Ints
    row_demand: Ints
    row_key: Keys
    row_median: Floats
    row_below: Floats
    row_above: Floats
    row_first_day: Ints
    row_last_day: Ints
    row_weight: Floats
    row_share: Floats
    """(rows, days) [share] of what is asked that the plan serves."""
    demand_node: Ints
    demand_row: Ints
    """(demands,) the only row of consumption; -1: there are several."""
    need_node: Ints
    need_quantity: Floats
    need_due: Ints
    need_weight: Floats
    need_wish: Floats
    pledge_node: Ints
    pledge_first_day: Ints
    pledge_quantity: Floats
    pledge_chance: Floats
    pledge_key: Keys
    pledge_delay_begin: Ints
    pledge_delay: Floats
    pledge_part_chance: Floats
    """(pledges,) chance that only a part of it comes if any does."""
    pledge_wish: Floats
    line_node: Ints
    line_lead: Ints
    line_ring: Ints
    line_rate: Floats
    line_limit: Floats
    line_payable: Flags
    line_cost: Floats
    line_budget: Ints
    line_key: Keys
    line_slip_mean: Floats
    line_wish: Floats
    input_begin: Ints
    input_node: Ints
    input_quantity: Floats
    order_begin: Ints
    """(days + 1,) where each day's arriving orders begin."""
    order_node: Ints
    order_quantity: Floats
    budget_amount: Floats
    item_supply: Floats
    """(items,) [item unit] all that can ever come into being: the scale on which losses are summed."""
    surge_key: Keys
    surge_chance: float
    surge_factor: float
    surge_days_mean: float
    memory: float
    """Correlation of consumption from one day to the next."""
    normal: Floats
    """Quantiles of the normal distribution at even steps."""
    detour_begin: Ints
    """(pairs + 1,) where the pair's ways round begin; each is a run of pairs in `detour_pair` up to a -1."""
    detour_pair: Ints


class State(NamedTuple):
    """Everything that moves: (..., width) with the replications innermost; `Ints` are days."""

    stock: Floats
    yard: Floats
    """(nodes, width) [item unit] come but without room in storage: it waits before the door and counts as on the way."""
    inbound: Floats
    received: Floats
    evening: Floats
    """(nodes, width) [item unit] last night's closing stock of nodes whose storage is limited."""
    lack: Floats
    """(nodes, width) [item unit] what `BASE_STOCK` orders for a node today: for itself and for those it supplies."""
    want: Floats
    """(pairs, width) [item unit] to be sent: what is wished today, and what was held up before."""
    sent: Floats
    waiting: Floats
    """(pairs, width) [item unit] arrived but not let in by the throughput of the location."""
    ring: Floats
    lane_open: Floats
    lane_late: Ints
    lane_delayed: Ints
    """(lanes, width) the replications in which what departs today is late, up to a -1."""
    lane_slot: Ints
    """(lanes, width) for each of them the row of the ring, after the pair's first, in which that arrives."""
    lane_left: Floats
    lane_kept: Floats
    fleet_left: Floats
    fleet_ring: Floats
    room: Floats
    score: Floats
    """(rows, width) normal score of each row's consumption."""
    asked: Floats
    served: Floats
    demand_asked: Floats
    demand_served: Floats
    total_asked: Floats
    total_served: Floats
    first_out: Ints
    need_left: Floats
    need_owed: Floats
    need_done: Ints
    handed: Floats
    pledge_left: Floats
    pledge_share: Floats
    pledge_day: Ints
    pledge_owed: Floats
    taken: Floats
    line_owed: Floats
    line_ring: Floats
    line_slip: Ints
    started: Floats
    budget_left: Floats
    lost: Floats
    surge_first: Ints
    surge_last: Ints
    surge: Floats
    """(width,) what the surge multiplies consumption with today."""
    unmet: Floats
    """(width,) [shortage-day] of needs; what is short of consumption is in `unserved` (§7.1)."""
    weighted: Floats
    unserved: Floats
    step: Smalls
    near: Smalls
    """(APART * (BINS + 2),) room for counting; zero in between."""
    draw: Floats
    quantity: Floats


class Counts(NamedTuple):
    """What is kept of all replications together: whole numbers, and the least and the most of some quantities."""

    batch_replications: Ints
    batch_shortage: Ints
    """(batches, 3) plain shortage, weighted shortage, share of consumption not served; in 2**-32 of their most."""
    batch_fill: Ints
    """(batches, demands) share served, in 2**-32."""
    batch_out: Ints
    """(batches, demands) replications with any stock-out."""
    batch_met: Ints
    """(batches, needs) replications in which the need was met by its due date."""
    batch_lost: Ints
    """(batches, items) lost, in 2**-32 of `World.item_supply`."""
    calm: Ints
    """(1,) replications without any stock-out."""
    short: Ints
    """(demands, days) replications in which not all was served."""
    first_out: Ints
    """(demands, days + 1) replications by day of the first stock-out; last: none."""
    need_done: Ints
    """(needs, days + 1) replications by day on which the need was met; last: never."""
    pledge_day: Ints
    """(pledges, days + 1) replications by day from which the pledge could be taken up; last: not within the horizon."""
    pledge_share: Ints
    """(pledges,) share that came, in 2**-32."""
    stock: Ints
    """(nodes, days kept, BINS + 2) replications with nothing, by step of the scale, above it."""
    arrived: Ints
    """(users, days kept, BINS + 2) the same for the opening stock and all received so far, where goods are used."""
    arrived_least: Floats
    """(users, days kept) [item unit] the least of all replications."""
    arrived_most: Floats


def new_state(world: World, width: int) -> State:
    """Return room for one block of replications; ``begin`` fills it."""
    n_nodes, n_pairs, n_lanes = len(world.node_item), len(world.pair_lane), len(world.lane_used)
    n_rows, n_demands, n_needs = len(world.row_node), len(world.demand_node), len(world.need_node)
    n_pledges, n_lines = len(world.pledge_node), len(world.line_node)
    n_ring = int(world.lane_depth[world.pair_lane].sum())
    rows = {
        **dict.fromkeys(("stock", "yard", "inbound", "received", "evening", "lack"), n_nodes),
        **dict.fromkeys(("want", "sent", "waiting"), n_pairs),
        "ring": n_ring,
        **dict.fromkeys(
            ("lane_open", "lane_late", "lane_delayed", "lane_slot", "lane_left", "lane_kept"), n_lanes
        ),
        "fleet_left": len(world.fleet_vehicles),
        "fleet_ring": int(world.fleet_depth.sum()),
        "room": len(world.location_throttled),
        **dict.fromkeys(("score", "asked", "served"), n_rows),
        **dict.fromkeys(
            ("demand_asked", "demand_served", "total_asked", "total_served", "first_out"), n_demands
        ),
        **dict.fromkeys(("need_left", "need_owed", "need_done", "handed"), n_needs),
        **dict.fromkeys(("pledge_left", "pledge_share", "pledge_day", "pledge_owed", "taken"), n_pledges),
        **dict.fromkeys(("line_owed", "line_slip", "started"), n_lines),
        "line_ring": int((world.line_lead + 1).sum()),
        "budget_left": len(world.budget_amount),
        "lost": len(world.item_supply),
    }
    whole = {"lane_late", "lane_delayed", "lane_slot", "first_out", "need_done", "pledge_day", "line_slip"}
    whole |= {"surge_first", "surge_last"}
    small = {"step", "near"}
    singles = {"near": APART * (BINS + 2)}
    arrays: dict[str, Any] = {
        name: np.zeros(
            (rows[name], width) if name in rows else singles.get(name, width),
            dtype=np.int32 if name in small else np.int64 if name in whole else np.float64,
        )
        for name in State._fields
    }
    return State(**arrays)


def new_counts(world: World) -> Counts:
    """Return counts of nothing."""
    n_days, n_nodes, n_demands = world.n_days, len(world.node_item), len(world.demand_node)
    n_needs, n_pledges, n_items = len(world.need_node), len(world.pledge_node), len(world.item_supply)
    scale = n_nodes, len(kept_days(n_days, world.stock_every)), BINS + 2
    shapes: dict[str, tuple[int, ...]] = {
        "batch_replications": (BATCHES,),
        "batch_shortage": (BATCHES, 3),
        "batch_fill": (BATCHES, n_demands),
        "batch_out": (BATCHES, n_demands),
        "batch_met": (BATCHES, n_needs),
        "batch_lost": (BATCHES, n_items),
        "calm": (1,),
        "short": (n_demands, n_days),
        "first_out": (n_demands, n_days + 1),
        "need_done": (n_needs, n_days + 1),
        "pledge_day": (n_pledges, n_days + 1),
        "pledge_share": (n_pledges,),
        "stock": scale,
        "arrived": (len(world.user_node), len(kept_days(n_days, world.arrived_every)), BINS + 2),
    }
    arrays: dict[str, Any] = {name: np.zeros(shape, dtype=np.int64) for name, shape in shapes.items()}
    arrays["arrived_least"] = np.full(shapes["arrived"][:2], np.inf)
    arrays["arrived_most"] = np.zeros(shapes["arrived"][:2])
    return Counts(**arrays)


def kept_days(n_days: int, every: int) -> Ints:
    """Return every so many days, and the last.

    >>> kept_days(8, 3)
    array([0, 3, 6, 7])
    """
    return np.unique(np.append(np.arange(0, n_days, every, dtype=np.int64), n_days - 1))


def most_of(world: World) -> Floats:
    """Return the shortage of a replication in which nothing is ever served: plain, weighted, of consumption; at least 1."""
    days = np.maximum(world.row_last_day - world.row_first_day + 1, 0)
    open_days = np.maximum(world.n_days - np.maximum(world.need_due, 0), 0)
    plain = float(days.sum() + open_days.sum())
    weighted = float(days @ world.row_weight + open_days @ world.need_weight)
    most: Floats = np.maximum(np.array([plain, weighted, float(days.sum())]), 1.0)
    return most
