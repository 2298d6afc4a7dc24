"""Changes of single cells and settings: from one scenario to a variant of it, with the same checks at the door."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from redball.core.errors import FaultsError, InputError
from redball.scenario.cell_words import date_words, number_words
from redball.scenario.check_settings import check_settings
from redball.scenario.columns import Column, Table
from redball.scenario.fault_log import FaultLog, nearest, shown
from redball.scenario.raw import RawSetting
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario, fill_defaults
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import SECTIONS, path_of, section_of, setting_paths

ALL_ROWS = "*"
TIMES = re.compile(r"[x×]\s*(\d+(?:\.\d+)?)")
"""A number times another: ``x0.5``."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: what a cell, or a setting, holds instead."""

    table: str
    """A table of the scenario, or for a setting its section: ``scenario``, ``objective`` or ``risk``."""
    row: str
    """The row's id; ``*`` for all rows; or what its cells hold, such as ``location=Kyiv & item=shell``."""
    column: str
    value: str
    """The new cell as text, blank for none; ``x0.5`` multiplies a number."""
    line: int | None = None
    """Row of the list of changes as an editor shows it."""

    def __str__(self) -> str:
        return f"{'/'.join(part for part in (self.table, self.row, self.column) if part)}={self.value}"


def edit_at(address: str, value: object) -> Edit:
    """Return the change that an address and its new value mean.

    >>> str(edit_at("lanes/rail/capacity_t_per_day", 0)), str(edit_at("scenario/days", 90))
    ('lanes/rail/capacity_t_per_day=0', 'scenario/days=90')

    Raises
    ------
    InputError
        If the address does not name a table and a column.
    """
    table, _, rest = address.partition("/")
    row, _, column = rest.rpartition("/")
    if not table.strip() or not column.strip():
        remedy = "Write TABLE/ROW/COLUMN, such as lanes/rail-1/capacity_t_per_day."
        raise InputError(f"{address!r} is not the address of a cell", where="study", remedy=remedy)
    text = "" if value is None else str(value)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    return Edit(table.strip(), row.strip(), column.strip(), text.strip())


def edited(scenario: Scenario, edits: Iterable[Edit], place: str, log: FaultLog) -> Scenario | None:
    """Return the scenario with changes made one after the other, or none where one has a fault.

    Parameters
    ----------
    scenario
        What is changed; stays as it is.
    edits
        The changes.
    place
        What faults call the list of changes.
    log
        Where faults are written down: of the changes, and of the scenario that they make.
    """
    tables = dict(scenario.tables)
    settings = {
        path_of(section, name): RawSetting(getattr(section_of(scenario.settings, section), name))
        for section, name in setting_paths()
    }
    for edit in edits:
        if edit.table in SECTIONS:
            settings[path_of(edit.table, edit.column)] = RawSetting(toml_value(edit.value), edit.line)
        elif edit.table not in SCHEMA:
            hint = nearest(edit.table, [*SCHEMA, *SECTIONS])
            problem = f"{shown(edit.table)} is not a table of a scenario."
            log.add("unknown-file", place, problem, hint, row=edit.line, column="table", value=edit.table)
        else:
            known = fill_defaults(tables.get(edit.table), SCHEMA[edit.table], scenario.horizon)
            frame = tables.get(edit.table, known)
            tables[edit.table] = _with_edit(frame, known, edit, place, log)
    checked = check_settings(settings, place, log)
    if checked is None or log.has_errors:
        return None
    try:
        return assemble(checked, tables, scenario.extras)
    except FaultsError as error:
        # one wrong cell for all rows is one fault, not hundreds
        first = {(fault.code, fault.place, fault.column): fault for fault in reversed(error.faults)}
        log.take(replace(fault, place=f"{place}: {fault.place}") for fault in reversed(first.values()))
        return None


def toml_value(text: str) -> object:
    """Return a setting's value from its text: a number, a date, a list, or else text.

    >>> toml_value("30"), toml_value("[100, 10, 1]"), toml_value("none")
    (30, [100, 10, 1], 'none')
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _with_edit(
    frame: pl.DataFrame, known: pl.DataFrame, edit: Edit, place: str, log: FaultLog
) -> pl.DataFrame:
    """Return a table with one change; `known` is the same with every column and default filled in."""
    table = SCHEMA[edit.table]
    column = table.by_name.get(edit.column)
    if column is None:
        problem = f"{shown(edit.column)} is not a column of {edit.table}."
        hint = nearest(edit.column, table.by_name)
        log.add("unknown-column", place, problem, hint, row=edit.line, column="column", value=edit.column)
        return frame
    here = _rows(known, table, edit, place, log)
    if here is None:
        return frame
    if column.name not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=column.dtype).alias(column.name))
    cells = _cell(frame[column.name], here, column, edit, place, log)
    return frame if cells is None else frame.with_columns(cells.alias(column.name))


def _rows(known: pl.DataFrame, table: Table, edit: Edit, place: str, log: FaultLog) -> pl.Series | None:
    """Return which rows a change concerns; to concern none is a fault."""
    here = pl.Series([True]).new_from_index(0, known.height)
    asked: list[tuple[str, str]] = []
    if table.key and "=" not in edit.row and edit.row != ALL_ROWS:
        asked = [(table.key, edit.row)]
    elif edit.row != ALL_ROWS:
        parts = (part.partition("=") for part in edit.row.split("&"))
        asked = [(name.strip(), value.strip()) for name, _, value in parts]
    for name, value in asked:
        if name not in table.by_name:
            problem = f"{shown(name)} is not a column of {table.name}."
            hint = (
                nearest(name, table.by_name) or "Write such as location=Kyiv & item=shell, or * for all rows."
            )
            log.add("unknown-column", place, problem, hint, row=edit.line, column="row", value=edit.row)
            return None
        here = here & _equal(known[name], value)
    if not here.any():
        names = known[table.key].drop_nulls().to_list() if table.key else []
        problem = f"no row of {table.name} is {shown(edit.row)}."
        hint = nearest(edit.row, names)
        log.add("unknown-reference", place, problem, hint, row=edit.line, column="row", value=edit.row)
        return None
    return here


def _equal(cells: pl.Series, value: str) -> pl.Series:
    """Return which cells hold a value that is given as text."""
    if cells.dtype == pl.Float64():
        number = _number(value)
        same = cells == number if number is not None else cells.is_null() & False
    elif cells.dtype == pl.Boolean():
        same = cells.replace_strict({True: "yes", False: "no"}, return_dtype=pl.String()) == value
    else:
        same = cells.cast(pl.String()) == value
    return same.fill_null(False)


def _cell(
    cells: pl.Series, here: pl.Series, column: Column, edit: Edit, place: str, log: FaultLog
) -> pl.Series | None:
    """Return a column with the new cell in the rows that are meant, or none where it cannot be."""
    new: object = edit.value.strip() or None
    wrong: tuple[str, str, str] | None = None
    if column.kind == "number" and new is not None:
        times = TIMES.fullmatch(str(new))
        if times and cells.filter(here).null_count() < here.sum():
            return (cells * float(times[1])).zip_with(here, cells)
        new = _number(edit.value)
        if times:
            wrong = "missing-value", f"{column.name} is blank there, so that nothing can be multiplied.", ""
        elif new is None:
            wrong = "not-a-number", *number_words(edit.value, column)
    elif column.kind == "date" and new is not None:
        try:
            new = dt.date.fromisoformat(str(new))
        except ValueError:
            wrong = "not-a-date", *date_words(str(new))
    elif column.kind == "flag" and new is not None:
        new = {"yes": True, "no": False}.get(str(new))
        if new is None:
            wrong = "not-a-choice", f"{shown(edit.value)} is not one of: yes no.", ""
    if wrong:
        code, problem, remedy = wrong
        log.add(code, place, problem, remedy, row=edit.line, column="value", value=edit.value)
        return None
    changed = pl.Series([new], dtype=cells.dtype).new_from_index(0, cells.len())
    return changed.zip_with(here, cells)


def _number(text: str) -> float | None:
    """Return the number that a text is, or none."""
    try:
        return float(text)
    except ValueError:
        return None
