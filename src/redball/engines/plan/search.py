"""How a plan is found: one linear program, then as few whole numbers as can be.

The linear program carries nearly all of the answer and gives a bound proven by arithmetic. Its parts of units become
whole ones by replaying it day by day, and everything else is planned anew around them. Only when the gap is still wider
than asked does the search over the whole model begin, from that plan.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from redball.core.progress import Progress
from redball.engines.plan.answer import NO_BOUND, Answer, cost_of, gap_between
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import LinearModel
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.solve import Solved, Solver
from redball.engines.plan.values import shortage_cost
from redball.model.params import PlanParams
from redball.model.problem import Floats
from redball.results.plan import BottleneckSource

NEARLY_WHOLE = 1e-6
"""How far from whole a value may be and still be taken for it."""


def search(model: LinearModel, params: PlanParams, progress: Progress) -> Answer:
    """Find the best plan within the limits that `params` and `progress` set."""
    solver = Solver(model, params, progress)
    relaxed = solver.linear()
    bound = NO_BOUND if relaxed.prices is None else max(dual_bound(model, relaxed.prices), NO_BOUND)
    if relaxed.values is None:
        wish = local_wish(model) if relaxed.wished is None else relaxed.wished
        return Answer(relaxed.status, replay(model, wish), bound)
    if not model.whole.any():
        return _priced(model, solver, relaxed, bound, "lp")
    best = _rounded(model, solver, relaxed.values, bound)
    if best.status != "optimal" or gap_between(cost_of(model, best.values), bound) <= params.gap:
        return best
    solver.bounds(model.lower, model.upper)
    found = solver.search(start=best.values)
    bound = max(bound, found.bound or NO_BOUND)
    if found.values is not None and cost_of(model, found.values) < cost_of(model, best.values):
        best = _fixed(model, solver, found.values, bound)
    return replace(best, bound=bound, status=found.status)


def _rounded(model: LinearModel, solver: Solver, values: Floats, bound: float) -> Answer:
    """Make whole units of the linear program's parts, and plan the rest around them."""
    parts = np.abs(values - np.rint(values)) > NEARLY_WHOLE
    whole = replay(model, values) if (parts & model.whole).any() else values
    return _fixed(model, solver, whole, bound)


def _fixed(model: LinearModel, solver: Solver, values: Floats, bound: float) -> Answer:
    """Fix the whole variables at their values and plan the rest anew."""
    values = np.where(model.whole, np.rint(values), values)
    solver.bounds(np.where(model.whole, values, model.lower), np.where(model.whole, values, model.upper))
    solved = solver.linear()
    if solved.values is None:
        return Answer(solved.status, values, bound)
    return _priced(model, solver, solved, bound, "lp with decisions fixed")


def _priced(
    model: LinearModel, solver: Solver, solved: Solved, bound: float, prices_from: BottleneckSource
) -> Answer:
    assert solved.values is not None and solved.prices is not None
    shortage = shortage_cost(model)
    shortage_prices = solver.prices_of(shortage)
    return Answer(
        solved.status,
        solved.values,
        bound,
        solved.prices,
        model.cost - model.matrix.T @ solved.prices,
        None if shortage_prices is None else shortage - model.matrix.T @ shortage_prices,
        shortage_prices,
        prices_from,
    )
