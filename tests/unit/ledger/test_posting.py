"""The way in: what is posted, what is replayed, what is refused and why."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from tests.unit.ledger.stores import DAY, NOON, PLEDGE, Clock, Stores, climb, rungs, tell

from redball.ledger.entry import Account, Draft, Line, moment
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger, open_ledger

WORLD = Account("stock", "world", "Germany", "leopard")
FREE = Account("stock", "free", "Germany", "leopard", "DE-depot")
LOST = Account("stock", "lost", "Germany", "leopard")
FUEL = Account("stock", "free", "Spain", "diesel", "DE-depot")


def receipt(key: str, quantity: int = 5, **changes: object) -> Draft:
    draft = Draft("Germany", key, "receive", moment(DAY), (Line(WORLD, FREE, quantity),), by="anna")
    return draft._replace(**changes)  # type: ignore[arg-type]


def code_of(ledger: Ledger, *drafts: Draft) -> str:
    with pytest.raises(LedgerError) as caught:
        ledger.post(drafts)
    return caught.value.code


def test_goods_are_conserved_and_the_vector_sums_to_the_intent(ledger: Ledger) -> None:
    climb(ledger, 18)
    tell(ledger, "arrive", 15, leg="road", place="Rzeszow", on=dt.date(2023, 2, 20))
    tell(ledger, "lose_in_transit", 2, leg="road")
    tell(ledger, "hand_over", 14, place="Rzeszow", to_org="Ukraine")
    assert rungs(ledger) == {"handed_over": 14, "arrived": 1, "shipped": 1, "lost": 2}
    assert ledger.balances().group_by("book").agg(pl.sum("quantity"))["quantity"].to_list() == [0, 0]
    frame = ledger.pledges()
    assert frame.select("label", "soft", "firm", "delivered").row(0) == ("partly handed_over", 0, 2, 14)


def test_more_than_was_sent_is_over_delivery_and_what_was_never_recorded_is_owed(ledger: Ledger) -> None:
    climb(ledger, 10)
    tell(ledger, "arrive", 12, leg="road", place="Rzeszow", org="Ukraine")
    assert rungs(ledger) == {"arrived": 12}
    stock = ledger.balances().filter(book="stock")
    assert dict(stock.select("kind", "quantity").iter_rows()) == {"suspense": -12, "depot": 12}


def test_the_same_key_counts_once_and_another_body_is_a_conflict(ledger: Ledger) -> None:
    first = ledger.post([receipt("k")])
    again = ledger.post([receipt("k", document="ff", by="boris")])
    assert (first[0].status, again[0].status, again[0].seq) == ("posted", "replayed", first[0].seq)
    assert code_of(ledger, receipt("k", 6)) == "IDEMPOTENCY_CONFLICT"
    assert ledger.balances()["quantity"].to_list() == [5, -5]


def test_a_report_replays_even_when_the_goods_have_moved_on(ledger: Ledger) -> None:
    climb(ledger, 3)
    head = ledger.head
    assert climb(ledger, 3) == 4
    assert ledger.head == head


def test_each_row_gets_its_own_outcome_and_a_batch_is_all_or_nothing(ledger: Ledger) -> None:
    drafts = [receipt("a"), receipt("b", 0), receipt("c", 7)]
    assert [o.status for o in ledger.post(drafts, mode="per_row")] == ["posted", "refused", "posted"]
    assert code_of(ledger, receipt("d"), receipt("e", 0)) == "BAD_QUANTITY"
    assert ledger.head.seq == 2
    assert ledger.balances()["quantity"].to_list() == [12, -12]


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (receipt("x", lines=()), "EMPTY_ENTRY"),
        (receipt("x", by=""), "UNAUTHENTICATED"),
        (receipt("x", 10**12 + 1), "BAD_QUANTITY"),
        (receipt("x", 2.0), "BAD_QUANTITY"),  # type: ignore[arg-type]
        (receipt("x", True), "BAD_QUANTITY"),
        (receipt("x", lines=(Line(WORLD, FUEL, 1),)), "ITEM_MISMATCH"),
        (receipt("x", lines=(Line(WORLD, LOST, 1),)), "FLOW_FORBIDDEN"),
        (receipt("x", verb="move", lines=(Line(FREE, FREE, 1),)), "FLOW_FORBIDDEN"),
        (receipt("x", org="Spain"), "FORBIDDEN"),
        (receipt("x", org="Carrier"), "FORBIDDEN"),
        (receipt("x", org="Germony"), "UNKNOWN_ACCOUNT"),
        (receipt("x", lines=(Line(WORLD, FREE._replace(place="Kiev"), 1),)), "UNKNOWN_ACCOUNT"),
        (receipt("x", lines=(Line(WORLD, FREE._replace(kind="freee"), 1),)), "UNKNOWN_ACCOUNT"),
        (receipt("x", valid_at=NOON + 25 * 3600 * 10**6), "VALID_TIME_FUTURE"),
        (
            receipt("x", verb="consume", lines=(Line(FREE, FREE._replace(kind="consumed"), 6),)),
            "INSUFFICIENT_STOCK",
        ),
        (receipt("x\x1f"), "FILE_REFUSED"),
        (receipt("x" * 201), "FILE_REFUSED"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code_and_leaves_nothing(
    ledger: Ledger, draft: Draft, code: str
) -> None:
    ledger.post([receipt("before")])
    assert code_of(ledger, draft) == code
    assert (ledger.head.seq, ledger.post([receipt("after")])[0].seq) == (1, 2)
    assert ledger.verify().ok


def test_too_little_names_the_account_what_it_has_and_what_was_asked(one: Ledger) -> None:
    one.post([receipt("before")])
    with pytest.raises(LedgerError, match=r"free leopard of Germany .DE-depot. has 5, asked 6") as caught:
        one.post([receipt("x", verb="consume", lines=(Line(FREE, FREE._replace(kind="consumed"), 6),))])
    assert (caught.value.detail["have"], caught.value.detail["asked"]) == (5, 6)


def test_balances_stay_in_range_and_batches_in_size(one: Ledger) -> None:
    assert code_of(one, *(receipt(f"k{n}") for n in range(10_001))) == "BATCH_TOO_LARGE"
    held = one.poster.accounts
    one.post([receipt("a")])
    held.held[FREE].bal = 9 * 10**18
    assert code_of(one, receipt("b")) == "BALANCE_RANGE"


def test_ceilings_and_closed_accounts_hold(ledger: Ledger) -> None:
    ledger.post([receipt("a")])
    ledger.limit(FREE, ceiling=8)
    assert code_of(ledger, receipt("b", 4)) == "CEILING_EXCEEDED"
    ledger.post([receipt("c", 3)])
    with pytest.raises(LedgerError, match="still holds 8"):
        ledger.limit(FREE, close=True)
    spent = Line(FREE, FREE._replace(kind="consumed"), 8)
    ledger.post([receipt("d", verb="consume", lines=(spent,))])
    ledger.limit(FREE, close=True)
    assert code_of(ledger, receipt("e", 1)) == "ACCOUNT_CLOSED"


def test_an_entry_lands_wholly_or_not_at_all(ledger: Ledger) -> None:
    ledger.post([receipt("a")])
    lines = (
        Line(FREE, FREE._replace(kind="consumed"), 4),
        Line(FREE, FREE._replace(kind="consumed", place="Kyiv"), 4),
    )
    outcomes = ledger.post([receipt("b", verb="consume", lines=lines), receipt("c", 1)], mode="per_row")
    assert [o.status for o in outcomes] == ["refused", "posted"]
    assert ledger.balances().filter(kind="free")["quantity"].to_list() == [6]


def test_recorded_time_never_goes_back(ledger: Ledger, clock: Clock) -> None:
    ledger.post([receipt("a")])
    clock.now -= 10**9
    ledger.post([receipt("b")])
    assert ledger.verify().ok


def test_two_handles_on_one_store_see_each_other(ledger: Ledger, clock: Clock) -> None:
    url = ledger.store.url.render_as_string(hide_password=False)
    with open_ledger(url, clock=clock) as other:
        for number in range(4):
            (ledger, other)[number % 2].post([receipt(f"k{number}")])
        assert code_of(other, receipt("k0", 9)) == "IDEMPOTENCY_CONFLICT"
    assert ledger.balances().filter(kind="free")["quantity"].to_list() == [20]


def test_the_same_posts_give_the_same_head_on_both_stores(stores: Stores) -> None:
    heads = []
    for kind in ("sqlite", "postgresql"):
        from tests.unit.ledger.stores import furnish

        with open_ledger(stores.of(kind), clock=Clock()) as made:
            furnish(made)
            climb(made, 18)
            made.correct(4, 16, by="anna")
            heads.append(made.head)
    assert heads[0] == heads[1]
    assert heads[0].seq == 5


def test_a_promise_can_be_withdrawn_until_it_is_allocated(ledger: Ledger) -> None:
    tell(ledger, "announce", 10)
    tell(ledger, "commit", 8)
    tell(ledger, "allocate", 3)
    tell(ledger, "withdraw_committed", 5)
    with pytest.raises(LedgerError, match=r"committed leopard of Germany .D063. has 0, asked 1"):
        tell(ledger, "withdraw_committed", 1)
    tell(ledger, "deallocate", 3)
    tell(ledger, "withdraw_committed", 3)
    assert rungs(ledger) == {"announced": 2, "withdrawn": 8}
    assert ledger.pledges().filter(pledge=PLEDGE)["label"].item() == "partly announced"


def test_a_count_books_the_difference_to_suspense(ledger: Ledger) -> None:
    ledger.post([receipt("a", 10)])
    words = {"pledge": "", "item": "leopard", "place": "DE-depot", "org": "Germany"}
    tell(ledger, "count", 7, **words)
    assert ledger.balances().filter(kind="suspense")["quantity"].to_list() == [3]
    assert tell(ledger, "count", 7, "again", **words) == 3
    assert ledger.balances().filter(kind="suspense")["quantity"].to_list() == [3]
    tell(ledger, "count", "0", "gone", **words)
    assert ledger.balances().filter(kind="suspense")["quantity"].to_list() == [10]
    assert ledger.verify().ok
