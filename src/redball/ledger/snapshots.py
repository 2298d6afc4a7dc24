"""Balances of all accounts as of a date: from the nearest state that was kept, and only what lies between.

A write that passes every so many entries keeps the balances as they then stand, of all true dates; the balances of now are
one more such state. A question asks for the entries up to some number (what was known) that were true by some moment. Both
ways from a kept state are open: what it lacks is added, what it holds too much is taken off.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, insert, select

from redball.ledger import tables
from redball.ledger.entry import FOREVER
from redball.ledger.prepared import Prepared

ENTRIES_MIN = 100_000
"""Entries between two kept states."""
ENTRIES_PER_ACCOUNT = 4
"""Entries between two kept states for each account, so that what is kept stays small beside what it is made of."""
SUM_COST = 10
"""What it costs to add up a movement, in the cost of passing over one (measured: 0.5 and 0.05 microseconds)."""

_m, _b, _s, _h = tables.movement.c, tables.balance.c, tables.snapshot.c, tables.snapshot_head.c
_LAST = Prepared(
    select(func.coalesce(func.max(_h.seq), 0), select(func.count(_b.account_id)).scalar_subquery())
)
_NOTE = Prepared(insert(tables.snapshot_head).values(seq=bindparam("seq")))
_KEEP = Prepared(
    insert(tables.snapshot).from_select(
        ["seq", "account_id", "bal"],
        select(bindparam("seq", type_=tables.BIG), _b.account_id, _b.bal).where(_b.bal != 0),
    )
)
_HEADS = Prepared(select(_h.seq).order_by(_h.seq))
_HELD = Prepared(select(_s.account_id, _s.bal).where(_s.seq == bindparam("seq")))
_NOW = Prepared(select(_b.account_id, _b.bal))
_END = Prepared(select(tables.chain_head.c.seq))
_PLACE = Prepared(select(_m.seq).where(_m.valid_at <= bindparam("at")).order_by(_m.valid_at.desc()).limit(1))


_ENDS = select(_m.src, _m.dst, _m.qty)
_BY_ENTRY = Prepared(
    _ENDS.where(_m.seq > bindparam("first"), _m.seq <= bindparam("last"), _m.valid_at <= bindparam("at"))
)
_BY_TIME = Prepared(_ENDS.where(_m.valid_at > bindparam("at"), _m.seq <= bindparam("last")))


def keep(conn: Connection, before: int, seq: int) -> None:
    """Keep the balances as they stand after entry `seq`, if a write from entry `before` on has made it time."""
    if before // ENTRIES_MIN == seq // ENTRIES_MIN:
        return
    last, accounts = _LAST.rows(conn)[0]
    if seq - last >= accounts * ENTRIES_PER_ACCOUNT:
        _NOTE.run(conn, seq=seq)
        _KEEP.run(conn, seq=seq)


def heads(conn: Connection) -> list[int]:
    """Return after which entries balances were kept."""
    return [row[0] for row in _HEADS.rows(conn)]


def held(conn: Connection, seq: int) -> dict[int, int]:
    """Return the balances that were kept after an entry; accounts that were empty then are left out."""
    return dict(_HELD.rows(conn, seq=seq))


def balances(conn: Connection, at: int, known: int) -> dict[int, int]:
    """Return the balance of every account that has moved, of entries up to `known` that were true by `at`."""
    end, place = _END.rows(conn)[0][0], (_PLACE.rows(conn, at=at) or [(0,)])[0][0]
    start = min({0, end, *heads(conn)}, key=lambda seq: (_cost(seq, known, place, end), seq))
    total: dict[int, int] = dict(_NOW.rows(conn)) if start == end else held(conn, start)
    if known > start:
        _add(total, _BY_ENTRY.each(conn, first=start, last=known, at=at), 1)
    elif known < start:
        _add(total, _BY_ENTRY.each(conn, first=known, last=start, at=FOREVER), -1)
    if start and at < FOREVER:
        _add(total, _BY_TIME.each(conn, last=min(start, known), at=at), -1)
    return total


def _cost(start: int, known: int, place: int, end: int) -> int:
    """Return about what it costs to answer from the state after entry `start`.

    Parameters
    ----------
    place
        The entry that was true last by the moment asked for: were all told in order of time, the last to count.
    end
        The last entry of all.
    """
    passed = abs(known - start) + (end - place if start else 0)
    added = min(known, place) - start if known > start else start - known
    taken_off = min(start, known) - place
    return passed + SUM_COST * (max(added, 0) + max(taken_off, 0))


def _add(total: dict[int, int], ends: Iterable[tuple[int, int, int]], sign: int) -> None:
    """Add movements to balances, or take them off; a plain loop, for the store's own grouping took twice the time."""
    of = total.get
    for src, dst, quantity in ends:
        quantity *= sign
        total[src] = of(src, 0) - quantity
        total[dst] = of(dst, 0) + quantity
