"""The descent: restarted, reflected Halpern steps on plan and prices together.

See Chen, Sun, Yuan, Zhang and Zhao, HPR-LP: an implementation of an HPR method for solving linear programming (2024), and
Lu and Yang, Restarted Halpern PDHG for linear programming (2024), for the iteration and its restarts; the step sizes are
our own (`steps`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.engines.plan.model import LinearModel, implied_upper
from redball.engines.plan.structured.kernels import (
    State,
    anchor_flows,
    begin_residual,
    board_of,
    move_items,
    move_rest,
)
from redball.engines.plan.structured.limits import gather_limits, move_limits, spread_prices
from redball.engines.plan.structured.prices import bound_of, consistent, reduced_costs
from redball.engines.plan.structured.steps import natural_scales, set_steps, steps_of
from redball.engines.plan.structured.strips import Reals, rest_of, strips_of, tonnes
from redball.engines.plan.structured.team import Team
from redball.model.problem import Floats, Ints

CHECK_EVERY = 50
"""Iterations between two looks at whether to restart."""
DUST_SHARE = 1e-5
"""Flows under this share of an item's mean daily demand of a place are noise: a shipment of grams helps nobody."""
RESTART_SURE, RESTART_LIKELY, RESTART_LONG = 0.2, 0.8, 0.2
"""Restart where the step has shrunk to this share; where it has shrunk to that one and grows again; where a run is this
share of all iterations."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin instead of at nothing."""

    values: Floats
    """(variables,) of a plan, in the model's units; it may break limits."""
    prices: Floats
    """(rows,) [weighted shortage-day / row unit]"""


class Descent:
    """One descent: `run` goes on from where it is."""

    def __init__(self, model: LinearModel, team: Team, start: Start | None = None) -> None:
        self.model, self.team = model, team
        self.column_t, self.row_t = tonnes(model)
        self.strips = strips_of(model)
        self.rest = rest_of(model, self.column_t, self.row_t)
        self.row_lower, self.row_upper = model.row_lower * self.row_t, model.row_upper * self.row_t
        n_rows, n_flows = model.n_rows, len(model.variables.families["flow"])
        stock = model.variables.slice("stock")
        self.lower = model.lower[stock] * self.column_t[stock]
        most = implied_upper(model)[: model.first_variable] * self.column_t[: model.first_variable]
        self.most = most[: stock.start][self._flow_positions()], most[stock]
        self.board = board_of(self.strips, n_rows)
        self.scales = natural_scales(model, self.strips, self.rest)
        self.steps = steps_of(self.strips, self.rest, n_rows, n_flows)
        single = np.float32
        nothing, none_due = np.zeros(n_rows), np.clip(0.0, self.rest.lower, self.rest.upper)
        self.state = State(
            flow=np.zeros(n_flows, dtype=single),
            flow_anchor=np.zeros(n_flows, dtype=single),
            stock=self.lower.astype(single),
            stock_anchor=self.lower.astype(single),
            rest=none_due,
            rest_anchor=none_due.copy(),
            price=nothing,
            price_anchor=nothing.copy(),
            idle=np.zeros(len(self.strips.strip_length), dtype=np.bool_),
        )
        if start is not None:
            self._place(start)
        self._anchor_flows(0.0)
        self.iterations = 0
        self._begin()

    def _place(self, start: Start) -> None:
        """Put the anchors where another plan and its prices are."""
        values, first = start.values * self.column_t, self.model.first_variable
        n_flows = len(self.state.flow)
        self.state.flow_anchor[:] = values[self._flow_positions()]
        self.state.stock_anchor[:] = np.maximum(values[n_flows:first], self.lower)
        self.state.rest_anchor[:] = np.clip(values[first:], self.rest.lower, self.rest.upper)
        self.state.price_anchor[:] = start.prices / self.row_t

    def _flow_positions(self) -> Ints:
        """Return (flows,) where the flows of this layout lie in the model."""
        strips = self.strips
        offset = np.repeat(strips.strip_position - strips.strip_begin, strips.strip_length)
        return np.asarray(offset + np.arange(len(offset)))

    def _begin(self) -> None:
        """Begin a run at the anchor, with steps that fit it."""
        set_steps(self.team, self.strips, self.rest, self.scales, self.state, self.board, self.steps)
        np.copyto(self.state.price, self.state.price_anchor)
        self.age, self.first, self.last = 0, np.inf, np.inf

    def _restart(self) -> None:
        """Take the iterate for the new anchor."""
        weight = self.age / (self.age + 1.0)
        state = self.state
        self._anchor_flows(weight)
        state.stock_anchor[:] += weight * (state.stock - state.stock_anchor)
        state.rest_anchor[:] += weight * (state.rest - state.rest_anchor)
        np.copyto(state.price_anchor, state.price)
        self._begin()

    def _anchor_flows(self, weight: float) -> None:
        least = DUST_SHARE * self.scales.item_t
        self.team.each(anchor_flows, len(least), self.strips, self.state, least, weight)

    def run(self, n: int) -> None:
        """Make `n` iterations."""
        for _ in range(n):
            self.iterations += 1
            self._iterate(self.iterations % CHECK_EVERY == 0)

    def _iterate(self, measured: bool) -> None:
        weight, next_weight = self.age / (self.age + 1.0), (self.age + 1.0) / (self.age + 2.0)
        team, strips, state, board, steps = self.team, self.strips, self.state, self.board, self.steps
        spread_prices(team, strips, state.price, board, -1.0)
        size = team.each(move_rest, len(self.rest.cost), self.rest, steps, state, weight)
        team.each(begin_residual, len(board.residual), self.rest, state, board)
        size += team.each(
            move_items,
            len(strips.group_begin) - 1,
            strips,
            steps,
            state,
            board,
            self.row_lower,
            self.lower,
            weight,
            next_weight,
        )
        gather_limits(team, strips, board, board.residual, -1.0)
        sides = self.row_lower, self.row_upper
        n_limits = len(board.residual) - strips.n_balance
        size += team.each(move_limits, n_limits, strips, steps, state, board, *sides, next_weight)
        self.age += 1
        if measured:
            self._look(float(np.sqrt(size)))

    def _look(self, size: float) -> None:
        grows, self.last = size > self.last, size
        if not np.isfinite(self.first):
            self.first = size
        elif (
            size <= RESTART_SURE * self.first
            or (grows and size <= RESTART_LIKELY * self.first)
            or self.age >= RESTART_LONG * self.iterations
        ):
            self._restart()

    def _flows_of_items(self) -> Ints:
        """Return (items,) how many flows each has; they lie one item after the other."""
        ends = np.r_[0, np.cumsum(self.strips.strip_length)][self.strips.item_strip]
        return np.asarray(np.diff(ends))

    def wish(self) -> Floats:
        """Return (variables,) the iterate in the model's order and units; it breaks limits a little."""
        weight, state = self.age / (self.age + 1.0), self.state

        def mixed(here: Reals, anchor: Reals) -> Floats:
            return np.asarray(weight * here + (1.0 - weight) * anchor, dtype=np.float64)

        flow = mixed(state.flow, state.flow_anchor)
        least = np.repeat(self.scales.item_t, self._flows_of_items()) * DUST_SHARE
        flow[flow < least] = 0.0
        others = mixed(state.stock, state.stock_anchor), mixed(state.rest, state.rest_anchor)
        return np.asarray(np.maximum(self._joined(flow, *others), 0.0) / self.column_t)

    def bound(self) -> tuple[float, Floats]:
        """Return the bound that the prices prove once they are consistent, and these prices in the model's units."""
        price = consistent(self.team, self.model, self.strips, self.rest, self.state.price, self.board)
        sides = self.row_lower, self.row_upper
        shared = self.team, self.model, self.strips, self.rest, self.lower, self.most
        return bound_of(*shared, sides, price, self.board), price * self.row_t

    def reduced(self, prices: Floats) -> Floats:
        """Return (variables,) the reduced costs at prices, all in the model's units."""
        price = prices / self.row_t
        parts = reduced_costs(self.team, self.strips, self.rest, price, self.board)
        return self._joined(*parts) * self.column_t

    def _joined(self, flow: Floats, stock: Floats, rest: Floats) -> Floats:
        """Return (variables,) the parts in the model's order."""
        values = np.empty(self.model.n_variables)
        values[self._flow_positions()] = flow
        values[len(flow) : self.model.first_variable] = stock
        values[self.model.first_variable :] = rest
        return values
