"""The ledger as a library: one object, verbs on it; what comes back are frames and small frozen facts."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from redball.ledger import export, keep, names, read, set_aside
from redball.ledger import verify as verifying
from redball.ledger.acts import Act, record, release_report
from redball.ledger.amounts import base_quantity
from redball.ledger.bridge import Position, position
from redball.ledger.donors import donor_record
from redball.ledger.entry import Account, Draft, moment
from redball.ledger.errors import fail
from redball.ledger.list_map import PLEDGE_LIST, ListMapping
from redball.ledger.list_post import Imported, import_list
from redball.ledger.list_read import read_list
from redball.ledger.posting import Clock, Head, Mode, Outcome, Poster
from redball.ledger.read import When
from redball.ledger.reconcile import reconcile
from redball.ledger.replay import plan_shipments, replay
from redball.ledger.report_map import ReportMapping
from redball.ledger.report_post import post_reports
from redball.ledger.store import LOCK_SECONDS, Store
from redball.ledger.suspense import suspense
from redball.ledger.undo import correction, reversal
from redball.results.plan import Plan


def microseconds(nanoseconds: Callable[[], int]) -> Clock:
    """Make a clock of the ledger from one that counts nanoseconds."""
    return lambda: nanoseconds() // 1000


SYSTEM_CLOCK: Clock = microseconds(time.time_ns)
"""The computer's time."""


def open_ledger(
    url: str | os.PathLike[str],
    *,
    create: bool = True,
    clock: Clock = SYSTEM_CLOCK,
    lock_seconds: float = LOCK_SECONDS,
) -> Ledger:
    """Open a ledger, or make one where there is none.

    Parameters
    ----------
    url
        A path of a file (SQLite), or ``postgresql://user@host/name``.
    create
        Whether to make a ledger where there is none.
    clock
        Gives the recorded time. Another one than the computer's serves tests and histories that are loaded late; recorded
        time then is a claim, not evidence.
    lock_seconds
        How long a writer waits for another.

    Raises
    ------
    LedgerError
        ``SCHEMA_UNSAFE`` if what is there is not laid out as needed.
    """
    return Ledger(Store(url, create=create, lock_seconds=lock_seconds), clock)


class Ledger:
    """An open ledger; use it in a ``with`` block, or `close` it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.poster = Poster(store, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    # -- writing ------------------------------------------------------------------------------------------------

    def define(
        self,
        *,
        orgs: Mapping[str, str] | None = None,
        items: Iterable[names.Item] = (),
        places: Iterable[str] = (),
        legs: Mapping[str, tuple[str, str] | None] | None = None,
        pledges: Iterable[names.Pledge] = (),
        shipments: Iterable[names.Shipment] = (),
    ) -> int:
        """Define names: what is new is added, what is there must be the same. Returns how many were new."""
        known = {
            "orgs": orgs,
            "items": items,
            "places": places,
            "legs": legs,
            "pledges": pledges,
            "shipments": shipments,
        }
        return self.poster.defined(lambda conn: self.poster.register.define(conn, **known))  # type: ignore[arg-type]

    def post(self, drafts: Sequence[Draft], *, mode: Mode = "atomic") -> list[Outcome]:
        """Post entries, at most 10,000, as they are; once this returns they are on disk.

        What two sources tell is looked for in reports and lists, not here.

        Parameters
        ----------
        drafts
            Entries with their lines. A key that was posted before with the same contents is not posted again.
        mode
            ``atomic``: all or none, the first fault is raised; ``per_row``: each for itself, with its own outcome.
        """
        return self.poster.post(drafts, mode)

    def record(
        self,
        verb: str,
        *,
        quantity: int | str,
        on: When,
        pledge: str = "",
        item: str = "",
        suspect: bool = True,
        **words: Any,
    ) -> Outcome:
        """Post a report: the verb moves the pledge along its ladder and the goods along their way, together.

        Parameters
        ----------
        verb
            Such as ``announce``, ``ship``, ``arrive``; see the ladder.
        quantity
            Whole base units, or as written, such as ``"12.5 t"``.
        on
            When it was true.
        pledge, item
            What it is about; a pledge knows its item and its donor.
        suspect
            Whether it is set aside where another organisation or series has told the same within three days.
        words
            The fields of `acts.Act`: ``org``, ``key``, ``by``, ``place``, ``leg``, ``shipment``, ``to_org``, ...
        """
        if on is None:
            raise fail("VALID_TIME_FUTURE", "a report needs the date when it was true")
        if pledge:
            with self.store.reading() as conn:
                item, words["owner"], place = read.pledge_about(conn, pledge)
            if verb in ("allocate", "deallocate", "ship", "unship"):
                words.setdefault("place", place)
        words.setdefault("owner", words.get("org", ""))
        if isinstance(quantity, str):
            words.setdefault("as_written", quantity)
            quantity = self.quantity(quantity, item, 0 if verb == "count" else 1)
        if isinstance(words.get("due_at"), dt.date):
            words["due_at"] = moment(words["due_at"])
        return record(
            self.poster,
            Act(verb=verb, quantity=quantity, valid_at=moment(on), pledge=pledge, item=item, **words),
            suspect=suspect,
        )

    def post_file(self, path: Path, *, by: str, each: bool = False, sheet: str | None = None) -> Imported:
        """Post a file of reports, one a row; the columns are named as the fields of a report, see `report_map.FIELDS`.

        Parameters
        ----------
        path
            A CSV, a workbook, or a ``.jsonl`` with one object a line.
        by
            Who hands it in.
        each
            Every row for itself, with its own result; otherwise all or none.
        sheet
            The sheet of a workbook; the first one otherwise.

        Raises
        ------
        FaultsError
            With everything that is wrong, by row and column, if it is all or none.
        """
        mode: Mode = "per_row" if each else "atomic"
        rows = read_list(path, sheet)
        return post_reports(
            self.poster, rows, ReportMapping(), by=by, mode=mode, correct=False, preview=False
        )

    def reverse(self, seq: int, *, org: str, key: str, by: str, note: str = "") -> Outcome:
        """Take all of an entry back; ``GOODS_MOVED_ON`` if they have, then `correct` it."""
        return reversal(self.poster, seq, org=org, key=key, by=by, note=note)

    def correct(
        self, seq: int, truth: Draft | Callable[[Draft], Draft] | int, *, by: str, note: str = ""
    ) -> Outcome:
        """Post the difference between what holds of an entry and the truth.

        Parameters
        ----------
        seq
            The entry.
        truth
            The right quantity of every line, or the whole entry as it should be, or a function from what holds to it.
        by, note
            Who says so, and why.
        """
        if isinstance(truth, int):
            total = truth

            def scaled(held: Draft) -> Draft:
                return held._replace(
                    lines=tuple(line._replace(quantity=total) for line in held.lines if total)
                )

            return correction(self.poster, seq, scaled, by=by, note=note)
        return correction(self.poster, seq, truth, by=by, note=note)

    def import_list(
        self,
        path: Path,
        mapping: ListMapping | ReportMapping = PLEDGE_LIST,
        *,
        by: str,
        preview: bool = False,
        correct: bool = True,
        sheet: str | None = None,
    ) -> Imported:
        """Post a list of pledges or of movements, row by row.

        Parameters
        ----------
        path
            A CSV or a workbook.
        mapping
            Which column says what, and which words mean which rung.
        by
            Who hands it in.
        preview
            Do everything, report it, and undo it.
        correct
            Whether a row that says otherwise than before is posted as a correction; refused otherwise.
        sheet
            The sheet of a workbook; the first one otherwise.

        Raises
        ------
        LedgerError
            ``FILE_REFUSED`` if the file cannot be trusted.
        """
        rows = read_list(path, sheet)
        if isinstance(mapping, ReportMapping):
            return post_reports(
                self.poster, rows, mapping, by=by, mode="per_row", correct=correct, preview=preview
            )
        return import_list(self.poster, rows, mapping, by=by, preview=preview, correct=correct)

    def release(self, number: int, *, dismiss: bool = False) -> Outcome | None:
        """Post a suspected duplicate after all, or dismiss it."""
        return set_aside.release(
            self.poster,
            number,
            lambda batch, held: release_report(self.poster, batch, held),
            dismiss=dismiss,
        )

    def limit(self, account: Account, *, ceiling: int | None = None, close: bool = False) -> None:
        """Set the most that an account may hold, or close it for good."""
        keep.limit(self.poster, account, ceiling=ceiling, close=close)

    # -- asking -------------------------------------------------------------------------------------------------

    def balances(self, at: When = None, known: When = None) -> pl.DataFrame:
        """Return what is in every account: as it was on `at`, as we knew it on `known`; dates count to their end."""
        with self.store.reading() as conn:
            return read.balances(conn, at, known)

    def pledges(self, at: When = None, known: When = None) -> pl.DataFrame:
        """Return every pledge with its quantities over the rungs; ``soft`` and ``firm`` are never one number."""
        with self.store.reading() as conn:
            return read.pledges(conn, at, known)

    def diff(self, known_from: When, known_to: When = None, at: When = None) -> pl.DataFrame:
        """Return what we came to know otherwise between two dates."""
        with self.store.reading() as conn:
            return read.diff(conn, known_from, known_to, at)

    def history(
        self, *, pledge: str | None = None, shipment: str | None = None, seq: int | None = None
    ) -> pl.DataFrame:
        """Return every movement of a pledge, a shipment or an entry with both times and whence we know."""
        with self.store.reading() as conn:
            return read.history(conn, pledge=pledge, shipment=shipment, seq=seq)

    def suspense(self, at: When = None, known: When = None) -> pl.DataFrame:
        """Return what suspense owes (or holds, if negative), since when, and in how many entries; the oldest first."""
        with self.store.reading() as conn:
            return suspense(conn, self.poster.clock(), at, known)

    def quantity(self, written: str, item: str, least: int = 1) -> int:
        """Return a quantity as written in whole base units of an item."""
        with self.store.reading() as conn:
            number = self.poster.register.item.id_of(conn, item)
            unit, words = read.units_of(conn, number)
        return base_quantity(written, unit, words, least)

    def quarantined(self) -> pl.DataFrame:
        """Return what is set aside as a suspected duplicate."""
        with self.store.reading() as conn:
            return set_aside.shelf(conn)

    def export(
        self,
        path: Path,
        form: export.Format,
        what: export.What = "movements",
        at: When = None,
        known: When = None,
    ) -> int:
        """Write movements, balances or pledges as CSV or Parquet, or the journal for hledger."""
        with self.store.reading() as conn:
            return export.write(conn, path, form, what, at, known)

    @property
    def head(self) -> Head:
        """The end of the chain."""
        with self.store.reading() as conn:
            return keep.head(conn)

    # -- keeping ------------------------------------------------------------------------------------------------

    def verify(self, anchors: Path | Iterable[verifying.Anchor] = ()) -> verifying.Verification:
        """Compute everything again: hashes, numbers, rules, balances, snapshots, anchors."""
        known = verifying.read_anchors(anchors) if isinstance(anchors, Path) else list(anchors)
        with self.store.reading() as conn:
            return verifying.verify(conn, known)

    def anchor(self, file: Path | None = None, *, by: str = "") -> Head:
        """Note the head; the chain is evidence only against heads that are kept elsewhere."""
        return keep.anchor(self.poster, file, by)

    def backup(self, path: Path) -> Head:
        """Write the ledger into a new file while others go on writing; the file is a ledger by itself."""
        return keep.backup(self.store, path)

    def restore(self, path: Path) -> Head:
        """Fill this ledger, which must be empty, from a backup."""
        source = Store(str(path), create=False)
        try:
            return keep.copy(source, self.store)
        finally:
            source.close()
            self.poster.forget()

    # -- the planner -------------------------------------------------------------------------------------------

    def as_of(self, date: dt.date, known: When = None) -> Position:
        """Return what is there, on the way and promised at the end of a date; see `Scenario.updated`."""
        with self.store.reading() as conn:
            return position(conn, date, known)

    def donors(self, date: dt.date, known: When = None) -> pl.DataFrame:
        """Return every donor's record by a date: how late and how short its past pledges were, with counts."""
        with self.store.reading() as conn:
            return donor_record(conn, date, known)

    def reconcile(self, date: dt.date, known: When = None) -> pl.DataFrame:
        """Hold what was sent against what was received, shipment by shipment."""
        with self.store.reading() as conn:
            return reconcile(conn, date, known)

    def plan_shipments(self, plan: Plan, prefix: str) -> int:
        """Record a plan's shipments as planned."""
        return plan_shipments(self, plan, prefix)

    def replay(self, plan: Plan, *, org: str, by: str, prefix: str = "plan") -> int:
        """Post everything that a plan does, day by day, as if it had happened."""
        return replay(self, plan, org=org, by=by, prefix=prefix)
