"""What two sources tell alike is set aside until somebody decides: the search for it, the shelf, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from redball.ledger import tables
from redball.ledger.entry import MICROSECONDS_PER_DAY, Account, Draft, Line
from redball.ledger.errors import fail
from redball.ledger.names import Names, Register
from redball.ledger.posting import Batch, Guard, Outcome, Poster

NEAR = 3 * MICROSECONDS_PER_DAY
"""Two sources rarely give the same day for the same event."""
_E, _M, _A, _P = tables.entry.c, tables.movement.c, tables.account.c, tables.pledge


def _alike(draft: Draft, quantity: int) -> Select[Any]:
    """Return the query for entries near in time that moved the same quantity into an account."""
    return (
        select(_E.seq)
        .join(tables.movement, _M.seq == _E.seq)
        .join(tables.account, _A.id == _M.dst)
        .outerjoin(_P, _P.c.id == _A.pledge_id)
        .where(_M.valid_at.between(draft.valid_at - NEAR, draft.valid_at + NEAR))
        .group_by(_E.seq)
        .having(func.sum(_M.qty) == quantity)
        .order_by(_E.seq)
        .limit(1)
    )


def _pledged_from(code: str) -> ColumnElement[bool]:
    place = select(_P.c.place_id).where(_P.c.code == code).scalar_subquery()
    return func.coalesce(_P.c.place_id, 0) == func.coalesce(place, 0)


def list_guard(poster: Poster) -> Guard:
    """Look for an entry of another list about the same donor, item, quantity and place within three days."""

    def like(conn: Connection, draft: Draft) -> int | None:
        if not draft.lines or draft.corrects is not None:
            return None
        last = draft.lines[-1]
        held = poster.accounts.held[last.dst]
        query = (
            _alike(draft, last.quantity)
            .where(_A.org_id == held.org_id, _A.item_id == held.item_id, _A.book == held.account.book)
            .where(_E.series != draft.series, _pledged_from(draft.pledge))
            .group_by(_M.line)
        )
        return conn.execute(query).scalar()

    return like


def told_alike(conn: Connection, register: Register, draft: Draft, end: Account, quantity: int) -> int | None:
    """Return the report of another organisation or series that the same goods went the same way within three days.

    Pledge, leg and shipment must be the same where both reports name one.

    Parameters
    ----------
    draft
        The report as an entry; its lines are not looked at, for they depend on what was told before.
    end
        Where the goods, or the promise, go.
    quantity
        How much, in base units.
    """

    def number(names: Names, code: str) -> int:
        return names.id_of(conn, code) if code else 0

    org = register.org.id_of(conn, draft.org)
    same = [
        _E.verb == draft.verb,
        or_(_E.series != draft.series, _E.org_id != org),
        _A.org_id == register.org.id_of(conn, end.org),
        _A.item_id == register.item.id_of(conn, end.item),
        _A.book == end.book,
        _A.kind == end.kind,
        _E.seq.not_in(select(_E.reverses).where(_E.reverses.is_not(None))),
    ]
    if end.book == "pledge":
        same.append(_pledged_from(draft.pledge))
    else:
        same.append(_A.place_id == number(register.place, end.place))
        parts = ((_A.pledge_id, register.pledge, end.pledge), (_A.leg_id, register.leg, end.leg))
        for column, names, code in (*parts, (_A.shipment_id, register.shipment, end.shipment)):
            if code:
                same.append(column.in_((0, names.id_of(conn, code))))
    return conn.execute(_alike(draft, quantity).where(and_(*same))).scalar()


def put(poster: Poster, conn: Connection, rows: Iterable[tuple[Draft, int, dict[str, Any] | None]]) -> None:
    """Set drafts aside, each with the entry that it resembles and, if it is one, the report it came from."""
    q, register = tables.quarantine.c, poster.register
    now = poster.clock()
    number = int(conn.execute(select(func.max(q.id))).scalar() or 0)
    kept: list[tuple[object, ...]] = []
    for draft, like, report in rows:
        org = register.org.id_of(conn, draft.org)
        if conn.execute(select(q.id).where(q.org_id == org, q.idem == draft.key)).first() is None:
            number += 1
            text = json.dumps(draft._replace(target=None) if report is None else report)
            kept.append((number, org, draft.key, b"", text, like, now, "open"))
    poster.store.insert(conn, tables.quarantine, kept)


TakeReport = Callable[[Batch, dict[str, Any]], Outcome]


def release(poster: Poster, number: int, take_report: TakeReport, *, dismiss: bool) -> Outcome | None:
    """Post what was set aside after all, or mark it as told before."""
    q = tables.quarantine.c
    outcome: list[Outcome] = []

    def work(batch: Batch) -> list[int]:
        row = batch.conn.execute(select(q.draft, q.status, q.like_seq).where(q.id == number)).first()
        if row is None:
            raise fail("UNKNOWN_ENTRY", f"nothing is set aside under {number}")
        if row[1] == "dismissed":
            raise fail("SUSPECTED_DUPLICATE", f"{number} was dismissed as the same as entry {row[2]}")
        if not dismiss:
            held = json.loads(row[0])
            if isinstance(held, dict):
                outcome.append(take_report(batch, held))
            else:
                draft = _draft(held)
                batch.prepared([draft])
                outcome.append(batch.take(draft))
        status = "dismissed" if dismiss else "released"
        batch.conn.execute(tables.quarantine.update().where(q.id == number).values(status=status))
        return [number]

    poster.written("atomic", None, work)
    return outcome[0] if outcome else None


def shelf(conn: Connection) -> pl.DataFrame:
    """Return what is set aside, and the entry that it resembles."""
    q = tables.quarantine.c
    rows = conn.execute(select(q.id, q.idem, q.like_seq, q.status, q.draft).order_by(q.id))
    schema = {
        "id": pl.Int64(),
        "key": pl.String(),
        "like_entry": pl.Int64(),
        "status": pl.String(),
        "as_written": pl.String(),
    }
    data = [(*row[:4], _as_written(json.loads(row[4]))) for row in rows]
    return pl.DataFrame(data, schema=schema, orient="row")


def _as_written(held: Any) -> str:
    if isinstance(held, dict):
        return str(held["as_written"] or held["quantity"])
    return _draft(held).as_written


def _draft(held: Any) -> Draft:
    org, key, verb, valid_at, lines, *rest = held
    made = tuple(Line(Account(*src), Account(*dst), quantity, way) for src, dst, quantity, way in lines)
    return Draft(org, key, verb, valid_at, made, *rest)
