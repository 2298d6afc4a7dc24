"""The loops of items, compiled; every thread owns whole items, so no sum depends on the threads.

One iteration is three calls: `move_rest` for what is no flow, `move_items` for flows and stock with the prices of their
balances, `move_limits` for the prices that items share. A variable's reflected step is kept, not the variable: at weight
`w` the iterate is ``w x reflected + (1 - w) x anchor`` (Halpern).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from redball.core.compiled import kernel_in_any_order
from redball.engines.plan.structured.strips import Reals, Rest, Singles, Strips
from redball.model.problem import Flags, Floats


class Steps(NamedTuple):
    """Step sizes of every variable and price."""

    flow: Singles
    stock: Singles
    rest: Floats
    row: Floats
    """(rows,) of the rows after the balances; 0: a row without entries."""
    chain_inverse: Singles
    """(balance rows,) inverse pivots of the chains' tridiagonal systems."""
    chain_lower: Singles
    """(balance rows,) entry to the row before, in the factor."""


class State(NamedTuple):
    """Where the descent is; all but the anchors change in place.

    What is large is in single precision: the loops wait for memory, and what the descent finds is only a wish and
    prices, proven and replayed in double precision.
    """

    flow: Singles
    flow_anchor: Singles
    stock: Singles
    stock_anchor: Singles
    rest: Floats
    rest_anchor: Floats
    price: Floats
    price_anchor: Floats
    idle: Flags
    """(strips,) whether nothing flows on any day, neither here nor at the anchor: while no slope invites it, it is left out."""


class Board(NamedTuple):
    """What the kernels hand on to each other within an iteration."""

    residual: Floats
    """(rows,) what is missing to the right-hand side's zero: minus the activity."""
    lane_price: Floats
    """(lanes, days) price of departing, fleet included."""
    arrival_price: Floats
    """(lanes, days) price of arriving, by day of departure."""
    storage_price: Floats
    """(locations, days)"""
    load: Singles
    """(groups, lanes, days) tonnes departing."""
    arriving: Singles
    """(groups, lanes, days) tonnes that will arrive, by day of departure."""
    stored: Singles
    """(groups, locations, days)"""


@kernel_in_any_order
def move_rest(rest: Rest, steps: Steps, state: State, weight: float, begin: int, end: int) -> float:
    """Step the variables of the rest."""
    total = 0.0
    for j in range(begin, end):
        gain = -rest.cost[j]
        for k in range(rest.column_begin[j], rest.column_begin[j + 1]):
            gain += rest.column_value[k] * state.price[rest.column_row[k]]
        before = weight * state.rest[j] + (1.0 - weight) * state.rest_anchor[j]
        after = min(max(before + steps.rest[j] * gain, rest.lower[j]), rest.upper[j])
        state.rest[j] = 2.0 * after - before
        total += (after - before) * (after - before) / steps.rest[j]
    return total


@kernel_in_any_order
def begin_residual(rest: Rest, state: State, board: Board, begin: int, end: int) -> float:
    """Begin the residual of every row with the variables of the rest."""
    for i in range(begin, end):
        activity = 0.0
        for k in range(rest.row_begin[i], rest.row_begin[i + 1]):
            activity += rest.row_value[k] * state.rest[rest.row_column[k]]
        board.residual[i] = -activity
    return 0.0


@kernel_in_any_order
def _add(into: Reals, factor: float, what: Reals) -> None:
    for k in range(len(what)):
        into[k] += factor * what[k]


@kernel_in_any_order
def _step_flows(
    flow: Reals,
    anchor: Reals,
    step: Reals,
    out: Reals,
    into: Reals,
    leave: Reals,
    arrive: Reals,
    cost: float,
    arriving: float,
    weight: float,
) -> None:
    anchored = 1.0 - weight
    for k in range(len(flow)):
        slope = cost + out[k] - arriving * (into[k] - arrive[k]) + leave[k]
        before = weight * flow[k] + anchored * anchor[k]
        flow[k] = 2.0 * max(before - step[k] * slope, 0.0) - before


@kernel_in_any_order
def _invited(out: Reals, into: Reals, leave: Reals, arrive: Reals, cost: float, arriving: float) -> bool:
    """Return whether sending would gain on any day."""
    gain = 0.0
    for k in range(len(out)):
        slope = cost + out[k] - arriving * (into[k] - arrive[k]) + leave[k]
        gain += max(-slope, 0.0)
    return gain > 0.0


@kernel_in_any_order
def _move_strip(
    strips: Strips, steps: Steps, state: State, board: Board, group: int, strip: int, weight: float
) -> None:
    lane, day, n = strips.strip_lane[strip], strips.strip_day[strip], strips.strip_length[strip]
    begin, arriving = strips.strip_begin[strip], strips.strip_arriving[strip]
    out, into = strips.strip_from[strip], strips.strip_to[strip]
    price_out, price_into = state.price[out : out + n], state.price[into : into + n]
    leave, arrive = board.lane_price[lane, day : day + n], board.arrival_price[lane, day : day + n]
    cost = strips.strip_cost[strip]
    if state.idle[strip]:
        if not _invited(price_out, price_into, leave, arrive, cost, arriving):
            return
        state.idle[strip] = False
    flow, anchor, step = (
        state.flow[begin : begin + n],
        state.flow_anchor[begin : begin + n],
        steps.flow[begin : begin + n],
    )
    _step_flows(flow, anchor, step, price_out, price_into, leave, arrive, cost, arriving, weight)
    _add(board.residual[out : out + n], 1.0, flow)
    _add(board.residual[into : into + n], -arriving, flow)
    _add(board.load[group, lane, day : day + n], 1.0, flow)
    if strips.lane_gated[lane]:
        _add(board.arriving[group, lane, day : day + n], arriving, flow)


@kernel_in_any_order
def _step_stocks(
    stock: Reals, anchor: Reals, step: Reals, price: Reals, store: Reals, lower: Reals, weight: float
) -> None:
    anchored, last = 1.0 - weight, len(stock) - 1
    for k in range(last):
        before = weight * stock[k] + anchored * anchor[k]
        after = max(before - step[k] * (price[k] - price[k + 1] + store[k]), lower[k])
        stock[k] = 2.0 * after - before
    before = weight * stock[last] + anchored * anchor[last]
    after = max(before - step[last] * (price[last] + store[last]), lower[last])
    stock[last] = 2.0 * after - before


@kernel_in_any_order
def _step_prices(
    price: Reals, anchor: Reals, missing: Reals, inverse: Reals, lower: Reals, weight: float
) -> None:
    """Solve the chain's tridiagonal system for the change of its prices, and take it twice: a reflected step."""
    last = len(price) - 1
    for k in range(last):
        missing[k + 1] -= lower[k + 1] * missing[k]
    anchored = 1.0 - weight
    change = missing[last] * inverse[last]
    price[last] = weight * (price[last] + 2.0 * change) + anchored * anchor[last]
    for k in range(last - 1, -1, -1):
        change = missing[k] * inverse[k] - lower[k + 1] * change
        price[k] = weight * (price[k] + 2.0 * change) + anchored * anchor[k]


@kernel_in_any_order
def _move_chain(
    strips: Strips,
    steps: Steps,
    state: State,
    board: Board,
    opening: Floats,
    lower: Floats,
    group: int,
    chain: int,
    weight: float,
    next_weight: float,
) -> float:
    """Step one chain's stock, then its prices: the stock that links the days is solved exactly."""
    begin, n, day = strips.chain_row[chain], strips.chain_length[chain], strips.chain_day[chain]
    location = strips.chain_location[chain]
    end = begin + n
    stock, price, missing = state.stock[begin:end], state.price[begin:end], board.residual[begin:end]
    store = board.storage_price[location, day : day + n]
    anchor, step = state.stock_anchor[begin:end], steps.stock[begin:end]
    _step_stocks(stock, anchor, step, price, store, lower[begin:end], weight)
    _add(board.stored[group, location, day : day + n], 1.0, stock)
    _add(missing, 1.0, opening[begin:end])
    _add(missing, 1.0, stock)
    _add(missing[1:], -1.0, stock[:-1])
    inverse, below = steps.chain_inverse[begin:end], steps.chain_lower[begin:end]
    _step_prices(price, state.price_anchor[begin:end], missing, inverse, below, next_weight)
    total = 0.0
    for k in range(n):
        total += missing[k] * missing[k] * inverse[k]
    return total


@kernel_in_any_order
def anchor_flows(strips: Strips, state: State, least: Floats, weight: float, begin: int, end: int) -> float:
    """Take the iterate for the new anchor, without flows under `least` (items,); note which strips are idle."""
    for item in range(begin, end):
        for strip in range(strips.item_strip[item], strips.item_strip[item + 1]):
            idle = True
            first = strips.strip_begin[strip]
            for k in range(first, first + strips.strip_length[strip]):
                here = weight * state.flow[k] + (1.0 - weight) * state.flow_anchor[k]
                here = here if here >= least[item] else 0.0
                state.flow[k] = state.flow_anchor[k] = here
                idle = idle and here == 0.0
            state.idle[strip] = idle
    return 0.0


@kernel_in_any_order
def move_items(
    strips: Strips,
    steps: Steps,
    state: State,
    board: Board,
    opening: Floats,
    lower: Floats,
    weight: float,
    next_weight: float,
    begin: int,
    end: int,
) -> float:
    """Step flows, stocks and the prices of all balances, item by item."""
    total = 0.0
    for group in range(begin, end):
        board.load[group] = 0.0
        board.arriving[group] = 0.0
        board.stored[group] = 0.0
        for k in range(strips.group_begin[group], strips.group_begin[group + 1]):
            item = strips.group_item[k]
            for strip in range(strips.item_strip[item], strips.item_strip[item + 1]):
                _move_strip(strips, steps, state, board, group, strip, weight)
            for chain in range(strips.item_chain[item], strips.item_chain[item + 1]):
                total += _move_chain(
                    strips, steps, state, board, opening, lower, group, chain, weight, next_weight
                )
    return total


def board_of(strips: Strips, n_rows: int) -> Board:
    """Make an empty board."""
    n_groups = len(strips.group_begin) - 1
    n_lanes, n_days = strips.lane_row.shape
    n_locations = strips.storage_row.shape[0]
    return Board(
        residual=np.zeros(n_rows),
        lane_price=np.zeros((n_lanes, n_days)),
        arrival_price=np.zeros((n_lanes, n_days)),
        storage_price=np.zeros((n_locations, n_days)),
        load=np.zeros((n_groups, n_lanes, n_days), dtype=np.float32),
        arriving=np.zeros((n_groups, n_lanes, n_days), dtype=np.float32),
        stored=np.zeros((n_groups, n_locations, n_days), dtype=np.float32),
    )
