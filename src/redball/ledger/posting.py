"""The one way in: entries are checked, numbered, chained and applied under the lock of the head.

Everything that can be refused is refused here with its reason; the database's own rules stand behind.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from redball.ledger import snapshots, tables
from redball.ledger.accounts import Accounts, Held, named, short
from redball.ledger.amounts import BALANCE_MAX, QUANTITY_MAX
from redball.ledger.entry import (
    MICROSECONDS_PER_DAY,
    SEPARATOR,
    Draft,
    Line,
    body_hash,
    chain_hash,
)
from redball.ledger.errors import LedgerError, fail
from redball.ledger.ladder import FLOW_SAID_BY, PHYSICAL
from redball.ledger.names import Register
from redball.ledger.prepared import Lookup, Prepared
from redball.ledger.store import Store

BATCH_MAX = 10_000
WHENCE = attrgetter("by", "document", "locator", "series", "as_written", "note")
KEY_MAX = 200
LINE_SEPARATOR = "\x1e"
Clock = Callable[[], int]
"""Microseconds since 1970, UTC."""
Mode = Literal["atomic", "per_row"]
T = TypeVar("T")


class Outcome(NamedTuple):
    """What became of one draft."""

    status: Literal["posted", "replayed", "corrected", "refused", "quarantined"]
    seq: int | None = None
    error: LedgerError | None = None


class Head(NamedTuple):
    """The end of the chain."""

    seq: int
    recorded_at: int
    hash: bytes
    epoch: int = 0


class DryRunError(Exception):
    """Ends a transaction that was only a trial."""


@contextmanager
def collector_resting() -> Iterator[None]:
    """Let the garbage collector rest during a write; it takes a seventh of the time and finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Known(NamedTuple):
    """An entry that has a key already."""

    seq: int
    body: bytes
    """What holds now, after corrections."""
    first: bytes
    """What was said first."""


Guard = Callable[[Connection, Draft], int | None]
"""Gives the entry of another source that says the same, if there is one; it then sets the draft aside."""


class Poster:
    """Posts to one store; holds what it has read as long as nobody else has written."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.register = Register(store)
        self.accounts = Accounts(self.register)
        self.alone = threading.Lock()

    def forget(self) -> None:
        """Drop all that is held."""
        self.register.forget()
        self.accounts.forget()

    def post(
        self, drafts: Sequence[Draft], mode: Mode = "atomic", guard: Guard | None = None
    ) -> list[Outcome]:
        """Post a batch; see `Ledger.post`."""
        if len(drafts) > BATCH_MAX:
            raise fail("BATCH_TOO_LARGE", f"{len(drafts)} entries in one batch")
        return self.written(
            mode, guard, lambda batch: [batch.take(draft) for draft in batch.prepared(drafts)]
        )

    def compose(self, make: Callable[[Batch], Draft | Outcome]) -> Outcome:
        """Post a draft that is made under the lock, from what the ledger holds at that moment."""

        def work(batch: Batch) -> list[Outcome]:
            made = make(batch)
            return [made if isinstance(made, Outcome) else batch.take(made)]

        return self.written("atomic", None, work)[0]

    def defined(self, work: Callable[[Connection], int]) -> int:
        """Define names, or change what is beside the chain, under the lock."""

        def counted(batch: Batch) -> list[int]:
            return [work(batch.conn)]

        return self.written("atomic", None, counted)[0]

    def written(
        self,
        mode: Mode,
        guard: Guard | None,
        work: Callable[[Batch], list[T]],
        *,
        keep: Callable[[list[T]], bool] = lambda _: True,
    ) -> list[T]:
        """Do all of `work` in one transaction; see what comes of it, and undo it unless it is to be kept."""
        with self.alone, collector_resting():
            results: list[T] = []
            try:
                with self.store.writing() as conn:
                    batch = Batch(self, conn, mode, guard)
                    results = work(batch)
                    batch.write()
                    if not keep(results):
                        raise DryRunError
            except DryRunError:
                self.forget()
                return results
            except BaseException:
                self.forget()
                raise
            self.accounts.state = (batch.seq, batch.start.epoch)
            return results


_h, _e = tables.chain_head.c, tables.entry.c
HEAD = Prepared(select(_h.seq, _h.recorded_at, _h.hash, _h.epoch).with_for_update())
LAST = Prepared(select(_e.seq, _e.recorded_at, _e.hash).order_by(_e.seq.desc()).limit(1))
MOVE_HEAD = Prepared(
    tables.chain_head.update().values(
        seq=bindparam("seq"), recorded_at=bindparam("recorded_at"), hash=bindparam("hash")
    )
)
KNOWN = Lookup(
    select(tables.org.c.code, _e.idem, _e.seq, func.coalesce(_e.target, _e.body)).join(
        tables.org, tables.org.c.id == _e.org_id
    ),
    _e.idem,
)
LATER = Lookup(select(_e.corrects, _e.target).where(_e.target.is_not(None)).order_by(_e.seq), _e.corrects)
UNDONE = Lookup(select(_e.reverses), _e.reverses)


def locked_head(conn: Connection) -> Head:
    """Lock the end of the chain and make sure that it is the end."""
    head = Head(*HEAD.rows(conn)[0])
    last = (LAST.rows(conn) or [(0, 0, bytes(32))])[0]
    if last != head[:3]:
        raise fail("CHAIN_BROKEN", f"the head says {head.seq}, the last entry is {last[0]}")
    return head


class Batch:
    """One write: drafts are taken one after the other, then written together."""

    def __init__(self, poster: Poster, conn: Connection, mode: Mode, guard: Guard | None) -> None:
        self.poster, self.conn, self.mode, self.guard = poster, conn, mode, guard
        self.revises = False
        """Whether a key that says again what it said first, after a correction, is a change of mind."""
        self.start = locked_head(conn)
        self.seq, self.recorded_at, self.link, _ = self.start
        poster.accounts.begin(conn, self.seq, self.start.epoch)
        self.now = poster.clock()
        self.entries: list[tuple[Any, ...]] = []
        self.movements: list[tuple[Any, ...]] = []
        self.known: dict[tuple[str, str], Known] = {}
        self.org_kinds: dict[str, str] = {}
        self.org_ids: dict[str, int] = {}
        self.reversed: set[int] = set()
        self.ways: set[tuple[int, int, str, str]] = set()
        """Ways that were found to be allowed in this batch."""

    def prepared(self, drafts: Iterable[Draft]) -> Sequence[Draft]:
        """Read all that the drafts will need: their keys and their accounts."""
        drafts = list(drafts)
        self.load_known(drafts)
        missing = self.poster.accounts.held
        wanted = {
            account: None
            for d in drafts
            for line in d.lines
            for account in line[:2]
            if account not in missing
        }
        try:
            self.poster.accounts.load(self.conn, wanted)
        except LedgerError:
            if self.mode == "atomic":
                raise
            # one by one when taken, so that each row gets its own reason
        return drafts

    def take(self, draft: Draft) -> Outcome:
        """Check one draft and add it to what will be written."""
        try:
            return self._take(draft)
        except LedgerError as error:
            if self.mode == "atomic":
                raise
            return Outcome("refused", None, error)

    def _take(self, draft: Draft) -> Outcome:
        lines = self._checked(draft)
        text = LINE_SEPARATOR.join(
            [f"{s.text}{SEPARATOR}{d.text}{SEPARATOR}{q}{SEPARATOR}{v}" for s, d, q, v in lines]
        )
        body = body_hash(draft, text)
        says = draft.target if draft.target is not None and draft.corrects is None else body
        if (replayed := self.replay(draft.org, draft.key, says)) is not None:
            return replayed
        if draft.reverses is not None and draft.reverses in self.reversed:
            raise fail("ALREADY_REVERSED", f"entry {draft.reverses} was reversed before", seq=draft.reverses)
        self._applied(lines)
        if self.guard is not None and (like := self.guard(self.conn, draft)) is not None:
            self._applied([(dst, src, quantity, verb) for src, dst, quantity, verb in reversed(lines)])
            return Outcome("quarantined", like)
        return Outcome("posted", self._chained(draft, body, says, lines))

    def replay(self, org: str, key: str, says: bytes) -> Outcome | None:
        """Return the outcome of a key that is taken by the same, None for a free key; refuse what differs."""
        known = self.known.get((org, key))
        if known is None:
            return None
        if says != known.body and (self.revises or says != known.first):
            raise fail(
                "IDEMPOTENCY_CONFLICT", f"the key {key!r} is taken by entry {known.seq}", seq=known.seq
            )
        return Outcome("replayed", known.seq)

    def _checked(self, draft: Draft) -> list[tuple[Held, Held, int, str]]:
        if not draft.lines and draft.corrects is None and draft.verb != "count":
            raise fail("EMPTY_ENTRY")
        if not draft.by:
            raise fail("UNAUTHENTICATED")
        words = (draft.key, *WHENCE(draft))
        if not "".join(words).isprintable() or not 1 <= len(draft.key) <= KEY_MAX:
            raise fail(
                "FILE_REFUSED", "a key is 1 to 200 printable characters, a text has no control characters"
            )
        physical = draft.verb in PHYSICAL or any(line.verb in PHYSICAL for line in draft.lines)
        if physical and draft.valid_at > self.now + MICROSECONDS_PER_DAY:
            raise fail("VALID_TIME_FUTURE")
        kind = self._org_kind(draft.org)
        held, lines = self.poster.accounts.held, []
        for line in draft.lines:
            from_account, to_account, quantity, verb = line
            verb = verb or draft.verb
            if (src := held.get(from_account)) is None or (dst := held.get(to_account)) is None:
                self.poster.accounts.load(self.conn, line[:2])
                src, dst = held[from_account], held[to_account]
            if type(quantity) is not int or not 1 <= quantity <= QUANTITY_MAX:
                raise fail("BAD_QUANTITY", f"{quantity!r} is no whole number from 1 to 10^12")
            if (way := (src.id, dst.id, verb, draft.org)) not in self.ways:
                self._check_way(line, src, dst, verb, kind, draft.org)
                self.ways.add(way)
            lines.append((src, dst, quantity, verb))
        return lines

    @staticmethod
    def _check_way(line: Line, src: Held, dst: Held, verb: str, kind: str, org: str) -> None:
        if src.item_id != dst.item_id or src.account.book != dst.account.book:
            raise fail(
                "ITEM_MISMATCH", f"{line.src.item} in {line.src.book} to {line.dst.item} in {line.dst.book}"
            )
        said_by = FLOW_SAID_BY.get((verb, src.account.book, src.account.kind, dst.account.kind))
        if said_by is None or src.id == dst.id:
            raise fail(
                "FLOW_FORBIDDEN", f"{verb} does not lead from {src.account.kind} to {dst.account.kind}"
            )
        if kind not in said_by:
            raise fail("FORBIDDEN", f"{org} is a {kind}; {verb} is said by {', '.join(sorted(said_by))}")
        if kind == "donor" and org not in (src.account.org, dst.account.org):
            raise fail("FORBIDDEN", f"{org} is a donor and speaks only of its own goods")
        if src.closed or dst.closed:
            raise fail("ACCOUNT_CLOSED", f"{(src if src.closed else dst).account.kind} of {org} is closed")

    def _applied(self, lines: list[tuple[Held, Held, int, str]]) -> None:
        """Move the balances at hand; undo all of it if one line cannot be."""
        done = 0
        try:
            for src, dst, quantity, _ in lines:
                have, to = src.bal - quantity, dst.bal + quantity
                if src.floor is not None and have < src.floor:
                    raise short(src, quantity)
                if dst.ceiling is not None and to > dst.ceiling:
                    raise fail(
                        "CEILING_EXCEEDED", f"{to} in {named(dst.account)}, where {dst.ceiling} is the most"
                    )
                if have < -BALANCE_MAX or to > BALANCE_MAX:
                    raise fail("BALANCE_RANGE")
                src.bal, dst.bal = have, to
                done += 1
        except LedgerError:
            for src, dst, quantity, _ in reversed(lines[:done]):
                src.bal, dst.bal = src.bal + quantity, dst.bal - quantity
            raise

    def _chained(
        self, draft: Draft, body: bytes, says: bytes, lines: list[tuple[Held, Held, int, str]]
    ) -> int:
        self.seq = seq = self.seq + 1
        self.recorded_at = recorded_at = max(self.now, self.recorded_at + 1)
        sources = WHENCE(draft)
        self.link = link = chain_hash(self.link, body, SEPARATOR.join(sources).encode(), seq, recorded_at)
        pledge = self.poster.register.pledge.id_of(self.conn, draft.pledge) if draft.pledge else None
        org, key, verb, valid_at, _, precision, _, due_at, reverses, corrects, target, *_ = draft
        what = (seq, self.org_ids[org], key, body, verb, valid_at, precision, recorded_at, pledge)
        self.entries.append((*what, due_at, reverses, corrects, target, *sources, link))
        for number, (src, dst, quantity, way) in enumerate(lines):
            self.movements.append(
                (seq, number, src.id, dst.id, quantity, way, valid_at, src.org_id, dst.org_id)
            )
        self.known[draft.org, draft.key] = Known(seq, says, says)
        if draft.reverses is not None:
            self.reversed.add(draft.reverses)
        if draft.corrects is not None and draft.target is not None:
            self._retarget(draft)
        return seq

    def _retarget(self, draft: Draft) -> None:
        for place, known in self.known.items():
            if known.seq == draft.corrects and draft.target is not None:
                self.known[place] = known._replace(body=draft.target)
                return

    def write(self) -> None:
        """Write what was taken, move the head, and now and then keep the balances."""
        store, conn = self.poster.store, self.conn
        self.poster.accounts.store_fresh(conn)
        store.insert(conn, tables.entry, self.entries)
        store.insert(conn, tables.movement, self.movements)
        if self.seq != self.start.seq:
            MOVE_HEAD.run(conn, seq=self.seq, recorded_at=self.recorded_at, hash=self.link)
            snapshots.keep(conn, self.start.seq, self.seq)

    def _org_kind(self, org: str) -> str:
        if org not in self.org_kinds:
            self.org_kinds[org] = self.poster.accounts.org_kind(self.conn, org)
            self.org_ids[org] = self.poster.register.org.id_of(self.conn, org)
        return self.org_kinds[org]

    def load_known(self, drafts: Sequence[Draft]) -> None:
        """Read what the ledger holds under the keys of the drafts, and what of theirs was reversed."""
        conn = self.conn
        rows = KNOWN.rows(conn, list(dict.fromkeys(draft.key for draft in drafts)))
        held = {seq: (org, key, body, body) for org, key, seq, body in rows}
        seqs = [*held, *(draft.reverses for draft in drafts if draft.reverses is not None)]
        for seq, target in LATER.rows(conn, seqs):
            if seq in held:
                held[seq] = (*held[seq][:2], target, held[seq][3])
        self.reversed.update(row[0] for row in UNDONE.rows(conn, seqs))
        self.known = {(org, key): Known(seq, body, first) for seq, (org, key, body, first) in held.items()}
