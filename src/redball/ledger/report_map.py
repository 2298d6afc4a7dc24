"""From a row of a sheet to a report: shipped, arrived, handed over, lost, counted. A mapping is plain data."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from redball.ledger import tables
from redball.ledger.acts import STOCK_WAYS, Act
from redball.ledger.amounts import base_quantity
from redball.ledger.entry import SEPARATOR, moment
from redball.ledger.errors import LedgerError, fail
from redball.ledger.ladder import PLEDGE_STEP
from redball.ledger.list_map import ListMapping, date_of_cell
from redball.ledger.list_read import List, Row
from redball.ledger.names import Names, Register

VERBS = ("count", *dict.fromkeys((*PLEDGE_STEP, *STOCK_WAYS)))
NAMED = ("org", "owner", "pledge", "item", "place", "to_place", "leg", "shipment", "to_org")
PLAIN = ("lot", "note")
FIELDS = ("key", "verb", "quantity", "unit", "on", "due", *NAMED, *PLAIN, "skip")
"""Fields of a report that a column may give."""
AT_ITS_PLACE = ("allocate", "deallocate", "ship", "unship")
"""Verbs whose goods are where the pledge says, unless the report says where."""


@dataclass(frozen=True)
class ReportMapping:
    """How a sheet of reports is read."""

    series: str = ""
    """Name of the line of documents; the same row of a later issue has the same key. Blank: keys are given as they are."""
    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in FIELDS})
    """Column by field; see `FIELDS`. A field without a column is blank, or as `constants` says."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """What holds for every row that says nothing else, such as ``{"org": "Cell", "verb": "arrive"}``."""
    verbs: tuple[tuple[str, str], ...] = ()
    """Pattern in the column `verb`, and the verb it means; the first that is found decides."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Unit by the word that the sheet has for it."""
    skip: str = ""
    """Pattern in the column `skip` of rows that must not be counted."""

    def __post_init__(self) -> None:
        meant = {verb for _, verb in self.verbs} | ({self.constants.get("verb", "")} - {""})
        wrong = [f"the verb {verb!r}" for verb in sorted(meant - set(VERBS))]
        wrong += [f"the field {name!r}" for name in sorted({*self.columns, *self.constants} - set(FIELDS))]
        if wrong:
            raise fail("FILE_REFUSED", f"the mapping names {', '.join(wrong)}, which there is not")


def read_mapping(path: Path) -> ListMapping | ReportMapping:
    """Read a mapping from TOML: the fields of `ListMapping`, or with ``of = "movements"`` those of `ReportMapping`.

    Rules are lists of pairs: ``rungs`` of pattern and rung, ``verbs`` of pattern and verb.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        of = data.pop("of", "pledges")
        if of not in ("pledges", "movements"):
            raise ValueError(f"it is of {of!r}, neither pledges nor movements")
        rules = "verbs" if of == "movements" else "rungs"
        data[rules] = tuple((str(pattern), str(meant)) for pattern, meant in data.get(rules, ()))
        return ReportMapping(**data) if of == "movements" else ListMapping(**data)
    except LedgerError as error:
        error.where = path.name
        raise
    except (OSError, ValueError, TypeError) as error:
        raise fail("FILE_REFUSED", f"the mapping cannot be read: {error}", where=path.name) from error


REPORTS = ReportMapping(series="reports")
"""A sheet whose columns are named as the fields are."""


class Flaw(NamedTuple):
    """One thing wrong with a row."""

    error: LedgerError
    column: str | None = None
    value: str | None = None


class Reported(NamedTuple):
    """A row with the report it makes, or what is wrong with it."""

    row: Row
    key: str
    act: Act | None = None
    flaws: tuple[Flaw, ...] = ()
    skipped: str = ""


def reported(
    conn: Connection, register: Register, source: List, mapping: ReportMapping, by: str
) -> list[Reported]:
    """Turn every row into a report, or say all that is wrong with it."""
    known = set(source.columns)
    needed = {"verb", "quantity", "on", "org"} | (set() if mapping.series else {"key"})
    missing = sorted(
        mapping.columns.get(name, name)
        for name in needed
        if name not in mapping.constants and mapping.columns.get(name) not in known
    )
    if missing:
        raise fail("FILE_REFUSED", f"there is no column {', '.join(missing)}", where=source.name)
    seen: Counter[str] = Counter()
    reader = _Reader(conn, register, source, mapping, by)
    return [reader.read(row, seen) for row in source.rows]


class _Reader:
    """Reads rows; holds what is known of items and pledges."""

    def __init__(
        self, conn: Connection, register: Register, source: List, mapping: ReportMapping, by: str
    ) -> None:
        self.conn, self.source, self.mapping, self.by = conn, source, mapping, by
        self.names: dict[str, Names] = {
            "org": register.org, "owner": register.org, "to_org": register.org, "pledge": register.pledge,
            "item": register.item, "place": register.place, "to_place": register.place, "leg": register.leg,
            "shipment": register.shipment,
        }  # fmt: skip
        t = tables
        self.units = {code: (unit, number) for number, code, unit in
                      conn.execute(select(t.item.c.id, t.item.c.code, t.item.c.unit))}  # fmt: skip
        self.factors: dict[int, dict[str, Fraction]] = {}
        for number, unit, num, den in conn.execute(select(t.unit_factor)):
            self.factors.setdefault(number, {})[unit] = Fraction(num, den)
        query = (
            select(t.pledge.c.code, t.item.c.code, t.org.c.code, t.place.c.code)
            .join(t.item, t.item.c.id == t.pledge.c.item_id)
            .join(t.org, t.org.c.id == t.pledge.c.org_id)
            .outerjoin(t.place, t.place.c.id == t.pledge.c.place_id)
        )
        self.pledges = {code: (item, org, place or "") for code, item, org, place in conn.execute(query)}

    def read(self, row: Row, seen: Counter[str]) -> Reported:
        """Read one row."""
        cells = {name: self._cell(row, name) for name in FIELDS}
        skip = self.mapping.skip
        if skip and re.search(skip, cells["skip"], re.IGNORECASE):
            return Reported(row, "", skipped=cells["skip"])
        flaws: list[Flaw] = []

        def tried(name: str, read: Callable[[], object]) -> object:
            try:
                return read()
            except LedgerError as error:
                flaws.append(Flaw(error, self.mapping.columns.get(name), cells[name]))
                return None

        for name in NAMED:
            if cells[name]:
                tried(name, lambda name=name: self.names[name].id_of(self.conn, cells[name]))  # type: ignore[misc]
        item, owner, place = self.pledges.get(cells["pledge"], (cells["item"], cells["org"], ""))
        for name, said in (("org", cells["org"]), ("item", item or cells["pledge"])):
            if not said:
                lacking = fail("UNKNOWN_ACCOUNT", f"the row names no {name}")
                flaws.append(Flaw(lacking, self.mapping.columns.get(name), ""))
        verb = tried("verb", lambda: self._verb(cells["verb"]))
        on = tried("on", lambda: date_of_cell(cells["on"]))
        due = tried("due", lambda: date_of_cell(cells["due"])[0]) if cells["due"] else None
        written = f"{cells['quantity']} {cells['unit']}".strip()
        quantity = tried("quantity", lambda: self._quantity(cells, item, verb)) if item in self.units else 0
        key = str(tried("key", lambda: self._key(cells, seen)) or "")
        if flaws or not isinstance(on, tuple) or not isinstance(quantity, int):
            return Reported(row, key, flaws=tuple(flaws))
        if verb in AT_ITS_PLACE and cells["pledge"]:
            cells["place"] = cells["place"] or place
        return Reported(row, key, Act(
            str(verb), cells["org"], key, quantity, moment(on[0]), self.by, item, cells["owner"] or owner,
            cells["pledge"], cells["place"], cells["to_place"], cells["leg"], cells["shipment"], cells["lot"],
            cells["to_org"], moment(due) if due else None, on[1], self.source.sha256, row.locator,  # type: ignore[arg-type]
            self.mapping.series, written, cells["note"],
        ))  # fmt: skip

    def _cell(self, row: Row, name: str) -> str:
        written = " ".join(row.cells.get(self.mapping.columns.get(name, ""), "").split())
        return written or self.mapping.constants.get(name, "")

    def _verb(self, words: str) -> str:
        for pattern, verb in self.mapping.verbs:
            if re.search(pattern, words, re.IGNORECASE):
                return verb
        if words not in VERBS:
            raise fail("FLOW_FORBIDDEN", f"{words!r} is none of {', '.join(VERBS)}")
        return words

    def _quantity(self, cells: dict[str, str], item: str, verb: object) -> int:
        unit, number = self.units[item]
        word = self.mapping.units.get(cells["unit"], cells["unit"])
        least = 0 if verb == "count" else 1
        return base_quantity(f"{cells['quantity']} {word}".strip(), unit, self.factors.get(number), least)

    def _key(self, cells: dict[str, str], seen: Counter[str]) -> str:
        """Return the key of a row: what the sheet calls it, or else what it says and how often it has said so."""
        series, given = self.mapping.series, cells["key"]
        if not given and not series:
            raise fail(
                "IDEMPOTENCY_CONFLICT", "the row has no key", remedy="Give every row a key of its own."
            )
        if not given:
            told = SEPARATOR.join(cells[name] for name in FIELDS if name not in PLAIN)
            given = sha256(told.encode()).hexdigest()[:24]
            seen[given] += 1
            return f"{series}:{given}:{seen[given]}"
        seen[given] += 1
        if seen[given] > 1:
            raise fail("IDEMPOTENCY_CONFLICT", f"the key {given!r} stands twice in the list")
        return f"{series}:{given}" if series else given
