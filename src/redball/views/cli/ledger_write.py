"""Commands that write into the ledger: reports, lists, reversals, corrections, and what was set aside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from redball.views.cli.failures import BAD_INPUT, DONE
from redball.views.cli.ledger import By, Pledge, Where, opened, show
from redball.views.cli.options import Json, date
from redball.views.cli.screen import Screen

ORG, KEY = "The organisation that says so.", "Its name for this fact; the same key counts once."
Org = Annotated[str, typer.Option("--org", metavar="ORG", help=ORG)]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help=KEY)]
Note = Annotated[str, typer.Option("--note", help="Why.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook.")]
Recorded = Annotated[
    dt.date | None,
    typer.Option(
        "--recorded",
        parser=date,
        metavar="DATE",
        help="For histories loaded late: claim this day as the day of record.",
    ),
]
FILES = (".csv", ".xlsx", ".xlsm", ".jsonl")


def post(
    where: Where,
    verb: Annotated[
        str,
        typer.Argument(
            metavar="VERB|FILE",
            help="announce, commit, allocate, ship, arrive, hand_over, ...; or a .csv, .xlsx or .jsonl with many reports",
        ),
    ],
    by: By,
    quantity: Annotated[
        str | None, typer.Argument(metavar="QUANTITY", help='For one report: as written, such as "12.5 t".')
    ] = None,
    org: Annotated[str, typer.Option("--org", metavar="ORG", help=ORG)] = "",
    key: Annotated[str, typer.Option("--key", metavar="KEY", help=KEY)] = "",
    on: Annotated[
        dt.date | None, typer.Option("--on", parser=date, metavar="DATE", help="When it was true.")
    ] = None,
    pledge: Pledge = "",
    item: Annotated[str, typer.Option("--item", help="The item, where there is no pledge.")] = "",
    place: Annotated[str, typer.Option("--place", help="Where.")] = "",
    to_place: Annotated[str, typer.Option("--to-place", help="For move: where to.")] = "",
    leg: Annotated[str, typer.Option("--leg", help="For what is on the way.")] = "",
    shipment: Annotated[str, typer.Option("--shipment", help="The planned shipment.")] = "",
    to_org: Annotated[str, typer.Option("--to-org", help="For hand_over: who signs.")] = "",
    due: Annotated[
        dt.date | None, typer.Option("--due", parser=date, metavar="DATE", help="When it is promised for.")
    ] = None,
    note: Note = "",
    each: Annotated[
        bool, typer.Option("--each", help="For a file: every row for itself, not all or none.")
    ] = False,
    sheet: Sheet = None,
    recorded: Recorded = None,
    json: Json = False,
) -> int:
    """Post one report, or a file of them: pledges climb their ladder, goods go their way.

    The columns of a file are named as the options: verb, quantity, unit, on, org, key, pledge, item, place, to_place, leg,
    shipment, to_org, due, note; all rows are posted or none.
    """
    from redball.ledger.entry import moment

    if quantity is None:
        if Path(verb).suffix.lower() not in FILES:
            raise typer.BadParameter(f"{verb!r} needs a quantity, or is no file ({', '.join(FILES)})")
        with opened(where, recorded=recorded) as books:
            return results(
                Screen(machine=json), books.post_file(Path(verb), by=by, each=each, sheet=sheet), BAD_INPUT
            )
    lacking = [name for name, value in (("--org", org), ("--key", key), ("--on", on)) if not value]
    if lacking:
        raise typer.BadParameter(f"one report needs {', '.join(lacking)}")
    words: dict[str, Any] = {
        "place": place,
        "to_place": to_place,
        "leg": leg,
        "shipment": shipment,
        "to_org": to_org,
    }
    words = {name: value for name, value in words.items() if value}
    words["due_at"] = moment(due) if due else None
    words |= {"pledge": pledge, "item": item, "org": org, "key": key, "by": by, "note": note}
    with opened(where, recorded=recorded) as books:
        outcome = books.record(verb, quantity=quantity, on=on, **words)
    return told(Screen(machine=json), outcome)


def told(screen: Screen, outcome: Any) -> int:
    """Say what became of one entry."""
    if screen.machine:
        screen.show({"ok": True, "exit_code": DONE, "status": outcome.status, "entry": outcome.seq})
    elif outcome.status == "quarantined":
        screen.out.print(
            f"quarantined: entry {outcome.seq} of another source says the same; see quarantine",
            soft_wrap=True,
        )
    else:
        screen.out.print(f"{outcome.status}: entry {outcome.seq}")
    return DONE


def results(screen: Screen, done: Any, refused: int) -> int:
    """Say what became of every row; leave with `refused` if any was."""
    code = refused if "refused" in done.counts else DONE
    if screen.machine:
        return show(
            screen, done.rows, code, counts=done.counts, new_names=done.new_names, preview=done.preview
        )
    counts = ", ".join(f"{count} {status}" for status, count in done.counts.items())
    rows = done.rows.filter(~pl.col("status").is_in(["posted", "replayed"]))
    return show(screen, rows, code, counts=counts, new_names=done.new_names, preview=done.preview)


def reverse(
    where: Where,
    entry: int,
    org: Org,
    key: Key,
    by: By,
    note: Note = "",
    recorded: Recorded = None,
    json: Json = False,
) -> int:
    """Take all of an entry back."""
    with opened(where, recorded=recorded) as books:
        return told(Screen(machine=json), books.reverse(entry, org=org, key=key, by=by, note=note))


def correct(
    where: Where,
    entry: int,
    quantity: Annotated[int, typer.Argument(help="What it should have been, in base units.")],
    by: By,
    note: Note = "",
    recorded: Recorded = None,
    json: Json = False,
) -> int:
    """Post the difference between an entry and the truth."""
    with opened(where, recorded=recorded) as books:
        return told(Screen(machine=json), books.correct(entry, quantity, by=by, note=note))


def import_(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, a workbook or a .jsonl.")],
    by: By,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="Which column says what (TOML).")
    ] = None,
    movements: Annotated[
        bool,
        typer.Option(
            "--movements", help="A list of what was shipped, arrived, counted, ..., not of pledges."
        ),
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Do it, report it, undo it.")] = False,
    refuse_changes: Annotated[
        bool, typer.Option("--refuse-changes", help="Do not post corrections.")
    ] = False,
    sheet: Sheet = None,
    recorded: Recorded = None,
    json: Json = False,
) -> int:
    """Import a list of pledges or of movements, row by row; a second time changes only what changed."""
    from redball.ledger.list_map import PLEDGE_LIST
    from redball.ledger.report_map import REPORTS, read_mapping

    rules = read_mapping(mapping) if mapping else REPORTS if movements else PLEDGE_LIST
    with opened(where, create=not preview or not Path(where).exists(), recorded=recorded) as books:
        done = books.import_list(file, rules, by=by, preview=preview, correct=not refuse_changes, sheet=sheet)
    return results(Screen(machine=json), done, DONE)


def quarantine(where: Where, json: Json = False) -> int:
    """Show what was set aside because another source has told the same."""
    with opened(where) as books:
        return show(Screen(machine=json), books.quarantined())


def release(
    where: Where,
    number: Annotated[int, typer.Argument(metavar="N", help="Its number in quarantine.")],
    dismiss: Annotated[bool, typer.Option("--dismiss", help="It is the same: never post it.")] = False,
    json: Json = False,
) -> int:
    """Post after all what was set aside, or dismiss it for good."""
    screen = Screen(machine=json)
    with opened(where) as books:
        outcome = books.release(number, dismiss=dismiss)
    if outcome is not None:
        return told(screen, outcome)
    if json:
        screen.show({"ok": True, "exit_code": DONE, "status": "dismissed"})
    else:
        screen.out.print(f"dismissed: {number}")
    return DONE


def mount(group: typer.Typer) -> None:
    """Add the commands of this file to the group."""
    for command in (post, reverse, correct, quarantine, release):
        group.command()(command)
    group.command(name="import")(import_)
