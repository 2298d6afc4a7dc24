"""A donor's record: how late and how short its past pledges were, with counts, for the race."""

from __future__ import annotations

import datetime as dt

import polars as pl
from sqlalchemy import Connection, select

from redball.ledger import read, tables
from redball.ledger.entry import moment
from redball.ledger.ladder import GONE, LIVE

SCHEMA = {
    "donor": pl.String(),
    "n_due": pl.Int64(),
    "n_arrived": pl.Int64(),
    "probability": pl.Float64(),
    "delay_days": pl.Float64(),
}


def donor_record(conn: Connection, date: dt.date, known: read.When = None) -> pl.DataFrame:
    """Return, for every donor with pledges that were due by `date`, how they ended.

    Returns
    -------
    frame
        ``n_due`` pledges were due; ``probability`` is the mean over them of the share that has arrived; ``n_arrived`` of them
        arrived in part or whole; ``delay_days`` is the mean over these of how many days after the promised date the goods came
        (weighted by quantity within a pledge; early counts 0), blank where none arrived.

    Notes
    -----
    A mean over pledges, not over units: a tank and a round do not add up. Two pledges are little to go by; that is why the
    counts stand beside the means.
    """
    pledges = read.pledges(conn, date, known)
    due = pledges.filter(pl.col("due").is_not_null() & (pl.col("due") <= date))
    promised = pl.sum_horizontal(*LIVE, *GONE)
    shares = due.select(
        "pledge",
        "donor",
        "due",
        (pl.sum_horizontal("arrived", "handed_over") / promised).clip(0, 1).alias("share"),
    )
    arrivals = _arrivals(conn, date, known)
    late = (pl.col("arrived_on") - pl.col("due")).dt.total_days().clip(0)
    delays = (
        arrivals.join(due.select("pledge", "due"), on="pledge", how="inner")
        .group_by("pledge")
        .agg(((late * pl.col("quantity")).sum() / pl.col("quantity").sum()).alias("delay"))
    )
    return (
        shares.join(delays, on="pledge", how="left")
        .group_by("donor")
        .agg(
            pl.len().cast(pl.Int64()).alias("n_due"),
            pl.col("delay").count().cast(pl.Int64()).alias("n_arrived"),
            pl.col("share").mean().alias("probability"),
            pl.col("delay").mean().alias("delay_days"),
        )
        .sort("donor")
        .cast(SCHEMA)  # type: ignore[arg-type]
    )


def _arrivals(conn: Connection, date: dt.date, known: read.When) -> pl.DataFrame:
    """Return what arrived of each pledge and when, corrections counted where they belong."""
    m, a, p, e = tables.movement.c, tables.account, tables.pledge, tables.entry.c
    dst, src = a.alias("dst"), a.alias("src")
    query = (
        select(p.c.code, m.valid_at, m.qty, m.verb)
        .join(tables.entry, e.seq == m.seq)
        .join(dst, dst.c.id == m.dst)
        .join(src, src.c.id == m.src)
        .join(p, p.c.id == dst.c.pledge_id)
        .where(
            dst.c.book == "pledge",
            m.seq <= read.known_seq(conn, known),
            m.valid_at <= moment(date, end=True),
        )
        .where(m.verb.in_(("arrive", "over_delivery", "-arrive", "-over_delivery")))
    )
    rows = [(code, at, -qty if verb[0] == "-" else qty) for code, at, qty, verb in conn.execute(query)]
    schema = {"pledge": pl.String(), "at": pl.Int64(), "quantity": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    day = pl.col("at").cast(pl.Datetime("us")).dt.date().alias("arrived_on")
    return (
        frame.with_columns(day)
        .group_by("pledge", "arrived_on")
        .agg(pl.sum("quantity"))
        .filter(pl.col("quantity") > 0)
    )
