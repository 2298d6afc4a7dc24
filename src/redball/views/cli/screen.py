"""Where the command line writes: for people on a terminal, as plain lines in a pipe, as JSON for machines."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 10_000
"""In a pipe nothing is cut or wrapped: a line is a line."""


class ReaderGoneError(Exception):
    """Nobody reads our output any more: a closed pipe, as after ``| head``."""


class PatientConsole(Console):
    """A console that leaves it to the program to say what a closed pipe means."""

    def on_broken_pipe(self) -> None:
        """Raise instead of leaving the program on the spot."""
        raise ReaderGoneError


def console(stderr: bool = False) -> Console:
    """Open a console on standard output or standard error."""
    made = PatientConsole(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


@dataclass(frozen=True)
class Screen:
    """Both streams, and whether a machine reads (``--json``)."""

    machine: bool = False
    out: Console = field(default_factory=console)
    err: Console = field(default_factory=lambda: console(stderr=True))

    @property
    def notes(self) -> Console:
        """Where sentences that go with a result belong: never into the JSON."""
        return self.err if self.machine else self.out

    def show(self, data: Mapping[str, object]) -> None:
        """Write the one JSON object that a machine reads."""
        text = json.dumps(plain(data), indent=2, ensure_ascii=True, allow_nan=False)
        try:
            self.out.file.write(f"{text}\n")
            self.out.file.flush()
        except BrokenPipeError:
            raise ReaderGoneError from None


def plain(value: object) -> object:
    """Return `value` as JSON knows it: dates in ISO form, no number that is not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


def printable(text: object) -> str:
    """Return text in which no cell of a file can command the terminal.

    >>> printable("a" + chr(27) + "b") == "a" + chr(92) + "x1b" + "b"
    True
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def rows_table(
    target: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    title: str = "",
    right: Sequence[str] = (),
) -> None:
    """Write a table: ruled on a terminal, aligned plain lines in a pipe.

    Parameters
    ----------
    target
        The console.
    columns
        Headings.
    rows
        Cells as text, one sequence for each row.
    title
        A line above.
    right
        Headings of the columns that are set to the right.
    """
    table = Table(box=box.SIMPLE_HEAD if target.is_terminal else None, pad_edge=target.is_terminal)
    for heading in columns:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(printable(cell)) for cell in row))
    if title:
        target.print()
        target.print(Text(title, style="bold"))
    target.print(table)
