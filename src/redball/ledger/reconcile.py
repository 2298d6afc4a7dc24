"""Sent against received, shipment by shipment: what is late, short, lost or never seen."""

from __future__ import annotations

import datetime as dt

import polars as pl
from sqlalchemy import Connection, select

from redball.ledger import read, tables
from redball.ledger.entry import moment

STATES = (
    "planned",
    "not sent",
    "on the way",
    "late",
    "never seen",
    "received",
    "received late",
    "short",
    "lost",
)


def reconcile(conn: Connection, date: dt.date, known: read.When = None) -> pl.DataFrame:
    """Return one row for every shipment: planned, sent, received, lost, still on the way, and its state on `date`.

    ``never seen``: sent, its day of arrival has passed, and nobody has reported any of it; ``late``: part of it is still out
    after that day; ``short``: all that was sent is accounted for, and less was received than was planned to arrive; ``lost``:
    some of it was reported lost.
    """
    t, s = tables, tables.shipment.c
    query = (
        select(s.code, t.leg.c.code, t.item.c.code, s.depart_at, s.arrive_at, s.planned, s.planned_arriving)
        .join(t.leg, t.leg.c.id == s.leg_id)
        .join(t.item, t.item.c.id == s.item_id)
    )
    names = ("shipment", "leg", "item", "depart_date", "arrive_date", "planned", "planned_arriving")
    types = [pl.String(), pl.String(), pl.String(), *[pl.Int64()] * 4]
    plans = pl.DataFrame(
        [tuple(r) for r in conn.execute(query)], schema=dict(zip(names, types, strict=True)), orient="row"
    )
    plans = plans.with_columns(pl.col("depart_date", "arrive_date").cast(pl.Datetime("us")).dt.date())
    moved = _moved(conn, date, known)
    frame = plans.join(moved, on="shipment", how="left").with_columns(
        pl.col("sent", "received", "lost").fill_null(0)
    )
    frame = frame.with_columns((pl.col("sent") - pl.col("received") - pl.col("lost")).alias("out"))
    past = pl.lit(date) > pl.col("arrive_date")
    state = (
        pl.when((pl.col("sent") == 0) & (pl.col("depart_date") > date)).then(pl.lit("planned"))
        .when(pl.col("sent") == 0).then(pl.lit("not sent"))
        .when(past & (pl.col("received") == 0) & (pl.col("lost") == 0)).then(pl.lit("never seen"))
        .when(past & (pl.col("out") > 0)).then(pl.lit("late"))
        .when(pl.col("out") > 0).then(pl.lit("on the way"))
        .when(pl.col("lost") > pl.col("planned") - pl.col("planned_arriving")).then(pl.lit("lost"))
        .when(pl.col("received") < pl.col("planned_arriving")).then(pl.lit("short"))
        .when(pl.col("last_received") > pl.col("arrive_date")).then(pl.lit("received late"))
        .otherwise(pl.lit("received"))
    )  # fmt: skip
    return frame.with_columns(state.alias("state")).sort("depart_date", "shipment")


def _moved(conn: Connection, date: dt.date, known: read.When) -> pl.DataFrame:
    m, a, s = tables.movement.c, tables.account, tables.shipment
    dst, src = a.alias("dst"), a.alias("src")
    into, out = s.alias("into_shipment"), s.alias("out_shipment")
    query = (
        select(into.c.code, out.c.code, src.c.kind, dst.c.kind, m.qty, m.valid_at)
        .join(dst, dst.c.id == m.dst)
        .join(src, src.c.id == m.src)
        .outerjoin(into, into.c.id == dst.c.shipment_id)
        .outerjoin(out, out.c.id == src.c.shipment_id)
        .where(m.seq <= read.known_seq(conn, known), m.valid_at <= moment(date, end=True))
        .where((src.c.kind == "transit") | (dst.c.kind == "transit"))
    )
    rows = []
    for into_code, out_code, src_kind, dst_kind, quantity, at in conn.execute(query):
        code, other, sign = (into_code, src_kind, 1) if dst_kind == "transit" else (out_code, dst_kind, -1)
        if code is None:
            continue
        # back from where goods had gone counts against it; what suspense lends was there after all, so it was sent
        column = {"depot": "received", "free": "received" if sign < 0 else "sent", "lost": "lost"}.get(
            other, "sent"
        )
        rows.append((code, column, quantity * sign if column == "sent" else -quantity * sign, at))
    schema = {"shipment": pl.String(), "column": pl.String(), "quantity": pl.Int64(), "at": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    of = pl.col("column")
    return frame.group_by("shipment").agg(
        *(pl.col("quantity").filter(of == name).sum().alias(name) for name in ("sent", "received", "lost")),
        pl.col("at")
        .filter((of == "received") & (pl.col("quantity") > 0))
        .max()
        .cast(pl.Datetime("us"))
        .dt.date()
        .alias("last_received"),
    )
