"""Tables that cannot be read, numbers of the summary that are not so, traces that do not add up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from tests.unit.results.books import bakery, bakery_plan, date, edited, summed
from tests.unit.results.edits import costing, doubled, misstated, told, traced, without

from redball.results.plan import Plan
from redball.results.verify import verify

WRONG: list[tuple[str, str, Callable[[], Plan]]] = [
    # §1 and tables that cannot be read
    ("§1.1", "a day before the start", misstated("take_up", 0, date=date(-1))),
    ("§1.1", "a day after the last", misstated("stocks", 3, date=date(6))),
    ("§1.1", "an arrival before the start", misstated("shipments", 0, arrive_date=date(-1))),
    ("tables", "an unknown lane", misstated("shipments", 0, lane="raod")),
    ("tables", "an unknown item", misstated("stocks", 0, item="beer")),
    ("tables", "an unknown location", misstated("stocks", 0, location="Moon")),
    ("tables", "an unknown pledge", misstated("take_up", 0, pledge="gain")),
    ("tables", "an unknown line", misstated("starts", 0, line="kiln")),
    ("tables", "an unknown offer", misstated("orders", 0, offer="bakre")),
    ("tables", "an unknown need", misstated("handovers", 0, need="army")),
    ("tables", "an unknown row of consumption", misstated("served", 0, row=4)),
    ("tables", "another item in a row of consumption", misstated("served", 0, item="flour")),
    ("tables", "a blank", misstated("shipments", 0, quantity=None)),
    ("tables", "not a number", misstated("shipments", 0, quantity=float("nan"))),
    ("tables", "without end", misstated("stocks", 0, quantity=float("inf"))),
    ("tables", "below zero", misstated("served", 0, quantity=-0.5)),
    *(
        ("tables", f"{table} with a row twice", lambda table=table: doubled(bakery_plan(), table))
        for table in (
            "shipments",
            "stocks",
            "served",
            "handovers",
            "take_up",
            "starts",
            "expansions",
            "orders",
        )
    ),
    (
        "tables",
        "a column gone",
        lambda: dataclasses.replace(
            bakery_plan(), tables={"shipments": bakery_plan().shipments.drop("cost")}
        ),
    ),
    (
        "tables",
        "a day of a stock gone",
        lambda: without(bakery_plan(), "stocks", location="Mill", date=date(0), item="bread"),
    ),
    ("tables", "tonnes misstated", misstated("shipments", 4, tonnes=41.0)),
    # §7
    ("§7.1", "shortage-days", told(shortage_days=5.16)),
    ("§7.1", "weighted shortage-days", told(weighted_shortage_days=119.0)),
    ("§7.2", "cost of shortage", lambda: costing("shortage", -1000.0)),
    ("§7.2", "no rationing", lambda: dataclasses.replace(bakery_plan(), scenario=bakery(rationing="none"))),
    ("§7.2", "no urgency", lambda: dataclasses.replace(bakery_plan(), scenario=bakery(urgency=0.0))),
    ("§7.3", "cost of cover", lambda: costing("cover", -10.0)),
    (
        "§7.3",
        "weight of cover",
        lambda: dataclasses.replace(bakery_plan(), scenario=bakery(cover_weight=0.003)),
    ),
    ("§7.3", "a unit may not cover two rows", lambda: costing("cover", -2000.0)),
    *(
        ("§7.4", f"cost of {part}", lambda part=part: costing(part, 1.0))
        for part in ("transport", "production", "expansion", "orders")
    ),
    ("§7.4", "the cost of a shipment", misstated("shipments", 0, cost=24.9)),
    # §8
    ("§8.1", "the gap", told(gap=0.2)),
    ("§8.3", "a trace too much", lambda: edited(traced(bakery_plan()), "traces", 0, quantity=6.1)),
    ("§8.3", "a trace of another day", lambda: edited(traced(bakery_plan()), "traces", 0, date=date(5))),
    ("tables", "a part of the cost gone", told(cost={"shortage": 1.0})),
    ("tables", "a bound that is no number", told(bound=float("-inf"))),
]


@pytest.mark.parametrize(("rule", "name", "make"), WRONG, ids=[f"{rule} {name}" for rule, name, _ in WRONG])
def test_one_edit_breaks_exactly_its_rule(rule: str, name: str, make: Callable[[], Plan]) -> None:
    breaches = verify(make())
    assert {breach.rule for breach in breaches} == {rule}, [str(breach) for breach in breaches]


def test_the_books_agree_with_numbers_worked_out_on_paper() -> None:
    # row 2 is unserved on day 1, row 3 on days 0 and 1 and by half on day 5; tanks open: 2, 1, 1, 1 of 3
    plan = bakery_plan()
    assert plan.summary.shortage_days == pytest.approx(1 + 2.5 + 5 / 3)
    assert plan.summary.weighted_shortage_days == pytest.approx(100 + 2.5 + 50 / 3)
    whole = 0.25 + 1.5 * 0.25 + 2.5 * 0.5
    urgent = [1 + 0.5 * (1 - day / 6) for day in range(6)]
    tanks = 10 * (2 * urgent[2] + urgent[3] + urgent[4] + urgent[5]) / 3
    bread = 100 * urgent[1] * whole + (urgent[0] + urgent[1]) * whole + urgent[5] * 0.625
    assert plan.summary.cost["shortage"] == pytest.approx(1e6 * (tanks + bread))
    # closing bread 0, 0, 9, 5.8, 4.4, 5.8; targets 2 and, from day 1 on, 6
    missing = 1 + 2 + 0 + 2.2 / 6 + 3.6 / 6 + 2.2 / 6
    assert plan.summary.cost["cover"] == pytest.approx(1e6 * 0.002 * missing)


def test_a_bound_above_the_objective_is_named() -> None:
    plan = bakery_plan()
    high = plan.summary.objective * 1.01
    gap = (plan.summary.objective - high) / plan.summary.objective
    [breach] = verify(summed(plan, bound=high, gap=gap))
    assert breach.rule == "§8.1"
    assert breach.excess == pytest.approx(0.01 * plan.summary.objective)


def test_an_objective_that_is_not_the_sum_of_its_parts_is_named() -> None:
    plan = bakery_plan()
    objective = plan.summary.objective * 1.01
    [breach] = verify(summed(plan, objective=objective, gap=(objective - plan.summary.bound) / objective))
    assert breach.rule == "§7.4"
