"""Commands of the ledger: ``redball ledger ...``. The group `ledger` is mounted by the front door."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from redball.views.cli.failures import DONE
from redball.views.cli.options import Json, date
from redball.views.cli.screen import Screen, rows_table

if TYPE_CHECKING:
    from redball.ledger.ledger import Ledger

ledger = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    add_completion=False,
    help="Record what was promised and what moved; ask what is where, and when we knew.",
)
BROKEN = 2
Where = Annotated[str, typer.Argument(metavar="LEDGER", help="A file, or postgresql://user@host/name.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="The person who says so.")]
Pledge = Annotated[str, typer.Option("--pledge", metavar="ID", help="The pledge.")]
At = Annotated[
    dt.date | None,
    typer.Option("--at", parser=date, metavar="DATE", help="As it was at the end of that day."),
]
Known = Annotated[
    dt.date | None,
    typer.Option("--known", parser=date, metavar="DATE", help="As we knew it at the end of that day."),
]


def opened(url: str, *, create: bool = False, recorded: dt.date | None = None) -> Ledger:
    """Open a ledger; the database is imported only here."""
    from redball.ledger.entry import moment
    from redball.ledger.ledger import SYSTEM_CLOCK, open_ledger

    if recorded is None:
        return open_ledger(url, create=create, clock=SYSTEM_CLOCK)
    now = moment(recorded)
    return open_ledger(url, create=create, clock=lambda: now)


def show(screen: Screen, frame: pl.DataFrame, code: int = DONE, **more: object) -> int:
    """Write a frame: a table for people, JSON for machines; return the exit code."""
    if screen.machine:
        screen.show({"ok": code == DONE, "exit_code": code, "rows": frame.to_dicts(), **more})
        return code
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    cells = [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]
    rows_table(screen.out, tuple(frame.columns), cells, right=tuple(numbers))
    for name, value in more.items():
        screen.out.print(f"{name.replace('_', ' ')}: {value}", soft_wrap=True)
    return code


@ledger.command()
def define(
    where: Where,
    org: Annotated[
        list[str] | None,
        typer.Option("--org", metavar="NAME=KIND", help="donor, recipient, carrier, coordinator, system"),
    ] = None,
    item: Annotated[list[str] | None, typer.Option("--item", metavar="NAME=UNIT", help="g, ml or pc")] = None,
    place: Annotated[list[str] | None, typer.Option("--place", metavar="NAME")] = None,
    leg: Annotated[list[str] | None, typer.Option("--leg", metavar="NAME=FROM,TO")] = None,
    pledge: Annotated[list[str] | None, typer.Option("--pledge", metavar="ID=DONOR,ITEM,PLACE")] = None,
    json: Json = False,
) -> int:
    """Define names; makes the ledger if there is none."""
    from redball.ledger.names import Item, Pledge

    def pairs(words: list[str] | None) -> list[tuple[str, list[str]]]:
        split = [word.partition("=")[::2] for word in words or ()]
        return [(name, [part.strip() for part in rest.split(",")]) for name, rest in split]

    screen = Screen(machine=json)
    with opened(where, create=True) as books:
        count = books.define(
            orgs={name: kind[0] for name, kind in pairs(org)},
            items=[Item(name, unit[0]) for name, unit in pairs(item)],
            places=place or (),
            legs={name: (ends[0], ends[-1]) for name, ends in pairs(leg)},
            pledges=[Pledge(name, *parts) for name, parts in pairs(pledge)],
        )
    if json:
        screen.show({"ok": True, "exit_code": DONE, "new": count})
    else:
        screen.out.print(f"{count} new names.")
    return DONE


@ledger.command()
def balance(
    where: Where,
    at: At = None,
    known: Known = None,
    pledges: Annotated[bool, typer.Option("--pledges", help="By pledge and rung.")] = False,
    json: Json = False,
) -> int:
    """Say what is where: on a date, as known on a date."""
    with opened(where) as books:
        frame = books.pledges(at, known) if pledges else books.balances(at, known).drop("account_id")
    return show(Screen(machine=json), frame)


@ledger.command()
def suspense(where: Where, at: At = None, known: Known = None, json: Json = False) -> int:
    """Say what suspense owes and since when: how good the data are."""
    with opened(where) as books:
        return show(Screen(machine=json), books.suspense(at, known))


@ledger.command()
def diff(
    where: Where,
    known_from: Annotated[dt.date, typer.Argument(parser=date, metavar="FROM")],
    known_to: Annotated[dt.date, typer.Argument(parser=date, metavar="TO")],
    at: At = None,
    json: Json = False,
) -> int:
    """Say what we came to know otherwise between two dates."""
    with opened(where) as books:
        return show(Screen(machine=json), books.diff(known_from, known_to, at).drop("account_id"))


@ledger.command()
def history(
    where: Where,
    pledge: Pledge = "",
    shipment: Annotated[str, typer.Option("--shipment", metavar="ID", help="The shipment.")] = "",
    entry: Annotated[int | None, typer.Option("--entry", metavar="N", help="The entry.")] = None,
    json: Json = False,
) -> int:
    """Tell all that happened to a pledge, a shipment or an entry, and whence we know."""
    with opened(where) as books:
        frame = books.history(pledge=pledge or None, shipment=shipment or None, seq=entry)
    brief = [
        "seq",
        "recorded_at",
        "valid_at",
        "way",
        "from",
        "to",
        "quantity",
        "unit",
        "org",
        "by",
        "locator",
        "as_written",
        "note",
    ]
    return show(Screen(machine=json), frame if json else frame.select(brief))


@ledger.command()
def reconcile(
    where: Where,
    at: Annotated[dt.date, typer.Option("--at", parser=date, metavar="DATE", help="On which day.")],
    known: Known = None,
    json: Json = False,
) -> int:
    """Hold what was sent against what was received: late, short, lost, never seen."""
    with opened(where) as books:
        return show(Screen(machine=json), books.reconcile(at, known))


@ledger.command()
def verify(
    where: Where,
    anchors: Annotated[
        Path | None, typer.Option("--anchors", metavar="FILE", help="Heads that were kept elsewhere.")
    ] = None,
    json: Json = False,
) -> int:
    """Compute everything again; leave with 2 if anything is wrong."""
    screen = Screen(machine=json)
    with opened(where) as books:
        found = books.verify(anchors or ())
    code = DONE if found.ok else BROKEN
    if json:
        screen.show({"ok": found.ok, "exit_code": code, **vars(found)})
        return code
    for fault in found.faults:
        screen.err.print(fault, soft_wrap=True)
    screen.out.print(
        f"{'Whole' if found.ok else 'BROKEN'}: {found.entries} entries, {found.movements} movements, "
        f"{found.anchors} anchors, head {found.head}",
        soft_wrap=True,
    )
    return code


@ledger.command()
def backup(where: Where, file: Path, json: Json = False) -> int:
    """Write the ledger into a new file; others may go on writing."""
    with opened(where) as books:
        return headed(Screen(machine=json), books.backup(file))


@ledger.command()
def restore(where: Where, file: Path, json: Json = False) -> int:
    """Fill an empty ledger from a backup."""
    with opened(where, create=True) as books:
        return headed(Screen(machine=json), books.restore(file))


@ledger.command()
def anchor(where: Where, file: Path, by: By = "", json: Json = False) -> int:
    """Add the head to a file of anchors; keep it where the ledger is not."""
    with opened(where) as books:
        return headed(Screen(machine=json), books.anchor(file, by=by))


def headed(screen: Screen, head: Any) -> int:
    """Say where the chain ends."""
    if screen.machine:
        screen.show({"ok": True, "exit_code": DONE, "entries": head.seq, "head": head.hash.hex()})
    else:
        screen.out.print(f"{head.seq} entries, head {head.hash.hex()}", soft_wrap=True)
    return DONE


@ledger.command()
def export(
    where: Where,
    file: Path,
    form: Annotated[str, typer.Option("--format", metavar="csv|parquet|hledger")] = "csv",
    what: Annotated[str, typer.Option("--what", metavar="movements|balances|pledges")] = "movements",
    at: At = None,
    known: Known = None,
    json: Json = False,
) -> int:
    """Write movements, balances or pledges as CSV or Parquet, or the journal of hledger."""
    if form not in ("csv", "parquet", "hledger") or what not in ("movements", "balances", "pledges"):
        raise typer.BadParameter(
            "use --format csv, parquet or hledger and --what movements, balances or pledges"
        )
    screen = Screen(machine=json)
    with opened(where) as books:
        count = books.export(file, form, what, at, known)  # type: ignore[arg-type]
    if json:
        screen.show({"ok": True, "exit_code": DONE, "rows": count, "path": str(file)})
    else:
        screen.out.print(f"{count} rows in {file}", soft_wrap=True)
    return DONE
