"""The whole record, checked from nothing: every hash, number, rule and cached balance is computed again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, func, select

from redball.ledger import schema, snapshots, tables
from redball.ledger.entry import (
    GENESIS,
    SEPARATOR,
    Draft,
    account_text,
    body_hash,
    chain_hash,
    whence,
)
from redball.ledger.errors import LedgerError
from redball.ledger.ladder import FLOW_SAID_BY
from redball.ledger.posting import LINE_SEPARATOR, collector_resting
from redball.ledger.store import pairs, stream
from redball.ledger.undo import accounts_by_id

FAULTS_MAX = 50


class Anchor(NamedTuple):
    """A head that was published: what the chain must still contain."""

    seq: int
    hash: str


@dataclass
class Verification:
    """What was checked and what was wrong with it."""

    entries: int = 0
    movements: int = 0
    head: str = GENESIS.hex()
    anchors: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults

    def fault(self, words: str) -> None:
        """Note what is wrong; a broken chain has no end of it, so only the first are kept."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(words)


def read_anchors(path: Path) -> list[Anchor]:
    """Read a file of anchors: one JSON object a line."""
    return [
        Anchor(row["seq"], row["hash"]) for line in path.read_text().splitlines() if (row := json.loads(line))
    ]


def verify(conn: Connection, anchors: Iterable[Anchor] = ()) -> Verification:
    """Check everything; see `Ledger.verify`."""
    found = Verification()
    try:
        schema.check(conn)
    except LedgerError as error:
        found.fault(str(error))
    known = (*anchors, *_own_anchors(conn))
    chain = _Chain(conn, found, {anchor.seq for anchor in known})
    with collector_resting():
        chain.run()
    _head(conn, found)
    _cache(conn, found, chain.balance)
    for anchor in known:
        found.anchors += 1
        if chain.hashes.get(anchor.seq) != anchor.hash:
            state = "is not there" if anchor.seq not in chain.hashes else "has another hash"
            found.fault(f"anchor: entry {anchor.seq} {state}; the record was rewound or rewritten")
    for seq in chain.kept:
        found.fault(f"balances were kept after entry {seq}, which is not there")
    return found


def _own_anchors(conn: Connection) -> list[Anchor]:
    a = tables.anchor.c
    return [Anchor(seq, link.hex()) for seq, link in conn.execute(select(a.seq, a.hash))]


class _Chain:
    """Goes along the chain once, link by link, and adds up the balances on the way."""

    def __init__(self, conn: Connection, found: Verification, wanted: set[int]) -> None:
        self.conn, self.found, self.wanted = conn, found, wanted
        t = tables
        units = pairs(conn, select(t.item.c.code, t.item.c.unit))
        self.accounts = accounts_by_id(conn)
        self.texts = {
            number: account_text(account, units[account.item]) for number, account in self.accounts.items()
        }
        self.orgs = pairs(conn, select(t.org.c.id, t.org.c.code))
        self.pledges = pairs(conn, select(t.pledge.c.id, t.pledge.c.code)) | {None: ""}
        self.balance: Counter[int] = Counter()
        self.hashes: dict[int, str] = {}
        self.kept = {span.seq: span for span in snapshots.spans(conn)}
        """After which entries balances were kept; those met are taken out."""
        self.before = 0
        self.lines = _grouped(conn, found)
        self.group = next(self.lines, None)
        self.ways: dict[tuple[int, int, str, int, int], bool] = {}

    def run(self) -> None:
        """Check every entry."""
        previous, recorded = GENESIS, 0
        for row in stream(self.conn, select(tables.entry).order_by(tables.entry.c.seq)):
            seq = row[0]
            if seq != self.found.entries + 1:
                self.found.fault(f"entry {self.found.entries + 1} is missing; next is {seq}")
            self.found.entries = seq
            previous = self._link(row, previous)
            if row[7] <= recorded:
                self.found.fault(f"entry {seq}: recorded before the one before it")
            recorded = row[7]
            if seq in self.wanted:
                self.hashes[seq] = previous.hex()
            if seq in self.kept:
                self._compare_kept(seq)
        if self.group:
            self._stray(self.group[0])
        self.found.head = previous.hex()

    def _link(self, row: Any, previous: bytes) -> bytes:
        seq, org, key, body, verb, valid_at, precision, recorded_at, pledge, *ties = row[:13]
        said = self._said(seq, valid_at)
        names = (self.orgs.get(org, "?"), key, verb, valid_at, (), precision, self.pledges.get(pledge, "?"))
        if body_hash(Draft(*names, *ties), said) != body:
            self.found.fault(f"entry {seq}: its contents are not what was posted")
        if chain_hash(previous, body, whence(*row[13:19]), seq, recorded_at) != row[19]:
            self.found.fault(f"entry {seq}: its link does not follow from the one before it")
        return cast(bytes, row[19])

    def _said(self, seq: int, valid_at: int) -> str:
        """Return the text of the lines of an entry, checking each."""
        while self.group and self.group[0] < seq:
            self._stray(self.group[0])
            self.group = next(self.lines, None)
        if not self.group or self.group[0] != seq:
            return ""
        rows, texts = self.group[1], self.texts
        said: list[str] = []
        for _, line, src, dst, quantity, verb, valid, src_org, dst_org in rows:
            way = (src, dst, verb, src_org, dst_org)
            known = self.ways.get(way)
            if known is None:
                known = self.ways[way] = self._allowed(*way)
            if not known or line != len(said) or valid != valid_at:
                self.found.fault(f"entry {seq} line {line}: {verb} is no allowed movement of this entry")
            said.append(SEPARATOR.join((texts.get(src, "?"), texts.get(dst, "?"), str(quantity), verb)))
            self.balance[src] -= quantity
            self.balance[dst] += quantity
        self.group = next(self.lines, None)
        return LINE_SEPARATOR.join(said)

    def _allowed(self, src: int, dst: int, verb: str, src_org: int, dst_org: int) -> bool:
        one, two = self.accounts.get(src), self.accounts.get(dst)
        if one is None or two is None or one.item != two.item or one.book != two.book:
            return False
        if (self.orgs.get(src_org), self.orgs.get(dst_org)) != (one.org, two.org):
            return False
        return (verb, one.book, one.kind, two.kind) in FLOW_SAID_BY

    def _compare_kept(self, seq: int) -> None:
        span, before, self.before = self.kept.pop(seq), self.before, seq
        truth = {number: total for number, total in self.balance.items() if total}
        if snapshots.held(self.conn, seq) != truth:
            self.found.fault(f"the balances kept after entry {seq} are not what its movements add up to")
        if snapshots.measured(self.conn, before, seq) != span:
            self.found.fault(
                f"the times noted of entries {before + 1} to {seq} are not those of its movements"
            )

    def _stray(self, seq: int) -> None:
        self.found.fault(f"movements of entry {seq}, which is not there")


def _grouped(conn: Connection, found: Verification) -> Iterator[tuple[int, list[Any]]]:
    """Give the movements of one entry after the other."""
    m = tables.movement.c
    columns = (m.seq, m.line, m.src, m.dst, m.qty, m.verb, m.valid_at, m.src_org, m.dst_org)
    rows_all = stream(conn, select(*columns).order_by(m.seq, m.line))
    for seq, group in groupby(rows_all, key=itemgetter(0)):
        rows = list(group)
        found.movements += len(rows)
        yield seq, rows


def _head(conn: Connection, found: Verification) -> None:
    head = conn.execute(select(tables.chain_head.c.seq, tables.chain_head.c.hash)).one()
    if (head[0], head[1].hex()) != (found.entries, found.head):
        found.fault(f"the head says {head[0]} entries, the chain ends at {found.entries}")


def _cache(conn: Connection, found: Verification, balance: Counter[int]) -> None:
    b = tables.balance.c
    cached = {
        number: (bal, floor, ceiling)
        for number, bal, floor, ceiling in conn.execute(select(b.account_id, b.bal, b.floor, b.ceiling))
    }
    for number in conn.execute(select(tables.account.c.id)).scalars():
        bal, floor, ceiling = cached.get(number, (None, None, None))
        if bal != balance[number]:
            found.fault(f"account {number}: the cache says {bal}, its movements {balance[number]}")
        elif (floor is not None and bal < floor) or (ceiling is not None and bal > ceiling):
            found.fault(f"account {number}: {bal} is outside {floor} to {ceiling}")
    lost = conn.execute(select(func.count()).select_from(tables.account)).scalar_one()
    if lost != len(cached):
        found.fault(f"{lost} accounts, {len(cached)} balances")
