"""The chain of causes behind a shortage."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from redball.core.wording import count, day, listed, number, percent
from redball.model.problem import Flags
from redball.results.flows import RECEIVED, flows
from redball.results.plan import Plan
from redball.results.why.cause import Cause
from redball.results.why.limits import limit_causes
from redball.results.why.making import Waiting, making_causes
from redball.results.why.names import Names
from redball.results.why.rivals import rival_causes
from redball.results.why.shortage import Shortage, chosen_shortage
from redball.results.why.supply import supply_causes
from redball.results.why.usage import Usage, usage
from redball.results.why.walk import Walk, earliest_arrival, walk

DUST_SHARE = 1e-3
"""Share of a day's demand that is too little to matter to the shortage."""

ORDER = (
    "shortage",
    "empty",
    "priority",
    "lead",
    "closure",
    "lane",
    "throughput",
    "fleet",
    "class",
    "storage",
    "stock",
    "reserve",
    "kept",
    "unused",
    "date",
    "rung",
    "pledge",
    "production",
    "expansion",
    "recipe",
    "budget",
    "offer",
    "elsewhere",
)
"""Kinds of causes in the order in which they are told at one depth."""


def causes(
    plan: Plan, location: str | None = None, item: str | None = None, date: dt.date | None = None
) -> tuple[Cause, ...]:
    """Return the chain of causes behind a shortage, from the shortage upstream; nothing short: no causes.

    Parameters
    ----------
    plan
        A plan with its tables.
    location, item, date
        Which shortage; what is not named is chosen: the worst by weighted shortage-days, on the first of its worst days.

    Raises
    ------
    InputError
        If a name is not in the scenario, or the date is outside the plan.

    Notes
    -----
    Reads the tables only; every sentence is a fact of the tables. How the causes are found, and what each kind
    means, is in ``docs/concepts/why.md``.
    """
    shortage = chosen_shortage(plan, location, item, date)
    if shortage is None:
        return ()
    used = usage(plan)
    place = used.problem.labels.locations.index(shortage.location)
    what = used.problem.labels.items.index(shortage.item)
    today = plan.scenario.horizon.day(shortage.date)
    names = Names(used, what)
    found = [
        _shortage(names, shortage, place),
        _empty(names, plan, shortage, place),
        *_lead(names, shortage, place, today),
    ]
    seeds = np.zeros((used.problem.n_locations, used.problem.n_days), dtype=np.bool_)
    seeds[place, today] = True
    dust = max(DUST_SHARE * shortage.missing, 1e-6)
    way = walk(used, what, seeds, dust)
    found += rival_causes(names, way, shortage, place)
    found += _upstream(used, way, (what,))
    return tuple(sorted(found, key=_told_first))


def _told_first(cause: Cause) -> tuple[float, ...]:
    """Sort from the shortage upstream, and at one depth by kind, by what waited, by how long."""
    numbers = cause.numbers
    return cause.depth, ORDER.index(cause.kind), -numbers.get("waiting", 0.0), -numbers.get("days", 0.0)


def _upstream(used: Usage, way: Walk, items: tuple[int, ...]) -> list[Cause]:
    """Tell what the walk found, and what is behind the inputs that production waits for."""
    names = Names(used, way.item)
    made, waiting = making_causes(names, way)
    found = [*limit_causes(names, way), *supply_causes(names, way), *made]
    for need in sorted({wait.item for wait in waiting} - set(items)):
        mine = [wait for wait in waiting if wait.item == need]
        inner = walk(used, need, _seeds(used, mine), way.dust, min(wait.depth for wait in mine))
        found += _upstream(used, inner, (*items, need))
    return found


def _seeds(used: Usage, waiting: list[Waiting]) -> Flags:
    seeds = np.zeros((used.problem.n_locations, used.problem.n_days), dtype=np.bool_)
    for wait in waiting:
        seeds[wait.location] |= wait.days
    return seeds


def _shortage(names: Names, shortage: Shortage, place: int) -> Cause:
    where, item = names.place(place), names.item_name
    text = (
        f"On {day(shortage.date)} {where} is short of {names.quantity(shortage.missing)} of {item} out of "
        f"{number(shortage.asked)} ({percent(shortage.missing / shortage.asked)})."
    )
    if shortage.days > 1:
        text += (
            f" It is short on {count(shortage.days, 'day')} between {day(shortage.first_date)} and "
            f"{day(shortage.last_date)}: {number(shortage.shortage_days)} shortage-days."
        )
    return Cause(
        kind="shortage",
        text=text,
        rule="§7.1",
        subject=shortage.location,
        numbers={
            "asked": shortage.asked,
            "missing": shortage.missing,
            "days": float(shortage.days),
            "shortage_days": shortage.shortage_days,
        },
        first_date=shortage.first_date,
        last_date=shortage.last_date,
    )


def _empty(names: Names, plan: Plan, shortage: Shortage, place: int) -> Cause:
    """Say what is on hand at the close of the day, and what came until then."""
    problem = names.usage.problem
    today = names.horizon.day(shortage.date)
    closing = float(names.usage.closing(names.item)[place, today])
    opening = float(problem.stock_opening[place, names.item])
    received = float(
        flows(plan)
        .filter(
            (pl.col("location") == shortage.location)
            & (pl.col("item") == shortage.item)
            & (pl.col("date") <= shortage.date)
            & pl.col("kind").is_in(RECEIVED)
            & (pl.col("kind") != "stock")
        )["quantity"]
        .sum()
    )
    held = "nothing" if closing < 1e-6 else names.quantity(closing)
    text = (
        f"{names.place(place)} has {held} on hand at the close of {day(shortage.date)}: it began with "
        f"{names.quantity(opening)} and received {names.quantity(received)} until then."
    )
    numbers = {"closing": closing, "opening": opening, "received": received}
    return names.cause("empty", text, "§2.2", 0, shortage.location, numbers)


def _lead(names: Names, shortage: Shortage, place: int, today: int) -> list[Cause]:
    """Say so where nothing at all could have come in time, however much there was to send."""
    problem, item = names.usage.problem, names.item_name
    arrival = earliest_arrival(names.usage, names.item, place)
    if arrival.day <= today:
        return []
    if arrival.day >= problem.n_days:
        text = f"No supply of {item} that counts can come to {names.place(place)} before the plan ends."
        return [names.cause("lead", text, "§3.4", 0, shortage.location)]
    earliest = day(names.horizon.date(arrival.day))
    text = f"No {item} can come to {names.place(place)} before {earliest}"
    transit = float(problem.lanes.transit_days[list(arrival.lanes)].sum())
    if arrival.lanes:
        by = listed(problem.labels.lanes[lane] for lane in arrival.lanes)
        ready = day(names.horizon.date(arrival.ready))
        text += (
            f": the quickest way is from {names.place(arrival.origin)} (not before {ready}) by {by}, "
            f"{count(int(transit), 'day')}"
        )
    numbers = {"earliest_day": float(arrival.day), "transit_days": transit}
    return [names.cause("lead", f"{text}.", "§3.1", 0, shortage.location, numbers)]
