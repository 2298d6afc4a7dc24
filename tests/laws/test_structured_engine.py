"""What holds for the structured engine: it knows the matrix by heart, its bounds are proven, it agrees with HiGHS."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from tests.strategies import scenarios

from redball import api
from redball.core.progress import Silent
from redball.engines.plan.answer import cost_of
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import LinearModel, assemble
from redball.engines.plan.plan import make_plan
from redball.engines.plan.search import search
from redball.engines.plan.structured.descent import Descent, Start
from redball.engines.plan.structured.kernels import begin_residual, move_items, move_rest
from redball.engines.plan.structured.limits import gather_limits, spread_prices
from redball.engines.plan.structured.prices import bound_of, reduced_costs
from redball.engines.plan.structured.structured import descend
from redball.engines.plan.structured.team import Team
from redball.model.build import build
from redball.model.params import PlanParams
from redball.scenario.examples import hub_and_spoke
from redball.scenario.scenario import Scenario

slow_data = [HealthCheck.too_slow, HealthCheck.data_too_large]
LAW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=slow_data)
seeds = st.integers(0, 2**32 - 1)


def two_models(scenario: Scenario) -> tuple[LinearModel, LinearModel, Descent]:
    """Return the model with its whole matrix, the same for loops, and a descent on it."""
    problem = build(scenario)
    laid_out = assemble(problem, "cover")
    return assemble(problem), laid_out, Descent(laid_out, Team(1))


def in_tonnes(model: LinearModel, descent: Descent) -> sparse.csr_array:
    rows, columns = sparse.diags_array(descent.row_t), sparse.diags_array(1.0 / descent.column_t)
    return (rows @ model.matrix @ columns).tocsr()


@LAW
@given(scenarios(), seeds)
def test_the_loops_add_up_columns_as_the_matrix_does(scenario: Scenario, seed: int) -> None:
    model, _, descent = two_models(scenario)
    prices = np.random.default_rng(seed).normal(0.0, 1.0, model.n_rows)
    parts = reduced_costs(descent.team, descent.strips, descent.rest, prices, descent.board)
    expected = model.cost / descent.column_t - in_tonnes(model, descent).T @ prices
    assert descent._joined(*parts) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@LAW
@given(scenarios(), seeds)
def test_the_loops_add_up_rows_as_the_matrix_does(scenario: Scenario, seed: int) -> None:
    model, laid_out, descent = two_models(scenario)
    values = np.random.default_rng(seed).uniform(1.0, 2.0, model.n_variables)
    values = np.maximum(values, model.lower * descent.column_t)
    first, n_flows = laid_out.first_variable, len(descent.state.flow)
    rest = np.clip(values[first:], descent.rest.lower, descent.rest.upper)
    values[first:] = rest
    for into, part in (
        ((descent.state.flow, descent.state.flow_anchor), values[descent._flow_positions()]),
        ((descent.state.stock, descent.state.stock_anchor), values[n_flows:first]),
        ((descent.state.rest, descent.state.rest_anchor), rest),
    ):
        for array in into:
            array[:] = part
    for steps in descent.steps:
        steps[:] = 1e-300  # nothing moves: a step only adds up
    descent.steps.chain_lower[:] = 0.0
    descent.state.idle[:] = False
    team, strips, board = descent.team, descent.strips, descent.board
    spread_prices(team, strips, descent.state.price, board, -1.0)
    team.each(move_rest, len(rest), descent.rest, descent.steps, descent.state, 0.5)
    team.each(begin_residual, len(board.residual), descent.rest, descent.state, board)
    shared = strips, descent.steps, descent.state, board, descent.row_lower, descent.lower
    team.each(move_items, len(strips.group_begin) - 1, *shared, 0.5, 0.5)
    gather_limits(team, strips, board, board.residual, -1.0)
    board.residual[: strips.n_balance] -= descent.row_lower[: strips.n_balance]
    # flows and stocks are in single precision
    size = np.abs(in_tonnes(model, descent)) @ values
    assert -board.residual == pytest.approx(
        in_tonnes(model, descent) @ values, abs=1e-6 * (1 + size.max(initial=0))
    )


@LAW
@given(scenarios(), seeds, st.floats(0.0, 100.0))
def test_its_bound_is_the_bound_by_the_matrix(scenario: Scenario, seed: int, size: float) -> None:
    model, laid_out, descent = two_models(scenario)
    prices = np.random.default_rng(seed).normal(0.0, size, model.n_rows)
    shared = descent.team, laid_out, descent.strips, descent.rest, descent.lower, descent.most
    sides = descent.row_lower, descent.row_upper
    proven = bound_of(*shared, sides, prices / descent.row_t, descent.board)
    assert proven == pytest.approx(dual_bound(model, prices), rel=1e-9, abs=1e-9)
    descent.state.price[:] = prices
    repaired, consistent = descent.bound()
    assert repaired == pytest.approx(dual_bound(model, consistent), rel=1e-9, abs=1e-7)
    # no flow and no stock gains anything at consistent prices
    until = laid_out.first_variable
    assert (descent.reduced(consistent)[:until] > -1e-9 * (1.0 + size)).all()


@settings(LAW, max_examples=120)
@given(scenarios())
def test_it_agrees_with_the_exact_engine_within_both_gaps(scenario: Scenario) -> None:
    agrees(scenario)


@pytest.mark.slow
@settings(LAW, max_examples=600, derandomize=False)
@given(scenarios(max_days=14, max_locations=6))
def test_it_agrees_on_hundreds_of_scenarios(scenario: Scenario) -> None:
    agrees(scenario)


def agrees(scenario: Scenario) -> None:
    """Each engine's bound lies under the other's plan, and its plan is as good as its gap says."""
    model, laid_out, _ = two_models(scenario)
    exact = search(model, PlanParams(gap=1e-7), Silent())
    answer = descend(laid_out, PlanParams(gap=0.02, threads=1), Silent())
    cost, best = cost_of(laid_out, answer.values), cost_of(model, exact.values)
    slack = 1e-6 * max(1.0, abs(best))
    assert answer.bound <= best + slack
    assert exact.bound <= cost + slack
    if answer.prices is not None:
        assert answer.bound == pytest.approx(max(dual_bound(model, answer.prices), 0.0), rel=1e-9, abs=1e-7)
    if answer.status == "gap":
        assert cost <= best * (1.0 + 0.02 / 0.98) + slack


@LAW
@given(scenarios())
def test_its_plans_keep_every_rule(scenario: Scenario) -> None:
    plan = api.plan(scenario, method="structured", gap=0.05)  # verified before it is returned
    assert plan.summary.bound <= plan.summary.objective
    assert plan.summary.solver.startswith("Redball")


@pytest.fixture(scope="module")
def network() -> Scenario:
    return hub_and_spoke(seed=3, locations=20, lanes=45, items=4, days=40)


def test_the_gap_closes_on_a_network_that_binds(network: Scenario) -> None:
    exact = make_plan(network, PlanParams(gap=1e-6, method="exact"))
    plan = make_plan(network, PlanParams(gap=0.002, method="structured"))
    assert plan.summary.status == "gap"
    assert plan.summary.bound <= exact.summary.objective * (1 + 1e-9)
    assert exact.summary.objective <= plan.summary.objective * (1 + 1e-6)
    assert plan.summary.objective <= exact.summary.objective * 1.0021


def test_the_same_bytes_on_any_number_of_threads(network: Scenario) -> None:
    plans = [make_plan(network, PlanParams(gap=0.02, method="structured", threads=n)) for n in (1, 2, 3, 2)]
    for plan in plans[1:]:
        assert plan.summary.bound == plans[0].summary.bound
        for name, table in plans[0].tables.items():
            assert table.equals(plan.tables[name]), name


class Impatient(Silent):
    """Asks to stop once a bound is proven."""

    bound = 0.0

    def gap(self, seconds: float, best: float, bound: float) -> None:
        assert best < np.inf  # there is a plan from the first report on
        assert bound >= self.bound  # which only gets better
        self.bound = bound

    @property
    def stopped(self) -> bool:  # type: ignore[override]
        return self.bound > 0


def test_it_stops_when_asked_and_keeps_the_best(network: Scenario) -> None:
    plan = make_plan(network, PlanParams(gap=0.0, method="structured"), Impatient())
    assert plan.summary.status == "stopped"
    assert 0 < plan.summary.gap < 1
    limited = make_plan(network, PlanParams(gap=0.0, method="structured", time_limit=1e-9))
    assert limited.summary.status == "time limit"
    assert limited.tables["served"].height > 0


def test_values_bound_what_one_more_unit_can_gain(network: Scenario) -> None:
    """Prices that prove a bound prove what any change of a limit can gain: no more than its value and the gap."""
    plan = make_plan(network, PlanParams(gap=0.001, method="structured"))
    assert plan.summary.bottlenecks_from == "multipliers"
    lanes = plan.bottlenecks.filter(plan.bottlenecks["limit"] == "lane").head(3)
    assert lanes.height == 3
    problem = build(network)
    for row in lanes.iter_rows(named=True):
        lane = problem.labels.lanes.index(row["name"])
        days = slice(
            (row["from_date"] - network.settings.start).days,
            (row["to_date"] - network.settings.start).days + 1,
        )
        for change in (0.05, -0.05):
            capacity = problem.lanes.capacity_t.copy()
            step = change * float(capacity[lane, days].min())
            capacity[lane, days] += step
            changed = dataclasses.replace(
                problem, lanes=dataclasses.replace(problem.lanes, capacity_t=capacity)
            )
            model = assemble(changed)
            best = cost_of(model, search(model, PlanParams(gap=1e-7), Silent()).values) * 1e6
            gain = plan.summary.bound - best
            assert gain <= row["value_per_unit"] * step + 1e-6 * best
            slack = plan.summary.objective - plan.summary.bound
            assert plan.summary.objective - best <= row["value_per_unit"] * step + slack + 1e-6 * best


def test_a_warm_start_is_where_the_last_plan_was(network: Scenario) -> None:
    model = assemble(build(network), "cover")
    cold = descend(model, PlanParams(gap=0.005), Silent())
    assert cold.prices is not None
    counted = Descent(model, Team(1), Start(cold.values, cold.prices))
    proven, _ = counted.bound()
    assert proven == pytest.approx(cold.bound, rel=1e-6)
