from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.ledger.stores import DAY, PLEDGE, climb, rungs, tell

from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger


def reverse(ledger: Ledger, seq: int, key: str = "undo") -> object:
    return ledger.reverse(seq, org="Cell", key=key, by="anna", note="typed twice")


def test_a_reversal_restores_what_was_and_happens_once(ledger: Ledger) -> None:
    before = ledger.balances()
    seq = tell(ledger, "announce", 18)
    reverse(ledger, seq)
    assert ledger.balances().equals(before)
    assert reverse(ledger, seq).status == "replayed"  # type: ignore[attr-defined]
    for undo, code in ((lambda: reverse(ledger, seq, "other"), "ALREADY_REVERSED"), (lambda: ledger.correct(seq, 3, by="a"), "ALREADY_REVERSED"),
                       (lambda: reverse(ledger, 2, "third"), "FLOW_FORBIDDEN"), (lambda: reverse(ledger, 99, "x"), "UNKNOWN_ENTRY")):  # fmt: skip
        with pytest.raises(LedgerError) as caught:
            undo()
        assert caught.value.code == code


def test_goods_that_have_moved_on_cannot_be_reversed_but_can_be_corrected(ledger: Ledger) -> None:
    shipped = climb(ledger, 18)
    tell(ledger, "arrive", 18, leg="road", place="Rzeszow")
    with pytest.raises(LedgerError) as caught:
        reverse(ledger, shipped)
    assert caught.value.code == "GOODS_MOVED_ON"
    ledger.correct(shipped, 16, by="anna", note="two never left")
    assert rungs(ledger) == {"arrived": 18, "allocated": 2, "suspense": -2}
    ledger.correct(shipped, 17, by="anna")
    assert rungs(ledger)["allocated"] == 1
    ledger.correct(shipped, 18, by="anna")
    assert "allocated" not in rungs(ledger)
    assert ledger.verify().ok


def test_a_correction_says_once_what_it_says(ledger: Ledger) -> None:
    seq = tell(ledger, "announce", 18)
    first = ledger.correct(seq, 14, by="anna")
    assert ledger.correct(seq, 14, by="anna").status == "replayed"
    assert (first.status, rungs(ledger)) == ("posted", {"announced": 14})
    assert reverse(ledger, seq).status == "posted"  # type: ignore[attr-defined]
    assert rungs(ledger) == {}


def test_a_corrected_report_still_replays(ledger: Ledger) -> None:
    seq = tell(ledger, "announce", 18)
    ledger.correct(seq, 14, by="anna")
    assert tell(ledger, "announce", 18) == seq
    assert rungs(ledger) == {"announced": 14}


def test_a_new_promised_date_is_a_correction_without_goods(ledger: Ledger) -> None:
    seq = tell(ledger, "announce", 18, due_at=dt.date(2023, 3, 31))
    ledger.correct(seq, lambda held: held._replace(due_at=1_682_812_800_000_000), by="anna")
    assert ledger.pledges().filter(pledge=PLEDGE)["due"].item() == dt.date(2023, 4, 30)
    assert ledger.pledges(known=0 + 1_677_672_000_000_008)["due"].to_list()[0] in (
        dt.date(2023, 3, 31),
        dt.date(2023, 4, 30),
    )
    assert dt.date(2023, 3, 31) > DAY
