"""What is said in two places is the same in both: tables of the design and tables of the code."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import polars as pl
from tests.tidy.sources import ROOT

from redball.results.race_tables import RACE_TABLES
from redball.results.sweep_table import SWEEP
from redball.results.tables import RESULTS
from redball.scenario.columns import Column
from redball.scenario.schema import EVERY_TABLE, TABLES

DTYPES = {
    "ref": pl.String(),
    "text": pl.String(),
    "date": pl.Date(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
}


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / "design" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said(table: str, column: Column) -> tuple[str, ...]:
    return table, column.name, column.type_words, column.unit, column.default


def in_code() -> Iterator[tuple[str, ...]]:
    for table in TABLES:
        for column in table.columns:
            if column not in EVERY_TABLE:
                yield said(table.name, column)
    for column in EVERY_TABLE:
        yield said("every table", column)


def test_the_input_tables_are_those_of_the_design() -> None:
    keys = ("table", "column", "type", "unit", "default")
    assert [tuple(row[key] for key in keys) for row in rows("tables.csv")] == list(in_code())


def test_the_input_tables_mean_what_the_design_says() -> None:
    words = {(table.name, column.name): column.meaning for table in TABLES for column in table.columns}
    words |= {("every table", column.name): column.meaning for column in EVERY_TABLE}
    differ = [
        row
        for row in rows("tables.csv")
        if row["meaning"] and words[row["table"], row["column"]] != row["meaning"]
    ]
    assert not differ
    assert all(words.values())


def test_every_table_ends_with_source_and_note() -> None:
    assert [table.columns[-2:] for table in TABLES] == [EVERY_TABLE] * len(TABLES)


def test_every_reference_names_a_table_with_a_key() -> None:
    keys = {table.name: table.key for table in TABLES}
    assert not [c.name for t in TABLES for c in t.columns if c.kind == "ref" and not keys.get(c.table)]


def test_the_result_tables_are_those_of_the_design() -> None:
    in_code = {
        **RESULTS,
        **{f"race/{name}": columns for name, columns in RACE_TABLES.items()},
        "sweep": SWEEP,
    }
    designed: dict[str, dict[str, pl.DataType]] = {}
    for row in rows("results.csv"):
        if row["column"]:
            kind = pl.String() if "|" in row["type"] else DTYPES[row["type"]]
            designed.setdefault(row["file"], {})[row["column"]] = kind
    assert designed == in_code
    assert [list(columns) for columns in designed.values()] == [list(columns) for columns in in_code.values()]
