"""Generated networks for benchmarks and tests: donors, ports and hubs, crossings, depots, points.

The same arguments give the same scenario to the last bit. Limits are sized against the demand that must pass, so
that lanes, crossings, depots, fleets and budgets all bind somewhere. Every number is invented: nothing here says
anything about the world.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import numpy as np
import polars as pl

from redball.core.errors import InputError
from redball.scenario.examples_network import (
    MODE_COST_PER_T_KM,
    MODE_KM_PER_DAY,
    STEP_SLACK,
    STEPS,
    Network,
    network_of,
)
from redball.scenario.examples_supply import (
    CROSSINGS,
    DEPOTS,
    HUBS,
    POINTS,
    Demand,
    day_dates,
    rounded,
    supply_tables,
    texts,
)
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

Size = Literal["S", "M", "L", "XL"]

SIZES: dict[Size, tuple[int, int, int, int]] = {
    "S": (30, 80, 5, 60),
    "M": (100, 300, 20, 120),
    "L": (200, 700, 50, 180),
    "XL": (400, 1500, 200, 180),
}
"""Locations, lanes, items and days of the sizes that benchmarks speak of."""

WHOLE_COLUMNS = ("quantity", "reserve", "quantity_max", "order_min")
"""Columns that count units of the item in their row."""

START = dt.date(2023, 3, 1)
LOCATIONS_MIN = 10

CLASSES = ("I", "III", "V", "VII", "II", "VIII", "IV", "IX", "VI")
FEW_CLASSES, MOST_CLASSES = "I II III V VII", "II IV VI VII VIII IX"
"""What the narrow lanes carry."""
UNITS = {"I": "tonne", "III": "tonne", "V": "round", "VII": "vehicle", "VIII": "kit"}


def hub_and_spoke(
    seed: int, locations: int, lanes: int, items: int, days: int, *, decisions: bool = False
) -> Scenario:
    """Make a hub-and-spoke scenario of exactly this size.

    Parameters
    ----------
    seed
        Seed of everything random in it.
    locations, lanes, items, days
        Exact counts; at least 10 locations, and enough lanes to connect them (one for each location is enough).
    decisions
        Whether to add what makes the plan a MILP: expansions to decide, minimum orders and whole items.

    Raises
    ------
    InputError
        If the counts are too small for a connected network, or there are more lanes than pairs and modes.

    Examples
    --------
    >>> hub_and_spoke(seed=0, locations=12, lanes=20, items=3, days=30)
    Scenario('hub and spoke 12 x 20 x 3 x 30, seed 0', 2023-03-01 + 30 days: 12 locations, 3 items, 16 stocks, \
12 pledges, 2 production, 1 recipes, 2 offers, 3 budgets, 20 lanes, 2 fleets, 9 consumption, 5 needs, 4 closures)
    """
    if locations < LOCATIONS_MIN or items < 1 or days < 10:
        raise InputError(
            f"{locations} locations, {items} items and {days} days are too few",
            where="hub_and_spoke",
            remedy=f"Give at least {LOCATIONS_MIN} locations, 1 item and 10 days.",
        )
    rng = np.random.default_rng(seed)
    network = network_of(rng, locations, lanes)
    item_table = _items(rng, items, decisions)
    demand = _demand(rng, network, item_table, days)
    supply = supply_tables(rng, network.names, network.kinds, network.tiers, item_table, demand, decisions)
    # all but recipes: a line may draw a part of a unit for each unit that it makes
    supply |= {name: _in_whole_units(supply[name], item_table) for name in ("stocks", "pledges", "offers")}
    lane_table, fleets = _lanes(rng, network, demand)
    tables = {
        "locations": _locations(rng, network, demand, item_table, supply["stocks"]),
        "items": item_table,
        **supply,
        "lanes": lane_table,
        "fleets": fleets,
        "consumption": _consumption(rng, network, item_table, demand),
        "needs": _in_whole_units(_needs(rng, network, item_table, demand), item_table),
        "closures": _closures(rng, network, lane_table, days),
    }
    name = f"hub and spoke {locations} x {lanes} x {items} x {days}, seed {seed}"
    return Scenario(Settings(name=name, start=START, days=days), tables)


def sized(size: Size, seed: int = 0, *, decisions: bool = False) -> Scenario:
    """Make the scenario of a named size, see `SIZES`."""
    if size not in SIZES:
        raise InputError(f"there is no size {size!r}", where="size", remedy=f"Use one of {', '.join(SIZES)}.")
    locations, lanes, items, days = SIZES[size]
    return hub_and_spoke(seed, locations, lanes, items, days, decisions=decisions)


def _items(rng: np.random.Generator, n_items: int, decisions: bool) -> pl.DataFrame:
    classes = np.resize(CLASSES, n_items)
    width = len(str(n_items))
    tonnes = rounded(np.exp(rng.uniform(np.log(0.01), np.log(15.0), n_items)))
    frame = pl.DataFrame(
        {
            "item": [f"item-{number + 1:0{width}d}" for number in range(n_items)],
            "supply_class": classes,
            "unit": [UNITS.get(name, "piece") for name in classes],
            "tonnes_per_unit": tonnes,
            "unit_value": rounded(tonnes * rng.lognormal(np.log(8000.0), 1.0, n_items)),
            "unit_value_basis": "replacement",
        }
    )
    # whole units make a plan a MILP: only where asked for, and only for the heaviest fifth
    heaviest = pl.col("tonnes_per_unit").rank("ordinal", descending=True) <= max(1, n_items // 5)
    return frame.with_columns(whole=heaviest) if decisions else frame


def _in_whole_units(frame: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Round quantities of whole items up (§7.6)."""
    columns = [name for name in WHOLE_COLUMNS if name in frame.columns]
    if "whole" not in items.columns or not columns:
        return frame
    whole = pl.col("item").is_in(items.filter("whole")["item"].to_list())
    return frame.with_columns(
        pl.when(whole).then(pl.col(name).ceil()).otherwise(name).alias(name) for name in columns
    )


def _demand(rng: np.random.Generator, network: Network, items: pl.DataFrame, days: int) -> Demand:
    n_points, n_items = network.tier(POINTS).size, items.height
    wanted = rng.random((n_points, n_items)) < 0.27
    # no item and no point without demand
    wanted[rng.integers(n_points, size=n_items), np.arange(n_items)] = True
    wanted[np.arange(n_points), rng.integers(n_items, size=n_points)] = True
    weight = wanted * rng.lognormal(0.0, 0.8, n_items) * rng.lognormal(0.0, 0.4, (n_points, n_items))
    point_t = rng.lognormal(np.log(60.0), 0.5, n_points)
    return Demand(point_t[:, None] * weight / weight.sum(axis=1, keepdims=True), START, days)


def _locations(
    rng: np.random.Generator, network: Network, demand: Demand, items: pl.DataFrame, stocks: pl.DataFrame
) -> pl.DataFrame:
    tiers, n = network.tiers, network.tiers.size
    counts = np.bincount(tiers)
    share = demand.t_per_day.sum() / counts[tiers] * rng.lognormal(0.0, 0.3, n)
    share[network.tier(POINTS)] = demand.t_per_day.sum(axis=1)
    throughput = np.where(tiers == HUBS, 1.5 * share, np.where(tiers == CROSSINGS, 1.15 * share, np.nan))
    cover = np.select([tiers == HUBS, tiers == DEPOTS, tiers == POINTS], [12.0, 20.0, 15.0], np.nan)
    storage = np.where((tiers == POINTS) & (rng.random(n) < 0.5), np.nan, cover * share)
    opening = (
        stocks.join(items.select("item", "tonnes_per_unit"), on="item")
        .group_by("location")
        .agg(opening_t=(pl.col("quantity") * pl.col("tonnes_per_unit")).sum())
    )
    frame = pl.DataFrame(
        {
            "location": network.names,
            "kind": network.kinds,
            "latitude": network.latitude,
            "longitude": network.longitude,
            "storage_t": rounded(storage),
            "throughput_t_per_day": rounded(throughput),
        },
        nan_to_null=True,
    )
    # what lies there on day 0 must fit (§7.5)
    return (
        frame.join(opening, on="location", how="left", maintain_order="left")
        .with_columns(
            storage_t=pl.when(pl.col("storage_t").is_not_null()).then(
                pl.max_horizontal("storage_t", (1.25 * pl.col("opening_t")).ceil())
            )
        )
        .drop("opening_t")
    )


def _lanes(rng: np.random.Generator, network: Network, demand: Demand) -> tuple[pl.DataFrame, pl.DataFrame]:
    n, step = network.lane_from.size, network.lane_step
    weight = rng.lognormal(0.0, 0.5, n)
    capacity = demand.t_per_day.sum() * np.array(STEP_SLACK)[step] * weight / np.bincount(step, weight)[step]
    # the last step is sized point by point, or a few points would never be served at all
    last = step == STEPS.index((DEPOTS, POINTS))
    point_t = np.zeros(network.tiers.size)
    point_t[network.tier(POINTS)] = demand.t_per_day.sum(axis=1)
    into = np.bincount(network.lane_to[last], weight[last], minlength=point_t.size)
    to = network.lane_to[last]
    capacity[last] = STEP_SLACK[3] * point_t[to] * weight[last] / into[to]
    transit = 0.5 + network.lane_km / np.array([MODE_KM_PER_DAY[mode] for mode in network.lane_mode])
    cost = network.lane_km * np.array([MODE_COST_PER_T_KM[mode] for mode in network.lane_mode])
    transit_days = np.maximum(0.5, (2 * transit).round() / 2)
    # lanes of a step share fleets; only some lanes need one
    n_fleets = max(2, n // 50)
    fleet = np.where(rng.random(n) < 0.15, rng.integers(n_fleets, size=n), -1)
    fleet[rng.permutation(n)[:n_fleets]] = np.arange(n_fleets)
    payload = rng.choice([10.0, 20.0, 40.0], n_fleets)
    # vehicles for about 70 % of what the lanes of the fleet could carry together
    busy_t = np.bincount(fleet[fleet >= 0], (capacity * 2 * np.ceil(transit_days))[fleet >= 0], n_fleets)
    names = np.array([f"fleet-{number + 1:02d}" for number in range(n_fleets)] + [None], dtype=object)
    loss = np.where(rng.random(n) < 0.2, rng.integers(1, 6, n) / 100, 0.0)
    narrow = rng.random(n) < 0.3
    carries = np.array([FEW_CLASSES, MOST_CLASSES])[rng.integers(2, size=n)]
    lanes = pl.DataFrame(
        {
            "lane": np.char.add(
                np.char.add(network.names[network.lane_from], "-to-"),
                np.char.add(np.char.add(network.names[network.lane_to], "-"), network.lane_mode),
            ),
            "from_location": network.names[network.lane_from],
            "to_location": network.names[network.lane_to],
            "mode": network.lane_mode,
            "transit_days": transit_days,
            "capacity_t_per_day": rounded(capacity),
            "cost_per_t": rounded(cost + 1.0, 3),
            "loss_fraction": loss,
            "carries": pl.Series(
                [text if flag else None for text, flag in zip(carries, narrow, strict=True)], dtype=pl.String
            ),
            "fleet": pl.Series(list(names[fleet]), dtype=pl.String),
        }
    )
    vehicles = np.maximum(1.0, (0.7 * busy_t / payload).round())
    fleets = pl.DataFrame({"fleet": list(names[:-1]), "vehicles": vehicles, "payload_t": payload})
    return lanes, fleets


def _consumption(
    rng: np.random.Generator, network: Network, items: pl.DataFrame, demand: Demand
) -> pl.DataFrame:
    point, item = np.nonzero(demand.t_per_day)
    t_per_day = demand.t_per_day[point, item]
    # some demand is asked for by two customers of different priority
    split = rng.random(point.size) < 0.1
    part = np.where(split, rng.uniform(0.4, 0.8, point.size), 1.0)
    priority = rng.choice(["1", "2", "3"], point.size, p=[0.2, 0.5, 0.3])
    rows = np.concatenate([np.arange(point.size), np.flatnonzero(split)])
    quantity = np.concatenate([t_per_day * part, (t_per_day * (1 - part))[split]])
    late = rng.random(rows.size) < 0.1
    begins = np.where(late, rng.integers(1, max(2, demand.days // 2), rows.size), 0)
    return pl.DataFrame(
        {
            "location": network.names[network.tier(POINTS)][point[rows]],
            "item": texts(items["item"])[item[rows]],
            "per_day": rounded(quantity / items["tonnes_per_unit"].to_numpy()[item[rows]]),
            "from_date": day_dates(demand.start, begins),
            "priority": np.concatenate([priority, np.full(split.sum(), "3")]),
            "cover_days": rng.choice([0.0, 3.0, 5.0, 10.0], rows.size, p=[0.5, 0.2, 0.2, 0.1]),
        }
    )


def _needs(rng: np.random.Generator, network: Network, items: pl.DataFrame, demand: Demand) -> pl.DataFrame:
    points, n_items = network.tier(POINTS), items.height
    n = max(5, round(0.08 * points.size * n_items))
    item = rng.integers(n_items, size=n)
    mean_t = demand.t_per_day.sum(axis=0) / points.size
    quantity = 6.0 * mean_t[item] * rng.lognormal(0.0, 0.5, n) / items["tonnes_per_unit"].to_numpy()[item]
    due = rng.integers(demand.days // 5, demand.days, n)
    return pl.DataFrame(
        {
            "need": [f"need-{number + 1:05d}" for number in range(n)],
            "location": network.names[points][rng.integers(points.size, size=n)],
            "item": texts(items["item"])[item],
            "quantity": rounded(quantity),
            "due_date": day_dates(demand.start, due),
            "priority": rng.choice(["1", "2", "3"], n, p=[0.2, 0.5, 0.3]),
        }
    )


def _closures(rng: np.random.Generator, network: Network, lanes: pl.DataFrame, days: int) -> pl.DataFrame:
    n_lanes = max(2, lanes.height // 25)
    crossings = network.tier(CROSSINGS)
    shut = rng.permutation(crossings)[: max(1, crossings.size // 5)]
    hub = rng.choice(network.tier(HUBS), 1)
    n = n_lanes + shut.size + 1
    begins = rng.integers(0, days - 5, n)
    ends = np.minimum(days - 1, begins + rng.integers(4, 21, n))
    # a share left open needs a limit to be a share of: lanes, hubs and crossings have one
    fraction = np.concatenate(
        [rng.choice([0.0, 0.3, 0.5], n_lanes, p=[0.5, 0.25, 0.25]), np.full(shut.size, 0.4), [0.0]]
    )
    lane = [*lanes["lane"].gather(rng.permutation(lanes.height)[:n_lanes]), *[None] * (shut.size + 1)]
    location = [*[None] * n_lanes, *network.names[shut].tolist(), *network.names[hub].tolist()]
    return pl.DataFrame(
        {
            "lane": pl.Series(lane, dtype=pl.String),
            "location": pl.Series(location, dtype=pl.String),
            "from_date": day_dates(START, begins),
            "to_date": day_dates(START, ends),
            "open_fraction": fraction,
        }
    )
