"""Tables as they stand in a file: text in a grid, before anything is known about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from redball.scenario.fault_log import FaultLog


@dataclass(frozen=True, slots=True)
class Raw:
    """One table of text; row ``k`` of `body` is row ``k + 2`` in an editor."""

    name: str
    """Name of the file without its suffix, or of the sheet."""
    place: str
    """What faults call it."""
    header: tuple[str, ...]
    body: pl.DataFrame
    """All text, blanks as null, columns in the order of `header` and named by position."""
    semicolons: bool = False
    """Whether cells were separated by semicolons, so that decimal commas are possible."""
    plain: bool = False
    """Whether a space is the only blank that cells can have at their edges, and no cell is empty text."""

    def grid(self) -> pl.DataFrame:
        """Return header and rows as one grid, without blank rows and columns at its end."""
        head = [[name or None] for name in self.header]
        top = pl.DataFrame(head, schema=self.body.schema, orient="col")
        return trim(pl.concat([top, self.body]))


@dataclass(frozen=True, slots=True)
class RawSetting:
    """One value of the settings, and where it stands."""

    value: object
    row: int | None = None


@dataclass(frozen=True, slots=True)
class RawScenario:
    """All that was found at a path, unchecked."""

    settings_place: str
    settings: Mapping[str, RawSetting] | None
    """By path, such as ``start`` and ``objective.urgency``; none where they could not be read."""
    tables: Sequence[Raw] = ()
    extras: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    suffix: str = ""
    """What follows a table's name in the name of its place."""


EXTRA_NAME = re.compile(r"_[^\\/:*?\"<>|\[\]\x00-\x1f]{0,120}")


def is_extra_name(name: str) -> bool:
    """Return whether an extra may have a name: with ``_`` in front, and a file's name wherever it is written.

    >>> is_extra_name("_prices"), is_extra_name("_/../prices"), is_extra_name("prices")
    (True, False, False)
    """
    return EXTRA_NAME.fullmatch(name) is not None


def positions(n_columns: int) -> list[str]:
    """Return the names of columns by position.

    >>> positions(3)
    ['1', '2', '3']
    """
    return [str(index) for index in range(1, n_columns + 1)]


def text_frame(columns: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    """Build a frame of text from its columns."""
    names = positions(len(columns))
    return pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict.fromkeys(names, pl.String()))


def trim(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop blank rows and blank columns at the end of a frame."""
    frame = trim_rows(frame)
    width = frame.width
    while width and frame.to_series(width - 1).null_count() == frame.height:
        width -= 1
    return frame.select(frame.columns[:width])


def trim_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop blank rows at the end of a frame."""
    if not frame.width or not frame.height:
        return frame.head(0)
    blank = blank_rows(frame)
    if blank is None or not blank[-1]:
        return frame
    filled = (~blank).arg_true()
    return frame.head(filled[-1] + 1 if len(filled) else 0)


def blank_rows(frame: pl.DataFrame) -> pl.Series | None:
    """Return which rows are wholly blank, or none where it is plain that no row is."""
    if any(series.null_count() == 0 for series in frame.iter_columns()):
        return None
    return frame.select(pl.all_horizontal(pl.all().is_null()).alias("blank")).to_series()


def report_blank_rows(frame: pl.DataFrame, place: str, log: FaultLog) -> None:
    """Report blank rows between rows; without them every row number is sure."""
    blank = blank_rows(frame)
    if blank is None:
        return
    for index in blank.arg_true().to_list():
        log.add("blank-row", place, "the row is blank", "Remove it.", row=index + 2)
