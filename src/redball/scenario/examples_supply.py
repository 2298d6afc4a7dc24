"""The supply side of generated networks: stocks, pledges, production, recipes, offers and budgets.

Supply is sized item by item against the demand, from a little short to a little ample, so that some items are
scarce, some lack only the way, and some only the money.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]

SOURCES, HUBS, CROSSINGS, DEPOTS, POINTS = range(5)
RUNGS = ("conditional", "announced", "committed", "allocated")
N_BUDGETS = 3


@dataclass(frozen=True)
class Demand:
    """What the points ask for, and when the scenario runs."""

    t_per_day: Numbers
    """(points, items) [t/day]"""
    start: dt.date
    days: int


def rounded(values: Numbers, digits: int = 4) -> Numbers:
    """Round to significant digits, so that a number is as short in a file as people write it.

    >>> rounded(np.array([123456.0, 0.00123456, 0.0])).tolist()
    [123500.0, 0.001235, 0.0]
    """
    size = np.where((values == 0) | np.isnan(values), 1.0, np.abs(values))
    places = digits - 1 - np.floor(np.log10(size))
    # a power of ten below one is not exact in binary: divide by its inverse instead
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.asarray(np.round(values * up / down) * down / up)


def texts(names: pl.Series) -> np.ndarray:
    """Return texts as an array that stays text when it is empty."""
    return np.array(names.to_list(), dtype=np.str_)


def day_dates(start: dt.date, days: Whole) -> pl.Series:
    """Return the dates of day numbers."""
    return pl.Series(
        (np.datetime64(start, "D") + days.astype("timedelta64[D]")).astype("datetime64[D]")
    ).cast(pl.Date)


def supply_tables(
    rng: np.random.Generator,
    names: np.ndarray,
    kinds: np.ndarray,
    tiers: np.ndarray,
    items: pl.DataFrame,
    demand: Demand,
    decisions: bool,
) -> dict[str, pl.DataFrame]:
    """Make the tables of supply: stocks, pledges, production, recipes, offers and budgets."""
    tonnes = items["tonnes_per_unit"].to_numpy()
    item_names = texts(items["item"])
    # ample or scarce, item by item
    plenty = rng.uniform(0.6, 1.2, items.height)
    asked_t = demand.t_per_day.sum(axis=0) * demand.days * plenty
    stocks = _stocks(rng, names, tiers, items, demand, asked_t)
    factories, markets = names[kinds == "factory"], names[kinds == "market"]
    production = _production(rng, factories, item_names, asked_t / demand.days / tonnes, tonnes, decisions)
    recipes, inputs = _recipes(rng, production, item_names, tonnes, demand.days)
    offers = _offers(rng, markets, item_names, asked_t / tonnes, tonnes, decisions)
    return {
        "stocks": pl.concat([stocks, inputs]).group_by("location", "item", maintain_order=True).sum(),
        "pledges": _pledges(rng, names[tiers <= HUBS], item_names, asked_t / tonnes, demand),
        "production": production,
        "recipes": recipes,
        "offers": offers,
        "budgets": _budgets(rng, production, offers, demand),
    }


def _stocks(
    rng: np.random.Generator,
    names: np.ndarray,
    tiers: np.ndarray,
    items: pl.DataFrame,
    demand: Demand,
    asked_t: Numbers,
) -> pl.DataFrame:
    points, depots, sources = (np.flatnonzero(tiers == tier) for tier in (POINTS, DEPOTS, SOURCES))
    held_t = np.zeros((tiers.size, items.height))
    held_t[points] = demand.t_per_day * rng.uniform(0.0, 10.0, demand.t_per_day.shape)
    held_t[points] *= rng.random(demand.t_per_day.shape) > 0.2
    mean_t = demand.t_per_day.sum(axis=0)
    held_t[depots] = (rng.random((depots.size, items.height)) < 0.3) * (20.0 * mean_t / depots.size)
    weight = rng.lognormal(0.0, 0.6, (sources.size, items.height))
    weight *= rng.random(weight.shape) < 0.3
    weight[rng.integers(sources.size, size=items.height), np.arange(items.height)] += 0.5
    held_t[sources] = 0.15 * asked_t * weight / weight.sum(axis=0)
    location, item = np.nonzero(held_t)
    quantity = rounded(held_t[location, item] / items["tonnes_per_unit"].to_numpy()[item])
    kept = np.where(
        (tiers[location] == SOURCES) & (rng.random(item.size) < 0.5), rng.uniform(0.2, 0.4, item.size), 0.0
    )
    return pl.DataFrame(
        {
            "location": names[location],
            "item": texts(items["item"])[item],
            "quantity": quantity,
            "reserve": rounded(quantity * kept),
        }
    )


def _pledges(
    rng: np.random.Generator, places: np.ndarray, item_names: np.ndarray, asked: Numbers, demand: Demand
) -> pl.DataFrame:
    n_each, n_items = 4, item_names.size
    item = np.repeat(np.arange(n_items), n_each)
    weight = rng.lognormal(0.0, 0.5, (n_items, n_each))
    quantity = 0.5 * asked[:, None] * weight / weight.sum(axis=1, keepdims=True)
    status = rng.choice(RUNGS, item.size, p=[0.1, 0.2, 0.45, 0.25])
    sure = np.isin(status, RUNGS[2:])
    return pl.DataFrame(
        {
            "pledge": [f"pledge-{number + 1:04d}" for number in range(item.size)],
            "donor": [f"nation-{number:02d}" for number in rng.integers(1, 21, item.size)],
            "location": places[rng.integers(places.size, size=item.size)],
            "item": item_names[item],
            "quantity": np.maximum(1.0, rounded(quantity.ravel())),
            "available_date": day_dates(
                demand.start, rng.integers(0, max(1, 6 * demand.days // 10), item.size)
            ),
            "status": status,
            "probability": np.where(sure, 1.0, rng.uniform(0.3, 0.9, item.size).round(2)),
        }
    )


def _production(
    rng: np.random.Generator,
    factories: np.ndarray,
    item_names: np.ndarray,
    asked_per_day: Numbers,
    tonnes: Numbers,
    decisions: bool,
) -> pl.DataFrame:
    item = np.sort(rng.permutation(item_names.size)[: -(-6 * item_names.size // 10)])
    n = item.size
    rate = rounded(asked_per_day[item] * rng.uniform(0.15, 0.35, n))
    grows = rng.random(n) < 0.4
    decided = grows & (rng.random(n) < 0.5) if decisions else np.zeros(n, bool)
    if decisions:
        grows[0] = decided[0] = True
    unit_cost = rounded(tonnes[item] * rng.lognormal(np.log(4000.0), 0.7, n))
    return pl.DataFrame(
        {
            "line": [f"line-{name}" for name in item_names[item]],
            "location": factories[rng.integers(factories.size, size=n)],
            "item": item_names[item],
            "rate_per_day": rate,
            "rate_max_per_day": np.where(grows, rounded(2.0 * rate), np.nan),
            "expansion": np.where(decided, "decide", np.where(grows, "announced", "none")),
            "expansion_days": rng.integers(10, 41, n) * grows * 1.0,
            "ramp_days": rng.integers(0, 31, n) * grows * 1.0,
            "expansion_cost": rounded(np.where(decided, 30.0 * rate * unit_cost, 0.0)),
            "lead_days": rng.integers(1, 11, n) * 1.0,
            "unit_cost": unit_cost,
            "budget": _budget_names(rng, n),
        },
        nan_to_null=True,
    )


def _recipes(
    rng: np.random.Generator, production: pl.DataFrame, item_names: np.ndarray, tonnes: Numbers, days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make a recipe for every fourth line, with stock of its input for half of the days."""
    lines = production.gather_every(4)
    makes = np.searchsorted(item_names, texts(lines["item"]))
    # a line never takes what it makes; with one item there is nothing else to take
    draws = (makes + rng.integers(1, max(2, item_names.size), makes.size)) % item_names.size
    takes = draws[draws != makes]
    lines = lines.filter(pl.Series(draws != makes, dtype=pl.Boolean))
    part = rounded(0.3 * tonnes[makes[draws != makes]] / tonnes[takes])
    recipes = pl.DataFrame({"line": lines["line"], "item": item_names[takes], "quantity": part})
    stocks = pl.DataFrame(
        {
            "location": lines["location"],
            "item": item_names[takes],
            "quantity": rounded(0.5 * days * part * lines["rate_per_day"].to_numpy()),
            "reserve": np.zeros(takes.size),
        }
    )
    return recipes, stocks


def _offers(
    rng: np.random.Generator,
    markets: np.ndarray,
    item_names: np.ndarray,
    asked: Numbers,
    tonnes: Numbers,
    decisions: bool,
) -> pl.DataFrame:
    item = np.sort(rng.permutation(item_names.size)[: -(-item_names.size // 2)])
    n = item.size
    most = np.maximum(1.0, rounded(asked[item] * rng.uniform(0.1, 0.3, n)))
    frame = pl.DataFrame(
        {
            "offer": [f"offer-{name}" for name in item_names[item]],
            "location": markets[rng.integers(markets.size, size=n)],
            "item": item_names[item],
            "quantity_max": most,
            "unit_cost": rounded(tonnes[item] * rng.lognormal(np.log(9000.0), 0.7, n)),
            "lead_days": rng.integers(3, 31, n) * 1.0,
            "budget": _budget_names(rng, n),
        }
    )
    return frame.with_columns(order_min=pl.Series(rounded(0.2 * most))) if decisions else frame


def _budget_names(rng: np.random.Generator, n: int) -> pl.Series:
    """Name a budget for most; what has none costs, but is not limited."""
    names = [None, *(f"budget-{number + 1}" for number in range(N_BUDGETS))]
    return pl.Series([names[pick] for pick in rng.integers(0, len(names), n)], dtype=pl.String)


def _budgets(
    rng: np.random.Generator, production: pl.DataFrame, offers: pl.DataFrame, demand: Demand
) -> pl.DataFrame:
    """Size every budget to between a third and nine tenths of what all that names it could cost."""
    spend = pl.concat(
        [
            production.select(
                "budget",
                cost=pl.col("rate_per_day") * demand.days * pl.col("unit_cost") + pl.col("expansion_cost"),
            ),
            offers.select("budget", cost=pl.col("quantity_max") * pl.col("unit_cost")),
        ]
    )
    names = pl.DataFrame({"budget": [f"budget-{number + 1}" for number in range(N_BUDGETS)]})
    total = names.join(spend.group_by("budget").sum(), on="budget", how="left", maintain_order="left")
    amount = total["cost"].fill_null(0.0).to_numpy() * rng.uniform(0.33, 0.9, N_BUDGETS)
    # the last budget is voted late
    begins = np.array([0] * (N_BUDGETS - 1) + [demand.days // 6])
    return names.with_columns(amount=pl.Series(rounded(amount)), from_date=day_dates(demand.start, begins))
