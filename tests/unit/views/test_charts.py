"""Charts as objects and as SVG: the same each time, with ids of their own and the page's colours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import altair as alt
import pytest
from tests.functional.brief_plan import brief_plan

from redball.views import charts
from redball.views.lettering import shortened, text_width

PLAN = brief_plan(rename={"round": '<b>"&round</b>'})


def test_a_notebook_gets_altair_objects_that_say_what_they_show() -> None:
    shown = charts.stock_curves(PLAN)
    assert isinstance(shown, alt.ConcatChart)
    titles = [chart["title"] for chart in shown.to_dict()["concat"]]
    assert len(titles) == charts.STOCKS_SHOWN
    assert 'Odesa: <b>"&round</b>' in titles
    assert isinstance(charts.schedule(PLAN), alt.LayerChart)
    assert isinstance(charts.delivered(PLAN), alt.LayerChart)


@pytest.mark.parametrize("width", [690, 1136])
def test_the_svg_of_a_chart_is_stable_closed_and_as_wide_as_it_is_shown(width: float) -> None:
    svg = charts.svg_of(charts.schedule(PLAN, width), "one")
    assert svg == charts.svg_of(charts.schedule(PLAN, width), "one")
    root = ET.fromstring(svg)
    assert width - 25 <= float(root.attrib["width"]) <= width + 5
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(found.startswith("one-") for found in [*ids, *re.findall(r"url\(#([^)]+)", svg)])
    assert not re.search(r"#[0-9a-f]{6}|font-family|href|<b>|<script", svg, re.IGNORECASE)
    assert "var(--class-V)" in svg


def test_a_stock_chart_marks_the_first_day_that_is_short() -> None:
    svg = charts.svg_of(charts.stock_chart(PLAN, "odesa", "round"), "k")
    assert ">from 16 Jan<" in svg
    assert "var(--alarm)" in svg
    assert "NaN" not in svg


def test_texts_are_cut_to_their_room() -> None:
    assert shortened("Kyiv", 10, 100) == "Kyiv"
    cut = shortened("Kyiv, Kharkiv and Zaporizhzhia", 10, 60)
    assert cut.endswith("…")
    assert text_width(cut, 10) <= 60
