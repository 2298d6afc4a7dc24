"""The verb: a scenario goes in, a proven plan comes out."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

import numpy as np

from redball.core.progress import Progress, Silent
from redball.core.version import VERSION
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import LinearModel, assemble
from redball.engines.plan.read import cleaned, read_out
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.solve import SOLVER, Solver
from redball.engines.plan.values import bottlenecks, shortage_cost
from redball.model.build import build
from redball.model.params import PlanParams
from redball.model.problem import Floats
from redball.results.plan import BottleneckSource, Plan, Status, Summary
from redball.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came out of the search."""

    status: Status
    values: Floats
    bound: float
    prices: Floats | None
    shortage_prices: Floats | None
    prices_from: BottleneckSource


def make_plan(scenario: Scenario, params: PlanParams | None = None, progress: Progress | None = None) -> Plan:
    """Find a plan of least cost and prove how good it is (§2-§7, §8.1).

    Parameters
    ----------
    scenario
        A checked scenario.
    params
        Gap, time limit, threads, seed, which pledges count.
    progress
        Who listens, and may ask to stop; the best plan so far is kept.

    Notes
    -----
    Doing nothing is always a plan (§7.5), so there always is one. It is not verified here: ``api.plan`` does that
    with code that shares nothing with this engine.
    """
    params, progress = params or PlanParams(), progress or Silent()
    began = time.perf_counter()
    progress.phase("build")
    model = assemble(build(scenario, params.count_pledges))
    built = time.perf_counter()
    progress.phase("solve", f"{model.n_variables:,} variables, {model.n_rows:,} rows")
    answer = _search(model, params, progress)
    solved = time.perf_counter()
    progress.phase("read")
    values = cleaned(model, answer.values)
    reading = read_out(scenario, model, values)
    tables = dict(reading.tables)
    if answer.prices is not None:
        tables["bottlenecks"] = bottlenecks(scenario, model, answer.prices, answer.shortage_prices)
    objective = sum(reading.cost.values())
    bound = min(answer.bound * model.problem.weights.shortage_day_cost, objective)
    gap = (objective - bound) / max(abs(objective), 1.0)
    summary = Summary(
        status=_status(answer.status, gap, params.gap),
        objective=objective,
        bound=bound,
        gap=gap,
        shortage_days=reading.shortage_days,
        weighted_shortage_days=reading.weighted_shortage_days,
        cost=reading.cost,
        digest=scenario.digest,
        version=VERSION,
        parameters=asdict(params),
        solver=SOLVER,
        seconds={"build": built - began, "solve": solved - built, "read": time.perf_counter() - solved},
        n_variables=model.n_variables,
        n_rows=model.n_rows,
        bottlenecks_from=answer.prices_from,
    )
    return Plan(scenario, summary, tables)


OPTIMAL_GAP = 1e-6
"""A proven gap up to this is the solver's arithmetic, and the plan is called optimal."""


def _status(status: Status, gap: float, asked: float) -> Status:
    if gap <= OPTIMAL_GAP:
        return "optimal"
    return "gap" if gap <= asked else ("stopped" if status in ("optimal", "gap") else status)


def _search(model: LinearModel, params: PlanParams, progress: Progress) -> _Answer:
    """Solve; with whole variables, search first and price the linear program with the decisions fixed."""
    solver = Solver(model, params, progress)
    if not model.whole.any():
        return _linear(model, solver)
    found = solver.search()
    bound = -np.inf if found.bound is None else found.bound
    if found.values is None:
        values = replay(model, local_wish(model))
        return _Answer(found.status, values, max(bound, _no_bound(model)), None, None, "none")
    solver.fix(found.values)
    priced = _linear(model, solver, found.values)
    prices_from: BottleneckSource = "none" if priced.prices is None else "lp with decisions fixed"
    return _Answer(
        found.status,
        priced.values,
        max(bound, _no_bound(model)),
        priced.prices,
        priced.shortage_prices,
        prices_from,
    )


def _linear(model: LinearModel, solver: Solver, fallback: Floats | None = None) -> _Answer:
    solved = solver.linear()
    bound = (
        _no_bound(model) if solved.prices is None else max(dual_bound(model, solved.prices), _no_bound(model))
    )
    if solved.values is None:
        wished = local_wish(model) if solved.wished is None else solved.wished
        values = replay(model, wished) if fallback is None else fallback
        return _Answer(solved.status, values, bound, None, None, "none")
    shortage_prices = solver.prices_of(shortage_cost(model))
    return _Answer(solved.status, solved.values, bound, solved.prices, shortage_prices, "lp")


def _no_bound(model: LinearModel) -> float:
    """Return the bound without any search: everything served from nothing (prices of zero)."""
    return dual_bound(model, np.zeros(model.n_rows))
