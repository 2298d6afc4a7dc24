"""A list posted row by row: new, known, changed, refused or suspected to be told twice; tried first if so wished."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection, func, select

from redball.ledger import tables
from redball.ledger.entry import MICROSECONDS_PER_DAY, Account, Draft, Line
from redball.ledger.errors import LedgerError, fail
from redball.ledger.list_map import ListMapping, Mapped, mapped
from redball.ledger.list_read import List
from redball.ledger.posting import BATCH_MAX, Batch, Guard, Outcome, Poster
from redball.ledger.store import pairs
from redball.ledger.undo import corrected

NEAR = 3 * MICROSECONDS_PER_DAY
"""Two sources rarely give the same day for the same event."""
STATUSES = ("posted", "replayed", "corrected", "quarantined", "refused", "blank", "skipped")


class Imported(NamedTuple):
    """What became of a list."""

    rows: pl.DataFrame
    """One row for each of the list: row, status, entry, key, code, why."""
    counts: dict[str, int]
    new_names: int
    preview: bool


def import_list(
    poster: Poster, source: List, mapping: ListMapping, *, by: str, preview: bool, correct: bool
) -> Imported:
    """Post a list, at most 10,000 rows in one transaction; see `Ledger.import_list`."""
    rows = mapped(source, mapping, by)
    results: list[tuple[Mapped, Outcome | None, str]] = []
    new_names = 0

    for start in range(0, max(1, len(rows)), BATCH_MAX):
        part = rows[start : start + BATCH_MAX]

        def work(batch: Batch, part: list[Mapped] = part) -> list[int]:
            names, part = _define(poster, batch.conn, mapping, part)
            batch.revises = not _known_document(batch.conn, source.sha256)
            batch.prepared([row.draft for row in part if row.draft is not None])
            told = [_told(poster, batch, row, correct) for row in part]
            _file(poster, batch.conn, source, mapping, by, told)
            results.extend(told)
            return [names]

        new_names += poster.written("per_row", _guard(poster), work, dry=preview)[0]
    return Imported(_frame(results), dict(Counter(status for _, _, status in results)), new_names, preview)


def _told(poster: Poster, batch: Batch, row: Mapped, correct: bool) -> tuple[Mapped, Outcome | None, str]:
    if row.draft is None:
        return row, None, row.status
    outcome = batch.take(row.draft)
    error = outcome.error
    if error is None or error.code != "IDEMPOTENCY_CONFLICT" or not correct or "seq" not in error.detail:
        return row, outcome, outcome.status
    try:
        made = corrected(poster, batch, error.detail["seq"], row.draft)
    except LedgerError as refused:
        return row, Outcome("refused", None, refused), "refused"
    if isinstance(made, Outcome):
        return row, made, made.status
    outcome = batch.take(made)
    return row, outcome, "corrected" if outcome.status == "posted" else outcome.status


def _define(
    poster: Poster, conn: Connection, mapping: ListMapping, rows: list[Mapped]
) -> tuple[int, list[Mapped]]:
    """Define the names that the rows need; a row that contradicts what is defined is refused by itself."""
    try:
        return _defined(poster, conn, mapping, rows), rows
    except LedgerError:
        count, sorted_out = 0, []
        for row in rows:
            try:
                count += _defined(poster, conn, mapping, [row])
                sorted_out.append(row)
            except LedgerError as error:
                sorted_out.append(Mapped(row.row, "refused", error=error))
        return count, sorted_out


def _defined(poster: Poster, conn: Connection, mapping: ListMapping, rows: list[Mapped]) -> int:
    ready = [row for row in rows if row.pledge is not None and row.item is not None]
    known = pairs(conn, select(tables.org.c.code, tables.org.c.kind))
    orgs = {mapping.org: known.get(mapping.org, "coordinator")}
    orgs |= {row.pledge.org: known.get(row.pledge.org, "donor") for row in ready if row.pledge}
    return poster.register.define(
        conn,
        orgs=orgs,
        items=[row.item for row in ready if row.item],
        places=[row.pledge.place for row in ready if row.pledge and row.pledge.place],
        pledges=[row.pledge for row in ready if row.pledge],
    )


def _known_document(conn: Connection, sha256: str) -> bool:
    return (
        conn.execute(select(tables.document.c.id).where(tables.document.c.sha256 == sha256)).first()
        is not None
    )


def _guard(poster: Poster) -> Guard:
    """Look for an entry of another source about the same donor, item, quantity and place within three days."""
    e, m, a, p = tables.entry, tables.movement.c, tables.account.c, tables.pledge

    def like(conn: Connection, draft: Draft, body: bytes) -> int | None:
        del body
        last = draft.lines[-1] if draft.lines else None
        if last is None or draft.corrects is not None:
            return None
        held = poster.accounts.held[last.dst]
        place = select(p.c.place_id).where(p.c.code == draft.pledge).scalar_subquery()
        query = (
            select(e.c.seq)
            .join(tables.movement, m.seq == e.c.seq)
            .join(tables.account, a.id == m.dst)
            .outerjoin(p, p.c.id == a.pledge_id)
            .where(a.org_id == held.org_id, a.item_id == held.item_id, a.book == held.account.book)
            .where(m.qty == last.quantity, m.valid_at.between(draft.valid_at - NEAR, draft.valid_at + NEAR))
            .where(e.c.series != draft.series, func.coalesce(p.c.place_id, 0) == func.coalesce(place, 0))
            .order_by(e.c.seq)
        )
        return conn.execute(query.limit(1)).scalar()

    return like


def _file(
    poster: Poster,
    conn: Connection,
    source: List,
    mapping: ListMapping,
    by: str,
    told: list[tuple[Mapped, Outcome | None, str]],
) -> None:
    """Keep the document's name, the counts, and what is set aside."""
    now, insert = poster.clock(), poster.store.insert

    def next_id(table: object) -> int:
        return 1 + (conn.execute(select(func.max(table.c.id))).scalar() or 0)  # type: ignore[attr-defined]

    number = conn.execute(
        select(tables.document.c.id).where(tables.document.c.sha256 == source.sha256)
    ).scalar()
    if number is None:
        number = next_id(tables.document)
        insert(conn, tables.document, [(number, source.sha256, source.name, source.size, now, by)])
    count = Counter(status for _, _, status in told)
    counts = (count["posted"], count["replayed"], count["corrected"], count["refused"], count["quarantined"])
    rules = json.dumps(dataclasses.asdict(mapping), ensure_ascii=False, sort_keys=True)
    row = (
        next_id(tables.import_batch),
        number,
        now,
        rules,
        len(told),
        *counts,
        count["blank"] + count["skipped"],
    )
    insert(conn, tables.import_batch, [row])
    q = tables.quarantine.c
    first = next_id(tables.quarantine)
    rows: list[tuple[object, ...]] = []
    for mapped_row, outcome, status in told:
        draft = mapped_row.draft
        if status != "quarantined" or draft is None or outcome is None:
            continue
        org = poster.register.org.id_of(conn, draft.org)
        if conn.execute(select(q.id).where(q.org_id == org, q.idem == draft.key)).first() is None:
            rows.append((first + len(rows), org, draft.key, b"", json.dumps(draft), outcome.seq, now, "open"))
    insert(conn, tables.quarantine, rows)


def release(poster: Poster, number: int, *, dismiss: bool) -> Outcome | None:
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
            draft = _draft(row[0])
            batch.prepared([draft])
            outcome.append(batch.take(draft))
        status = "dismissed" if dismiss else "released"
        batch.conn.execute(tables.quarantine.update().where(q.id == number).values(status=status))
        return [number]

    poster.written("atomic", None, work)
    return outcome[0] if outcome else None


def quarantined(conn: Connection) -> pl.DataFrame:
    """Return what is set aside, and the entry that it resembles."""
    q = tables.quarantine.c
    rows = conn.execute(select(q.id, q.idem, q.like_seq, q.status, q.draft).order_by(q.id))
    data = [(number, key, like, status, _draft(draft)) for number, key, like, status, draft in rows]
    schema = {
        "id": pl.Int64(),
        "key": pl.String(),
        "like_entry": pl.Int64(),
        "status": pl.String(),
        "as_written": pl.String(),
    }
    return pl.DataFrame([(*row[:4], row[4].as_written) for row in data], schema=schema, orient="row")


def _draft(text: str) -> Draft:
    org, key, verb, valid_at, lines, *rest = json.loads(text)
    made = tuple(Line(Account(*src), Account(*dst), quantity, way) for src, dst, quantity, way in lines)
    return Draft(org, key, verb, valid_at, made, *rest)


def _frame(results: list[tuple[Mapped, Outcome | None, str]]) -> pl.DataFrame:
    rows = []
    for row, outcome, status in results:
        error = outcome.error if outcome and outcome.error else row.error
        why = error.what if error else row.why
        if status == "quarantined" and outcome:
            why = f"entry {outcome.seq} of another source says the same"
        code = error.code if error else ("SUSPECTED_DUPLICATE" if status == "quarantined" else None)
        seq = outcome.seq if outcome and status != "quarantined" else None
        rows.append((row.row.number, status, seq, row.draft.key if row.draft else None, code, why or None))
    schema = {
        "row": pl.Int64(), "status": pl.String(), "entry": pl.Int64(), "key": pl.String(), "code": pl.String(), "why": pl.String(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
