"""Writes a scenario as an Excel workbook. The only file that imports the library for it.

Headers carry the unit, a note with meaning and default, and drop-downs for words and references. Text is written as
text: nothing that is written can become a formula. The same scenario gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from redball.core.errors import FaultsError
from redball.scenario.columns import Column, Table
from redball.scenario.raw import trim
from redball.scenario.read_excel import SETTINGS_HEADER, SETTINGS_SHEET
from redball.scenario.read_toml import number_text
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Settings, section_of, setting_paths

CREATED = dt.datetime(2000, 1, 1)
"""A workbook says when it was made; a fixed day keeps its bytes the same."""
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
DROPDOWN_ROWS = 10_000
DATE_FORMAT = "yyyy-mm-dd"
WIDTH_MIN, WIDTH_MAX = 10, 40
ROWS_MEASURED = 100
SHEET_NAME_CHARS_MAX = 31
CHOICES_CHARS_MAX = 255
"""Longest list of words that Excel takes for a drop-down."""


class Exact(float):
    """A float that is written with all its digits; the library writes 16, which may lose the last."""

    def __format__(self, spec: str) -> str:
        return number_text(self)


def write_workbook(scenario: Scenario, path: Path) -> None:
    """Write a workbook with a sheet of settings, a sheet for every table, and the extras."""
    path.write_bytes(workbook_bytes(scenario))


def workbook_bytes(scenario: Scenario) -> bytes:
    """Return the workbook."""
    check_sheet_names(scenario)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties({"title": scenario.settings.name, "created": CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        date = book.add_format({"num_format": DATE_FORMAT})
        write_settings(book.add_worksheet(SETTINGS_SHEET), scenario.settings, head, date)
        for name, table in SCHEMA.items():
            frame = scenario.tables.get(name)
            if frame is None or not frame.width:
                continue
            write_table(book.add_worksheet(name), table, frame, head, date, set(scenario.tables))
        for name, grid in scenario.extras.items():
            sheet = book.add_worksheet(name)
            for index, cells in enumerate(trim(grid).iter_columns()):
                write_column(sheet, 0, index, cells, text_writer(sheet))
    return target.getvalue()


def check_sheet_names(scenario: Scenario) -> None:
    """Refuse extras whose names cannot be those of sheets."""
    seen: set[str] = set()
    for name in scenario.extras:
        if len(name) > SHEET_NAME_CHARS_MAX:
            problem = f"cannot be the name of a sheet: it is longer than {SHEET_NAME_CHARS_MAX} characters."
            raise FaultsError.one("too-large", name, problem, "Shorten it.")
        if name.casefold() in seen:
            raise FaultsError.one(
                "duplicate-row", name, "differs from another only in capitals.", "Rename one."
            )
        seen.add(name.casefold())


def write_settings(sheet: Worksheet, settings: Settings, head: Format, date: Format) -> None:
    """Write the sheet of settings: one a row, with what it means beside it."""
    for column, word in enumerate([*SETTINGS_HEADER, "_meaning"]):
        sheet.write_string(0, column, word, head)
    for row, (section, name) in enumerate(setting_paths(), 1):
        model = section_of(settings, section)
        value = getattr(model, name)
        sheet.write_string(row, 0, name)
        if isinstance(value, dt.date):
            write_date(sheet, row, 1, value, date)
        elif isinstance(value, int | float):
            sheet.write_number(row, 1, Exact(value))
        elif isinstance(value, tuple):
            sheet.write_string(row, 1, ", ".join(number_text(part) for part in value))
        else:
            sheet.write_string(row, 1, value)
        sheet.write_string(row, 2, type(model).model_fields[name].description or "")
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 60)
    sheet.freeze_panes(1, 0)


def write_table(
    sheet: Worksheet, table: Table, frame: pl.DataFrame, head: Format, date: Format, tables: set[str]
) -> None:
    """Write one table with its header, notes, filter and drop-downs."""
    for index, cells in enumerate(frame.iter_columns()):
        column = table.by_name.get(cells.name)
        write_header(sheet, index, cells.name, column, head)
        write_column(sheet, 1, index, cells, cell_writer(sheet, column, cells, date))
        if column is not None:
            add_dropdown(sheet, index, column, tables)
        texts = cells.head(ROWS_MEASURED).cast(pl.String()).str.len_chars().max()
        width = max(len(header_text(cells.name, column)), int(texts) if isinstance(texts, int) else 0) + 2
        sheet.set_column(index, index, min(max(width, WIDTH_MIN), WIDTH_MAX))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(frame.height, 1), frame.width - 1)


def header_text(name: str, column: Column | None) -> str:
    """Return the header of a column, with its unit.

    >>> header_text("per_day", SCHEMA["consumption"].by_name["per_day"])
    'per_day [unit/day]'
    """
    return f"{name} [{column.unit}]" if column is not None and column.unit else name


def write_header(sheet: Worksheet, index: int, name: str, column: Column | None, head: Format) -> None:
    """Write the header of a column, and a note that explains it."""
    sheet.write_string(0, index, header_text(name, column), head)
    if column is None:
        return
    lines = [column.meaning, f"Type: {column.type_words}"]
    lines += [f"Unit: {column.unit}"] if column.unit else []
    lines += [f"Of: {column.table}"] if column.table else []
    lines += ["Required" if column.required else f"Blank means: {column.default}"]
    sheet.write_comment(
        0, index, "\n".join(line for line in lines if line), {"author": "Redball", "x_scale": 2}
    )


def add_dropdown(sheet: Worksheet, index: int, column: Column, tables: set[str]) -> None:
    """Let a column offer its words, or the ids of the table that it refers to."""
    words = ("yes", "no") if column.kind == "flag" else column.choices
    if words and len(",".join(words)) <= CHOICES_CHARS_MAX:
        options: dict[str, object] = {"validate": "list", "source": list(words), "error_type": "stop"}
    elif column.kind == "ref" and column.table in tables:
        # as many ids as there are, also those added later; this is no formula of a cell
        ids = f"OFFSET({column.table}!$A$2,0,0,MAX(1,COUNTA({column.table}!$A:$A)-1),1)"
        options = {"validate": "list", "source": f"={ids}", "error_type": "warning"}
    elif column.kind == "date":
        options = {
            "validate": "date",
            "criteria": ">=",
            "value": dt.date(1901, 1, 1),
            "error_type": "warning",
        }
    else:
        return
    sheet.data_validation(1, index, DROPDOWN_ROWS, index, options | {"ignore_blank": True})


Writer = Callable[[int, int, object], object]


def write_column(sheet: Worksheet, first: int, index: int, cells: pl.Series, writer: Writer) -> None:
    """Write the cells of a column that are not blank."""
    for row, value in enumerate(cells.to_list(), first):
        if value is not None:
            writer(row, index, value)


def cell_writer(sheet: Worksheet, column: Column | None, cells: pl.Series, date: Format) -> Writer:
    """Return what writes the cells of a column by their type."""
    if cells.dtype == pl.Boolean():
        return lambda row, index, value: sheet.write_string(row, index, "yes" if value else "no")
    if cells.dtype.is_numeric():
        return lambda row, index, value: sheet.write_number(row, index, Exact(value))  # type: ignore[arg-type]
    if cells.dtype == pl.Date():
        return lambda row, index, value: write_date(sheet, row, index, value, date)
    if column is None or (column.kind == "choice" and column.choices[0].isdigit()):
        return text_writer(sheet)
    return lambda row, index, value: sheet.write_string(row, index, str(value))


def text_writer(sheet: Worksheet) -> Writer:
    """Return what writes text as text, but as a number where it reads back as the same text."""

    def put(row: int, index: int, value: object) -> object:
        text = str(value)
        number = as_number(text)
        return (
            sheet.write_string(row, index, text) if number is None else sheet.write_number(row, index, number)
        )

    return put


def as_number(text: str) -> float | None:
    """Return a text's number if it is that number's one writing.

    >>> as_number("12.5"), as_number("012"), as_number("1e5")
    (12.5, None, None)
    """
    if not text[-1:].isdigit() or len(text) > 24:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return Exact(number) if number_text(number) == text else None


def write_date(sheet: Worksheet, row: int, column: int, value: object, date: Format) -> object:
    """Write a date as a spreadsheet's date."""
    return sheet.write_datetime(row, column, value, date)
