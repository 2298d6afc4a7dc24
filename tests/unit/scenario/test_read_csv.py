"""CSV files as people have them, and as nobody should."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from tests.unit.scenario.conftest import TABLES, Broken

from redball.scenario import limits, read_csv
from redball.scenario.read import check, read
from redball.scenario.write import write

LANES = TABLES["lanes"]
GERMAN = "location;item;per_day;from_date;note\nBravo;bread;2,5;2027-01-02;a, b\nBravo;bread;3;;\n"


def errors(folder: Path) -> list[tuple[str, str]]:
    return [(fault.code, fault.place) for fault in check(folder) if fault.severity == "error"]


@pytest.mark.parametrize(
    "data",
    [
        LANES.encode("utf-8-sig"),
        LANES.replace("\n", "\r\n").encode(),
        LANES.replace("\n", "\r").encode(),
        LANES.rstrip("\n").encode(),
        (LANES + "\n\n  \n,,,,,\n").encode(),
        LANES.replace("\n", ",,\n").encode(),
        LANES.replace(",", " , ").encode(),
        LANES.replace("AB", '"AB"').replace("road", '" road "').encode(),
        LANES.replace(",", ";").encode(),
        "\n".join(",".join(reversed(line.split(","))) for line in LANES.splitlines()).encode(),
    ],
    ids=[
        "mark",
        "crlf",
        "cr",
        "no-end",
        "blank-end",
        "empty-columns",
        "spaces",
        "quotes",
        "semicolons",
        "order",
    ],
)
def test_files_as_people_have_them(broken: Broken, folder: Path, data: bytes) -> None:
    expected = read(folder).table("lanes")
    assert not [fault for fault in broken(lanes=data) if fault.severity == "error"]
    assert read(folder).table("lanes").equals(expected)


def test_semicolons_and_decimal_commas_are_read_and_said(broken: Broken, folder: Path) -> None:
    faults = broken(consumption=GERMAN)
    assert [(fault.code, fault.severity) for fault in faults] == [
        ("semicolons", "warning"),
        ("decimal-comma", "warning"),
    ]
    frame = read(folder).tables["consumption"]
    assert frame["per_day"].to_list() == [2.5, 3.0]
    assert frame["from_date"].to_list() == [dt.date(2027, 1, 2), None]


def test_decimal_commas_beside_points_are_a_fault(broken: Broken) -> None:
    faults = broken(consumption=GERMAN.replace(";3;", ";3.25;"))
    (fault,) = [fault for fault in faults if fault.severity == "error"]
    assert (fault.code, fault.row, fault.value) == ("not-a-number", 2, "2,5")
    assert fault.remedy == "Use a point for decimals."


def test_a_cell_of_several_lines_leaves_the_rows_as_a_spreadsheet_counts_them(
    broken: Broken, folder: Path
) -> None:
    text = 'location,item,per_day,note\nBravo,bread,1,"two\nlines, ""said"""\nBravo,bread,x,\n'
    (fault,) = broken(consumption=text)
    assert (fault.row, fault.column) == (3, "per_day")
    assert broken(consumption=text.replace("x", "1")) == ()
    assert read(folder).tables["consumption"]["note"][0] == 'two\nlines, "said"'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LANES.encode("utf-16"), "encoding"),
        (LANES.replace("Bravo", "Brävo").encode("latin-1"), "encoding"),
        (b"PK\x03\x04rubbish", "unreadable"),
        (b"\x00\x01\x02\x03", "unreadable"),
        (b"", "no-header"),
        (b"\n\n", "no-header"),
        (LANES.replace(",", "\t").encode(), "separator"),
        (LANES.replace("road", '"road').encode(), "quotes"),
        (LANES.replace("mode", '"mode').encode(), "quotes"),
        (LANES.replace("road", '"ro"ad').encode(), "quotes"),
        (b"a," * 301 + b"b\n", "too-large"),
        (b"a" * 100_000 + b"\n", "too-large"),
    ],
)
def test_files_that_cannot_be_read_say_why(broken: Broken, data: bytes, code: str) -> None:
    faults = [fault for fault in broken(lanes=data) if fault.severity == "error"]
    assert [(fault.code, fault.place) for fault in faults] == [(code, "lanes.csv")]
    assert faults[0].remedy
    assert "polars" not in str(faults[0]).lower()


def test_an_inch_mark_in_text_is_no_quotation(broken: Broken, folder: Path) -> None:
    text = 'location,item,per_day,note\nBravo,bread,1,5" pipe\nBravo,bread,1,6" pipe\n'
    assert broken(consumption=text) == ()
    assert read(folder).tables["consumption"]["note"].to_list() == ['5" pipe', '6" pipe']


def test_unknown_files_are_faults_and_marked_ones_are_kept(folder: Path, tmp_path: Path) -> None:
    for name in ("lane.csv", "lanes.txt", "_prices.csv", "README.md", ".hidden"):
        (folder / name).write_text("a,a\n1\n")
    faults = check(folder)
    assert {(fault.code, fault.place) for fault in faults} == {
        ("unknown-file", "lane.csv"),
        ("unknown-file", "lanes.txt"),
    }
    assert "'lanes.csv'" in next(fault.remedy for fault in faults if fault.place == "lane.csv")
    (folder / "lane.csv").unlink()
    (folder / "lanes.txt").unlink()
    scenario = read(folder)
    assert scenario.extras["_prices"].rows() == [("a", "a"), ("1", None)]
    assert (write(scenario, tmp_path / "copy") / "_prices.csv").read_text() == "a,a\n1,\n"


def test_a_marked_file_that_is_no_table_is_left_out_with_a_word(folder: Path) -> None:
    (folder / "_photo.csv").write_bytes(b"\x00\xff" * 100)
    (fault,) = check(folder)
    assert (fault.code, fault.severity) == ("not-kept", "warning")
    assert not read(folder).extras


def test_marked_columns_are_kept_as_they_are(broken: Broken, folder: Path, tmp_path: Path) -> None:
    text = "location,item,per_day,_mine\nBravo,bread,1, 007 \nBravo,bread,1,\n"
    assert broken(consumption=text) == ()
    assert (write(read(folder), tmp_path / "copy") / "consumption.csv").read_text() == text


def test_links_out_of_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(LANES)
    (folder / "lanes.csv").unlink()
    (folder / "lanes.csv").symlink_to(secret)
    (folder / "_more.csv").symlink_to(secret)
    assert errors(folder) == [("outside-folder", "lanes.csv"), ("outside-folder", "_more.csv")]
    (folder / "scenario.toml").rename(tmp_path / "scenario.toml")
    (folder / "scenario.toml").symlink_to(tmp_path / "scenario.toml")
    assert ("outside-folder", "scenario.toml") in errors(folder)


def test_links_within_the_folder_are_followed(folder: Path) -> None:
    (folder / "lanes.csv").rename(folder / "old.txt")
    (folder / "lanes.csv").symlink_to(folder / "old.txt")
    assert check(folder) == ()


def test_what_is_no_file_is_not_opened(folder: Path) -> None:
    (folder / "lanes.csv").unlink()
    os.mkfifo(folder / "lanes.csv")
    (folder / "needs.csv").unlink()
    (folder / "needs.csv").mkdir()
    assert errors(folder) == [("unreadable", "lanes.csv"), ("unreadable", "needs.csv")]


def test_a_file_beyond_the_limits_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "lanes.csv").open("ab") as file:
        file.truncate(limits.FILE_BYTES_MAX + 1)
    assert errors(folder) == [("too-large", "lanes.csv")]
    (folder / "lanes.csv").write_text(LANES + "\n" * 50)
    monkeypatch.setattr(read_csv, "ROWS_MAX", 50)
    assert errors(folder) == [("too-large", "lanes.csv")]
    monkeypatch.setattr(read_csv, "FILES_MAX", 3)
    assert ("too-large", folder.name) in errors(folder)


@pytest.mark.parametrize("what", ["missing", "file", "empty", "old"])
def test_a_path_without_a_scenario_is_a_fault(tmp_path: Path, what: str) -> None:
    path = tmp_path / {"file": "notes.txt", "old": "book.xls"}.get(what, "here")
    if what == "empty":
        path.mkdir()
        (path / "senario.toml").write_text("")
    elif what != "missing":
        path.write_text("x")
    (fault,) = check(path)
    assert fault.code == ("not-found" if what == "missing" else "not-a-scenario")
    assert fault.remedy
    if what == "empty":
        assert "'senario.toml'" in fault.remedy


def test_settings_need_not_be_utf8_to_get_a_fault(folder: Path) -> None:
    (folder / "scenario.toml").write_bytes(b'[scenario]\nname = "\xe4"\n')
    assert errors(folder) == [("encoding", "scenario.toml")]
