"""Statements that are compiled once for each store and then handed to its driver as they are.

A single commit asks half a dozen small questions. To put them together anew each time took two fifths of its processor
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam
from sqlalchemy.sql import ClauseElement

ONE_BY_ONE_MAX = 8
"""Up to so many values are looked for one by one; more in lists."""
LIST_MAX = 500
"""Values in one list of a query."""
_NAMES = [f"wanted_{number}" for number in range(LIST_MAX)]
Arrange = Callable[[dict[str, Any]], Any]


class Prepared:
    """One statement; its values are given by name.

    Parameters
    ----------
    statement
        A query or an update of SQLAlchemy, with named parameters and without lists of values.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self._by_store: dict[str, tuple[str, Arrange]] = {}

    def rows(self, conn: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run it and return all rows."""
        found: list[tuple[Any, ...]] = self._run(conn, values).fetchall()
        return found

    def each(self, conn: Connection, **values: Any) -> Iterator[tuple[Any, ...]]:
        """Run it and give one row after the other; all of them at once may be too many."""
        return iter(self._run(conn, values))

    def run(self, conn: Connection, **values: Any) -> None:
        """Run it where nothing comes back."""
        self._run(conn, values)

    def _run(self, conn: Connection, values: dict[str, Any]) -> Any:
        store = conn.dialect.name
        if store not in self._by_store:
            self._by_store[store] = self._compiled(conn)
        text, arrange = self._by_store[store]
        driver = conn.connection.driver_connection
        assert driver is not None
        return driver.execute(text, arrange(values))

    def _compiled(self, conn: Connection) -> tuple[str, Arrange]:
        compiled = self.statement.compile(dialect=conn.dialect)
        constants, order = dict(compiled.params), compiled.positiontup  # type: ignore[attr-defined]
        if order is None:
            return str(compiled), lambda values: constants | values
        return str(compiled), lambda values: [values.get(name, constants[name]) for name in order]


class Lookup:
    """A query for the rows where a column has one of some values."""

    def __init__(self, query: Select[Any], column: ColumnElement[Any]) -> None:
        self.one = Prepared(query.where(column == bindparam("wanted")))
        self.many = Prepared(query.where(column.in_([bindparam(name) for name in _NAMES])))

    def rows(self, conn: Connection, wanted: Sequence[Any]) -> list[Any]:
        """Return the rows of all values."""
        if len(wanted) <= ONE_BY_ONE_MAX:
            return [row for value in wanted for row in self.one.rows(conn, wanted=value)]
        found: list[Any] = []
        for start in range(0, len(wanted), LIST_MAX):
            # a list has one length, so that its statement is compiled once; what is said twice is found once
            part = list(wanted[start : start + LIST_MAX])
            part += part[-1:] * (LIST_MAX - len(part))
            found += self.many.rows(conn, **dict(zip(_NAMES, part, strict=True)))
        return found
