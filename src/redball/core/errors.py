"""The one tree of errors.

::

    RedballError
    ├── InputError (ValueError)          exit 2: the input is not what it must be
    │   └── FaultsError                  ... with the full list of faults
    ├── LimitError (TimeoutError)        exit 3: stopped at a limit without what was asked for
    └── VerifyError (AssertionError)     exit 1: our own result breaks a rule; a bug

Every error says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Self

Severity = Literal["error", "warning"]


def with_remedy(what: str, remedy: str) -> str:
    """Return what is wrong and how to mend it, as sentences.

    >>> with_remedy("is broken", "Save it again.")
    'is broken. Save it again.'
    """
    return f"{sentence(what)} {remedy}" if remedy else what


def sentence(text: str) -> str:
    """Return text with a full stop, unless it has its own end."""
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input, said so that its author can mend it."""

    code: str
    """Stable name such as ``unknown-reference``; documented in the reference."""
    severity: Severity
    place: str
    """File or sheet name, such as ``lanes.csv``."""
    problem: str
    """What is wrong, without the place."""
    remedy: str = ""
    """How to mend it."""
    row: int | None = None
    """Row as an editor shows it; the header is row 1."""
    column: str | None = None
    value: str | None = None
    """The offending cell, as text."""

    def __str__(self) -> str:
        where = self.place
        if self.row is not None:
            where += f" row {self.row}"
        if self.column:
            where += f", {self.column}"
        return f"{where}: {with_remedy(self.problem, self.remedy)}"

    def as_dict(self) -> dict[str, object]:
        """Return the fault as plain data, for ``--json``."""
        return asdict(self)


class RedballError(Exception):
    """Base of all errors that Redball raises on purpose."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(
            " ".join(part for part in (f"{where}:" if where else "", with_remedy(what, remedy)) if part)
        )


class InputError(RedballError, ValueError):
    """An input that cannot be used."""

    exit_code = 2


class FaultsError(InputError):
    """An input with faults; carries all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        wrong = [fault for fault in self.faults if fault.severity == "error"]
        head = f"{len(wrong)} fault{'s' if len(wrong) != 1 else ''}"
        lines = [f"  {fault}" for fault in wrong[:20]]
        if len(wrong) > 20:
            lines.append(f"  ... and {len(wrong) - 20} more")
        super().__init__("\n".join([head, *lines]))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Fault, ...]]]:
        # so that it crosses from one process to another
        return type(self), (self.faults,)

    @classmethod
    def one(cls, code: str, place: str, problem: str, remedy: str = "", value: str | None = None) -> Self:
        """Make an error with a single fault that concerns a whole file."""
        return cls([Fault(code, "error", place, problem, remedy, value=value)])


class LimitError(RedballError, TimeoutError):
    """Stopped at a limit without what was asked for."""

    exit_code = 3


class VerifyError(RedballError, AssertionError):
    """A result that breaks a rule of the semantics: a bug of ours."""

    exit_code = 1
