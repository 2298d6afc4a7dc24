from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from tests.unit.ledger.stores import PLEDGE, Clock, climb, rungs, tell

from redball.ledger import read
from redball.ledger.entry import moment
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger

FEBRUARY = [dt.date(2023, 2, day) for day in (1, 5, 10, 20)]


def told_late(ledger: Ledger, clock: Clock) -> None:
    """Announced on the 1st, known on the 3rd; committed on the 5th, known on the 20th."""
    clock.now = moment(dt.date(2023, 2, 3))
    tell(ledger, "announce", 18, on=FEBRUARY[0])
    clock.now = moment(dt.date(2023, 2, 20))
    tell(ledger, "commit", 18, on=FEBRUARY[1])


def test_when_it_was_true_and_when_we_knew_are_two_questions(ledger: Ledger, clock: Clock) -> None:
    told_late(ledger, clock)
    tenth = dt.date(2023, 2, 10)
    assert rungs(ledger) == {"committed": 18}
    assert rungs(ledger, at=tenth) == {"committed": 18}
    assert rungs(ledger, known=tenth) == {"announced": 18}
    assert rungs(ledger, at=dt.date(2023, 2, 4)) == {"announced": 18}
    assert rungs(ledger, at=tenth, known=dt.date(2023, 2, 2)) == {}


def test_diff_tells_what_we_came_to_know(ledger: Ledger, clock: Clock) -> None:
    told_late(ledger, clock)
    changed = ledger.diff(dt.date(2023, 2, 10), dt.date(2023, 2, 20))
    assert dict(changed.select("kind", "change").iter_rows()) == {"announced": -18, "committed": 18}
    assert ledger.diff(dt.date(2023, 2, 20), None).height == 0


def test_one_account_agrees_with_all(ledger: Ledger, clock: Clock) -> None:
    told_late(ledger, clock)
    at = moment(dt.date(2023, 2, 4), end=True)
    with ledger.store.reading() as conn:
        for row in ledger.balances(at=at).iter_rows(named=True):
            assert read.balance_of(conn, row["account_id"], at, 2) == row["quantity"]


def test_the_history_of_a_pledge_is_whole_and_names_its_sources(ledger: Ledger) -> None:
    seq = tell(
        ledger,
        "announce",
        18,
        document="ab",
        locator="Sheet1!7",
        as_written="18 tanks",
        org="Germany",
        by="otto",
    )
    ledger.correct(seq, 14, by="anna", note="as written in the letter")
    frame = ledger.history(pledge=PLEDGE)
    assert frame.select("verb", "way", "quantity").rows() == [
        ("announce", "announce", 18),
        ("correct", "-announce", 4),
    ]
    assert frame.select("document", "locator", "as_written", "org", "by").row(0) == (
        "ab",
        "Sheet1!7",
        "18 tanks",
        "Germany",
        "otto",
    )
    assert frame["corrects"].to_list() == [None, seq]
    assert ledger.history(seq=seq).height == 2
    with pytest.raises(LedgerError, match="no pledge is called 'D999'"):
        ledger.history(pledge="D999")


def test_soft_and_firm_are_two_numbers(ledger: Ledger) -> None:
    climb(ledger, 5)
    tell(ledger, "announce", 7)
    row = ledger.pledges().row(0, named=True)
    assert (row["soft"], row["firm"], row["label"]) == (7, 5, "partly shipped")
    assert "total" not in ledger.pledges().columns
    assert ledger.pledges().schema["soft"] == pl.Int64()
