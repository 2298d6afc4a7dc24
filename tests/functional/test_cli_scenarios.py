"""The commands about scenarios, from outside: check, new, convert, schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.functional.cli import Cli, write_small


def test_check_of_a_good_scenario_says_so(cli: Cli, small: Path) -> None:
    told = cli("check", small)
    assert (told.code, told.err) == (0, "")
    assert told.out == "No fault. The scenario can be planned.\n"


def test_check_lists_all_faults_one_on_a_line(cli: Cli, faulty: Path) -> None:
    told = cli("check", faulty)
    assert told.code == 2
    lines = told.out.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "3 faults. Nothing was done. Exit code 2."
    typo = next(line for line in lines if "Fron'" in line)
    assert typo.startswith("error: lanes.csv row 2, to_location: ")
    assert "Front" in typo
    assert typo.endswith("[unknown-reference]")
    assert any(line.startswith("error: consumption.csv row 2, per_day: ") for line in lines)
    assert any(line.startswith("error: consumption.csv row 3, item: ") for line in lines)


def test_check_for_machines(cli: Cli, faulty: Path) -> None:
    told = cli("check", faulty, "--json")
    data = told.json
    assert (told.code, data["ok"], data["exit_code"]) == (2, False, 2)
    places = {(fault["place"], fault["row"], fault["column"], fault["value"]) for fault in data["faults"]}
    assert places == {
        ("lanes.csv", 2, "to_location", "Fron"),
        ("consumption.csv", 2, "per_day", "ten"),
        ("consumption.csv", 3, "item", "shel"),
    }


def test_check_for_machines_of_a_good_scenario(cli: Cli, small: Path) -> None:
    assert cli("check", "--json", small).json == {"ok": True, "exit_code": 0, "faults": []}


def test_warnings_do_not_stop_anybody(cli: Cli, tmp_path: Path) -> None:
    lanes = "lane,from_location,to_location,mode,transit_days\nroad,Depot,Front,road,1.1\n"
    path = write_small(tmp_path / "warned", lanes=lanes)
    told = cli("check", path)
    assert told.code == 0
    assert told.out.startswith("warning: lanes.csv row 2, transit_days: ")
    assert told.out.endswith("No fault, 1 warning. The scenario can be planned.\n")
    data = cli("check", path, "--json").json
    assert data["ok"]
    assert [fault["severity"] for fault in data["faults"]] == ["warning"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere.xlsx"])
def test_what_is_not_there_is_bad_input(cli: Cli, tmp_path: Path, name: str) -> None:
    for command in (["check"], ["plan", "--out", tmp_path / "out"], ["forecast"]):
        told = cli(*command, tmp_path / name)
        assert told.code == 2
        assert name in told.out + told.err
        assert "Traceback" not in told.out + told.err


def test_a_cell_cannot_command_the_terminal(cli: Cli, tmp_path: Path) -> None:
    path = write_small(tmp_path / "evil", stocks="location,item,quantity\nDepot,shell,[red]1\x1b[2J\n")
    told = cli("check", path)
    assert told.code == 2
    assert "\x1b" not in told.out
    assert "[red]" in told.out


@pytest.mark.parametrize("name", ["made", "made.xlsx"])
def test_new_makes_what_check_understands(cli: Cli, tmp_path: Path, name: str) -> None:
    made = tmp_path / name
    told = cli("new", made)
    assert told.code == 0
    assert str(made) in told.out
    data = cli("check", made, "--json").json
    # an empty template lacks rows and nothing else
    assert {fault["code"] for fault in data["faults"]} <= {"no-rows", "no-demand"}
    assert cli("new", made).code == 2


def test_new_for_machines(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", tmp_path / "made", "--json").json["path"] == str(tmp_path / "made")


def test_convert_there_and_back(cli: Cli, small: Path, tmp_path: Path) -> None:
    book, back = tmp_path / "book.xlsx", tmp_path / "back"
    assert cli("convert", small, book).code == 0
    told = cli("convert", book, back)
    assert told.code == 0
    assert told.out == f"Wrote {back}: 7 rows in 5 tables.\n"
    assert cli("check", back).code == 0
    lanes = (back / "lanes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "0.4" in lanes[1]


def test_convert_overwrites_only_when_told(cli: Cli, small: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"precious")
    told = cli("convert", small, book)
    assert told.code == 2
    assert "--overwrite" in told.err
    assert book.read_bytes() == b"precious"
    assert cli("convert", small, book, "--overwrite").code == 0
    assert book.read_bytes()[:2] == b"PK"


def test_convert_onto_itself_is_refused(cli: Cli, small: Path) -> None:
    before = {path.name: path.read_bytes() for path in small.iterdir()}
    assert cli("convert", small, small, "--overwrite").code == 2
    assert {path.name: path.read_bytes() for path in small.iterdir()} == before


def test_convert_of_a_faulty_scenario_writes_nothing(cli: Cli, faulty: Path, tmp_path: Path) -> None:
    told = cli("convert", faulty, tmp_path / "book.xlsx")
    assert told.code == 2
    assert "3 faults" in told.err
    assert not (tmp_path / "book.xlsx").exists()


def test_schema_is_a_json_schema(cli: Cli) -> None:
    told = cli("schema")
    assert told.code == 0
    data = json.loads(told.out)
    assert data["$schema"].startswith("https://json-schema.org/")
    assert "lanes" in json.dumps(data)
