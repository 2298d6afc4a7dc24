"""What the ledger knows: balances as of a date and as known on a date, differences, histories. Only questions."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import polars as pl
from sqlalchemy import Connection, and_, bindparam, func, or_, select

from redball.ledger import snapshots, tables
from redball.ledger.entry import EPOCH, FOREVER, moment
from redball.ledger.errors import fail
from redball.ledger.ladder import FIRM, GONE, LIVE, SOFT, label
from redball.ledger.prepared import Prepared
from redball.ledger.store import pairs
from redball.ledger.undo import account_query

When = dt.date | dt.datetime | int | None
ACCOUNT_COLUMNS = ("account_id", "book", "kind", "org", "item", "place", "leg", "pledge", "lot", "shipment")


def known_seq(conn: Connection, known: When) -> int:
    """Return the last entry recorded by then; a date counts to its end."""
    e = tables.entry.c
    if known is None:
        return int(conn.execute(select(tables.chain_head.c.seq)).scalar_one())
    query = (
        select(e.seq).where(e.recorded_at <= moment(known, end=True)).order_by(e.recorded_at.desc()).limit(1)
    )
    return int(conn.execute(query).scalar() or 0)


def accounts_frame(conn: Connection) -> pl.DataFrame:
    """Return all accounts with their names."""
    rows = [tuple(row) for row in conn.execute(account_query())]
    schema = {"account_id": pl.Int64()} | dict.fromkeys(ACCOUNT_COLUMNS[1:], pl.String())
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    units = pl.DataFrame(
        [tuple(row) for row in conn.execute(select(tables.item.c.code, tables.item.c.unit))],
        schema={"item": pl.String(), "unit": pl.String()},
        orient="row",
    )
    return frame.with_columns(pl.col(ACCOUNT_COLUMNS[5:]).fill_null("")).join(units, on="item", how="left")


_m = tables.movement.c
_INTO, _OUT_OF = (
    Prepared(
        select(func.coalesce(func.sum(_m.qty), 0)).where(
            end == bindparam("number"), _m.valid_at <= bindparam("at"), _m.seq <= bindparam("seq")
        )
    )
    for end in (_m.dst, _m.src)
)


def balance_of(conn: Connection, number: int, at: int, seq: int) -> int:
    """Return the balance of one account, read from the index of its movements alone."""
    into, out_of = (way.rows(conn, number=number, at=at, seq=seq)[0][0] for way in (_INTO, _OUT_OF))
    return int(into - out_of)


def balances(conn: Connection, at: When = None, known: When = None) -> pl.DataFrame:
    """Return one row for every account that is not empty; see `Ledger.balances`."""
    if at is None and known is None:
        b = tables.balance.c
        total = pairs(conn, (select(b.account_id, b.bal).where(b.bal != 0)))
    else:
        at_us = FOREVER if at is None else moment(at, end=True)
        total = snapshots.balances(conn, at_us, known_seq(conn, known))
    rows = [(number, bal) for number, bal in total.items() if bal]
    frame = pl.DataFrame(rows, schema={"account_id": pl.Int64(), "quantity": pl.Int64()}, orient="row")
    named = accounts_frame(conn).join(frame, on="account_id", how="inner")
    return named.sort(ACCOUNT_COLUMNS[1:])


def pledges(conn: Connection, at: When = None, known: When = None) -> pl.DataFrame:
    """Return one row for every pledge: quantities over the rungs, label, and the date promised as then known."""
    t = tables
    held = balances(conn, at, known).filter(pl.col("book") == "pledge")
    wide = held.filter(pl.col("kind") != "intent").pivot(
        "kind", index="pledge", values="quantity", aggregate_function="sum"
    )
    rungs = [*LIVE, *GONE, "suspense"]
    wide = wide.with_columns(
        pl.lit(None, dtype=pl.Int64()).alias(rung) for rung in rungs if rung not in wide.columns
    )
    wide = wide.select("pledge", *(pl.col(rung).fill_null(0) for rung in rungs))
    query = (
        select(
            t.pledge.c.code, t.org.c.code, t.item.c.code, t.item.c.unit, t.place.c.code, t.pledge.c.conditions
        )
        .join(t.org, t.org.c.id == t.pledge.c.org_id)
        .join(t.item, t.item.c.id == t.pledge.c.item_id)
        .outerjoin(t.place, t.place.c.id == t.pledge.c.place_id)
    )
    names = ("pledge", "donor", "item", "unit", "place", "conditions")
    heads = pl.DataFrame(
        [tuple(r) for r in conn.execute(query)], schema=dict.fromkeys(names, pl.String()), orient="row"
    )
    frame = heads.join(wide, on="pledge", how="inner").join(_due(conn, at, known), on="pledge", how="left")
    labels = [label({rung: row[rung] for rung in rungs}) for row in frame.select(rungs).iter_rows(named=True)]
    return frame.with_columns(
        pl.Series("label", labels, dtype=pl.String()),
        pl.sum_horizontal(SOFT).alias("soft"),
        pl.sum_horizontal(FIRM).alias("firm"),
        pl.col("handed_over").alias("delivered"),
    ).sort("pledge")


def pledge_about(conn: Connection, code: str) -> tuple[str, str, str]:
    """Return the item, the donor and the place of a pledge."""
    t = tables
    query = (
        select(t.item.c.code, t.org.c.code, t.place.c.code)
        .select_from(t.pledge)
        .join(t.item, t.item.c.id == t.pledge.c.item_id)
        .join(t.org, t.org.c.id == t.pledge.c.org_id)
        .outerjoin(t.place, t.place.c.id == t.pledge.c.place_id)
        .where(t.pledge.c.code == code)
    )
    row = conn.execute(query).first()
    if row is None:
        raise fail("UNKNOWN_ACCOUNT", f"no pledge is called {code!r}")
    return row[0], row[1], row[2] or ""


def units_of(conn: Connection, item: int) -> tuple[str, dict[str, Fraction]]:
    """Return the base unit of an item and its own units."""
    i, f = tables.item.c, tables.unit_factor.c
    unit = conn.execute(select(i.unit).where(i.id == item)).scalar_one()
    rows = conn.execute(select(f.unit, f.num, f.den).where(f.item_id == item))
    return unit, {word: Fraction(num, den) for word, num, den in rows}


def _due(conn: Connection, at: When, known: When) -> pl.DataFrame:
    e = tables.entry.c
    at_us = FOREVER if at is None else moment(at, end=True)
    query = (
        select(tables.pledge.c.code, e.due_at)
        .join(tables.pledge, tables.pledge.c.id == e.pledge_id)
        .where(e.due_at.is_not(None), e.seq <= known_seq(conn, known), e.valid_at <= at_us)
        .order_by(e.seq)
    )
    last = pairs(conn, (query))
    frame = pl.DataFrame(list(last.items()), schema={"pledge": pl.String(), "due": pl.Int64()}, orient="row")
    return frame.with_columns(pl.col("due").cast(pl.Datetime("us")).dt.date())


def diff(conn: Connection, known_from: When, known_to: When, at: When = None) -> pl.DataFrame:
    """Return the accounts of which we knew otherwise on two dates, for the same true date."""
    before = balances(conn, FOREVER if at is None else at, known_from)
    after = balances(conn, FOREVER if at is None else at, known_to)
    both = before.select("account_id", pl.col("quantity").alias("before")).join(
        after.select("account_id", pl.col("quantity").alias("after")),
        on="account_id",
        how="full",
        coalesce=True,
    )
    both = both.with_columns(pl.col("before", "after").fill_null(0)).filter(
        pl.col("before") != pl.col("after")
    )
    return (
        accounts_frame(conn)
        .join(both, on="account_id", how="inner")
        .with_columns((pl.col("after") - pl.col("before")).alias("change"))
        .sort(ACCOUNT_COLUMNS[1:])
    )


def history(
    conn: Connection, *, pledge: str | None = None, shipment: str | None = None, seq: int | None = None
) -> pl.DataFrame:
    """Return every movement of a pledge, a shipment or one entry, with both times and whence we know."""
    t = tables
    e, m = t.entry.c, t.movement.c
    query = (
        select(
            e.seq, m.line, e.recorded_at, e.valid_at, e.valid_precision, e.verb, m.verb.label("way"), m.src, m.dst, m.qty,
            e.reverses, e.corrects, e.due_at, t.org.c.code.label("org"), e.by, e.document, e.locator, e.series,
            e.as_written, e.note, e.idem.label("key"),
        )
        .join(t.org, t.org.c.id == e.org_id)
        .outerjoin(t.movement, m.seq == e.seq)
        .order_by(e.seq, m.line)
    )  # fmt: skip
    a = t.account.c
    if seq is not None:
        query = query.where(or_(e.seq == seq, e.corrects == seq, e.reverses == seq))
    for table, column, code in ((t.pledge, a.pledge_id, pledge), (t.shipment, a.shipment_id, shipment)):
        if code is None:
            continue
        number = conn.execute(select(table.c.id).where(table.c.code == code)).scalar()
        if number is None:
            raise fail("UNKNOWN_ACCOUNT", f"no {table.name} is called {code!r}")
        ids = select(a.id).where(column == number)
        touched = or_(m.src.in_(ids), m.dst.in_(ids))
        query = query.where(
            or_(touched, and_(m.seq.is_(None), e.pledge_id == number)) if code is pledge else touched
        )
    rows = conn.execute(query)
    columns = list(rows.keys())
    frame = pl.DataFrame([tuple(r) for r in rows], schema=_history_schema(columns), orient="row")
    if seq is not None and not frame.height:
        raise fail("UNKNOWN_ENTRY", f"there is no entry {seq}")
    names = accounts_frame(conn).select("account_id", "book", "kind", "item", "unit")
    return (
        frame.join(names.rename({"kind": "from"}), left_on="src", right_on="account_id", how="left")
        .join(
            names.select("account_id", pl.col("kind").alias("to")),
            left_on="dst",
            right_on="account_id",
            how="left",
        )
        .with_columns(pl.col("recorded_at", "valid_at", "due_at").cast(pl.Datetime("us")))
        .rename({"qty": "quantity"})
        .drop("src", "dst")
        .sort("seq", "line", nulls_last=True)
    )


def _history_schema(columns: list[str]) -> dict[str, pl.DataType]:
    numbers = {
        "seq",
        "line",
        "recorded_at",
        "valid_at",
        "src",
        "dst",
        "qty",
        "reverses",
        "corrects",
        "due_at",
    }
    return {name: pl.Int64() if name in numbers else pl.String() for name in columns}


def as_datetime(microseconds: int) -> dt.datetime:
    """Return a moment as a time of day in UTC."""
    return EPOCH + dt.timedelta(microseconds=microseconds)
