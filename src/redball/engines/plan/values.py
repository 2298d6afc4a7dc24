"""What one more unit of every limit that binds is worth (§8.4).

The value of a limit is the dual price of its row, or the reduced cost of the variable that it bounds. The same basis
gives the change in plain shortage-days beside the change in the objective.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.engines.plan.answer import Answer
from redball.engines.plan.model import LinearModel
from redball.model.problem import Floats, Ints
from redball.results.tables import RESULTS, empty
from redball.scenario.scenario import Scenario

WORTHLESS = 1e-9
"""Share of the largest value under which a value is the solver's noise."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """Limits of one kind, day by day: who, when, what one more unit gains."""

    limit: str
    owner: Ints
    first_day: Ints
    last_day: Ints
    value: Floats
    """[currency / unit] gained; at least 0."""
    shortage_days: Floats
    """[shortage-day / unit] avoided."""


def shortage_cost(model: LinearModel) -> Floats:
    """Return (variables,) plain shortage-days that one more unit of each variable adds (§7.1)."""
    problem, variables = model.problem, model.variables
    cost = np.zeros(model.n_variables)
    serve = variables.families["serve"].at
    cost[variables.slice("serve")] = -1.0 / problem.consumption.per_day[serve["row"]]
    hand, needs = variables.families["hand"].at, problem.needs
    open_days = problem.n_days - np.maximum(hand["day"], needs.due_day[hand["need"]])
    cost[variables.slice("hand")] = -open_days / needs.quantity[hand["need"]]
    return cost


def bottlenecks(scenario: Scenario, model: LinearModel, answer: Answer) -> pl.DataFrame:
    """Return the bottleneck table from the prices of an answer; empty where it has none.

    Shortage-days are blank where the prices come without a basis.
    """
    if answer.prices is None or answer.reduced is None:
        return empty("bottlenecks")
    prices, reduced = answer.prices, answer.reduced
    shortage_prices, reduced_shortage = answer.shortage_prices, answer.reduced_shortage
    if shortage_prices is None or reduced_shortage is None:
        shortage_prices, reduced_shortage = np.full_like(prices, np.nan), np.full_like(reduced, np.nan)
    limits = [
        *_of_rows(model, prices, shortage_prices, reduced, reduced_shortage),
        *_of_bounds(model, reduced, reduced_shortage),
    ]
    largest = max((part.value.max() for part in limits if len(part.value)), default=0.0)
    frames = [_frame(scenario, model, part, WORTHLESS * largest) for part in limits]
    frames = [frame for frame in frames if frame.height]
    if not frames:
        return empty("bottlenecks")
    table = pl.concat(frames)
    return table.sort(
        ["value_per_unit", "limit", "name", "from_date"], descending=[True, False, False, False]
    )


ALSO_BOUND = {"lane": ("flow", "lane"), "pledge": ("take", "pledge"), "offer": ("order", "offer")}
"""Limits whose row also bounds each of its variables: where one variable fills the row, the price may be the bound's."""


def _of_rows(
    model: LinearModel, prices: Floats, shortage_prices: Floats, reduced: Floats, reduced_shortage: Floats
) -> list[_Limits]:
    """Read the limits that are rows; one more unit on the right gains minus the price."""
    problem, currency = model.problem, model.problem.weights.shortage_day_cost
    last = problem.n_days - 1
    names = {"lane": "lane", "throughput": "location", "storage": "location"}
    result = []
    for family, owner in (*names.items(), ("pledge", "pledge"), ("offer", "offer"), ("budget", "budget")):
        at, part = model.rows.families[family].at, model.rows.slice(family)
        who = at[owner]
        if "day" in at:
            first_day = last_day = at["day"]
        elif family == "pledge":
            first_day, last_day = problem.pledges.first_day[who], np.full(len(who), last)
        elif family == "budget":
            first_day = np.maximum(problem.budgets.first_day[who], 0)
            last_day = np.minimum(problem.budgets.last_day[who], last)
        else:
            first_day, last_day = np.zeros(len(who), dtype=np.int64), np.full(len(who), last)
        gain, plain = -currency * prices[part], -shortage_prices[part]
        if family in ALSO_BOUND:
            which, bound_gain, bound_plain = _also_bound(model, family, reduced, reduced_shortage)
            keys = _key(model, family, who, first_day)
            known = np.isin(which, keys)
            here = np.searchsorted(keys, which[known])
            np.add.at(gain, here, bound_gain[known])
            np.add.at(plain, here, bound_plain[known])
        result.append(_Limits(family, who, first_day, last_day, gain, plain))
    at, part = model.rows.families["expansion"].at, model.rows.slice("expansion")
    result.append(
        _Limits(
            "production", at["line"], at["day"], at["day"], -currency * prices[part], -shortage_prices[part]
        )
    )
    return result


def _key(model: LinearModel, limit: str, owner: Ints, day: Ints) -> Ints:
    """Return what tells the rows of a limit apart, in their order: its owner, and for a lane the day."""
    return owner * model.problem.n_days + day if limit == "lane" else owner


def _also_bound(
    model: LinearModel, limit: str, reduced: Floats, reduced_shortage: Floats
) -> tuple[Ints, Floats, Floats]:
    """Return what one more unit of a limit gains through the upper bounds of its variables: key, currency, days."""
    family, owner = ALSO_BOUND[limit]
    variables, problem = model.variables.families[family], model.problem
    part = model.variables.slice(family)
    # a whole variable is fixed, not bound: its reduced cost says nothing of the limit
    binds = np.flatnonzero((reduced[part] < 0) & ~variables.whole)
    at = {name: values[binds] for name, values in variables.at.items()}
    per_unit = problem.item_tonnes[at["item"]] if limit == "lane" else np.ones(len(binds))
    gain = -problem.weights.shortage_day_cost * reduced[part][binds] / per_unit
    plain = -reduced_shortage[part][binds] / per_unit
    return _key(model, limit, at[owner], at["day"]), gain, plain


def _of_bounds(model: LinearModel, reduced: Floats, reduced_shortage: Floats) -> list[_Limits]:
    """Read the limits that are bounds: fleets and lines from above, reserves from below."""
    problem, variables, currency = model.problem, model.variables, model.problem.weights.shortage_day_cost

    def above(limit: str, family: str, owner: str) -> _Limits:
        at, part = variables.families[family].at, variables.slice(family)
        gain = np.maximum(-currency * reduced[part], 0.0)
        return _Limits(limit, at[owner], at["day"], at["day"], gain, -reduced_shortage[part])

    stock, cover = variables.families["stock"], variables.families["cover"]
    of = np.r_[np.arange(len(stock)), cover.at["stock"]]
    lower = np.r_[stock.lower, cover.lower]
    below = np.r_[reduced[variables.slice("stock")], reduced[variables.slice("cover")]]
    plain = np.r_[reduced_shortage[variables.slice("stock")], reduced_shortage[variables.slice("cover")]]
    held = (lower > 0) & (below > 0)
    of = of[held]
    owner = stock.at["location"][of] * problem.n_items + stock.at["item"][of]
    day = stock.at["day"][of]
    reserve = _Limits("reserve", owner, day, day, currency * below[held], plain[held])
    return [above("fleet", "away", "fleet"), above("production", "start", "line"), reserve]


def _frame(scenario: Scenario, model: LinearModel, part: _Limits, least: float) -> pl.DataFrame:
    """Join consecutive binding days of a limit: one more unit on each of them."""
    binds = np.flatnonzero(part.value > max(least, 0.0))
    binds = binds[np.lexsort((part.first_day[binds], part.owner[binds]))]
    if not len(binds):
        return empty("bottlenecks")
    owner, first, last = part.owner[binds], part.first_day[binds], part.last_day[binds]
    new = np.r_[True, (owner[1:] != owner[:-1]) | (first[1:] > last[:-1] + 1)]
    begin = np.flatnonzero(new)
    end = np.r_[begin[1:], len(binds)] - 1
    names, units = _words(scenario, model, part.limit)
    dates = [scenario.horizon.date(int(day)) for day in first[begin]]
    until = [scenario.horizon.date(int(day)) for day in last[end]]
    return pl.DataFrame(
        {
            "limit": [part.limit] * len(begin),
            "name": [names(int(who)) for who in owner[begin]],
            "from_date": dates,
            "to_date": until,
            "unit": [units(int(who)) for who in owner[begin]],
            "shortage_days_per_unit": _known(np.add.reduceat(part.shortage_days[binds], begin) + 0.0),
            "value_per_unit": np.add.reduceat(part.value[binds], begin),
        },
        schema=RESULTS["bottlenecks"],
    )


def _known(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def _words(
    scenario: Scenario, model: LinearModel, limit: str
) -> tuple[Callable[[int], str], Callable[[int], str]]:
    """Return how the owner of a limit is called, and the unit of one more of it."""
    problem, labels = model.problem, model.problem.labels
    n_items = problem.n_items
    item_units = scenario.table("items")["unit"].to_list()
    currency = scenario.settings.currency

    def of_item(items: Ints, per_day: str = "") -> Callable[[int], str]:
        return lambda who: item_units[items[who]] + per_day

    words: dict[str, tuple[Callable[[int], str], Callable[[int], str]]] = {
        "lane": (labels.lanes.__getitem__, lambda _: "t/day"),
        "throughput": (labels.locations.__getitem__, lambda _: "t/day"),
        "storage": (labels.locations.__getitem__, lambda _: "t"),
        "fleet": (labels.fleets.__getitem__, lambda _: "vehicle"),
        "budget": (labels.budgets.__getitem__, lambda _: currency),
        "pledge": (labels.pledges.__getitem__, of_item(problem.pledges.item)),
        "offer": (labels.offers.__getitem__, of_item(problem.offers.item)),
        "production": (labels.lines.__getitem__, of_item(problem.production.item, "/day")),
        "reserve": (
            lambda who: f"{labels.locations[who // n_items]} / {labels.items[who % n_items]}",
            lambda who: item_units[who % n_items],
        ),
    }
    return words[limit]
