"""The scenario: a frozen noun. Verbs (read, write, check, plan, ...) are functions elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import polars as pl

from redball.core.horizon import Horizon
from redball.scenario.columns import Table
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Settings


@dataclass(frozen=True)
class Scenario:
    """Everything known: settings and one typed frame for each table of the schema.

    Frames hold the columns that the file had, typed, blanks as null; row ``k`` (0-based) is row ``k + 2`` in an
    editor. `extras` are tables and `_` columns that Redball keeps and ignores. Made by ``read`` or ``assemble``,
    which check; the constructor trusts.
    """

    settings: Settings
    tables: Mapping[str, pl.DataFrame]
    extras: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))
        object.__setattr__(self, "extras", MappingProxyType(dict(self.extras)))

    @property
    def horizon(self) -> Horizon:
        """The planned days."""
        return Horizon(self.settings.start, self.settings.days)

    def table(self, name: str) -> pl.DataFrame:
        """Return one table with every column of the schema, in its order, and defaults filled in.

        Constants, ``=column``, ``first day`` and ``last day`` are filled in; ``unlimited`` becomes infinity; what is
        blank by meaning stays null.
        """
        return fill_defaults(self.tables.get(name), SCHEMA[name], self.horizon)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the settings and all tables, in hexadecimal: the same knowledge gives the same digest."""
        summer = hashlib.sha256(self.settings.model_dump_json().encode())
        for name, table in SCHEMA.items():
            frame = self.tables.get(name)
            if frame is None or not frame.height:
                continue
            known = [column.name for column in table.columns if column.name in frame.columns]
            known = [column for column in known if frame[column].null_count() < frame.height]
            summer.update(name.encode() + b"\0")
            summer.update(frame.select(known).write_csv().encode())
        return summer.hexdigest()

    def __repr__(self) -> str:
        rows = {name: frame.height for name, frame in self.tables.items() if frame.height}
        body = ", ".join(f"{count} {name}" for name, count in rows.items())
        settings = self.settings
        return f"Scenario({settings.name!r}, {settings.start} + {settings.days} days: {body})"


def fill_defaults(frame: pl.DataFrame | None, table: Table, horizon: Horizon) -> pl.DataFrame:
    """Return `frame` with all columns of `table` and its defaults; see `Scenario.table`."""
    if frame is None:
        frame = pl.DataFrame()
    columns = []
    for column in table.columns:
        if column.name in frame.columns:
            expr = pl.col(column.name).cast(column.dtype)
        else:
            expr = pl.lit(None, dtype=column.dtype)
        default = column.default
        if default == "unlimited":
            expr = expr.fill_null(float("inf"))
        elif default == "first day":
            expr = expr.fill_null(horizon.start)
        elif default == "last day":
            expr = expr.fill_null(horizon.last)
        elif default.startswith("="):
            expr = expr.fill_null(pl.col(default[1:]))
        elif column.kind == "number" and default.replace(".", "", 1).isdigit():
            expr = expr.fill_null(float(default))
        elif column.kind == "flag":
            expr = expr.fill_null(default == "yes")
        elif column.kind == "choice" and default in column.choices:
            expr = expr.fill_null(default)
        columns.append(expr.alias(column.name))
    if not frame.width:
        return pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
    return frame.select(columns)
