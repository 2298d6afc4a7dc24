"""Makes the reference pages of tables and faults from the one place where both are defined."""

from __future__ import annotations

from collections.abc import Iterable

from redball.scenario import limits
from redball.scenario.columns import Column, Table
from redball.scenario.fault_codes import CODES
from redball.scenario.read_toml import number_text
from redball.scenario.schema import TABLES
from redball.scenario.settings import SECTIONS, setting_paths

NOTICE = "<!-- Written by `make docs`; change the code it comes from, not this page. -->"

TABLES_HEAD = f"""# Tables of a scenario

{NOTICE}

A scenario is a folder with `scenario.toml` and one CSV file for each table, or an `.xlsx` workbook with a sheet
`scenario` (columns `setting` and `value`) and one sheet for each table. `redball new DIR` and `redball new book.xlsx`
make either, empty. The signs §1 to §8 point into the [rules](../design/semantics.md).

- CSV is UTF-8, with or without a byte order mark, with any line ends. Cells are separated by commas, or by semicolons;
  decimal commas are read where a whole file with semicolons has them. Either is said as a warning.
- Columns stand in any order. Spaces around a cell are dropped. A blank cell takes the default. In a workbook the header
  may carry the unit, as in `per_day [unit/day]`; another unit is a fault.
- Dates are written 2027-01-31, or are dates of the spreadsheet. Numbers have a point for decimals, no separator of
  thousands and no unit.
- Columns, files and sheets whose names begin with `_` are kept and ignored. Anything else that is unknown is a fault.
- Formulas are never run: a workbook's stored values are read. Text that a spreadsheet would run (`=`, `+`, `-`, `@` in
  front) is written to CSV with an apostrophe before it, which reading takes off again.
- Limits: {limits.megabytes(limits.FILE_BYTES_MAX)} and {limits.ROWS_MAX:,} rows for a file,
  {limits.megabytes(limits.WORKBOOK_BYTES_MAX)} and {limits.CELLS_MAX:,} cells for a workbook,
  {limits.COLUMNS_MAX} columns, {limits.CELL_CHARS_MAX:,} characters for a cell, {limits.FILES_MAX} files or sheets.
"""

FAULTS_HEAD = f"""# Faults

{NOTICE}

`redball check PATH` lists everything that is wrong at once; `--json` gives the same to programs. Each fault has a code,
a severity, the file or sheet, the row as an editor shows it (the header is row 1), the column, the cell, what is wrong
and how to mend it. Errors make a scenario unusable; warnings deserve a look. Of one code in one column,
{limits.FAULTS_KEPT_MAX:,} faults are listed and the rest are counted. Codes do not change.
"""


def tables_page() -> str:
    """Return the reference of tables, in Markdown."""
    parts = [TABLES_HEAD, "## scenario.toml\n", settings_text(), *(table_text(table) for table in TABLES)]
    return "\n".join(parts)


def faults_page() -> str:
    """Return the reference of faults, in Markdown."""
    rows = [(f"`{code}`", about.severity, about.meaning, about.remedy) for code, about in CODES.items()]
    return FAULTS_HEAD + "\n" + markdown(("code", "severity", "what is wrong", "how to mend it"), rows)


def settings_text() -> str:
    """Return the settings with their defaults."""
    rows = []
    for section, name in setting_paths():
        about = SECTIONS[section].model_fields[name]
        default = "required" if about.is_required() else default_text(about.default)
        rows.append((f"`[{section}]`", f"`{name}`", default, about.description or ""))
    return markdown(("section", "setting", "default", "meaning"), rows)


def default_text(value: object) -> str:
    """Return a default as it is written in ``scenario.toml``."""
    if isinstance(value, tuple):
        return "[" + ", ".join(number_text(part) for part in value) + "]"
    return number_text(value) if isinstance(value, int | float) else str(value)


def table_text(table: Table) -> str:
    """Return one table with its columns."""
    rows = [
        (f"`{column.name}`", type_text(column), column.unit, column.default, column.meaning)
        for column in table.columns
    ]
    needed = " At least one row is required." if table.required else ""
    head = f"## {table.name}\n\n{table.meaning[0].upper()}{table.meaning[1:]}.{needed}\n\n"
    return head + markdown(("column", "type", "unit", "blank means", "meaning"), rows)


def type_text(column: Column) -> str:
    """Return the type of a column; a reference links to its table."""
    return f"[{column.table}](#{column.table})" if column.table else column.type_words


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
