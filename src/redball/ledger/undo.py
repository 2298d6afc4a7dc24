"""Taking back and putting right: nothing is changed, something is added.

`reversal` takes all of an entry back. `correction` posts the difference between what holds and what should; where goods
have moved on in the meantime, the rest is owed by suspense, so that a true report is never refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, or_, select

from redball.ledger import tables
from redball.ledger.entry import SEPARATOR, Account, Draft, Line, Precision, body_hash
from redball.ledger.errors import LedgerError, fail
from redball.ledger.posting import LINE_SEPARATOR, Batch, Outcome, Poster

Way = tuple[Account, Account, str]


def account_query() -> Select[Any]:
    """Return the query that gives number and names of every account."""
    t = tables
    p, leg, pl, sh = t.place, t.leg, t.pledge, t.shipment
    a = t.account
    return (
        select(
            a.c.id,
            a.c.book,
            a.c.kind,
            t.org.c.code,
            t.item.c.code,
            p.c.code,
            leg.c.code,
            pl.c.code,
            a.c.lot,
            sh.c.code,
        )
        .join(t.org, t.org.c.id == a.c.org_id)
        .join(t.item, t.item.c.id == a.c.item_id)
        .outerjoin(p, p.c.id == a.c.place_id)
        .outerjoin(leg, leg.c.id == a.c.leg_id)
        .outerjoin(pl, pl.c.id == a.c.pledge_id)
        .outerjoin(sh, sh.c.id == a.c.shipment_id)
    )


def account_of(parts: Iterable[Any]) -> Account:
    """Return the account of a row of `account_query`."""
    book, *rest = parts
    return Account(book, *(part or "" for part in rest))


def accounts_by_id(conn: Connection, numbers: set[int] | None = None) -> dict[int, Account]:
    """Return the accounts of these numbers, or all."""
    query = account_query()
    if numbers is not None:
        query = query.where(tables.account.c.id.in_(numbers))
    return {row[0]: account_of(row[1:]) for row in conn.execute(query)}


def effective(conn: Connection, seq: int) -> Counter[Way]:
    """Return what holds of an entry: its lines and those of all its corrections, net, by way."""
    e, m = tables.entry.c, tables.movement.c
    query = (
        select(m.src, m.dst, m.qty, m.verb)
        .join(tables.entry, e.seq == m.seq)
        .where(or_(e.seq == seq, e.corrects == seq), m.verb != "correct")
        .order_by(m.seq, m.line)
    )
    rows = list(conn.execute(query))
    accounts = accounts_by_id(conn, {number for row in rows for number in row[:2]})
    net: Counter[Way] = Counter()
    for src, dst, quantity, verb in rows:
        if verb.startswith("-"):
            net[accounts[dst], accounts[src], verb[1:]] -= quantity
        else:
            net[accounts[src], accounts[dst], verb] += quantity
    return net


class Original(NamedTuple):
    """The head of an entry that is to be undone."""

    verb: str
    org: str
    key: str
    valid_at: int
    precision: Precision
    pledge: str


def original(conn: Connection, seq: int) -> Original:
    """Return the head of entry `seq`; refuse one that itself undoes another."""
    e, t = tables.entry.c, tables
    columns = (
        e.verb,
        t.org.c.code,
        e.idem,
        e.valid_at,
        e.valid_precision,
        t.pledge.c.code,
        e.reverses,
        e.corrects,
    )
    query = (
        select(*columns).join(t.org, t.org.c.id == e.org_id).outerjoin(t.pledge, t.pledge.c.id == e.pledge_id)
    )
    row = conn.execute(query.where(e.seq == seq)).first()
    if row is None:
        raise fail("UNKNOWN_ENTRY", f"there is no entry {seq}")
    if row[6] is not None or row[7] is not None:
        raise fail(
            "FLOW_FORBIDDEN",
            f"entry {seq} itself undoes another",
            remedy="Correct or reverse the first entry.",
        )
    return Original(*row[:5], row[5] or "")


def reversal(poster: Poster, seq: int, *, org: str, key: str, by: str, note: str) -> Outcome:
    """Take back all that holds of an entry, at the time when it was said to be true."""
    target = sha256(f"reverse {seq}".encode()).digest()

    def make(batch: Batch) -> Draft | Outcome:
        head = original(batch.conn, seq)
        lines = [
            Line(dst, src, quantity, "-" + verb) if quantity > 0 else Line(src, dst, -quantity, verb)
            for (src, dst, verb), quantity in effective(batch.conn, seq).items()
            if quantity
        ]
        draft = Draft(
            org, key, "reverse", head.valid_at, tuple(reversed(lines)), head.precision, head.pledge,
            reverses=seq, target=target, by=by, note=note,
        )  # fmt: skip
        batch.load_known([draft])
        return batch.replay(org, key, target) or draft

    try:
        return poster.compose(make)
    except LedgerError as error:
        if error.code == "INSUFFICIENT_STOCK":
            raise fail("GOODS_MOVED_ON", f"entry {seq}: {error.what}", **error.detail) from error
        raise


def correction(
    poster: Poster, seq: int, truth: Callable[[Draft], Draft] | Draft, *, by: str, note: str
) -> Outcome:
    """Post the difference between what holds of entry `seq` and `truth`.

    `truth` is the entry as it should have been, with the key of the original; the correction gets a key from it.
    """

    def work(batch: Batch) -> list[Outcome]:
        head = original(batch.conn, seq)
        net = effective(batch.conn, seq)
        held = tuple(Line(src, dst, q, v) for (src, dst, v), q in net.items() if q > 0)
        when = held_at(batch.conn, seq)
        now = Draft(head.org, head.key, head.verb, when, held, head.precision, head.pledge, by=by)
        meant = truth(now) if callable(truth) else truth
        batch.load_known([now._replace(reverses=seq)])
        made = corrected(poster, batch, seq, meant)
        if isinstance(made, Outcome):
            return [made]
        return [taken(batch, [d._replace(by=by or d.by, note=note or d.note) for d in made])]

    return poster.written("atomic", None, work)[0]


def corrected(
    poster: Poster, batch: Batch, seq: int, meant: Draft, target: bytes | None = None
) -> list[Draft] | Outcome:
    """Return the entries that make good what differs between entry `seq` and `meant`.

    One posts the difference. If it was true at another time, one takes all back then and one posts all of it at the right
    time; what suspense had to lend for that, because goods have moved on, it gets back at once.

    Parameters
    ----------
    target
        What `meant` says; its body if left out.
    """
    conn = batch.conn
    target = target or meaning(poster, conn, meant)
    if seq in batch.reversed:
        raise fail("ALREADY_REVERSED", f"entry {seq} was reversed before", seq=seq)
    known = batch.known.get((meant.org, meant.key))
    if known is not None and known.body == target:
        return Outcome("replayed", seq)
    net = effective(conn, seq)
    count = len(conn.execute(select(tables.entry.c.seq).where(tables.entry.c.corrects == seq)).all())
    keys = [f"{meant.key[:180]}~{count + number}" for number in (1, 2, 3)]
    fixed = meant._replace(verb="correct", corrects=seq, target=None)
    before = held_at(conn, seq)
    if before != meant.valid_at and net and meant.lines:
        back = _difference(poster, conn, net)
        again = [line._replace(verb=line.verb or meant.verb) for line in meant.lines]
        made = [
            fixed._replace(key=keys[0], valid_at=before, lines=tuple(back), due_at=None),
            fixed._replace(key=keys[1], lines=tuple(again), target=target),
        ]
        if lent := _given_back(poster, [line for line in back if line.verb == "correct"], [*back, *again]):
            made.append(made[0]._replace(key=keys[2], lines=tuple(lent)))
        return made
    for line in meant.lines:
        net[line.src, line.dst, line.verb or meant.verb] -= line.quantity
    return [fixed._replace(key=keys[0], lines=tuple(_difference(poster, conn, net)), target=target)]


def taken(batch: Batch, made: list[Draft]) -> Outcome:
    """Take the entries of one correction: all or none of them."""
    outcome = batch.take(made[0])
    for draft in made[1:]:
        if outcome.status == "posted" and (outcome := batch.take(draft)).error is not None:
            raise outcome.error
    return outcome


def held_at(conn: Connection, seq: int) -> int:
    """Return when entry `seq` was true, as far as we know by now."""
    e = tables.entry.c
    says = or_(e.seq == seq, and_(e.corrects == seq, e.target.is_not(None)))
    query = select(e.valid_at).where(says).order_by(e.seq.desc()).limit(1)
    return int(conn.execute(query).scalar_one())


def _given_back(poster: Poster, lent: list[Line], moved: list[Line]) -> list[Line]:
    """Return the lines that give suspense what it has lent, as far as it is there once all has moved."""
    held = poster.accounts.held
    after = Counter({line.dst: held[line.dst].bal for line in lent if line.dst in held})
    for line in moved:
        after[line.src] -= line.quantity
        after[line.dst] += line.quantity
    return [
        Line(line.dst, line.src, min(line.quantity, after[line.dst]), "correct")
        for line in lent
        if after[line.dst] > 0
    ]


def meaning(poster: Poster, conn: Connection, draft: Draft) -> bytes:
    """Return the body of a draft, as posting computes it."""
    accounts = poster.accounts
    accounts.load(conn, [account for line in draft.lines for account in line[:2]])
    text = LINE_SEPARATOR.join(
        SEPARATOR.join((accounts.held[s].text, accounts.held[d].text, str(quantity), verb or draft.verb))
        for s, d, quantity, verb in draft.lines
    )
    return body_hash(draft, text)


def _difference(poster: Poster, conn: Connection, net: Counter[Way]) -> list[Line]:
    """Return the lines that make good: what is too much goes back, from suspense where it has moved on."""
    accounts = poster.accounts
    ways = [(src, dst, verb, quantity) for (src, dst, verb), quantity in net.items() if quantity]
    lines: list[Line] = []
    balance: Counter[Account] = Counter()

    def can_give(account: Account) -> int | None:
        accounts.load(conn, [account])
        held = accounts.held[account]
        return None if held.floor is None else held.bal + balance[account] - held.floor

    def move(src: Account, dst: Account, quantity: int, verb: str) -> None:
        have = can_give(src)
        owed = 0 if have is None else max(0, quantity - max(have, 0))
        if owed:
            lines.append(Line(suspense_of(src), src, owed, "correct"))
        lines.append(Line(src, dst, quantity, verb))
        balance[src] += owed - quantity
        balance[dst] += quantity

    # forward along the way first, then back from its end: nothing is asked of an account before it is given
    for src, dst, verb, quantity in ways:
        if quantity < 0:
            move(src, dst, -quantity, verb)
    for src, dst, verb, quantity in reversed(ways):
        if quantity > 0:
            move(dst, src, quantity, "-" + verb)
    return lines


def suspense_of(account: Account) -> Account:
    """Return the account where a contradiction about this one waits: one per organisation and item, or pledge."""
    pledge = account.pledge if account.book == "pledge" else ""
    return Account(account.book, "suspense", account.org, account.item, pledge=pledge)
