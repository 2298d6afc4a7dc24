"""What the map shows on a day is what the shipments and the stocks say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from tests.functional.brief_plan import DAYS, START, brief_plan

from redball.results.findings import STATES
from redball.views.map_days import days_of, dots
from redball.views.map_draw import draw_maps
from redball.views.map_lanes import at_share

PLAN = brief_plan()
DAYS_OF = days_of(PLAN)


@pytest.mark.parametrize("day", [0, 17, 44, DAYS - 1])
def test_goods_on_the_way_are_those_that_left_and_have_not_arrived(day: int) -> None:
    date = START + dt.timedelta(days=day)
    moving = PLAN.tables["shipments"].filter((pl.col("depart_date") <= date) & (pl.col("arrive_date") > date))
    assert DAYS_OF.in_transit[day] == pytest.approx(moving["tonnes"].sum())
    assert DAYS_OF.on_the_way(day)["tonnes"].sum() == pytest.approx(moving["tonnes"].sum())
    assert DAYS_OF.on_the_way(day)["share"].is_between(0, 1, closed="none").all()


def test_a_place_is_as_its_worst_stock() -> None:
    served = PLAN.tables["served"]
    for day in (0, 30, 60):
        date = START + dt.timedelta(days=day)
        short = set(
            served.filter((pl.col("date") == date) & (pl.col("quantity") < pl.col("asked") - 1e-6))[
                "location"
            ]
        )
        worst = DAYS_OF.worst(day)
        assert {place for place, state in worst.items() if STATES[state] == "short"} == short


def test_a_stock_is_low_under_seven_days_of_consumption() -> None:
    pairs, state = DAYS_OF.pairs, DAYS_OF.states
    pair = pairs.with_row_index().filter((pl.col("location") == "kharkiv") & (pl.col("item") == "diesel"))[
        "index"
    ][0]
    per_day = PLAN.scenario.table("consumption").filter(
        (pl.col("location") == "kharkiv") & (pl.col("item") == "diesel")
    )["per_day"][0]
    stock = (
        PLAN.tables["stocks"]
        .filter((pl.col("location") == "kharkiv") & (pl.col("item") == "diesel"))
        .sort("date")
    )
    low = (stock["quantity"] < 7 * per_day - 1e-6).to_numpy()
    known = state[pair] != STATES.index("short")
    assert known.any()
    assert ((state[pair] == STATES.index("low")) == low)[known].all()


def test_dots_lie_on_their_lanes_and_are_the_largest_first() -> None:
    (drawing,) = draw_maps(PLAN)
    found = dots(DAYS_OF, 30, drawing.lanes, range(len(DAYS_OF.lanes)))
    assert len(found) == DAYS_OF.on_the_way(30).height
    assert [dot.radius for dot in found] == sorted((dot.radius for dot in found), reverse=True)
    lines = np.concatenate(
        [at_share(line.points, np.linspace(0, 1, 2000)) for line in drawing.lanes.values()]
    )
    for dot in found[:20]:
        assert np.hypot(*(lines - (dot.x, dot.y)).T).min() < 1.0
