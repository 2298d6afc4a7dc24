"""A sweep asks the same of every variant, takes up what it knows, and lists all faults of a study at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from tests.functional.cli import SHORTAGE_DAYS, write_small
from tests.unit.engines import sweep_work

from redball import api
from redball.core.errors import FaultsError, InputError
from redball.core.fanout import Processes, Threads, Workers
from redball.core.progress import Silent
from redball.engines.sweep import Verbs, run_sweep
from redball.engines.sweep_study import AS_IT_IS, Variant, grid, listed, named, variants
from redball.model.params import PlanParams, RaceParams
from redball.results.sweep_table import SWEEP
from redball.scenario.edit import Edit, edit_at, edited
from redball.scenario.fault_log import FaultLog
from redball.scenario.scenario import Scenario

ALONE = Threads(1)
PLAN, RACE = PlanParams(threads=1), RaceParams(replications=40)
ROAD = "lanes/road/capacity_t_per_day"

STUDY = """variant,table,row,column,value,note
closed,lanes,road,capacity_t_per_day,0,the road is cut
wide,lanes,road,capacity_t_per_day,x2,
wide,stocks,location=Front & item=shell,quantity,x2,
all,plan,,count_pledges,all,
later,scenario,,start,2023-04-01,
"""
"""Of the small scenario: from day 2 on the road brings 8 a day where 10 are asked."""


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    folder = write_small(tmp_path / "small")
    (folder / "_study.csv").write_text(STUDY, encoding="utf-8")
    return api.read(folder)


def made(scenario: Scenario, study: Mapping[str, Sequence[Edit]]) -> tuple[Variant, ...]:
    return variants(scenario, study, PLAN, RACE, Silent())


def run(
    chosen: Sequence[Variant],
    *questions: str,
    workers: Workers = ALONE,
    folder: Path | None = None,
    progress: Silent | None = None,
) -> pl.DataFrame:
    verbs = Verbs(questions, sweep_work.plan, sweep_work.race)
    return run_sweep(chosen, verbs, workers, folder, progress or Silent())


def test_a_study_lies_with_its_scenario(small: Scenario) -> None:
    as_it_is, closed, wide, all_, later = made(small, listed(small))
    assert [as_it_is.name, closed.name, wide.name, all_.name, later.name] == [
        AS_IT_IS,
        "closed",
        "wide",
        "all",
        "later",
    ]
    assert closed.scenario.table("lanes")["capacity_t_per_day"].to_list() == [0.0]
    assert wide.scenario.table("lanes")["capacity_t_per_day"].to_list() == [0.8]
    assert wide.scenario.table("stocks")["quantity"].to_list() == [500.0, 40.0]
    assert wide.changes == "lanes/road/capacity_t_per_day=x2; stocks/location=Front & item=shell/quantity=x2"
    assert all_.plan == PlanParams(threads=1, count_pledges="all")
    assert all_.scenario.digest == as_it_is.scenario.digest == small.digest
    assert later.scenario.settings.start == dt.date(2023, 4, 1)


@pytest.mark.parametrize("workers", [Threads(1), Processes(2)], ids=str)
def test_one_row_for_each_variant(small: Scenario, workers: Workers) -> None:
    table = run(made(small, listed(small)), "plan", "race", "forecast", workers=workers)
    assert dict(table.schema) == SWEEP
    rows = {row["variant"]: row for row in table.iter_rows(named=True)}
    assert list(rows) == [AS_IT_IS, "closed", "wide", "all", "later"]
    shortage = {name: row["plan_shortage_days"] for name, row in rows.items()}
    # closed: two days from stock, eight without; wide: the road brings all that is asked
    expected = {
        AS_IT_IS: SHORTAGE_DAYS,
        "closed": 8.0,
        "wide": 0.0,
        "all": SHORTAGE_DAYS,
        "later": SHORTAGE_DAYS,
    }
    assert shortage == pytest.approx(expected, abs=1e-6)
    assert rows["closed"]["plan_status"] in ("optimal", "gap")
    assert rows["closed"]["forecast_first_dry"] == dt.date(2023, 3, 3)
    assert rows["later"]["forecast_first_dry"] == dt.date(2023, 4, 3)
    assert rows["wide"]["forecast_dry"] == 1
    # the luck is the same, so that only the plans differ, to the last batch
    assert rows[AS_IT_IS]["race_difference"] is None
    difference = [
        rows["closed"][name] for name in ("race_difference", "race_difference_low", "race_difference_high")
    ]
    assert difference == pytest.approx([6.4] * 3, abs=1e-6)


def test_what_is_not_asked_is_blank(small: Scenario) -> None:
    table = run(made(small, {}), "forecast")
    assert table.height == 1
    blank = [column for column in table.columns if table[column].null_count()]
    assert all(column.startswith(("plan_", "race_")) for column in blank)
    assert len(blank) == len(SWEEP) - 4


def test_races_of_other_seeds_are_not_pairs(small: Scenario) -> None:
    study = named({"lucky": {"race//seed": 1}})
    assert run(made(small, study), "race")["race_difference"].to_list() == [None, None]


def test_a_sweep_is_taken_up_where_it_stopped(small: Scenario, tmp_path: Path) -> None:
    chosen = made(small, listed(small))

    class Stopping(Silent):
        def step(self, done: float, total: float | None, detail: str = "") -> None:
            self.stopped = done == 2

    parts = tmp_path / "parts"
    first = run(chosen, "plan", "race", folder=parts, progress=Stopping())
    assert first["variant"].to_list() == [AS_IT_IS, "closed"]
    kept = {file.name: file.stat().st_mtime_ns for file in parts.iterdir()}
    whole = run(chosen, "plan", "race", folder=parts)
    assert whole.head(2).equals(first)
    assert whole.equals(run(chosen, "plan", "race"))
    assert {name: (parts / name).stat().st_mtime_ns for name in kept} == kept
    assert len(list(parts.iterdir())) == len(chosen)


def test_a_grid_has_every_combination(small: Scenario) -> None:
    study = grid({ROAD: [0, "x2"], "scenario//days": [5, 6, 7]})
    chosen = made(small, study)
    assert [variant.scenario.settings.days for variant in chosen[1:]] == [5, 6, 7, 5, 6, 7]
    capacities = [variant.scenario.table("lanes")["capacity_t_per_day"].item() for variant in chosen[1:]]
    assert capacities == [0.0] * 3 + [0.8] * 3
    assert chosen[1].name == "lanes/road/capacity_t_per_day=0; scenario/days=5"


@pytest.mark.parametrize(
    ("address", "value", "code", "told"),
    [
        ("lane/road/capacity_t_per_day", 1, "unknown-file", "Did you mean 'lanes'"),
        ("lanes/raod/capacity_t_per_day", 1, "unknown-reference", "Did you mean 'road'"),
        ("lanes/road/capacity", 1, "unknown-column", "capacity_t_per_day"),
        ("lanes/rode=x/capacity_t_per_day", 1, "unknown-column", "Did you mean 'mode'"),
        ("lanes/mode=rail/capacity_t_per_day", 1, "unknown-reference", "no row"),
        (ROAD, "1,5", "not-a-number", "point for decimals"),
        (ROAD, -1, "out-of-range", "0 or more"),
        ("lanes/road/loss_fraction", "x2", "missing-value", "multiplied"),
        ("lanes/road/transit_days", None, "missing-value", "blank"),
        ("consumption/*/from_date", "1 March", "not-a-date", "1 March"),
        ("items/shell/whole", "perhaps", "not-a-choice", "yes no"),
        ("lanes/*/mode", "roads", "not-a-choice", "Did you mean 'road'"),
        ("stocks/*/location", "Fron", "unknown-reference", "Did you mean 'Front'"),
        ("scenario//dayss", 3, "unknown-setting", "Did you mean 'days'"),
        ("scenario//days", -3, "bad-setting", "at least"),
        ("objective//rationing", "odd", "bad-setting", "even"),
        ("plan//gapp", 0.1, "unknown-column", "Did you mean 'gap'"),
        ("plan//gap", 2, "bad-setting", "share"),
        ("plan//gap", "small", "bad-setting", "type"),
        ("race//policy", "pray", "bad-setting", "follow"),
    ],
)
def test_a_change_that_cannot_be_is_a_fault(
    small: Scenario, address: str, value: object, code: str, told: str
) -> None:
    with pytest.raises(FaultsError) as caught:
        made(small, named({"odd": {address: value}, "well": {ROAD: 1}}))
    (fault,) = caught.value.faults
    assert fault.code == code
    assert told in str(fault)


def test_all_faults_of_a_study_are_listed_at_once(small: Scenario) -> None:
    study = named({"one": {"lane//x": 1}, "two": {"lanes/*/mode": "roads"}, AS_IT_IS: {ROAD: 1}})
    with pytest.raises(FaultsError) as caught:
        made(small, study)
    assert [fault.code for fault in caught.value.faults] == ["unknown-file", "duplicate-id", "not-a-choice"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "variant,table,row,column,values\na,lanes,road,capacity_t_per_day,1\n",
            ["unknown-column", "missing-column"],
        ),
        ("variant,table,row,column,value\n,lanes,road,,1\n", ["missing-value"] * 2),
        ("variant,table,row,column,value,value\na,lanes,road,mode,rail,road\n", ["duplicate-column"]),
    ],
)
def test_a_study_that_cannot_be_read_is_said(tmp_path: Path, text: str, codes: list[str]) -> None:
    folder = write_small(tmp_path / "odd")
    (folder / "_study.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        listed(api.read(folder))
    assert [fault.code for fault in caught.value.faults] == codes


def test_a_study_that_is_not_there_is_said(small: Scenario) -> None:
    with pytest.raises(FaultsError, match="variant table row column value"):
        listed(small, "other")


@pytest.mark.parametrize("address", ["lanes", "lanes/road", "/road/x", "lanes/road/"])
def test_an_address_names_a_cell(address: str) -> None:
    if address == "lanes/road":
        assert edit_at(address, 1) == Edit("lanes", "", "road", "1")
    else:
        with pytest.raises(InputError, match="address"):
            edit_at(address, 1)


def test_something_must_be_asked(small: Scenario) -> None:
    with pytest.raises(InputError, match="nothing is asked"):
        run(made(small, {}))


def test_no_change_is_the_same_scenario(small: Scenario) -> None:
    same = edited(small, [], "study", FaultLog())
    assert same is not None
    assert same.digest == small.digest
