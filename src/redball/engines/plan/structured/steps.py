"""How far each variable and each price steps: scales that follow the iterate.

A step is as large as convergence allows when every variable is measured by its own size and every price by its own.
The sizes are read off the iterate at each restart, but never below a share of a natural scale: an item's mean daily demand,
and what going without a tonne of it costs. The stock that links the days of a chain takes part in a tridiagonal system
instead, which the kernels solve exactly: a shortage next month is felt today, not after thirty iterations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from redball.core.compiled import kernel_in_any_order
from redball.engines.plan.model import LinearModel
from redball.engines.plan.structured.kernels import Board, State, Steps
from redball.engines.plan.structured.limits import gather_limits, spread_prices
from redball.engines.plan.structured.strips import Rest, Singles, Strips
from redball.engines.plan.structured.team import Team
from redball.model.problem import Floats

FLOOR = 0.1
"""Least size, as a share of the natural scale; 0.01 is nearly as good, 1 (no reading of the iterate) takes ten times as long."""
STOCK_STEP = 10.0
"""Steps of stock against those of flows; the exact solve along the chain bears it."""
SHARED_PRICE = 0.1
"""Natural price of a limit that items share, against the price of the items that pass it."""
SPLIT = 2.0
"""Stock is both in its chain and in its storage limit: (a + b)^2 <= 2 a^2 + 2 b^2."""


class Scales(NamedTuple):
    """Natural scales: what a variable and a price are about."""

    item_t: Floats
    """(items,) [t] mean daily demand of one place."""
    rest: Floats
    """(rest variables,)"""
    row: Floats
    """(rows,)"""


def natural_scales(model: LinearModel, strips: Strips, rest: Rest) -> Scales:
    """Read the natural scales off the problem."""
    item_t, item_price = _of_items(model)
    problem, rows = model.problem, model.rows
    some_t, some_price = float(np.median(item_t)), float(np.median(item_price))
    part = model.variables.joined("item")[model.first_variable :]
    of_rest = np.r_[item_t, 1.0][part]
    away = model.variables.slice("away")
    away = slice(away.start - model.first_variable, away.stop - model.first_variable)
    of_rest[away] = np.maximum(0.1 * rest.upper[away], 1e-9)

    price = np.r_[item_price, some_price][rows.joined("item")]
    item = np.repeat(np.arange(problem.n_items), np.diff(strips.item_strip))
    logs = np.log(item_price[item])
    lane_log = _mean(strips.strip_lane, logs, len(strips.lane_to), np.log(some_price))
    into = strips.lane_to[strips.strip_lane]
    place_log = _mean(into, logs, problem.n_locations, np.log(some_price))
    at = rows.families["lane"].at
    price[rows.slice("lane")] = SHARED_PRICE * np.exp(lane_log)[at["lane"]]
    for family in ("throughput", "storage"):
        at = rows.families[family].at
        price[rows.slice(family)] = SHARED_PRICE * np.exp(place_log)[at["location"]]
    payload = problem.fleets.payload_t[rows.families["fleet"].at["fleet"]]
    price[rows.slice("fleet")] = SHARED_PRICE * some_price * payload
    budget = rows.slice("budget")
    for i in range(budget.start, budget.stop):
        of = slice(rest.row_begin[i], rest.row_begin[i + 1])
        paid = of_rest[rest.row_column[of]] > 0
        bought = np.r_[item_price, some_price][part[rest.row_column[of]]]
        price[i] = np.exp(np.mean(np.log(bought / rest.row_value[of])[paid])) if paid.any() else some_price
    return Scales(np.where(item_t > 0, item_t, some_t), of_rest, price)


def _mean(key: np.ndarray, value: Floats, n: int, otherwise: float) -> Floats:
    count = np.bincount(key, minlength=n)
    total = np.bincount(key, value, n)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _of_items(model: LinearModel) -> tuple[Floats, Floats]:
    """Return each item's mean daily demand [t] and its price [weighted shortage-day / t]; the median where none asks."""
    problem, n = model.problem, model.problem.n_items
    rows, needs = problem.consumption, problem.needs
    days = max(problem.n_days / 4.0, 1.0)  # a need stays open for some days, a quarter of all
    used = np.isin(np.arange(n), rows.item)
    only = ~used[needs.item]
    item = np.r_[rows.item, needs.item[only]]
    asked = np.r_[rows.per_day, needs.quantity[only] / days] * problem.item_tonnes[item]
    weight = np.r_[rows.weight, needs.weight[only]]
    item_t = _mean(item, asked, n, np.nan)
    price = np.exp(_mean(item, np.log(weight / asked), n, np.nan))
    known = np.isfinite(item_t)
    if not known.any():
        return np.ones(n), np.ones(n)
    return np.where(known, item_t, np.median(item_t[known])), np.where(known, price, np.median(price[known]))


def set_steps(
    team: Team, strips: Strips, rest: Rest, scales: Scales, state: State, board: Board, into: Steps
) -> None:
    """Write the steps for a descent that starts from the anchors of `state`."""
    price = np.maximum(np.abs(state.price_anchor), FLOOR * scales.row)
    spread_prices(team, strips, price, board, 1.0)
    size = np.maximum(np.abs(state.rest_anchor), FLOOR * scales.rest)
    team.each(_rest_steps, len(size), rest, size, price, strips.n_balance, into.rest)
    sizes = board.residual
    team.each(_rest_sums, len(sizes), rest, size, sizes)
    shared = strips, rest, state, board, price, scales.item_t, into, sizes
    team.each(_item_steps, len(strips.group_begin) - 1, *shared)
    gather_limits(team, strips, board, sizes, 1.0)
    limits = slice(strips.n_balance, None)
    np.divide(price[limits], sizes[limits], out=into.row[limits], where=sizes[limits] > 0)
    into.row[limits][sizes[limits] <= 0] = 0.0
    team.each(_storage_steps, len(strips.storage_row), strips, board, into.row)


@kernel_in_any_order
def _rest_steps(
    rest: Rest, size: Floats, price: Floats, n_balance: int, step: Floats, begin: int, end: int
) -> float:
    for j in range(begin, end):
        total = 0.0
        balance = 0.0
        count = 0
        for k in range(rest.column_begin[j], rest.column_begin[j + 1]):
            row = rest.column_row[k]
            total += abs(rest.column_value[k]) * price[row]
            if row < n_balance:
                balance += price[row]
                count += 1
        if rest.covers[j]:
            step[j] = STOCK_STEP * size[j] * count / balance
        else:
            # what is in no row is moved by its cost alone
            step[j] = size[j] / total if total > 0 else size[j]
    return 0.0


@kernel_in_any_order
def _rest_sums(rest: Rest, size: Floats, sums: Floats, begin: int, end: int) -> float:
    for i in range(begin, end):
        total = 0.0
        for k in range(rest.row_begin[i], rest.row_begin[i + 1]):
            column = rest.row_column[k]
            if not rest.covers[column]:
                total += abs(rest.row_value[k]) * size[column]
        sums[i] = total
    return 0.0


@kernel_in_any_order
def _item_steps(
    strips: Strips,
    rest: Rest,
    state: State,
    board: Board,
    price: Floats,
    item_t: Floats,
    into: Steps,
    sums: Floats,
    begin: int,
    end: int,
) -> float:
    """Write the steps of flows and stocks, and factor the chains."""
    for group in range(begin, end):
        board.load[group] = 0.0
        board.arriving[group] = 0.0
        board.stored[group] = 0.0
        for g in range(strips.group_begin[group], strips.group_begin[group + 1]):
            item = strips.group_item[g]
            least = FLOOR * item_t[item]
            for strip in range(strips.item_strip[item], strips.item_strip[item + 1]):
                _strip_steps(strips, state, board, price, least, into.flow, sums, group, strip)
            for chain in range(strips.item_chain[item], strips.item_chain[item + 1]):
                _chain_steps(strips, rest, state, board, price, least, into, sums, group, chain)
    return 0.0


@kernel_in_any_order
def _strip_steps(
    strips: Strips,
    state: State,
    board: Board,
    price: Floats,
    least: float,
    step: Singles,
    sums: Floats,
    group: int,
    strip: int,
) -> None:
    lane, day, n = strips.strip_lane[strip], strips.strip_day[strip], strips.strip_length[strip]
    begin, arriving = strips.strip_begin[strip], strips.strip_arriving[strip]
    out, to = strips.strip_from[strip], strips.strip_to[strip]
    for k in range(n):
        size = max(abs(state.flow_anchor[begin + k]), least)
        shared = board.lane_price[lane, day + k] + arriving * board.arrival_price[lane, day + k]
        step[begin + k] = size / (price[out + k] + arriving * price[to + k] + shared)
        sums[out + k] += size
        sums[to + k] += arriving * size
        board.load[group, lane, day + k] += size
        board.arriving[group, lane, day + k] += arriving * size


@kernel_in_any_order
def _chain_steps(
    strips: Strips,
    rest: Rest,
    state: State,
    board: Board,
    price: Floats,
    least: float,
    into: Steps,
    sums: Floats,
    group: int,
    chain: int,
) -> None:
    """Factor the chain's system: what flows bring to the diagonal, and the stock between two days."""
    row, n, day = strips.chain_row[chain], strips.chain_length[chain], strips.chain_day[chain]
    location = strips.chain_location[chain]
    link = 0.0
    pivot = 1.0
    for k in range(n):
        i = row + k
        tomorrow = price[i + 1] if k + 1 < n else price[i]
        size = max(abs(state.stock_anchor[i]), least)
        into.stock[i] = STOCK_STEP * 2.0 * size / (price[i] + tomorrow)
        rested = into.stock[i]
        for j in range(rest.row_begin[i], rest.row_begin[i + 1]):
            column = rest.row_column[j]
            if rest.covers[column] and rest.row_value[j] < 0:
                rested += into.rest[column]
        board.stored[group, location, day + k] += rested
        diagonal = sums[i] / price[i] + SPLIT * (rested + link)
        lower = 0.0
        if k > 0:
            lower = -SPLIT * link / pivot
            diagonal += lower * SPLIT * link
        pivot = diagonal
        into.chain_lower[i] = lower
        into.chain_inverse[i] = 1.0 / pivot
        link = rested


@kernel_in_any_order
def _storage_steps(strips: Strips, board: Board, step: Floats, begin: int, end: int) -> float:
    """Set the steps of storage limits: nothing but stock is in them, each once."""
    for location in range(begin, end):
        for day in range(strips.n_days):
            row = strips.storage_row[location, day]
            if row >= 0:
                total = 0.0
                for group in range(board.stored.shape[0]):
                    total += board.stored[group, location, day]
                step[row] = 1.0 / (SPLIT * total) if total > 0 else 0.0
    return 0.0


def steps_of(strips: Strips, rest: Rest, n_rows: int, n_flows: int) -> Steps:
    """Make room for steps."""
    return Steps(
        flow=np.zeros(n_flows, dtype=np.float32),
        stock=np.zeros(strips.n_balance, dtype=np.float32),
        rest=np.zeros(len(rest.cost)),
        row=np.zeros(n_rows),
        chain_inverse=np.zeros(strips.n_balance, dtype=np.float32),
        chain_lower=np.zeros(strips.n_balance, dtype=np.float32),
    )
