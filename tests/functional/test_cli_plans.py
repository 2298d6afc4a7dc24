"""The commands about plans, from outside: plan, why, forecast, brief."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.functional.cli import SHORTAGE_DAYS, Cli

from redball import api
from redball.results.plan import Plan
from redball.results.tables import RESULTS


@pytest.fixture
def planned(cli: Cli, small: Path, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    assert cli("plan", small, "--out", out).code == 0
    return out


def test_plan_prints_the_answer_and_writes_the_tables(cli: Cli, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    told = cli("plan", small, "--out", out)
    assert told.code == 0
    assert told.out.startswith("Small: 10 days from 1 Mar 2023\n")
    assert f"Shortage    {SHORTAGE_DAYS} shortage-days" in told.out
    assert "Runs short first" in told.out
    assert "What holds the plan back" in told.out
    assert f"redball brief {out}" in told.out
    summary = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert summary
    assert set(RESULTS) <= {path.stem for path in out.glob("*.parquet")}
    assert not list(out.glob("*.csv"))


def test_progress_goes_to_the_other_stream(cli: Cli, small: Path, tmp_path: Path) -> None:
    told = cli("plan", small, "--out", tmp_path / "out", "--json")
    assert told.json["ok"]
    assert told.json["shortage_days"] == pytest.approx(SHORTAGE_DAYS)
    assert told.json["gap"] <= 1e-6
    phases = [line.split()[0] for line in told.err.splitlines()]
    assert phases[0] == "Build"
    assert "Verify" in phases


def test_plan_in_csv(cli: Cli, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli("plan", small, "--out", out, "--csv").code == 0
    shipments = pl.read_csv(out / "shipments.csv")
    assert shipments.height
    assert set(shipments["lane"]) == {"road"}


def test_the_structured_engine_and_a_start_from_its_plan(cli: Cli, small: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    told = cli("plan", small, "--out", out, "--method", "structured", "--gap", "1%", "--json")
    assert told.code == 0
    assert told.json["gap"] <= 0.01
    assert told.json["shortage_days"] == pytest.approx(SHORTAGE_DAYS, rel=0.02)
    assert pl.read_parquet(out / "prices.parquet").height
    told = cli("plan", small, "--out", again, "--method", "structured", "--from", out, "--gap", "1%")
    assert told.code == 0
    assert "multipliers" in told.out
    assert cli("brief", again, "--out", tmp_path / "brief.html").code == 0
    assert cli("plan", small, "--out", again, "--from", tmp_path / "nowhere").code == 2


def test_plan_again_replaces_the_plan(cli: Cli, small: Path, planned: Path) -> None:
    assert cli("plan", small, "--out", planned).code == 0


def test_parameters_reach_the_engine(
    cli: Cli, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    real = api.plan

    def plan(scenario: Any, params: Any, **rest: Any) -> Plan:
        asked.append(params)
        return real(scenario, params, **rest)

    monkeypatch.setattr(api, "plan", plan)
    options = [
        "--gap",
        "0.5%",
        "--time-limit",
        "30",
        "--threads",
        "1",
        "--seed",
        "7",
        "--count-pledges",
        "all",
    ]
    assert cli("plan", small, "--out", tmp_path / "out", *options).code == 0
    assert dataclasses.astuple(asked[0])[:5] == (0.005, 30.0, 1, 7, "all")


@pytest.mark.parametrize("status", ["time limit", "stopped"])
def test_a_plan_that_stops_early_is_kept_and_says_so(
    cli: Cli, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: Any
) -> None:
    real = api.plan

    def plan(*args: Any, **rest: Any) -> Plan:
        made = real(*args, **rest)
        return dataclasses.replace(made, summary=dataclasses.replace(made.summary, status=status, gap=0.25))

    monkeypatch.setattr(api, "plan", plan)
    told = cli("plan", small, "--out", tmp_path / "out", "--gap", "1%")
    assert told.code == 3
    assert f"Stopped ({status}) at a gap of 25 %; asked was 1 %." in told.err
    assert (tmp_path / "out" / "plan.json").is_file()
    data = cli("plan", small, "--out", tmp_path / "out", "--json").json
    assert (data["ok"], data["exit_code"], data["status"]) == (False, 3, status)


def forbid(*args: Any, **rest: Any) -> Plan:
    raise AssertionError("the long work must not begin")


def test_a_bad_folder_is_refused_before_the_work(
    cli: Cli, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "plan", forbid)
    file = tmp_path / "file"
    file.write_text("precious")
    for out in (file, file / "below", small):
        told = cli("plan", small, "--out", out)
        assert told.code == 2
        assert str(out) in told.err
    assert file.read_text() == "precious"


def test_a_folder_without_permission_is_refused(
    cli: Cli, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "plan", forbid)
    real = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode, **rest: not mode & os.W_OK and real(path, mode, **rest)
    )
    told = cli("plan", small, "--out", tmp_path / "out")
    assert told.code == 2
    assert "no permission" in told.err


def test_a_faulty_scenario_is_not_planned(cli: Cli, faulty: Path, tmp_path: Path) -> None:
    told = cli("plan", faulty, "--out", tmp_path / "out")
    assert (told.code, told.out) == (2, "")
    assert told.err.count("error: ") == 3
    assert not (tmp_path / "out").exists()


def test_why_names_the_lane(cli: Cli, planned: Path) -> None:
    told = cli("why", planned, "--location", "Front", "--item", "shell", "--date", "2023-03-05")
    assert told.code == 0
    assert "road" in told.out
    assert "What holds the plan back" in told.out


def test_why_for_machines(cli: Cli, planned: Path) -> None:
    data = cli("why", planned, "--json").json
    assert data["ok"]
    assert {"kind", "text", "rule"} <= set(data["causes"][0])
    assert any(cause["subject"] == "road" for cause in data["causes"])
    assert [row["name"] for row in data["bottlenecks"] if row["limit"] == "lane"] == ["road"]


@pytest.mark.parametrize("option", ["--location", "--item"])
def test_why_of_an_unknown_name_is_bad_input(cli: Cli, planned: Path, option: str) -> None:
    told = cli("why", planned, option, "Nowhere")
    assert told.code == 2
    assert "Nowhere" in told.err


def test_forecast_without_and_with_a_plan(cli: Cli, small: Path, planned: Path) -> None:
    bare = cli("forecast", small)
    assert bare.code == 0
    assert "Dry: nothing moves" in bare.out
    assert "Short: plan" not in bare.out
    row = next(line for line in bare.out.splitlines() if line.startswith("Front"))
    assert row.split()[:3] == ["Front", "shell", "2"]
    assert "3 Mar 2023" in row
    both = cli("forecast", small, "--plan", planned)
    assert "Short: plan" in both.out


def test_forecast_for_machines(cli: Cli, small: Path, planned: Path) -> None:
    rows = cli("forecast", small, "--plan", planned, "--json").json["forecast"]
    front = {row["way"]: row for row in rows if row["location"] == "Front"}
    assert front["nothing moves"]["stock_out_date"] == "2023-03-03"
    assert front["nothing moves"]["days_of_supply"] == pytest.approx(2)
    # the road cannot bring more than 8 on that day, whatever is planned: 0.8 of its 10 are served
    assert front["plan"]["stock_out_date"] == "2023-03-03"
    assert front["plan"]["days_of_supply"] == pytest.approx(2.8)


@pytest.mark.parametrize("command", [["why"], ["brief"]])
def test_what_is_no_plan_is_bad_input(cli: Cli, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere"):
        told = cli(*command, path)
        assert told.code == 2
        assert path.name in told.err


def test_brief_is_written_where_asked(cli: Cli, planned: Path, tmp_path: Path) -> None:
    assert cli("brief", planned).code == 0
    assert (planned / "brief.html").is_file()
    told = cli("brief", planned, "--out", tmp_path / "b.html", "--json")
    assert told.json["path"] == str(tmp_path / "b.html")
    assert (tmp_path / "b.html").read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")
    assert cli("brief", planned, "--out", tmp_path / "none" / "b.html").code in (0, 2)


def test_a_saved_plan_can_be_planned_over_after_its_brief(cli: Cli, small: Path, planned: Path) -> None:
    (planned / "brief.html").write_text("brief")
    assert cli("plan", small, "--out", planned).code == 0
