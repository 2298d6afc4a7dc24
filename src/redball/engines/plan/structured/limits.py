"""The loops of limits that items share: gates, lanes, stores and fleets add up over items, their prices go back to them."""

from __future__ import annotations

from redball.core.compiled import kernel_in_any_order
from redball.engines.plan.structured.kernels import Board, State, Steps
from redball.engines.plan.structured.strips import Strips
from redball.engines.plan.structured.team import Team
from redball.model.problem import Floats


def gather_limits(team: Team, strips: Strips, board: Board, into: Floats, sign: float) -> None:
    """Add up what flows and stocks use of the limits that items share.

    Of the matrix's entries with `sign` -1 (vehicles leave a fleet's balance, and come back), of their sizes with 1.
    """
    team.each(_gather_lanes, len(strips.lane_to), strips, board, into, sign)
    team.each(_gather_storage, len(strips.storage_row), strips, board, into, sign)
    _gather_ends(strips, board, into, sign)


@kernel_in_any_order
def _gather_lanes(strips: Strips, board: Board, into: Floats, sign: float, begin: int, end: int) -> float:
    n_groups, n_days = len(board.load), strips.n_days
    for lane in range(begin, end):
        for group in range(1, n_groups):
            for day in range(n_days):
                board.load[0, lane, day] += board.load[group, lane, day]
                board.arriving[0, lane, day] += board.arriving[group, lane, day]
        for day in range(n_days):
            row = strips.lane_row[lane, day]
            if row >= 0:
                into[row] += sign * board.load[0, lane, day]
    return 0.0


@kernel_in_any_order
def _gather_storage(strips: Strips, board: Board, into: Floats, sign: float, begin: int, end: int) -> float:
    for location in range(begin, end):
        for day in range(strips.n_days):
            row = strips.storage_row[location, day]
            if row >= 0:
                for group in range(board.stored.shape[0]):
                    into[row] += sign * board.stored[group, location, day]
    return 0.0


@kernel_in_any_order
def _gather_ends(strips: Strips, board: Board, into: Floats, sign: float) -> None:
    """Add up arrivals at gates and vehicles of fleets: several lanes share a row."""
    n_days = strips.n_days
    for lane in range(len(strips.lane_to)):
        to, transit = strips.lane_to[lane], strips.lane_transit[lane]
        for day in range(n_days - transit):
            row = strips.throughput_row[to, day + transit]
            if row >= 0:
                into[row] += sign * board.arriving[0, lane, day]
        fleet = strips.lane_fleet[lane]
        if fleet >= 0:
            for day in range(n_days):
                vehicles = board.load[0, lane, day] / strips.lane_payload_t[lane]
                into[strips.fleet_row[fleet, day]] += vehicles
                if day + strips.lane_cycle[lane] < n_days:
                    into[strips.fleet_row[fleet, day + strips.lane_cycle[lane]]] += sign * vehicles


@kernel_in_any_order
def move_limits(
    strips: Strips,
    steps: Steps,
    state: State,
    board: Board,
    row_lower: Floats,
    row_upper: Floats,
    next_weight: float,
    begin: int,
    end: int,
) -> float:
    """Step the prices of all rows after the balances."""
    total = 0.0
    for i in range(strips.n_balance + begin, strips.n_balance + end):
        before, step = state.price[i], steps.row[i]
        after = 0.0
        if step > 0:
            moved = before + step * board.residual[i]
            nearest = min(max(-moved / step, row_lower[i]), row_upper[i])
            after = moved + step * nearest
            total += (after - before) * (after - before) / step
        reflected = 2.0 * after - before
        state.price[i] = next_weight * reflected + (1.0 - next_weight) * state.price_anchor[i]
    return total


def spread_prices(team: Team, strips: Strips, price: Floats, board: Board, sign: float) -> None:
    """Put the prices of shared limits where strips and chains read them; with `sign` 1 their sizes."""
    team.each(_spread_lanes, len(strips.lane_to), strips, price, board, sign)
    team.each(_spread_storage, len(strips.storage_row), strips, price, board, sign)


@kernel_in_any_order
def _spread_lanes(strips: Strips, price: Floats, board: Board, sign: float, begin: int, end: int) -> float:
    n_days = strips.n_days
    for lane in range(begin, end):
        fleet, cycle = strips.lane_fleet[lane], strips.lane_cycle[lane]
        to, transit = strips.lane_to[lane], strips.lane_transit[lane]
        for day in range(n_days):
            row = strips.lane_row[lane, day]
            leave = sign * price[row] if row >= 0 else 0.0
            if fleet >= 0:
                back = price[strips.fleet_row[fleet, day + cycle]] if day + cycle < n_days else 0.0
                leave += (price[strips.fleet_row[fleet, day]] + sign * back) / strips.lane_payload_t[lane]
            board.lane_price[lane, day] = leave
            row = strips.throughput_row[to, day + transit] if day + transit < n_days else -1
            board.arrival_price[lane, day] = sign * price[row] if row >= 0 else 0.0
    return 0.0


@kernel_in_any_order
def _spread_storage(strips: Strips, price: Floats, board: Board, sign: float, begin: int, end: int) -> float:
    for location in range(begin, end):
        for day in range(strips.n_days):
            row = strips.storage_row[location, day]
            board.storage_price[location, day] = sign * price[row] if row >= 0 else 0.0
    return 0.0
