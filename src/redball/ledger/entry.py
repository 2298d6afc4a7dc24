"""What is posted: accounts, lines, drafts; and the bytes that are hashed."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from struct import Struct
from typing import Literal, NamedTuple

from redball.ledger.ladder import Book

MICROSECONDS_PER_DAY = 86_400_000_000
FOREVER = 2**62
"""A moment after all that are told."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NUMBERS = Struct(">QQ")
SEPARATOR = "\x1f"
GENESIS = bytes(32)

Precision = Literal["second", "day", "month"]


class Account(NamedTuple):
    """Where goods or promises are: one account for every combination that occurs."""

    book: Book
    kind: str
    org: str
    item: str
    place: str = ""
    leg: str = ""
    pledge: str = ""
    lot: str = ""
    shipment: str = ""


class Line(NamedTuple):
    """Whole base units that move from one account to another."""

    src: Account
    dst: Account
    quantity: int
    verb: str = ""
    """The way it takes; blank: the verb of the entry."""


class Draft(NamedTuple):
    """An entry before it is posted. The first part is what it says, the second whence we know."""

    org: str
    """The organisation that says so."""
    key: str
    """Its name for this fact; the same key never counts twice."""
    verb: str
    valid_at: int
    """Microseconds since 1970, UTC: when it was true."""
    lines: tuple[Line, ...]
    precision: Precision = "day"
    pledge: str = ""
    due_at: int | None = None
    """When the promised goods are to be there."""
    reverses: int | None = None
    corrects: int | None = None
    target: bytes | None = None
    """For a correction: the body that now holds."""
    by: str = ""
    document: str = ""
    """SHA-256 of the document, in hexadecimal."""
    locator: str = ""
    """Where in the document, such as ``Sheet1!7``."""
    series: str = ""
    """Which line of documents it belongs to; the same fact from another series is a suspected duplicate."""
    as_written: str = ""
    note: str = ""


def body_hash(draft: Draft, line_texts: str) -> bytes:
    """Return the hash of what a draft says, without whence: two drafts that say the same have the same."""
    org, key, verb, valid_at, _, precision, pledge, due_at, reverses, corrects, target, *_ = draft
    ties = f"{due_at}\x1f{reverses}\x1f{corrects}\x1f{target.hex() if target else ''}"
    text = f"{org}\x1f{key}\x1f{verb}\x1f{valid_at}\x1f{precision}\x1f{pledge}\x1f{ties}\x1f{line_texts}"
    return sha256(text.encode()).digest()


def whence(by: str, document: str, locator: str, series: str, as_written: str, note: str) -> bytes:
    """Return the bytes of the second part of a draft."""
    return SEPARATOR.join((by, document, locator, series, as_written, note)).encode()


def chain_hash(previous: bytes, body: bytes, source: bytes, seq: int, recorded_at: int) -> bytes:
    """Return the link of an entry: it binds all that came before, what is said, whence, number and time."""
    return sha256(b"".join((previous, body, NUMBERS.pack(seq, recorded_at), source))).digest()


def account_text(account: Account, unit: str) -> str:
    """Return the account as it is hashed: names, not numbers, and the unit that its quantities are in."""
    return SEPARATOR.join((*account, unit))


def moment(when: dt.date | dt.datetime | int, *, end: bool = False) -> int:
    """Return microseconds since 1970, UTC; a date is its first, or with `end` its last microsecond."""
    if isinstance(when, int):
        return when
    if isinstance(when, dt.datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
        return (aware - EPOCH) // dt.timedelta(microseconds=1)
    days = (when - EPOCH.date()).days
    return (days + 1) * MICROSECONDS_PER_DAY - 1 if end else days * MICROSECONDS_PER_DAY


def date_of(microseconds: int) -> dt.date:
    """Return the date (UTC) of a moment."""
    return EPOCH.date() + dt.timedelta(days=microseconds // MICROSECONDS_PER_DAY)
