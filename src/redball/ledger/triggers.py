"""The rules that hold even against a stray UPDATE: triggers, in the tongue of each store.

They check what the posting code has checked before; what they catch is a bug or a foreign hand. Both stores keep the
cache of balances by trigger. SQLite knows row triggers only; PostgreSQL does a whole batch in one statement.
"""

from __future__ import annotations

from redball.ledger.tables import APPEND_ONLY

_REFUSE_SQLITE = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} BEGIN SELECT RAISE(ABORT, 'FORBIDDEN'); END"
)

_APPLY_SQLITE = """\
CREATE TRIGGER movement_apply AFTER INSERT ON movement BEGIN
  SELECT RAISE(ABORT, 'FLOW_FORBIDDEN') WHERE NOT EXISTS (
    SELECT 1 FROM account AS s JOIN account AS d ON d.id = NEW.dst JOIN flow AS f
      ON f.verb = NEW.verb AND f.book = s.book AND f.src_kind = s.kind AND f.dst_kind = d.kind
    WHERE s.id = NEW.src AND s.book = d.book AND s.item_id = d.item_id
      AND s.org_id = NEW.src_org AND d.org_id = NEW.dst_org);
  UPDATE balance SET bal = bal - NEW.qty, last_seq = NEW.seq WHERE account_id = NEW.src AND closed_seq IS NULL;
  SELECT RAISE(ABORT, 'ACCOUNT_CLOSED') WHERE changes() <> 1;
  UPDATE balance SET bal = bal + NEW.qty, last_seq = NEW.seq WHERE account_id = NEW.dst AND closed_seq IS NULL;
  SELECT RAISE(ABORT, 'ACCOUNT_CLOSED') WHERE changes() <> 1;
END"""

_REFUSE_FUNCTION = "BEGIN RAISE EXCEPTION 'FORBIDDEN'; END"
_APPLY_FUNCTION = """\
DECLARE expected bigint; met bigint;
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh AS m LEFT JOIN (account AS s JOIN account AS d
      ON d.book = s.book AND d.item_id = s.item_id) ON s.id = m.src AND d.id = m.dst
      AND s.org_id = m.src_org AND d.org_id = m.dst_org
    LEFT JOIN flow AS f
      ON f.verb = m.verb AND f.book = s.book AND f.src_kind = s.kind AND f.dst_kind = d.kind
    WHERE f.verb IS NULL) THEN RAISE EXCEPTION 'FLOW_FORBIDDEN'; END IF;
  SELECT count(*) INTO expected FROM (SELECT src FROM fresh UNION SELECT dst FROM fresh) AS ends;
  UPDATE balance AS b SET bal = (b.bal + x.delta)::bigint, last_seq = greatest(b.last_seq, x.seq)
    FROM (SELECT account, sum(delta) AS delta, max(seq) AS seq FROM (
      SELECT src AS account, -qty AS delta, seq FROM fresh UNION ALL SELECT dst, qty, seq FROM fresh) AS ends
      GROUP BY account) AS x
    WHERE b.account_id = x.account AND b.closed_seq IS NULL;
  GET DIAGNOSTICS met = ROW_COUNT;
  IF met <> expected THEN RAISE EXCEPTION 'ACCOUNT_CLOSED'; END IF;
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
    apply = (
        "CREATE TRIGGER movement_apply AFTER INSERT ON movement REFERENCING NEW TABLE AS fresh "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply()"
    )
    return [*functions, *refuse, apply, *ROW_SECURITY]


def trigger_names(dialect: str) -> frozenset[str]:
    """Return the names of all triggers."""
    words = [sql.split() for sql in statements(dialect)]
    return frozenset(word[2] for word in words if word[:2] == ["CREATE", "TRIGGER"])
