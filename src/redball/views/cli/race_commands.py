"""Commands that look at many futures or many variants: race and sweep."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from redball import api
from redball.core.wording import count, percent
from redball.model.params import PlanParams, PolicyName, RaceParams
from redball.results.race import KIND, Race
from redball.results.store import PARTS_FOLDER
from redball.views.cli.failures import DONE, LIMIT
from redball.views.cli.folder import check_folder
from redball.views.cli.interrupt import interruptible
from redball.views.cli.options import Json, ScenarioPath, share
from redball.views.cli.progress_view import WorkProgress
from redball.views.cli.race_answer import INTERVALS, show_differences, show_race, show_sweep
from redball.views.cli.screen import Screen

GO_ON = f"The same command goes on from there. Exit code {LIMIT}."

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="A Dask scheduler that gives out the work: tcp://host:8786."
    ),
]
Replications = Annotated[
    int | None, typer.Option("--replications", metavar="N", help="How many futures; with --until the most.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of all that is random.")]
PolicyOption = Annotated[
    PolicyName | None, typer.Option("--policy", help="What people do when it goes wrong; follow by default.")
]


def race(
    path: ScenarioPath,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the race's tables.")],
    plan_dir: Annotated[
        Path | None, typer.Option("--plan", metavar="DIR", help="The plan that is followed.")
    ] = None,
    replications: Replications = None,
    seed: Seed = 0,
    policy: PolicyOption = None,
    until: Annotated[
        float | None,
        typer.Option(
            "--until",
            parser=share,
            metavar="WIDTH",
            help="Stop when no stock-out chance has a wider 95 % interval: 0.02 or 2%.",
        ),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", metavar="N", help="Threads.")] = 2,
    cluster: Cluster = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="DIR", help="Say what differs from this race, in the same futures."
        ),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write each table as CSV too.")] = False,
    json: Json = False,
) -> int:
    """Run a plan, or a rule without a plan, through many random futures, to know the odds."""
    screen = Screen(machine=json)
    params = RaceParams(
        seed=seed, until=until, threads=threads, **given(replications=replications, policy=policy)
    )
    check_folder(out, KIND)
    scenario = api.read(path)
    plan = api.load_plan(plan_dir) if plan_dir is not None else None
    other = api.load_race(against) if against is not None else None
    with WorkProgress(screen.err) as progress:
        made = interruptible(
            lambda: api.race(
                scenario, plan, params, progress=progress, cluster=cluster, parts=out / PARTS_FOLDER
            ),
            progress.stop,
        )
    made.save(out, csv=csv)
    if not progress.stopped:
        shutil.rmtree(out / PARTS_FOLDER, ignore_errors=True)
    differences = made.compare(other) if other is not None else None
    lacks = _lacks(made, params, progress.stopped)
    code = LIMIT if lacks else DONE
    if json:
        told: dict[str, object] = {"ok": not lacks, "exit_code": code, "path": str(out)}
        if differences is not None:
            told["differences"] = differences.to_dicts()
        screen.show(told | made.summary.as_dict())
        return code
    show_race(made, plan_dir, out, screen.out)
    if differences is not None and against is not None:
        show_differences(differences, against, screen.out)
    _warn(screen, lacks)
    return code


def _lacks(made: Race, params: RaceParams, stopped: bool) -> str:
    """Say what a race lacks of what was asked; nothing where it has all."""
    summary, until = made.summary, params.until
    if stopped:
        return (
            f"Stopped; {count(summary.replications, 'future')} of {params.replications:,} are kept. {GO_ON}"
        )
    if until is not None and summary.width > until:
        return (
            f"The widest interval is {percent(summary.width)}, more than the {percent(until)} that were asked for."
            f" Give more replications. Exit code {LIMIT}."
        )
    return ""


def sweep(
    path: ScenarioPath,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for sweep.csv.")],
    study: Annotated[
        str | None,
        typer.Option("--study", metavar="NAME", help="The study _NAME of the scenario; _study by default."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="TABLE/ROW/COLUMN=VALUES",
            help="Instead of a study: values with commas between them; several make a grid.",
        ),
    ] = None,
    ask: Annotated[
        str, typer.Option("--ask", metavar="WORDS", help="What to ask of each variant.")
    ] = "plan,race,forecast",
    gap: Annotated[
        float | None,
        typer.Option("--gap", parser=share, metavar="G", help="Gap of the plans: 0.005 or 0.5%."),
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", help="Stop each plan after S seconds.")
    ] = None,
    replications: Replications = None,
    seed: Seed = 0,
    policy: PolicyOption = None,
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes on this machine.")] = 2,
    cluster: Cluster = None,
    json: Json = False,
) -> int:
    """Ask the same of every variant of a scenario, and put the answers into one table."""
    screen = Screen(machine=json)
    race_params = RaceParams(seed=seed, **given(replications=replications, policy=policy))
    plan_params = PlanParams(time_limit=time_limit, **given(gap=gap))
    check_folder(out, None)
    scenario = api.read(path)
    with WorkProgress(screen.err) as progress:
        table = interruptible(
            lambda: api.sweep(
                scenario,
                study,
                vary=dict(map(axis, vary or ())),
                ask=[word.strip() for word in ask.split(",")],
                plan_params=plan_params,
                race_params=race_params,
                workers=workers,
                cluster=cluster,
                folder=out,
                progress=progress,
            ),
            progress.stop,
        )
    code = LIMIT if progress.stopped else DONE
    if json:
        screen.show({"ok": code == DONE, "exit_code": code, "path": str(out), "variants": table.to_dicts()})
        return code
    show_sweep(table, screen.out)
    screen.out.print(f"{INTERVALS} All columns are in {out / 'sweep.csv'}.", soft_wrap=True)
    if code == LIMIT:
        _warn(screen, f"Stopped; {count(table.height, 'variant')} are kept. {GO_ON}")
    return code


def given(**options: Any) -> dict[str, Any]:
    """Return the options that were given; the others keep their defaults.

    >>> given(replications=None, policy="push")
    {'policy': 'push'}
    """
    return {name: value for name, value in options.items() if value is not None}


def axis(text: str) -> tuple[str, list[str]]:
    """Read what ``--vary`` takes: an address, and the values that it shall have.

    >>> axis("lanes/rail/capacity_t_per_day=x0.5,0")
    ('lanes/rail/capacity_t_per_day', ['x0.5', '0'])
    """
    address, equals, values = text.rpartition("=")
    if not equals:
        raise typer.BadParameter(
            f"{text!r} has no values; write such as lanes/rail/capacity_t_per_day=x0.5,0."
        )
    return address, values.split(",")


def _warn(screen: Screen, words: str) -> None:
    if words:
        screen.err.print(Text(words, style="bold yellow"), soft_wrap=True)
