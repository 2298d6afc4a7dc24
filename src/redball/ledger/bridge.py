"""From the record to the planner: what is there, what is on the way, what is promised, as of a date."""

from __future__ import annotations

import dataclasses
import datetime as dt

import polars as pl
from sqlalchemy import Connection, select

from redball.core.errors import InputError
from redball.core.horizon import days_up
from redball.ledger import read, tables
from redball.ledger.amounts import FACTORS
from redball.ledger.donors import donor_record
from redball.ledger.entry import moment
from redball.ledger.store import pairs
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA

PLANNED_RUNGS = ("conditional", "announced", "committed", "allocated")
"""Rungs that a scenario knows (§5.2); what is shipped is on the way, what has arrived is stock."""
WAY = "way"


@dataclasses.dataclass(frozen=True)
class Position:
    """What the ledger says at the end of a date; quantities in base units."""

    date: dt.date
    stocks: pl.DataFrame
    """location, item, quantity: free goods, and goods that wait for hand-over."""
    transit: pl.DataFrame
    """leg, to_location, shipment, pledge, owner, item, quantity, shipped, arrives."""
    pledges: pl.DataFrame
    """As `Ledger.pledges`."""
    record: pl.DataFrame
    """As `donors.donor_record`."""
    units: dict[str, str]
    """Base unit by item."""

    def brought_into(self, scenario: Scenario) -> Scenario:
        """Return the scenario with opening stocks, goods on the way and pledges from the ledger.

        The scenario then starts on the day after the position and ends when it did. The ledger decides for every location and
        item that it has an account for, and for all pledges; what the scenario does not know by name is left out: see
        `left_out`. Rows of `stocks` that the ledger knows nothing about stay.
        """
        start, settings = self.date + dt.timedelta(days=1), scenario.settings
        days = (scenario.horizon.last - start).days + 1
        if days < 1:
            raise InputError(
                f"{self.date} is not before the last planned day, {scenario.horizon.last}", where="as of"
            )
        usable, _ = _usable(scenario, self, start)
        frames = dict(scenario.tables)
        frames["stocks"] = _stocks(scenario, self)
        frames["pledges"] = usable
        return Scenario(settings.model_copy(update={"start": start, "days": days}), frames, scenario.extras)


def position(conn: Connection, date: dt.date, known: read.When = None) -> Position:
    """Return what the ledger says at the end of `date`, as known on `known`."""
    held = read.balances(conn, date, known)
    stock = held.filter(book="stock")
    there = (
        stock.filter(pl.col("kind").is_in(["free", "depot"]), pl.col("place") != "")
        .group_by(pl.col("place").alias("location"), "item")
        .agg(pl.sum("quantity"))
        .sort("location", "item")
    )
    units = pairs(conn, select(tables.item.c.code, tables.item.c.unit))
    return Position(
        date,
        there,
        _transit(conn, stock, date, known),
        read.pledges(conn, date, known),
        donor_record(conn, date, known),
        units,
    )


def _transit(conn: Connection, stock: pl.DataFrame, date: dt.date, known: read.When) -> pl.DataFrame:
    t, m, s = tables, tables.movement.c, tables.shipment.c
    way = stock.filter(kind="transit").select(
        "account_id", "leg", "shipment", "pledge", pl.col("org").alias("owner"), "item", "quantity"
    )
    ends = conn.execute(select(t.leg.c.code, t.place.c.code).join(t.place, t.place.c.id == t.leg.c.to_place))
    to = pl.DataFrame(
        [tuple(r) for r in ends], schema={"leg": pl.String(), "to_location": pl.String()}, orient="row"
    )
    seq = read.known_seq(conn, known)
    last = (
        select(m.dst, m.valid_at)
        .join(t.account, t.account.c.id == m.dst)
        .where(
            t.account.c.kind == "transit",
            m.seq <= seq,
            m.valid_at <= moment(date, end=True),
            m.verb == "ship",
        )
        .order_by(m.valid_at)
    )
    sent = pairs(conn, last)
    shipped = pl.DataFrame(
        list(sent.items()), schema={"account_id": pl.Int64(), "shipped": pl.Int64()}, orient="row"
    )
    plans = [tuple(r) for r in conn.execute(select(s.code, s.arrive_at))]
    arrives = pl.DataFrame(plans, schema={"shipment": pl.String(), "arrives": pl.Int64()}, orient="row")
    frame = (
        way.join(to, on="leg", how="left")
        .join(shipped, on="account_id", how="left")
        .join(arrives, on="shipment", how="left")
    )
    day = pl.col("shipped", "arrives").cast(pl.Datetime("us")).dt.date()
    return frame.with_columns(day).drop("account_id").sort("leg", "shipment", "pledge", "item")


def left_out(scenario: Scenario, as_of: Position) -> pl.DataFrame:
    """Return the pledges and goods on the way that a plan cannot use, and why."""
    return _usable(scenario, as_of, as_of.date + dt.timedelta(days=1))[1]


def scale(scenario: Scenario, units: dict[str, str]) -> pl.DataFrame:
    """Return how many base units one unit of each item of the scenario is; pieces are pieces under any name.

    Raises
    ------
    InputError
        If an item is weighed in one and counted in the other.
    """
    rows = []
    for item, word in scenario.table("items").select("item", "unit").iter_rows():
        base = units.get(item)
        if base is None:
            continue
        factor = FACTORS[base].get(word, 1 if base == "pc" else None)
        if factor is None:
            raise InputError(
                f"{item} is in {word} in the scenario and in {base} in the ledger", where="items"
            )
        rows.append((item, float(factor)))
    return pl.DataFrame(rows, schema={"item": pl.String(), "scale": pl.Float64()}, orient="row")


def _stocks(scenario: Scenario, as_of: Position) -> pl.DataFrame:
    schema = {column.name: column.dtype for column in SCHEMA["stocks"].columns}
    old = scenario.table("stocks")
    known = scenario.table("locations").select("location")
    factors = scale(scenario, as_of.units)
    new = as_of.stocks.join(known, on="location", how="semi").join(factors, on="item", how="inner")
    new = new.select("location", "item", (pl.col("quantity") / pl.col("scale")).alias("quantity"))
    keys = ["location", "item"]
    kept = old.select(*keys, "reserve", "note")
    merged = new.join(kept, on=keys, how="left").with_columns(pl.lit(f"ledger, {as_of.date}").alias("source"))
    merged = merged.with_columns(pl.col("reserve").fill_null(0.0))
    stays = old.join(new, on=keys, how="anti")
    return pl.concat([merged.select(list(schema)), stays.select(list(schema))]).cast(schema).sort(keys)  # type: ignore[arg-type]


def _usable(scenario: Scenario, as_of: Position, start: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the new table of pledges, and what cannot be in it with the reason."""
    own = scenario.table("pledges").select("pledge", pl.col("available_date").alias("own_date"))
    rungs = as_of.pledges.unpivot(
        PLANNED_RUNGS,
        index=["pledge", "donor", "item", "place", "due"],
        variable_name="status",
        value_name="quantity",
    ).filter(pl.col("quantity") > 0)
    rungs = rungs.join(own, on="pledge", how="left").with_columns(
        pl.coalesce("due", "own_date").alias("available_date")
    )
    rungs = rungs.rename({"place": "location"}).with_columns(
        pl.format("{}:{}", "pledge", "status").alias("pledge")
    )
    rungs = rungs.join(as_of.record, on="donor", how="left")
    both = pl.concat([rungs, _on_the_way(scenario, as_of)], how="diagonal_relaxed")
    items, places = scenario.table("items")["item"], scenario.table("locations")["location"]
    why = (
        pl.when(~pl.col("item").is_in(items.implode())).then(pl.lit("the scenario does not know the item"))
        .when(~pl.col("location").fill_null("").is_in(places.implode())).then(pl.lit("the scenario does not know the location"))
        .when(pl.col("available_date").is_null()).then(pl.lit("no date was promised"))
        .when(pl.col("available_date") > scenario.horizon.last).then(pl.lit("promised for after the last planned day"))
    )  # fmt: skip
    both = both.with_columns(why.alias("why"))
    good = both.filter(pl.col("why").is_null()).join(scale(scenario, as_of.units), on="item", how="left")
    good = good.with_columns(
        (pl.col("quantity") / pl.col("scale")).alias("quantity"),
        pl.max_horizontal("available_date", pl.lit(start)),
        pl.col("probability").fill_null(1.0),
        pl.col("delay_days").fill_null(0.0),
        pl.lit(f"ledger, {as_of.date}").alias("source"),
        pl.lit(None, dtype=pl.String()).alias("note"),
    )
    bad = both.filter(pl.col("why").is_not_null()).select(
        "pledge", "item", "location", "status", "quantity", "why"
    )
    told = [pl.col(it.name).cast(it.dtype) for it in SCHEMA["pledges"].columns if it.name in good.columns]
    return good.select(told).sort("pledge"), bad.sort("pledge")


def _on_the_way(scenario: Scenario, as_of: Position) -> pl.DataFrame:
    """Return goods on the way as allocated pledges at their destination (§5.1)."""
    transit = {
        lane: days_up(days, least=1)
        for lane, days in scenario.table("lanes").select("lane", "transit_days").iter_rows()
    }
    frame = as_of.transit.with_columns(
        pl.col("leg").replace_strict(transit, default=None, return_dtype=pl.Int64()).alias("days")
    )
    frame = frame.with_columns(
        pl.coalesce("arrives", pl.col("shipped") + pl.duration(days="days")).alias("available_date"),
        pl.format(WAY + ":{}:{}:{}:{}", "leg", "shipment", "pledge", "item").alias("pledge"),
        pl.lit("allocated").alias("status"),
    )
    return frame.select(
        "pledge",
        pl.col("owner").alias("donor"),
        pl.col("to_location").alias("location"),
        "item",
        "quantity",
        "available_date",
        "status",
    )
