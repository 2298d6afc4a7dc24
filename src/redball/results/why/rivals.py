"""Causes among the users: who got the goods that could have served the shortage."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from redball.core.wording import day, listed
from redball.results.why.cause import Cause
from redball.results.why.names import Names
from redball.results.why.shortage import Shortage
from redball.results.why.usage import days_of, index
from redball.results.why.walk import Walk

RIVALS_MAX = 5
"""Destinations that are named; the largest first."""


def rival_causes(names: Names, walk: Walk, shortage: Shortage, place: int) -> list[Cause]:
    """Return who else was served: at the same place on the same day, and elsewhere from the same sources."""
    return [*_beside(names, shortage, place), *_elsewhere(names, walk, shortage)]


def _beside(names: Names, shortage: Shortage, place: int) -> list[Cause]:
    plan = names.usage.plan
    here = (pl.col("location") == shortage.location) & (pl.col("item") == shortage.item)
    rows = plan.scenario.table("consumption").select(
        pl.col("priority").cast(pl.Int64), pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row")
    )
    served = (
        plan.tables["served"]
        .filter(here & (pl.col("date") == shortage.date))
        .join(rows, on="row", how="left")
        .group_by("priority")
        .agg(pl.col("quantity").sum(), pl.col("asked").sum())
    )
    needs = plan.scenario.table("needs").filter(here)
    handed = (
        plan.tables["handovers"]
        .filter((pl.col("date") == shortage.date) & (pl.col("quantity") > _dust(shortage)))
        .join(needs.select("need", pl.col("priority").cast(pl.Int64)), on="need")
        .group_by("priority")
        .agg(pl.col("quantity").sum())
    )
    uses = pl.concat([served.select("priority", "quantity"), handed.select("priority", "quantity")])
    uses = uses.group_by("priority").sum().sort("priority")
    if served.height + handed.height < 2:
        return []
    parts = [
        f"{names.quantity(row['quantity'])} to priority {row['priority']}"
        for row in uses.iter_rows(named=True)
        if row["quantity"] > _dust(shortage)
    ]
    if not parts:
        return []
    text = f"What is there goes {', '.join(parts)}."
    numbers = {f"priority_{row['priority']}": float(row["quantity"]) for row in uses.iter_rows(named=True)}
    return [names.cause("priority", text, "§7.1", 0, shortage.location, numbers)]


def _dust(shortage: Shortage) -> float:
    # what is too little to be told
    return 1e-3 * shortage.missing


def _elsewhere(names: Names, walk: Walk, shortage: Shortage) -> list[Cause]:
    """Say where goods went that left a source while a unit there would have helped."""
    plan, problem = names.usage.plan, names.usage.problem
    traces = plan.tables["traces"].filter(
        (pl.col("item") == shortage.item) & (pl.col("location") != shortage.location)
    )
    if traces.is_empty():
        return []
    sources = _source_places(names).rename({"location": "source_location"})
    traces = traces.join(sources, on=["source_kind", "source"], how="inner", maintain_order="left")
    place = index(problem.labels.locations, traces["source_location"])
    left = np.clip(days_of(traces["left_date"], names.horizon), 0, problem.n_days - 1)
    traces = traces.with_columns(depth=pl.Series(walk.depth[place])).filter(
        pl.Series(walk.helpful[place, left])
    )
    rivals = (
        traces.group_by("location", "use")
        .agg(
            pl.col("quantity").sum(),
            pl.col("depth").min(),
            pl.col("source_location").unique().sort(),
            first=pl.col("left_date").min(),
            last=pl.col("left_date").max(),
        )
        .filter(pl.col("quantity") > walk.dust)
        .sort(["quantity", "location", "use"], descending=[True, False, False])
        .head(RIVALS_MAX)
    )
    return [_rival(names, row) for row in rivals.iter_rows(named=True)]


def _rival(names: Names, row: dict[str, Any]) -> Cause:
    locations = names.usage.problem.labels.locations
    sources = [names.place(locations.index(source)) for source in row["source_location"]]
    origin = listed(sources[:2] if len(sources) < 3 else [sources[0], f"{len(sources) - 1} more places"])
    first, last, quantity = row["first"], row["last"], float(row["quantity"])
    dates = f"on {day(first)}" if first == last else f"between {day(first)} and {day(last)}"
    priority = _priority(names, row["location"], row["use"])
    used = {"consumption": "consumption", "need": "needs", "recipe": "production"}[row["use"]]
    told = f"{used} of priority {priority}" if priority else used
    place = names.place(locations.index(row["location"]))
    text = f"{names.quantity(quantity)} of {names.item_name} that left {origin} {dates} went to {told} at {place}."
    numbers = {"quantity": quantity} | ({"priority": float(priority)} if priority else {})
    return Cause("elsewhere", text, "§7.1", int(row["depth"]), row["location"], numbers, first, last)


def _priority(names: Names, location: str, use: str) -> int | None:
    """Return the first priority of a use of the item at a location."""
    if use == "recipe":
        return None
    rows = names.usage.plan.scenario.table("consumption" if use == "consumption" else "needs")
    item = names.usage.problem.labels.items[names.item]
    mine = rows.filter((pl.col("location") == location) & (pl.col("item") == item))
    return min((int(text) for text in mine["priority"].to_list()), default=None)


def _source_places(names: Names) -> pl.DataFrame:
    """Return where every source of goods is: source_kind, source, location."""
    table = names.usage.plan.scenario.table
    kinds = (
        ("stock", "stocks", "location"),
        ("pledge", "pledges", "pledge"),
        ("production", "production", "line"),
        ("offer", "offers", "offer"),
    )
    return pl.concat(
        table(name).select(source_kind=pl.lit(kind), source=pl.col(key), location=pl.col("location"))
        for kind, name, key in kinds
    ).unique(maintain_order=True)
