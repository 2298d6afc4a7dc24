"""From a row of a list to an entry: which column says what, which words mean which rung. A mapping is plain data."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

from redball.ledger.amounts import FACTORS, base_quantity
from redball.ledger.entry import Account, Draft, Line, Precision, moment
from redball.ledger.errors import LedgerError, fail
from redball.ledger.ladder import PLEDGE_KINDS, PLEDGE_STEP
from redball.ledger.list_read import List, Row
from redball.ledger.names import Item, Pledge

ROADS: dict[str, tuple[str, ...]] = {
    "conditional": ("announce_conditional",),
    "announced": ("announce",),
    "committed": ("announce", "commit"),
    "allocated": ("announce", "commit", "allocate"),
    "shipped": ("announce", "commit", "allocate", "ship"),
    "arrived": ("announce", "commit", "allocate", "ship", "arrive"),
    "handed_over": ("announce", "commit", "allocate", "ship", "arrive", "hand_over"),
}
"""The verbs that lead to each rung: a list that says only how far a promise got is posted as the whole way."""


@dataclass(frozen=True)
class ListMapping:
    """How a list is read. Every rule is a pattern that is searched in a cell, the first that is found decides."""

    series: str
    """Name of the line of documents; the same row of a later issue has the same key."""
    org: str
    """Who says so: the office that keeps the list."""
    columns: Mapping[str, str]
    """Column by field: id, donor, place, item, quantity, unit, on, due, words, skip, conditions; all but donor, item,
    quantity and on may be missing."""
    rungs: tuple[tuple[str, str], ...] = ()
    """Pattern in the column `words`, and the rung it means."""
    otherwise: str = "announced"
    skip: str = ""
    """Pattern in the column `skip` of rows that must not be counted."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Base unit by word of the unit column; a word that is not here counts pieces."""

    def __post_init__(self) -> None:
        unknown = {rung for _, rung in self.rungs} | {self.otherwise}
        if not unknown <= set(ROADS):
            raise fail(
                "FILE_REFUSED", f"the mapping names the rungs {', '.join(sorted(unknown - set(ROADS)))}"
            )


PLEDGE_LIST = ListMapping(
    series="pledge-list",
    org="List keeper",
    columns={
        "id": "row",
        "donor": "donor",
        "place": "origin_place",
        "item": "item",
        "quantity": "quantity",
        "unit": "unit",
        "on": "announced_on",
        "due": "promised_for",
        "words": "status_words",
        "conditions": "status_words",
        "skip": "note",
    },
    rungs=(
        (r"^(already )?handed over|; handed over|already handed over", "handed_over"),
        (r"^already sent|^sent$|^shipped$|^has supplied", "shipped"),
        (r"in exchange|exchange with|intend|intention|would |plans to", "conditional"),
        (r"contract signed|drawdown|approved|official list|financed|paid |is supplying|decided", "committed"),
    ),
    skip=r"do not add",
    units={"tonnes": "g", "tonne": "g", "t": "g", "kg": "g", "litres": "ml", "l": "ml"},
)
"""The list of pledges that the Kiel tracker's rows were brought into."""


class Mapped(NamedTuple):
    """A row with what became of it: an entry and the names it needs, or why there is none."""

    row: Row
    status: str
    """``ready``, ``blank``, ``skipped`` or ``refused``."""
    draft: Draft | None = None
    pledge: Pledge | None = None
    item: Item | None = None
    error: LedgerError | None = None
    why: str = ""


def mapped(source: List, mapping: ListMapping, by: str) -> list[Mapped]:
    """Turn every row into an entry, or say why not."""
    needed = {mapping.columns.get(name, "") for name in ("donor", "item", "quantity", "on")}
    if missing := sorted(column or "(not mapped)" for column in needed if column not in source.columns):
        raise fail("FILE_REFUSED", f"there is no column {', '.join(missing)}", where=source.name)
    seen: Counter[str] = Counter()
    results = []
    for row in source.rows:
        try:
            results.append(_mapped(source, row, mapping, by, seen))
        except LedgerError as error:
            results.append(Mapped(row, "refused", error=error, why=error.what))
    return results


def _mapped(source: List, row: Row, mapping: ListMapping, by: str, seen: Counter[str]) -> Mapped:
    def cell(name: str) -> str:
        return " ".join(row.cells.get(mapping.columns.get(name, ""), "").split())

    if mapping.skip and re.search(mapping.skip, cell("skip"), re.IGNORECASE):
        return Mapped(row, "skipped", why=cell("skip"))
    donor, item_code, unit = cell("donor"), cell("item"), cell("unit")
    if not donor or not item_code:
        raise fail("UNKNOWN_ACCOUNT", "the row names no donor or no item")
    if not cell("quantity"):
        return Mapped(row, "blank", why="the list gives no quantity")
    base = mapping.units.get(unit, "pc")
    own = {} if not unit or unit in FACTORS[base] else {unit: Fraction(1)}
    quantity = base_quantity(f"{cell('quantity')} {unit}".strip(), base, own)
    on, precision = date_of_cell(cell("on"))
    code = cell("id") or f"{donor}: {item_code}, {on}"
    key = f"{mapping.series}:{cell('id')}" if cell("id") else ""
    if not key:
        content = sha256("\x1f".join((donor, item_code, str(on), str(quantity))).encode()).hexdigest()[:24]
        seen[content] += 1
        key = f"{mapping.series}:{content}:{seen[content]}"
        code += f" #{seen[content]}"
    elif seen[key]:
        raise fail("IDEMPOTENCY_CONFLICT", f"the id {cell('id')!r} stands twice in the list")
    else:
        seen[key] += 1
    rung = next(
        (rung for words, rung in mapping.rungs if re.search(words, cell("words"), re.IGNORECASE)),
        mapping.otherwise,
    )
    buckets = {kind: Account("pledge", kind, donor, item_code, pledge=code) for kind in PLEDGE_KINDS}
    steps = [(verb, *PLEDGE_STEP[verb]) for verb in ROADS[rung]]
    lines = tuple(Line(buckets[src], buckets[dst], quantity, verb) for verb, src, dst in steps)
    due = date_or_none(cell("due"))
    draft = Draft(
        mapping.org, key, ROADS[rung][-1], moment(on), lines, precision, code, due_at=moment(due) if due else None, by=by,
        document=source.sha256, locator=row.locator, series=mapping.series,
        as_written=f"{cell('quantity')} {unit}".strip(), note=cell("words"),
    )  # fmt: skip
    pledge = Pledge(code, donor, item_code, cell("place"), "")
    return Mapped(row, "ready", draft, pledge, Item(item_code, base, factors=own))


def date_of_cell(text: str) -> tuple[dt.date, Precision]:
    """Read a day or a month in ISO form."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return dt.date.fromisoformat(f"{text}-01"), "month"
        return dt.date.fromisoformat(text), "day"
    except ValueError:
        raise fail("FILE_REFUSED", f"{text!r} is no date", remedy="Write 2023-02-28.") from None


def date_or_none(text: str) -> dt.date | None:
    """Read a day in ISO form; words such as ``spring 2023`` are no date, and none is made of them."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
