"""The rows behind the charts: runs of work packed into lanes, days as instants, names instead of ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from redball.core.wording import number
from redball.results.findings import pledged, short_share
from redball.results.plan import Plan
from redball.results.race import Race
from redball.results.why.cause import unit_words

BANDS_MAX = 56
"""Bands that the schedule may fill; the busiest lanes take them first."""
LANES_SHOWN = 14
PLEDGES_SHOWN = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """A run of work without a pause: a line that makes, a lane that carries, one item."""

    row: str
    item: str
    start: dt.date
    end: dt.date
    """The day after the last day."""
    quantity: float
    tonnes: float


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A line or lane with its bars, each with its band: bars that overlap lie in different bands."""

    group: str
    name: str
    total: str
    bars: tuple[tuple[int, Bar], ...]

    @property
    def n_bands(self) -> int:
        """How many bands the row needs."""
        return 1 + max((band for band, _ in self.bars), default=0)


def instant(date: dt.date) -> int:
    """Return the milliseconds of a date at midnight UTC, as charts count time."""
    return (date - dt.date(1970, 1, 1)).days * 86_400_000


def named(plan: Plan, table: str) -> dict[str, str]:
    """Return the names of locations or items by their ids."""
    key = {"locations": "location", "items": "item"}[table]
    return dict(plan.scenario.table(table).select(key, "name").iter_rows())


def classes(plan: Plan) -> dict[str, str]:
    """Return the supply class of each item."""
    return dict(plan.scenario.table("items").select("item", "supply_class").iter_rows())


def lane_names(plan: Plan) -> dict[str, str]:
    """Return what people call each lane: from, to and mode."""
    place = named(plan, "locations")
    rows = plan.scenario.table("lanes").select("lane", "from_location", "to_location", "mode").iter_rows()
    return {lane: f"{place[a]} → {place[b]}, {mode}" for lane, a, b, mode in rows}


def stock_days(plan: Plan, location: str, item: str) -> pl.DataFrame:
    """Return the closing stock and the unserved share of a location and item by day: date, time, quantity, share."""
    here = (pl.col("location") == location) & (pl.col("item") == item)
    horizon = plan.scenario.horizon
    days = pl.DataFrame({"date": pl.date_range(horizon.start, horizon.last, eager=True)})
    stock = plan.tables["stocks"].filter(here).select("date", "quantity")
    missing = (short_share() * pl.col("asked")).sum()
    short = (
        plan.tables["served"]
        .filter(here)
        .group_by("date", maintain_order=True)
        .agg((missing / pl.col("asked").sum()).alias("share"))
    )
    joined = days.join(stock, on="date", how="left").join(short, on="date", how="left").sort("date")
    # the last day lasts until the day after it, so that steps end where the axis ends
    after = joined.tail(1).with_columns(pl.col("date") + pl.duration(days=1))
    return pl.concat([joined, after]).with_columns(
        pl.col("quantity", "share").fill_null(0.0).fill_nan(0.0), pl.col("date").dt.epoch("ms").alias("time")
    )


def race_days(race: Race, location: str, item: str, table: str) -> pl.DataFrame:
    """Return the rows of a location and item in a table of a race, by day, with the instant of each."""
    here = (pl.col("location") == location) & (pl.col("item") == item)
    days = race.tables[table].filter(here).sort("date")
    # the last day lasts until the day after it, so that steps end where the axis ends
    after = days.tail(1).with_columns(pl.col("date") + pl.duration(days=1))
    return pl.concat([days, after]).with_columns(pl.col("date").dt.epoch("ms").alias("time"))


def packed(bars: Iterable[Bar]) -> tuple[tuple[int, Bar], ...]:
    """Give each bar the first band in which it overlaps no other.

    >>> day = [dt.date(2023, 3, d) for d in range(1, 9)]
    >>> bars = [Bar("", "", day[0], day[3], 1, 1), Bar("", "", day[2], day[5], 1, 1), Bar("", "", day[4], day[6], 1, 1)]
    >>> [band for band, _ in packed(bars)]
    [0, 1, 0]
    """
    free: list[dt.date] = []
    found = []
    for bar in sorted(bars, key=lambda bar: (bar.start, -bar.tonnes, bar.item)):
        band = next((k for k, end in enumerate(free) if end <= bar.start), len(free))
        free[band : band + 1] = [bar.end]
        found.append((band, bar))
    return tuple(found)


def schedule_rows(plan: Plan) -> tuple[ScheduleRow, ...]:
    """Return the production lines that work and the busiest lanes, with what they do and when."""
    lanes = _rows("Transport", _transport(plan), lane_names(plan), plan)
    lines = _rows("Production", _production(plan), _line_names(plan), plan)
    kept: list[ScheduleRow] = []
    room = BANDS_MAX
    for row in [*lines[:LANES_SHOWN], *lanes[:LANES_SHOWN]]:
        room -= row.n_bands
        if room >= 0:
            kept.append(row)
    return tuple(kept)


def _line_names(plan: Plan) -> dict[str, str]:
    place, item = named(plan, "locations"), named(plan, "items")
    rows = plan.scenario.table("production").select("line", "location", "item").iter_rows()
    return {line: f"{place[where]}: {item[what]}" for line, where, what in rows}


def _transport(plan: Plan) -> pl.DataFrame:
    return plan.tables["shipments"].select(
        pl.col("lane").alias("row"),
        "item",
        pl.col("depart_date").alias("start"),
        pl.col("arrive_date").alias("end"),
        "quantity",
        "tonnes",
    )


def _production(plan: Plan) -> pl.DataFrame:
    table = plan.scenario.table
    lines = (
        table("production")
        .select("line", "item")
        .join(table("items").select("item", "tonnes_per_unit"), on="item")
    )
    return (
        plan.tables["starts"]
        .join(lines, on="line")
        .select(
            pl.col("line").alias("row"),
            "item",
            pl.col("date").alias("start"),
            (pl.col("date") + pl.duration(days=1)).alias("end"),
            "quantity",
            (pl.col("quantity") * pl.col("tonnes_per_unit")).alias("tonnes"),
        )
    )


def _rows(group: str, work: pl.DataFrame, names: dict[str, str], plan: Plan) -> list[ScheduleRow]:
    """Return the rows of one group, the heaviest first."""
    runs = (
        work.filter(pl.col("tonnes") > 1e-6)
        .sort("row", "item", "start", "end")
        .with_columns(pl.col("end").cum_max().over("row", "item").alias("busy"))
        .with_columns(
            (pl.col("start") > pl.col("busy").shift(1).over("row", "item"))
            .fill_null(True)
            .cum_sum()
            .alias("run")
        )
        .group_by("row", "item", "run", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max(), pl.col("quantity", "tonnes").sum())
        .sort("row", "start", "item")
    )
    unit = dict(plan.scenario.table("items").select("item", "unit").iter_rows())
    found = []
    for (row,), bars in runs.group_by("row", maintain_order=True):
        made = [
            Bar(str(row), item, start, end, quantity, tonnes)
            for item, start, end, quantity, tonnes in bars.select(
                "item", "start", "end", "quantity", "tonnes"
            ).iter_rows()
        ]
        tonnes = sum(bar.tonnes for bar in made)
        total = f"{number(round(tonnes))} t" if tonnes >= 1 else f"{number(tonnes, 1)} t"
        if group == "Production":
            quantity = sum(bar.quantity for bar in made)
            total = f"{number(round(quantity, 1))} {unit_words(unit[made[0].item])}"
        found.append((tonnes, ScheduleRow(group, names[str(row)], total, packed(made))))
    found.sort(key=lambda entry: (-entry[0], entry[1].name))
    return [row for _, row in found]


def delivered_rows(plan: Plan) -> pl.DataFrame:
    """Return the largest gaps between pledged and delivered, as shares of what was pledged.

    Columns: name, label, stage, order, start, end (shares).
    """
    items, units = named(plan, "items"), dict(plan.scenario.table("items").select("item", "unit").iter_rows())
    rows = []
    for row in pledged(plan).head(PLEDGES_SHOWN).iter_rows(named=True):
        whole = row["quantity"]
        marks = [0.0, row["used"], row["taken"], max(row["taken"], row["counted"]), whole]
        for order, stage in enumerate(STAGES):
            if marks[order + 1] - marks[order] > 1e-9 * whole:
                rows.append(
                    {
                        "name": f"{row['donor']}: {items[row['item']]}",
                        "label": f"{number(round(row['used'], 1))} of {number(whole)} {unit_words(units[row['item']])}",
                        "stage": stage,
                        "start": marks[order] / whole,
                        "end": min(1.0, marks[order + 1] / whole),
                    }
                )
    schema = {
        "name": pl.String,
        "label": pl.String,
        "stage": pl.String,
        "start": pl.Float64,
        "end": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema)


STAGES = ("used", "on the way or in stock", "not yet taken up", "does not count")
"""What became of a pledge, in the order of the bars."""


def months(start: dt.date, last: dt.date) -> Sequence[dt.date]:
    """Return the first days of the months in a span.

    >>> [str(month) for month in months(dt.date(2022, 12, 9), dt.date(2023, 2, 1))]
    ['2023-01-01', '2023-02-01']
    """
    firsts = pl.date_range(start.replace(day=1), last, "1mo", eager=True).to_list()
    return [first for first in firsts if first >= start]
