"""A plan in the ledger: its shipments recorded as planned, or all of it replayed as if it had happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import polars as pl

from redball.ledger.amounts import FACTORS
from redball.ledger.entry import Account, Draft, Line, moment
from redball.ledger.names import Item, Shipment
from redball.ledger.posting import BATCH_MAX, Outcome
from redball.ledger.whole import whole_flows
from redball.results.flows import RECEIVED, USED, as_text, flows
from redball.results.plan import Plan

ORDER = {kind: number for number, kind in enumerate((*RECEIVED, *USED))}
FLOW = ["location", "item", "date"]


class Books(Protocol):
    """What a replay needs of a ledger."""

    def define(
        self,
        *,
        items: Iterable[Item] = (),
        places: Iterable[str] = (),
        legs: Mapping[str, tuple[str, str] | None] | None = None,
        shipments: Iterable[Shipment] = (),
    ) -> int:
        """Define names."""

    def post(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Post entries."""


def base_units(plan: Plan) -> pl.DataFrame:
    """Return base unit and scale of every item of a plan: mass and volume by their unit, all else in pieces."""
    rows = []
    for item, word in plan.scenario.table("items").select("item", "unit").iter_rows():
        base = next((base for base, words in FACTORS.items() if word in words), "pc")
        rows.append((item, base, float(FACTORS[base].get(word, 1))))
    return pl.DataFrame(
        rows, schema={"item": pl.String(), "unit": pl.String(), "scale": pl.Float64()}, orient="row"
    )


def whole_plan(plan: Plan) -> pl.DataFrame:
    """Return the flows of a plan in whole base units, as ``whole``; every stock stays within one unit of the plan's.

    What a lane loses (§3.1) is a flow of its own, of kind ``loss``.
    """
    moved = as_text(flows(plan).filter(pl.col("quantity") > 0))
    arrivals = moved.filter(pl.col("kind") == "arrival").select(
        "shipment", pl.col("quantity").alias("arriving")
    )
    lost = moved.filter(pl.col("kind") == "departure").join(arrivals, on="shipment", how="left")
    arrive = plan.tables["shipments"].with_row_index("shipment").select("shipment", "arrive_date")
    lost = lost.join(arrive, on="shipment", how="left").with_columns(
        (pl.col("quantity") - pl.col("arriving").fill_null(0.0)).clip(0).alias("quantity"),
        pl.lit("loss").alias("kind"),
        pl.col("arrive_date").alias("date"),
    )
    moved = pl.concat([moved, lost.select(moved.columns)]).join(base_units(plan), on="item")
    moved = moved.with_columns((pl.col("quantity") * pl.col("scale")).alias("base")).with_row_index("flow")
    stocks = _stocks(plan, moved)
    sizes = np.concatenate([moved["base"].to_numpy(), stocks["base"].to_numpy()])
    rows = _balances(moved, stocks)
    whole = whole_flows(
        sizes,
        rows["row"].to_numpy().astype(np.int64),
        rows["column"].to_numpy().astype(np.int64),
        rows["sign"].to_numpy(),
        int(rows["row"].max()) + 1 if rows.height else 0,  # type: ignore[arg-type]
    )
    return moved.with_columns(pl.Series("whole", whole[: moved.height], dtype=pl.Int64()))


def _stocks(plan: Plan, moved: pl.DataFrame) -> pl.DataFrame:
    """Return the closing stock of every location, item and day that something moves through, the day before included."""
    horizon = plan.scenario.horizon
    days = pl.date_range(horizon.start - dt.timedelta(days=1), horizon.last, "1d", eager=True).alias("date")
    nodes = (
        moved.select("location", "item", "scale")
        .unique(maintain_order=True)
        .join(days.to_frame(), how="cross")
    )
    opening = moved.filter(pl.col("kind") == "stock").select(*FLOW, "quantity")
    known = (
        pl.concat([plan.tables["stocks"].select(*FLOW, "quantity"), opening])
        .group_by(FLOW)
        .agg(pl.sum("quantity"))
    )
    held = nodes.join(known, on=FLOW, how="left").with_columns(pl.col("quantity").fill_null(0.0))
    held = held.with_columns((pl.col("quantity") * pl.col("scale")).alias("base")).sort(FLOW)
    return held.with_row_index("node")


def _balances(moved: pl.DataFrame, stocks: pl.DataFrame) -> pl.DataFrame:
    """Return the network: rows are location-days and shipments, columns flows and closing stocks."""
    n, nodes = moved.height, stocks.height
    node, sign = pl.col("node").cast(pl.Int64()), pl.Float64()
    entry = {"row": node, "column": pl.col("flow").cast(pl.Int64())}
    at = moved.filter(pl.col("kind") != "loss").join(stocks.select(*FLOW, "node"), on=FLOW)
    into = pl.when(pl.col("kind").is_in(RECEIVED)).then(-1.0).otherwise(1.0)
    parts = [at.select(**entry, sign=into.cast(sign))]
    closing = {"row": node, "column": node + n}
    parts.append(stocks.select(**closing, sign=pl.lit(1.0)))
    same = (pl.col("location") == pl.col("location").shift()) & (pl.col("item") == pl.col("item").shift())
    parts.append(
        stocks.filter(same.fill_null(False)).select(row=node, column=node - 1 + n, sign=pl.lit(-1.0))
    )
    sent = moved.filter(pl.col("shipment").is_not_null())
    from_shipment = pl.when(pl.col("kind") == "departure").then(1.0).otherwise(-1.0)
    row = (pl.col("shipment").rank("dense") - 1).cast(pl.Int64()) + nodes
    parts.append(sent.select(row=row, column=pl.col("flow").cast(pl.Int64()), sign=from_shipment.cast(sign)))
    return pl.concat(parts)


def plan_shipments(ledger: Books, plan: Plan, prefix: str, whole: pl.DataFrame | None = None) -> int:
    """Record a plan's shipments as planned, so that what is sent and received can be held against them."""
    whole = whole_plan(plan) if whole is None else whole
    lanes = plan.scenario.table("lanes").select("lane", "from_location", "to_location")
    units = base_units(plan)
    quantity = pl.col("whole")
    planned = whole.group_by("shipment").agg(
        quantity.filter(pl.col("kind") == "departure").sum().alias("planned"),
        quantity.filter(pl.col("kind") == "arrival").sum().alias("planned_arriving"),
    )
    rows = (
        plan.tables["shipments"]
        .with_row_index("shipment")
        .join(lanes, on="lane")
        .join(planned, on="shipment")
    )
    shipments = [
        Shipment(
            f"{prefix}:{row['shipment']}", row["item"], row["lane"], row["from_location"], row["to_location"],
            moment(row["depart_date"]), moment(row["arrive_date"]), row["planned"], row["planned_arriving"], plan.summary.digest,
        )
        for row in rows.filter(pl.col("planned") > 0).sort("shipment").iter_rows(named=True)
    ]  # fmt: skip
    return ledger.define(
        items=[Item(item, unit) for item, unit in units.select("item", "unit").iter_rows()],
        places=plan.scenario.table("locations")["location"].to_list(),
        legs={lane: (start, end) for lane, start, end in lanes.iter_rows()},
        shipments=shipments,
    )


def replay(ledger: Books, plan: Plan, *, org: str, by: str, prefix: str = "plan") -> int:
    """Post everything that a plan does, day by day, as if it had happened; returns the number of entries.

    The ledger's stocks then are the plan's, to the unit, on every day. The ledger should hold nothing else of `org`.
    """
    whole = whole_plan(plan)
    plan_shipments(ledger, plan, prefix, whole)
    order = pl.col("kind").replace_strict({**ORDER, "loss": ORDER["arrival"]}, return_dtype=pl.Int64())
    done = whole.filter(pl.col("whole") > 0).sort("date", order, "flow")
    lanes = dict(plan.tables["shipments"].with_row_index("shipment").select("shipment", "lane").iter_rows())
    drafts = [
        _draft(row, org, by, prefix, lanes.get(row["shipment"], "")) for row in done.iter_rows(named=True)
    ]
    for start in range(0, len(drafts), BATCH_MAX):
        ledger.post(drafts[start : start + BATCH_MAX])
    return len(drafts)


def _draft(row: dict[str, object], org: str, by: str, prefix: str, lane: str) -> Draft:
    item, place, kind = str(row["item"]), str(row["location"]), row["kind"]
    free = Account("stock", "free", org, item, place)
    way = Account("stock", "transit", org, item, leg=lane, shipment=f"{prefix}:{row['shipment']}")
    world = Account("stock", "world", org, item)
    verb, src, dst = {
        "arrival": ("arrive", way, free),
        "departure": ("ship", free, way),
        "loss": ("lose_in_transit", way, Account("stock", "lost", org, item, leg=lane)),
        "consumption": ("consume", free, free._replace(kind="consumed")),
        "need": ("consume", free, free._replace(kind="consumed")),
        "recipe": ("consume", free, free._replace(kind="consumed")),
    }.get(str(kind), ("receive", world, free))
    when, quantity = row["date"], row["whole"]
    assert isinstance(when, dt.date)
    assert isinstance(quantity, int)
    key = f"{prefix}:{kind}:{row['flow']}"
    return Draft(
        org, key, verb, moment(when), (Line(src, dst, quantity),), by=by, locator=f"{kind} {row['name']}"
    )
