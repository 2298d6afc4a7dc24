"""Commands about scenarios: check, new, convert, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from redball import api
from redball.core.errors import InputError
from redball.core.wording import count
from redball.scenario.json_schema import json_schema
from redball.views.cli.failures import BAD_INPUT, DONE, Failure, closing, show_faults, tally
from redball.views.cli.options import Json, ScenarioPath
from redball.views.cli.screen import Screen


def check(path: ScenarioPath, json: Json = False) -> int:
    """List everything that is wrong with a scenario, all at once."""
    screen = Screen(machine=json)
    faults = api.check(path)
    wrong = any(fault.severity == "error" for fault in faults)
    code = BAD_INPUT if wrong else DONE
    if json:
        failure = Failure("input", code, tally(faults), faults=faults)
        screen.show(
            failure.as_dict()
            if wrong
            else {"ok": True, "exit_code": DONE, "faults": failure.as_dict()["faults"]}
        )
        return code
    show_faults(faults, screen.out)
    if wrong:
        screen.out.print(closing(faults, screen.out.is_terminal))
    else:
        warned = f", {tally(faults)}" if faults else ""
        line = Text.assemble((f"No fault{warned}.", "bold green"), " The scenario can be planned.")
        screen.out.print(line, soft_wrap=True)
    return code


def new(
    path: Annotated[
        Path, typer.Argument(metavar="DIR_OR_XLSX", help="A new folder, or a new .xlsx workbook.")
    ],
    json: Json = False,
) -> int:
    """Make an empty scenario to fill in: every table with its columns and their help."""
    screen = Screen(machine=json)
    made = api.new(path)
    if json:
        screen.show({"ok": True, "exit_code": DONE, "path": str(made)})
    else:
        screen.out.print(f"Made {made}. Fill it in, then: redball check {made}", soft_wrap=True)
    return DONE


def convert(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="A scenario: folder or workbook.")],
    target: Annotated[Path, typer.Argument(metavar="TO", help="A folder, or a name that ends in .xlsx.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is at TO.")] = False,
    json: Json = False,
) -> int:
    """Turn a folder of CSV files into an Excel workbook, or back. No cell changes."""
    screen = Screen(machine=json)
    if source.resolve() == target.resolve():
        raise InputError("FROM and TO are the same", where=str(target), remedy="Give another name.")
    taken = target.is_file() or (target.is_dir() and any(target.iterdir()))
    if taken and not overwrite:
        raise InputError(
            "it is there already", where=str(target), remedy="Give another name, or --overwrite."
        )
    scenario = api.read(source)
    api.write(scenario, target)
    rows = sum(frame.height for frame in scenario.tables.values())
    tables = sum(frame.height > 0 for frame in scenario.tables.values())
    if json:
        screen.show({"ok": True, "exit_code": DONE, "path": str(target), "tables": tables, "rows": rows})
    else:
        screen.out.print(f"Wrote {target}: {count(rows, 'row')} in {count(tables, 'table')}.", soft_wrap=True)
    return DONE


def schema() -> int:
    """Write the JSON schema of a scenario."""
    Screen(machine=True).show(json_schema())
    return DONE
