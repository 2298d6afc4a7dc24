"""What people report, turned into lines of both books: the verbs of the ladder with their goods.

A report is never refused because an earlier one is missing: what an account lacks is owed by suspense, and the age of what
suspense owes is the figure for the quality of the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from redball.ledger.entry import SEPARATOR, Account, Draft, Line, Precision
from redball.ledger.errors import LedgerError, fail
from redball.ledger.ladder import FLOW_SAID_BY, PLEDGE_STEP
from redball.ledger.posting import Batch, Outcome, Poster
from redball.ledger.set_aside import put, told_alike
from redball.ledger.undo import corrected, effective, suspense_of, taken


class Act(NamedTuple):
    """A report in the words of the people who make it."""

    verb: str
    org: str
    """Who says so."""
    key: str
    quantity: int
    """Whole base units; for ``count``: what was counted."""
    valid_at: int
    by: str
    item: str
    owner: str
    """Whose goods they are: the donor until hand-over, the recipient after."""
    pledge: str = ""
    place: str = ""
    to_place: str = ""
    leg: str = ""
    shipment: str = ""
    lot: str = ""
    to_org: str = ""
    """For ``hand_over``: who signs for the goods."""
    due_at: int | None = None
    precision: Precision = "day"
    document: str = ""
    locator: str = ""
    series: str = ""
    as_written: str = ""
    note: str = ""

    @property
    def says(self) -> bytes:
        """The hash of what is reported: the same report has the same, whatever the ledger holds by then."""
        said = self._replace(by="")[: Act._fields.index("precision") + 1]
        return sha256(SEPARATOR.join(map(str, said)).encode()).digest()


def _stock(act: Act, kind: str, place: str = "") -> Account:
    return Account("stock", kind, act.owner, act.item, place, pledge=act.pledge, lot=act.lot)


def _free(act: Act, place: str, owner: str = "") -> Account:
    return Account("stock", "free", owner or act.owner, act.item, place, lot=act.lot)


def _signed_for(act: Act) -> Account:
    if not act.to_org:
        raise fail("UNKNOWN_ACCOUNT", "hand_over needs to_org: who signs for the goods")
    return _free(act, act.place, act.to_org)


def _transit(act: Act) -> Account:
    if not act.leg and not act.shipment:
        raise fail("UNKNOWN_ACCOUNT", f"{act.verb} needs a leg or a shipment")
    return Account(
        "stock",
        "transit",
        act.owner,
        act.item,
        leg=act.leg,
        pledge=act.pledge,
        lot=act.lot,
        shipment=act.shipment,
    )


def _world(act: Act) -> Account:
    return Account("stock", "world", act.owner, act.item)


def _gone(act: Act) -> Account:
    return Account(
        "stock", "lost", act.owner, act.item, act.place, act.leg, act.pledge, act.lot, act.shipment
    )


Ends = Callable[[Act], tuple[Account, Account]]
STOCK_WAYS: dict[str, Ends] = {
    "receive": lambda a: (_world(a), _free(a, a.place)),
    "move": lambda a: (_free(a, a.place), _free(a, a.to_place)),
    "consume": lambda a: (_free(a, a.place), Account("stock", "consumed", a.owner, a.item, a.place)),
    "explain": lambda a: (_world(a), suspense_of(_world(a))),
    "allocate": lambda a: (_free(a, a.place), _stock(a, "reserved", a.place)),
    "deallocate": lambda a: (_stock(a, "reserved", a.place), _free(a, a.place)),
    "ship": lambda a: (_stock(a, "reserved", a.place) if a.pledge else _free(a, a.place), _transit(a)),
    "unship": lambda a: (_transit(a), _stock(a, "reserved", a.place) if a.pledge else _free(a, a.place)),
    "arrive": lambda a: (_transit(a), _stock(a, "depot", a.place) if a.pledge else _free(a, a.place)),
    "lose_in_transit": lambda a: (_transit(a), _gone(a._replace(place=""))),
    "hand_over": lambda a: (_stock(a, "depot", a.place), _signed_for(a)),
    "lose_at_depot": lambda a: (_stock(a, "depot", a.place) if a.pledge else _free(a, a.place), _gone(a)),
}
"""Where the goods of each verb come from and go to."""


def bare(act: Act) -> Draft:
    """Return the entry of a report, still without its lines."""
    if act.verb not in PLEDGE_STEP and act.verb not in STOCK_WAYS and act.verb != "count":
        raise fail("FLOW_FORBIDDEN", f"there is no verb {act.verb!r}")
    return Draft(
        act.org, act.key, act.verb, act.valid_at, (), act.precision, act.pledge, act.due_at, target=act.says,
        by=act.by, document=act.document, locator=act.locator, series=act.series, as_written=act.as_written,
        note=act.note,
    )  # fmt: skip


def record(poster: Poster, act: Act, *, suspect: bool = True) -> Outcome:
    """Post one report; with `suspect`, set it aside if another source has told the same."""
    draft = bare(act)

    def work(batch: Batch) -> list[Outcome]:
        batch.load_known([draft])
        outcome = take(poster, batch, act, suspect=suspect)
        if outcome.status == "quarantined" and outcome.seq is not None:
            put(poster, batch.conn, [(draft, outcome.seq, act._asdict())])
        return [outcome]

    return poster.written("atomic", None, work)[0]


def release_report(poster: Poster, batch: Batch, held: dict[str, Any]) -> Outcome:
    """Post a report that was set aside, as the ledger stands now."""
    act = Act(**held)
    batch.load_known([bare(act)])
    return take(poster, batch, act, suspect=False)


def take(poster: Poster, batch: Batch, act: Act, *, suspect: bool = True, correct: bool = False) -> Outcome:
    """Take one report into a batch that has read its key.

    Parameters
    ----------
    suspect
        Whether it is set aside if another source has told the same. A count never is: told twice it changes nothing.
    correct
        Whether what it says otherwise than before is put right; refused otherwise.
    """
    try:
        draft = bare(act)
        try:
            replayed = batch.replay(act.org, act.key, act.says)
        except LedgerError as error:
            if not correct:
                raise
            return _put_right(poster, batch, act, draft, error.detail["seq"])
        if replayed is not None:
            return replayed
        if suspect and act.verb != "count":
            like = told_alike(batch.conn, poster.register, draft, _ends(act)[-1][1], act.quantity)
            if like is not None:
                return Outcome("quarantined", like)
        return batch.take(draft._replace(lines=_lines(poster, batch, act, Counter())))
    except LedgerError as error:
        if batch.mode == "atomic":
            raise
        return Outcome("refused", None, error)


def _put_right(poster: Poster, batch: Batch, act: Act, draft: Draft, seq: int) -> Outcome:
    undone: Counter[Account] = Counter()
    for (src, dst, _), quantity in effective(batch.conn, seq).items():
        undone[src] += quantity
        undone[dst] -= quantity
    meant = draft._replace(lines=_lines(poster, batch, act, undone))
    made = corrected(poster, batch, seq, meant, act.says)
    if isinstance(made, Outcome):
        return made
    outcome = taken(batch, made)
    return outcome._replace(status="corrected") if outcome.status == "posted" else outcome


def _lines(poster: Poster, batch: Batch, act: Act, undone: Counter[Account]) -> tuple[Line, ...]:
    """Return the lines of a report as the ledger stands, with `undone` added to what the accounts hold."""

    def level(account: Account) -> int:
        poster.accounts.load(batch.conn, [account])
        return poster.accounts.held[account].bal + undone[account]

    def has(account: Account) -> int:
        held = level(account)
        floor = poster.accounts.held[account].floor
        return max(0, held - floor) if floor is not None else act.quantity

    if act.verb == "count":
        # the difference waits in suspense; where there is none the count is kept all the same
        account = _stock(act, "depot", act.place) if act.pledge else _free(act, act.place)
        delta = act.quantity - level(account)
        ends = (suspense_of(account), account) if delta > 0 else (account, suspense_of(account))
        return (Line(*ends, abs(delta)),) if delta else ()
    lines: list[Line] = []
    for src, dst in _ends(act):
        lent = (
            src._replace(kind="intent") if src.book == "pledge" and act.verb == "arrive" else suspense_of(src)
        )
        lines += _shared(act, src, dst, lent, has(src))
    return tuple(lines)


def _ends(act: Act) -> list[tuple[Account, Account]]:
    """Return where the promise and the goods of a report come from and go to."""
    ends: list[tuple[Account, Account]] = []
    if act.pledge and act.verb in PLEDGE_STEP:
        src, dst = (
            Account("pledge", kind, act.owner, act.item, pledge=act.pledge) for kind in PLEDGE_STEP[act.verb]
        )
        ends.append((src, dst))
    if act.verb in STOCK_WAYS:
        ends.append(STOCK_WAYS[act.verb](act))
    if not ends:
        raise fail("EMPTY_ENTRY", f"{act.verb} needs a pledge")
    return ends


def _shared(act: Act, src: Account, dst: Account, spare: Account, have: int) -> list[Line]:
    """Take from `src` what it has and the rest from `spare`, if the verb may."""
    verb = "over_delivery" if spare.kind == "intent" else act.verb
    may = (verb, src.book, spare.kind, dst.kind) in FLOW_SAID_BY
    direct = min(have, act.quantity) if may else act.quantity
    parts = ((src, direct, act.verb), (spare, act.quantity - direct, verb))
    return [Line(account, dst, quantity, way) for account, quantity, way in parts if quantity]
