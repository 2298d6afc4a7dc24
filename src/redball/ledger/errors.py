"""The stable error codes of the ledger: what, where, remedy, and whether trying again can help.

``docs/reference/ledger-errors.md`` says the same in words; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from redball.core.errors import InputError, LimitError, RedballError

Retry = Literal["no", "yes", "later"]
"""``yes``: the same request with the same key may succeed at once; ``later``: once the cause is mended."""


@dataclass(frozen=True, slots=True)
class Code:
    """What one code stands for."""

    http: int
    retry: Retry
    meaning: str
    remedy: str


CODES: dict[str, Code] = {
    "IDEMPOTENCY_CONFLICT": Code(
        409,
        "no",
        "the key is taken by an entry that says something else",
        "Post it as a correction of that entry, or use another key.",
    ),
    "INSUFFICIENT_STOCK": Code(
        409,
        "no",
        "an account would fall below its floor",
        "Post the missing receipt first, or let the rest come from suspense.",
    ),
    "CEILING_EXCEEDED": Code(
        409, "no", "an account would rise above its ceiling", "Raise the ceiling or use another account."
    ),
    "ALREADY_REVERSED": Code(409, "no", "the entry was reversed before", "Nothing to do; see its history."),
    "GOODS_MOVED_ON": Code(
        409,
        "no",
        "goods of the entry have moved on, so all of it cannot be undone",
        "Use correct: it posts the difference and books what is missing to suspense.",
    ),
    "ACCOUNT_CLOSED": Code(409, "no", "an account is closed", "Use the account that took its place."),
    "FLOW_FORBIDDEN": Code(
        422,
        "no",
        "the verb does not lead from this kind of account to that one",
        "See the ladder for the verbs.",
    ),
    "ITEM_MISMATCH": Code(
        422, "no", "source and destination hold different items or books", "One line moves one item."
    ),
    "BAD_QUANTITY": Code(
        422,
        "no",
        "the quantity is no whole number of base units from 1 to 10^12",
        "Give a plain number with a decimal point and a unit, such as 12.5 t.",
    ),
    "INEXACT_UNIT": Code(
        422,
        "no",
        "the quantity is not a whole number of the item's base unit",
        "Correct the quantity or the unit.",
    ),
    "BALANCE_RANGE": Code(
        422, "no", "a balance would leave the range of 9 x 10^18", "The quantity is a slip of the pen."
    ),
    "EMPTY_ENTRY": Code(422, "no", "the entry moves nothing", "Give at least one line."),
    "BATCH_TOO_LARGE": Code(413, "no", "more than 10,000 entries in one batch", "Post several batches."),
    "VALID_TIME_FUTURE": Code(
        422,
        "no",
        "a physical event lies more than 24 hours ahead",
        "Correct the date; what is only planned is no movement.",
    ),
    "UNKNOWN_ACCOUNT": Code(
        404, "no", "a name is not defined in this ledger", "Define it, or mend the name."
    ),
    "UNKNOWN_ENTRY": Code(404, "no", "there is no such entry", "See balance and history for the numbers."),
    "UNAUTHENTICATED": Code(401, "no", "nobody signs for the entry", "Name the person who says so."),
    "FORBIDDEN": Code(
        403, "no", "this organisation may not say that", "Let the organisation post it that may."
    ),
    "SUSPECTED_DUPLICATE": Code(
        202,
        "no",
        "another source has reported the same; set aside, not posted",
        "Release it or dismiss it.",
    ),
    "FILE_REFUSED": Code(422, "no", "the file cannot be trusted or read", "See the reason given."),
    "BUSY": Code(503, "yes", "another writer holds the ledger", "Try again with the same key."),
    "STORAGE_FULL": Code(
        507, "later", "the disk is full; nothing was written", "Make room, then repeat with the same key."
    ),
    "STORAGE_IO": Code(
        503, "yes", "the storage failed before it confirmed", "Repeat with the same key: it posts once."
    ),
    "CHAIN_BROKEN": Code(
        500,
        "no",
        "the record contradicts itself; writing has stopped, reading goes on",
        "Run verify, then restore a backup whose head matches an anchor.",
    ),
    "SCHEMA_UNSAFE": Code(
        500,
        "no",
        "the database is not laid out as this version needs",
        "Run the migration of this version, or restore a backup.",
    ),
}
UNAVAILABLE = frozenset({"BUSY", "STORAGE_FULL", "STORAGE_IO"})


class LedgerError(RedballError):
    """An error with a stable code; see `CODES`."""

    code: str
    detail: dict[str, Any]

    @property
    def retry(self) -> Retry:
        """Whether the same request may succeed later."""
        return CODES[self.code].retry

    def as_dict(self) -> dict[str, object]:
        """Return the error as plain data, in the shape of a problem report."""
        about = CODES[self.code]
        return {
            "code": self.code,
            "status": about.http,
            "retry": about.retry,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
            **self.detail,
        }


class LedgerRefusedError(LedgerError, InputError):
    """What was asked cannot be done, now or later, as it stands."""

    exit_code = 2


class LedgerUnavailableError(LedgerError, LimitError):
    """The store could not confirm; the same request with the same key is safe to repeat."""

    exit_code = 3


def fail(code: str, what: str = "", *, where: str = "", remedy: str = "", **detail: Any) -> LedgerError:
    """Make the error of `code`; what is not said is filled in from `CODES`."""
    about = CODES[code]
    kind = LedgerUnavailableError if code in UNAVAILABLE else LedgerRefusedError
    sentence = f"{what or about.meaning}."
    error: LedgerError = kind(f"{code}: {sentence}", where=where, remedy=remedy or about.remedy)
    error.code, error.detail = code, detail
    return error
