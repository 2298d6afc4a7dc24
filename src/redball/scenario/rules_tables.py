"""Rules that concern several tables; each function is one rule and cites its number."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE
from redball.scenario.fault_log import shown
from redball.scenario.known import Known
from redball.scenario.rules_rows import number


def closure_leaves_part_of_limit(known: Known) -> None:
    """Check that a part of a capacity is left only where the capacity has a limit (§3.6)."""
    part = known["closures"].filter((pl.col("open_fraction") > 0) & (pl.col("open_fraction") < 1))
    if part.is_empty():
        return
    part = part.select("row", "lane", "location", "open_fraction")
    lanes = known["lanes"].filter(pl.col("capacity_t_per_day").is_null())
    free_lanes = lanes.select("lane")
    ends = pl.concat(
        [
            lanes.select(pl.col(end).alias("location"), pl.col("lane").alias("touching"))
            for end in ("from_location", "to_location")
        ]
    )
    free_places = known["locations"].filter(pl.col("throughput_t_per_day").is_null()).select("location")
    by_throughput = part.join(free_places, on="location", how="semi")
    by_touching = part.join(by_throughput, on="row", how="anti")
    by_touching = by_touching.join(ends.unique("location", keep="first", maintain_order=True), on="location")
    cases: tuple[tuple[pl.DataFrame, Callable[[dict[str, object]], str], str], ...] = (
        (
            part.join(free_lanes, on="lane", how="semi"),
            lambda row: f"lane {shown(row['lane'])}",
            "capacity_t_per_day",
        ),
        (by_throughput, lambda row: f"location {shown(row['location'])}", "throughput_t_per_day"),
        (
            by_touching,
            lambda row: f"lane {shown(row['touching'])}, which touches {shown(row['location'])},",
            "capacity_t_per_day",
        ),
    )
    for found, subject, column in cases:
        known.report(
            "closure-of-unlimited",
            "closures",
            "open_fraction",
            found.sort("row"),
            lambda row, subject=subject, column=column: (  # type: ignore[misc]
                f"{number(row['open_fraction'])} of no limit: {subject(row)} has no {column}.",
                "Give it one, or close with 0 (§3.6).",
            ),
        )


def storage_holds_opening_stock(known: Known) -> None:
    """Check that storage holds what is there at the start, so that doing nothing is a valid plan (§2.4, §7.5)."""
    mass = known["items"].select("item", "tonnes_per_unit")
    held = (
        known["stocks"]
        .join(mass, on="item")
        .group_by("location")
        .agg((pl.col("quantity") * pl.col("tonnes_per_unit")).sum().alias("held"))
    )
    found = known["locations"].join(held, on="location").sort("row")
    spare = 1 + WHOLE_TOLERANCE
    known.report(
        "storage-exceeded",
        "locations",
        "storage_t",
        found.filter(pl.col("held") > pl.col("storage_t") * spare + WHOLE_TOLERANCE),
        lambda row: (
            f"{number(row['storage_t'])} t cannot hold the opening stock of {number(row['held'])} t.",
            "Raise it, or lower the stock (§2.4, §7.5).",
        ),
    )


def whole_items_are_whole(known: Known) -> None:
    """Check that quantities of what comes in whole units are whole (§7.6)."""
    whole = known["items"].filter(pl.col("whole").fill_null(False)).select("item")
    for table in ("stocks", "pledges", "needs"):
        quantity = pl.col("quantity")
        known.report(
            "not-whole",
            table,
            "quantity",
            known[table]
            .filter((quantity - quantity.round()).abs() > WHOLE_TOLERANCE)
            .join(whole, on="item", how="semi", maintain_order="left"),
            lambda row: (
                f"{number(row['quantity'])} is not whole, but {shown(row['item'])} comes in whole units.",
                "Round it, or set whole to no in items (§7.6).",
            ),
        )


def recipe_has_other_input(known: Known) -> None:
    """Check that a line does not consume what it makes, which is rarely meant (§5.4)."""
    output = known["production"].select("line", "item")
    known.report(
        "recipe-of-itself",
        "recipes",
        "item",
        known["recipes"].join(output, on=["line", "item"], how="semi", maintain_order="left"),
        lambda row: (
            f"{shown(row['item'])} is also the output of line {shown(row['line'])}.",
            "Look whether this is meant (§5.4).",
        ),
    )


def item_is_used(known: Known) -> None:
    """Check that an item is used: one that turns up in no other table is a slip or a rest."""
    tables = ("stocks", "pledges", "production", "recipes", "offers", "consumption", "needs")
    used = pl.concat([known[table].select("item") for table in tables]).unique()
    known.report(
        "item-unused",
        "items",
        "item",
        known["items"].join(used, on="item", how="anti", maintain_order="left"),
        lambda row: (
            f"{shown(row['item'])} is used nowhere.",
            "Remove it, or add its stock, supply or demand.",
        ),
    )


def location_is_connected(known: Known) -> None:
    """Check that a lane touches a location: without one it gets and gives nothing (§2.2)."""
    lanes = known["lanes"]
    touched = pl.concat([lanes.select(location=end) for end in ("from_location", "to_location")]).unique()
    known.report(
        "location-apart",
        "locations",
        "location",
        known["locations"].join(touched, on="location", how="anti", maintain_order="left"),
        lambda row: (
            f"no lane touches {shown(row['location'])}.",
            "Add a lane, if anything is to move there.",
        ),
    )


def something_is_asked_for(known: Known) -> None:
    """Check that something is asked for: without demand the best plan is to do nothing (§7.1)."""
    if not known["consumption"].height and not known["needs"].height:
        place = f"consumption{known.suffix}"
        known.log.add("no-demand", place, "neither consumption nor needs has a row, so nothing is planned.")


TABLE_RULES: tuple[Callable[[Known], None], ...] = (
    closure_leaves_part_of_limit,
    storage_holds_opening_stock,
    whole_items_are_whole,
    recipe_has_other_input,
)

WHOLE_RULES: tuple[Callable[[Known], None], ...] = (
    item_is_used,
    location_is_connected,
    something_is_asked_for,
)
"""What can only be said of a scenario without errors."""
