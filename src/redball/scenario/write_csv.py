"""Writes a scenario as a folder of CSV files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from redball.scenario.escape import escape
from redball.scenario.raw import trim
from redball.scenario.read_toml import toml_text
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA


def write_folder(scenario: Scenario, folder: Path, comments: bool = False) -> None:
    """Write ``scenario.toml`` and a CSV file for each table into a folder that is there and empty."""
    (folder / "scenario.toml").write_text(
        toml_text(scenario.settings, comments), encoding="utf-8", newline="\n"
    )
    for name in SCHEMA:
        if (frame := scenario.tables.get(name)) is not None and frame.width:
            (folder / f"{name}.csv").write_bytes(csv_bytes(text_of(frame)))
    for name, grid in scenario.extras.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(trim(grid), with_header=False))


def csv_bytes(frame: pl.DataFrame, with_header: bool = True) -> bytes:
    """Return a frame of text as CSV that no spreadsheet runs."""
    head = ""
    if with_header:
        names = pl.DataFrame([[name] for name in frame.columns], orient="col")
        head = escape(names).write_csv(include_header=False)
    return (head + escape(frame).write_csv(include_header=False)).encode()


def text_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a typed table as the text of its cells, each in its one canonical writing.

    >>> text_of(pl.DataFrame({"days": [2.0, 0.25], "whole": [True, None]})).rows()
    [('2', 'yes'), ('0.25', None)]
    """
    return frame.select(_text(cells) for cells in frame.iter_columns())


def _text(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.Boolean():
        return cells.replace_strict({True: "yes", False: "no"}, default=None, return_dtype=pl.String())
    if cells.dtype.is_float():
        return cells.cast(pl.String()).str.strip_suffix(".0")
    return cells.cast(pl.String())
