"""The accounts in use and their balances, as the writer holds them while it has the lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from redball.ledger import tables
from redball.ledger.entry import Account, account_text
from redball.ledger.errors import LedgerError, fail
from redball.ledger.ladder import BOTTOMLESS, PLEDGE_KINDS, STOCK_KINDS
from redball.ledger.names import Names, Register
from redball.ledger.prepared import Prepared
from redball.ledger.store import pairs

EXACT_MAX = 16
"""Up to so many accounts are looked up one by one; more by organisation and item."""
_a, _b = tables.account.c, tables.balance.c
_PARTS = (
    _a.org_id,
    _a.item_id,
    _a.book,
    _a.kind,
    _a.place_id,
    _a.leg_id,
    _a.pledge_id,
    _a.lot,
    _a.shipment_id,
)
_ALL = select(*_PARTS, _a.id, _b.bal, _b.floor, _b.ceiling, _b.closed_seq).join(
    tables.balance, _b.account_id == _a.id
)
_ONE = Prepared(_ALL.where(*(part == bindparam(part.name) for part in _PARTS)))
_LAST = Prepared(select(func.max(_a.id)))


class Held:
    """One account at hand: its number, its hashed text, its balance and limits."""

    __slots__ = (
        "account",
        "bal",
        "ceiling",
        "closed",
        "floor",
        "id",
        "item_id",
        "org_id",
        "org_kind",
        "text",
    )

    def __init__(
        self, account: Account, number: int, org_id: int, org_kind: str, item_id: int, unit: str
    ) -> None:
        self.account, self.id, self.org_id, self.org_kind, self.item_id = (
            account,
            number,
            org_id,
            org_kind,
            item_id,
        )
        self.text = account_text(account, unit)
        self.bal = 0
        self.floor: int | None = None if account.kind in BOTTOMLESS else 0
        self.ceiling: int | None = None
        self.closed = False


class Accounts:
    """Accounts by their names. Balances hold as long as the head has not moved since they were read."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.forget()

    def forget(self) -> None:
        """Drop everything, as after a transaction that was undone."""
        self.held: dict[Account, Held] = {}
        self.state: tuple[int, int] | None = None
        self.fresh: list[Held] = []
        self._next = 0
        self._kinds: dict[str, str] = {}
        self._units: dict[str, str] = {}

    def begin(self, conn: Connection, seq: int, epoch: int) -> None:
        """Make ready for a write at the head; balances of another state are dropped."""
        if self.state != (seq, epoch):
            self.held.clear()
            self.state = (seq, epoch)
            self._next = 1 + (_LAST.rows(conn)[0][0] or 0)
        self.fresh = []

    def load(self, conn: Connection, wanted: Iterable[Account]) -> None:
        """Read or make the accounts that are not at hand."""
        missing = [account for account in wanted if account not in self.held]
        if not missing:
            return
        numbered = [(account, self._numbers(conn, account)) for account in missing]
        found = self._find(conn, [numbers for _, numbers in numbered])
        for account, numbers in numbered:
            org_id, item_id = numbers[0], numbers[1]
            row = found.get(numbers)
            number = row[0] if row else self._next
            held = Held(
                account,
                number,
                org_id,
                self._kind(conn, account.org),
                item_id,
                self._unit(conn, account.item),
            )
            if row:
                _, held.bal, held.floor, held.ceiling, closed = row
                held.closed = closed is not None
            else:
                self._next += 1
                self.fresh.append(held)
            self.held[account] = held

    def store_fresh(self, conn: Connection) -> None:
        """Insert the accounts that were made."""
        insert = self.register.store.insert
        rows = [
            (h.id, h.account.book, h.account.kind, *_reordered(self._numbers(conn, h.account)))
            for h in self.fresh
        ]
        insert(conn, tables.account, rows)
        insert(conn, tables.balance, [(h.id, 0, h.floor, h.ceiling, 0, None) for h in self.fresh])

    def _numbers(self, conn: Connection, account: Account) -> tuple[Any, ...]:
        kinds = PLEDGE_KINDS if account.book == "pledge" else STOCK_KINDS
        if account.book not in ("pledge", "stock") or account.kind not in kinds:
            raise fail("UNKNOWN_ACCOUNT", f"there is no kind {account.kind!r} in the book {account.book!r}")
        if not account.lot.isprintable():
            raise fail("UNKNOWN_ACCOUNT", f"{account.lot!r} cannot be a lot")
        register = self.register

        def number(names: Names, code: str) -> int:
            return names.id_of(conn, code) if code else 0

        return (
            register.org.id_of(conn, account.org),
            register.item.id_of(conn, account.item),
            account.book,
            account.kind,
            number(register.place, account.place),
            number(register.leg, account.leg),
            number(register.pledge, account.pledge),
            account.lot,
            number(register.shipment, account.shipment),
        )

    def _find(self, conn: Connection, keys: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        if len(keys) <= EXACT_MAX:
            names = [part.name for part in _PARTS]
            for key in keys:
                for row in _ONE.rows(conn, **dict(zip(names, key, strict=True))):
                    found[key] = tuple(row[9:])
            return found
        pairs = list({key[:2] for key in keys})
        for start in range(0, len(pairs), 200):
            chunk = pairs[start : start + 200]
            orgs, items = {pair[0] for pair in chunk}, {pair[1] for pair in chunk}
            for row in conn.execute(_ALL.where(_a.org_id.in_(orgs), _a.item_id.in_(items))):
                found[tuple(row[:9])] = tuple(row[9:])
        return found

    def _kind(self, conn: Connection, org: str) -> str:
        if org not in self._kinds:
            self._kinds = pairs(conn, (select(tables.org.c.code, tables.org.c.kind)))
        return self._kinds[org]

    def _unit(self, conn: Connection, item: str) -> str:
        if item not in self._units:
            self._units = pairs(conn, (select(tables.item.c.code, tables.item.c.unit)))
        return self._units[item]

    def org_kind(self, conn: Connection, org: str) -> str:
        """Return the kind of an organisation."""
        self.register.org.id_of(conn, org)
        return self._kind(conn, org)


def _reordered(numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    org, item, _book, _kind, *rest = numbers
    return (org, item, *rest)


def named(account: Account) -> str:
    """Return an account as people read it."""
    where = ", ".join(part for part in account[4:] if part)
    return f"{account.kind} {account.item} of {account.org}" + (f" ({where})" if where else "")


def short(src: Held, asked: int) -> LedgerError:
    """Make the error that an account holds less than is asked of it."""
    have = src.bal - (src.floor or 0)
    detail: dict[str, Any] = {"account": src.account._asdict(), "have": have, "asked": asked}
    return fail("INSUFFICIENT_STOCK", f"{named(src.account)} has {have}, asked {asked}", **detail)
