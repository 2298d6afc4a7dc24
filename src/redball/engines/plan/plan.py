"""The verb: a scenario goes in, a proven plan comes out."""

from __future__ import annotations

import time
from dataclasses import asdict

from redball.core.progress import Progress, Silent
from redball.core.version import VERSION
from redball.engines.plan.model import assemble
from redball.engines.plan.reach import reach
from redball.engines.plan.read import cleaned, read_out
from redball.engines.plan.search import search
from redball.engines.plan.solve import SOLVER
from redball.engines.plan.structured.start import prices_table, start_from
from redball.engines.plan.structured.structured import descend
from redball.engines.plan.values import bottlenecks
from redball.engines.plan.variables import make_variables
from redball.model.build import build
from redball.model.params import PlanParams
from redball.results.plan import Plan, Status, Summary
from redball.scenario.scenario import Scenario


def make_plan(
    scenario: Scenario,
    params: PlanParams | None = None,
    progress: Progress | None = None,
    start: Plan | None = None,
) -> Plan:
    """Find a plan of least cost and prove how good it is (§2-§7, §8.1).

    Parameters
    ----------
    scenario
        A checked scenario.
    params
        Gap, time limit, threads, seed, which pledges count.
    progress
        Who listens, and may ask to stop; the best plan so far is kept.
    start
        An earlier plan of nearly the same scenario for the structured engine to begin from.

    Notes
    -----
    Doing nothing is always a plan (§7.5), so there always is one. It is not verified here: ``api.plan`` does that
    with code that shares nothing with this engine.
    """
    params, progress = params or PlanParams(), progress or Silent()
    began = time.perf_counter()
    progress.phase("build")
    problem = build(scenario, params.count_pledges)
    variables = make_variables(problem, reach(problem))
    structured = uses_structured(params, len(variables))
    model = assemble(problem, "cover" if structured else "flow", variables)
    built = time.perf_counter()
    progress.phase("solve", f"{model.n_variables:,} variables, {model.n_rows:,} rows")
    if structured:
        place = None if start is None else start_from(scenario, model, start)
        answer = descend(model, params, progress, place)
    else:
        answer = search(model, params, progress)
    solved = time.perf_counter()
    progress.phase("read")
    values = cleaned(model, answer.values)
    reading = read_out(scenario, model, values)
    tables = {**reading.tables, "bottlenecks": bottlenecks(scenario, model, answer)}
    if structured and answer.prices is not None:
        tables["prices"] = prices_table(scenario, model, answer.prices)
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
        solver=STRUCTURED if structured else SOLVER,
        seconds={"build": built - began, "solve": solved - built, "read": time.perf_counter() - solved},
        n_variables=model.n_variables,
        n_rows=model.n_rows,
        bottlenecks_from=answer.prices_from,
    )
    return Plan(scenario, summary, tables)


EXACT_VARIABLES = 150_000
"""Up to so many variables HiGHS is the faster way (docs/design/decisions/0012-plan-at-scale.md)."""

STRUCTURED = f"Redball {VERSION} structured"


def uses_structured(params: PlanParams, n_variables: int) -> bool:
    """Return whether a model of this size goes to the structured engine."""
    return params.method == "structured" or (params.method == "auto" and n_variables > EXACT_VARIABLES)


OPTIMAL_GAP = 1e-6
"""A proven gap up to this is the solver's arithmetic, and the plan is called optimal."""


def _status(status: Status, gap: float, asked: float) -> Status:
    if gap <= OPTIMAL_GAP:
        return "optimal"
    return "gap" if gap <= asked else ("stopped" if status in ("optimal", "gap") else status)
