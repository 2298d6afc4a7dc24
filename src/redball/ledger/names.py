"""The named things that accounts are made of: defined once, never changed, found by name or refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from redball.ledger import tables
from redball.ledger.amounts import FACTORS
from redball.ledger.errors import fail
from redball.ledger.store import Store, pairs

CODE_LENGTH_MAX = 200


class Item(NamedTuple):
    """A thing that is counted, and its base unit (``g``, ``ml`` or ``pc``), which never changes."""

    code: str
    unit: str
    name: str = ""
    factors: Mapping[str, Fraction] = {}
    """What one of each of its own units is in base units, such as ``{"pallet": Fraction(48)}``."""


class Pledge(NamedTuple):
    """Who promised what, and where it can be taken up; how much and how far is in the movements."""

    code: str
    org: str
    item: str
    place: str = ""
    conditions: str = ""


class Shipment(NamedTuple):
    """A shipment as planned; what was sent and received is in the movements."""

    code: str
    item: str
    leg: str
    from_place: str
    to_place: str
    depart_at: int
    arrive_at: int
    planned: int
    planned_arriving: int
    plan: str = ""
    """Digest of the plan's scenario, or who planned it."""


class Names:
    """Codes and numbers of one kind, read when first asked for; rows never change, so what is known stays true."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.ids: dict[str, int] = {}

    def id_of(self, conn: Connection, code: str) -> int:
        """Return the number of `code`, or refuse with the nearest names."""
        if (found := self.ids.get(code)) is not None:
            return found
        self.refresh(conn)
        if code in self.ids:
            return self.ids[code]
        near = difflib.get_close_matches(code, self.ids, n=1)
        hint = f"; the nearest name is {near[0]!r}" if near else ""
        raise fail("UNKNOWN_ACCOUNT", f"no {self.table.name} is called {code!r}{hint}")

    def refresh(self, conn: Connection) -> None:
        """Read all names again."""
        self.ids = {code: number for number, code in conn.execute(select(self.table.c.id, self.table.c.code))}

    def fresh(self, conn: Connection, codes: Iterable[str]) -> dict[str, int]:
        """Return numbers for the codes that are new; the caller inserts the rows."""
        self.refresh(conn)
        new = [code for code in dict.fromkeys(codes) if code not in self.ids]
        for code in new:
            if not code or len(code) > CODE_LENGTH_MAX or not code.isprintable() or code != code.strip():
                raise fail(
                    "UNKNOWN_ACCOUNT",
                    f"{code!r} cannot be a name",
                    remedy="Use 1 to 200 printable characters.",
                )
        first = 1 + (conn.execute(select(func.max(self.table.c.id))).scalar() or 0)
        return {code: first + index for index, code in enumerate(new)}


class Register:
    """All names of a ledger, and how to define more."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.forget()

    def forget(self) -> None:
        """Drop what is known, as after a transaction that was undone."""
        self.org = Names(tables.org)
        self.item = Names(tables.item)
        self.place = Names(tables.place)
        self.leg = Names(tables.leg)
        self.pledge = Names(tables.pledge)
        self.shipment = Names(tables.shipment)

    def define(
        self,
        conn: Connection,
        *,
        orgs: Mapping[str, str] | None = None,
        items: Iterable[Item] = (),
        places: Iterable[str] = (),
        legs: Mapping[str, tuple[str, str] | None] | None = None,
        pledges: Iterable[Pledge] = (),
        shipments: Iterable[Shipment] = (),
    ) -> int:
        """Add what is not there yet; what is there must be the same. Returns how many were new."""
        insert = self.store.insert
        new = self._same(conn, tables.org, dict(orgs or {}), "kind")
        ids = self.org.fresh(conn, new)
        insert(conn, tables.org, [(ids[code], code, kind) for code, kind in new.items()])
        count = len(new)
        count += self._define_items(conn, list(items))
        ids = self.place.fresh(conn, places)
        insert(conn, tables.place, [(number, code) for code, number in ids.items()])
        count += len(ids)
        ids = self.leg.fresh(conn, legs or {})
        rows = []
        for code, number in ids.items():
            ends = (legs or {})[code]
            from_to = tuple(self.place.id_of(conn, end) for end in ends) if ends else (None, None)
            rows.append((number, code, *from_to))
        insert(conn, tables.leg, rows)
        count += len(ids)
        count += self._define_pledges(conn, list(pledges))
        return count + self._define_shipments(conn, list(shipments))

    def _same(self, conn: Connection, table: Table, wanted: dict[str, str], column: str) -> dict[str, str]:
        """Return what of `wanted` is new; refuse what is there and different."""
        known = pairs(conn, (select(table.c.code, table.c[column])))
        for code, value in wanted.items():
            if known.get(code, value) != value:
                raise fail(
                    "IDEMPOTENCY_CONFLICT",
                    f"{table.name} {code!r} has {column} {known[code]!r}, not {value!r}",
                    remedy="What is defined never changes; define another name.",
                )
        return {code: value for code, value in wanted.items() if code not in known}

    def _define_items(self, conn: Connection, items: list[Item]) -> int:
        for item in items:
            if item.unit not in FACTORS:
                raise fail(
                    "BAD_QUANTITY", f"item {item.code!r}: the base unit {item.unit!r} is none of g, ml, pc"
                )
        new = self._same(conn, tables.item, {item.code: item.unit for item in items}, "unit")
        ids = self.item.fresh(conn, new)
        named = {item.code: item.name for item in reversed(items)}
        self.store.insert(conn, tables.item, [(ids[c], c, named[c], unit) for c, unit in new.items()])
        self.item.refresh(conn)
        factor = tables.unit_factor.c
        known = {
            (i, u): Fraction(n, d)
            for i, u, n, d in conn.execute(select(factor.item_id, factor.unit, factor.num, factor.den))
        }
        rows = {}
        for item in items:
            for unit, size in item.factors.items():
                place = (self.item.ids[item.code], unit)
                if known.get(place, size) != size:
                    raise fail(
                        "IDEMPOTENCY_CONFLICT",
                        f"item {item.code!r}: one {unit} is {known[place]} {item.unit}",
                    )
                if place not in known:
                    rows[place] = size
        self.store.insert(
            conn, tables.unit_factor, [(*p, s.numerator, s.denominator) for p, s in rows.items()]
        )
        return len(new)

    def _define_pledges(self, conn: Connection, pledges: list[Pledge]) -> int:
        place_of = {number: code for code, number in self._all(conn, self.place).items()} | {None: ""}
        org_of = {number: code for code, number in self._all(conn, self.org).items()}
        item_of = {number: code for code, number in self._all(conn, self.item).items()}
        t = tables.pledge.c
        known = {
            code: Pledge(code, org_of[org], item_of[item], place_of[place], conditions)
            for code, org, item, place, conditions in conn.execute(
                select(t.code, t.org_id, t.item_id, t.place_id, t.conditions)
            )
        }
        for pledge in pledges:
            if known.get(pledge.code, pledge) != pledge:
                raise fail(
                    "IDEMPOTENCY_CONFLICT", f"pledge {pledge.code!r} is {known[pledge.code]}, not {pledge}"
                )
        new = {pledge.code: pledge for pledge in pledges if pledge.code not in known}
        ids = self.pledge.fresh(conn, new)
        rows = [
            (
                ids[code],
                code,
                self.org.id_of(conn, p.org),
                self.item.id_of(conn, p.item),
                self.place.id_of(conn, p.place) if p.place else None,
                p.conditions,
            )
            for code, p in new.items()
        ]
        self.store.insert(conn, tables.pledge, rows)
        return len(rows)

    def _define_shipments(self, conn: Connection, shipments: list[Shipment]) -> int:
        new = {shipment.code: shipment for shipment in shipments}
        ids = self.shipment.fresh(conn, new)
        rows = []
        for code, number in ids.items():
            s = new[code]
            leg = self.leg.id_of(conn, s.leg)
            ends = (self.place.id_of(conn, s.from_place), self.place.id_of(conn, s.to_place))
            item = self.item.id_of(conn, s.item)
            numbers = (s.depart_at, s.arrive_at, s.planned, s.planned_arriving)
            rows.append((number, code, item, leg, *ends, *numbers, s.plan))
        self.store.insert(conn, tables.shipment, rows)
        return len(rows)

    @staticmethod
    def _all(conn: Connection, names: Names) -> dict[str, int]:
        names.refresh(conn)
        return names.ids
