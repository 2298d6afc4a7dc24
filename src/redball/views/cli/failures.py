"""From an error to what people or machines are told, and to the exit code. No traceback, ever, unless asked for.

Exit codes: 0 done, 1 our bug, 2 bad input, 3 stopped at a limit without what was asked for; and as shells have it
130 for an abort by Ctrl-C and 141 for output that nobody reads any more.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.text import Text

from redball.core.errors import Fault, FaultsError, RedballError, VerifyError, sentence
from redball.core.wording import count
from redball.views.cli.screen import ReaderGoneError, Screen, printable, rows_table

DONE, BUG, BAD_INPUT, LIMIT, ABORTED, READER_GONE = 0, 1, 2, 3, 130, 141

FAULTS_SHOWN = 200
"""As many faults as a terminal shows; pipes and ``--json`` get all."""

PARSERS_OWN = "Value error, "
"""What the argument parser puts before a reason; it says nothing to a user."""
REPORT = "Please report it with the command and what it prints with --debug; CONTRIBUTING.md says where."

Kind = Literal["bug", "input", "limit", "usage", "abort"]


class AbortedError(Exception):
    """The user pressed Ctrl-C and wants out."""


@dataclass(frozen=True)
class Failure:
    """Why a command did not do what was asked, in the one shape that ``--json`` has for it."""

    kind: Kind
    exit_code: int
    what: str
    where: str = ""
    remedy: str = ""
    faults: tuple[Fault, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the shape of every error in JSON."""
        return {
            "ok": False,
            "exit_code": self.exit_code,
            "error": self.kind,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
            "faults": [fault.as_dict() for fault in self.faults],
        }


def failure_of(error: BaseException) -> Failure:
    """Say what an exception means to the user."""
    if isinstance(error, FaultsError):
        return Failure("input", BAD_INPUT, tally(error.faults), faults=error.faults)
    if isinstance(error, RedballError) and error.exit_code != BUG:
        kind: Kind = "limit" if error.exit_code == LIMIT else "input"
        return Failure(kind, error.exit_code, error.what, error.where, error.remedy)
    if isinstance(error, AbortedError | KeyboardInterrupt):
        return Failure("abort", ABORTED, "aborted; nothing was written")
    if isinstance(error, OSError) and error.filename is not None:
        what = error.strerror or type(error).__name__
        return Failure("input", BAD_INPUT, what, str(error.filename), "Check the path and its permissions.")
    # usage errors of the argument parser: known by their shape, since Typer moved their class between releases
    tell = getattr(error, "format_message", None)
    if callable(tell) and getattr(error, "exit_code", None) == BAD_INPUT:
        what = str(tell()).replace(PARSERS_OWN, "", 1)
        return Failure("usage", BAD_INPUT, what, remedy="Try --help.")
    if isinstance(error, MemoryError):
        return Failure("limit", LIMIT, "out of memory", remedy="Plan fewer days, items or locations.")
    name = "" if isinstance(error, VerifyError) else f"{type(error).__name__}: "
    return Failure("bug", BUG, f"this is a bug of ours: {name}{error}", remedy=REPORT)


def report(error: BaseException, screen: Screen, debug: bool) -> int:
    """Tell the user about an exception and return the exit code."""
    if isinstance(error, ReaderGoneError):
        return READER_GONE
    failure = failure_of(error)
    if debug:
        screen.err.print("".join(traceback.format_exception(error)), soft_wrap=True)
    if screen.machine:
        screen.show(failure.as_dict())
        return failure.exit_code
    if failure.faults:
        show_faults(failure.faults, screen.err)
        screen.err.print(closing(failure.faults, screen.err.is_terminal))
        return failure.exit_code
    if not failure.what:  # the argument parser has shown its help
        return failure.exit_code
    line = Text.assemble(("redball: ", "bold red"), f"{printable(failure.where)}: " if failure.where else "")
    # the first line only says what is wrong; what follows it (a long message) keeps its own lines
    what = sentence(failure.what) if failure.remedy else failure.what
    line.append("\n".join(printable(part) for part in what.splitlines()))
    if failure.remedy:
        line.append(f" {printable(failure.remedy)}", style="dim")
    screen.err.print(line, soft_wrap=True)
    return failure.exit_code


def show_faults(faults: Sequence[Fault], target: Console) -> None:
    """Write faults as a table on a terminal and as plain lines, one for each, in a pipe."""
    if not faults:
        return
    if not target.is_terminal:
        for fault in faults:
            target.print(f"{fault.severity}: {printable(fault)} [{fault.code}]", soft_wrap=True)
        return
    rows_table(
        target,
        ("Where", "Column", "Found", "What is wrong"),
        [_cells(fault) for fault in faults[:FAULTS_SHOWN]],
    )
    if len(faults) > FAULTS_SHOWN:
        rest = len(faults) - FAULTS_SHOWN
        target.print(Text(f" ... and {rest:,} more; --json or a pipe lists all.", style="dim"))


def _cells(fault: Fault) -> list[str | Text]:
    colour = "red" if fault.severity == "error" else "yellow"
    where = fault.place if fault.row is None else f"{fault.place} row {fault.row}"
    wrong = Text.assemble(
        ("warning: " if fault.severity == "warning" else "", colour),
        printable(sentence(fault.problem) if fault.remedy else fault.problem),
        (f" {printable(fault.remedy)}" if fault.remedy else "", "green"),
    )
    return [where, fault.column or "", Text(printable(fault.value or ""), style=colour), wrong]


def tally(faults: Sequence[Fault]) -> str:
    """Count faults and warnings in words.

    >>> tally([Fault("bad-number", "error", "lanes.csv", "not a number")])
    '1 fault'
    """
    wrong = sum(fault.severity == "error" for fault in faults)
    parts = [count(wrong, "fault")] if wrong or not faults else []
    if len(faults) > wrong:
        parts.append(count(len(faults) - wrong, "warning"))
    return ", ".join(parts)


def closing(faults: Sequence[Fault], terminal: bool) -> Text:
    """Return the line below a list with faults."""
    line = Text.assemble((tally(faults), "bold red"), f". Nothing was done. Exit code {BAD_INPUT}.")
    if terminal:
        line.append(" (--json for machines)", style="dim")
    return line
