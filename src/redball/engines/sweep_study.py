"""A study: variants of one scenario, as a list of changes or as a grid of values.

The list is a table that lies with the scenario (``_study.csv``, or a sheet ``_study``) with the columns ``variant``,
``table``, ``row``, ``column`` and ``value``: one change in a row, and a variant is all rows that name it. Two more
"tables", ``plan`` and ``race``, change a parameter of the plan or of the race.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import polars as pl

from redball.core.errors import FaultsError, InputError
from redball.core.progress import Progress
from redball.model.params import PlanParams, RaceParams
from redball.scenario.edit import Edit, edit_at, edited, toml_value
from redball.scenario.fault_log import FaultLog, nearest, shown
from redball.scenario.scenario import Scenario

AS_IT_IS = "as it is"
"""The variant without a change, which every study begins with."""
COLUMNS = ("variant", "table", "row", "column", "value")
FREE_COLUMNS = ("source", "note")
PARAMETERS = ("plan", "race")

Params = TypeVar("Params", PlanParams, RaceParams)
Changes = Mapping[str, Sequence[Edit]]
"""The changes of each variant, by its name."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One scenario of a study, with what is asked of its plan and of its race."""

    name: str
    changes: str
    """What differs from the scenario as it is, in short."""
    scenario: Scenario
    plan: PlanParams
    race: RaceParams


def variants(
    scenario: Scenario,
    changes: Changes,
    plan: PlanParams,
    race: RaceParams,
    progress: Progress,
    place: str = "study",
) -> tuple[Variant, ...]:
    """Return the scenario as it is and every variant of it.

    Parameters
    ----------
    scenario
        What is varied.
    changes
        By variant; see `listed`, `named` and `grid`.
    plan, race
        Parameters that a change may replace.
    progress
        Who listens.
    place
        What faults call the study.

    Raises
    ------
    FaultsError
        If a change has a fault, or makes a scenario that has one; carries the faults of all variants.
    """
    log = FaultLog()
    log.open(place)
    found = [Variant(AS_IT_IS, "", scenario, plan, race)]
    progress.phase("check", "of every variant")
    for name, edits in changes.items():
        progress.step(len(found), len(changes) + 1, "variants")
        own = FaultLog()
        if name == AS_IT_IS:
            own.add(
                "duplicate-id", place, f"{shown(name)} is the scenario without a change.", column="variant"
            )
        made = edited(scenario, [edit for edit in edits if edit.table not in PARAMETERS], place, own)
        with_plan = _params(plan, "plan", edits, place, own)
        with_race = _params(race, "race", edits, place, own)
        log.take(own.faults())
        if made is not None:
            found.append(Variant(name, "; ".join(map(str, edits)), made, with_plan, with_race))
    if log.has_errors:
        raise FaultsError(log.faults())
    return tuple(found)


def _params(params: Params, table: str, edits: Iterable[Edit], place: str, log: FaultLog) -> Params:
    """Return parameters with the changes that concern them."""
    names = [field.name for field in fields(params)]
    for edit in edits:
        if edit.table != table:
            continue
        if edit.column not in names:
            problem = f"{shown(edit.column)} is not a parameter of the {table}."
            hint = nearest(edit.column, names)
            log.add("unknown-column", place, problem, hint, row=edit.line, column="column", value=edit.column)
            continue
        try:
            value = toml_value(edit.value)
            change: dict[str, Any] = {edit.column: tuple(value) if isinstance(value, list) else value}
            params = replace(params, **change)
        except (InputError, TypeError) as error:
            what, remedy = (
                (error.what, error.remedy) if isinstance(error, InputError) else ("is not of its type", "")
            )
            log.add("bad-setting", place, what, remedy, row=edit.line, column="value", value=edit.value)
    return params


def changes_of(
    scenario: Scenario,
    study: str | Mapping[str, Mapping[str, object]] | None,
    vary: Mapping[str, Sequence[object]] | None,
) -> Changes:
    """Return the changes of a study and of a grid; those of the scenario's own study where neither is given."""
    if isinstance(study, Mapping):
        return {**grid(vary or {}), **named(study)}
    return {**grid(vary or {}), **(listed(scenario, study or "study") if study or not vary else {})}


def listed(scenario: Scenario, name: str = "study") -> Changes:
    """Return the changes that the table ``_name`` of a scenario lists, by variant in the order of the table.

    Raises
    ------
    FaultsError
        If there is no such table, or it has not the columns of a study.
    """
    place, grid = f"_{name}", scenario.extras.get(f"_{name}")
    if grid is None or not grid.height:
        raise FaultsError.one(
            "not-found", place, "there is no such table.", f"Make it, with the columns {' '.join(COLUMNS)}."
        )
    log = FaultLog()
    heads = ["" if cell is None else cell.strip() for cell in grid.row(0)]
    _check_heads(heads, place, log)
    found: dict[str, list[Edit]] = {}
    if not log.has_errors:
        cells = grid.slice(1).select(pl.nth(heads.index(column)).alias(column) for column in COLUMNS)
        rows = cells.with_columns(pl.all().fill_null("").str.strip_chars())
        for line, (variant, table, row, column, value) in enumerate(rows.iter_rows(), 2):
            if not any((variant, table, row, column, value)):
                continue
            for head, cell in (("variant", variant), ("table", table), ("column", column)):
                if not cell:
                    log.add("missing-value", place, "is blank", "Fill it.", row=line, column=head)
            found.setdefault(variant, []).append(Edit(table, row, column, value, line))
    if log.has_errors:
        raise FaultsError(log.faults())
    return found


def _check_heads(heads: Sequence[str], place: str, log: FaultLog) -> None:
    """Check that the header has the columns of a study, each once."""
    for head in heads:
        if head and head not in (*COLUMNS, *FREE_COLUMNS) and not head.startswith("_"):
            log.add("unknown-column", place, f"{shown(head)} is not a column.", nearest(head, COLUMNS), row=1)
    for column in COLUMNS:
        if (times := heads.count(column)) != 1:
            code = "duplicate-column" if times else "missing-column"
            log.add(code, place, f"{column!r} stands {times} times in the header.", row=1, column=column)


def named(study: Mapping[str, Mapping[str, object]]) -> Changes:
    """Return the changes of variants that are given as values by address; see `grid`."""
    return {
        name: [edit_at(address, value) for address, value in values.items()] for name, values in study.items()
    }


def grid(vary: Mapping[str, Sequence[object]]) -> Changes:
    """Return the variants that take one value for each address, in every combination.

    >>> list(grid({"lanes/rail/capacity_t_per_day": ["x0.5", 0], "scenario/days": [90]}))
    ['lanes/rail/capacity_t_per_day=x0.5; scenario/days=90', 'lanes/rail/capacity_t_per_day=0; scenario/days=90']
    """
    axes = [[edit_at(address, value) for value in values] for address, values in vary.items()]
    return {"; ".join(map(str, chosen)): chosen for chosen in itertools.product(*axes)} if axes else {}
