"""Every plan that the engine makes keeps every rule, and no number of it can be changed unseen."""

from __future__ import annotations

import dataclasses

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.strategies import scenarios

from redball.engines.plan.plan import make_plan
from redball.model.params import PlanParams
from redball.results.plan import Plan
from redball.results.shortages import stock_outs
from redball.results.tables import RESULTS
from redball.results.trace import trace
from redball.results.verify import verify
from redball.results.verify.rows import KEYS

LAW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
counts = st.sampled_from(("committed", "all", "expected"))


def planned(scenario: object, count: object) -> Plan:
    """Return a plan with its traces."""
    plan = make_plan(scenario, PlanParams(count_pledges=count))  # type: ignore[arg-type]
    return dataclasses.replace(plan, tables={**plan.tables, "traces": trace(plan)})


@LAW
@given(scenarios(), counts)
def test_every_plan_keeps_every_rule(scenario: object, count: object) -> None:
    plan = planned(scenario, count)
    assert [str(breach) for breach in verify(plan)] == []
    off = stock_outs(plan)["shortage_days"].sum() - plan.summary.shortage_days
    assert abs(off) < 1e-3


@LAW
@given(scenarios(max_days=5), counts, st.data())
def test_no_number_of_a_plan_can_be_changed_unseen(
    scenario: object, count: object, data: st.DataObject
) -> None:
    plan = planned(scenario, count)
    filled = [name for name in KEYS if plan.tables[name].height]
    assume(filled)
    name = data.draw(st.sampled_from(filled))
    frame = plan.tables[name]
    column = data.draw(st.sampled_from([key for key, kind in RESULTS[name].items() if kind.is_float()]))
    row = data.draw(st.integers(0, frame.height - 1))
    more = data.draw(st.sampled_from((0.25, -0.25, 1.0, 17.0)))
    at = pl.int_range(pl.len()) == row
    changed = frame.with_columns(pl.when(at).then(pl.col(column) + more).otherwise(column).alias(column))
    assert verify(dataclasses.replace(plan, tables={**plan.tables, name: changed}))


@LAW
@given(scenarios(max_days=5), counts, st.data())
def test_no_row_of_a_plan_can_be_lost_unseen(scenario: object, count: object, data: st.DataObject) -> None:
    plan = planned(scenario, count)
    filled = [name for name in KEYS if plan.tables[name].height]
    assume(filled)
    name = data.draw(st.sampled_from(filled))
    row = data.draw(st.integers(0, plan.tables[name].height - 1))
    assume(name != "expansions" or plan.scenario.table("production")["expansion_cost"].max() != 0)
    kept = plan.tables[name].with_row_index("_row").filter(pl.col("_row") != row).drop("_row")
    assert verify(dataclasses.replace(plan, tables={**plan.tables, name: kept}))
