"""The brief's sentences: names instead of ids, findings instead of labels, units in plain words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from redball.core.wording import count, day, money, number
from redball.results.findings import COVER_DAYS
from redball.results.plan import Plan
from redball.results.why.cause import amount, unit_words
from redball.views.chart_rows import classes, lane_names, named

Sentence = tuple[tuple[str, bool], ...]
"""Pieces of a sentence, each with whether it is stressed."""

SUBJECTS = {
    "lane": "the capacity of the lane ",
    "throughput": "the daily throughput of ",
    "storage": "the storage of ",
    "reserve": "the reserve held back at ",
    "fleet": "the fleet ",
    "pledge": "the pledge of ",
    "production": "the production of ",
    "offer": "the offer of ",
    "budget": "the budget ",
}
"""How each kind of limit is named; the kinds are those of §8.4."""

KINDS = {
    "lane": "Lane",
    "throughput": "Throughput",
    "storage": "Storage",
    "reserve": "Reserve",
    "fleet": "Fleet",
    "pledge": "Pledge",
    "production": "Production",
    "offer": "Offer",
    "budget": "Budget",
}

RAW_UNITS = {"t/day": "tonne a day", "t": "tonne", "vehicle": "vehicle"}


def tonnes(value: float) -> str:
    """Say a mass.

    >>> tonnes(1234.5), tonnes(3.456)
    ('1,234 t', '3.5 t')
    """
    return f"{number(round(value, 1 if abs(value) < 10 else 0), 2)} t"


def span(first: dt.date, last: dt.date) -> str:
    """Say a span of days.

    >>> span(dt.date(2023, 3, 1), dt.date(2023, 4, 2)), span(dt.date(2023, 3, 1), dt.date(2023, 3, 1))
    ('1 Mar – 2 Apr 2023', '1 Mar 2023')
    """
    if first == last:
        return day(first)
    return f"{day(first, year=first.year != last.year)} – {day(last)}"


def per_unit(unit: str) -> str:
    """Say one more of a limit's unit in plain words.

    >>> per_unit("t/day"), per_unit("round/day"), per_unit("EUR")
    ('tonne a day', 'round a day', 'EUR')
    """
    return RAW_UNITS.get(unit, unit.replace("/day", " a day"))


def many(amount: float, unit: str) -> str:
    """Say an amount of a limit in plain words.

    >>> many(40.0, "t/day"), many(12.5, "round/day"), many(2.0, "vehicle"), many(5000.0, "EUR")
    ('40 t a day', '12.5 rounds a day', '2 vehicles', '5,000 EUR')
    """
    thing, slash, _ = unit.partition("/")
    said = thing if thing.isupper() else unit_words(thing, abs(amount - 1) < 1e-9)
    return f"{number(amount)} {said}{' a day' if slash else ''}"


@dataclass(frozen=True)
class Words:
    """How the things of one plan are called."""

    plan: Plan

    @cached_property
    def places(self) -> dict[str, str]:
        """Names of locations."""
        return named(self.plan, "locations")

    @cached_property
    def items(self) -> dict[str, str]:
        """Names of items."""
        return named(self.plan, "items")

    @cached_property
    def units(self) -> dict[str, str]:
        """Units of items."""
        return dict(self.plan.scenario.table("items").select("item", "unit").iter_rows())

    @cached_property
    def classes(self) -> dict[str, str]:
        """Supply classes of items."""
        return classes(self.plan)

    @cached_property
    def lanes(self) -> dict[str, str]:
        """Names of lanes."""
        return lane_names(self.plan)

    @property
    def currency(self) -> str:
        """The scenario's currency."""
        return self.plan.scenario.settings.currency

    def quantity(self, value: float, item: str) -> str:
        """Say a quantity of an item with its unit; a part of a unit is said only where it matters."""
        shown = round(value) if abs(value) >= 100 else round(value, 1)
        return amount(shown, self.units[item])

    @cached_property
    def _others(self) -> dict[tuple[str, str], str]:
        """Names of what has none of its own: pledges, lines, offers, budgets, fleets."""
        table = self.plan.scenario.table
        found: dict[tuple[str, str], str] = {}
        pledges = table("pledges").select("pledge", "donor", "item", "available_date")
        for pledge, donor, item, available in pledges.iter_rows():
            found["pledge", pledge] = f"{self.items[item]} by {donor}, from {day(available, year=False)}"
        for line, location, item in table("production").select("line", "location", "item").iter_rows():
            found["production", line] = f"{self.items[item]} at {self.places[location]}"
        for offer, location, item in table("offers").select("offer", "location", "item").iter_rows():
            found["offer", offer] = f"{self.items[item]} at {self.places[location]}"
        for kind, key in (("budget", "budgets"), ("fleet", "fleets")):
            for name, owner in table(key).select(kind, "owner").iter_rows():
                found[kind, name] = f"{name} ({owner})" if owner else name
        return found

    def limit(self, limit: str, name: str) -> str:
        """Return what people call the thing that has a limit."""
        if limit == "lane":
            return self.lanes.get(name, name)
        if limit in ("throughput", "storage"):
            return self.places.get(name, name)
        if limit == "reserve":
            location, _, item = name.partition(" / ")
            return f"{self.places.get(location, location)}: {self.items.get(item, item)}"
        return self._others.get((limit, name), name)

    def subject(self, row: Mapping[str, Any]) -> str:
        """Name a limit within a sentence."""
        return SUBJECTS[row["limit"]] + self.limit(row["limit"], row["name"])

    def step(self, row: Mapping[str, Any]) -> float:
        """Return how many more of a limit to speak of: one, or the first power of ten that spares a tenth of a day.

        Never more than a tenth of the limit, since values are slopes.
        """
        spared, most = row["shortage_days_per_unit"] or 0.0, 0.1 * (row["amount"] or 0.0)
        step = 1.0
        while 0 < spared * step < 0.1 and 10 * step <= most:
            step *= 10
        return step

    def more(self, row: Mapping[str, Any]) -> str:
        """Say how many more of a limit are spoken of."""
        step = self.step(row)
        if row["unit"] == self.currency:
            return f"{money(step, self.currency)} more"
        if step == 1:
            return f"one more {per_unit(row['unit'])}"
        return f"{number(step)} more {many(step, row['unit']).partition(' ')[2]}"

    def gain(self, row: Mapping[str, Any]) -> str:
        """Say what they are worth: shortage-days where they spare any, else money."""
        spared, step = row["shortage_days_per_unit"], self.step(row)
        if spared and spared * step > 1e-6:
            return f"{number(spared * step, 2)} shortage-days"
        return money(row["value_per_unit"] * step, self.currency)


def headline(words: Words, first: Mapping[str, Any] | None, limit: Mapping[str, Any] | None) -> Sentence:
    """Say in one sentence what runs dry or short first and where, and the limit that holds the plan back, with its value.

    Parameters
    ----------
    first
        Row of ``results.findings.first_short``, or ``None`` where nothing is short.
    limit
        Row of ``results.bottlenecks.ranked_bottlenecks``, or ``None`` where no limit has a value.
    """
    if first is None:
        start: Sentence = (("Nothing runs short", True), (": all consumption is served on every day", False))
    else:
        place, item = words.places[first["location"]], words.items[first["item"]]
        start = (
            (item, True),
            (f" {runs(first)} first, at ", False),
            (f"{place} on {day(first['first_date'])}", True),
        )
    if limit is None:
        known = words.plan.summary.bottlenecks_from != "none"
        why = (
            "no limit of the plan has a value"
            if known
            else "the search ended before the value of any limit was known"
        )
        return (*start, (f", and {why}.", False))
    when = "on" if limit["from_date"] == limit["to_date"] else "between"
    dates = span(limit["from_date"], limit["to_date"]).replace(" – ", " and ")
    return (
        *start,
        (", and what holds the plan back most is ", False),
        (words.subject(limit), True),
        (f": {words.more(limit)} {when} {dates} would spare ", False),
        (words.gain(limit), True),
        (".", False),
    )


def runs(row: Mapping[str, Any]) -> str:
    """Say how a stock fails: dry where nothing is left, short where what is left is rationed."""
    return "runs dry" if row["emptied"] else "runs short"


def stock_title(words: Words, row: Mapping[str, Any]) -> str:
    """Say the finding of one stock curve."""
    place, item = words.places[row["location"]], words.items[row["item"]]
    if row["first_date"] is None:
        return f"{item} lasts at {place}"
    return f"{item} {runs(row)} at {place} on {day(row['first_date'], year=False)}"


def stock_note(words: Words, row: Mapping[str, Any]) -> str:
    """Say how long a stock is short and what is not served."""
    if row["first_date"] is None:
        return f"never short; under {COVER_DAYS} days of supply on {count(row['days_low'], 'day')}"
    missing = words.quantity(row["asked"] - row["served"], row["item"])
    return f"short on {count(row['days_short'], 'day')} of {row['days_asked']}; {missing} not served"
