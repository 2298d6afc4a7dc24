"""What a race adds to the brief: how sure things are, by place, item and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from redball.core.errors import InputError
from redball.core.wording import count, day, number, percent, spread
from redball.results.plan import Plan
from redball.results.race import Race
from redball.views.brief.tables import TextTable, table_of
from redball.views.brief.words import Words

DATES = 6
"""Dates at which odds are told, evenly over the days planned; the last day is one of them."""
SHOWN = 30
"""Rows of the table that stands open; the whole table is behind it."""
SURE, SAFE = 0.95, 0.05
"""Chances from which a shortage counts as all but sure, and up to which as all but excluded."""


@dataclass(frozen=True)
class Odds:
    """The section of the brief, and what it adds to others."""

    title: str
    how: str
    table: TextTable
    behind: tuple[TextTable, ...]
    chances: Mapping[tuple[str, str], str]
    """Chance that a stock runs short at all, with its interval, by location and item."""
    tiles: tuple[tuple[str, str, str], ...]
    """Key figures: label, value, note."""


def check_race(plan: Plan, race: Race) -> None:
    """Refuse a race of another scenario.

    Raises
    ------
    InputError
        If the race and the plan are not of the same scenario.
    """
    if race.summary.digest != plan.summary.digest:
        raise InputError(
            "the race was run on another scenario than the plan was made for",
            where="race",
            remedy="Run redball race on the plan's scenario, with --plan.",
        )


def odds_of(race: Race, words: Words) -> Odds:
    """Return what a race says."""
    told, dates = race.summary, _dates(race)
    ever = race.service.sort("service_level", "location", "item")
    chances = {
        (row["location"], row["item"]): spread(
            percent, *(1 - row[name] for name in ("service_level", "service_high", "service_low"))
        )
        for row in ever.iter_rows(named=True)
    }
    rows = _rows(race, words, dates)
    heads = {"Place": False, "Item": False, "Fill rate": True} | {
        f"By {day(date, year=False)}": True for date in dates
    }
    caption = "Chance that a stock has run short by a date, with its 95 % interval, the likeliest first"
    n = count(told.replications, "random future")
    return Odds(
        _title(ever["service_level"]),
        f"The plan in {n}: more or less is used, lanes close, goods come late and pledges fail, as often as the tables "
        f"say (policy {told.policy}). In brackets: 95 % intervals.",
        table_of(caption, heads, rows[:SHOWN]),
        tuple(
            table
            for table in (
                table_of(caption, heads, rows) if len(rows) > SHOWN else None,
                _needs(race, words),
                _pledges(race, words),
            )
            if table is not None and table.rows
        ),
        chances,
        (
            (
                "Chance of no shortage",
                percent(told.service_level),
                f"{percent(told.service_level_low)} to {percent(told.service_level_high)}; {n}",
            ),
            (
                "Shortage-days on average",
                number(round(told.shortage_days, 1)),
                f"{number(told.shortage_days_low)} to {number(told.shortage_days_high)}; {n}",
            ),
        ),
    )


def _title(service_level: pl.Series) -> str:
    """Say how many stocks are all but sure to run short, and how many not to."""
    if not (service_level < 1).any():
        return "No stock runs short in any future"
    # not of 1 - level, in which an exact nineteen of twenty would be lost by a rounding
    sure, safe = int((service_level <= 1 - SURE).sum()), int((service_level >= 1 - SAFE).sum())
    stocks = count(service_level.len(), "stock")
    runs = "runs" if sure == 1 else "run"
    return f"{sure} of {stocks} {runs} short in at least 19 of 20 futures, {safe} in at most one of 20"


def compact(chance: float, low: float, high: float) -> str:
    """Say a chance with its interval in little room.

    >>> compact(0.1551, 0.111, 0.212).replace(chr(0xA0), " ").replace(chr(0x2060), "")
    '16 % (11–21)'
    >>> compact(0.9999, 0.998, 1.0).replace(chr(0xA0), " ").replace(chr(0x2060), "")
    '99.9 % (99.8–100)'
    """
    said = []
    for share in (chance, low, high):
        rounded = round(share, 2 if 0.1 <= share <= 0.99 else 3)
        # what is not sure is not rounded to be so
        said.append(percent(min(max(rounded, 0.001), 0.999) if 0 < share < 1 else share))
    text = f"{said[0]} ({said[1].removesuffix(' %')}–{said[2].removesuffix(' %')})"
    # where room is short the interval goes to a line of its own, and nothing else does
    return text.replace(" %", "\u00a0%").replace("–", "–\u2060")


def bands_table(race: Race, words: Words, shown: list[tuple[str, str]]) -> TextTable:
    """Return the bands of the stock curves that are shown, at a few dates."""
    # long races keep their stocks on some of the days only
    kept: list[dt.date] = race.bands["date"].unique().sort().to_list()
    dates = sorted({max(day for day in kept if day <= date) for date in _dates(race)} if kept else ())
    found = race.bands.filter(pl.col("date").is_in(dates))
    bands = {(row["location"], row["item"], row["date"]): row for row in found.iter_rows(named=True)}
    rows = []
    for location, item in shown:
        for date in dates:
            band = bands.get((location, item, date))
            if band is not None:
                said = (words.quantity(band[name], item) for name in ("q05", "q50", "q95"))
                rows.append((words.places[location], words.items[item], day(date, year=False), *said))
    heads = {
        "Place": False,
        "Item": False,
        "Day": True,
        "1 in 20 has less": True,
        "Half": True,
        "1 in 20 has more": True,
    }
    return table_of("Closing stock in the futures of the race", heads, rows)


def _dates(race: Race) -> list[dt.date]:
    horizon = race.scenario.horizon
    days = sorted({(k + 1) * horizon.days // DATES - 1 for k in range(DATES)} - {-1})
    return [horizon.date(day) for day in days]


def _rows(race: Race, words: Words, dates: list[dt.date]) -> list[tuple[str, ...]]:
    """Return the chances of each stock at the dates; of those that ever ran out."""
    service = race.service.select("location", "item", "fill_rate", "fill_low", "fill_high")
    pairs = (
        race.first_outs.filter(pl.col("date").is_in(dates))
        .sort("location", "item", "date")
        .group_by("location", "item", maintain_order=True)
        .agg("chance", "low", "high", ever=pl.col("chance").last(), mean=pl.col("chance").mean())
        .filter(pl.col("ever") > 0)
        .join(service, on=["location", "item"], how="left", maintain_order="left")
        .sort("ever", "mean", "fill_rate", descending=[True, True, False], maintain_order=True)
    )
    return [
        (
            words.places[row["location"]],
            words.items[row["item"]],
            compact(row["fill_rate"], row["fill_low"], row["fill_high"]),
            *(compact(*each) for each in zip(row["chance"], row["low"], row["high"], strict=True)),
        )
        for row in pairs.iter_rows(named=True)
    ]


def _needs(race: Race, words: Words) -> TextTable:
    """Return the chance of each need to be met by its due date and by the last day."""
    horizon = race.scenario.horizon
    chances = {(row["need"], row["date"]): row for row in race.needs_met.iter_rows(named=True)}
    rows = []
    for row in race.scenario.table("needs").iter_rows(named=True):
        said = []
        for date in (row["due_date"], horizon.last):
            found = chances.get((row["need"], date))
            said.append(
                compact(found["chance"], found["low"], found["high"]) if found else "not within the plan"
            )
        what = f"{words.quantity(row['quantity'], row['item'])}, {words.items[row['item']]}"
        rows.append(
            (row["need"], words.places[row["location"]], what, day(row["due_date"], year=False), *said)
        )
    heads = {
        "Need": False,
        "Place": False,
        "What": False,
        "Due": True,
        "Met by then": True,
        "By the last day": True,
    }
    return table_of("Chance that a need is met, with its 95 % interval", heads, rows)


def _pledges(race: Race, words: Words) -> TextTable:
    """Return how sure the pledges are that may fail, the least sure first."""
    unsure = race.pledges.filter(pl.col("in_time") < 1).sort("in_time", "comes", "pledge")
    rows = [
        (
            words.limit("pledge", row["pledge"]),
            compact(row["in_time"], row["in_time_low"], row["in_time_high"]),
            compact(row["comes"], row["comes_low"], row["comes_high"]),
            spread(number, row["days_late_mean"], row["days_late_low"], row["days_late_high"]),
        )
        for row in unsure.iter_rows(named=True)
    ]
    heads = {"Pledge": False, "On its date": True, "By the last day": True, "Days late": True}
    return table_of("Chance that a pledge comes, with its 95 % interval", heads, rows)
