"""Frames in memory pass the same door as files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from redball.core.errors import Fault, FaultsError
from redball.scenario.read import assemble, read
from redball.scenario.scenario import Scenario

Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture
def scenario(folder: Path) -> Scenario:
    return read(folder)


def changed(scenario: Scenario, table: str, frame: pl.DataFrame) -> Scenario:
    return assemble(scenario.settings, {**scenario.tables, table: frame})


def faults(scenario: Scenario, table: str, frame: pl.DataFrame) -> tuple[Fault, ...]:
    with pytest.raises(FaultsError) as caught:
        changed(scenario, table, frame)
    return caught.value.faults


def test_a_scenario_passes_its_own_door_unchanged(scenario: Scenario) -> None:
    assert assemble(scenario.settings, scenario.tables).digest == scenario.digest


def test_a_fault_names_the_table_and_the_row_of_the_file(scenario: Scenario) -> None:
    (fault,) = faults(scenario, "lanes", scenario.tables["lanes"].with_columns(to_location=pl.lit("Bravno")))
    assert str(fault) == "lanes row 2, to_location: 'Bravno' is not in locations. Did you mean 'Bravo'?"


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("due_date", pl.Series([dt.datetime(2027, 1, 20)])),
        ("due_date", pl.Series(["2027-01-20"])),
        ("quantity", pl.Series([1])),
        ("quantity", pl.Series(["1"])),
        ("priority", pl.Series([2])),
        ("priority", pl.Series(["2"], dtype=pl.Categorical())),
        ("priority", pl.Series([None])),
        ("need", pl.Series([7])),
    ],
)
def test_types_that_say_the_same_are_taken(scenario: Scenario, column: str, cells: pl.Series) -> None:
    needs = changed(scenario, "needs", scenario.tables["needs"].with_columns(cells.alias(column))).table(
        "needs"
    )
    assert needs.rows() == [
        ("7" if column == "need" else "N1", "Bravo", "tank", 1.0, dt.date(2027, 1, 20), "2", None, None)
    ]


@pytest.mark.parametrize(
    ("column", "cells", "code"),
    [
        ("due_date", pl.Series([dt.datetime(2027, 1, 20, 6)]), "wrong-type"),
        ("due_date", pl.Series([20.0]), "wrong-type"),
        ("due_date", pl.Series([dt.date(27, 1, 20)]), "not-a-date"),
        ("quantity", pl.Series([float("nan")]), "not-a-number"),
        ("quantity", pl.Series([float("inf")]), "not-a-number"),
        ("quantity", pl.Series([-1]), "out-of-range"),
        ("quantity", pl.Series([True]), "wrong-type"),
        ("quantity", pl.Series([[1.0]]), "wrong-type"),
        ("need", pl.Series([1.5]), "wrong-type"),
        ("priority", pl.Series([4]), "not-a-choice"),
        ("quantity", pl.Series([None]), "missing-value"),
    ],
)
def test_types_and_cells_that_do_not_fit_are_faults(
    scenario: Scenario, column: str, cells: pl.Series, code: str
) -> None:
    found = faults(scenario, "needs", scenario.tables["needs"].with_columns(cells.alias(column)))
    assert (code, "needs", column) in {(fault.code, fault.place, fault.column) for fault in found}


def test_unknown_tables_and_extras_are_faults(scenario: Scenario) -> None:
    with pytest.raises(FaultsError, match="lanes"):
        assemble(scenario.settings, {**scenario.tables, "lane": pl.DataFrame()})
    with pytest.raises(FaultsError):
        assemble(scenario.settings, scenario.tables, {"../x": pl.DataFrame()})


def test_marked_columns_of_any_type_are_kept_as_text(scenario: Scenario) -> None:
    frame = scenario.tables["needs"].with_columns(_n=pl.lit(1.5), _text=pl.lit("x"))
    assert changed(scenario, "needs", frame).tables["needs"].select("_n", "_text").rows() == [("1.5", "x")]


def test_defaults_are_filled_in_and_blanks_by_meaning_stay(scenario: Scenario) -> None:
    consumption = scenario.table("consumption")
    assert consumption.rows() == [
        ("Bravo", "bread", 2.0, dt.date(2027, 1, 1), dt.date(2027, 1, 30), "2", 0.0, None, None, None, None)
    ]
    assert scenario.table("locations")["throughput_t_per_day"].to_list() == [50.0, float("inf")]
    assert scenario.table("locations")["name"].to_list() == ["Alfa", "Bravo"]
    assert scenario.table("items")["whole"].to_list() == [False, True]
    assert scenario.table("budgets").height == 0


def test_a_table_of_marked_columns_alone_has_no_rows_by_accident() -> None:
    from redball.core.horizon import Horizon
    from redball.scenario.scenario import fill_defaults
    from redball.scenario.schema import SCHEMA

    frame = pl.DataFrame({"_x": ["a", "b", "c"]})
    assert fill_defaults(frame, SCHEMA["closures"], Horizon(dt.date(2027, 1, 1), 3)).height == 3
