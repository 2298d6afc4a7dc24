"""How long stocks last: if nothing more moves, if what is allocated arrives, and if the plan runs.

No optimisation: each location and item is looked at alone, day by day, in the order of §2.1. ``docs/concepts/forecast.md``
says the same for readers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.core.errors import InputError
from redball.model.build import build
from redball.model.problem import Flags, Floats, Ints, Problem
from redball.results.plan import Plan
from redball.scenario.scenario import Scenario

NOTHING_MOVES = "nothing moves"
ALLOCATED_ARRIVES = "allocated arrives"
PLAN = "plan"
WAYS = (NOTHING_MOVES, ALLOCATED_ARRIVES, PLAN)

PER_DAY_OVER_DAYS = 30
"""The reported rate is the mean over this many first days, or over the horizon where that is shorter."""

SHORT_TOLERANCE = 1e-6
"""A day is wholly served when no more than this is missing, in item units or as a share, whichever is more."""

SCHEMA: dict[str, pl.DataType] = {
    "location": pl.String(),
    "item": pl.String(),
    "unit": pl.String(),
    "way": pl.String(),
    "on_hand": pl.Float64(),
    "reserve": pl.Float64(),
    "per_day": pl.Float64(),
    "days_of_supply": pl.Float64(),
    "stock_out_date": pl.Date(),
    "beyond_horizon": pl.Boolean(),
    "short_days": pl.Int64(),
    "shortage_quantity": pl.Float64(),
}
"""The columns of a forecast; what each means is in `forecast`."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every location and item with stock or consumption, in the order of their tables."""

    location: Ints
    item: Ints
    at: Ints
    """(locations, items) position of a pair; -1: none."""
    asked: Floats
    """(days, pairs) [item unit / day] what consumption asks for."""


def forecast(scenario: Scenario, plan: Plan | None = None) -> pl.DataFrame:
    """Forecast days of supply and stock-out dates of every location and item with stock or consumption.

    Parameters
    ----------
    scenario
        What is known.
    plan
        A plan of this very scenario; without it there are no rows for the way ``plan``.

    Returns
    -------
    pl.DataFrame
        One row for each location, item and way: ``nothing moves`` (only the opening stock above its reserve),
        ``allocated arrives`` (also the allocated and committed pledges at that very location, from their available
        date on; no lane runs) and ``plan`` (what the plan serves). ``on_hand`` and ``reserve`` are before day 0.
        ``per_day`` is the mean of what is asked over the first 30 days. ``stock_out_date`` is the first day not wholly
        served; ``days_of_supply`` is the time until then, with the served part of that day; both are null where the
        stock lasts ``beyond_horizon`` or nothing is consumed. ``short_days`` counts the days not wholly served,
        ``shortage_quantity`` what is missing on them together.

    Raises
    ------
    InputError
        If the plan is not of this scenario.

    Notes
    -----
    Only consumption draws on stock in the first two ways; needs are handed over by plans alone.
    """
    if plan is not None and plan.summary.digest != scenario.digest:
        raise InputError(
            "the plan was made for another scenario, or the scenario has changed since",
            where="plan",
            remedy="Plan this scenario again, or forecast without the plan.",
        )
    problem = build(scenario)
    pairs = _pairs(problem)
    usable = (problem.stock_opening - problem.stock_floor)[pairs.location, pairs.item]
    nothing = np.zeros_like(pairs.asked)
    ways = [
        _outcome(scenario, problem, pairs, NOTHING_MOVES, _served(usable, pairs.asked, nothing)),
        _outcome(
            scenario,
            problem,
            pairs,
            ALLOCATED_ARRIVES,
            _served(usable, pairs.asked, _pledged(problem, pairs)),
        ),
    ]
    if plan is not None:
        ways.append(_outcome(scenario, problem, pairs, PLAN, _planned(plan, problem, pairs)))
    order = pl.Series(np.tile(np.arange(pairs.location.size), len(ways)))
    return pl.concat(ways).with_columns(order=order).sort("order", maintain_order=True).drop("order")


def _pairs(problem: Problem) -> _Pairs:
    rows = problem.consumption
    present = problem.stock_opening > 0
    present[rows.location, rows.item] = True
    location, item = (index.astype(np.int64) for index in np.nonzero(present))
    at = np.full(present.shape, -1, dtype=np.int64)
    at[location, item] = np.arange(location.size)
    pair = at[rows.location, rows.item]
    asked = np.zeros((problem.n_days, location.size))
    for day in range(problem.n_days):
        active = (rows.first_day <= day) & (day <= rows.last_day)
        asked[day] = np.bincount(pair[active], rows.per_day[active], minlength=location.size)
    return _Pairs(location, item, at, asked)


def _pledged(problem: Problem, pairs: _Pairs) -> Floats:
    """Return what firm pledges bring, (days, pairs): each at its own location, on the day it is available."""
    pledges = problem.pledges
    brought = np.zeros_like(pairs.asked)
    pair = pairs.at[pledges.location, pledges.item]
    counts = (pair >= 0) & (pledges.first_day < problem.n_days)
    np.add.at(brought, (pledges.first_day[counts], pair[counts]), pledges.quantity[counts])
    return brought


def _served(usable: Floats, asked: Floats, brought: Floats) -> Floats:
    """Serve day after day what is on hand; a shortage is lost, not postponed (§6.1)."""
    on_hand = usable.copy()
    served = np.zeros_like(asked)
    for day in range(len(asked)):
        on_hand += brought[day]
        np.minimum(on_hand, asked[day], out=served[day])
        on_hand -= served[day]
    return served


def _planned(plan: Plan, problem: Problem, pairs: _Pairs) -> Floats:
    """Return what the plan serves, (days, pairs)."""
    start = plan.scenario.settings.start
    served = plan.served.with_columns(day=(pl.col("date") - start).dt.total_days())
    location = {name: at for at, name in enumerate(problem.labels.locations)}
    item = {name: at for at, name in enumerate(problem.labels.items)}
    where = served["location"].replace_strict(location, return_dtype=pl.Int64).to_numpy()
    what = served["item"].replace_strict(item, return_dtype=pl.Int64).to_numpy()
    total = np.zeros_like(pairs.asked)
    np.add.at(total, (served["day"].to_numpy(), pairs.at[where, what]), served["quantity"].to_numpy())
    return total


def _outcome(scenario: Scenario, problem: Problem, pairs: _Pairs, way: str, served: Floats) -> pl.DataFrame:
    """Describe one way by when it first falls short, how often and by how much."""
    asked = pairs.asked
    missing = asked - served
    short: Flags = missing > SHORT_TOLERANCE * np.maximum(asked, 1.0)
    ever = short.any(axis=0)
    consumed = asked.any(axis=0)
    first = np.where(ever, short.argmax(axis=0), 0)
    pair = np.arange(first.size)
    part = np.divide(
        served[first, pair], asked[first, pair], out=np.zeros(first.size), where=asked[first, pair] > 0
    )
    dates = np.array(scenario.settings.start, dtype="datetime64[D]") + first
    names, units = problem.labels, scenario.table("items")["unit"]
    frame = pl.DataFrame(
        {
            "location": pl.Series(names.locations, dtype=pl.String).gather(pairs.location),
            "item": pl.Series(names.items, dtype=pl.String).gather(pairs.item),
            "unit": units.gather(pairs.item),
            "way": pl.Series([way], dtype=pl.String).new_from_index(0, first.size),
            "on_hand": problem.stock_opening[pairs.location, pairs.item],
            "reserve": problem.stock_floor[pairs.location, pairs.item],
            "per_day": asked[:PER_DAY_OVER_DAYS].mean(axis=0),
            "days_of_supply": first + part,
            "stock_out_date": pl.Series(dates, dtype=pl.Date),
            "beyond_horizon": consumed & ~ever,
            "short_days": short.sum(axis=0),
            "shortage_quantity": np.where(short, missing, 0.0).sum(axis=0),
        },
        schema=SCHEMA,
    )
    runs_out = pl.Series(ever)
    return frame.with_columns(
        pl.when(runs_out).then(pl.col(name)).alias(name) for name in ("days_of_supply", "stock_out_date")
    )
