"""The brief as a file: small, closed to the network, the same each time, and safe against names that are code."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from tests.functional.brief_plan import DAYS, START, brief_page, brief_plan, race_page
from tests.unit.results.races import made_up_race

from redball.core.errors import InputError
from redball.results.plan import Plan
from redball.results.race import Race
from redball.views import charts
from redball.views.brief.write import brief_html, write_brief

EVIL = "</script><script>alert('x')</script>\"'&<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.words: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in self.raw:
            self.raw[self.inside][-1] += data
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


PAGE = Page(brief_page())


def test_the_headline_says_what_runs_dry_first_where_and_the_limit_with_its_value() -> None:
    found = re.search(r'id="headline">(.*?)</p>', brief_page(), re.DOTALL)
    assert found
    said = " ".join(re.sub(r"<[^>]+>", "", found[1]).split())
    assert said == (
        "155 mm round runs dry first, at Kharkiv on 7 Jan 2027, and what holds the plan back most is the production of "
        "155 mm round at Bourges: 10 more units a day between 4 Jan and 15 Mar 2027 would spare 0.8 shortage-days."
    )


def test_every_part_is_there() -> None:
    ids = {attributes.get("id") for _, attributes in PAGE.elements}
    wanted = {"map", "stocks", "limits", "flow", "schedule", "delivered", "sources"}
    assert {f"h-{name}" for name in wanted} <= ids
    for said in (
        "Shortage-days",
        "Scenario digest",
        brief_plan().summary.digest,
        "by hand",
        "count_pledges committed",
    ):
        assert said in PAGE.text
    assert "one truck column a day, eighteen trucks 30 rows" in PAGE.text


def test_each_picture_has_a_name_that_states_its_finding() -> None:
    names = [
        attributes.get("aria-label") or ""
        for _, attributes in PAGE.elements
        if attributes.get("role") == "img"
    ]
    assert len(names) >= 12 + 1 + 3
    assert all(len(name.split()) >= 6 for name in names)
    assert any("on the way on" in name for name in names)


def test_ids_are_unique_and_references_meet_them() -> None:
    ids = [attributes["id"] for _, attributes in PAGE.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", brief_page())) <= set(ids)


def test_it_is_small_and_the_same_each_time(tmp_path: Path) -> None:
    path = write_brief(brief_plan(), tmp_path / "brief.html")
    assert path.read_text(encoding="utf-8") == brief_page()
    assert path.stat().st_size < 3_000_000


def test_nothing_in_it_points_to_the_network() -> None:
    for tag, attributes in PAGE.elements:
        assert not {"src", "href", "action", "data", "srcset", "style"} & set(attributes), (tag, attributes)
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
    assert not re.search(r"https?://|@import|@font-face|url\((?!#)", "".join(PAGE.raw["style"]))
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon", PAGE.raw["script"][-1])


def test_the_policy_allows_this_style_and_this_script_alone() -> None:
    policy = next(
        a["content"] or "" for t, a in PAGE.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    for text, directive in ((PAGE.raw["style"][0], "style-src"), (PAGE.raw["script"][-1], "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_names_that_are_code_stay_names() -> None:
    plan = brief_plan(name=EVIL, rename={"kharkiv": EVIL, "round": f"round {EVIL}", "gdansk": EVIL})
    page = Page(brief_html(plan))
    plain = [tag for tag, _ in PAGE.elements]
    assert [tag for tag, _ in page.elements].count("script") == plain.count("script") == 2
    assert not {tag for tag, _ in page.elements} - set(plain)
    assert not [
        attributes for _, attributes in page.elements if any(key.startswith("on") for key in attributes)
    ]
    assert EVIL in page.text
    data = json.loads(page.raw["script"][0])
    assert data["items"][2]["name"] == f"round {EVIL}"


def test_the_map_data_are_those_of_the_plan() -> None:
    plan, data = brief_plan(), json.loads(PAGE.raw["script"][0])
    assert data["start"] == START.isoformat()
    assert data["days"] == DAYS
    assert sum(data["moves"][4]) == pytest.approx(plan.tables["shipments"]["tonnes"].sum(), abs=20)
    assert all(len(states) == DAYS for states in data["states"])


def test_a_forecast_adds_when_a_stock_would_run_dry_alone() -> None:
    forecast = pl.DataFrame(
        {"location": ["odesa"], "item": ["round"], "way": ["nothing moves"], "stock_out_date": [START]}
    )
    page = Page(brief_html(brief_plan(), forecast))
    assert "If nothing moved" in page.text
    assert "If nothing moved" not in PAGE.text


def test_a_race_adds_bands_chances_and_odds_by_date() -> None:
    plan, page = brief_plan(), Page(race_page())
    race = made_up_race(plan)
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert "h-odds" in ids
    assert "h-odds" not in {attributes.get("id") for _, attributes in PAGE.elements}
    assert "0 of 30 stocks run short in at least 19 of 20 futures, 0 in at most one of 20" in page.text
    for head in ("By 18 Jan", "By 3 Apr", "Chance of a shortage", "1 in 20 has less"):
        assert head in page.text
        assert head not in PAGE.text
    # every picture has its table: a band's ends on its last day, and the odds on a day
    last = race.bands.filter(
        (pl.col("location") == "odesa")
        & (pl.col("item") == "round")
        & (pl.col("date") == START + dt.timedelta(14))
    )
    assert f"{round(last['q05'].item())} rounds" in page.text.replace(",", "")
    assert "32 % (26–39)" in page.text.replace("\u2060", "")
    assert "Chance of no shortage 75 % 68 % to 80 %; 200 random futures" in page.text
    assert "200 futures, policy follow: replications 200, seed 1" in page.text


def test_the_band_is_drawn_where_the_race_has_it() -> None:
    plan = brief_plan()
    race = made_up_race(plan)
    chart = charts.stock_chart(plan, "odesa", "round", race=race).to_dict()
    band, line = chart["vconcat"][0]["layer"][0], chart["vconcat"][1]["layer"][1]
    assert (band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("q05", "q95")
    rows = chart["datasets"][band["data"]["name"]]
    assert [row["q95"] for row in rows[:2]] == pytest.approx([row["q05"] * 1.5 for row in rows[:2]])
    assert len(rows) == DAYS + 1
    assert line["encoding"]["y"]["field"] == "chance"


def test_a_race_of_another_scenario_is_refused() -> None:
    with pytest.raises(InputError, match="another scenario"):
        brief_html(brief_plan(), race=made_up_race(brief_plan(name="Another")))


def test_a_race_in_which_nothing_runs_out_says_so() -> None:
    race = made_up_race(brief_plan())
    sure = {
        "service": race.service.with_columns(service_level=pl.lit(1.0), service_high=pl.lit(1.0)),
        "first_outs": race.first_outs.with_columns(chance=pl.lit(0.0)),
        "bands": race.bands,
        "stock_outs": race.stock_outs,
    }
    page = Page(brief_html(brief_plan(), race=Race(race.scenario, race.summary, sure)))
    assert "No stock runs short in any future" in page.text


def test_a_plan_in_which_nothing_happens_still_has_a_brief() -> None:
    full = brief_plan()
    served = full.tables["served"].with_columns(quantity=pl.col("asked"))
    page = Page(brief_html(Plan(full.scenario, full.summary, {"served": served})))
    assert "Nothing runs short : all consumption is served on every day" in page.text
    assert "no limit of the plan has a value" in page.text
    assert "No stock runs short" in page.text


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the brief"):
        write_brief(brief_plan(), tmp_path / "missing" / "brief.html")
