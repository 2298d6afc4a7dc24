"""The arrays that a race runs on: what is fixed (`World`) and what moves (`State`).

Named tuples, since numba takes them as they are. Index words: ``node`` is a location and item that the race keeps, ``pair`` is a
lane and item that may move, in the order in which they depart (highest priority first), ``demand`` is a node with consumption.
Everything in `State` has the replications of one block innermost, so that each step is one pass over neighbouring numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redball.model.problem import Flags, Floats, Ints
from redball.model.risk import Keys

Smalls = NDArray[np.int32]
Singles = NDArray[np.float32]
Marks = NDArray[np.uint8]

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
LINE, PAGE = 64, 4096
"""Bytes of a line of the cache, and of a page of memory."""
WIDTHS = {8: 256, 4: 1024}
"""Replications side by side, by the size of their numbers [byte]."""
GRAINS = 2.0**24
"""So many grains can be added up in numbers of half size without rounding."""
ROUNDER = 1.5 * 2.0**23
"""Adding so many grains and taking them away again rounds to the grain (beyond 2**22 of them, to two)."""
ALL_BUT_HALF = 0.499 / ROUNDER
"""Of a rounder: taken away first, it rounds down what is not whole, and leaves what is."""


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
    pair_near: Ints
    """(pairs,) first row of the pair's days in `State.near`; as many as the lane's `lane_transit` follow."""
    pair_far: Ints
    """(pairs,) the sum of `lane_ahead` of the lanes of the pairs before."""
    pair_throttled: Flags
    pair_first_day: Ints
    """(pairs,) nothing departs before."""
    pair_wish: Floats
    """(pairs, days) [item unit] what the plan sends."""
    lane_used: Flags
    lane_transit: Ints
    lane_ahead: Ints
    """(lanes,) days on which what is late may come, today included; 0: nothing is ever late."""
    lane_far: Ints
    """(lanes,) the sum of `lane_ahead` of the lanes before."""
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
    item_rounder: Floats
    """(items,) [item unit] 0: quantities are numbers of full size. Otherwise they are of half size and whole multiples of a
    grain: adding this and taking it away again rounds to it (`GRAINS`)."""
    item_supply: Floats
    """(items,) [item unit] all that can ever come into being: the scale on which losses are summed."""
    surge_key: Keys
    surge_chance: float
    surge_factor: float
    surge_days_mean: float
    memory: float
    """Correlation of consumption from one day to the next."""
    detour_begin: Ints
    """(pairs + 1,) where the pair's ways round begin; each is a run of pairs in `detour_pair` up to a -1."""
    detour_pair: Ints


class State(NamedTuple):
    """Everything that moves: (..., width) with the replications innermost; `Floats` are as large as `size_of` tells."""

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
    near: Floats
    """[item unit] on the way and in time, by day of arrival: every row is written each day, and read `lane_transit` days later."""
    late: Floats
    """(pairs, width) [item unit] on the way and late, all that comes on the day `lane_comes`."""
    far: Floats
    """(pairs' days ahead * width,) [item unit] the same of the delays before: for each pair an entry for each of its lane's list."""
    far_replication: Smalls
    """(lanes' days ahead * width,) for each lane the list of what the delays before hold up, the first to depart first."""
    far_day: Smalls
    """The same: day on which it comes."""
    far_due: Smalls
    """The same: replications of the entries that were taken out of the list today."""
    far_due_at: Smalls
    """The same: where they were in it."""
    comes: Floats
    """(width,) [item unit] room for adding up; 0 in between."""
    lane_open: Floats
    lane_late: Smalls
    """(lanes, width) [day] by how much what departs today is late."""
    lane_is_late: Floats
    """(lanes, width) 1: what departs today is late."""
    lane_comes: Smalls
    """(lanes, width) the day on which comes what is late since the last delay began; -1: there was none."""
    lane_due: Smalls
    """(lanes, width) the first `lane_n_due` of a row are the replications in which that day is today."""
    lane_n_due: Smalls
    """(lanes,)"""
    lane_aside: Smalls
    """(lanes, width) the first `lane_n_aside` of a row are the replications whose entries were put on the list today."""
    lane_n_aside: Smalls
    """(lanes,)"""
    lane_n_far: Smalls
    """(lanes,) entries on the list."""
    lane_n_far_due: Smalls
    """(lanes,)"""
    lane_left: Floats
    lane_kept: Floats
    fleet_left: Floats
    fleet_ring: Floats
    room: Floats
    score: Singles
    """(rows, width) normal score of each row's consumption."""
    asked: Floats
    served: Floats
    demand_asked: Floats
    demand_served: Floats
    total_asked: Floats
    total_served: Floats
    first_out: Smalls
    """(demands, width) the first day on which not all was served; the number of days: none."""
    n_short: Smalls
    """(demands,) in how many replications not all was served today; -1: not counted yet."""
    need_left: Floats
    need_owed: Floats
    need_done: Smalls
    handed: Floats
    pledge_left: Floats
    pledge_share: Floats
    pledge_day: Smalls
    pledge_owed: Floats
    taken: Floats
    line_owed: Floats
    line_ring: Floats
    line_slip: Smalls
    started: Floats
    budget_left: Floats
    lost: Floats
    surge_first: Smalls
    surge_last: Smalls
    surge: Floats
    """(width,) what the surge multiplies consumption with today."""
    unmet: Floats
    """(width,) [shortage-day] of needs; what is short of consumption is in `unserved` (§7.1)."""
    weighted: Floats
    unserved: Floats
    marks: Marks
    """(width,) room for telling whom something happens to."""
    shock: Smalls
    step: Smalls
    tally: Smalls
    """(APART * (BINS + 2),) room for counting; zero in between."""
    draw: Floats
    """(width,) room for numbers in [0, 1), of full size."""
    beside: Floats
    quantity: Floats
    bits: Ints
    """(0,) of the kind of whole numbers that are as large as a quantity."""


def new_state(world: World, width: int) -> State:
    """Return room for one block of replications; ``begin`` fills it."""
    n_nodes, n_pairs, n_lanes = len(world.node_item), len(world.pair_lane), len(world.lane_used)
    n_rows, n_demands, n_needs = len(world.row_node), len(world.demand_node), len(world.need_node)
    n_pledges, n_lines = len(world.pledge_node), len(world.line_node)
    n_ahead = int(world.lane_ahead.sum())
    rows = {
        **dict.fromkeys(("stock", "yard", "inbound", "received", "evening", "lack"), n_nodes),
        **dict.fromkeys(("want", "sent", "waiting", "late"), n_pairs),
        "near": int(world.lane_transit[world.pair_lane].sum()),
        **dict.fromkeys(
            ("lane_open", "lane_late", "lane_is_late", "lane_comes", "lane_left", "lane_kept"), n_lanes
        ),
        **dict.fromkeys(("lane_due", "lane_aside"), n_lanes),
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
    days = {"lane_late", "lane_comes", "first_out", "need_done", "pledge_day", "line_slip"}
    days |= {"surge_first", "surge_last"}
    lists = dict.fromkeys(("far_replication", "far_day", "far_due", "far_due_at"), n_ahead * width)
    numbers = dict.fromkeys(("lane_n_due", "lane_n_aside", "lane_n_far", "lane_n_far_due"), n_lanes)
    numbers["n_short"] = n_demands
    small = {"step", "shock", "tally", "lane_due", "lane_aside", *days, *lists, *numbers}
    size = size_of(world)
    kinds: dict[str, Any] = {**dict.fromkeys(small, np.int32), "score": np.float32, "marks": np.uint8}
    kinds |= dict.fromkeys(("draw", "beside", "pledge_share"), np.float64)
    kinds["bits"] = np.dtype(f"i{size.itemsize}")
    singles = {"tally": APART * (BINS + 2), "bits": 0, **lists, **numbers}
    singles["far"] = int(world.lane_ahead[world.pair_lane].sum()) * width
    arrays: dict[str, Any] = {
        name: aligned(
            (rows[name], width) if name in rows else (singles.get(name, width),),
            kinds.get(name, size),
            k,
        )
        for k, name in enumerate(State._fields)
    }
    return State(**arrays)


def size_of(world: World) -> np.dtype[Any]:
    """Return the kind of number that quantities are."""
    return np.dtype(np.float32 if len(world.item_rounder) and (world.item_rounder > 0).all() else np.float64)


def aligned(shape: tuple[int, ...], kind: Any, shift: int) -> NDArray[Any]:
    """Return zeros that begin where a line of the cache does, so that no pass loads half of two lines.

    Tables with another `shift` begin at other places of a page: otherwise their rows would all share a few places of the cache.
    """
    n_bytes, begin = int(np.prod(shape)) * np.dtype(kind).itemsize, LINE * (shift * 5 % 64)
    room = np.zeros(n_bytes + begin + PAGE, dtype=np.uint8)
    begin += -int(room.ctypes.data) % PAGE
    table: NDArray[Any] = room[begin : begin + n_bytes].view(kind).reshape(shape)
    return table


def kept_days(n_days: int, every: int) -> Ints:
    """Return every so many days, and the last.

    >>> kept_days(8, 3)
    array([0, 3, 6, 7])
    """
    return np.unique(np.append(np.arange(0, n_days, every, dtype=np.int64), n_days - 1))
