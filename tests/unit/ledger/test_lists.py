"""Lists: what is read, what is refused, and that handing one in twice changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from tests.unit.ledger.stores import PLEDGE, furnish, rungs, tell

from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger
from redball.ledger.list_map import PLEDGE_LIST, ListMapping
from redball.ledger.report_map import read_mapping

HEADER = "row,donor,origin_place,item,quantity,unit,announced_on,promised_for,status_words,note\n"
LIST = HEADER + (
    "L063,Germany,DE-depot,Leopard 2A6,18,tanks,2023-02-24,2023-03-31,approved,\n"
    "L045,Germany,DE-depot,Gepard round,57000,rounds,2022-08,,announced,\n"
    "L106,Spain,ES-depot,diesel,1000,tonnes,2022-08-24,,announced,\n"
    "L090,Poland,PL-depot,T-72,240,tanks,2022-06-27,,already sent when announced,\n"
    "L026,Estonia,EE-depot,D-30,,guns,2023-01-19,,dozens,\n"
    "L020,Czechia,CZ-depot,tanks,89,tanks,2023-02-23,,has supplied,overlaps; do not add\n"
    "L555,Spain,ES-depot,diesel,a lot,tonnes,2022-08-24,,announced,\n"
    "L556,Spain,ES-depot,diesel,1,tonnes,24.08.2022,,announced,\n"
)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_tried_posted_and_posted_again(ledger: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", LIST)
    wanted = {"posted": 4, "blank": 1, "skipped": 1, "refused": 2}
    tried = ledger.import_list(path, by="anna", preview=True)
    assert (tried.counts, ledger.head.seq) == (wanted, 0)
    done = ledger.import_list(path, by="anna")
    assert (done.counts, ledger.head.seq) == (wanted, 4)
    again = ledger.import_list(path, by="boris").counts
    assert again == {"replayed": 4, "blank": 1, "skipped": 1, "refused": 2}
    assert ledger.head.seq == 4
    refused = done.rows.filter(status="refused")
    assert refused.select("row", "code").rows() == [(8, "BAD_QUANTITY"), (9, "FILE_REFUSED")]
    labels = dict(ledger.pledges().select("pledge", "label").iter_rows())
    assert labels == {"L063": "committed", "L045": "announced", "L106": "announced", "L090": "shipped"}
    assert ledger.pledges().filter(pledge="L106")["announced"].item() == 10**9
    source = ledger.history(pledge="L063").row(0, named=True)
    assert (source["locator"], source["as_written"], source["by"]) == ("list.csv!2", "18 tanks", "anna")


def test_an_edited_list_changes_only_what_changed(ledger: Ledger, tmp_path: Path) -> None:
    ledger.import_list(write(tmp_path / "one.csv", LIST), by="anna")
    before = ledger.balances()
    edited = LIST.replace("Leopard 2A6,18", "Leopard 2A6,14").replace(
        "L090,", "L091,Poland,PL-depot,PT-91,30,tanks,2023-01-27,,pledged,\nL090,"
    )
    result = ledger.import_list(write(tmp_path / "two.csv", edited), by="anna")
    assert {name: result.counts[name] for name in ("posted", "corrected", "replayed")} == {
        "posted": 1,
        "corrected": 1,
        "replayed": 3,
    }
    assert ledger.pledges().filter(pledge="L063").select("committed", "suspense").row(0) == (14, 0)
    assert ledger.import_list(tmp_path / "two.csv", by="anna").counts["replayed"] == 5
    back = ledger.import_list(write(tmp_path / "three.csv", LIST + "\n"), by="anna")
    assert back.counts["corrected"] == 1
    after = ledger.balances().filter(pl.col("item") != "PT-91")
    assert after.equals(before)
    assert ledger.verify().ok


def test_an_old_file_handed_in_again_does_not_undo_a_correction(one: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", LIST)
    one.import_list(path, by="anna")
    one.correct(1, 15, by="anna", note="letter of 1 March")
    assert "corrected" not in one.import_list(path, by="anna").counts
    assert one.pledges().filter(pledge="L063")["committed"].item() == 15


def test_changes_can_be_refused(one: Ledger, tmp_path: Path) -> None:
    one.import_list(write(tmp_path / "one.csv", LIST), by="anna")
    edited = write(tmp_path / "two.csv", LIST.replace("2A6,18", "2A6,14"))
    result = one.import_list(edited, by="anna", correct=False)
    assert result.rows.row(0, named=True)["code"] == "IDEMPOTENCY_CONFLICT"


def test_the_same_from_another_source_is_set_aside_until_somebody_decides(
    ledger: Ledger, tmp_path: Path
) -> None:
    furnish(ledger)
    tell(ledger, "announce", 18, on=dt.date(2023, 2, 22))
    text = (
        HEADER
        + "X1,Germany,DE-depot,leopard,18,,2023-02-24,,announced,\nX2,Germany,DE-depot,leopard,18,,2023-01-24,,announced,\n"
    )
    path = write(tmp_path / "other.csv", text)
    for _ in range(2):
        result = ledger.import_list(path, by="anna")
        assert result.rows["status"][0] == "quarantined"
        assert result.rows["code"][0] == "SUSPECTED_DUPLICATE"
    assert rungs(ledger) == {"announced": 18}
    held = ledger.quarantined()
    assert held.select("id", "like_entry", "status").rows() == [(1, 1, "open")]
    ledger.release(1, dismiss=True)
    with pytest.raises(LedgerError, match="was dismissed"):
        ledger.release(1)
    with pytest.raises(LedgerError, match="nothing is set aside"):
        ledger.release(9)
    assert ledger.import_list(path, by="anna").counts == {"quarantined": 1, "replayed": 1}


def test_what_was_set_aside_can_be_released(one: Ledger, tmp_path: Path) -> None:
    furnish(one)
    tell(one, "announce", 18)
    path = write(tmp_path / "other.csv", HEADER + "X1,Germany,DE-depot,leopard,18,,2023-02-01,,announced,\n")
    one.import_list(path, by="anna")
    released = one.release(1)
    assert released is not None
    assert released.status == "posted"
    assert one.import_list(path, by="anna").counts == {"replayed": 1}


def test_rows_without_an_id_are_told_apart_by_their_contents(one: Ledger, tmp_path: Path) -> None:
    mapping = ListMapping("bare", "Cell", {"donor": "a", "item": "b", "quantity": "c", "on": "d"})
    path = write(tmp_path / "bare.csv", "a,b,c,d\nSpain,tent,5,2023-02-01\nSpain,tent,5,2023-02-01\n")
    assert one.import_list(path, mapping, by="anna").counts == {"posted": 2}
    assert one.import_list(path, mapping, by="anna").counts == {"replayed": 2}


def test_a_mapping_is_a_small_file(tmp_path: Path) -> None:
    text = "series = 's'\norg = 'Cell'\nrungs = [['sent', 'shipped']]\n[columns]\ndonor = 'a'\n"
    assert read_mapping(write(tmp_path / "m.toml", text)).rungs == (("sent", "shipped"),)
    for wrong in (
        "series = ",
        "series = 's'\nfoo = 1",
        "series='s'\norg='o'\nrungs=[['x','delivered']]\n[columns]\n",
    ):
        with pytest.raises(LedgerError) as caught:
            read_mapping(write(tmp_path / "w.toml", wrong))
        assert caught.value.code == "FILE_REFUSED"


def book(path: Path, *, formula: bool = False, far: bool = False, link: bool = False) -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Pledges")
        for number, line in enumerate(LIST.splitlines()):
            sheet.write_row(number, 0, line.split(","))
        if formula:
            sheet.write_formula(1, 4, "=9+9", None, 18)
        if far:
            sheet.write(1_048_575, 16_383, "x")
    if link:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("xl/externalLinks/externalLink1.xml", "<a/>")
    return path


def test_a_workbook_gives_what_the_csv_gives(one: Ledger, tmp_path: Path) -> None:
    result = one.import_list(book(tmp_path / "list.xlsx"), by="anna")
    assert result.counts == {"posted": 4, "blank": 1, "skipped": 1, "refused": 2}
    assert one.history(pledge="L063")["locator"][0] == "Pledges!2"


def with_part(path: Path, part: str, data: bytes) -> Path:
    """Put a part into a workbook that is well."""
    with zipfile.ZipFile(book(path.with_name("well.xlsx"))) as well:
        parts = {name: well.read(name) for name in well.namelist()} | {part: data}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in parts.items():
            archive.writestr(name, held)
    return path


def crowd(path: Path, part: str, element: bytes) -> Path:
    """Make a part of sixteen megabytes of small elements."""
    return with_part(path, part, b"<a>" + element * (16_000_000 // len(element)) + b"</a>")


def bomb(path: Path, megabytes: int, claimed: int | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * (megabytes << 20) + b"</a>")
        if claimed is not None:
            archive.infolist()[0].file_size = claimed
    return path


def hostile(folder: Path) -> dict[str, Path]:
    """Make the files, by a word of the reason for which each is refused."""
    entity = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    files = {
        "links": book(folder / "link.xlsx", link=True),
        "a formula": book(folder / "formula.xlsx", formula=True),
        "16,384 columns": book(folder / "far.xlsx", far=True),
        "more than 1,000,000 elements": crowd(
            folder / "c.xlsx", "xl/worksheets/sheet1.xml", b'<c r="A1"><v>1</v></c>'
        ),
        "1,000,000 elements": crowd(folder / "s.xlsx", "xl/sharedStrings.xml", b"<si/>"),
        "has definitions": with_part(folder / "d.xlsx", "xl/styles.xml", entity),
        "unpacks to 200 MB": bomb(folder / "bomb.xlsx", 200),
        "much more than it weighs": bomb(folder / "liar.xlsx", 200, claimed=1000),
        "no workbook": write(folder / "no.xlsx", "PK nonsense"),
        "one of them twice": write(folder / "twice.csv", "a,a\n1,2\n"),
        "no names": write(folder / "empty.csv", ""),
        "more cells": write(folder / "wide.csv", "a,b\n1,2,3\n"),
        "zero bytes": write(folder / "zero.csv", "a,b\n1,\x002\n"),
        "cannot be opened": folder / "missing.csv",
        "larger than 16 MB": write(folder / "large.csv", "a,b\n" + "1,2\n" * 4_200_000),
        "more than 100,000 rows": write(folder / "long.csv", "a,b\n" + "1,2\n" * 100_001),
    }
    (folder / "latin.csv").write_bytes("donör".encode("latin-1"))
    return files | {"not UTF-8": folder / "latin.csv"}


READ_ALL = """
import json, sys, time
from pathlib import Path
from redball.ledger.errors import LedgerError
from redball.ledger.list_read import read_list
told = {}
for name in sys.argv[1:]:
    before = time.monotonic()
    try:
        read_list(Path(name))
        words = "read"
    except LedgerError as error:
        words = str(error)
    told[name] = words, time.monotonic() - before
status = Path("/proc/self/status").read_text()
print(json.dumps([told, int(status.partition("VmHWM:")[2].split()[0])]))
"""


def test_hostile_files_are_refused_within_150_megabytes(tmp_path: Path) -> None:
    files = hostile(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, *map(str, files.values())],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    told, peak_kb = json.loads(done.stdout)
    for words, path in files.items():
        said, seconds = told[str(path)]
        assert "FILE_REFUSED" in said, path
        assert words in said
        sys.stdout.write(f"{path.name}: {seconds:.2f} s\n")
    sys.stdout.write(f"peak {peak_kb / 1024:.0f} MB\n")
    assert peak_kb < 150 * 1024


def test_a_list_without_its_columns_is_refused(one: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no column announced_on, donor"):
        one.import_list(write(tmp_path / "x.csv", "item,quantity\na,1\n"), PLEDGE_LIST, by="anna")


def test_a_pledge_that_means_something_else_is_refused(one: Ledger, tmp_path: Path) -> None:
    furnish(one)
    path = write(
        tmp_path / "x.csv",
        HEADER
        + f"{PLEDGE},Spain,DE-depot,leopard,1,,2023-02-01,,announced,\nL1,Spain,DE-depot,leopard,1,,2023-02-01,,announced,\n",
    )
    row = one.import_list(path, by="anna").rows.row(0, named=True)
    assert (row["status"], row["code"]) == ("refused", "IDEMPOTENCY_CONFLICT")
    assert "pledge 'D063' is" in row["why"]
