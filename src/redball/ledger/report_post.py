"""A sheet of reports posted: all or none, or row by row; new, known, put right, set aside or refused."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import polars as pl

from redball.core.errors import Fault, FaultsError
from redball.ledger.acts import bare, take
from redball.ledger.errors import LedgerError, fail
from redball.ledger.list_post import Imported, document_known, filed
from redball.ledger.list_read import List
from redball.ledger.posting import BATCH_MAX, Batch, Mode, Outcome, Poster
from redball.ledger.report_map import Flaw, Reported, ReportMapping, reported
from redball.ledger.set_aside import put

SCHEMA = {
    "row": pl.Int64(), "status": pl.String(), "entry": pl.Int64(), "key": pl.String(), "column": pl.String(),
    "value": pl.String(), "code": pl.String(), "why": pl.String(), "remedy": pl.String(),
}  # fmt: skip


class Told(NamedTuple):
    """What became of one row."""

    row: Reported
    status: str
    seq: int | None = None
    flaws: tuple[Flaw, ...] = ()


def post_reports(
    poster: Poster, source: List, mapping: ReportMapping, *, by: str, mode: Mode, correct: bool, preview: bool
) -> Imported:
    """Post a sheet of reports; see `Ledger.post_file` and `Ledger.import_list`.

    Raises
    ------
    FaultsError
        In the mode ``atomic``, if any row is refused: with everything that is wrong, and nothing written.
    """
    with poster.store.reading() as conn:
        rows = reported(conn, poster.register, source, mapping, by)
    if mode == "atomic" and len(rows) > BATCH_MAX:
        raise fail("BATCH_TOO_LARGE", f"{len(rows)} rows", where=source.name)
    results: list[Told] = []

    def to_be_kept(told: list[Told]) -> bool:
        return not preview and (mode == "per_row" or all(one.status != "refused" for one in told))

    for start in range(0, max(1, len(rows)), BATCH_MAX):
        part = rows[start : start + BATCH_MAX]

        def work(batch: Batch, part: list[Reported] = part) -> list[Told]:
            batch.revises = correct and not document_known(batch.conn, source.sha256)
            drafts = {row.row.number: bare(row.act) for row in part if row.act is not None}
            batch.load_known(list(drafts.values()))
            told = [_told(poster, batch, row, correct) for row in part]
            aside = [
                (drafts[one.row.row.number], one.seq, one.row.act._asdict())
                for one in told
                if one.status == "quarantined" and one.row.act is not None and one.seq is not None
            ]
            put(poster, batch.conn, aside)
            filed(poster, batch.conn, source, mapping, by, Counter(one.status for one in told))
            return told

        results += poster.written("per_row", None, work, keep=to_be_kept)
    if mode == "atomic" and any(one.status == "refused" for one in results):
        raise FaultsError([fault for one in results for fault in _faults(source, one)])
    counts = dict(Counter(one.status for one in results))
    return Imported(_frame(results), counts, 0, preview)


def _told(poster: Poster, batch: Batch, row: Reported, correct: bool) -> Told:
    if row.act is None:
        return Told(row, "refused" if row.flaws else "skipped", flaws=row.flaws)
    outcome: Outcome = take(poster, batch, row.act, correct=correct)
    flaws = (Flaw(outcome.error),) if outcome.error else ()
    return Told(row, outcome.status, outcome.seq, flaws)


def _faults(source: List, told: Told) -> list[Fault]:
    place = told.row.row.locator.rpartition("!")[0] or source.name
    return [
        Fault(e.code, "error", place, _what(e), e.remedy, told.row.row.number, column, value)
        for e, column, value in told.flaws
    ]


def _what(error: LedgerError) -> str:
    return error.what.removeprefix(f"{error.code}: ")


def _frame(results: list[Told]) -> pl.DataFrame:
    rows: list[tuple[object, ...]] = []
    for told in results:
        head = (told.row.row.number, told.status)
        aside = told.status == "quarantined"
        seq, key = None if aside else told.seq, told.row.key or None
        if aside:
            why = f"entry {told.seq} of another source says the same"
            remedy = "Release it or dismiss it."
            rows.append((*head, seq, key, None, None, "SUSPECTED_DUPLICATE", why, remedy))
        for error, column, value in told.flaws:
            rows.append((*head, seq, key, column, value, error.code, _what(error), error.remedy))
        if not aside and not told.flaws:
            rows.append((*head, seq, key, None, None, None, told.row.skipped or None, None))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
