"""Who runs short, in the plan whose books are kept by hand."""

from __future__ import annotations

import pytest
from tests.unit.results.books import DECISIONS, bakery, bakery_plan, book, date, decided, edited

from redball.results.shortages import short_days, stock_outs


def test_where_and_when_things_run_short() -> None:
    # bread: all 5 short on day 1, 2 on day 0, 1 on day 5; tanks: 2, 1, 1, 1 of 3 from day 2 on
    rows = stock_outs(bakery_plan()).rows(named=True)
    bread = {"location": "Camp", "item": "bread", "first_short_date": date(0), "short_days": 3}
    tanks = {"location": "Camp", "item": "tank", "first_short_date": date(2), "short_days": 4}
    assert rows == [
        bread | {"shortage_days": 3.5, "unserved_quantity": 8.0, "priority": 1},
        tanks | {"shortage_days": pytest.approx(5 / 3), "unserved_quantity": 1.0, "priority": 2},
    ]


def test_they_add_up_to_the_plan() -> None:
    plan = bakery_plan()
    assert stock_outs(plan)["shortage_days"].sum() == pytest.approx(plan.summary.shortage_days)


def test_on_one_date_the_first_priority_comes_first() -> None:
    edits = {
        ("consumption", 0): {"location": "Mill", "item": "bread", "from_date": date(0), "per_day": 50.0},
        ("consumption", 2): {"location": "Camp", "item": "flour", "per_day": 1.0, "priority": "2"},
    }
    found = stock_outs(book(bakery(edits), decided(served=[], handovers=[])))
    same = found.filter(first_short_date=date(0))
    assert same.select("item", "location").rows() == [("bread", "Mill"), ("flour", "Camp"), ("bread", "Camp")]


def test_days_name_each_row_and_need() -> None:
    rows = short_days(bakery_plan())
    assert rows.filter(kind="consumption")["name"].to_list() == ["2", "3", "3", "3"]
    assert rows.filter(kind="need")["date"].to_list() == [date(day) for day in (2, 3, 4, 5)]
    assert rows.filter(kind="need")["short"].to_list() == [2.0, 1.0, 1.0, 1.0]


def test_a_backlog_before_the_due_date_is_none_and_dust_is_no_shortage() -> None:
    plan = edited(bakery_plan(), "served", 1, quantity=3.0 - 1e-9)
    assert short_days(plan).filter(name="2", date=date(2)).is_empty()
    assert short_days(plan).filter(kind="need", date=date(1)).is_empty()


def test_nothing_short_gives_no_rows() -> None:
    edits = {("needs", 0): {"due_date": date(20)}, ("consumption", 0): {"to_date": date(-1)}}
    all_served = [(3, day, 2.0) for day in range(6)]
    assert stock_outs(book(bakery(edits), {**DECISIONS, "served": all_served})).is_empty()
