"""From any prices to a proven bound: first make them consistent, then add up.

A tonne is worth, where it is tonight, at least what it is worth there tomorrow, and at least what it is worth where a
lane takes it, less the way. One pass backwards over the days raises every price that says less. With such prices no flow
and no stock can lower the Lagrangian, and what is left has finite bounds: the sum is a lower bound of the objective.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel_in_any_order
from redball.engines.plan.model import LinearModel
from redball.engines.plan.structured.kernels import Board
from redball.engines.plan.structured.limits import spread_prices
from redball.engines.plan.structured.strips import Rest, Strips
from redball.engines.plan.structured.team import Team
from redball.model.problem import Floats

TOTALS = ("pledge", "need", "offer")
"""Rows that sum one thing over days: given the prices of the days, the best price of the sum is known."""


def consistent(
    team: Team, model: LinearModel, strips: Strips, rest: Rest, price: Floats, board: Board
) -> Floats:
    """Return (rows,) prices near the given ones under which no flow and no stock gains anything."""
    price = np.where(np.isfinite(model.row_lower), price, np.minimum(price, 0.0))
    price = np.where(np.isfinite(model.row_upper), price, np.maximum(price, 0.0))
    spread_prices(team, strips, price, board, -1.0)
    team.each(_raise, len(strips.item_chain) - 1, strips, price, board)
    for family in TOTALS:
        part = model.rows.slice(family)
        price[part] = 0.0
        _settle(rest, price, part.start, part.stop)
    return price


@kernel_in_any_order
def _raise(strips: Strips, price: Floats, board: Board, begin: int, end: int) -> float:
    for item in range(begin, end):
        for day in range(strips.n_days - 1, -1, -1):
            for chain in range(strips.item_chain[item], strips.item_chain[item + 1]):
                k = day - strips.chain_day[chain]
                if 0 <= k < strips.chain_length[chain]:
                    i = strips.chain_row[chain] + k
                    tomorrow = price[i + 1] if k + 1 < strips.chain_length[chain] else 0.0
                    least = tomorrow - board.storage_price[strips.chain_location[chain], day]
                    price[i] = max(price[i], least)
            for strip in range(strips.item_strip[item], strips.item_strip[item + 1]):
                k = day - strips.strip_day[strip]
                if 0 <= k < strips.strip_length[strip]:
                    lane = strips.strip_lane[strip]
                    there = price[strips.strip_to[strip] + k] - board.arrival_price[lane, day]
                    way = strips.strip_cost[strip] + board.lane_price[lane, day]
                    i = strips.strip_from[strip] + k
                    price[i] = max(price[i], strips.strip_arriving[strip] * there - way)
    return 0.0


@kernel_in_any_order
def _settle(rest: Rest, price: Floats, first_row: int, end_row: int) -> None:
    """Set the price of a sum to the best that one of its days gains, so that none gains more."""
    for i in range(first_row, end_row):
        least = 0.0
        for k in range(rest.row_begin[i], rest.row_begin[i + 1]):
            if rest.row_value[k] > 0:
                least = min(least, _reduced(rest, price, rest.row_column[k]) / rest.row_value[k])
        price[i] = least


@kernel_in_any_order
def _reduced(rest: Rest, price: Floats, column: int) -> float:
    total = float(rest.cost[column])
    for k in range(rest.column_begin[column], rest.column_begin[column + 1]):
        total -= rest.column_value[k] * price[rest.column_row[k]]
    return total


@kernel_in_any_order
def _reduced_rest(rest: Rest, price: Floats, into: Floats, begin: int, end: int) -> float:
    for j in range(begin, end):
        into[j] = _reduced(rest, price, j)
    return 0.0


@kernel_in_any_order
def _reduced_items(
    strips: Strips, price: Floats, board: Board, flow: Floats, stock: Floats, begin: int, end: int
) -> float:
    for item in range(begin, end):
        for strip in range(strips.item_strip[item], strips.item_strip[item + 1]):
            lane, day, begin = strips.strip_lane[strip], strips.strip_day[strip], strips.strip_begin[strip]
            out, into = strips.strip_from[strip], strips.strip_to[strip]
            for k in range(strips.strip_length[strip]):
                there = price[into + k] - board.arrival_price[lane, day + k]
                way = strips.strip_cost[strip] + board.lane_price[lane, day + k]
                flow[begin + k] = way + price[out + k] - strips.strip_arriving[strip] * there
        for chain in range(strips.item_chain[item], strips.item_chain[item + 1]):
            row, n = strips.chain_row[chain], strips.chain_length[chain]
            location, day = strips.chain_location[chain], strips.chain_day[chain]
            for k in range(n):
                tomorrow = price[row + k + 1] if k + 1 < n else 0.0
                stock[row + k] = price[row + k] - tomorrow + board.storage_price[location, day + k]
    return 0.0


def reduced_costs(
    team: Team, strips: Strips, rest: Rest, price: Floats, board: Board
) -> tuple[Floats, Floats, Floats]:
    """Return what one more tonne of every flow, stock and rest variable costs at these prices."""
    flow, stock = np.empty(int(strips.strip_length.sum())), np.empty(strips.n_balance)
    others = np.empty(len(rest.cost))
    spread_prices(team, strips, price, board, -1.0)
    team.each(_reduced_items, len(strips.item_chain) - 1, strips, price, board, flow, stock)
    team.each(_reduced_rest, len(others), rest, price, others)
    return flow, stock, others


def bound_of(
    team: Team,
    model: LinearModel,
    strips: Strips,
    rest: Rest,
    lower: Floats,
    most: tuple[Floats, Floats],
    row_side: tuple[Floats, Floats],
    price: Floats,
    board: Board,
) -> float:
    """Return the lower bound of the objective that these prices prove, in weighted shortage-days.

    Parameters
    ----------
    lower
        (balance rows,) [t] least stock.
    most
        (flows,) and (balance rows,) [t] finite upper bounds that every plan respects.
    row_side
        (rows,) lower and upper side of every row, in tonnes.
    price
        (rows,) [weighted shortage-day / t] any prices; signs that no row allows count as 0.
    """
    price = np.where(np.isfinite(row_side[0]), price, np.minimum(price, 0.0))
    price = np.where(np.isfinite(row_side[1]), price, np.maximum(price, 0.0))
    flow, stock, others = reduced_costs(team, strips, rest, price, board)
    side = np.where(price > 0, row_side[0], row_side[1])
    return float(
        model.offset
        + np.sum(price * np.where(price == 0, 0.0, side))
        + np.sum(np.minimum(flow, 0.0) * most[0])
        + np.sum(np.where(stock > 0, lower, most[1]) * stock)
        + np.sum(np.where(others > 0, rest.lower, rest.most) * others)
    )
