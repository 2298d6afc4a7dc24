"""Sheets of reports: all or none, row by row, put right, set aside."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tests.unit.ledger.stores import DAY, PLEDGE, furnish, rungs, tell

from redball.core.errors import FaultsError
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger
from redball.ledger.report_map import REPORTS, read_mapping

HEADER = "key,verb,quantity,unit,on,org,pledge,item,place,leg,to_org,note\n"
SHEET = HEADER + (
    "r1,announce,18,,2023-02-01,Germany,D063,,,,,\n"
    "r2,commit,18,,2023-02-02,Germany,D063,,,,,\n"
    "r3,allocate,18,,2023-02-03,Germany,D063,,,,,\n"
    "r4,ship,18,,2023-02-05,Germany,D063,,,road,,\n"
    "r5,arrive,16,,2023-02-10,Ukraine,D063,,Rzeszow,road,,two missing\n"
    "r6,hand_over,10,,2023-02-12,Ukraine,D063,,Rzeszow,,Ukraine,\n"
    "r7,receive,1.5,t,2023-02-01,Ukraine,,diesel,Kyiv,,,\n"
    "r8,count,0,,2023-02-14,Ukraine,,diesel,Kyiv,,,\n"
)
END = {"shipped": 2, "arrived": 6, "handed_over": 10}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_posted_whole_and_known_again(ledger: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", SHEET)
    assert ledger.post_file(path, by="anna").counts == {"posted": 8}
    assert rungs(ledger) == END
    assert ledger.balances().filter(item="diesel", kind="free").height == 0
    told = ledger.history(seq=5).row(0, named=True)
    assert (told["key"], told["locator"], told["note"], told["by"]) == (
        "r5",
        "r.csv!6",
        "two missing",
        "anna",
    )
    assert ledger.history(seq=7)["as_written"][0] == "1.5 t"
    assert ledger.post_file(path, by="anna").counts == {"replayed": 8}
    assert ledger.verify().ok


def test_a_workbook_and_json_lines_say_the_same_as_a_csv(one: Ledger, tmp_path: Path) -> None:
    lines = [line.split(",") for line in SHEET.splitlines()]
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as book:
        sheet = book.add_worksheet("Reports")
        for number, cells in enumerate(lines):
            sheet.write_row(number, 0, cells)
            if number:
                sheet.write_number(number, 2, float(cells[2]))
                sheet.write_datetime(
                    number,
                    4,
                    dt.datetime.fromisoformat(cells[4]),
                    book.add_format({"num_format": "yyyy-mm-dd"}),
                )
    rows = [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]
    rows[0]["quantity"] = 18  # type: ignore[assignment]
    write(tmp_path / "r.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")
    assert one.post_file(tmp_path / "r.jsonl", by="anna").counts == {"posted": 8}
    assert one.history(seq=1)["locator"][0] == "r.jsonl!1"
    assert one.post_file(tmp_path / "r.xlsx", by="anna").counts == {"replayed": 8}


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "line 1 is no JSON"), ("[1]", "no object"), ('{"key": {"a": 1}}', "no object"), ('{"key": true}', "no object")],
)  # fmt: skip
def test_json_lines_hold_flat_objects(one: Ledger, tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(LedgerError, match=words) as caught:
        one.post_file(write(tmp_path / "r.jsonl", line), by="anna")
    assert caught.value.code == "FILE_REFUSED"


BAD = HEADER + (
    "b1,announce,5,,2023-02-01,Germany,D063,,,,,\n"
    "b2,arived,x,,1.2.2023,Ukrain,D063,,Rzezsow,road,,\n"
    "b1,arrive,1,,2023-02-01,Spain,D063,,Rzeszow,road,,\n"
    ",consume,9,g,2023-02-01,Ukraine,,diesel,Kyiv,,,\n"
    "b4,lose_at_depot,9,g,2023-02-01,Ukraine,,diesel,Kyiv,,,\n"
)


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        ledger.post_file(write(tmp_path / "bad.csv", BAD), by="anna")
    assert [(f.row, f.column, f.value, f.code) for f in caught.value.faults] == [
        (3, "org", "Ukrain", "UNKNOWN_ACCOUNT"),
        (3, "place", "Rzezsow", "UNKNOWN_ACCOUNT"),
        (3, "verb", "arived", "FLOW_FORBIDDEN"),
        (3, "on", "1.2.2023", "FILE_REFUSED"),
        (3, "quantity", "x", "BAD_QUANTITY"),
        (4, "key", "b1", "IDEMPOTENCY_CONFLICT"),
        (5, "key", "", "IDEMPOTENCY_CONFLICT"),
        (6, None, None, "INSUFFICIENT_STOCK"),
    ]
    assert "the nearest name is 'Rzeszow'" in str(caught.value)
    assert all(fault.remedy for fault in caught.value.faults)
    assert ledger.head.seq == 0


def test_each_row_can_stand_for_itself(ledger: Ledger, tmp_path: Path) -> None:
    done = ledger.post_file(write(tmp_path / "bad.csv", BAD), by="anna", each=True)
    assert done.counts == {"posted": 1, "refused": 4}
    assert (ledger.head.seq, rungs(ledger)) == (1, {"announced": 5})


def test_a_file_needs_its_columns(one: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no column key, on"):
        one.post_file(write(tmp_path / "x.csv", "verb,quantity,org\nship,1,Germany\n"), by="anna")


def test_an_edited_sheet_changes_only_what_changed(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.import_list(write(tmp_path / "one.csv", SHEET), REPORTS, by="anna").counts == {"posted": 8}
    # less arrived than was said, although ten were handed over; the shipment left a day earlier; the count found something
    edited = (
        SHEET.replace("arrive,16", "arrive,15")
        .replace("2023-02-05", "2023-02-04")
        .replace("count,0", "count,1000")
    )
    result = ledger.import_list(write(tmp_path / "two.csv", edited), REPORTS, by="olha")
    assert result.counts == {"replayed": 5, "corrected": 3}
    assert rungs(ledger) == {"shipped": 3, "arrived": 5, "handed_over": 10}
    assert rungs(ledger, at=dt.date(2023, 2, 4)) == {"shipped": 18}
    assert ledger.balances().filter(item="diesel", kind="free")["quantity"].to_list() == [1000]
    assert ledger.suspense().select("owed", "item").rows() == [(18, "leopard"), (-1_499_000, "diesel")]
    assert ledger.verify().ok
    head = ledger.head
    assert ledger.import_list(tmp_path / "two.csv", REPORTS, by="olha").counts == {"replayed": 8}
    assert ledger.import_list(tmp_path / "one.csv", REPORTS, by="olha").counts == {"replayed": 8}
    assert ledger.head == head
    back = ledger.import_list(write(tmp_path / "three.csv", SHEET + "\n"), REPORTS, by="anna")
    assert back.counts == {"replayed": 5, "corrected": 3}
    assert rungs(ledger) == END
    assert rungs(ledger, at=dt.date(2023, 2, 4)) == {"allocated": 18}
    assert ledger.verify().ok


def test_a_preview_and_a_refusal_of_changes(one: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "one.csv", SHEET)
    assert one.import_list(path, REPORTS, by="anna", preview=True).counts == {"posted": 8}
    assert one.head.seq == 0
    one.import_list(path, REPORTS, by="anna")
    edited = write(tmp_path / "two.csv", SHEET.replace("arrive,16", "arrive,15"))
    rows = one.import_list(edited, REPORTS, by="anna", correct=False).rows
    assert rows.filter(status="refused").select("row", "code").rows() == [(6, "IDEMPOTENCY_CONFLICT")]


PLANNERS = """\
of = "movements"
series = "gate book"
verbs = [["left", "ship"], ["came|in$", "arrive"]]
skip = "void"
[columns]
verb = "What"
quantity = "How many"
unit = "Of"
on = "Day"
pledge = "For"
leg = "Road"
place = "Where"
skip = "Remark"
[constants]
org = "Cell"
[units]
tanks = "pc"
"""


def test_a_planners_own_sheet_is_read_by_a_mapping(one: Ledger, tmp_path: Path) -> None:
    for verb in ("announce", "commit", "allocate"):
        tell(one, verb, 18)
    mapping = read_mapping(write(tmp_path / "gate.toml", PLANNERS))
    text = (
        "Day,What,How many,Of,For,Road,Where,Remark\n"
        "2023-02-20,4 trucks left,5,tanks,D063,road,,\n"
        "2023-02-20,4 trucks left,5,tanks,D063,road,,\n"
        "2023-02-21,left,5,tanks,D063,road,,void\n"
        "2023-02-24,came,9,tanks,D063,road,Rzeszow,\n"
    )
    path = write(tmp_path / "gate.csv", text)
    assert one.import_list(path, mapping, by="anna").counts == {"posted": 3, "skipped": 1}
    assert rungs(one) == {"allocated": 8, "shipped": 1, "arrived": 9}
    assert one.import_list(path, mapping, by="anna").counts == {"replayed": 3, "skipped": 1}


@pytest.mark.parametrize("text", ["of = 'needs'", "of = 'movements'\nverbs = [['x', 'fly']]", "of = 'movements'\n[columns]\nsize = 'a'"])  # fmt: skip
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LedgerError) as caught:
        read_mapping(write(tmp_path / "m.toml", text))
    assert caught.value.code == "FILE_REFUSED"


CARRIERS: dict[str, Any] = {
    "quantity": 16,
    "org": "Carrier",
    "by": "otto",
    "pledge": PLEDGE,
    "leg": "road",
    "place": "Rzeszow",
}
"""How the carrier tells of the arrival that the recipient has told of."""


def shipped(ledger: Ledger) -> None:
    for verb in ("announce", "commit", "allocate"):
        tell(ledger, verb, 18)
    tell(ledger, "ship", 18, leg="road")
    tell(ledger, "arrive", 16, leg="road", place="Rzeszow", org="Ukraine", key="mine")


def test_the_same_arrival_told_by_another_is_set_aside(ledger: Ledger, tmp_path: Path) -> None:
    shipped(ledger)
    for _ in range(2):
        outcome = ledger.record("arrive", key="theirs", on=dt.date(2023, 2, 3), **CARRIERS)
        assert (outcome.status, outcome.seq) == ("quarantined", 5)
    text = HEADER + "r,arrive,16,,2023-02-02,Cell,D063,,Rzeszow,road,,\n"
    result = ledger.import_list(write(tmp_path / "r.csv", text), REPORTS, by="anna")
    assert result.rows.select("status", "code").row(0) == ("quarantined", "SUSPECTED_DUPLICATE")
    assert ledger.quarantined().select("id", "key", "like_entry", "status").rows() == [
        (1, "theirs", 5, "open"),
        (2, "reports:r", 5, "open"),
    ]
    assert rungs(ledger) == {"shipped": 2, "arrived": 16}
    ledger.release(1, dismiss=True)
    released = ledger.release(2)
    assert released is not None
    assert released.status == "posted"
    assert rungs(ledger) == {"arrived": 32}
    assert ledger.import_list(tmp_path / "r.csv", REPORTS, by="anna").counts == {"replayed": 1}
    assert ledger.verify().ok


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 15},
        {"on": dt.date(2023, 2, 5)},
        {"place": "Kyiv"},
        {"verb": "lose_in_transit"},
        {"org": "Ukraine"},
        {"suspect": False},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_is_not_the_same_or_from_the_same_is_posted(one: Ledger, changes: dict[str, object]) -> None:
    shipped(one)
    words: dict[str, object] = {
        "verb": "arrive",
        "quantity": 16,
        "on": DAY,
        "org": "Cell",
        "by": "b",
        "key": "theirs",
    }
    words |= {"pledge": PLEDGE, "leg": "road", "place": "Rzeszow"} | changes
    if words["verb"] == "lose_in_transit":
        words["quantity"] = 2
    assert one.record(**words).status == "posted"  # type: ignore[arg-type]


def test_a_reversed_report_is_no_reason_to_set_aside(one: Ledger) -> None:
    shipped(one)
    one.reverse(5, org="Ukraine", key="undo", by="anna")
    assert one.record("arrive", key="theirs", on=DAY, **CARRIERS).status == "posted"


def test_suspense_says_what_it_owes_and_since_when(ledger: Ledger) -> None:
    assert ledger.suspense().height == 0
    furnish(ledger)
    words = {"pledge": "", "item": "leopard", "place": "DE-depot", "org": "Germany"}
    tell(ledger, "consume", 5, on=dt.date(2023, 2, 10), **words)
    tell(ledger, "consume", 3, on=dt.date(2023, 2, 20), **words)
    row = ledger.suspense(at=dt.date(2023, 2, 25)).row(0, named=True)
    assert (row["org"], row["item"], row["unit"], row["owed"]) == ("Germany", "leopard", "pc", 8)
    assert (row["since"], row["days"], row["entries"], row["first_entry"]) == (dt.date(2023, 2, 10), 15, 2, 1)
    # what comes to light pays for the oldest first
    tell(ledger, "explain", 6, on=dt.date(2023, 2, 24), **words)
    row = ledger.suspense(at=dt.date(2023, 2, 25)).row(0, named=True)
    assert (row["owed"], row["since"], row["entries"]) == (2, dt.date(2023, 2, 20), 1)
    assert ledger.suspense()["days"].to_list() == [9]
    assert ledger.suspense(at=dt.date(2023, 2, 9)).height == 0
    tell(ledger, "explain", 2, on=dt.date(2023, 2, 26), **words)
    assert ledger.suspense().height == 0
    assert ledger.suspense(at=dt.date(2023, 2, 25)).height == 1
