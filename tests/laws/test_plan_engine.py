"""What holds for every plan and every price, whatever the scenario."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import scenarios

from redball.core.progress import Silent
from redball.engines.plan import model as model_module
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import LinearModel, assemble
from redball.engines.plan.plan import make_plan
from redball.engines.plan.reach import Reach
from redball.engines.plan.read import cleaned, read_out
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.search import search
from redball.model.build import build
from redball.model.params import PlanParams
from redball.model.problem import Problem
from redball.results.plan import Plan
from redball.results.verify import verify
from redball.scenario.examples import hub_and_spoke
from redball.scenario.scenario import Scenario

LAW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
EXACT = PlanParams(gap=1e-7)


def best_cost(model: LinearModel) -> float:
    answer = search(model, EXACT, Silent())
    return float(model.cost @ answer.values) + model.offset


@LAW
@given(scenarios())
def test_what_is_never_made_could_not_have_mattered(scenario: Scenario) -> None:
    problem = build(scenario)
    pruned = assemble(problem)

    def everything(problem: Problem) -> Reach:
        shape = problem.n_locations, problem.n_items
        return Reach(np.zeros(shape, dtype=np.int64), np.full(shape, problem.n_days - 1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_module, "reach", everything)
        full = assemble(problem)
    assert pruned.n_variables <= full.n_variables
    assert best_cost(pruned) == pytest.approx(best_cost(full), rel=1e-6, abs=1e-6)


@LAW
@given(scenarios(), st.integers(0, 2**32 - 1), st.floats(0.0, 100.0))
def test_any_prices_give_a_bound(scenario: Scenario, seed: int, size: float) -> None:
    model = assemble(build(scenario))
    prices = np.random.default_rng(seed).normal(0.0, size, model.n_rows)
    cost = best_cost(model)
    assert dual_bound(model, prices) <= cost + 1e-6 * max(1.0, abs(cost))


@LAW
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_any_wish_replays_to_a_plan_that_keeps_every_rule(scenario: Scenario, seed: int) -> None:
    model = assemble(build(scenario))
    reach = np.minimum(np.where(np.isfinite(model.upper), model.upper, 100.0), 100.0)
    wishes = [np.random.default_rng(seed).uniform(0.0, 1.0, model.n_variables) * reach, local_wish(model)]
    for wish in wishes:
        assert breaches_of(scenario, model, replay(model, wish)) == []


def breaches_of(scenario: Scenario, model: LinearModel, values: np.ndarray) -> list[str]:
    """Return the rules that values break, read out as a plan."""
    reading = read_out(scenario, model, cleaned(model, values))
    summary = make_plan(scenario).summary
    objective = sum(reading.cost.values())
    claimed = dataclasses.replace(
        summary,
        objective=objective,
        bound=0.0,
        gap=objective / max(objective, 1.0),
        cost=reading.cost,
        shortage_days=reading.shortage_days,
        weighted_shortage_days=reading.weighted_shortage_days,
    )
    return [str(breach) for breach in verify(Plan(scenario, claimed, reading.tables))]


LIMITS = {
    "pledge": ("pledges", "pledge", "quantity"),
    "offer": ("offers", "offer", "quantity_max"),
    "budget": ("budgets", "budget", "amount"),
    "lane": ("lanes", "lane", "capacity_t_per_day"),
    "throughput": ("locations", "location", "throughput_t_per_day"),
    "storage": ("locations", "location", "storage_t"),
    "fleet": ("fleets", "fleet", "vehicles"),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_limit_is_worth_more_than_its_value_says(seed: int) -> None:
    # a value is a slope of a convex function: raising the limit gains at most the slope times the raise
    scenario = hub_and_spoke(seed, 14, 30, 3, 20)
    plan = make_plan(scenario, EXACT)
    values = plan.bottlenecks.group_by("limit", "name").agg(pl.col("value_per_unit").sum())
    some = (
        values.sort("value_per_unit", "name", descending=True).group_by("limit", maintain_order=True).head(2)
    )
    kinds = set()
    for limit, name, value in some.filter(pl.col("limit").is_in(list(LIMITS))).iter_rows():
        table, key, column = LIMITS[limit]
        frame = scenario.tables[table]
        more = 0.05 * frame.filter(pl.col(key) == name)[column].item()
        raised = pl.when(pl.col(key) == name).then(pl.col(column) + more).otherwise(pl.col(column))
        tables = {**scenario.tables, table: frame.with_columns(raised.alias(column))}
        gained = (
            plan.summary.objective - make_plan(Scenario(scenario.settings, tables), EXACT).summary.objective
        )
        slack = 1e-6 * max(plan.summary.objective, 1.0)
        assert -slack <= gained <= more * value + slack, (limit, name)
        kinds.add(limit)
    assert kinds


@LAW
@given(scenarios())
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(scenario: Scenario) -> None:
    one, two = (make_plan(scenario, PlanParams(threads=threads)) for threads in (1, 2))
    for name, table in one.tables.items():
        assert table.write_csv() == two.tables[name].write_csv(), name


@LAW
@given(scenarios())
def test_the_proven_gap_is_closed(scenario: Scenario) -> None:
    plan = make_plan(scenario, EXACT)
    assert plan.summary.status == "optimal"
    assert 0.0 <= plan.summary.gap <= 1e-6
