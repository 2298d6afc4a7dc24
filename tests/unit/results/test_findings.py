"""What a plan says, in the plan whose books are kept by hand."""

from __future__ import annotations

import dataclasses

import pytest
from tests.unit.results.books import bakery_plan, date

from redball.results import findings
from redball.results.plan import Plan
from redball.results.shortages import stock_outs
from redball.results.trace import trace

BARE = bakery_plan()
PLAN = Plan(BARE.scenario, BARE.summary, {**BARE.tables, "traces": trace(BARE)})


def test_who_runs_short_when_and_by_how_much() -> None:
    (row,) = findings.shortages(PLAN).rows(named=True)
    # bread at the camp: 3 a day from day 1 and 2 a day from day 0; short 2 on day 0, 5 on day 1, 1 on day 5
    assert (row["location"], row["item"], row["priority"]) == ("Camp", "bread", 1)
    assert (row["asked"], row["served"]) == (27.0, 19.0)
    assert (row["days_asked"], row["days_short"], row["days_low"]) == (6, 3, 3)
    assert row["first_date"] == date(0)
    assert row["emptied"]
    # 2/2 and 2/2 + 1/2 of priority 3, 3/3 of priority 1
    assert row["shortage_days"] == pytest.approx(3.5)
    assert row["weighted"] == pytest.approx(2.5 * 1 + 1 * 100)


def test_they_agree_with_the_stock_outs_of_every_other_view() -> None:
    mine = (
        findings.first_short(PLAN)
        .select("location", "item", "first_date", "days_short", "shortage_days")
        .rows()
    )
    theirs = stock_outs(PLAN).filter(item="bread")
    assert mine == theirs.select("location", "item", "first_short_date", "short_days", "shortage_days").rows()


def test_states_look_a_week_ahead() -> None:
    pairs, state = findings.states(PLAN)
    assert pairs.rows() == [("Camp", "bread")]
    assert [findings.STATES[int(found)] for found in state[0]] == [
        "short",
        "short",
        "low",
        "low",
        "low",
        "short",
    ]


def test_a_stock_that_is_kept_while_some_goes_short_is_not_emptied() -> None:
    stocks = PLAN.tables["stocks"]
    here = (stocks["location"] == "Camp") & (stocks["item"] == "bread")
    kept = stocks.with_columns(quantity=stocks["quantity"] + here.cast(float) * 10)
    (row,) = findings.shortages(Plan(PLAN.scenario, PLAN.summary, {**PLAN.tables, "stocks": kept})).rows(
        named=True
    )
    assert not row["emptied"]


def test_the_plan_in_a_few_numbers() -> None:
    facts = findings.totals(PLAN)
    assert (facts.asked_days, facts.shortage_days) == (11, pytest.approx(3.5))
    assert (facts.n_stocks, facts.n_short) == (1, 1)
    # 19 crates of half a tonne and 2 tanks of 40 t
    assert facts.used_t == pytest.approx(19 * 0.5 + 80)
    assert facts.n_shipments == 6
    assert (facts.n_needs, facts.n_needs_on_time) == (1, 0)
    assert (facts.n_pledges, facts.n_pledges_counted, facts.n_pledges_taken) == (2, 1, 1)


def test_a_need_is_late_until_it_is_whole() -> None:
    (row,) = findings.late_needs(PLAN).rows(named=True)
    assert (row["need"], row["quantity"], row["open"], row["days_late"]) == ("squadron", 3.0, 1.0, 4)
    assert row["done_date"] is None


@pytest.mark.parametrize(("rule", "counted"), [("committed", 0.0), ("all", 3.0), ("expected", 1.5)])
def test_pledges_count_by_the_rule_of_the_plan(rule: str, counted: float) -> None:
    summary = dataclasses.replace(PLAN.summary, parameters={"count_pledges": rule})
    found = findings.counted_pledges(Plan(PLAN.scenario, summary, PLAN.tables))
    assert found.filter(pledge="armour")["counted"].to_list() == [counted]


def test_what_became_of_the_pledges() -> None:
    rows = {row["donor"]: row for row in findings.pledged(PLAN).rows(named=True)}
    # of 8 t of grain the oven drew 2.5 by the end; no tank of B counts
    assert (rows["A"]["taken"], rows["A"]["used"], rows["A"]["gap_t"]) == (8.0, 2.5, 5.5)
    assert (rows["B"]["counted"], rows["B"]["taken"], rows["B"]["gap_t"]) == (0.0, 0.0, 120.0)


def test_who_supplied_what_to_where() -> None:
    rows = findings.supplies(PLAN).select("donor", "item", "destination", "tonnes").rows()
    assert rows == [
        ("Port", "tank", "Camp", 80.0),
        ("Mill", "bread", "Camp", 7.0),
        ("bought from Camp", "bread", "Camp", 2.5),
    ]
    assert sum(row[3] for row in rows) == pytest.approx(findings.totals(PLAN).used_t)
