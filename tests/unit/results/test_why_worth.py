"""The bottleneck table in words."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from redball.results.plan import Plan, Summary
from redball.results.tables import RESULTS
from redball.results.why import worth
from redball.results.why.worth import ORIGINS, SUBJECTS
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

DAY = dt.date(2023, 3, 1)


def plan_of(rows: list[tuple], origin: str = "lp") -> Plan:
    table = pl.DataFrame(rows, schema=RESULTS["bottlenecks"], orient="row")
    summary = Summary("optimal", 0, 0, 0, 0, 0, {}, "", "0", {}, "none", {}, 0, 0, bottlenecks_from=origin)
    return Plan(Scenario(Settings(start=DAY, days=10), {}), summary, {"bottlenecks": table})


def test_a_value_in_shortage_days_and_money_the_largest_first():
    small = ("fleet", "trucks", DAY, DAY, "vehicle", 1e-12, 500.0)
    large = ("lane", "a", DAY, dt.date(2023, 3, 4), "t/day", 3.25, 1_200_000.0)
    first, second, last = worth(plan_of([small, large]))
    assert first.text == (
        "One more t a day on the capacity of lane a from 1 Mar to 4 Mar 2023 spares 3.25 shortage-days and is worth "
        "1.2 million EUR."
    )
    # the solver's noise is no shortage-day
    assert second.text == "One more vehicle on fleet trucks on 1 Mar 2023 is worth 500 EUR."
    assert first.numbers == {"shortage_days_per_unit": 3.25, "value_per_unit": 1_200_000.0}
    assert last.text == ORIGINS["lp"]


@pytest.mark.parametrize(
    ("origin", "words"),
    [("lp with decisions fixed", "with those decisions fixed"), ("none", "before the value of any limit")],
)
def test_where_the_values_come_from_is_said(origin, words):
    (cause,) = worth(plan_of([], origin))
    assert words in cause.text


@pytest.mark.parametrize("limit", SUBJECTS)
def test_every_kind_of_limit_has_words(limit):
    (cause, _) = worth(plan_of([(limit, "x", None, None, "tonne/day", 1.0, 2.0)]))
    assert "One more t a day on" in cause.text
    assert "x" in cause.text.split(" on ", 1)[1]
