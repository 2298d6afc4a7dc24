"""What enters and leaves every location and item, as one long table read off a plan (§2.2).

`verify` sums it, `trace` puts it in order. No engine uses it.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from redball.results.plan import Plan

RECEIVED = ("stock", "pledge", "production", "offer", "arrival")
"""Kinds that bring goods in, in the order in which they are received on one day."""
USED = ("consumption", "need", "recipe", "departure")
"""Kinds that take goods out, in the order in which they leave on one day (§2.1)."""
COLUMNS = ("location", "item", "date", "kind", "name", "quantity", "shipment")


def flows(plan: Plan) -> pl.DataFrame:
    """Return each quantity that enters or leaves a location.

    Returns
    -------
    Columns ``location``, ``item``, ``date``, ``kind`` (of `RECEIVED` or `USED`), ``name`` (location of a stock, row
    of consumption, lane of what moves, id of the rest), ``quantity`` [unit, >= 0] and ``shipment`` (row number in
    the shipments, for arrivals and departures). Opening stock is dated the day before the start.
    """
    return pl.concat([*_received(plan), *_used(plan)])


def _received(plan: Plan) -> list[pl.DataFrame]:
    """Return what enters, by kind."""
    table, result = plan.scenario.table, plan.tables
    before = plan.scenario.horizon.start - dt.timedelta(days=1)
    lanes = table("lanes").select("lane", "to_location")
    return [
        _flow(table("stocks").with_columns(date=pl.lit(before)), "stock", name="location"),
        _flow(
            result["take_up"].join(
                table("pledges").select("pledge", "location", "item"), on="pledge", maintain_order="left"
            ),
            "pledge",
            name="pledge",
        ),
        _flow(
            result["starts"].join(
                table("production").select("line", "location", "item"), on="line", maintain_order="left"
            ),
            "production",
            name="line",
            date="output_date",
        ),
        _flow(
            result["orders"].join(
                table("offers").select("offer", "location", "item"), on="offer", maintain_order="left"
            ),
            "offer",
            name="offer",
            date="arrive_date",
        ),
        _flow(
            result["shipments"].with_row_index("shipment").join(lanes, on="lane", maintain_order="left"),
            "arrival",
            name="lane",
            date="arrive_date",
            location="to_location",
            quantity="quantity_arriving",
        ),
    ]


def _used(plan: Plan) -> list[pl.DataFrame]:
    """Return what leaves, by kind."""
    table, result = plan.scenario.table, plan.tables
    lanes = table("lanes").select("lane", "from_location")
    recipes = table("recipes").select("line", "item", per_unit="quantity")
    places = table("production").select("line", "location")
    drawn = result["starts"].join(recipes, on="line", maintain_order="left_right")
    return [
        _flow(result["served"].with_columns(pl.col("row").cast(pl.String)), "consumption", name="row"),
        _flow(
            result["handovers"].join(
                table("needs").select("need", "location", "item"), on="need", maintain_order="left"
            ),
            "need",
            name="need",
        ),
        _flow(
            drawn.join(places, on="line", maintain_order="left").with_columns(
                quantity=pl.col("quantity") * pl.col("per_unit")
            ),
            "recipe",
            name="line",
        ),
        _flow(
            result["shipments"].with_row_index("shipment").join(lanes, on="lane", maintain_order="left"),
            "departure",
            name="lane",
            date="depart_date",
            location="from_location",
        ),
    ]


def _flow(
    frame: pl.DataFrame,
    kind: str,
    *,
    name: str,
    date: str = "date",
    location: str = "location",
    quantity: str = "quantity",
) -> pl.DataFrame:
    """Give a joined table the columns of `flows`."""
    shipment = pl.col("shipment") if "shipment" in frame.columns else pl.lit(None)
    return frame.select(
        location=pl.col(location),
        item=pl.col("item"),
        date=pl.col(date),
        kind=pl.lit(kind),
        name=pl.col(name),
        quantity=pl.col(quantity),
        shipment=shipment.cast(pl.UInt32),
    )
