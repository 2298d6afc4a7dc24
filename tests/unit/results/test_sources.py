"""What is cited and what is assumed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from redball.results.sources import assumptions, citations, source_counts, split_source
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

SCENARIO = Scenario(
    Settings(start=dt.date(2027, 1, 1), days=3),
    {
        "items": pl.DataFrame({"item": ["a", "b", "c"], "source": ["F1; F2", "assumption: a guess", None]}),
        "lanes": pl.DataFrame(
            {"lane": ["l", "m"], "source": ["F1; assumption: a guess; by ear", "Assumption"]}
        ),
    },
)


@pytest.mark.parametrize(
    ("source", "cited", "assumed"),
    [
        ("F1; F2", ("F1", "F2"), ()),
        ("assumption: x; y", (), ("x; y",)),
        ("F1;assumption: x; assumption: y", ("F1",), ("x", "y")),
        ("ASSUMPTION", (), ("no reason given",)),
        ("see the list of assumptions", ("see the list of assumptions",), ()),
        ("", (), ()),
    ],
)
def test_a_source_is_citations_then_reasons(
    source: str, cited: tuple[str, ...], assumed: tuple[str, ...]
) -> None:
    assert split_source(source) == (cited, assumed)


def test_assumptions_are_grouped_and_counted() -> None:
    assert assumptions(SCENARIO).rows() == [
        ("items", "a guess", 1),
        ("lanes", "a guess; by ear", 1),
        ("lanes", "no reason given", 1),
    ]


def test_citations_name_their_tables() -> None:
    assert citations(SCENARIO).rows() == [("F1", "items, lanes", 2), ("F2", "items", 1)]


def test_every_row_is_counted_once() -> None:
    assert source_counts(SCENARIO) == {"cited": 1, "assumed": 3, "without": 1}
