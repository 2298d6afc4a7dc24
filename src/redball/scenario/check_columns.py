"""Checks the header of a table: every column known once, required ones there, ``_`` columns kept."""

from __future__ import annotations

import polars as pl

from redball.scenario.columns import Column, Table
from redball.scenario.fault_log import FaultLog, nearest, shown
from redball.scenario.raw import Raw, positions


def name_columns(raw: Raw, table: Table, log: FaultLog) -> pl.DataFrame:
    """Return the rows under the names of their columns, without those that cannot be used.

    A header may carry the column's unit, as in ``per_day [unit/day]``; another unit is a fault.
    """
    kept: dict[str, str] = {}
    for position, written in zip(positions(len(raw.header)), raw.header, strict=True):
        name, _, unit = written.partition(" [") if not written.startswith("_") else (written, "", "")
        name = name if written.startswith("_") else name.strip()
        column = table.by_name.get(name)
        if name in kept:
            log.add("duplicate-column", raw.place, f"{name!r} stands twice.", row=1, column=name)
        elif not name:
            if raw.body[position].null_count() < raw.body.height:
                log.add("blank-column", raw.place, f"column {position} has cells and no name", row=1)
        elif name.startswith("_"):
            kept[name] = position
        elif column is None:
            report_unknown(name, raw.place, table, log)
        elif unit and unit.rstrip().removesuffix("]").strip() != column.unit:
            problem = f"the unit {shown(unit.rstrip().removesuffix(']'))} is not {column.unit or 'none'!r}."
            log.add("wrong-unit", raw.place, problem, row=1, column=name, value=written)
        else:
            kept[name] = position
    present = {word.partition(" [")[0].strip() for word in raw.header}
    report_missing(present, raw.place, table, log)
    return raw.body.select(pl.col(position).alias(name) for name, position in kept.items())


def report_unknown(name: str, place: str, table: Table, log: FaultLog) -> None:
    """Report a column that the table does not have."""
    hint = nearest(name, table.by_name) or "Put _ before its name: then it is kept and ignored."
    log.add(
        "unknown-column", place, f"{shown(name)} is not a column of {table.name}.", hint, row=1, column=name
    )


def report_missing(present: set[str], place: str, table: Table, log: FaultLog) -> None:
    """Report required columns that are not there."""
    for column in table.columns:
        if column.required and column.name not in present:
            problem = f"the required column {column.name!r} is missing"
            log.add(
                "missing-column", place, problem, f"It is {column_words(column)}.", row=1, column=column.name
            )


def column_words(column: Column) -> str:
    """Return what a column holds, for a remedy."""
    words = f"{column.meaning} ({column.type_words})" if column.meaning else column.type_words
    return f"{words} in {column.unit}" if column.unit else words
