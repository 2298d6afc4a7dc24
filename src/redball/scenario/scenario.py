"""The scenario: a frozen noun. Verbs (read, write, check, plan, ...) are functions elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

import polars as pl

from redball.core.horizon import Horizon
from redball.scenario.columns import Column, Table
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Risk, Settings


class Standing(Protocol):
    """What is known from elsewhere of how things stand, such as the ledger's position on a date."""

    def brought_into(self, scenario: Scenario) -> Scenario:
        """Return the scenario that goes on from there."""


@dataclass(frozen=True)
class Scenario:
    """Everything known: settings and one typed frame for each table of the schema.

    Frames hold the columns that the file had, typed, blanks as null; row ``k`` (0-based) is row ``k + 2`` in an
    editor. Columns that begin with ``_`` are kept as text and ignored, and so are `extras`: whole files or sheets that
    begin with ``_``, as grids of text whose first row is the file's first row. Made by ``read`` or ``assemble``, which
    check; the constructor trusts.
    """

    settings: Settings
    tables: Mapping[str, pl.DataFrame]
    extras: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))
        object.__setattr__(self, "extras", MappingProxyType(dict(self.extras)))

    def __reduce__(self) -> tuple[type[Scenario], tuple[object, ...]]:
        # so that it crosses from one process to another: read-only views of dictionaries do not by themselves
        return type(self), (self.settings, dict(self.tables), dict(self.extras))

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
        # who tells nothing of the risk has the digest of before it could be told
        untold = {"risk"} if self.settings.risk == Risk() else None
        summer = hashlib.sha256(self.settings.model_dump_json(exclude=untold).encode())
        for name, table in SCHEMA.items():
            frame = self.tables.get(name)
            if frame is None or not frame.height:
                continue
            known = [column.name for column in table.columns if column.name in frame.columns]
            known = [column for column in known if frame[column].null_count() < frame.height]
            summer.update(name.encode() + b"\0")
            summer.update(frame.select(known).write_csv().encode())
        return summer.hexdigest()

    def updated(self, known: Standing) -> Scenario:
        """Return the scenario with what is known from elsewhere: ``scenario.updated(ledger.as_of(date))``."""
        return known.brought_into(self)

    def __repr__(self) -> str:
        rows = {name: frame.height for name, frame in self.tables.items() if frame.height}
        body = ", ".join(f"{count} {name}" for name, count in rows.items())
        settings = self.settings
        return f"Scenario({settings.name!r}, {settings.start} + {settings.days} days: {body})"


def fill_defaults(frame: pl.DataFrame | None, table: Table, horizon: Horizon) -> pl.DataFrame:
    """Return `frame` with all columns of `table` and its defaults; see `Scenario.table`."""
    if frame is None:
        frame = pl.DataFrame()
    if not frame.width:
        return pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
    # as a column of the frame's height: literals alone would make one row
    missing = [pl.lit(None, dtype=column.dtype).alias(column.name) for column in table.columns]
    whole = frame.with_columns(column for column in missing if column.meta.output_name() not in frame.columns)
    return whole.select(filled(column, horizon) for column in table.columns)


def filled(column: Column, horizon: Horizon) -> pl.Expr:
    """Return a column with its blanks filled in, where its default says with what."""
    cells, default = pl.col(column.name).cast(column.dtype), column.default
    if default == "unlimited":
        return cells.fill_null(float("inf"))
    if default == "first day":
        return cells.fill_null(horizon.start)
    if default == "last day":
        return cells.fill_null(horizon.last)
    if default.startswith("="):
        return cells.fill_null(pl.col(default[1:]))
    if column.kind == "number" and default.replace(".", "", 1).isdigit():
        return cells.fill_null(float(default))
    if column.kind == "flag":
        return cells.fill_null(default == "yes")
    if column.kind == "choice" and default in column.choices:
        return cells.fill_null(default)
    return cells
