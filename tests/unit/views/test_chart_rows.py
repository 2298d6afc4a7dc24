"""The rows behind the charts."""

from __future__ import annotations

import datetime as dt
import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.functional.brief_plan import DAYS, START, brief_plan

from redball.views.chart_rows import BANDS_MAX, STAGES, Bar, delivered_rows, packed, schedule_rows, stock_days

PLAN = brief_plan()
spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=40)


@settings(deadline=None, max_examples=40)
@given(spans)
def test_bars_in_one_band_never_overlap_and_no_band_is_wasted(found: list[tuple[int, int]]) -> None:
    bars = [
        Bar("", str(k), START + dt.timedelta(a), START + dt.timedelta(a + n), 1.0, 1.0)
        for k, (a, n) in enumerate(found)
    ]
    made = packed(bars)
    assert len(made) == len(bars)
    for (band_a, a), (band_b, b) in itertools.combinations(made, 2):
        assert band_a != band_b or a.end <= b.start or b.end <= a.start
    deepest = max((sum(a <= day < a + n for a, n in found) for day in range(90)), default=0)
    assert max((band for band, _ in made), default=-1) + 1 == deepest


def test_the_schedule_holds_what_the_lanes_carry() -> None:
    rows = schedule_rows(PLAN)
    assert {row.group for row in rows} == {"Production", "Transport"}
    assert sum(row.n_bands for row in rows) <= BANDS_MAX
    by_lane = (
        PLAN.tables["shipments"].group_by("lane").agg(pl.col("tonnes").sum()).sort("tonnes", descending=True)
    )
    busiest = next(row for row in rows if row.group == "Transport")
    assert sum(bar.tonnes for _, bar in busiest.bars) == pytest.approx(by_lane["tonnes"][0], rel=1e-6)


def test_a_run_lasts_while_the_next_departs_before_the_last_arrives() -> None:
    rows = schedule_rows(PLAN)
    line = next(row for row in rows if row.name.startswith("Bourges"))
    # six days of work, three of pause
    assert [(bar.end - bar.start).days for _, bar in line.bars][:3] == [6, 6, 6]


def test_a_stock_is_told_for_every_day_and_the_end_of_the_last() -> None:
    days = stock_days(PLAN, "kharkiv", "round")
    assert days.height == DAYS + 1
    assert days["share"].is_between(0, 1).all()
    served = PLAN.tables["served"].filter((pl.col("location") == "kharkiv") & (pl.col("item") == "round"))
    short = (served["quantity"] < served["asked"] - 1e-6).sum()
    assert (days["share"].head(DAYS) > 0).sum() == short


def test_what_became_of_a_pledge_adds_up() -> None:
    rows = delivered_rows(PLAN)
    assert set(rows["stage"]) <= set(STAGES)
    for _, stages in rows.group_by("name"):
        marks = stages.sort("start")
        assert marks["start"][0] == 0
        assert marks["end"][-1] == pytest.approx(1)
        assert marks["start"][1:].to_list() == pytest.approx(marks["end"][:-1].to_list())
