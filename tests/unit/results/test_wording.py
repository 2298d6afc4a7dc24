"""What a plan says of itself."""

from __future__ import annotations

import dataclasses

import pytest
from tests.unit.results.books import bakery, bakery_plan, book, date, decided

from redball.results.plan import Plan


def test_repr_is_one_line_with_the_answer() -> None:
    assert repr(bakery_plan()) == "Plan('bakery', 2027-01-01 + 6 days: gap, 5.17 shortage-days, gap 10 %)"


def test_the_summary_says_what_runs_short_first() -> None:
    assert str(bakery_plan()).splitlines() == [
        "Plan of 'bakery', 1 Jan 2027 to 6 Jan 2027",
        "  status         gap",
        "  shortage-days  5.17 (119 weighted)",
        "  objective      292 million EUR, at least 263 million EUR (gap 10 %)",
        "  of which       shortage 292 million EUR, cover 8,667 EUR, transport 55 EUR, production 30 EUR, "
        "expansion 100 EUR and orders 15 EUR",
        "  shipments      6",
        "Short first:",
        "  bread at Camp (priority 1): from 1 Jan 2027, on 3 days, 3.5 shortage-days, 8 not served",
        "  tank at Camp (priority 2): from 3 Jan 2027, on 4 days, 1.67 shortage-days, 1 not served",
    ]


def enough() -> Plan:
    """Return a plan in which nothing runs short."""
    edits = {("needs", 0): {"due_date": date(20)}, ("consumption", 0): {"to_date": date(-1)}}
    return book(bakery(edits), decided(served=[(3, day, 2.0) for day in range(6)]))


def test_a_plan_without_shortage_says_so() -> None:
    assert str(enough()).endswith("\nNothing runs short.")
    assert "<p>Nothing runs short.</p>" in enough()._repr_html_()


def test_only_the_first_few_shortages_are_named() -> None:
    edits = {
        ("consumption", 2 + n): {"location": place, "item": item, "per_day": 1.0}
        for n, (place, item) in enumerate(
            (p, i) for p in ("Mill", "Port") for i in ("flour", "bread", "tank")
        )
    }
    text = str(book(bakery(edits), decided(served=[])))
    assert text.splitlines()[-1] == "  and 3 others"


def test_names_are_escaped_in_html() -> None:
    plan = bakery_plan()
    settings = plan.scenario.settings.model_copy(update={"name": "<script>"})
    plan = dataclasses.replace(plan, scenario=dataclasses.replace(plan.scenario, settings=settings))
    html = plan._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<li>bread at Camp" in html


def test_tables_are_attributes_and_anything_else_is_an_error() -> None:
    plan = bakery_plan()
    assert plan.shipments is plan.tables["shipments"]
    assert plan.bottlenecks.is_empty()
    with pytest.raises(AttributeError, match=r"a plan has no 'ships'; its tables are shipments"):
        _ = plan.ships
