"""Where a scenario's numbers come from: what is cited and what is assumed.

A source is citations set apart by semicolons, then, from the word ``assumption`` on, reasons. One row may have both.
"""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA

_ASSUMPTION = re.compile(r"(?:^|;)\s*assumption\b\s*[:;,]?\s*", re.IGNORECASE)
NO_REASON = "no reason given"


def split_source(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the citations and the reasons of assumptions in a source.

    >>> split_source("L001; B4; assumption: one train a day; assumption: no losses")
    (('L001', 'B4'), ('one train a day', 'no losses'))
    """
    cited, *assumed = _ASSUMPTION.split(source)
    citations = tuple(part.strip() for part in cited.split(";") if part.strip())
    return citations, tuple(reason.strip() or NO_REASON for reason in assumed)


def _sources(scenario: Scenario) -> list[tuple[str, str, int]]:
    """Return each different source of each table with its number of rows: table, source, rows."""
    return [
        (name, source or "", count)
        for name in SCHEMA
        for source, count in scenario.table(name).group_by("source").len().sort("source").iter_rows()
    ]


def assumptions(scenario: Scenario) -> pl.DataFrame:
    """Return the assumptions, each once for each table, the most used first: table, reason, n_rows."""
    found: Counter[tuple[str, str]] = Counter()
    for table, source, rows in _sources(scenario):
        for reason in split_source(source)[1]:
            found[table, reason] += rows
    rows_of = [(table, reason, count) for (table, reason), count in found.items()]
    schema = {"table": pl.String, "reason": pl.String, "n_rows": pl.Int64}
    return pl.DataFrame(rows_of, schema=schema, orient="row").sort(
        ["n_rows", "table", "reason"], descending=[True, False, False]
    )


def citations(scenario: Scenario) -> pl.DataFrame:
    """Return what rows cite, the most cited first: source, tables, n_rows."""
    found: Counter[str] = Counter()
    tables: dict[str, set[str]] = {}
    for table, source, rows in _sources(scenario):
        for citation in split_source(source)[0]:
            found[citation] += rows
            tables.setdefault(citation, set()).add(table)
    rows_of = [(citation, ", ".join(sorted(tables[citation])), count) for citation, count in found.items()]
    schema = {"source": pl.String, "tables": pl.String, "n_rows": pl.Int64}
    return pl.DataFrame(rows_of, schema=schema, orient="row").sort(
        ["n_rows", "source"], descending=[True, False]
    )


def source_counts(scenario: Scenario) -> dict[str, int]:
    """Return how many rows are wholly ``cited``, ``assumed`` at least in part, and ``without`` a source."""
    counts = {"cited": 0, "assumed": 0, "without": 0}
    for _, source, rows in _sources(scenario):
        cited, assumed = split_source(source)
        counts["assumed" if assumed else "cited" if cited else "without"] += rows
    return counts
