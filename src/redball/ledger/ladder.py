"""The ladder of a pledge and the ways of goods, as data: one written definition of every rung and every verb.

The table `flow` of the database is filled from here; triggers refuse every movement that is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Book = Literal["pledge", "stock"]


class Rung(NamedTuple):
    """One rung: what it means, who may say it, how it counts."""

    name: str
    meaning: str
    said_by: str
    counts: str


RUNGS: tuple[Rung, ...] = (
    Rung(
        "conditional", "promised if something else happens first", "donor", "soft: shown, never added to firm"
    ),
    Rung("announced", "promised in public without a legal act", "donor", "soft: shown, never added to firm"),
    Rung("committed", "decided by who can bind the donor, paid for or taken from stock", "donor", "firm"),
    Rung("allocated", "set apart by lot, place and recipient", "coordinator, donor", "firm"),
    Rung("shipped", "left the place where it was set apart", "donor, carrier", "firm: on the way"),
    Rung(
        "arrived",
        "counted at the place of hand-over",
        "recipient, carrier",
        "firm: there, not yet the recipient's",
    ),
    Rung("handed_over", "signed for by the recipient", "recipient", "delivered: the one meaning of the word"),
    Rung("withdrawn", "taken back by the donor, or its condition failed", "donor", "gone"),
    Rung("expired", "lapsed on a date that the promise itself named", "system", "gone"),
    Rung(
        "lost",
        "shipped and will not arrive, or arrived and gone before hand-over",
        "recipient, carrier",
        "gone",
    ),
)
"""``intent`` is the source of all promises: its balance is minus the sum of all rungs."""

SOFT, FIRM = ("conditional", "announced"), ("committed", "allocated", "shipped", "arrived")
LIVE = (*SOFT, *FIRM, "handed_over")
GONE = ("withdrawn", "expired", "lost")
PLEDGE_KINDS = ("intent", *LIVE, *GONE, "suspense")
STOCK_KINDS = ("world", "free", "reserved", "transit", "depot", "consumed", "lost", "suspense")
BOTTOMLESS = frozenset({"intent", "world", "suspense"})
"""Kinds of account without a floor: where goods and promises come from, and where a contradiction waits."""


class Flow(NamedTuple):
    """A verb leads goods of a book from one kind of account to another."""

    verb: str
    book: Book
    src: str
    dst: str
    said_by: str
    """Kinds of organisation, with commas; a coordinator may say all."""


def _flows() -> tuple[Flow, ...]:
    rows: list[Flow] = []

    def verb(name: str, said_by: str, pledge: str = "", stock: str = "") -> None:
        for book, ways in (("pledge", pledge), ("stock", stock)):
            for way in ways.split():
                src, dst = way.split(">")
                rows.append(Flow(name, book, src, dst, said_by))  # type: ignore[arg-type]

    verb("announce", "donor", "intent>announced")
    verb("announce_conditional", "donor", "intent>conditional")
    verb("condition_met", "donor", "conditional>announced")
    verb("condition_failed", "donor", "conditional>withdrawn")
    verb("commit", "donor", "announced>committed")
    verb("allocate", "donor", "committed>allocated", "free>reserved suspense>reserved")
    verb("deallocate", "donor", "allocated>committed", "reserved>free reserved>suspense")
    verb(
        "ship",
        "donor,carrier",
        "allocated>shipped suspense>shipped",
        "reserved>transit free>transit suspense>transit",
    )
    verb("unship", "donor,carrier", "shipped>allocated", "transit>reserved transit>free")
    verb("arrive", "recipient,carrier", "shipped>arrived", "transit>depot transit>free suspense>depot")
    verb("over_delivery", "recipient", "intent>arrived", "suspense>depot")
    verb("lose_in_transit", "recipient,carrier", "shipped>lost", "transit>lost")
    verb("hand_over", "recipient", "arrived>handed_over suspense>handed_over", "depot>free suspense>free")
    verb("lose_at_depot", "recipient", "arrived>lost", "depot>lost free>lost")
    verb("withdraw_announced", "donor", "announced>withdrawn")
    verb("withdraw_committed", "donor", "committed>withdrawn")
    verb("expire_announced", "system", "announced>expired")
    verb("expire_conditional", "system", "conditional>expired")
    verb("receive", "donor,recipient", stock="world>free world>depot")
    verb("move", "donor,recipient,carrier", stock="free>free")
    verb("consume", "donor,recipient", stock="free>consumed suspense>consumed")
    verb(
        "count", "donor,recipient,carrier", stock="suspense>free free>suspense suspense>depot depot>suspense"
    )
    verb("explain", "donor,recipient", stock="world>suspense suspense>world suspense>lost suspense>consumed")
    forward = tuple(rows)
    rows += [Flow("-" + f.verb, f.book, f.dst, f.src, f.said_by) for f in forward]
    for book, kinds in (("pledge", PLEDGE_KINDS), ("stock", STOCK_KINDS)):
        for kind in kinds:
            if kind != "suspense":
                verb("correct", "donor,recipient,carrier", **{book: f"suspense>{kind} {kind}>suspense"})
    return tuple(rows)


FLOWS: tuple[Flow, ...] = _flows()
"""All of them. ``-verb`` is the way back, used only by reversals and corrections."""

FLOW_SAID_BY: dict[tuple[str, str, str, str], frozenset[str]] = {
    (f.verb, f.book, f.src, f.dst): frozenset({*f.said_by.split(","), "coordinator"}) for f in FLOWS
}
PHYSICAL = frozenset(f.verb for f in FLOWS if f.book == "stock")
"""Verbs that tell of goods; they cannot lie in the future."""
PLEDGE_STEP: dict[str, tuple[str, str]] = {
    f.verb: (f.src, f.dst)
    for f in FLOWS
    if f.book == "pledge" and f.verb[0] != "-" and f.verb != "correct" and f.src != "suspense"
}
"""The rungs between which each verb of a pledge leads."""


def label(vector: Mapping[str, int]) -> str:
    """Return the label of a pledge from its quantities over the rungs.

    The highest rung that holds something; ``partly`` unless all that was promised stands on it.

    >>> label({"announced": 5}), label({"announced": 3, "shipped": 2}), label({"withdrawn": 4})
    ('announced', 'partly shipped', 'withdrawn')
    """
    held = [rung for rung in LIVE if vector.get(rung, 0) > 0]
    gone = [rung for rung in GONE if vector.get(rung, 0) > 0]
    if not held:
        return max(gone, key=lambda rung: vector[rung]) if gone else "empty"
    return held[-1] if len(held) == 1 and not gone else f"partly {held[-1]}"
