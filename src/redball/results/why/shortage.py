"""Which shortage to explain."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass

import polars as pl

from redball.core.errors import InputError
from redball.results.plan import Plan
from redball.results.shortages import short_days


@dataclass(frozen=True, slots=True)
class Shortage:
    """A shortage of one item at one location, on one day and over the whole plan."""

    location: str
    item: str
    date: dt.date
    asked: float
    """[item unit] consumption of that day, and what needs then due have ever asked for."""
    missing: float
    days: int
    """Days on which it is short."""
    first_date: dt.date
    last_date: dt.date
    shortage_days: float
    """Plain shortage-days over the whole plan (§7.1)."""


def chosen_shortage(
    plan: Plan, location: str | None = None, item: str | None = None, date: dt.date | None = None
) -> Shortage | None:
    """Return the worst shortage (by weighted shortage-days) of those named, on its worst day if none is named.

    Raises
    ------
    InputError
        If a name is not in the scenario, or the date is outside the plan.
    """
    _known(plan, "location", location)
    _known(plan, "item", item)
    horizon = plan.scenario.horizon
    if date is not None and not horizon.start <= date <= horizon.last:
        raise InputError(
            f"{date} is outside the plan",
            where="date",
            remedy=f"Give a day from {horizon.start} to {horizon.last}.",
        )
    short = _weighted(plan)
    for column, value in (("location", location), ("item", item)):
        if value is not None:
            short = short.filter(pl.col(column) == value)
    on_day = short if date is None else short.filter(pl.col("date") == date)
    if on_day.is_empty():
        return None
    worst = (
        on_day.group_by("location", "item")
        .agg(pl.col("weighted").sum(), first=pl.col("date").min())
        .sort(["weighted", "first", "location", "item"], descending=[True, False, False, False])
        .row(0, named=True)
    )
    here = short.filter((pl.col("location") == worst["location"]) & (pl.col("item") == worst["item"]))
    return _described(here, worst["location"], worst["item"], date or _worst_day(here))


def _worst_day(here: pl.DataFrame) -> dt.date:
    """Return the first of the days on which the most is short."""
    days = here.group_by("date").agg(pl.col("weighted").sum()).sort("date")
    most = days["weighted"].to_numpy().max()
    day: dt.date = days.filter(pl.col("weighted") >= most * (1 - 1e-6))["date"][0]
    return day


def _weighted(plan: Plan) -> pl.DataFrame:
    weights = dict(enumerate(plan.scenario.settings.objective.priority_weights, start=1))
    weight = pl.col("priority").replace_strict(weights, return_dtype=pl.Float64)
    return short_days(plan).with_columns(
        weighted=pl.col("shortage_days") * weight, asked=pl.col("short") / pl.col("shortage_days")
    )


def _described(here: pl.DataFrame, location: str, item: str, date: dt.date) -> Shortage:
    today = here.filter(pl.col("date") == date)
    dates = here["date"].unique().sort().to_list()
    return Shortage(
        location=location,
        item=item,
        date=date,
        asked=float(today["asked"].sum()),
        missing=float(today["short"].sum()),
        days=len(dates),
        first_date=dates[0],
        last_date=dates[-1],
        shortage_days=float(here["shortage_days"].sum()),
    )


def _known(plan: Plan, column: str, value: str | None) -> None:
    ids = plan.scenario.table(f"{column}s")[column].to_list()
    if value is None or value in ids:
        return
    near = difflib.get_close_matches(value, ids, 1)
    raise InputError(
        f"{value!r} is not in {column}s",
        where=column,
        remedy=f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(ids[:5])} and so on.",
    )
