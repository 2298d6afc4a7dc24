"""Checks that every reference names a row of its table."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from redball.scenario.columns import Table
from redball.scenario.fault_log import FaultLog, NearestNames, Words, shown


def check_references(
    table: Table, place: str, frame: pl.DataFrame, ids: Mapping[str, pl.Series], log: FaultLog
) -> pl.Series | None:
    """Report references to nothing; return in which rows, or none where all are good.

    Parameters
    ----------
    table, place, frame
        The table that refers.
    ids
        The ids of every table that could be read; references to others are not judged.
    log
        Where faults go.
    """
    total: pl.Series | None = None
    for column in table.columns:
        if column.kind != "ref" or column.name not in frame.columns or column.table not in ids:
            continue
        cells, known = frame[column.name], ids[column.table]
        wrong = ~cells.is_in(known.implode()).fill_null(True)
        if not wrong.any():
            continue
        rows = wrong.arg_true()
        found = pl.DataFrame({"row": rows.cast(pl.Int64) + 2, column.name: cells.gather(rows)})
        hints = NearestNames(known)
        name, target = column.name, column.table

        def words(
            row: dict[str, object], name: str = name, target: str = target, hints: NearestNames = hints
        ) -> Words:
            text = str(row[name])
            return f"{shown(text)} is not in {target}.", hints(text) or f"Add it to {target}, or correct it."

        log.add_rows("unknown-reference", place, name, found, words)
        total = wrong if total is None else total | wrong
    return total
