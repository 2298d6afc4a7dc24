"""An empty scenario to fill in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from redball.core.errors import FaultsError
from redball.scenario.scenario import Scenario
from redball.scenario.schema import TABLES
from redball.scenario.settings import Settings
from redball.scenario.write import write

START = dt.date(2027, 1, 1)
"""Stands in the template until its author writes another: a template must not depend on the day it is made."""
DAYS = 90


def new(path: str | Path) -> Path:
    """Write an empty template and return where: a folder, or a workbook where `path` ends in ``.xlsx``.

    Every table has its header; ``scenario.toml`` says what each setting means, and the workbook has notes and
    drop-downs. Until locations and items have rows, the check lists what is missing.

    Raises
    ------
    FaultsError
        If the path is taken.
    """
    path = Path(path)
    refuse_taken(path)
    return write(blank(path.resolve().stem or "scenario"), path, comments=True)


def refuse_taken(path: Path) -> None:
    """Refuse to put a template where something is: it would replace work by nothing."""
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise FaultsError.one("not-a-scenario", path.name, "is there already.", "Choose another name.")


def blank(name: str) -> Scenario:
    """Return a scenario whose tables have headers and no rows."""
    tables = {
        table.name: pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
        for table in TABLES
    }
    return Scenario(Settings(name=name, start=START, days=DAYS), tables)
