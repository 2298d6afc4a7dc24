"""The rules that hold even against a stray UPDATE: triggers, in the tongue of each store.

They check what the posting code has checked before; what they catch is a bug or a foreign hand. A write ends by moving the
head of the chain: that is when the movements after the old head are checked and added to the balances, all in one
statement. What is slipped in before the head is found by `verify`.
"""

from __future__ import annotations

from redball.ledger.tables import APPEND_ONLY

_REFUSE_SQLITE = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN SELECT RAISE(ABORT, 'FORBIDDEN'); END"
)

# what is wrong with the movements after the old head up to the new one; the same words for both stores
_FORBIDDEN = """\
SELECT 1 FROM movement AS m
    LEFT JOIN account AS s ON s.id = m.src AND s.org_id = m.src_org
    LEFT JOIN account AS d ON d.id = m.dst AND d.org_id = m.dst_org AND d.book = s.book AND d.item_id = s.item_id
    LEFT JOIN flow AS f ON f.verb = m.verb AND f.book = s.book AND f.src_kind = s.kind AND f.dst_kind = d.kind
    WHERE m.seq > OLD.seq AND m.seq <= NEW.seq AND (f.verb IS NULL OR d.id IS NULL)"""
_DELTAS = """\
SELECT account, sum(delta) AS delta, max(seq) AS seq FROM (
      SELECT src AS account, -qty AS delta, seq FROM movement WHERE seq > OLD.seq AND seq <= NEW.seq
      UNION ALL SELECT dst, qty, seq FROM movement WHERE seq > OLD.seq AND seq <= NEW.seq) AS ends GROUP BY account"""
_CLOSED = """\
SELECT 1 FROM movement AS m WHERE m.seq > OLD.seq AND m.seq <= NEW.seq AND (
    NOT EXISTS (SELECT 1 FROM balance AS b WHERE b.account_id = m.src AND b.closed_seq IS NULL)
    OR NOT EXISTS (SELECT 1 FROM balance AS b WHERE b.account_id = m.dst AND b.closed_seq IS NULL))"""

_APPLY_SQLITE = f"""\
CREATE TRIGGER head_apply AFTER UPDATE OF seq ON chain_head BEGIN
  SELECT RAISE(ABORT, 'FORBIDDEN') WHERE NEW.seq < OLD.seq;
  SELECT RAISE(ABORT, 'FLOW_FORBIDDEN') WHERE EXISTS ({_FORBIDDEN});
  SELECT RAISE(ABORT, 'ACCOUNT_CLOSED') WHERE EXISTS ({_CLOSED});
  UPDATE balance SET bal = balance.bal + x.delta, last_seq = x.seq FROM ({_DELTAS}) AS x
    WHERE balance.account_id = x.account;
END"""

_REFUSE_FUNCTION = "BEGIN RAISE EXCEPTION 'FORBIDDEN'; END"
_APPLY_FUNCTION = f"""\
BEGIN
  IF NEW.seq < OLD.seq THEN RAISE EXCEPTION 'FORBIDDEN'; END IF;
  IF EXISTS ({_FORBIDDEN}) THEN RAISE EXCEPTION 'FLOW_FORBIDDEN'; END IF;
  IF EXISTS ({_CLOSED}) THEN RAISE EXCEPTION 'ACCOUNT_CLOSED'; END IF;
  UPDATE balance SET bal = (balance.bal + x.delta)::bigint, last_seq = x.seq FROM ({_DELTAS}) AS x
    WHERE balance.account_id = x.account;
  RETURN NULL;
END"""

FUNCTIONS = {"ledger_refuse": _REFUSE_FUNCTION, "ledger_apply": _APPLY_FUNCTION}
"""Bodies of the PostgreSQL functions; the check at start compares them."""


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $ledger${body}$ledger$"
    )


ROW_SECURITY = (
    # prepared for sign-in: the role sees an organisation's own rows once the session names it
    "DO $$ BEGIN CREATE ROLE redball_reader NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO redball_reader",
    "ALTER TABLE movement ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own_movements ON movement FOR SELECT TO redball_reader USING ("
    "nullif(current_setting('redball.org_id', true), '')::bigint IN (src_org, dst_org))",
    "ALTER TABLE entry ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own_entries ON entry FOR SELECT TO redball_reader USING ("
    "nullif(current_setting('redball.org_id', true), '')::bigint = org_id)",
)


def statements(dialect: str) -> list[str]:
    """Return the statements that add the rules to fresh tables."""
    if dialect == "sqlite":
        refuse = [
            _REFUSE_SQLITE.format(table=table, verb=verb, VERB=verb.upper())
            for table in APPEND_ONLY
            for verb in ("update", "delete")
        ]
        return [*refuse, _APPLY_SQLITE]
    functions = [_function(name, body) for name, body in FUNCTIONS.items()]
    refuse = [
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        for table in APPEND_ONLY
    ]
    apply = "CREATE TRIGGER head_apply AFTER UPDATE OF seq ON chain_head FOR EACH ROW EXECUTE FUNCTION ledger_apply()"
    return [*functions, *refuse, apply, *ROW_SECURITY]


def trigger_names(dialect: str) -> frozenset[str]:
    """Return the names of all triggers."""
    words = [sql.split() for sql in statements(dialect)]
    return frozenset(word[2] for word in words if word[:2] == ["CREATE", "TRIGGER"])
