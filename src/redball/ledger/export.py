"""The record in formats of others: CSV, Parquet, and the journal of hledger, which adds up again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
from sqlalchemy import Connection

from redball.ledger import read
from redball.ledger.entry import Account, date_of
from redball.ledger.undo import accounts_by_id

Format = Literal["csv", "parquet", "hledger"]
What = Literal["movements", "balances", "pledges"]


def movements(conn: Connection) -> pl.DataFrame:
    """Return every movement with its accounts, both times and whence we know."""
    return read.history(conn)


def write(
    conn: Connection,
    path: Path,
    form: Format,
    what: What = "movements",
    at: read.When = None,
    known: read.When = None,
) -> int:
    """Write one of the three tables, or the journal; returns how many rows or movements."""
    if form == "hledger":
        texts = list(journal(conn))
        path.write_text("".join(texts), encoding="utf-8")
        return len(texts)
    frame = {
        "movements": lambda: movements(conn),
        "balances": lambda: read.balances(conn, at, known),
        "pledges": lambda: read.pledges(conn, at, known),
    }[what]()
    if form == "csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    return frame.height


def hledger_name(number: int, account: Account) -> str:
    """Return an account's name for hledger; the number keeps apart what cleaning makes alike."""
    parts = (account.book, account.kind, account.org, *(part for part in account[4:] if part), account.item)
    return ":".join(_clean(part) for part in parts) + f":#{number}"


def _clean(text: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in " -_.,/" else "_" for letter in text)
    return " ".join(kept.split()) or "_"


def journal(conn: Connection) -> Iterator[str]:
    """Give the entries as hledger reads them: every line is two postings that cancel out."""
    accounts = accounts_by_id(conn)
    names = {number: hledger_name(number, account) for number, account in accounts.items()}
    goods = {account.item: number for number, account in sorted(accounts.items(), reverse=True)}
    query = (
        "SELECT e.seq, e.verb, e.valid_at, m.src, m.dst, m.qty FROM entry AS e "
        "JOIN movement AS m ON m.seq = e.seq ORDER BY e.seq, m.line"
    )
    last = 0
    for seq, verb, valid_at, src, dst, quantity in conn.exec_driver_sql(query):
        head = f"\n{date_of(valid_at).isoformat()} ({seq}) {verb}\n" if seq != last else ""
        last = seq
        item = accounts[src].item
        unit = f'"{_clean(item)} #{goods[item]}"'
        yield f"{head}    {names[dst]}  {quantity} {unit}\n    {names[src]}  -{quantity} {unit}\n"
