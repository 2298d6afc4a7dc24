"""The brief's sentences, limit by limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from tests.functional.brief_plan import brief_plan

from redball.views.brief.words import Words, headline

WORDS = Words(brief_plan())


def limit(**changes: Any) -> dict[str, Any]:
    row = {"limit": "lane", "name": "kyiv-sumy-road", "unit": "t/day", "amount": 30.0}
    row |= {"shortage_days_per_unit": 0.42, "value_per_unit": 4e5}
    row |= {"from_date": dt.date(2027, 1, 4), "to_date": dt.date(2027, 4, 3)}
    return row | changes


@pytest.mark.parametrize(
    ("changes", "more", "gain"),
    [
        ({}, "one more tonne a day", "0.42 shortage-days"),
        (
            {"unit": "round", "amount": 5e4, "shortage_days_per_unit": 0.0017},
            "100 more rounds",
            "0.17 shortage-days",
        ),
        # never more than a tenth of the limit
        (
            {"unit": "round", "amount": 500.0, "shortage_days_per_unit": 0.0017},
            "10 more rounds",
            "0.017 shortage-days",
        ),
        (
            {"unit": "EUR", "amount": 5e8, "shortage_days_per_unit": 4.2e-7},
            "1 million EUR more",
            "0.42 shortage-days",
        ),
        ({"unit": "vehicle", "shortage_days_per_unit": 0.0}, "one more vehicle", "400,000 EUR"),
        (
            {"unit": "round", "amount": None, "shortage_days_per_unit": 0.001},
            "one more round",
            "0.001 shortage-days",
        ),
    ],
)
def test_a_value_is_said_of_an_amount_that_can_be_felt(changes: dict[str, Any], more: str, gain: str) -> None:
    row = limit(**changes)
    assert (WORDS.more(row), WORDS.gain(row)) == (more, gain)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("lane", "kyiv-sumy-road", "the capacity of the lane Kyiv → Sumy, road"),
        ("throughput", "odesa", "the daily throughput of Odesa"),
        ("reserve", "kyiv / round", "the reserve held back at Kyiv: 155 mm round"),
        ("pledge", "oslo-ration", "the pledge of Ration, one person, one day by Norway, from 4 Jan"),
        ("production", "bourges-line", "the production of 155 mm round at Bourges"),
        ("budget", "unknown", "the budget unknown"),
    ],
)
def test_limits_are_named_as_people_call_them(kind: str, name: str, said: str) -> None:
    assert WORDS.subject(limit(limit=kind, name=name)) == said


def test_a_headline_without_shortage_and_without_limit() -> None:
    text = "".join(piece for piece, _ in headline(WORDS, None, None))
    assert (
        text
        == "Nothing runs short: all consumption is served on every day, and no limit of the plan has a value."
    )


def test_a_stock_that_is_rationed_runs_short_not_dry() -> None:
    first = {"location": "kyiv", "item": "round", "first_date": dt.date(2027, 1, 9), "emptied": False}
    text = "".join(piece for piece, _ in headline(WORDS, first, limit()))
    assert text.startswith(
        "155 mm round runs short first, at Kyiv on 9 Jan 2027, and what holds the plan back most is"
    )
    assert text.endswith("one more tonne a day between 4 Jan and 3 Apr 2027 would spare 0.42 shortage-days.")
