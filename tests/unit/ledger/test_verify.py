"""Every kind of tampering is found; each is done past the triggers, as a foreign hand would."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from tests.unit.ledger.stores import Stores, climb, furnish, tell

from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger, open_ledger

KINDS = {
    "edit a quantity": "UPDATE movement SET qty = qty + 1 WHERE seq = 2",
    "edit a quantity and the cache": "UPDATE movement SET qty = 17 WHERE seq = 3; UPDATE balance SET bal = bal + 1 WHERE account_id = 1",
    "edit the time": "UPDATE entry SET valid_at = valid_at - 1 WHERE seq = 2",
    "edit the source": "UPDATE entry SET locator = 'Sheet9!9' WHERE seq = 2",
    "edit who said it": "UPDATE entry SET \"by\" = 'eve' WHERE seq = 2",
    "edit the unit of an item": "UPDATE item SET unit = 'g' WHERE code = 'leopard'",
    "rename a pledge": "UPDATE pledge SET code = 'D999' WHERE code = 'D063'",
    "turn a movement to another account": "UPDATE movement SET dst = 3 WHERE seq = 1",
    "edit the cache": "UPDATE balance SET bal = bal + 1 WHERE account_id = 2",
    "insert a movement": "INSERT INTO movement SELECT seq, 7, src, dst, 1, verb, valid_at, src_org, dst_org FROM movement WHERE seq = 2",
    "delete in the middle": "DELETE FROM movement WHERE seq = 2; DELETE FROM entry WHERE seq = 2",
    "truncate": "DELETE FROM movement WHERE seq = 5; DELETE FROM entry WHERE seq = 5",
    "reorder": (
        "UPDATE movement SET seq = 90 WHERE seq = 4; UPDATE entry SET seq = 90 WHERE seq = 4; "
        "UPDATE movement SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 4 WHERE seq = 5; "
        "UPDATE movement SET seq = 5 WHERE seq = 90; UPDATE entry SET seq = 5 WHERE seq = 90"
    ),
    "close the cache's eyes": "DELETE FROM balance WHERE account_id = 2",
}


def tamper(ledger: Ledger, statements: str) -> None:
    """Change rows with all rules switched off, and put the rules back."""
    with ledger.store.engine.connect() as conn:
        if ledger.store.is_sqlite:
            conn.exec_driver_sql("PRAGMA foreign_keys = OFF")
            conn.rollback()
            conn.exec_driver_sql("PRAGMA foreign_keys = OFF")
            conn.commit()
            raw = conn.connection.driver_connection
            assert raw is not None
            rules = [row[0] for row in raw.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
            names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            raw.execute("PRAGMA foreign_keys = OFF")
            for name in names:
                raw.execute(f"DROP TRIGGER {name}")
            for statement in statements.split(";"):
                raw.execute(statement)
            for rule in rules:
                raw.execute(rule)
            raw.execute("PRAGMA foreign_keys = ON")
            return
        conn.execute(text("SET session_replication_role = replica"))
        for statement in statements.split(";"):
            conn.execute(text(statement))
        conn.execute(text("SET session_replication_role = DEFAULT"))
        conn.commit()


def story(ledger: Ledger) -> None:
    climb(ledger, 18)
    tell(ledger, "arrive", 18, leg="road", place="Rzeszow")


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found(one: Ledger, kind: str) -> None:
    story(one)
    assert one.verify().ok
    tamper(one, KINDS[kind])
    assert one.verify().faults


def test_tampering_is_found_on_postgresql(stores: Stores) -> None:
    with open_ledger(stores.postgresql()) as made:
        furnish(made)
        story(made)
        assert made.verify().ok
        tamper(made, KINDS["edit a quantity and the cache"])
        tamper(made, KINDS["truncate"])
        faults = " ".join(made.verify().faults)
        assert "entry 3: its contents" in faults
        assert "the head says 5 entries" in faults


def test_a_rewound_record_is_found_only_by_an_anchor_kept_elsewhere(one: Ledger, tmp_path: Path) -> None:
    story(one)
    anchors = tmp_path / "anchors.jsonl"
    one.backup(tmp_path / "old.db")
    tell(one, "hand_over", 18, place="Rzeszow", to_org="Ukraine")
    one.anchor(anchors, by="anna")
    assert one.verify(anchors).ok
    with open_ledger(tmp_path / "old.db") as rewound:
        assert rewound.verify().ok
        assert "entry 6 is not there" in rewound.verify(anchors).faults[0]


def test_a_broken_chain_stops_writing_and_goes_on_reading(one: Ledger) -> None:
    story(one)
    tamper(one, KINDS["truncate"])
    with pytest.raises(LedgerError) as caught:
        tell(one, "announce", 3)
    assert caught.value.code == "CHAIN_BROKEN"
    assert one.balances().height


def test_rules_of_the_database_hold_against_a_stray_hand(ledger: Ledger) -> None:
    story(ledger)
    strays = {
        "UPDATE movement SET qty = 1": "FORBIDDEN",
        "DELETE FROM entry": "FORBIDDEN",
        "UPDATE item SET unit = 'g'": "FORBIDDEN",
        "INSERT INTO movement VALUES (6, 0, 1, 2, 5, 'ship', 0, 1, 1); UPDATE chain_head SET seq = 6": "FLOW_FORBIDDEN",
        "UPDATE chain_head SET seq = 1": "FORBIDDEN",
        "UPDATE balance SET bal = -1 WHERE floor = 0": "INSUFFICIENT_STOCK",
        "UPDATE balance SET ceiling = bal - 1 WHERE bal > 0": "CEILING_EXCEEDED",
    }
    for statement, code in strays.items():
        with pytest.raises(LedgerError) as caught, ledger.store.writing() as conn:
            for part in statement.split(";"):
                conn.execute(text(part))
        assert caught.value.code == code, statement


@pytest.mark.parametrize("value", ["1.5", "'7x'", "x'00'"])
def test_a_quantity_that_is_no_whole_number_cannot_be_stored(one: Ledger, value: str) -> None:
    story(one)
    with pytest.raises(LedgerError), one.store.writing() as conn:
        conn.execute(text(f"UPDATE balance SET bal = {value}"))
