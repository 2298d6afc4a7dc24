"""Limits of different kinds are ranked by what a tenth of each is worth."""

from __future__ import annotations

import polars as pl
import pytest
from tests.unit.results.books import bakery_plan, date

from redball.results.bottlenecks import ranked_bottlenecks
from redball.results.plan import Plan
from redball.results.tables import RESULTS


def ranked(*rows: tuple[object, ...]) -> pl.DataFrame:
    plan = bakery_plan()
    table = pl.DataFrame(rows, schema=RESULTS["bottlenecks"], orient="row")
    return ranked_bottlenecks(Plan(plan.scenario, plan.summary, {**plan.tables, "bottlenecks": table}))


def test_runs_of_one_limit_are_one_and_a_tenth_of_each_decides() -> None:
    found = ranked(
        ("fleet", "lorries", date(1), date(1), "vehicle", 2.0, 30.0),
        ("lane", "road", date(0), date(1), "t/day", 0.5, 8.0),
        ("lane", "road", date(4), date(4), "t/day", 0.25, 7.0),
        ("reserve", "Mill / flour", date(0), date(5), "tonne", 0.0, 1.0),
    ).rows(named=True)
    # road: 10 t a day, worth 15 each; lorries: 4, worth 30 each; reserve: 5 t, worth 1 each
    assert [(row["name"], row["amount"], row["value_tenth"]) for row in found] == [
        ("road", 10.0, pytest.approx(15.0)),
        ("lorries", 4.0, pytest.approx(12.0)),
        ("Mill / flour", 5.0, pytest.approx(0.5)),
    ]
    road = found[0]
    assert (road["from_date"], road["to_date"], road["n_days"]) == (date(0), date(4), 3)
    assert road["shortage_days_per_unit"] == pytest.approx(0.75)
    assert road["shortage_days_tenth"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("limit", "name", "amount"),
    [
        ("throughput", "Camp", 50.0),
        ("storage", "Mill", 100.0),
        ("pledge", "grain", 8.0),
        ("production", "oven", 8.0),  # what it becomes, since it may expand
        ("offer", "baker", 6.0),
        ("budget", "fund", 200.0),
        ("lane", "rail", None),  # without limit of its own
    ],
)
def test_every_kind_of_limit_has_its_amount(limit: str, name: str, amount: float | None) -> None:
    (row,) = ranked((limit, name, date(0), date(0), "t", 1.0, 1.0)).rows(named=True)
    assert row["amount"] == amount
