"""Write the generated pages of docs/reference again: ``make docs``. Each comes from the code that it describes.

``generate.py --check`` writes nothing and fails where a page is out of date.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from redball.core.errors import Fault
from redball.scenario.document import faults_page, tables_page
from redball.views.cli.app import app

DOCS = Path(__file__).resolve().parent
NOTICE = "<!-- Written by `make docs`; change the code it comes from, not this page. -->"


def row(*cells: object) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(headings: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a Markdown table."""
    return "\n".join([row(*headings), row(*["---"] * len(headings)), *(row(*cells) for cells in rows)])


def code(text: object) -> str:
    """Return text as code, or nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def cli_page() -> str:
    """Return the reference of the command line."""
    group: Any = typer.main.get_command(app)
    root = group.make_context("redball", [], resilient_parsing=True)
    parts = [
        "# Command line",
        group.help.strip(),
        table(("exit code", "meaning"), EXIT_CODES),
        "Errors go to standard error as one line, never as a traceback; `--debug` shows it. With `--json` whatever happens is one\n"
        "JSON object on standard output, and every error has the same shape: `ok` (false), `exit_code`, `error` (`input`, `limit`,\n"
        "`usage`, `bug` or `abort`), `what`, `where`, `remedy`, and `faults`, a list of objects with\n"
        + ", ".join(f"`{name}`" for name in Fault.__dataclass_fields__)
        + ". On a terminal faults are a table; in a pipe one is one line.",
        "During `redball plan` the first Ctrl-C keeps the best plan so far, with its gap; during `redball race` and `redball sweep` what\n"
        "is done, and the same command goes on from there. The second aborts.",
        "## redball",
        params_table(group, root),
    ]
    parts += commands_of(group, root, "redball")
    return "\n\n".join([parts[0], NOTICE, *parts[1:]]) + "\n"


def commands_of(group: Any, parent: Any, path: str) -> list[str]:
    """Return the sections of the commands of a group, each followed by those of the groups in it."""
    parts: list[str] = []
    for name, command in group.commands.items():
        context = command.make_context(name, [], parent=parent, resilient_parsing=True)
        usage = command.get_usage(context).removeprefix("Usage:").strip()
        parts += [f"## {path} {name}", f"```\n{usage}\n```", command.help.strip()]
        if getattr(command, "commands", None):
            parts += commands_of(command, context, f"{path} {name}")
        else:
            parts.append(params_table(command, context))
    return parts


EXIT_CODES: list[tuple[object, ...]] = [
    (0, "done"),
    (1, "a bug of ours: an unexpected error, or a plan that our own check refuses"),
    (2, "bad input: faults in a scenario, a path that cannot be used, wrong use of the command"),
    (3, "stopped at a limit without what was asked for; a plan found by then is kept"),
    (130, "aborted by Ctrl-C"),
    (141, "nobody reads the output any more (a closed pipe)"),
]


def params_table(command: Any, context: Any) -> str:
    """Return the arguments and options of a command as a table."""
    records = filter(None, (param.get_help_record(context) for param in command.params))
    rows: list[tuple[object, ...]] = [
        (code(names.replace(" <path>", "")), meaning.replace("  [", " [")) for names, meaning in records
    ]
    return table(("argument or option", "meaning"), rows) if rows else "It has no options."


def results_page() -> str:
    """Return the reference of the tables of results."""
    with (DOCS / "design" / "results.csv").open(encoding="utf-8", newline="") as file:
        columns = list(csv.DictReader(file))
    parts = [
        "# Tables of results",
        NOTICE,
        "`plan.save(folder)` and `redball plan --out` write `plan.json` and one Parquet file for each table; with `--csv` also as CSV.\n"
        "A race is kept in the same way: `race.json` and the tables below that begin with `race/`, in a folder of its own; a sweep\n"
        "is one table, `sweep.csv`. In Python a table is an attribute: `plan.shipments`, `race.bands`.",
    ]
    for name in dict.fromkeys(column["file"] for column in columns):
        mine = [column for column in columns if column["file"] == name]
        if name.endswith(".json"):
            parts += [f"## {name}", f"An object: {mine[0]['meaning']}."]
            continue
        rows: list[tuple[object, ...]] = [
            (code(c["column"]), c["type"], c["unit"], c["meaning"]) for c in mine
        ]
        parts += [f"## {name}", table(("column", "type", "unit", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "reference/cli.md": cli_page,
    "reference/faults.md": faults_page,
    "reference/results.md": results_page,
    "reference/tables.md": tables_page,
}


def stale() -> Iterator[tuple[Path, str]]:
    """Yield every page that is not what the code says, with what it should be."""
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield path, text


def main() -> int:
    """Write the pages, or only look at them."""
    found = list(stale())
    for path, text in found:
        print(f"{'out of date' if '--check' in sys.argv else 'written'}: {path.relative_to(DOCS.parent)}")
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
