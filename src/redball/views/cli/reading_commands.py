"""Commands that read a plan: why and brief."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from redball import api
from redball.views.cli.answer import show_bottlenecks
from redball.views.cli.failures import DONE
from redball.views.cli.options import Json, PlanDir, date
from redball.views.cli.screen import Screen, printable


def why(
    plan_dir: PlanDir,
    location: Annotated[str | None, typer.Option("--location", metavar="ID", help="Only there.")] = None,
    item: Annotated[str | None, typer.Option("--item", metavar="ID", help="Only this item.")] = None,
    on_date: Annotated[
        dt.date | None,
        typer.Option("--date", parser=date, metavar="DATE", help="Only this day, as 2023-02-28."),
    ] = None,
    json: Json = False,
) -> int:
    """Say why something runs short, and what one more of each limit is worth."""
    screen = Screen(machine=json)
    plan = api.load_plan(plan_dir)
    causes = api.why(plan, location=location, item=item, date=on_date)
    if json:
        screen.show(
            {
                "ok": True,
                "exit_code": DONE,
                "causes": [cause.as_dict() for cause in causes],
                "bottlenecks_from": plan.summary.bottlenecks_from,
                "bottlenecks": plan.bottlenecks.to_dicts(),
            }
        )
        return DONE
    if not causes:
        screen.out.print("No shortage here.", soft_wrap=True)
    for cause in causes:
        line = Text(f"{'  ' * cause.depth}{printable(cause.text)}")
        line.append(f" ({cause.rule})" if cause.rule else "", style="dim")
        screen.out.print(line, soft_wrap=True)
    show_bottlenecks(plan, screen.out)
    return DONE


def brief(
    plan_dir: PlanDir,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write; brief.html in DIR otherwise."),
    ] = None,
    race_dir: Annotated[
        Path | None,
        typer.Option("--race", metavar="DIR", help="A race of the plan, to show bands and odds too."),
    ] = None,
    json: Json = False,
) -> int:
    """Write the brief: one HTML file that opens offline and prints well."""
    screen = Screen(machine=json)
    # the chart library loads slowly: only this command waits for it
    from redball.views.brief.write import write_brief

    plan = api.load_plan(plan_dir)
    target = out if out is not None else plan_dir / "brief.html"
    race = api.load_race(race_dir) if race_dir is not None else None
    written = write_brief(plan, target, api.forecast(plan.scenario), race)
    if json:
        screen.show({"ok": True, "exit_code": DONE, "path": str(written)})
    else:
        screen.out.print(f"Wrote {written}. Open it in any browser; it needs no network.", soft_wrap=True)
    return DONE
