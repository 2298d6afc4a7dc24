"""What a broken rule looks like, and the two comparisons that find one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

SHOWN_MAX = 20
"""Rows named for one rule and table, the worst first; the last one says how many more there are."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that a plan breaks at one place."""

    rule: str
    """Number of the rule, such as ``§2.3``; ``tables`` for a result table that cannot be read as one."""
    what: str
    """What is wrong, in words with numbers."""
    where: str
    """Table and key of the row."""
    excess: float
    """By how much, in the unit of `what`."""

    def __str__(self) -> str:
        return f"{self.rule} {self.where}: {self.what}"


def breaches(frame: pl.DataFrame, rule: str, place: str, keys: Sequence[str], words: str) -> list[Breach]:
    """Make a breach of every row; the column ``excess`` says by how much.

    Parameters
    ----------
    frame
        The rows that break the rule, and no other.
    rule
        Number of the rule.
    place
        Name of the table.
    keys
        Columns that name the row.
    words
        What is wrong; ``{column}`` stands for the row's value.
    """
    if frame.is_empty():
        return []
    worst = frame.sort("excess", descending=True, nulls_last=True, maintain_order=True).head(SHOWN_MAX)
    hidden = frame.height - worst.height
    found = []
    for number, row in enumerate(worst.iter_rows(named=True), start=1):
        more = f" (and {hidden} more rows)" if hidden and number == worst.height else ""
        where = ", ".join([place, *(f"{key} {row[key]}" for key in keys)])
        excess = row["excess"]
        found.append(
            Breach(
                rule, words.format_map(row) + more, where, float("nan") if excess is None else float(excess)
            )
        )
    return found


def above(
    frame: pl.DataFrame, tolerance: float, rule: str, place: str, keys: Sequence[str], words: str
) -> list[Breach]:
    """Find the rows whose ``value`` is above their ``limit``."""
    rows = frame.with_columns(excess=pl.col("value") - pl.col("limit"))
    return breaches(rows.filter(pl.col("excess") > tolerance * size()), rule, place, keys, words)


def unlike(
    frame: pl.DataFrame, tolerance: float, rule: str, place: str, keys: Sequence[str], words: str
) -> list[Breach]:
    """Find the rows whose ``value`` is not their ``limit``."""
    rows = frame.with_columns(excess=(pl.col("value") - pl.col("limit")).abs())
    return breaches(rows.filter(pl.col("excess") > tolerance * size()), rule, place, keys, words)


def size() -> pl.Expr:
    """Return the size of the quantities in a rule: the larger side, at least 1."""
    return pl.max_horizontal(pl.lit(1.0), pl.col("value").abs(), pl.col("limit").abs())


def not_whole(frame: pl.DataFrame, tolerance: float, place: str, keys: Sequence[str]) -> list[Breach]:
    """Find the rows of whole items whose ``quantity`` is not whole (§7.6); here the tolerance is absolute."""
    rows = frame.filter("whole").with_columns(excess=(pl.col("quantity") - pl.col("quantity").round()).abs())
    return breaches(
        rows.filter(pl.col("excess") > tolerance),
        "§7.6",
        place,
        keys,
        "{quantity:,.9g} of {item}, which goes in whole units",
    )
