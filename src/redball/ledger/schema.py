"""The layout of the database: made by migrations, compared with what this version needs at every start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text

from redball.ledger import tables, triggers
from redball.ledger.entry import GENESIS
from redball.ledger.errors import fail
from redball.ledger.ladder import FLOWS

VERSION = "0001"
"""The newest migration."""


def create(conn: Connection) -> None:
    """Make all tables, rules and first rows in an empty database (the first migration)."""
    tables.META.create_all(conn)
    for statement in triggers.statements(conn.dialect.name):
        conn.exec_driver_sql(statement)
    names = ("verb", "book", "src_kind", "dst_kind", "said_by")
    conn.execute(tables.flow.insert(), [dict(zip(names, flow, strict=True)) for flow in FLOWS])
    conn.execute(tables.chain_head.insert().values(id=1, seq=0, recorded_at=0, hash=GENESIS, epoch=0))


def migrate(conn: Connection) -> None:
    """Bring the database to `VERSION` by Alembic."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def is_empty(conn: Connection) -> bool:
    """Whether there is no table at all."""
    return not inspect(conn).get_table_names()


def check(conn: Connection) -> None:
    """Refuse to start on a database that is not laid out as needed.

    Migrations in batch mode copy tables on SQLite and silently drop their triggers; hence the comparison.

    Raises
    ------
    LedgerError
        ``SCHEMA_UNSAFE``, with what differs.
    """
    names = set(inspect(conn).get_table_names())
    if "alembic_version" not in names:
        raise fail("SCHEMA_UNSAFE", "this is no ledger, or one without a version")
    version = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version != VERSION:
        raise fail("SCHEMA_UNSAFE", f"the database has version {version}, this program needs {VERSION}")
    differing = _differs_sqlite(conn) if conn.dialect.name == "sqlite" else _differs_postgresql(conn)
    flows = {tuple(row) for row in conn.execute(tables.flow.select())}
    if flows != set(FLOWS):
        differing.append("rows of the table flow")
    if differing:
        raise fail(
            "SCHEMA_UNSAFE", f"not as needed: {', '.join(sorted(differing)[:5])}", differing=sorted(differing)
        )


def _objects(conn: Connection) -> dict[str, str]:
    rows = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


@cache
def _wanted_sqlite() -> dict[str, str]:
    engine = create_engine("sqlite://")
    with engine.begin() as model:
        create(model)
        wanted = _objects(model)
    engine.dispose()
    return wanted


def _differs_sqlite(conn: Connection) -> list[str]:
    found, wanted = _objects(conn), _wanted_sqlite()
    return [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]


def _differs_postgresql(conn: Connection) -> list[str]:
    found = inspect(conn)
    differing = []
    for name, table in tables.META.tables.items():
        wanted = {(column.name, bool(column.nullable)) for column in table.columns}
        if (
            not found.has_table(name)
            or {(c["name"], c["nullable"]) for c in found.get_columns(name)} != wanted
        ):
            differing.append(f"table {name}")
            continue
        indexes = {str(index.name) for index in table.indexes}
        if not indexes <= {str(index["name"]) for index in found.get_indexes(name)}:
            differing.append(f"indexes of {name}")
        checks = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        if not checks <= {str(c["name"]) for c in found.get_check_constraints(name)}:
            differing.append(f"checks of {name}")
    rows = conn.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")
    differing += [
        f"trigger {name}" for name in triggers.trigger_names("postgresql") ^ {row[0] for row in rows}
    ]
    query = "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'ledger%%'"
    sources = {row[0]: row[1] for row in conn.exec_driver_sql(query)}
    return differing + [f"function {n}" for n, body in triggers.FUNCTIONS.items() if sources.get(n) != body]
