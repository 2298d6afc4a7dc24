"""The river of the tutorial: every number here is derived by hand in docs/tutorials/river.md."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

import redball as rb

RIVER = Path(__file__).parents[2] / "examples" / "river"
START = dt.date(2025, 4, 1)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


@pytest.fixture(scope="module")
def plan() -> rb.Plan:
    return rb.plan(rb.read(RIVER), threads=1)


def served(plan: rb.Plan, item: str) -> list[float]:
    table = plan.served.filter(pl.col("item") == item).sort("date")
    assert table.height == 20
    return [round(quantity, 6) for quantity in table["quantity"]]


def test_nothing_is_wrong_with_it() -> None:
    assert rb.check(RIVER) == ()


def test_flour_is_whole_until_day_6_and_two_tonnes_short_from_day_7(plan: rb.Plan) -> None:
    assert served(plan, "flour") == [10.0] * 7 + [8.0] * 13


def test_medicine_is_short_where_a_shortage_weighs_least(plan: rb.Plan) -> None:
    assert served(plan, "medicine") == [3.75, 3.75, 2.5] + [5.0] * 5 + [3.75] * 12


def test_one_pump_is_in_time_and_one_comes_the_day_after(plan: rb.Plan) -> None:
    pumps = plan.handovers
    assert pumps.filter(pl.col("date") <= day(6))["quantity"].sum() == pytest.approx(1)
    late = pumps.filter((pl.col("date") > day(6)) & (pl.col("quantity") > 0))
    assert late.select("date", "quantity").rows() == [(day(7), pytest.approx(1))]


def test_shortage_days(plan: rb.Plan) -> None:
    assert plan.summary.shortage_days == pytest.approx(2.6 + 4.0 + 0.5)
    assert plan.summary.weighted_shortage_days == pytest.approx(260 + 40 + 5)


def test_cost(plan: rb.Plan) -> None:
    cost = plan.summary.cost
    assert cost["transport"] == pytest.approx(1020 + 160 + 1072 + 138 + 94)
    assert cost["production"] == pytest.approx(32 * 300)
    assert cost["orders"] == cost["expansion"] == cost["cover"] == 0
    by_lane = dict(plan.shipments.group_by("lane").agg(pl.col("tonnes").sum().round(6)).rows())
    assert by_lane == {"barge": 102, "mill-boat": 32, "ferry-alder": 134, "truck": 4.6, "ferry-birch": 4.7}


def test_objective(plan: rb.Plan) -> None:
    assert plan.summary.objective == pytest.approx(363_625_000 + 2_484 + 9_600, abs=1)


def test_what_holds_it_back(plan: rb.Plan) -> None:
    limits = plan.bottlenecks.select(
        "limit", "name", "unit", "shortage_days_per_unit", "value_per_unit"
    ).rows()
    values = {(limit, name): (unit, days, value) for limit, name, unit, days, value in limits}
    assert values == {
        ("lane", "barge"): ("t/day", pytest.approx(1.7), pytest.approx(205_749_694)),
        ("production", "millstone"): ("tonne/day", pytest.approx(1.6), pytest.approx(192_494_992)),
        ("pledge", "kits-on-the-way"): ("kit", pytest.approx(0.2), pytest.approx(2_600_000 - 0.2)),
        ("reserve", "Quay / medicine"): ("kit", pytest.approx(0.2), pytest.approx(2_600_000 - 0.5)),
    }
    barge = plan.bottlenecks.row(by_predicate=pl.col("name") == "barge", named=True)
    assert (barge["from_date"], barge["to_date"]) == (day(0), day(16))


def test_the_reserve_stays_and_the_announced_kits_are_not_taken(plan: rb.Plan) -> None:
    quay = plan.stocks.filter((pl.col("location") == "Quay") & (pl.col("item") == "medicine")).sort("date")
    assert quay["quantity"].to_list()[-1] == pytest.approx(40)
    assert plan.take_up["pledge"].unique().to_list() == ["kits-on-the-way"]


def test_counting_the_announced_kits_leaves_only_the_first_three_days_short(plan: rb.Plan) -> None:
    hoped = rb.plan(rb.read(RIVER), threads=1, count_pledges="all")
    assert served(hoped, "medicine") == [3.75, 3.75, 2.5] + [5.0] * 17
    assert hoped.summary.shortage_days == pytest.approx(2.6 + 1.0 + 0.5)


def test_stock_out_dates_if_nothing_moves() -> None:
    table = rb.forecast(rb.read(RIVER)).filter(pl.col("way") == "nothing moves")
    dates = {
        (place, item): date for place, item, date in table.select("location", "item", "stock_out_date").rows()
    }
    assert dates["Alder", "flour"] == day(4)
    assert dates["Birch", "medicine"] == day(2)
