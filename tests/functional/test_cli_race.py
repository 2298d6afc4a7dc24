"""The commands race and sweep, from outside: what they say, keep, take up again and refuse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.functional.cli import SHORTAGE_DAYS, Cli
from tests.functional.test_cli_terminal import Terminal
from tests.tidy.sources import ROOT
from tests.unit.core.test_fanout import cluster, outside

from redball import api
from redball.results.race_tables import RACE_TABLES
from redball.results.sweep_table import SWEEP
from redball.views.cli.progress_view import WorkProgress

SPREAD = "location,item,per_day,per_day_low,per_day_high,priority\nFront,shell,10,4,20,1\n"
"""Of the small scenario: what is used varies."""


@pytest.fixture
def loose(small: Path) -> Path:
    """The small scenario with a spread."""
    (small / "consumption.csv").write_text(SPREAD, encoding="utf-8")
    return small


@pytest.fixture
def planned(cli: Cli, loose: Path, tmp_path: Path) -> Path:
    out = tmp_path / "plan"
    assert cli("plan", loose, "--out", out).code == 0
    return out


def numbers(folder: Path) -> dict[str, Any]:
    """Return a race's summary without what differs from run to run or by who ran it."""
    told: dict[str, Any] = json.loads((folder / "race.json").read_text(encoding="utf-8"))
    told.pop("seconds")
    told["parameters"].pop("threads")
    return told


def tables(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a race's tables."""
    return {name: (folder / f"{name}.parquet").read_bytes() for name in RACE_TABLES}


def test_a_race_prints_its_odds_and_keeps_its_tables(
    cli: Cli, loose: Path, planned: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "race"
    told = cli("race", loose, "--plan", planned, "--out", out, "--replications", 300, "--seed", 7, "--csv")
    assert told.code == 0, told.err
    assert told.out.startswith("Small: 10 days from 1 Mar 2023, 300 futures\nShortage    ")
    assert "shortage-days on average" in told.out
    assert "The likeliest to run short" in told.out
    assert f"Next: redball brief {planned} --race {out}" in told.out
    assert [line.split()[0] for line in told.err.splitlines()] == ["Build", "Run", "Run", "Read"]
    assert "Run 300 of 300" in told.err
    race = api.load_race(out)
    assert (race.summary.replications, race.summary.parameters["seed"]) == (300, 7)
    assert race.summary.shortage_days_low < race.summary.shortage_days < race.summary.shortage_days_high
    assert {path.stem for path in out.glob("*.csv")} == set(RACE_TABLES)
    assert not (out / "parts").exists()


def test_a_race_as_json(cli: Cli, loose: Path, planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "race"
    told = cli("race", loose, "--plan", planned, "--out", out, "--replications", 64, "--json").json
    assert told["ok"]
    assert told["replications"] == 64
    assert told["service_level_low"] <= told["service_level"] <= told["service_level_high"]


def test_the_same_bytes_on_one_thread_and_two_and_on_a_cluster(
    cli: Cli, loose: Path, planned: Path, tmp_path: Path
) -> None:
    asked = ("race", loose, "--plan", planned, "--replications", 4000, "--seed", 3, "--out")
    assert cli(*asked, tmp_path / "one", "--threads", 1).code == 0
    assert cli(*asked, tmp_path / "two", "--threads", 2).code == 0
    with cluster() as (_, address):
        told = cli(*asked, tmp_path / "many", "--cluster", address)
        assert told.code == 0, told.err
        swept = cli("sweep", loose, "--vary", "lanes/road/capacity_t_per_day=x2,0", "--ask", "plan,race",
                    "--replications", 100, "--cluster", address, "--out", tmp_path / "swept")  # fmt: skip
        assert swept.code == 0, swept.err
    assert cli("sweep", loose, "--vary", "lanes/road/capacity_t_per_day=x2,0", "--ask", "plan,race",
               "--replications", 100, "--workers", 1, "--out", tmp_path / "here").code == 0  # fmt: skip
    assert (tmp_path / "swept" / "sweep.csv").read_bytes() == (tmp_path / "here" / "sweep.csv").read_bytes()
    assert tables(tmp_path / "one") == tables(tmp_path / "two") == tables(tmp_path / "many")
    assert numbers(tmp_path / "one") == numbers(tmp_path / "two") == numbers(tmp_path / "many")


def test_a_stopped_race_is_kept_and_goes_on(
    cli: Cli, loose: Path, planned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "race"
    asked = ("race", loose, "--plan", planned, "--replications", 20000, "--out")

    def stop(self: WorkProgress, done: float, total: float | None, detail: str = "") -> None:
        self.stopped = True

    with monkeypatch.context() as patch:
        patch.setattr(WorkProgress, "step", stop)
        told = cli(*asked, out)
    assert told.code == 3
    assert "of 20,000 are kept. The same command goes on from there. Exit code 3." in told.err
    stopped = api.load_race(out).summary.replications
    assert 0 < stopped < 20000
    assert list((out / "parts").iterdir())
    assert cli(*asked, out).code == 0
    assert cli(*asked, tmp_path / "whole").code == 0
    assert tables(out) == tables(tmp_path / "whole")
    assert not (out / "parts").exists()


def test_a_race_that_was_killed_goes_on(cli: Cli, loose: Path, planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "race"
    asked = ["race", str(loose), "--plan", str(planned), "--replications", "200000", "--out"]
    command = [sys.executable, "-m", "redball", *asked, str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=outside(), cwd=ROOT, text=True) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if "of 200,000" in line)
        run.send_signal(signal.SIGKILL)
    kept = {path.name: path.stat().st_mtime_ns for path in (out / "parts").glob("*.part")}
    assert kept
    asked[5] = "20000"
    assert cli(*asked, out).code == 0
    assert cli(*asked, tmp_path / "whole").code == 0
    assert tables(out) == tables(tmp_path / "whole")


def test_until_stops_when_it_is_sure_enough_and_says_when_it_is_not(
    cli: Cli, loose: Path, planned: Path, tmp_path: Path
) -> None:
    asked = ("race", loose, "--plan", planned, "--out", tmp_path / "race", "--replications")
    assert cli(*asked, 100000, "--until", "10%").code == 0
    summary = api.load_race(tmp_path / "race").summary
    assert summary.replications < 100000
    assert summary.width <= 0.1
    told = cli(*asked, 64, "--until", "1%")
    assert told.code == 3
    assert "more than the 1 % that were asked for" in told.err


def test_a_race_against_another_says_what_differs(
    cli: Cli, loose: Path, planned: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert cli("race", loose, "--plan", planned, "--out", first, "--replications", 256).code == 0
    same = cli("race", loose, "--plan", planned, "--out", second, "--replications", 256, "--against", first)
    assert f"No difference from {first}." in same.out
    push = ("race", loose, "--policy", "push", "--out", second, "--replications", 256, "--against", first)
    told = cli(*push)
    assert told.code == 0, told.err
    assert f"Against {first}, in the same futures" in told.out
    found = cli(*push, "--json").json["differences"]
    assert {"measure", "difference", "low", "high"} <= set(found[0])
    refused = cli(*push, "--seed", 9)
    assert refused.code == 2
    assert "seed" in refused.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--replications", "0"], "replications is 0"),
        (["--policy", "pray"], "pray"),
        (["--until", "2"], "until is 2"),
        (["--plan", "missing"], "no plan.json"),
        (["--against", "missing"], "no race.json"),
        (["--cluster", "tcp://127.0.0.1:1"], "no scheduler answers"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    cli: Cli,
    loose: Path,
    planned: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    words: str,
) -> None:
    monkeypatch.setattr("redball.core.fanout.CONNECT_SECONDS", 0.2)
    plan = [] if "--plan" in options else ["--plan", planned]
    told = cli("race", loose, *plan, "--out", tmp_path / "race", *options)
    assert told.code == 2
    assert words in told.err
    assert "Traceback" not in told.err


def test_a_race_does_not_take_the_folder_of_a_plan(cli: Cli, loose: Path, planned: Path) -> None:
    told = cli("race", loose, "--plan", planned, "--out", planned)
    assert told.code == 2
    assert "not a race" in told.err


def test_the_brief_takes_a_race(cli: Cli, loose: Path, planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "race"
    assert cli("race", loose, "--plan", planned, "--out", out, "--replications", 128).code == 0
    assert cli("brief", planned, "--race", out).code == 0
    assert 'id="h-odds"' in (planned / "brief.html").read_text(encoding="utf-8")


STUDY = "variant,table,row,column,value\nwide,lanes,road,capacity_t_per_day,x2\nclosed,lanes,road,capacity_t_per_day,0\n"


def test_a_sweep_answers_a_study_in_one_table(cli: Cli, small: Path, tmp_path: Path) -> None:
    (small / "_study.csv").write_text(STUDY, encoding="utf-8")
    out = tmp_path / "sweep"
    told = cli("sweep", small, "--out", out, "--replications", 100, "--workers", 2)
    assert told.code == 0, told.err
    lines = [line.split()[0] for line in told.out.splitlines()]
    assert lines[:4] == ["Variant", "as", "wide", "closed"]
    assert "Sweep 3 of 3 variants" in told.err
    table = pl.read_csv(out / "sweep.csv", try_parse_dates=True)
    assert table.columns == list(SWEEP)
    assert table["plan_shortage_days"].to_list() == pytest.approx([SHORTAGE_DAYS, 0.0, 8.0], abs=1e-6)
    assert table["race_difference"].to_list()[1:] == pytest.approx([-SHORTAGE_DAYS, 6.4], abs=1e-6)
    before = {path: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}
    again = cli("sweep", small, "--out", out, "--replications", 100, "--json")
    assert again.json["variants"][2]["variant"] == "closed"
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_faults_of_a_study_say_their_row(cli: Cli, small: Path, tmp_path: Path) -> None:
    (small / "_study.csv").write_text(STUDY.replace("lanes,road,", "lanes,raod,"), encoding="utf-8")
    told = cli("sweep", small, "--out", tmp_path / "sweep")
    assert told.code == 2
    assert (
        "error: _study row 2, row: no row of lanes is 'raod'. Did you mean 'road'? [unknown-reference]"
        in told.err
    )
    assert "_study row 3" in told.err


def test_ctrl_c_stops_a_sweep_and_its_processes_without_a_word_of_theirs(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    amounts = ",".join(str(amount) for amount in range(1, 101))
    vary = f"stocks/location=Front/quantity={amounts}"
    options = ["--ask", "plan", "--workers", "2", "--out", str(out), "--vary", vary]
    shown = Terminal([sys.executable, "-m", "redball", "sweep", str(small), *options])
    try:
        shown.until("Sweep")
        # as a terminal does it: to every process in the foreground
        os.killpg(shown.process.pid, signal.SIGINT)
        assert shown.end() == 3
    finally:
        shown.watch.cancel()
        shown.process.kill()
        shown.process.wait()
    assert "Stopping; what is done is kept. Ctrl-C again aborts." in shown.plain
    assert "The same command goes on from there. Exit code 3." in shown.plain
    assert "Traceback" not in shown.plain
    # processes that had only begun are as silent as those in mid-task
    assert pl.read_csv(out / "sweep.csv").height < 101


def test_a_grid_on_the_command_line(cli: Cli, small: Path, tmp_path: Path) -> None:
    told = cli(
        "sweep", small, "--out", tmp_path / "sweep", "--ask", "forecast", "--json",
        "--vary", "stocks/location=Front/quantity=20,50", "--vary", "scenario/days=3,10",
    ).json  # fmt: skip
    assert [row["forecast_dry"] for row in told["variants"]] == [1, 1, 1, 0, 1]
    assert told["variants"][1]["variant"] == "stocks/location=Front/quantity=20; scenario/days=3"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "_study: there is no such table"),
        (["--vary", "lanes"], "has no values"),
        (["--vary", "lanes=3"], "not the address of a cell"),
        (["--vary", "lanes/raod/capacity_t_per_day=3"], "Did you mean 'road'"),
        (["--vary", "scenario/days=3", "--ask", "plan,luck"], "luck is asked"),
    ],
)
def test_what_cannot_be_swept_is_refused(
    cli: Cli, small: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    told = cli("sweep", small, "--out", tmp_path / "sweep", *options)
    assert told.code == 2
    assert words in told.err


def test_python_sweeps_too(small: Path) -> None:
    scenario = api.read(small)
    study = {"closed": {"lanes/road/capacity_t_per_day": 0}, "wide": {"lanes/road/capacity_t_per_day": "x2"}}
    table = api.sweep(scenario, study, ask=["plan"], workers=1)
    assert table["plan_shortage_days"].to_list() == pytest.approx([SHORTAGE_DAYS, 8.0, 0.0], abs=1e-6)
    assert os.sep not in "".join(table["variant"])
