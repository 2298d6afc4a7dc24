from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.unit.ledger.stores import DAY, Stores, climb, furnish, tell

from redball.ledger import snapshots
from redball.ledger.entry import Account, Draft, Line, moment
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger, open_ledger

WORLD = Account("stock", "world", "Germany", "leopard")
FREE = Account("stock", "free", "Germany", "leopard", "DE-depot")


def test_a_backup_is_a_ledger_with_the_same_head_and_restores_into_either_store(
    ledger: Ledger, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "ENTRIES_MIN", 1)
    monkeypatch.setattr(snapshots, "ENTRIES_PER_ACCOUNT", 0)
    seq = climb(ledger, 18)
    ledger.correct(seq, 16, by="anna")
    head = ledger.backup(tmp_path / "backup.db")
    assert head == ledger.head
    assert [path.name for path in tmp_path.iterdir()] == ["backup.db"]
    for kind in ("sqlite", "postgresql"):
        with open_ledger(stores.of(kind)) as copy:
            assert copy.restore(tmp_path / "backup.db") == head
            assert copy.verify().ok
            assert copy.balances().equals(ledger.balances())
            with copy.store.reading() as conn:
                assert [span.seq for span in snapshots.spans(conn)] == list(range(1, head.seq + 1))
            tell(copy, "announce", 4, "after")
            assert copy.verify().ok
            with pytest.raises(LedgerError, match="not an empty ledger"):
                copy.restore(tmp_path / "backup.db")


def test_a_backup_never_overwrites(one: Ledger, tmp_path: Path) -> None:
    (tmp_path / "mine.db").write_text("mine")
    with pytest.raises(LedgerError, match="there is a file already"):
        one.backup(tmp_path / "mine.db")
    assert (tmp_path / "mine.db").read_text() == "mine"


def test_a_backup_while_writing_is_whole(stores: Stores, tmp_path: Path) -> None:
    url = stores.sqlite()
    with open_ledger(url) as ledger:
        furnish(ledger)
    going, written = threading.Event(), []

    def write() -> None:
        with open_ledger(url) as writer:
            while not going.is_set() or not written:
                lines = (Line(WORLD, FREE, 1),)
                drafts = [
                    Draft("Germany", f"{len(written)}-{n}", "receive", moment(DAY), lines, by="a")
                    for n in range(20)
                ]
                written.append(writer.post(drafts)[-1].seq)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        with open_ledger(url) as reader:
            heads = [reader.backup(tmp_path / f"{number}.db") for number in range(3)]
    finally:
        going.set()
        thread.join()
    for number, head in enumerate(heads):
        with open_ledger(tmp_path / f"{number}.db") as copy:
            assert (copy.head.seq, copy.verify().faults) == (head.seq, [])
            assert head.seq % 20 == 0


def test_an_empty_ledger_has_nothing_to_anchor(one: Ledger) -> None:
    with pytest.raises(LedgerError, match="nothing to anchor"):
        one.anchor()
