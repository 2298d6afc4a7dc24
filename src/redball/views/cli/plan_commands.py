"""Commands that compute: plan and forecast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from redball import api
from redball.core.wording import day, percent
from redball.engines.forecast_stock import WAYS
from redball.model.params import CountPledges, Method, PlanParams
from redball.results.plan import KIND, Plan
from redball.views.cli.answer import dry_rows, show_answer, summary_of
from redball.views.cli.failures import DONE, LIMIT
from redball.views.cli.folder import check_folder
from redball.views.cli.interrupt import interruptible
from redball.views.cli.options import Json, ScenarioPath, share
from redball.views.cli.progress_view import PlanProgress
from redball.views.cli.screen import Screen, rows_table


def plan(
    path: ScenarioPath,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the plan's tables.")],
    csv: Annotated[bool, typer.Option("--csv", help="Write each table as CSV too.")] = False,
    gap: Annotated[
        float | None,
        typer.Option("--gap", parser=share, metavar="G", help="Stop at this gap: 0.005 or 0.5%."),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", help="Stop the solve after S seconds.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", metavar="N", help="Threads of the solver.")] = 2,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the solver.")] = 0,
    count_pledges: Annotated[
        CountPledges, typer.Option("--count-pledges", help="Which pledges count.")
    ] = "committed",
    method: Annotated[
        Method,
        typer.Option(
            "--method", help="exact (HiGHS), structured (for large plans), or auto: whichever is faster."
        ),
    ] = "auto",
    from_dir: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="An earlier plan to begin from (structured only)."),
    ] = None,
    json: Json = False,
) -> int:
    """Plan a scenario: what moves, is made and is bought, day by day, with a proven gap."""
    screen = Screen(machine=json)
    asked = PlanParams(
        time_limit=time_limit, threads=threads, seed=seed, count_pledges=count_pledges, method=method
    )
    params = asked if gap is None else replace(asked, gap=gap)
    check_folder(out, KIND)
    scenario = api.read(path)
    start = None if from_dir is None else api.load_plan(from_dir)
    with PlanProgress(screen.err, scenario.settings.currency, params.gap) as progress:
        made = interruptible(
            lambda: api.plan(scenario, params, progress=progress, start=start), progress.stop
        )
    made.save(out, csv=csv)
    if json:
        screen.show({"ok": reached(made), "exit_code": code_of(made), "path": str(out), **summary_of(made)})
    else:
        show_answer(made, out, screen.out)
        if not reached(made):
            screen.err.print(
                Text(
                    f"Stopped ({made.summary.status}) at a gap of {percent(made.summary.gap)}; "
                    f"asked was {percent(params.gap)}. The plan so far is kept. Exit code {LIMIT}.",
                    style="bold yellow",
                ),
                soft_wrap=True,
            )
    return code_of(made)


def forecast(
    path: ScenarioPath,
    plan_dir: Annotated[
        Path | None,
        typer.Option("--plan", metavar="DIR", help="A plan of this scenario, to show its dates too."),
    ] = None,
    json: Json = False,
) -> int:
    """Say when what runs dry where: if nothing moves, if what is committed comes, and with a plan."""
    screen = Screen(machine=json)
    scenario = api.read(path)
    frame = api.forecast(scenario, api.load_plan(plan_dir) if plan_dir is not None else None)
    if json:
        screen.show({"ok": True, "exit_code": DONE, "forecast": frame.to_dicts()})
        return DONE
    ways = [way for way in WAYS if way in frame["way"].unique()]
    rows_table(
        screen.out,
        ("Location", "Item", "Lasts, days", *(_heading(way) for way in ways)),
        dry_rows(frame, ways),
    )
    last = day(scenario.horizon.last)
    screen.notes.print(
        f"Days of supply from {day(scenario.settings.start)}; a dash lasts beyond {last}.", soft_wrap=True
    )
    return DONE


def _heading(way: str) -> str:
    # a plan may ration before it runs dry: its date is the first on which anything is missing
    return "Short: plan" if way == "plan" else f"Dry: {way}"


def reached(made: Plan) -> bool:
    """Whether a plan has the gap that was asked for."""
    return made.summary.status in ("optimal", "gap")


def code_of(made: Plan) -> int:
    """Return the exit code that goes with a plan."""
    return DONE if reached(made) else LIMIT
