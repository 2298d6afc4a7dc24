"""Workbooks as people have them, and as nobody should."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from redball.scenario import workbook_scan
from redball.scenario.read import check, read
from redball.scenario.write import write
from redball.scenario.write_excel import workbook_bytes

STOCKS = "xl/worksheets/sheet4.xml"
Edit = Callable[[str, bytes], bytes]


@pytest.fixture
def book(folder: Path, tmp_path: Path) -> Path:
    """The small scenario as a workbook."""
    return write(read(folder), tmp_path / "book.xlsx")


def edited(book: Path, edit: Edit, more: dict[str, bytes] | None = None) -> Path:
    """Change the parts of a workbook."""
    parts = {}
    with zipfile.ZipFile(book) as old:
        for name in old.namelist():
            parts[name] = edit(name, old.read(name))
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in (parts | (more or {})).items():
            new.writestr(name, data)
    return book


def made(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Write a workbook by hand, with dates and formulas where the cells say so."""
    with xlsxwriter.Workbook(path) as new:
        date = new.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = new.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, cell, date)
                    elif cell is not None:
                        sheet.write(row, column, cell)
    return path


def sheets() -> dict[str, list[list[Any]]]:
    return {
        "scenario": [["setting", "value"], ["name", "by hand"], ["start", dt.date(2027, 1, 1)], ["days", 30]],
        "locations": [["location", "kind"], [101, "depot"], ["Bravo", "point"]],
        "items": [
            ["item", "supply_class", "unit", "tonnes_per_unit", "whole"],
            ["bread", "I", "t", "1", True],
        ],
        "lanes": [
            ["lane", "from_location", "to_location", "mode", "transit_days"],
            ["AB", 101, "Bravo", "road", 1],
        ],
        "needs": [
            ["need", "location", "item", "quantity", "due_date", "priority"],
            ["N1", "Bravo", "bread", 2, dt.date(2027, 1, 20), 1],
            ["N2", "Bravo", "bread", "3", "2027-01-21", "2"],
            ["N3", "Bravo", "bread", 4, 46409, None],
        ],
    }


def test_cells_as_people_type_them(tmp_path: Path) -> None:
    scenario = read(made(tmp_path / "book.xlsx", sheets()))
    needs = scenario.tables["needs"]
    assert needs["due_date"].to_list() == [dt.date(2027, 1, 20), dt.date(2027, 1, 21), dt.date(2027, 1, 22)]
    assert needs["quantity"].to_list() == [2.0, 3.0, 4.0]
    assert needs["priority"].to_list() == ["1", "2", None]
    assert scenario.tables["locations"]["location"].to_list() == ["101", "Bravo"]
    assert scenario.tables["items"]["whole"].to_list() == [True]
    assert (scenario.settings.start, scenario.settings.days) == (dt.date(2027, 1, 1), 30)


def test_days_counted_from_1904(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as new:
        for name, rows in sheets().items():
            sheet = new.add_worksheet(name)
            date = new.add_format({"num_format": "yyyy-mm-dd"})
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(row, column, cell, date)
                    elif cell is not None:
                        sheet.write(row, column, cell - 1462 if cell == 46409 else cell)
    assert read(path).tables["needs"]["due_date"][2] == dt.date(2027, 1, 22)


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "code"),
    [
        ("needs", 2, 4, "20.1.2027", "not-a-date"),
        ("needs", 2, 4, 2027, "not-a-date"),
        ("needs", 2, 4, dt.datetime(2027, 1, 20, 12), "not-a-date"),
        ("needs", 3, 3, "2,5", "not-a-number"),
        ("needs", 3, 3, dt.date(2027, 1, 3), "not-a-number"),
        ("needs", 1, 1, "Bravno", "unknown-reference"),
        ("locations", 1, 0, None, "missing-value"),
        ("lanes", 0, 3, "mood", "unknown-column"),
        ("scenario", 3, 1, "many", "bad-setting"),
        ("scenario", 3, 0, "dyas", "unknown-setting"),
        ("scenario", 0, 0, "sitting", "no-header"),
    ],
)
def test_a_wrong_cell_is_reported_at_its_sheet_and_row(
    tmp_path: Path, sheet: str, row: int, column: int, value: object, code: str
) -> None:
    cells = sheets()
    cells[sheet][row][column] = value
    faults = check(made(tmp_path / "book.xlsx", cells))
    assert (code, sheet, row + 1) in {(fault.code, fault.place, fault.row) for fault in faults}


def test_unknown_sheets_are_faults_and_marked_ones_are_kept(tmp_path: Path) -> None:
    extra = [[None, "Title"], [], ["007", 7, True, 2.5]]
    path = made(tmp_path / "book.xlsx", sheets() | {"lane": [["x"]], "_mine": extra})
    (fault,) = check(path)
    assert (fault.code, fault.place, fault.remedy) == ("unknown-file", "lane", "Did you mean 'lanes'?")
    path = made(tmp_path / "book.xlsx", sheets() | {"_mine": extra})
    rows = [(None, "Title", None, None), (None,) * 4, ("007", "7", "yes", "2.5")]
    assert read(path).extras["_mine"].rows() == rows
    assert read(write(read(path), tmp_path / "folder")).extras["_mine"].rows() == rows


def test_a_sheet_cannot_name_a_file_elsewhere(book: Path) -> None:
    def rename(name: str, data: bytes) -> bytes:
        return data.replace(b'name="needs"', b'name="_/../../evil"') if name == "xl/workbook.xml" else data

    (fault,) = check(edited(book, rename))[:1]
    assert (fault.code, fault.severity) == ("not-kept", "warning")


def test_a_formula_without_a_stored_value_is_a_fault_and_none_is_run(book: Path) -> None:
    def formula(name: str, data: bytes) -> bytes:
        return data.replace(b'"C2"><v>40</v>', b'"C2"><f>20+20</f><v></v>') if name == STOCKS else data

    (fault,) = [fault for fault in check(edited(book, formula)) if fault.code == "formula-value"]
    assert (fault.place, fault.row, fault.column) == ("stocks", 2, "quantity")


def test_a_formula_with_a_stored_value_counts_as_that_value(book: Path) -> None:
    def formula(name: str, data: bytes) -> bytes:
        return data.replace(b'"C2"><v>40</v>', b'"C2"><f>1+1</f><v>41</v>') if name == STOCKS else data

    assert check(edited(book, formula)) == ()
    assert read(book).tables["stocks"]["quantity"].to_list() == [41.0]


def test_a_spreadsheet_error_is_a_fault(book: Path) -> None:
    def wrong(name: str, data: bytes) -> bytes:
        if name != STOCKS:
            return data
        return data.replace(b'<c r="C2"><v>40</v>', b'<c r="C2" t="e"><f>#REF!</f><v>#REF!</v>')

    faults = check(edited(book, wrong))
    assert ("cell-error", "stocks", 2) in {(fault.code, fault.place, fault.row) for fault in faults}


def far_corner(name: str, data: bytes) -> bytes:
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return data.replace(b"</sheetData>", cell) if name == "xl/worksheets/sheet2.xml" else data


def tall(name: str, data: bytes) -> bytes:
    cell = b'<row r="1048576"><c r="KA1048576"><v>1</v></c></row></sheetData>'
    return data.replace(b"</sheetData>", cell) if name == "xl/worksheets/sheet2.xml" else data


def repeated(name: str, data: bytes) -> bytes:
    cells = b'<c r="A1"/>' * 30_000 + b"</row></sheetData>"
    return data.replace(b"</row></sheetData>", cells) if name == "xl/worksheets/sheet2.xml" else data


def doctype(name: str, data: bytes) -> bytes:
    head = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    return (
        data.replace(b"<worksheet", head + b"<worksheet", 1) if name == "xl/worksheets/sheet2.xml" else data
    )


def cut(name: str, data: bytes) -> bytes:
    return data[:-20] if name == "xl/worksheets/sheet2.xml" else data


def unnamed(name: str, data: bytes) -> bytes:
    return data.replace(b"sheet2.xml", b"sheet2.bin") if name == "xl/_rels/workbook.xml.rels" else data


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (far_corner, "too-large"),
        (tall, "too-large"),
        (doctype, "unreadable"),
        (cut, "unreadable"),
        (unnamed, "unreadable"),
    ],
)
def test_a_hostile_workbook_is_refused_without_being_laid_out(book: Path, edit: Edit, code: str) -> None:
    edited(book, edit)
    tracemalloc.start()
    try:
        faults = check(book)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(fault.code, fault.place) for fault in faults] == [(code, "book.xlsx")]
    assert peak < 20_000_000


def test_a_part_that_unpacks_to_much_more_than_it_weighs_is_refused(book: Path) -> None:
    bomb = b" " * 40_000_000
    (fault,) = check(edited(book, lambda _, data: data, {"xl/bomb.xml": bomb}))
    assert (fault.code, fault.place) == ("too-large", "book.xlsx")


def test_what_the_directory_claims_about_sizes_is_not_believed(book: Path) -> None:
    edited(book, lambda _, data: data, {"xl/bomb.xml": b" " * 40_000_000})
    data = bytearray(book.read_bytes())
    size = (40_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    book.write_bytes(bytes(data).replace(size, (100).to_bytes(4, "little")))
    (fault,) = check(book)
    assert fault.place == "book.xlsx"
    assert fault.code == "too-large"


def test_one_cell_over_and_over_counts_each_time(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [fault for fault in check(edited(book, repeated)) if fault.code == "too-large"]
    monkeypatch.setattr(workbook_scan, "CELLS_MAX", 20_000)
    assert [fault.code for fault in check(book)] == ["too-large"]


def test_too_many_sheets_or_parts_are_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_scan, "FILES_MAX", 3)
    assert [fault.code for fault in check(book)] == ["too-large"]
    monkeypatch.setattr(workbook_scan, "WORKBOOK_PARTS_MAX", 3)
    assert "parts" in check(book)[0].problem


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 200, b"text"])
def test_what_is_no_workbook_says_so(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    (fault,) = check(path)
    assert (fault.code, fault.place) == ("unreadable", "book.xlsx")
    assert fault.remedy


def test_a_zip_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as new:
        new.writestr("hello.txt", "hello")
    (fault,) = check(path)
    assert fault.code == "unreadable"


def test_a_workbook_that_is_cut_anywhere_gives_faults(book: Path) -> None:
    data = book.read_bytes()
    for size in range(0, len(data), len(data) // 40):
        book.write_bytes(data[:size])
        assert check(book)


def test_what_is_written_has_notes_drop_downs_filters_and_no_formula(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(read(folder)))) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    lanes = parts["xl/worksheets/sheet5.xml"]
    assert 'ySplit="1"' in lanes and "<autoFilter" in lanes
    assert "OFFSET(locations!$A$2" in lanes and "road,rail,sea" in lanes
    assert any("Blank means: unlimited" in text for name, text in parts.items() if "comments" in name)
    assert "capacity_t_per_day [t/day]" in parts["xl/sharedStrings.xml"]
    assert not any("<f>" in text for name, text in parts.items() if "worksheets" in name)


def test_text_like_a_formula_stays_text(folder: Path, tmp_path: Path) -> None:
    (folder / "consumption.csv").write_text("location,item,per_day,note\nBravo,bread,1,'=1+1\n")
    scenario = read(folder)
    assert scenario.tables["consumption"]["note"].to_list() == ["=1+1"]
    book = write(scenario, tmp_path / "book.xlsx")
    with zipfile.ZipFile(book) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    assert read(book).tables["consumption"]["note"].to_list() == ["=1+1"]


def test_numbers_keep_every_digit(folder: Path, tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 1 / 3, 123456789.123456789, 5e-324, 1.7976931348623157e308]
    rows = "".join(f"Bravo,bread,{number!r}\n" for number in numbers)
    (folder / "consumption.csv").write_text("location,item,per_day\n" + rows)
    book = write(read(folder), tmp_path / "book.xlsx")
    assert read(book).tables["consumption"]["per_day"].to_list() == numbers


def test_extras_that_cannot_be_sheets_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / f"_{'long' * 10}.csv").write_text("a\n")
    scenario = read(folder)
    assert isinstance(scenario.extras["_" + "long" * 10], pl.DataFrame)
    with pytest.raises(ValueError, match="name of a sheet"):
        write(scenario, tmp_path / "book.xlsx")
