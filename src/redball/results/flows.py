"""What enters and leaves every location and item, as one long table read off a plan (§2.2).

`verify` sums it, `trace` puts it in order. No engine uses it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import chain

import polars as pl

from redball.results.plan import Plan

RECEIVED = ("stock", "pledge", "production", "offer", "arrival")
"""Kinds that bring goods in, in the order in which they are received on one day."""
USED = ("consumption", "need", "recipe", "departure")
"""Kinds that take goods out, in the order in which they leave on one day (§2.1)."""
COLUMNS = ("location", "item", "date", "kind", "name", "quantity", "shipment")
KIND = pl.Enum(sorted(RECEIVED + USED))
NAMED_BY = {
    "locations": "location",
    "items": "item",
    "lanes": "lane",
    "pledges": "pledge",
    "production": "line",
    "offers": "offer",
    "needs": "need",
}
"""Tables whose ids name a flow, with the column of the id."""


def flows(plan: Plan) -> pl.DataFrame:
    """Return each quantity that enters or leaves a location.

    Returns
    -------
    Columns ``location``, ``item``, ``date``, ``kind`` (of `RECEIVED` or `USED`), ``name`` (location of a stock, row
    of consumption, lane of what moves, id of the rest), ``quantity`` [unit, >= 0] and ``shipment`` (row number in
    the shipments, for arrivals and departures). Opening stock is dated the day before the start. What is named is
    of a type `names`, ordered as text is: a large plan has tens of millions of flows, and text takes four times
    the room.
    """
    coded = pl.col("location", "item", "name").cast(names(plan))
    return pl.concat([part.with_columns(coded) for part in chain(_received(plan), _used(plan))])


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return flows, or what was grouped of them, with names as text, as in the tables of a scenario and a plan."""
    return frame.with_columns(pl.col(pl.Enum).cast(pl.String))


def names(plan: Plan) -> pl.Enum:
    """Return the type of all that names a flow: ids of the scenario, and row numbers of consumption."""
    table = plan.scenario.table
    ids = [table(name)[column] for name, column in NAMED_BY.items()]
    rows = pl.int_range(2, table("consumption").height + 2, eager=True).cast(pl.String)
    return pl.Enum(pl.concat([*(column.alias("id") for column in ids), rows.alias("id")]).unique().sort())


def _received(plan: Plan) -> Iterator[pl.DataFrame]:
    """Yield what enters, by kind."""
    table, result = plan.scenario.table, plan.tables
    before = plan.scenario.horizon.start - dt.timedelta(days=1)
    yield _flow(table("stocks").with_columns(date=pl.lit(before)), "stock", name="location")
    pledges = table("pledges").select("pledge", "location", "item")
    yield _flow(result["take_up"].join(pledges, on="pledge", maintain_order="left"), "pledge", name="pledge")
    lines = table("production").select("line", "location", "item")
    output = result["starts"].join(lines, on="line", maintain_order="left")
    yield _flow(output, "production", name="line", date="output_date")
    offers = table("offers").select("offer", "location", "item")
    bought = result["orders"].join(offers, on="offer", maintain_order="left")
    yield _flow(bought, "offer", name="offer", date="arrive_date")
    yield _moved(plan, "arrival", "to_location", "arrive_date", "quantity_arriving")


def _used(plan: Plan) -> Iterator[pl.DataFrame]:
    """Yield what leaves, by kind."""
    table, result = plan.scenario.table, plan.tables
    yield _flow(result["served"].with_columns(pl.col("row").cast(pl.String)), "consumption", name="row")
    needs = table("needs").select("need", "location", "item")
    yield _flow(result["handovers"].join(needs, on="need", maintain_order="left"), "need", name="need")
    recipes = table("recipes").select("line", "item", per_unit="quantity")
    places = table("production").select("line", "location")
    drawn = result["starts"].join(recipes, on="line", maintain_order="left_right")
    drawn = drawn.join(places, on="line", maintain_order="left")
    drawn = drawn.with_columns(quantity=pl.col("quantity") * pl.col("per_unit"))
    yield _flow(drawn, "recipe", name="line")
    yield _moved(plan, "departure", "from_location", "depart_date", "quantity")


def _moved(plan: Plan, kind: str, location: str, date: str, quantity: str) -> pl.DataFrame:
    """Return one end of each shipment."""
    ends = plan.scenario.table("lanes").select("lane", location=location)
    moved = plan.tables["shipments"].select("lane", "item", date=date, quantity=quantity)
    moved = moved.with_row_index("shipment").join(ends, on="lane", maintain_order="left")
    return _flow(moved, kind, name="lane")


def _flow(frame: pl.DataFrame, kind: str, *, name: str, date: str = "date") -> pl.DataFrame:
    """Give a joined table the columns of `flows`."""
    shipment = pl.col("shipment") if "shipment" in frame.columns else pl.lit(None)
    return frame.select(
        "location",
        "item",
        date=pl.col(date),
        kind=pl.lit(kind, dtype=KIND),
        name=pl.col(name),
        quantity=pl.col("quantity"),
        shipment=shipment.cast(pl.UInt32),
    )
