"""What the brief says of a race: which stocks, needs and pledges, in which order, with which numbers."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import polars as pl
import pytest
from tests.functional.brief_plan import DAYS, START, brief_plan
from tests.unit.results.races import made_up_race

from redball.results.race import Race
from redball.results.race_tables import RACE_TABLES
from redball.scenario.scenario import Scenario
from redball.views.brief import odds as page
from redball.views.brief.odds import bands_table, compact, odds_of
from redball.views.brief.tables import TextTable
from redball.views.brief.words import Words

PLAN = brief_plan()
WORDS = Words(PLAN)
MADE_UP = made_up_race(PLAN)
DATES = [START + dt.timedelta(days) for days in (14, 29, 44, 59, 74, 89)]
HEADS = ("By 18 Jan", "By 2 Feb", "By 17 Feb", "By 4 Mar", "By 19 Mar", "By 3 Apr")


def of(rows: list[dict[str, Any]], name: str) -> pl.DataFrame:
    """Return a table of a race from a few of its cells."""
    full = [dict.fromkeys(RACE_TABLES[name]) | row for row in rows]
    return pl.DataFrame(full, schema=RACE_TABLES[name])


def first_outs(location: str, item: str, chances: list[float]) -> list[dict[str, Any]]:
    """Return chances by the dates of the brief, and others on the days between, which it does not show."""
    place = {"location": location, "item": item}
    shown = [
        place | {"date": date, "chance": chance, "low": chance / 2, "high": min(2 * chance, 1.0)}
        for date, chance in zip(DATES, chances, strict=True)
    ]
    return shown + [one | {"date": one["date"] - dt.timedelta(1), "chance": 0.77} for one in shown]


def service(location: str, item: str, level: float, fill: float) -> dict[str, Any]:
    told = {"location": location, "item": item, "fill_rate": fill, "service_level": level}
    told |= {"fill_low": fill - 0.02, "fill_high": fill + 0.01}
    return told | {"service_low": max(level - 0.03, 0.0), "service_high": min(level + 0.02, 1.0)}


def race_of(scenario: Scenario = PLAN.scenario, **tables: list[dict[str, Any]]) -> Race:
    """Return the made-up race with other tables."""
    others = {name: of(rows, name) for name, rows in tables.items()}
    return Race(scenario, MADE_UP.summary, {**MADE_UP.tables, **others})


def plain(table: TextTable) -> list[tuple[str, ...]]:
    """Return the rows without the marks that say where lines may break."""
    return [tuple(cell.replace("\u00a0", " ").replace("\u2060", "") for cell in row) for row in table.rows]


def behind(race: Race, caption: str) -> list[tuple[str, ...]]:
    """Return the rows of a table behind the section; it is there once."""
    (table,) = [table for table in odds_of(race, WORDS).behind if caption in table.caption]
    return plain(table)


FOUR = race_of(
    service=[
        service("odesa", "round", 0.5, 0.6),
        service("zaporizhzhia", "round", 0.4, 0.9),
        service("sumy", "round", 0.5, 0.8),
        service("dnipro", "round", 0.5, 0.7),
        service("kharkiv", "round", 1.0, 0.95),
    ],
    first_outs=[
        *first_outs("odesa", "round", [0.1, 0.1, 0.1, 0.3, 0.4, 0.5]),
        *first_outs("zaporizhzhia", "round", [0.0, 0.0, 0.0, 0.0, 0.0, 0.6]),
        *first_outs("sumy", "round", [0.1, 0.1, 0.2, 0.3, 0.4, 0.5]),
        *first_outs("dnipro", "round", [0.1, 0.1, 0.2, 0.3, 0.4, 0.5]),
        *first_outs("kharkiv", "round", [0.0] * 6),
    ],
)


def test_the_likeliest_and_the_earliest_come_first_then_the_worst_served() -> None:
    table = odds_of(FOUR, WORDS).table
    assert table.heads == ("Place", "Item", "Fill rate", *HEADS)
    assert table.numeric == (False, False, *[True] * 7)
    # Kharkiv never runs out; Odesa does so later than the two before it, and is worse served
    assert [row[0] for row in table.rows] == ["Zaporizhzhia", "Dnipro", "Sumy", "Odesa"]
    dnipro = plain(table)[1]
    assert dnipro[:3] == ("Dnipro", "155 mm round", "70 % (68–71)")
    assert dnipro[3:] == (
        *("10 % (5–20)", "10 % (5–20)", "20 % (10–40)"),
        *("30 % (15–60)", "40 % (20–80)", "50 % (25–100)"),
    )


def test_the_chances_beside_dates_are_those_of_any_shortage() -> None:
    chances = odds_of(FOUR, WORDS).chances
    assert chances["odesa", "round"] == "50 % (48 % to 53 %)"
    assert chances["kharkiv", "round"] == "0 % (0 % to 3 %)"


@pytest.mark.parametrize(
    ("levels", "title"),
    [
        ([1.0, 1.0], "No stock runs short in any future"),
        (
            [0.05, 0.0501, 0.95, 0.9499, 1.0],
            "1 of 5 stocks runs short in at least 19 of 20 futures, 2 in at most one of 20",
        ),
        ([0.0], "1 of 1 stock runs short in at least 19 of 20 futures, 0 in at most one of 20"),
    ],
)
def test_the_title_counts_what_is_all_but_sure(levels: list[float], title: str) -> None:
    items = ("ration", "diesel", "round", "generator", "trauma")
    rows = [service("odesa", item, level, 0.9) for item, level in zip(items, levels, strict=False)]
    assert odds_of(race_of(service=rows, first_outs=[]), WORDS).title == title


def test_the_section_says_how_it_was_found() -> None:
    told = odds_of(FOUR, WORDS)
    assert told.how.startswith("The plan in 200 random futures: ")
    assert told.how.endswith("(policy follow). In brackets: 95 % intervals.")
    assert told.tiles == (
        ("Chance of no shortage", "75 %", "68 % to 80 %; 200 random futures"),
        ("Shortage-days on average", "322", "289 to 354; 200 random futures"),
    )


def test_what_is_too_long_to_stand_open_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    captions = [table.caption for table in odds_of(FOUR, WORDS).behind]
    assert captions == ["Chance that a need is met, with its 95 % interval"]
    monkeypatch.setattr(page, "SHOWN", 4)
    assert len(odds_of(FOUR, WORDS).behind) == 1
    monkeypatch.setattr(page, "SHOWN", 2)
    told = odds_of(FOUR, WORDS)
    assert [row[0] for row in told.table.rows] == ["Zaporizhzhia", "Dnipro"]
    assert told.behind[0].caption == told.table.caption
    assert [row[0] for row in told.behind[0].rows] == ["Zaporizhzhia", "Dnipro", "Sumy", "Odesa"]
    assert told.behind[1].numeric == (False, False, False, True, True, True)


def test_needs_are_told_by_their_dates_and_by_the_last_day() -> None:
    due = dt.date(2027, 2, 18)
    met = [
        {"need": "gen-kyiv", "date": due, "chance": 0.4, "low": 0.3, "high": 0.5},
        {"need": "gen-kyiv", "date": DATES[-1], "chance": 0.8, "low": 0.7, "high": 0.9},
        {"need": "gen-kyiv", "date": due - dt.timedelta(1), "chance": 0.1, "low": 0.0, "high": 0.2},
    ]
    (row,) = behind(race_of(needs_met=met), "a need is met")
    assert row == (
        *("gen-kyiv", "Kyiv", "30 units, Generator 100 kVA", "18 Feb"),
        *("40 % (30–50)", "80 % (70–90)"),
    )
    (row,) = behind(race_of(needs_met=met[1:]), "a need is met")
    assert row[-2:] == ("not within the plan", "80 % (70–90)")


def test_where_there_are_no_needs_nothing_is_said_of_them() -> None:
    tables = {name: table for name, table in PLAN.scenario.tables.items() if name != "needs"}
    assert odds_of(race_of(Scenario(PLAN.scenario.settings, tables)), WORDS).behind == ()


def pledge(name: str, in_time: float, comes: float, late: float | None) -> dict[str, Any]:
    told: dict[str, Any] = {"pledge": name, "in_time": in_time, "comes": comes, "days_late_mean": late}
    told |= {"in_time_low": in_time - 0.1, "in_time_high": in_time + 0.1}
    told |= {"comes_low": comes - 0.05, "comes_high": min(comes + 0.05, 1.0)}
    return told | ({} if late is None else {"days_late_low": late - 1, "days_late_high": late + 1})


def test_pledges_that_may_fail_are_told_the_least_sure_first() -> None:
    rows = [
        pledge("oslo-diesel", 0.5, 0.9, 3.0),
        pledge("oslo-ration", 0.5, 0.6, 12.0),
        pledge("oslo-generator", 0.2, 0.95, None),
        pledge("aarhus-diesel", 1.0, 1.0, 0.0),
    ]
    told = behind(race_of(pledges=rows), "a pledge comes")
    assert [row[0].partition(" by ")[0] for row in told] == [
        *("Generator 100 kVA", "Ration, one person, one day", "Diesel fuel"),
    ]
    assert told[0][1:] == ("20 % (10–30)", "95 % (90–100)", "–")
    assert told[1][1:] == ("50 % (40–60)", "60 % (55–65)", "12 (11 to 13)")
    assert told[2][1:] == ("50 % (40–60)", "90 % (85–95)", "3 (2 to 4)")
    assert odds_of(race_of(pledges=rows), WORDS).behind[-1].numeric == (False, True, True, True)
    sure = odds_of(race_of(pledges=rows[3:]), WORDS).behind
    assert not [table for table in sure if "pledge" in table.caption]


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.0, 0.0, 0.004), "0 % (0–0.4)"),
        ((0.0004, 0.00001, 0.004), "0.1 % (0.1–0.4)"),
        ((0.0994, 0.1004, 0.105), "9.9 % (10–10)"),
        ((0.9896, 0.9904, 0.99996), "99 % (99–99.9)"),
        ((0.9863, 0.9, 0.99), "99 % (90–99)"),
        ((0.9949, 0.98, 1.0), "99.5 % (98–100)"),
        ((1.0, 0.996, 1.0), "100 % (99.6–100)"),
    ],
)
def test_chances_in_little_room_are_never_rounded_to_be_sure(
    shares: tuple[float, float, float], said: str
) -> None:
    text = compact(*shares)
    assert text.replace("\u00a0", " ").replace("\u2060", "") == said
    # only the blank before the bracket lets a line break
    assert [at for at, sign in enumerate(text) if sign == " "] == [text.index("(") - 1]
    assert "–\u2060" in text


def test_bands_are_told_on_the_last_kept_day_before_each_date() -> None:
    kept = [START + dt.timedelta(days) for days in (0, 10, 20, 89)]
    place = {"location": "odesa", "item": "round"}
    band = {"q05": 10.0, "q25": 11.0, "q50": 150.4, "q75": 160.0, "q95": 1000.0}
    rows = [place | {"date": date} | band for date in kept]
    rows[1] |= {"q05": 5.0}
    race = race_of(bands=[*rows, rows[0] | {"location": "sumy", "date": kept[1]}])
    table = bands_table(race, WORDS, [("odesa", "round"), ("sumy", "round"), ("kharkiv", "round")])
    assert table.heads == ("Place", "Item", "Day", "1 in 20 has less", "Half", "1 in 20 has more")
    assert table.numeric == (False, False, True, True, True, True)
    head = ("Odesa", "155 mm round")
    assert plain(table) == [
        (*head, "14 Jan", "5 rounds", "150 rounds", "1,000 rounds"),
        (*head, "24 Jan", "10 rounds", "150 rounds", "1,000 rounds"),
        (*head, "3 Apr", "10 rounds", "150 rounds", "1,000 rounds"),
        ("Sumy", "155 mm round", "14 Jan", "10 rounds", "150 rounds", "1,000 rounds"),
    ]
    assert bands_table(race_of(bands=[]), WORDS, [("odesa", "round")]).rows == ()


@pytest.mark.parametrize(("days", "shown"), [(1, [0]), (4, [0, 1, 2, 3]), (7, [0, 1, 2, 3, 4, 6])])
def test_a_short_plan_has_fewer_dates_and_always_its_last_day(days: int, shown: list[int]) -> None:
    assert days < DAYS
    settings = PLAN.scenario.settings.model_copy(update={"days": days})
    race = dataclasses.replace(FOUR, scenario=Scenario(settings, PLAN.scenario.tables))
    heads = odds_of(race, WORDS).table.heads[3:]
    expected = [START + dt.timedelta(day) for day in shown]
    assert heads == tuple(f"By {date.day} Jan" for date in expected)
