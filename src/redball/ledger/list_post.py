"""A list posted row by row: new, known, changed, refused or suspected to be told twice; tried first if so wished."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import NamedTuple

import polars as pl
from sqlalchemy import Connection, func, select

from redball.ledger import tables
from redball.ledger.errors import LedgerError
from redball.ledger.list_map import ListMapping, Mapped, mapped
from redball.ledger.list_read import List
from redball.ledger.posting import BATCH_MAX, Batch, Outcome, Poster
from redball.ledger.report_map import ReportMapping
from redball.ledger.set_aside import list_guard, put
from redball.ledger.store import pairs
from redball.ledger.undo import corrected, taken

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
            batch.revises = not document_known(batch.conn, source.sha256)
            batch.prepared([row.draft for row in part if row.draft is not None])
            told = [_told(poster, batch, row, correct) for row in part]
            aside = [
                (row.draft, outcome.seq)
                for row, outcome, status in told
                if status == "quarantined" and outcome
            ]
            put(poster, batch.conn, [(draft, like, None) for draft, like in aside if draft and like])
            filed(poster, batch.conn, source, mapping, by, Counter(status for _, _, status in told))
            results.extend(told)
            return [names]

        new_names += poster.written("per_row", list_guard(poster), work, keep=lambda _: not preview)[0]
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
    outcome = taken(batch, made)
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


def document_known(conn: Connection, sha256: str) -> bool:
    """Whether a document was handed in before."""
    return (
        conn.execute(select(tables.document.c.id).where(tables.document.c.sha256 == sha256)).first()
        is not None
    )


def filed(
    poster: Poster,
    conn: Connection,
    source: List,
    mapping: ListMapping | ReportMapping,
    by: str,
    count: Counter[str],
) -> None:
    """Keep the document's name, how it was read, and how many rows came to what."""
    now, insert = poster.clock(), poster.store.insert

    def next_id(table: object) -> int:
        return 1 + (conn.execute(select(func.max(table.c.id))).scalar() or 0)  # type: ignore[attr-defined]

    number = conn.execute(
        select(tables.document.c.id).where(tables.document.c.sha256 == source.sha256)
    ).scalar()
    if number is None:
        number = next_id(tables.document)
        insert(conn, tables.document, [(number, source.sha256, source.name, source.size, now, by)])
    counts = (count["posted"], count["replayed"], count["corrected"], count["refused"], count["quarantined"])
    rules = json.dumps(dataclasses.asdict(mapping), ensure_ascii=False, sort_keys=True)
    row = (
        next_id(tables.import_batch),
        number,
        now,
        rules,
        count.total(),
        *counts,
        count["blank"] + count["skipped"],
    )
    insert(conn, tables.import_batch, [row])


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
