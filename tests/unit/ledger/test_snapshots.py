from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.unit.ledger.stores import Clock, Stores, furnish

from redball.ledger import snapshots, tables
from redball.ledger.entry import FOREVER, MICROSECONDS_PER_DAY, Account, Draft, Line
from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.read import balance_of

WORLD = Account("stock", "world", "Germany", "leopard")
LOTS = [Account("stock", "free", "Germany", "leopard", "DE-depot", lot=f"lot {n}") for n in range(4)]
DAYS = 30


@pytest.fixture
def every_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Balances are kept after every few entries."""
    monkeypatch.setattr(snapshots, "ENTRIES_MIN", 5)
    monkeypatch.setattr(snapshots, "ENTRIES_PER_ACCOUNT", 0)


@pytest.fixture(params=["sqlite", "postgresql"])
def busy(request: pytest.FixtureRequest, stores: Stores, every_few: None) -> Iterator[Ledger]:
    """Sixty receipts and issues, most of them told in order of time, some long after."""
    with open_ledger(stores.of(request.param), clock=Clock()) as made:
        furnish(made)
        fill(made)
        yield made


def fill(ledger: Ledger, entries: int = 60, seed: int = 1) -> None:
    """Post batches of one to four entries."""
    rng, number = random.Random(seed), 0
    while number < entries:
        batch = []
        for _ in range(rng.randint(1, 4)):
            number += 1
            day = number // 2 if rng.random() < 0.7 else rng.randrange(DAYS)
            lines = (Line(WORLD, rng.choice(LOTS), rng.randint(1, 9)),)
            batch.append(
                Draft("Germany", f"k{number}", "receive", day * MICROSECONDS_PER_DAY, lines, by="anna")
            )
        ledger.post(batch)


def added_up(ledger: Ledger, at: int, known: int) -> dict[int, int]:
    """Return every balance that is not zero, from the movements alone."""
    total: Counter[int] = Counter()
    m = tables.movement.c
    with ledger.store.reading() as conn:
        for src, dst, quantity, seq, when in conn.execute(
            tables.movement.select().with_only_columns(m.src, m.dst, m.qty, m.seq, m.valid_at)
        ):
            if seq <= known and when <= at:
                total[src] -= quantity
                total[dst] += quantity
    return {number: bal for number, bal in total.items() if bal}


def test_every_question_of_both_times_gets_what_the_movements_add_up_to(busy: Ledger) -> None:
    with busy.store.reading() as conn:
        kept = [span.seq for span in snapshots.spans(conn)]
        assert len(kept) >= 8
        moments = [day * MICROSECONDS_PER_DAY - early for day in range(0, DAYS, 5) for early in (0, 1)]
        for at in [*moments, FOREVER]:
            for known in [*range(0, busy.head.seq + 1, 4), *kept, busy.head.seq]:
                found = snapshots.balances(conn, at, known)
                assert {n: bal for n, bal in found.items() if bal} == added_up(busy, at, known), (at, known)
                assert all(balance_of(conn, number, at, known) == bal for number, bal in found.items())


def test_the_nearest_state_is_taken(busy: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    held = snapshots.held
    monkeypatch.setattr(snapshots, "held", lambda conn, seq: asked.append(seq) or held(conn, seq))
    with busy.store.reading() as conn:
        kept = [span.seq for span in snapshots.spans(conn)]
        for seq in kept[:-1]:
            snapshots.balances(conn, FOREVER, seq)
        assert asked == kept[:-1]
        snapshots.balances(conn, FOREVER, busy.head.seq)
        assert asked == kept[:-1], "what is known now is at hand"


def test_states_are_kept_every_so_many_entries_and_fewer_where_there_are_many_accounts(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    for entries, per_account, states in ((1_000, 0, 0), (10, 0, 6), (10, 10, 1)):
        monkeypatch.setattr(snapshots, "ENTRIES_MIN", entries)
        monkeypatch.setattr(snapshots, "ENTRIES_PER_ACCOUNT", per_account)
        with open_ledger(stores.sqlite(), clock=Clock()) as ledger:
            furnish(ledger)
            fill(ledger)
            with ledger.store.reading() as conn:
                assert len(snapshots.spans(conn)) == states
            assert ledger.verify().ok


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE snapshot SET bal = bal + 1 WHERE seq = (SELECT min(seq) FROM snapshot)", "add up to"),
        ("DELETE FROM snapshot WHERE seq = (SELECT max(seq) FROM snapshot) AND bal > 0", "add up to"),
        ("INSERT INTO snapshot_head VALUES (1000, 0, 0)", "not there"),
        ("UPDATE snapshot_head SET valid_first = valid_first + 1 WHERE seq < 10", "the times noted"),
    ],
)
def test_verify_finds_kept_balances_that_are_wrong(busy: Ledger, statement: str, words: str) -> None:
    assert busy.verify().ok
    with busy.store.writing() as conn:
        conn.exec_driver_sql(statement)
    (fault,) = busy.verify().faults
    assert words in fault
