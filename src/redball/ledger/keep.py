"""Keeping the record safe: anchors, backups, restores, limits of accounts."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from redball.ledger import schema, tables
from redball.ledger.entry import Account
from redball.ledger.errors import fail
from redball.ledger.posting import Head, Poster, locked_head
from redball.ledger.store import LOCKS, Store

COPY_ROWS = 10_000


def head(conn: Connection) -> Head:
    """Return the end of the chain."""
    t = tables.chain_head.c
    return Head(*conn.execute(select(t.seq, t.recorded_at, t.hash, t.epoch)).one())


def anchor(poster: Poster, file: Path | None, by: str) -> Head:
    """Note the head in the ledger and, better, in a file that is kept or published elsewhere."""

    def work(conn: Connection) -> int:
        end = locked_head(conn)
        number = 1 + (conn.execute(select(func.max(tables.anchor.c.id))).scalar() or 0)
        row = {"id": number, "seq": end.seq, "hash": end.hash, "at": poster.clock(), "by": by}
        if end.seq:
            conn.execute(tables.anchor.insert().values(**row))
        return 1

    poster.defined(work)
    with poster.store.reading() as conn:
        a = tables.anchor.c
        row = conn.execute(select(a.seq, a.hash, a.at).order_by(a.id.desc()).limit(1)).first()
    if row is None:
        raise fail("UNKNOWN_ENTRY", "an empty ledger has nothing to anchor")
    if file is not None:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"seq": row[0], "hash": row[1].hex(), "at": row[2]}) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    return Head(row[0], row[2], row[1])


def limit(poster: Poster, account: Account, *, ceiling: int | None, close: bool) -> None:
    """Set the most that an account may hold, or close it; an account is closed only when empty."""

    def work(conn: Connection) -> int:
        poster.accounts.load(conn, [account])
        held = poster.accounts.held[account]
        if held in poster.accounts.fresh:
            raise fail("UNKNOWN_ACCOUNT", f"nothing was ever in this {account.kind} account")
        if close and held.bal:
            raise fail("FORBIDDEN", f"the account still holds {held.bal}", remedy="Move the goods first.")
        if ceiling is not None and held.bal > ceiling:
            raise fail("CEILING_EXCEEDED", f"the account holds {held.bal}, more than {ceiling}")
        end = locked_head(conn)
        values = {"ceiling": ceiling, "closed_seq": end.seq if close else None}
        conn.execute(tables.balance.update().where(tables.balance.c.account_id == held.id).values(**values))
        conn.execute(tables.chain_head.update().values(epoch=end.epoch + 1))
        poster.accounts.held.clear()
        return 1

    poster.defined(work)
    poster.forget()


def copy(source: Store, target: Store) -> Head:
    """Copy a ledger into an empty one of either kind, in one state; the head must come out equal.

    Raises
    ------
    LedgerError
        ``SCHEMA_UNSAFE`` if the target is not empty, ``CHAIN_BROKEN`` if the heads differ.
    """
    with source.reading() as reader, target.writing() as writer:
        if head(writer).seq or writer.execute(select(func.count()).select_from(tables.org)).scalar_one():
            raise fail("SCHEMA_UNSAFE", "the target is not an empty ledger")
        last = None
        if not target.is_sqlite:
            # balances are copied with the rest; the trigger would count them a second time
            writer.execute(text("ALTER TABLE chain_head DISABLE TRIGGER head_apply"))
        else:
            apply = next(sql for sql in _rules(writer) if "TRIGGER head_apply" in sql)
            writer.execute(text("DROP TRIGGER head_apply"))
        for table in tables.META.sorted_tables:
            if table.name in ("flow", "chain_head"):
                continue
            order = list(table.primary_key.columns)
            rows = reader.execution_options(yield_per=COPY_ROWS).execute(select(table).order_by(*order))
            for part in rows.partitions():
                target.insert(writer, table, [tuple(row) for row in part])
        last = head(reader)
        writer.execute(tables.chain_head.update().values(**last._asdict()))
        if target.is_sqlite:
            writer.exec_driver_sql(apply)
        else:
            writer.execute(text("ALTER TABLE chain_head ENABLE TRIGGER head_apply"))
    with target.reading() as conn:
        end = locked_head(conn) if target.is_sqlite else head(conn)
    if end != last:
        raise fail("CHAIN_BROKEN", f"the copy ends at {end.seq}, the original at {last.seq}")
    return end


def _rules(conn: Connection) -> list[str]:
    return [row[0] for row in conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]


def backup(store: Store, path: Path) -> Head:
    """Write the ledger, as it is at this moment, into a new file; writers go on meanwhile.

    The file is a ledger by itself, whichever store it came from. It appears under its name only when whole and synced.
    """
    if path.exists():
        raise fail(
            "FORBIDDEN", "there is a file already", where=str(path), remedy="A backup never overwrites."
        )
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    if store.path is not None:
        # all pages in one step: a read transaction, which hinders no writer in WAL mode
        with sqlite3.connect(store.path) as source, sqlite3.connect(part) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        source.close()
        target.close()
    else:
        fresh = Store(str(part))
        copy(store, fresh)
        with fresh.engine.connect() as conn:
            conn.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        fresh.close()
    for leftover in ("-wal", "-shm", *LOCKS):
        part.with_name(part.name + leftover).unlink(missing_ok=True)
    descriptor = os.open(part, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    part.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    check = Store(str(path), create=False)
    with check.reading() as conn:
        schema.check(conn)
        end = head(conn)
    check.close()
    return end
