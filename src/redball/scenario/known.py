"""What the rules between rows look at: typed tables, their good rows, and where to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from redball.core.horizon import Horizon
from redball.scenario.fault_log import FaultLog, Words
from redball.scenario.schema import SCHEMA

RowWords = Callable[[dict[str, object]], Words]


@dataclass(frozen=True)
class Known:
    """The typed tables of a scenario while it is checked.

    `frames` hold every column of the schema, without defaults, and ``row`` as an editor shows it; rows with a fault
    of their own are left out, so that one slip is not reported twice.
    """

    frames: Mapping[str, pl.DataFrame]
    suffix: str
    """What follows a table's name in the name of its place."""
    horizon: Horizon | None
    log: FaultLog

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.frames[table]

    def where(self, table: str, condition: pl.Expr) -> pl.DataFrame:
        """Return the good rows of a table that meet a condition."""
        frame = self.frames[table]
        return frame.filter(condition) if frame.height else frame

    def report(self, code: str, table: str, column: str, found: pl.DataFrame, words: RowWords) -> None:
        """Report each row of `found`, which comes from a table."""
        self.log.add_rows(code, table + self.suffix, column, found, words)


def complete(name: str, frame: pl.DataFrame | None, bad: pl.Series | None = None) -> pl.DataFrame:
    """Return the good rows of a table with every column of the schema and ``row``."""
    columns = SCHEMA[name].columns
    if frame is None or not frame.width:
        return pl.DataFrame(schema={"row": pl.Int64()} | {column.name: column.dtype for column in columns})
    missing = [
        pl.lit(None, dtype=column.dtype).alias(column.name)
        for column in columns
        if column.name not in frame.columns
    ]
    whole = frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64()).alias("row"), *missing)
    whole = whole.select("row", *(column.name for column in columns))
    return whole if bad is None else whole.filter(~bad)
