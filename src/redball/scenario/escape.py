"""Keeps spreadsheets from running the text of a CSV file.

A text cell that a spreadsheet would take for a formula gets an apostrophe in front when it is written to CSV, and
loses it when it is read. Text that has such apostrophes already gets one more, so that no cell changes on the way;
plain numbers, signs included, are left alone.
"""

from __future__ import annotations

import polars as pl

RISKY = r"^'*[=+\-@\t\r]"
"""What a spreadsheet would run, behind any number of apostrophes."""
NUMBER = r"^'*[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def _risky(column: pl.Expr) -> pl.Expr:
    return column.str.contains(RISKY) & ~column.str.contains(NUMBER)


def escape(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before text that would be run.

    >>> escape(pl.DataFrame({"note": ["=1+1", "-5", "text"]})).to_series().to_list()
    ["'=1+1", '-5', 'text']
    """
    cell = pl.col(pl.String)
    return frame.with_columns(pl.when(_risky(cell)).then("'" + cell).otherwise(cell).name.keep())


def unescape(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the apostrophes that `escape` has put.

    >>> unescape(pl.DataFrame({"note": ["'=1+1", "'text"]})).to_series().to_list()
    ['=1+1', "'text"]
    """
    marked = [name for name in frame.columns if frame[name].str.starts_with("'").any()]
    if not marked:
        return frame
    cell = pl.col(marked)
    back = cell.str.starts_with("'") & _risky(cell)
    return frame.with_columns(pl.when(back).then(cell.str.slice(1)).otherwise(cell).name.keep())
