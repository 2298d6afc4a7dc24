"""How a plan is found: one linear program, then as few whole numbers as can be.

The linear program carries nearly all of the answer and gives a bound proven by arithmetic. Whole units and decisions
are then searched with everything else held as the linear program has it, and last everything else is planned anew
around them. Only when the gap is still wider than asked does the search over the whole model begin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from redball.core.progress import Progress
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import LinearModel
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.solve import Solved, Solver
from redball.engines.plan.values import shortage_cost
from redball.model.params import PlanParams
from redball.model.problem import Flags, Floats
from redball.results.plan import BottleneckSource, Status

WHOLE_TOLERANCE = 1e-6
"""How far from whole a value may be and still be taken for it."""

NO_BOUND = 0.0
"""The bound without any search: no part of the objective is ever negative (§7.4)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out of the search."""

    status: Status
    values: Floats
    bound: float
    """[weighted shortage-day]"""
    prices: Floats | None = None
    shortage_prices: Floats | None = None
    prices_from: BottleneckSource = "none"


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
    best = _around(model, solver, relaxed.values, bound)
    for _ in range(1):
        if _gap(model, best.values, bound) <= max(params.gap, OPTIMAL) or best.status in (
            "time limit",
            "stopped",
        ):
            break
        solver.bounds(model.lower, model.upper)
        found = solver.search(start=best.values)
        bound = max(bound, found.bound or NO_BOUND)
        if found.values is not None and _cost(model, found.values) < _cost(model, best.values):
            best = _fixed(model, solver, found.values, bound)
        best = replace(best, bound=bound, status=found.status)
    return best


OPTIMAL = 1e-9
"""Gap at which nothing is left to search for."""


def _around(model: LinearModel, solver: Solver, values: Floats, bound: float) -> Answer:
    """Find whole numbers near the linear program's answer, and plan the rest around them."""
    parts = np.abs(values - np.rint(values)) > WHOLE_TOLERANCE
    if not (parts & model.whole).any():
        return _fixed(model, solver, values, bound)
    free = _free_for_search(model)
    solver.bounds(np.where(free, model.lower, values), np.where(free, model.upper, values))
    found = solver.search()
    if found.values is None:
        return Answer(found.status, replay(model, values), bound)
    fixed = _fixed(model, solver, found.values, bound)
    return replace(fixed, status=found.status) if fixed.prices is None else fixed


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
    assert solved.values is not None
    shortage_prices = solver.prices_of(shortage_cost(model))
    return Answer(solved.status, solved.values, bound, solved.prices, shortage_prices, prices_from)


def _free_for_search(model: LinearModel) -> Flags:
    """Return (variables,) what may change while whole numbers are searched.

    Whole items, decisions and vehicles, and every item that a recipe ties to a whole one.
    """
    problem, made = model.problem, model.problem.production
    tied = problem.item_whole.copy()
    while True:
        before = tied.copy()
        output = made.item[made.recipe_line]
        either = tied[output] | tied[made.recipe_item]
        tied[output[either]] = True
        tied[made.recipe_item[either]] = True
        if np.array_equal(before, tied):
            break
    decided = np.zeros(problem.n_items, dtype=np.bool_)
    decided[made.item[made.decide]] = True
    decided[problem.offers.item[problem.offers.order_min > 0]] = True
    item = model.variables.joined("item")
    free: Flags = np.r_[tied | decided, True][item]
    return free


def _cost(model: LinearModel, values: Floats) -> float:
    return float(model.cost @ values) + model.offset


def _gap(model: LinearModel, values: Floats, bound: float) -> float:
    cost = _cost(model, values)
    return (cost - bound) / max(abs(cost), 1e-12)
