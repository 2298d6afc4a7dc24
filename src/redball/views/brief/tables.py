"""The tables behind the pictures: what each shows, as numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from redball.core.wording import NOTHING, day, money, number
from redball.results.findings import late_needs, pledged, supplies
from redball.results.plan import Plan
from redball.views.brief.words import KINDS, Words, many, span, tonnes
from redball.views.chart_rows import schedule_rows
from redball.views.map_days import Days

ROWS_MAX = 80
"""A table shows so many rows at most and says how many it leaves out; the plan's files hold all."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of text, ready to be written."""

    caption: str
    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0


def table_of(caption: str, heads: dict[str, bool], rows: Sequence[tuple[str, ...]]) -> TextTable:
    """Return a table with at most `ROWS_MAX` rows; `heads` says which columns are numbers."""
    left_out = max(0, len(rows) - ROWS_MAX)
    return TextTable(caption, tuple(heads), tuple(heads.values()), tuple(rows[:ROWS_MAX]), left_out)


def lanes_table(plan: Plan, words: Words) -> TextTable:
    """Return what each lane carries."""
    used = (
        plan.tables["shipments"]
        .group_by("lane", maintain_order=True)
        .agg(
            pl.col("tonnes").sum().round(6),
            pl.len(),
            pl.col("depart_date").min(),
            pl.col("arrive_date").max().alias("last"),
        )
        .sort(["tonnes", "lane"], descending=[True, False])
    )
    rows = [
        (words.lanes[lane], tonnes(mass), number(n), day(first, year=False), day(last, year=False))
        for lane, mass, n, first, last in used.iter_rows()
    ]
    heads = {"Lane": False, "Tonnes": True, "Shipments": True, "First departs": True, "Last arrives": True}
    return table_of("What each lane carries, the busiest first", heads, rows)


def weeks_table(plan: Plan, days: Days) -> TextTable:
    """Return goods on the way and the state of stocks, week by week."""
    rows = [
        (
            day(plan.scenario.horizon.date(d)),
            tonnes(float(days.in_transit[d])),
            *(str(int((days.states[:, d] == state).sum())) for state in (3, 2, 1)),
        )
        for d in range(0, plan.scenario.horizon.days, 7)
    ]
    heads = {"Day": False, "On the way": True, "Stocks short": True, "Under 7 days": True, "Covered": True}
    return table_of("Goods on the way and state of stocks, every seventh day", heads, rows)


def stocks_table(
    short: pl.DataFrame,
    words: Words,
    without: Mapping[tuple[str, str], dt.date],
    chances: Mapping[tuple[str, str], str],
) -> TextTable:
    """Return every stock that runs short.

    Parameters
    ----------
    short
        Rows of ``results.findings.shortages`` that are short at all.
    without
        Stock-out dates if nothing moved, by location and item; empty where no forecast is at hand.
    chances
        Chances of a shortage in words, by location and item; empty where no race is at hand.
    """
    rows = []
    for row in short.iter_rows(named=True):
        key = (row["location"], row["item"])
        entry = [
            words.places[row["location"]],
            words.items[row["item"]],
            str(row["priority"]),
            day(row["first_date"], year=False),
            f"{row['days_short']} of {row['days_asked']}",
            number(round(row["shortage_days"], 1), 2),
            words.quantity(row["asked"] - row["served"], row["item"]),
        ]
        if without:
            alone = without.get(key)
            entry.append(day(alone, year=False) if alone else NOTHING)
        if chances:
            entry.append(chances.get(key, NOTHING))
        rows.append(tuple(entry))
    heads = {
        "Place": False,
        "Item": False,
        "Priority": True,
        "Short from": True,
        "Days short": True,
        "Shortage-days": True,
        "Not served": True,
    }
    if without:
        heads["If nothing moved"] = True
    if chances:
        heads["Chance of a shortage"] = True
    return table_of("Every stock that runs short, the worst first", heads, rows)


def needs_table(plan: Plan, words: Words) -> TextTable:
    """Return the needs that are handed over late or not at all."""
    rows = [
        (
            row["need"],
            words.places[row["location"]],
            words.quantity(row["quantity"], row["item"]) + f", {words.items[row['item']]}",
            day(row["due_date"], year=False),
            day(row["done_date"], year=False) if row["done_date"] else "not by the last day",
            words.quantity(row["open"], row["item"]),
        )
        for row in late_needs(plan).iter_rows(named=True)
    ]
    heads = {"Need": False, "Place": False, "What": False, "Due": True, "Met": True, "Open at the end": True}
    return table_of("Needs not met on their due date", heads, rows)


def flows_table(plan: Plan, words: Words) -> TextTable:
    """Return who supplied what to where."""
    rows = [
        (
            row["donor"] or NOTHING,
            words.items[row["item"]],
            words.places[row["destination"]],
            words.quantity(row["quantity"], row["item"]),
            tonnes(row["tonnes"]),
        )
        for row in supplies(plan).iter_rows(named=True)
    ]
    heads = {"Donor": False, "Item": False, "Destination": False, "Quantity": True, "Tonnes": True}
    return table_of("Who supplied what to where, the largest first", heads, rows)


def schedule_table(plan: Plan) -> TextTable:
    """Return the rows of the schedule."""
    rows = [
        (
            row.group,
            row.name,
            row.total,
            number(len(row.bars)),
            day(min(bar.start for _, bar in row.bars), year=False),
            day(max(bar.end for _, bar in row.bars), year=False),
        )
        for row in schedule_rows(plan)
    ]
    heads = {"Kind": False, "Line or lane": False, "In all": True, "Runs": True, "From": True, "To": True}
    return table_of("What each line makes and each of the busiest lanes carries", heads, rows)


def pledges_table(plan: Plan, words: Words) -> TextTable:
    """Return what became of the pledges of each donor and item."""
    rows = [
        (
            row["donor"],
            words.items[row["item"]],
            words.quantity(row["quantity"], row["item"]),
            *(words.quantity(row[key], row["item"]) for key in ("counted", "taken", "used")),
        )
        for row in pledged(plan).iter_rows(named=True)
    ]
    heads = {"Donor": False, "Item": False, "Pledged": True, "Counts": True, "Taken up": True, "Used": True}
    return table_of("What became of the pledges, the largest gap in tonnes first", heads, rows)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit that binds, in words."""

    kind: str
    name: str
    when: str
    n_days: int
    more: str
    tenth: str
    share: float
    """Its value beside the largest, 0..1."""


def limit_rows(ranked: pl.DataFrame, words: Words, most: int = 10) -> tuple[LimitRow, ...]:
    """Return the limits that hold the plan back most."""
    top = ranked.head(most)
    largest = max((value for value in top["value_tenth"].to_list() if value), default=0.0)
    found = []
    for row in top.iter_rows(named=True):
        spared, worth, amount = row["shortage_days_tenth"], row["value_tenth"], row["amount"]
        tenth = NOTHING
        if amount:
            much = many(amount / 10, row["unit"])
            gain = (
                f"{number(spared, 2)} shortage-days"
                if spared and spared > 1e-6
                else money(worth, words.currency)
            )
            tenth = f"{gain} ({much})"
        found.append(
            LimitRow(
                KINDS[row["limit"]],
                words.limit(row["limit"], row["name"]),
                span(row["from_date"], row["to_date"]),
                row["n_days"],
                f"{words.gain(row)} for {words.more(row)}",
                tenth,
                (worth / largest) if worth and largest else 0.0,
            )
        )
    return tuple(found)
