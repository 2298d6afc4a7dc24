"""Balances of all accounts as of a date: from the nearest state that was kept, and only what lies between.

A write that passes every so many entries keeps the balances as they then stand, of all true dates; the balances of now are
one more such state. A question asks for the entries up to some number (what was known) that were true by some moment. Both
ways from a kept state are open: what it lacks is added, what it holds too much is taken off. Between two states lies a span
of entries; when the first and the last of it were true is noted, so that most spans need not be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select

from redball.ledger import tables
from redball.ledger.entry import FOREVER
from redball.ledger.prepared import Prepared

ENTRIES_MIN = 100_000
"""Entries between two kept states."""
ENTRIES_PER_ACCOUNT = 2
"""Entries between two kept states for each account, so that what is kept stays small beside what it is made of."""
SUM_COST = 10
"""What it costs to add up a movement, in the cost of passing over one (measured: 0.5 and 0.05 microseconds)."""

_m, _b, _s, _h = tables.movement.c, tables.balance.c, tables.snapshot.c, tables.snapshot_head.c
_SEQ = bindparam("seq", type_=tables.BIG)
_LAST = Prepared(
    select(func.coalesce(func.max(_h.seq), 0), select(func.count(_b.account_id)).scalar_subquery())
)
_SPAN = select(
    _SEQ, func.coalesce(func.min(_m.valid_at), FOREVER), func.coalesce(func.max(_m.valid_at), -FOREVER)
).where(_m.seq > bindparam("before"), _m.seq <= _SEQ)
_MEASURE = Prepared(_SPAN)
_NOTE = Prepared(insert(tables.snapshot_head).from_select(["seq", "valid_first", "valid_last"], _SPAN))
_FULL = select(_SEQ, _b.account_id, _b.bal).where(_b.bal != 0)
_KEEP = Prepared(insert(tables.snapshot).from_select(["seq", "account_id", "bal"], _FULL))
_SPANS = Prepared(select(_h.seq, _h.valid_first, _h.valid_last).order_by(_h.seq))
_HELD = Prepared(select(_s.account_id, _s.bal).where(_s.seq == _SEQ))
_NOW = Prepared(select(_b.account_id, _b.bal))
_END = Prepared(select(tables.chain_head.c.seq))
_PLACE = Prepared(select(_m.seq).where(_m.valid_at <= bindparam("at")).order_by(_m.valid_at.desc()).limit(1))
_ENDS = select(_m.src, _m.dst, _m.qty)
_BY_ENTRY = Prepared(
    _ENDS.where(_m.seq > bindparam("first"), _m.seq <= bindparam("last"), _m.valid_at <= bindparam("at"))
)
_BY_TIME = Prepared(
    _ENDS.where(
        _m.valid_at > bindparam("after"), _m.valid_at <= bindparam("until"), _m.seq <= bindparam("last")
    )
)


class Span(NamedTuple):
    """The entries up to a state, after the one before it."""

    seq: int
    """The last entry; the state is that after it."""
    first: int
    """When the first of its movements was true."""
    last: int


def keep(conn: Connection, before: int, seq: int) -> None:
    """Keep the balances as they stand after entry `seq`, if a write from entry `before` on has made it time."""
    if before // ENTRIES_MIN == seq // ENTRIES_MIN:
        return
    last, accounts = _LAST.rows(conn)[0]
    if seq - last >= accounts * ENTRIES_PER_ACCOUNT:
        _NOTE.run(conn, seq=seq, before=last)
        _KEEP.run(conn, seq=seq)


def spans(conn: Connection) -> list[Span]:
    """Return what lies before each kept state."""
    return [Span(*row) for row in _SPANS.rows(conn)]


def measured(conn: Connection, before: int, seq: int) -> Span:
    """Return the entries after one up to another with the times that their movements have."""
    return Span(*_MEASURE.rows(conn, before=before, seq=seq)[0])


def held(conn: Connection, seq: int) -> dict[int, int]:
    """Return the balances that were kept after an entry; accounts that were empty then are left out."""
    return dict(_HELD.rows(conn, seq=seq))


def balances(conn: Connection, at: int, known: int) -> dict[int, int]:
    """Return the balance of every account that has moved, of entries up to `known` that were true by `at`."""
    end, place = _END.rows(conn)[0][0], (_PLACE.rows(conn, at=at) or [(0,)])[0][0]
    parts = [span for span in spans(conn) if span.seq < end]
    parts.append(Span(end, -FOREVER, FOREVER))
    start, reach = _nearest(parts, at, known, place)
    total: dict[int, int] = dict(_NOW.rows(conn)) if start == end else held(conn, start)
    if known < start:
        _add(total, _BY_ENTRY.each(conn, first=known, last=start, at=FOREVER), -1)
    before = 0
    for span in parts:
        first, last = max(before, start), min(span.seq, known)
        if first < last and span.first <= at:
            _add(total, _BY_ENTRY.each(conn, first=first, last=last, at=at), 1)
        before = span.seq
    if reach > at:
        _add(total, _BY_TIME.each(conn, after=at, until=reach, last=min(start, known)), -1)
    return total


def _nearest(parts: list[Span], at: int, known: int, place: int) -> tuple[int, int]:
    """Return the state from which an answer costs least, and the last moment that it knows of.

    Parameters
    ----------
    place
        The entry that was true last by the moment asked for: were all told in order of time, the last to count.
    """
    passed, before = [0], 0
    for span in parts:
        inside = min(span.seq, known) - min(before, known)
        passed.append(passed[-1] + (inside if span.first <= at else 0))
        before = span.seq
    reaches = accumulate((span.last for span in parts), max)
    states = [(0, -FOREVER), *zip((span.seq for span in parts), reaches, strict=True)]

    def cost(number: int) -> int:
        seq, reach = states[number]
        added = passed[-1] - passed[number] + SUM_COST * max(min(known, place) - seq, 0)
        taken_off = SUM_COST * max(min(seq, known) - place, 0) if reach > at else 0
        return taken_off + (added if seq <= known else SUM_COST * (seq - known))

    return states[min(range(len(states)), key=cost)]


def _add(total: dict[int, int], ends: Iterable[tuple[int, int, int]], sign: int) -> None:
    """Add movements to balances, or take them off; a plain loop, for the store's own grouping took twice the time."""
    of = total.get
    for src, dst, quantity in ends:
        quantity *= sign
        total[src] = of(src, 0) - quantity
        total[dst] = of(dst, 0) + quantity
