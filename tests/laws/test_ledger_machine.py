"""Both stores behave as one: the same steps give the same outcomes, the same balances and the same head."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.unit.ledger.stores import PLEDGE, Clock, Stores, furnish
from tests.unit.ledger.test_snapshots import added_up

from redball.ledger import snapshots
from redball.ledger.entry import moment
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger, open_ledger

VERBS = (
    "announce",
    "commit",
    "allocate",
    "deallocate",
    "ship",
    "arrive",
    "lose_in_transit",
    "hand_over",
    "withdraw_committed",
)
days = st.integers(0, 27).map(lambda day: dt.date(2023, 2, 1) + dt.timedelta(days=day))
quantities = st.integers(1, 9)


@pytest.fixture(autouse=True)
def balances_are_kept_after_every_few_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "ENTRIES_MIN", 3)
    monkeypatch.setattr(snapshots, "ENTRIES_PER_ACCOUNT", 0)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("machine"))
    yield made
    made.close()


class Machine(RuleBasedStateMachine):
    """Every step is done on every store."""

    stores: ClassVar[Stores]
    kinds: ClassVar[tuple[str, ...]]

    @initialize()
    def begin(self) -> None:
        self.ledgers: list[Ledger] = []
        for kind in self.kinds:
            self.ledgers.append(open_ledger(self.stores.of(kind), clock=Clock()))
            furnish(self.ledgers[-1])
        self.n, self.posted = 0, 0

    def everywhere(self, step: Any) -> Any:
        """Do a step on every store; they agree on what comes of it."""
        ends = []
        for ledger in self.ledgers:
            try:
                outcome = step(ledger)
                ends.append((outcome.status, outcome.seq))
            except LedgerError as error:
                ends.append((error.code, None))
        assert len(set(ends)) == 1, ends
        self.posted += ends[0][0] == "posted"
        return ends[0]

    @rule(verb=st.sampled_from(VERBS), quantity=quantities, on=days, repeat=st.booleans())
    def report(self, verb: str, quantity: int, on: dt.date, repeat: bool) -> None:
        self.n += not repeat
        words = {
            "org": "Cell",
            "by": "anna",
            "pledge": PLEDGE,
            "leg": "road",
            "place": "Rzeszow",
            "to_org": "Ukraine",
        }
        if verb in ("allocate", "deallocate", "ship"):
            words["place"] = "DE-depot"
        if verb not in ("ship", "arrive", "lose_in_transit"):
            del words["leg"]
        key = f"k{self.n}"
        code, _ = self.everywhere(
            lambda ledger: ledger.record(verb, quantity=quantity, on=on, key=key, **words)
        )
        assert code in ("posted", "replayed", "INSUFFICIENT_STOCK", "IDEMPOTENCY_CONFLICT")

    @rule(seq=st.integers(1, 12), quantity=quantities)
    def correct(self, seq: int, quantity: int) -> None:
        self.everywhere(lambda ledger: ledger.correct(seq, quantity, by="anna"))

    @rule(seq=st.integers(1, 12))
    def reverse(self, seq: int) -> None:
        self.everywhere(lambda ledger: ledger.reverse(seq, org="Cell", key=f"undo {seq}", by="anna"))

    @invariant()
    def one_head(self) -> None:
        heads = {ledger.head for ledger in getattr(self, "ledgers", ())}
        assert len(heads) <= 1
        assert all(head.seq == self.posted for head in heads)

    def both_times(self, ledger: Ledger) -> None:
        """Whatever was kept on the way, every question gets what the movements add up to."""
        with ledger.store.reading() as conn:
            for day in (1, 9, 28):
                at = moment(dt.date(2023, 2, day), end=True)
                for known in range(0, self.posted + 1, 3):
                    found = {n: bal for n, bal in snapshots.balances(conn, at, known).items() if bal}
                    assert found == added_up(ledger, at, known)

    def teardown(self) -> None:
        frames = [ledger.balances() for ledger in getattr(self, "ledgers", ())]
        for ledger, frame in zip(getattr(self, "ledgers", ()), frames, strict=True):
            assert ledger.verify().faults == []
            self.both_times(ledger)
            totals: Counter[str] = Counter()
            for book, quantity in frame.select("book", "quantity").iter_rows():
                totals[book] += quantity
            assert not any(totals.values())
            assert frame.equals(frames[0])
            ledger.close()


def machine(stores: Stores, kinds: tuple[str, ...]) -> type[RuleBasedStateMachine]:
    """Make the machine for some stores."""
    return type("On" + "And".join(kinds), (Machine,), {"stores": stores, "kinds": kinds})


def test_the_file_alone(stores: Stores) -> None:
    law = settings(
        max_examples=12,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(stores, ("sqlite",)), settings=law)


def test_both_stores_step_by_step(stores: Stores) -> None:
    law = settings(
        max_examples=4,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(stores, ("sqlite", "postgresql")), settings=law)


@pytest.mark.slow
def test_both_stores_at_length(stores: Stores) -> None:
    law = settings(
        max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine(stores, ("sqlite", "postgresql")), settings=law)
