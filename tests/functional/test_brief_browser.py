"""The brief in a real Chromium: it moves, filters, turns dark, prints, asks for nothing, and is open to everyone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from playwright.sync_api import Page as Tab
from tests.functional.brief_plan import DAYS, brief_plan, race_page

from redball.views.map_days import days_of

AXE = Path(__file__).with_name("vendor") / "axe-4.14.1.min.js"
A4_POINTS = (595, 842)
PRINT_PX = (703, 1031)
"""An A4 page without its margins of 12 mm, at 96 pixels an inch."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        launched = playwright.chromium.launch(executable_path=path, args=flags)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("brief") / "brief.html"
    # the brief with all that it can have
    path.write_text(race_page(), encoding="utf-8")
    return path.as_uri()


class Opened:
    """The brief in a tab, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.tab: Tab = self.context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(url)

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


WIDE = {"viewport": {"width": 1360, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 800}}


def out(tab: Tab, name: str) -> str:
    return tab.locator(f'[data-out="{name}"]').inner_text()


def dots(tab: Tab) -> list[str]:
    found: list[str] = tab.eval_on_selector_all(
        "[data-dots] path",
        "paths => paths.map(path => path.getAttribute('transform') + path.getAttribute('fill'))",
    )
    return found


def test_script_draws_on_the_first_day_what_the_file_shows_without_it(browser: Browser, url: str) -> None:
    with Opened(browser, url, java_script_enabled=False, **WIDE) as off, Opened(browser, url, **WIDE) as on:
        assert off.tab.locator("[data-dots] path").count() == len(dots(on.tab)) > 0
        for name in ("date", "total", "dry", "low", "covered"):
            assert out(off.tab, name) == out(on.tab, name)
        still = off.tab.locator("[data-place]")
        moved = on.tab.locator("[data-place]")
        for k in range(still.count()):
            assert still.nth(k).get_attribute("data-state") == moved.nth(k).get_attribute("data-state")
        assert not on.complaints


def test_the_slider_moves_the_map_by_key(browser: Browser, url: str) -> None:
    days = days_of(brief_plan())
    with Opened(browser, url, **WIDE) as opened:
        tab = opened.tab
        tab.locator("#day").focus()
        before = dots(tab)
        tab.keyboard.press("ArrowRight")
        assert dots(tab) != before
        tab.keyboard.press("Home")
        assert out(tab, "date") == "4 Jan 2027"
        assert len(dots(tab)) == days.on_the_way(0).height
        tab.keyboard.press("End")
        assert out(tab, "date") == "3 Apr 2027"
        assert tab.locator("#day").get_attribute("aria-valuetext") == "3 Apr 2027"
        assert len(dots(tab)) == days.on_the_way(DAYS - 1).height
        states = list(days.worst(DAYS - 1).values())
        assert out(tab, "dry") == str(states.count(3))
        assert out(tab, "low") == str(states.count(2))


def test_a_filter_shows_one_class_or_one_item(browser: Browser, url: str) -> None:
    days = days_of(brief_plan())
    with Opened(browser, url, **WIDE) as opened:
        tab = opened.tab
        tab.select_option("#filter", "class:III")
        fills = {dot.rpartition("var")[2] for dot in dots(tab)}
        assert fills == {"(--class-III)"}
        carrying = set(days.moves.filter(days.moves["item"] == 1)["lane"])
        assert tab.locator("[data-lane]:not([hidden])").count() == len(carrying) < len(days.lanes)
        tab.select_option("#filter", "")
        assert len({dot.rpartition("var")[2] for dot in dots(tab)}) > 1


def test_play_runs_and_stops(browser: Browser, url: str) -> None:
    with Opened(browser, url, **WIDE) as opened:
        tab = opened.tab
        before = out(tab, "date")
        tab.click("#play")
        expect(tab.locator('[data-out="date"]')).not_to_have_text(before)
        tab.click("#play")
        assert tab.locator("#play").inner_text() == "Play"


def test_nothing_is_fetched(browser: Browser, url: str) -> None:
    with Opened(browser, url, **WIDE) as opened:
        opened.tab.locator("#day").press("End")
        opened.tab.click("#theme")
        opened.tab.pdf(prefer_css_page_size=True)
        assert opened.asked == [url]
        reached = opened.tab.evaluate("fetch('data:text/plain,x').then(() => 'reached', () => 'refused')")
        assert reached == "refused"


def test_without_script_all_of_it_is_there(browser: Browser, url: str) -> None:
    with Opened(browser, url, java_script_enabled=False, **WIDE) as opened:
        tab = opened.tab
        assert not tab.locator("#controls").is_visible()
        assert not tab.locator("#theme").is_visible()
        for selector in ("#headline", ".map", ".stock svg", ".wide .sankey", ".limits", ".reasons", "footer"):
            assert tab.locator(selector).first.is_visible(), selector
        tab.locator("summary").first.click()
        assert tab.locator("details table").first.is_visible()


@pytest.mark.parametrize(
    ("scheme", "view"), [("light", WIDE), ("dark", WIDE), ("light", PHONE)], ids=["light", "dark", "phone"]
)
def test_axe_finds_no_fault(browser: Browser, url: str, scheme: str, view: dict[str, Any]) -> None:
    with Opened(browser, url, color_scheme=scheme, **view) as opened:
        tab = opened.tab
        tab.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true; })")
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = tab.evaluate("tags => axe.run(document, {runOnly: tags})", rules)
        faults = [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found["violations"]]
        assert not faults
        assert len(found["passes"]) > 15
        assert tab.evaluate("document.documentElement.scrollWidth") <= view["viewport"]["width"]


def test_everything_can_be_reached_by_key_and_is_seen_when_it_is(browser: Browser, url: str) -> None:
    with Opened(browser, url, **WIDE) as opened:
        tab, reached = opened.tab, []
        for _ in range(40):
            tab.keyboard.press("Tab")
            reached.append(tab.evaluate("document.activeElement.id || document.activeElement.tagName"))
            if reached[-1] == "BODY":
                break
            outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", reached[-1]
        assert reached[:5] == ["theme", "print", "play", "day", "filter"]
        assert reached.count("SUMMARY") == tab.locator("summary").count() >= 5


def test_the_theme_turns_and_the_pictures_with_it(browser: Browser, url: str) -> None:
    with Opened(browser, url, color_scheme="light", **WIDE) as opened:
        tab = opened.tab
        ground = "getComputedStyle(document.body).backgroundColor"
        text = "getComputedStyle(document.querySelector('.stock svg text')).fill"
        light = tab.evaluate(ground), tab.evaluate(text)
        tab.click("#theme")
        dark = tab.evaluate(ground), tab.evaluate(text)
        assert light[0] == "rgb(255, 255, 255)"
        assert dark[0] == "rgb(21, 28, 36)"
        assert light[1] != dark[1]
        assert tab.locator("#theme").get_attribute("aria-pressed") == "true"


def test_print_gives_whole_a4_pages_and_cuts_no_picture(browser: Browser, url: str) -> None:
    with Opened(browser, url, color_scheme="dark", viewport={"width": PRINT_PX[0], "height": 900}) as opened:
        tab = opened.tab
        pdf = tab.pdf(prefer_css_page_size=True, print_background=True)
        boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
        assert 4 <= len(boxes) <= 8
        assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4_POINTS}
        tab.emulate_media(media="print")
        assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        assert not tab.locator("#controls").is_visible()
        pictures = tab.eval_on_selector_all(
            ".map, figure:not(.map-figure), .head, .map-scroll",
            """found => found.filter(part => part.getClientRects().length).map(part => {
                const box = part.getBoundingClientRect(), style = getComputedStyle(part.closest('figure, .head, .map-scroll'));
                const holder = part.closest('.map-scroll, figure:not(.map-figure), .head');
                return [box.width, box.height, getComputedStyle(holder).breakInside, part.className.baseVal || part.className];
            })""",
        )
        assert len(pictures) >= 12 + 4
        wide = "tables => Math.max(...tables.map(table => table.getBoundingClientRect().width))"
        assert 0 < tab.eval_on_selector_all("table", wide) <= PRINT_PX[0] + 1
        for width, height, inside, name in pictures:
            assert inside == "avoid", name
            assert width <= PRINT_PX[0] + 1, name
            assert height <= PRINT_PX[1], name
