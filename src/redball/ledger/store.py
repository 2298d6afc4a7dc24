"""Where the ledger lives: one file by SQLite, or PostgreSQL. The only file that knows how the two differ at work."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from redball.ledger import schema
from redball.ledger.errors import CODES, LedgerError, fail

LOCK_SECONDS = 30.0
LOCKS = ("-line", "-lock")
"""Ends of the names of the files beside a ledger on which its writers wait."""
STREAM_ROWS = 10_000
CREATE_LOCK = 7_212_025
WRITE = "redball_write"


class Store:
    """An open database.

    Parameters
    ----------
    url
        ``postgresql://...``, ``sqlite:///path`` or a plain path of a file.
    create
        Whether to make a ledger where there is none.
    lock_seconds
        How long a writer waits for another before it gives up with ``BUSY``.
    """

    def __init__(
        self, url: str | os.PathLike[str], *, create: bool = True, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self.url = _parsed(url)
        self.lock_seconds = lock_seconds
        self.path = Path(self.url.database) if self.is_sqlite and self.url.database else None
        if self.path is not None and not self.path.exists() and not create:
            raise fail(
                "SCHEMA_UNSAFE",
                "there is no ledger at this path",
                where=str(self.path),
                remedy="Check the path; `redball ledger define` makes a ledger.",
            )
        self.engine = self._engine()
        self.driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        try:
            self._prepare(create)
        except BaseException:
            self.engine.dispose()
            raise

    def _prepare(self, create: bool) -> None:
        """Check the layout, or make it; only who makes it keeps writers waiting."""
        if self.path is not None and (not self.path.exists() or not self.path.stat().st_size):
            with _translated(self.driver_error), self._lock():
                # the first connection turns the file into one with a log; two at once would be in each other's way
                self.engine.connect().close()
        with self.reading() as conn:
            make = create and schema.is_empty(conn)
            if not make:
                schema.check(conn)
        if not make:
            return
        with self.writing() as conn:
            if not self.is_sqlite:
                # two who find the database empty must not both fill it
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({CREATE_LOCK})")
            if schema.is_empty(conn):
                schema.migrate(conn)
            schema.check(conn)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file."""
        return self.url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that is alone in writing; it is durable once the block ends."""
        with _translated(self.driver_error), self.engine.connect() as conn:
            conn = conn.execution_options(**{WRITE: True})
            with self._lock(), conn.begin():
                yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that sees one state throughout."""
        with _translated(self.driver_error), self.engine.connect() as conn:
            if not self.is_sqlite:
                conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                yield conn

    def insert(self, conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows that give every column of `table`, in order, the fast way of each store."""
        if not rows:
            return
        driver = conn.connection.driver_connection
        assert driver is not None
        if self.is_sqlite:
            marks = ", ".join("?" * len(table.columns))
            driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
            return
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _engine(self) -> Engine:
        if not self.is_sqlite:
            wait = int(self.lock_seconds * 1000)
            options = f"-c synchronous_commit=on -c lock_timeout={wait} -c timezone=UTC"
            return create_engine(self.url, pool_pre_ping=True, connect_args={"options": options})
        engine = create_engine(self.url, connect_args={"timeout": self.lock_seconds})

        @event.listens_for(engine, "connect")
        def _settings(connection: Any, _record: object) -> None:
            # SQLAlchemy begins the transactions, not the driver
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute("PRAGMA cache_size=-65536")

        @event.listens_for(engine, "begin")
        def _begin(conn: Connection) -> None:
            writes = conn.get_execution_options().get(WRITE)
            driver = conn.connection.driver_connection
            assert driver is not None
            # not by way of SQLAlchemy, which takes as long again as the statement
            driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the kernel's lock beside the file.

        SQLite's own lock makes waiters sleep longer and longer; the kernel's goes to the next at once. Who has just let go
        of it could take it again before the next is awake; so one waits at the gate, and all others in line behind.
        """
        if self.path is None:
            yield
            return
        line, gate = (os.open(f"{self.path}{end}", os.O_RDWR | os.O_CREAT, 0o644) for end in LOCKS)
        try:
            try:
                self._wait(line)
                self._wait(gate)
            finally:
                os.close(line)
            yield
        finally:
            os.close(gate)

    def _wait(self, handle: int) -> None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # the kernel serves waiters in turn, but waits for ever: a thread waits, and is left behind at the limit;
            # what it then gets is let go at once, for the handle is closed by then
            waiter = threading.Thread(target=fcntl.flock, args=(handle, fcntl.LOCK_EX), daemon=True)
            waiter.start()
            waiter.join(self.lock_seconds)
            if waiter.is_alive():
                raise fail(
                    "BUSY", f"another writer has held the ledger for {self.lock_seconds:g} s"
                ) from None


def pairs(conn: Connection, query: Select[Any]) -> dict[Any, Any]:
    """Return the rows of a query with two columns as a dictionary."""
    return {row[0]: row[1] for row in conn.execute(query)}


def stream(conn: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a long query one after the other; they are never all in memory."""
    if conn.dialect.name != "sqlite":
        result = conn.execution_options(stream_results=True, max_row_buffer=STREAM_ROWS).execute(query)
        yield from (tuple(row) for row in result)
        return
    # as the driver has them: to wrap each row takes a tenth of the time of `verify`
    cursor = conn.execute(query).cursor
    assert cursor is not None
    while rows := cursor.fetchmany(STREAM_ROWS):
        yield from rows


def _parsed(url: str | os.PathLike[str]) -> URL:
    words = os.fspath(url)
    if "://" not in words:
        return URL.create("sqlite", database=words)
    parsed = make_url(words)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise fail("SCHEMA_UNSAFE", "a ledger is a file or a PostgreSQL database", where=parsed.drivername)
    return parsed


@contextmanager
def _translated(driver_error: type[Exception]) -> Iterator[None]:
    """Turn what drivers raise into the ledger's own codes."""
    try:
        yield
    except (DBAPIError, driver_error) as error:
        raise _translate(error) from error
    except OSError as error:
        if isinstance(error, LedgerError):
            raise
        full = error.errno in (28, 122)
        raise fail("STORAGE_FULL" if full else "STORAGE_IO", str(error)) from error


_BY_STATE = {"53100": "STORAGE_FULL", "55P03": "BUSY", "40001": "BUSY", "40P01": "BUSY", "53300": "BUSY"}
_BY_SQLITE = {
    "SQLITE_FULL": "STORAGE_FULL",
    "SQLITE_BUSY": "BUSY",
    "SQLITE_LOCKED": "BUSY",
    "SQLITE_IOERR": "STORAGE_IO",
}
_BY_SQLITE |= {
    "SQLITE_CANTOPEN": "STORAGE_IO",
    "SQLITE_READONLY": "STORAGE_IO",
    "SQLITE_NOTADB": "SCHEMA_UNSAFE",
}
_BY_SQLITE |= {"SQLITE_CORRUPT": "CHAIN_BROKEN"}


def _translate(error: Exception) -> LedgerError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    for code in CODES:
        if code in words:
            return fail(code, f"{CODES[code].meaning} (caught by the database's own rules)")
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        for start, code in _BY_SQLITE.items():
            if name.startswith(start):
                return fail(code, words)
    state = getattr(cause, "sqlstate", None) or ""
    if state in _BY_STATE:
        return fail(_BY_STATE[state], words)
    if name is None and (not state or state[:2] in ("08", "57", "58", "53")):
        return fail("STORAGE_IO", f"the connection broke: {words}")
    if "ck_balance_floor" in words:
        return fail("INSUFFICIENT_STOCK", "an account would fall below its floor (caught by the database)")
    if "ck_balance_ceiling" in words:
        return fail("CEILING_EXCEEDED", "an account would rise above its ceiling (caught by the database)")
    return fail("CHAIN_BROKEN", f"the database refused: {words}")
