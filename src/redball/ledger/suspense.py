"""What suspense owes and since when: the figure for the quality of the data."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection, or_, select

from redball.ledger import read, tables
from redball.ledger.entry import FOREVER, date_of, moment

SCHEMA = {
    "book": pl.String(), "org": pl.String(), "item": pl.String(), "unit": pl.String(), "pledge": pl.String(),
    "owed": pl.Int64(), "since": pl.Date(), "days": pl.Int64(), "entries": pl.Int64(), "first_entry": pl.Int64(),
}  # fmt: skip


class Open(NamedTuple):
    """A part of what suspense gave or took that nothing has made good yet."""

    valid_at: int
    seq: int
    quantity: int


def suspense(conn: Connection, now: int, at: read.When = None, known: read.When = None) -> pl.DataFrame:
    """Return one row for every suspense account that is not empty, the oldest first; see `Ledger.suspense`."""
    at_us = FOREVER if at is None else moment(at, end=True)
    until = read.known_seq(conn, known)
    names = read.accounts_frame(conn).filter(pl.col("kind") == "suspense")
    numbers = names["account_id"].to_list()
    movements = _movements(conn, numbers, at_us, until)
    today = date_of(min(now, at_us))
    rows = []
    for row in names.iter_rows(named=True):
        left = unsettled(movements.get(row["account_id"], []))
        if not left:
            continue
        since = date_of(min(one.valid_at for one in left))
        owed = sum(one.quantity for one in left)
        head = (row["book"], row["org"], row["item"], row["unit"], row["pledge"])
        entries = {one.seq for one in left}
        rows.append((*head, owed, since, (today - since).days, len(entries), min(entries)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("since", "book", "org", "item", "pledge")


def unsettled(movements: list[Open]) -> list[Open]:
    """Return what is open after each movement has made good the oldest of the other sign.

    >>> unsettled([Open(1, 1, 5), Open(2, 2, 3), Open(3, 3, -6)])
    [Open(valid_at=2, seq=2, quantity=2)]
    """
    left: deque[Open] = deque()
    for movement in movements:
        quantity = movement.quantity
        while left and quantity and (left[0].quantity > 0) != (quantity > 0):
            both = left[0].quantity + quantity
            if (both > 0) == (left[0].quantity > 0) and both:
                left[0], quantity = left[0]._replace(quantity=both), 0
            else:
                left.popleft()
                quantity = both
        if quantity:
            left.append(movement._replace(quantity=quantity))
    return list(left)


def _movements(conn: Connection, numbers: list[int], at: int, seq: int) -> dict[int, list[Open]]:
    """Return what each account gave (positive) and took (negative), in the order in which it was true."""
    m, found, wanted = tables.movement.c, dict[int, list[Open]](), set(numbers)
    query = (
        select(m.src, m.dst, m.valid_at, m.seq, m.qty)
        .where(or_(m.src.in_(numbers), m.dst.in_(numbers)), m.valid_at <= at, m.seq <= seq)
        .order_by(m.valid_at, m.seq, m.line)
    )
    for src, dst, valid_at, number, quantity in conn.execute(query):
        for account, sign in ((src, 1), (dst, -1)):
            if account in wanted:
                found.setdefault(account, []).append(Open(valid_at, number, sign * quantity))
    return found
