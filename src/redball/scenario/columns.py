"""What a column of a table can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["id", "ref", "text", "number", "date", "choice", "flag", "classes", "points"]

DTYPES: dict[Kind, pl.DataType] = {
    "id": pl.String(),
    "ref": pl.String(),
    "text": pl.String(),
    "number": pl.Float64(),
    "date": pl.Date(),
    "choice": pl.String(),
    "flag": pl.Boolean(),
    "classes": pl.String(),
    "points": pl.String(),
}

REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: everything that checks, documents, templates and drop-downs need to know.

    ``default`` is ``"required"``, a constant as text, or words that say what a blank means
    (``blank``, ``unlimited``, ``first day``, ``last day``, ``all``, ``=name of a column``, ...).
    """

    name: str
    kind: Kind
    default: str
    meaning: str
    unit: str = ""
    table: str = ""
    """For a reference: the table whose key it names."""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    """Whether `low` itself is excluded."""

    @property
    def required(self) -> bool:
        """Whether a blank is a fault."""
        return self.default == REQUIRED

    @property
    def dtype(self) -> pl.DataType:
        """The polars type of the checked column."""
        return DTYPES[self.kind]

    @property
    def type_words(self) -> str:
        """The type as people read it, such as ``number > 0``."""
        if self.kind == "number":
            if self.low is not None and self.high is not None:
                return f"{self.low:g}..{self.high:g}"
            if self.low is not None:
                return f"number {'>' if self.low_open else '>='} {self.low:g}"
        if self.kind == "choice":
            words = "|".join(self.choices)
            return words if words == "1|2|3" else f"one of {words}"
        return {
            "flag": "yes|no",
            "classes": "list of supply classes",
            "points": "list of latitude longitude",
        }.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, what it holds, its columns in order."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = False
    """Whether a scenario without any row of it makes no sense."""

    @property
    def key(self) -> str | None:
        """The name of the id column, if the table has one."""
        return next((column.name for column in self.columns if column.kind == "id"), None)

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}
