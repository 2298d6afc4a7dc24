"""Reads an Excel workbook as text. The only file that imports the library for it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from redball.core.errors import FaultsError
from redball.scenario.check_settings import setting_names
from redball.scenario.fault_log import FaultLog, nearest
from redball.scenario.limits import WORKBOOK_BYTES_MAX, megabytes
from redball.scenario.raw import Raw, RawScenario, RawSetting, is_extra_name, text_frame, trim
from redball.scenario.read_toml import number_text
from redball.scenario.schema import SCHEMA
from redball.scenario.workbook_scan import Cell, Part, Scan, scan

SETTINGS_SHEET = "scenario"
SETTINGS_HEADER = ["setting", "value"]

SERIAL_MIN, SERIAL_MAX = 10_000, 109_575
"""Serial numbers taken for dates in a date column: 1927 to 2199; a year such as 2027 is none of them."""

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta


def read_workbook(path: Path, log: FaultLog) -> RawScenario | None:
    """Read the settings sheet and every table of a workbook; none where it cannot be opened."""
    place = path.name
    log.open(place)
    try:
        size = path.stat().st_size
        if size > WORKBOOK_BYTES_MAX:
            problem = f"has {megabytes(size)}; the limit is {megabytes(WORKBOOK_BYTES_MAX)}"
            log.add("too-large", place, problem)
            return None
        with path.open("rb") as file:
            data = file.read(size + 1)
    except OSError:
        log.add("unreadable", place, "cannot be opened", "Look at its rights, and whether it is a file.")
        return None
    try:
        seen = scan(data, place)
    except FaultsError as stop:
        log.take(stop.faults)
        return None
    book = open_workbook(data, place, log)
    return None if book is None else read_sheets(book, seen, log)


def open_workbook(data: bytes, place: str, log: FaultLog) -> CalamineWorkbook | None:
    """Open the workbook, or write down that it cannot be."""
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except BaseException as error:
        # a panic of the library derives from BaseException; a key press must still get through
        if not is_own(error):
            raise
        log.add("unreadable", place, "is broken, or no workbook", "Save it again as .xlsx.")
        return None


def is_own(error: BaseException) -> bool:
    """Return whether an error comes from the library, a panic included."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def read_sheets(book: CalamineWorkbook, seen: Scan, log: FaultLog) -> RawScenario:
    """Read every sheet that has a known name; report the others."""
    log.open(SETTINGS_SHEET)
    settings: dict[str, RawSetting] | None = None
    tables, extras = {}, {}
    for name in book.sheet_names:
        if name == SETTINGS_SHEET:
            settings = read_settings(rows_of(book, name, log), seen.sheet(name), log)
        elif name in SCHEMA:
            tables[name] = name
        elif name.startswith("_") and not is_extra_name(name):
            log.add("not-kept", name, "cannot be the name of a file, so it is ignored and not written again")
        elif name.startswith("_"):
            columns = columns_of(rows_of(book, name, FaultLog()) or [], ())
            extras[name] = trim(text_frame(columns))
        else:
            hint = nearest(name, [*SCHEMA, SETTINGS_SHEET])
            log.add("unknown-file", name, "is not a sheet of a scenario.", hint)
    if SETTINGS_SHEET not in book.sheet_names:
        hint = nearest(SETTINGS_SHEET, book.sheet_names)
        log.add("not-a-scenario", SETTINGS_SHEET, "the workbook has no sheet of this name.", hint)
    raws = [read_table(book, name, seen, log) for name in SCHEMA if name in tables]
    return RawScenario(SETTINGS_SHEET, settings, [raw for raw in raws if raw is not None], extras)


def rows_of(book: CalamineWorkbook, name: str, log: FaultLog) -> list[list[Value]] | None:
    """Return the cells of a sheet from A1 on."""
    try:
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except BaseException as error:
        if not is_own(error):
            raise
        log.add("unreadable", name, "cannot be read", "Copy its cells to a new sheet.")
        return None


def read_settings(rows: list[list[Value]] | None, part: Part, log: FaultLog) -> dict[str, RawSetting] | None:
    """Read the sheet of settings: names in the first column, values in the second."""
    if rows is None:
        return None
    report_cells(part, SETTINGS_SHEET, (), log)
    first = [cell_text(cell) for cell in (rows[0] if rows else [])][:2]
    if first != SETTINGS_HEADER:
        log.add("no-header", SETTINGS_SHEET, "row 1 is not: setting, value", "Write these two words.", row=1)
        return None
    paths = {path.rpartition(".")[2]: path for path in setting_names()}
    settings: dict[str, RawSetting] = {}
    for number, row in enumerate(rows[1:], 2):
        name, value = (cell_text(cell) for cell in [*row, "", ""][:2])
        if name is None or name.strip().startswith("_"):
            continue
        name = name.strip()
        path = paths.get(name, name)
        if path in settings:
            log.add("unknown-setting", SETTINGS_SHEET, f"{name!r} stands twice.", "Remove one.", row=number)
        if value is not None:
            settings[path] = RawSetting(setting_value(name, value.strip()), number)
    return settings


def setting_value(name: str, text: str) -> object:
    """Return a setting's value; lists are written as numbers between commas."""
    return [part.strip() for part in text.split(",")] if name == "priority_weights" else text


def read_table(book: CalamineWorkbook, name: str, seen: Scan, log: FaultLog) -> Raw | None:
    """Read one table; none where its sheet cannot be read."""
    log.open(name)
    rows = rows_of(book, name, log)
    if rows is None:
        return None
    header = [cell_text(cell) or "" for cell in (rows[0] if rows else [])]
    if not any(name.strip() for name in header):
        log.add("no-header", name, "has no header", "Put the names of the columns into row 1.")
        return None
    plain = [word.partition(" [")[0].strip() for word in header]
    report_cells(seen.sheet(name), name, plain, log)
    by_name = SCHEMA[name].by_name
    epoch = dt.date(1904, 1, 1) if seen.from_1904 else dt.date(1899, 12, 30)
    dates = [epoch if word in by_name and by_name[word].kind == "date" else None for word in plain]
    body: pl.DataFrame = text_frame(columns_of(rows[1:], dates, len(header)))
    return Raw(name, name, tuple(header), body)


def columns_of(
    rows: list[list[Value]], epochs: list[dt.date | None] | tuple[()], n_columns: int = 0
) -> list[list[str | None]]:
    """Return the cells column by column as text; a column with an epoch may hold dates as serial numbers."""
    if not rows:
        return [[] for _ in range(n_columns)]
    columns = [[cell_text(cell) for cell in column] for column in zip(*rows, strict=True)]
    for index, epoch in enumerate(epochs):
        if epoch is not None:
            cells = [row[index] for row in rows]
            columns[index] = [
                serial_date(cell, epoch) if isinstance(cell, int | float) else text
                for cell, text in zip(cells, columns[index], strict=True)
            ]
    return columns


def serial_date(number: float, epoch: dt.date) -> str:
    """Return the date of a serial number, or the number where it is no plausible date.

    >>> serial_date(46418.0, dt.date(1899, 12, 30)), serial_date(2027.0, dt.date(1899, 12, 30))
    ('2027-01-31', '2027')
    """
    if isinstance(number, bool) or not SERIAL_MIN <= number <= SERIAL_MAX or number != int(number):
        return cell_text(number) or ""
    return (epoch + dt.timedelta(days=int(number))).isoformat()


def cell_text(cell: Value) -> str | None:
    """Return a cell as it would stand in a CSV file; blank as none.

    >>> cell_text(3.0), cell_text(0.25), cell_text(True), cell_text(dt.date(2027, 1, 31)), cell_text("")
    ('3', '0.25', 'yes', '2027-01-31', None)
    """
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n") or None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat(" ") if isinstance(cell, dt.datetime) else str(cell)


def report_cells(part: Part, place: str, header: list[str] | tuple[str, ...], log: FaultLog) -> None:
    """Report cells whose value cannot be trusted, but for those in columns that are ignored."""
    found: list[tuple[str, str, Cell]] = [
        ("formula-value", "a formula without a stored value", cell) for cell in part.without_value
    ]
    found += [("cell-error", "an error of the spreadsheet", cell) for cell in part.with_error]
    for code, problem, (row, number) in found:
        column = header[number - 1] if number <= len(header) else None
        if not (column or "").startswith("_"):
            log.add(code, place, problem, row=row, column=column)
