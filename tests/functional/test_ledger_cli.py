"""The ledger from outside: a story told by commands, and hledger as the second pair of eyes."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
from tests.functional.cli import Cli

LIST = (
    "row,donor,origin_place,item,quantity,unit,announced_on,promised_for,status_words,note\n"
    'D063,Germany,DE-depot,"Leopard 2A6: ""new""",18,tanks,2023-02-24,2023-03-31,approved,\n'
    "D106,Spain,ES-depot,diesel,12.5,tonnes,2022-08-24,,announced,\n"
    "D026,Estonia,EE-depot,D-30,,guns,2023-01-19,,dozens,\n"
)


@pytest.fixture
def books(cli: Cli, tmp_path: Path) -> Path:
    """A ledger with a list in it and one pledge on its way."""
    path = tmp_path / "aid.db"
    (tmp_path / "list.csv").write_text(LIST)
    assert (
        cli("ledger", "import", path, tmp_path / "list.csv", "--by", "anna", "--recorded", "2023-02-25").code
        == 0
    )
    names = ("--org", "Ukraine=recipient", "--place", "Rzeszow", "--leg", "road=DE-depot,Rzeszow")
    assert cli("ledger", "define", path, *names).code == 0
    said = ("--org", "List keeper", "--by", "anna", "--pledge", "D063")
    for number, (verb, quantity, day, *more) in enumerate(
        [
            ("allocate", 18, "2023-03-01"),
            ("ship", 18, "2023-03-20", "--leg", "road"),
            ("arrive", 16, "2023-03-27", "--leg", "road", "--place", "Rzeszow"),
        ]
    ):
        words = (verb, quantity, *said, "--key", f"k{number}", "--on", day, "--recorded", day, *more)
        told = cli("ledger", "post", path, *words)
        assert told.code == 0, told.err
    return path


def test_the_story_of_a_pledge(cli: Cli, books: Path, tmp_path: Path) -> None:
    def rungs(*when: str) -> dict[str, object]:
        rows = cli("ledger", "balance", books, "--pledges", *when, "--json").json["rows"]
        row = next(row for row in rows if row["pledge"] == "D063")
        return {name: row[name] for name in ("committed", "allocated", "shipped", "arrived") if row[name]}

    assert rungs() == {"shipped": 2, "arrived": 16}
    assert rungs("--at", "2023-03-21") == {"shipped": 18}
    assert rungs("--known", "2023-02-26") == {"committed": 18}
    changed = cli("ledger", "diff", books, "2023-02-26", "2023-03-27", "--json").json["rows"]
    assert {row["kind"]: row["change"] for row in changed if row["book"] == "pledge"} == {
        "committed": -18,
        "shipped": 2,
        "arrived": 16,
    }
    rows = cli("ledger", "history", books, "--pledge", "D063", "--json").json["rows"]
    assert [row["way"] for row in rows if row["book"] == "pledge"] == [
        "announce",
        "commit",
        "allocate",
        "ship",
        "arrive",
    ]
    assert "18 tanks" in cli("ledger", "history", books, "--pledge", "D063").out
    assert cli("ledger", "correct", books, 4, 15, "--by", "olha", "--json").json["status"] == "posted"
    assert rungs() == {"allocated": 3, "arrived": 16}
    assert cli("ledger", "verify", books).code == 0


def test_errors_leave_with_their_code(cli: Cli, books: Path, tmp_path: Path) -> None:
    told = cli("ledger", "reverse", books, 4, "--org", "List keeper", "--key", "r", "--by", "anna", "--json")
    assert told.code == 2
    assert "GOODS_MOVED_ON" in told.out + told.err
    told = cli("ledger", "balance", tmp_path / "none.db")
    assert (told.code, "SCHEMA_UNSAFE" in told.err) == (2, True)
    assert not (tmp_path / "none.db").exists()


def test_keeping_it_safe(cli: Cli, books: Path, tmp_path: Path) -> None:
    anchors, copy = tmp_path / "anchors.jsonl", tmp_path / "copy.db"
    head = cli("ledger", "anchor", books, anchors, "--by", "anna", "--json").json["head"]
    assert cli("ledger", "backup", books, copy, "--json").json["head"] == head
    assert cli("ledger", "restore", tmp_path / "new.db", copy, "--json").json["head"] == head
    assert cli("ledger", "verify", tmp_path / "new.db", "--anchors", anchors).code == 0
    anchors.write_text(anchors.read_text().replace(head[:8], "00000000"))
    told = cli("ledger", "verify", books, "--anchors", anchors)
    assert (told.code, "rewound or rewritten" in told.err) == (2, True)


def test_a_preview_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    path = tmp_path / "a.db"
    told = cli("ledger", "import", path, tmp_path / "list.csv", "--by", "anna", "--preview", "--json")
    assert told.json["counts"] == {"posted": 2, "blank": 1}
    assert cli("ledger", "balance", path, "--json").json["rows"] == []


def test_exports_hold_every_movement(cli: Cli, books: Path, tmp_path: Path) -> None:
    cli("ledger", "export", books, tmp_path / "m.csv")
    cli("ledger", "export", books, tmp_path / "b.parquet", "--format", "parquet", "--what", "balances")
    movements = pl.read_csv(tmp_path / "m.csv")
    assert movements.filter(pl.col("quantity") > 0).height == movements.height == 9
    assert pl.read_parquet(tmp_path / "b.parquet").group_by("book").agg(pl.sum("quantity"))[
        "quantity"
    ].to_list() == [0, 0]


def test_hledger_agrees_on_every_balance(cli: Cli, books: Path, tmp_path: Path) -> None:
    program = shutil.which("hledger")
    assert program is not None, "hledger comes with Debian: apt install hledger"
    journal = tmp_path / "aid.journal"
    assert cli("ledger", "export", books, journal, "--format", "hledger").code == 0
    asked = [program, "-f", str(journal), "balance", "--flat", "-N", "-O", "csv", "--layout=bare"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    theirs = {row[0].rpartition("#")[2]: int(row[2].replace(",", "")) for row in csv.reader(lines)}
    from redball.ledger.ledger import open_ledger

    with open_ledger(books, create=False) as ledger:
        ours = {
            str(number): quantity
            for number, quantity in ledger.balances().select("account_id", "quantity").iter_rows()
        }
    assert theirs == ours
    assert len(ours) == 8


REPORTS = (
    "key,verb,quantity,unit,on,org,pledge,place,leg\n"
    "t1,arrive,2,tanks,2023-03-29,Ukraine,D063,Rzeszow,road\n"
    "t2,hand_over,18,tanks,2023-03-30,Ukraine,D063,Rzeszow,\n"
)


def test_a_file_of_reports_is_posted_or_refused_whole(cli: Cli, books: Path, tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(REPORTS.replace("Rzeszow,road", "Rzezsow,road").replace(",18,tanks", ",eighteen,"))
    told = cli("ledger", "post", books, file, "--by", "olha", "--json")
    assert (told.code, told.json["exit_code"]) == (2, 2)
    assert [(f["row"], f["column"], f["value"], f["code"]) for f in told.json["faults"]] == [
        (2, "place", "Rzezsow", "UNKNOWN_ACCOUNT"),
        (3, "quantity", "eighteen", "BAD_QUANTITY"),
    ]
    told = cli("ledger", "post", books, file, "--by", "olha")
    assert (told.code, "reports.csv row 2, place" in told.err) == (2, True)
    file.write_text(REPORTS.replace("Ukraine,D063,Rzeszow,\n", "Germany,D063,Rzeszow,\n"))
    told = cli("ledger", "post", books, file, "--by", "olha", "--each", "--json")
    assert (told.code, told.json["counts"]) == (2, {"posted": 1, "refused": 1})
    assert told.json["rows"][1]["code"] == "UNKNOWN_ACCOUNT"
    file.write_text(REPORTS.replace("leg\n", "leg,to_org\n").replace("Rzeszow,\n", "Rzeszow,,Ukraine\n"))
    assert cli("ledger", "post", books, file, "--by", "olha", "--json").json["counts"] == {
        "replayed": 1,
        "posted": 1,
    }
    assert cli("ledger", "verify", books).code == 0


def test_one_report_needs_its_options_and_a_file_must_be_one(cli: Cli, books: Path) -> None:
    told = cli("ledger", "post", books, "ship", 1, "--by", "anna", "--org", "Cell")
    assert (told.code, "--key, --on" in told.err) == (2, True)
    told = cli("ledger", "post", books, "ship", "--by", "anna")
    assert (told.code, "needs a quantity" in told.err) == (2, True)


def test_a_list_of_movements_what_is_set_aside_and_what_suspense_owes(
    cli: Cli, books: Path, tmp_path: Path
) -> None:
    file = tmp_path / "gate.csv"
    file.write_text(REPORTS.replace("arrive,2,", "arrive,16,").replace("2023-03-29", "2023-03-28"))
    asked = ("ledger", "import", books, file, "--movements", "--by", "olha", "--json")
    tried = cli(*asked, "--preview").json
    assert tried["counts"] == {"quarantined": 1, "refused": 1}
    assert cli("ledger", "quarantine", books, "--json").json["rows"] == []
    assert cli(*asked).json["rows"][0]["code"] == "SUSPECTED_DUPLICATE"
    held = cli("ledger", "quarantine", books, "--json").json["rows"]
    assert [(row["id"], row["status"]) for row in held] == [(1, "open")]
    assert "dismissed" in cli("ledger", "release", books, 1, "--dismiss").out
    rows = cli("ledger", "suspense", books, "--at", "2023-03-31", "--json").json["rows"]
    assert [(row["book"], row["owed"], row["since"], row["days"]) for row in rows] == [
        ("stock", 18, "2023-03-01", 30)
    ]
