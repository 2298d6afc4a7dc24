"""Lists of pledges or movements as people keep them: CSV or a workbook, read with suspicion.

A workbook is unpacked as a stream under tight limits before any library sees it, and refused if it holds a formula or a
link to another file: what it says could change after it was signed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from redball.core.errors import FaultsError
from redball.ledger.errors import LedgerError, fail
from redball.scenario.fault_log import FaultLog
from redball.scenario.read_excel import cell_text, open_workbook, rows_of
from redball.scenario.workbook_scan import Limits, scan

BYTES_MAX = 16 * 1024 * 1024
ROWS_MAX = 100_000
LIMITS = Limits(
    book_bytes=BYTES_MAX,
    unzipped_bytes=64 * 1024 * 1024,
    cells=500_000,
    # a row of ten cells has some thirty
    elements=1_000_000,
    has_formulas=False,
    has_links=False,
)
"""A list is smaller than a scenario, and what it says must not change after it was signed."""


class Row(NamedTuple):
    """One row of a list: where it stands and its cells by column."""

    locator: str
    number: int
    cells: dict[str, str]


class List(NamedTuple):
    """A list as it was handed in."""

    name: str
    sha256: str
    size: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_list(path: Path, sheet: str | None = None) -> List:
    """Read a list; the first row names its columns.

    Parameters
    ----------
    path
        A ``.csv`` in UTF-8, an ``.xlsx``, or a ``.jsonl`` with one object a line.
    sheet
        The sheet of a workbook; the first one otherwise.

    Raises
    ------
    LedgerError
        ``FILE_REFUSED``, with the reason.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise fail("FILE_REFUSED", f"it cannot be opened: {error.strerror}", where=path.name) from error
    if len(data) > BYTES_MAX:
        raise fail("FILE_REFUSED", "it is larger than 16 MB", where=path.name)
    is_book = path.suffix.lower() in (".xlsx", ".xlsm") or data[:4] == b"PK\x03\x04"
    try:
        if is_book:
            place, grid = _workbook(data, path.name, sheet)
        else:
            lines = _json_lines(_text(data)) if path.suffix.lower() == ".jsonl" else _csv(_text(data))
            place, grid = path.name, lines
    except LedgerError as error:
        error.where = error.where or path.name
        raise
    header = next(grid, [])
    columns = tuple((name or "").strip() for name in header)
    named = [name for name in columns if name]
    if not named or len(set(named)) < len(named):
        raise fail("FILE_REFUSED", "row 1 has no names of columns, or one of them twice", where=path.name)
    rows: list[Row] = []
    # in JSON lines there is no header to be counted
    for number, cells in enumerate(grid, 1 if path.suffix.lower() == ".jsonl" else 2):
        if len(rows) >= ROWS_MAX:
            raise fail("FILE_REFUSED", f"more than {ROWS_MAX:,} rows", where=path.name)
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise fail("FILE_REFUSED", f"row {number} has more cells than the header", where=path.name)
        texts = {name: (text or "").strip() for name, text in zip(columns, cells, strict=False) if name}
        if any(texts.values()):
            rows.append(Row(f"{place}!{number}", number, texts))
    return List(path.name, hashlib.sha256(data).hexdigest(), len(data), columns, tuple(rows))


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fail(
            "FILE_REFUSED", f"it is not UTF-8 at byte {error.start}", remedy="Save it as CSV UTF-8."
        ) from error
    if "\0" in text:
        raise fail("FILE_REFUSED", "it holds zero bytes; it is no CSV")
    return text


def _json_lines(text: str) -> Iterator[list[str | None]]:
    """Give a header of all names in use, then the lines; a number is taken as it is written."""
    rows: list[dict[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line, parse_float=str, parse_int=str, parse_constant=str) if line.strip() else {}
        except (ValueError, RecursionError) as error:
            raise fail("FILE_REFUSED", f"line {number} is no JSON: {error}") from error
        if not isinstance(row, dict) or not all(isinstance(cell, str | None) for cell in row.values()):
            raise fail("FILE_REFUSED", f"line {number} is no object of texts and numbers")
        rows.append({name.strip(): cell for name, cell in row.items() if cell is not None})
    names = list(dict.fromkeys(name for row in rows for name in row))
    yield list(names)
    for row in rows:
        yield [row.get(name) for name in names]


def _csv(text: str) -> Iterator[list[str | None]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for line in lines:
            yield list(line)
    except csv.Error as error:
        raise fail("FILE_REFUSED", f"line {lines.line_num}: {error}") from error


def _workbook(data: bytes, name: str, sheet: str | None) -> tuple[str, Iterator[list[str | None]]]:
    log = FaultLog()
    try:
        seen = scan(data, name, LIMITS)
        book = open_workbook(data, name, log)
    except FaultsError as error:
        fault = error.faults[0]
        raise fail("FILE_REFUSED", f"it {fault.problem}", remedy=fault.remedy) from error
    if book is None:
        raise fail("FILE_REFUSED", "it is broken, or no workbook")
    chosen = sheet if sheet is not None else book.sheet_names[0]
    if chosen not in book.sheet_names:
        raise fail("FILE_REFUSED", f"it has no sheet {chosen!r}, only {', '.join(book.sheet_names)}")
    if seen.sheet(chosen).with_error:
        raise fail("FILE_REFUSED", f"the sheet {chosen!r} shows an error such as #REF!")
    rows = rows_of(book, chosen, log)
    if rows is None:
        raise fail("FILE_REFUSED", f"the sheet {chosen!r} cannot be read")
    return chosen, ([cell_text(cell) for cell in row] for row in rows)
