"""The command line's front door: commands, ``--version``, ``--debug``, and every error on its way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from redball.core.version import VERSION
from redball.views.cli import ledger_write, plan_commands, race_commands, reading_commands, scenario_commands
from redball.views.cli.failures import DONE, READER_GONE, report
from redball.views.cli.ledger import ledger
from redball.views.cli.screen import ReaderGoneError, Screen

app = typer.Typer(
    name="redball",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a bug of ours, 2 bad input, 3 stopped at a limit without what was asked for.",
)

SCENARIO, PLAN, READING = "Scenarios", "Planning", "Reading a plan"
PANELS: dict[str, tuple[Callable[..., int], ...]] = {
    SCENARIO: (
        scenario_commands.check,
        scenario_commands.new,
        scenario_commands.convert,
        scenario_commands.schema,
    ),
    PLAN: (plan_commands.plan, plan_commands.forecast, race_commands.race, race_commands.sweep),
    READING: (reading_commands.why, reading_commands.brief),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)

ledger_write.mount(ledger)
app.add_typer(ledger, rich_help_panel="Recording")


def _version(asked: bool) -> None:
    if asked:
        Screen().out.print(f"redball {VERSION}")
        raise typer.Exit


@app.callback()
def redball(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Plan time-critical supply: from what was promised to what arrives in time."""


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no exception leaves.

    Parameters
    ----------
    arguments
        What follows the program's name.
    """
    # --debug and --json are looked for by hand too: they must work wherever they stand and however parsing ends
    debug, machine = "--debug" in arguments, "--json" in arguments
    rest = [argument for argument in arguments if argument != "--debug"]
    try:
        result = typer.main.get_command(app).main(args=rest, prog_name="redball", standalone_mode=False)
    except ReaderGoneError:
        return READER_GONE
    except SystemExit as leaving:
        # the argument parser leaves by itself only when nobody reads its help any more
        return READER_GONE if leaving.code else DONE
    except BaseException as error:
        try:
            return report(error, Screen(machine=machine), debug)
        except ReaderGoneError:
            return READER_GONE
    return result if isinstance(result, int) else DONE
