from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests.unit.ledger.stores import Stores, climb, furnish

from redball.ledger.errors import LedgerError
from redball.ledger.ledger import open_ledger
from redball.ledger.store import Store


def refused(url: str | Path) -> str:
    with pytest.raises(LedgerError) as caught:
        open_ledger(url, create=False)
    assert caught.value.code == "SCHEMA_UNSAFE"
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DROP TRIGGER head_apply", "head_apply"),
        ("DROP INDEX ix_movement_src", "ix_movement_src"),
        ("CREATE TABLE extra (x)", "extra"),
        ("DELETE FROM alembic_version", "version None"),
    ],
)
def test_a_changed_layout_is_refused(stores: Stores, change: str, named: str) -> None:
    path = stores.sqlite()
    with sqlite3.connect(path) as conn:
        conn.execute(change)
    conn.close()
    assert named in refused(path)


def test_a_changed_layout_is_refused_on_postgresql(stores: Stores) -> None:
    url = stores.postgresql()
    for change, named in (
        ("ALTER TABLE chain_head DISABLE TRIGGER head_apply", "head_apply"),
        ("CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "ledger_refuse"),
        ("DROP INDEX ix_movement_dst", "indexes of movement"),
        ("ALTER TABLE balance DROP CONSTRAINT ck_balance_floor", "checks of balance"),
    ):  # fmt: skip
        with psycopg.connect(url) as conn:
            conn.execute(change)
        assert named in refused(url)


def test_what_is_no_ledger_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    missing = refused(tmp_path / "none.db")
    assert "no ledger at this path" in missing
    assert "`redball ledger define` makes" in missing
    assert list(tmp_path.iterdir()) == []
    text_file = tmp_path / "notes.txt"
    text_file.write_text("not a database, but long enough to be looked at" * 50)
    refused(text_file)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    refused(tmp_path / "other.db")
    refused("mysql://somewhere/ledger")


def test_an_empty_postgresql_is_migrated_once(stores: Stores) -> None:
    url = stores.empty_postgresql()
    for _ in range(2):
        with open_ledger(url) as made:
            assert made.head.seq == 0


def test_row_security_shows_an_organisation_its_own_rows(stores: Stores) -> None:
    with open_ledger(stores.postgresql()) as made:
        furnish(made)
        climb(made, 18)
        with made.store.engine.begin() as conn:
            orgs = {row[0]: row[1] for row in conn.execute(text("SELECT code, id FROM org"))}
            conn.execute(text("SET LOCAL ROLE redball_reader"))
            seen = {}
            for org in ("", str(orgs["Germany"]), str(orgs["Spain"])):
                conn.execute(text(f"SET LOCAL redball.org_id = '{org}'"))
                seen[org] = conn.execute(text("SELECT count(*) FROM movement")).scalar_one()
    assert list(seen.values()) == [0, 6, 0]


def test_two_at_once_make_one_ledger(tmp_path: Path) -> None:
    first = Store(str(tmp_path / "a.db"))
    second = Store(str(tmp_path / "a.db"))
    first.close()
    second.close()
