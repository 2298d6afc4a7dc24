"""The verbs: each takes frozen nouns and returns one.

Engines, spreadsheet and chart libraries are imported by the verb that needs them, so that ``import redball`` is quick.
Writing a brief is a view and lives in ``redball.views.brief``; ``redball.brief`` is the same function.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from redball.core.errors import Fault, InputError, VerifyError
from redball.core.fanout import Cluster, Processes, Threads
from redball.core.progress import Progress, Silent
from redball.model.params import PlanParams, RaceParams
from redball.results import plan as plans
from redball.results.plan import Plan
from redball.results.store import PARTS_FOLDER
from redball.results.why import Cause, causes
from redball.scenario import read as reading
from redball.scenario import template
from redball.scenario import write as writing
from redball.scenario.scenario import Scenario

if TYPE_CHECKING:
    from redball.ledger.ledger import Ledger
    from redball.results.race import Race

Params = TypeVar("Params", PlanParams, RaceParams)


def read(path: str | Path) -> Scenario:
    """Read and check a scenario: a folder with ``scenario.toml`` and CSV tables, or an ``.xlsx`` workbook.

    Raises
    ------
    FaultsError
        If anything is wrong with it; carries all faults at once.
    """
    return reading.read(path)


def check(path: str | Path) -> tuple[Fault, ...]:
    """Return all faults and warnings of a scenario, without raising for its content."""
    return reading.check(path)


def write(scenario: Scenario, path: str | Path) -> None:
    """Write a scenario as a folder of CSV tables, or as a workbook where `path` ends in ``.xlsx``."""
    writing.write(scenario, path)


def new(path: str | Path) -> Path:
    """Write an empty template to fill in: a folder, or a workbook where `path` ends in ``.xlsx``."""
    return template.new(path)


def plan(
    scenario: Scenario,
    params: PlanParams | None = None,
    *,
    progress: Progress | None = None,
    start: Plan | None = None,
    **changes: Any,
) -> Plan:
    """Plan a scenario: least shortage first, then least cost, with a proven bound; then re-check every rule.

    Parameters
    ----------
    scenario
        What is known; see `read`.
    params
        What is asked of the plan; defaults if left out.
    progress
        Who listens to the work and may stop it; the best plan so far is kept.
    start
        An earlier plan of nearly the same scenario. The structured engine begins where that one ended, so that a
        what-if on a plan that took a minute takes seconds; HiGHS begins anew.
    **changes
        Single parameters by name instead of, or on top of, `params`: ``plan(scenario, gap=0.01)``.

    Raises
    ------
    InputError
        If a parameter is out of its range or unknown.
    VerifyError
        If the plan breaks a rule of the semantics: a bug of ours.
    """
    from redball.engines.plan.plan import make_plan
    from redball.results.trace import trace
    from redball.results.verify import verify

    progress = progress or Silent()
    result = make_plan(scenario, _changed(params or PlanParams(), changes, "plan"), progress, start)
    progress.phase("trace")
    began = time.perf_counter()
    result = dataclasses.replace(result, tables={**result.tables, "traces": trace(result)})
    traced = time.perf_counter()
    progress.phase("verify")
    breaches = verify(result)
    if breaches:
        told = "; ".join(f"{breach.rule} {breach.what}" for breach in breaches[:5])
        raise VerifyError(
            f"the plan breaks {len(breaches)} rules: {told}", remedy="Please report the scenario."
        )
    seconds = {**result.summary.seconds, "trace": traced - began, "verify": time.perf_counter() - traced}
    return dataclasses.replace(result, summary=dataclasses.replace(result.summary, seconds=seconds))


def open_ledger(url: str | os.PathLike[str], *, create: bool = True) -> Ledger:
    """Open the ledger of promises and movements at a path or a ``postgresql://`` address, or make one there."""
    from redball.ledger import ledger

    return ledger.open_ledger(url, create=create)


def _changed(params: Params, changes: dict[str, Any], verb: str) -> Params:
    known = [field.name for field in dataclasses.fields(params)]
    for name in changes:
        if name not in known:
            raise InputError(
                f"unknown parameter {name!r}", where=verb, remedy=f"Known are {', '.join(known)}."
            )
    return dataclasses.replace(params, **changes)


def race(
    scenario: Scenario,
    plan: Plan | None = None,
    params: RaceParams | None = None,
    *,
    progress: Progress | None = None,
    cluster: str | None = None,
    parts: str | Path | None = None,
    **changes: Any,
) -> Race:
    """Run a plan, or a rule without one, through many random futures.

    Parameters
    ----------
    scenario
        What is known, with its spreads; see ``docs/concepts/race.md``.
    plan
        The plan that is followed; the policies ``push`` and ``base_stock`` want none.
    params
        What is asked of the race; defaults if left out.
    progress
        Who listens to the work and may stop it; the futures so far are kept.
    cluster
        Address of a Dask scheduler whose workers run the futures, instead of threads of this process.
    parts
        Folder where what is done is kept, so that a race that was stopped or killed goes on from there.
    **changes
        Single parameters by name instead of, or on top of, `params`: ``race(scenario, plan, replications=500)``. A
        ``policy`` may be a function of one's own, see ``docs/concepts/race.md``; it stays on one thread of this process.

    Raises
    ------
    InputError
        If a parameter is out of its range or unknown, or the plan is not of this scenario.
    LimitError
        If workers die again and again.
    """
    from redball.engines.race.race import run_race

    policy = changes.pop("policy") if callable(changes.get("policy")) else None
    params = _changed(params or RaceParams(), changes, "race")
    return run_race(
        scenario,
        plan,
        params,
        policy=policy,
        workers=Cluster(cluster) if cluster else Threads(params.threads),
        parts=Path(parts) if parts else None,
        progress=progress or Silent(),
        clock=time.perf_counter,
    )


def load_race(folder: str | Path) -> Race:
    """Load a race that ``race.save`` wrote.

    Raises
    ------
    InputError
        If the folder holds no race, or one that was edited or cut short.
    """
    from redball.results import race as races

    return races.load_race(folder)


def sweep(
    scenario: Scenario,
    study: str | Mapping[str, Mapping[str, object]] | None = None,
    *,
    vary: Mapping[str, Sequence[object]] | None = None,
    ask: Sequence[str] = ("plan", "race", "forecast"),
    plan_params: PlanParams | None = None,
    race_params: RaceParams | None = None,
    workers: int = 2,
    cluster: str | None = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Ask the same of every variant of a scenario; one row comes out for each.

    Parameters
    ----------
    scenario
        What is varied; it is the first row itself.
    study
        Variants by name, each with new values by address: ``{"cut": {"lanes/rail-1/capacity_t_per_day": 0}}``; or the
        name of a study that lies with the scenario (``_study.csv`` is ``study``, which is taken where neither this nor
        `vary` is given).
    vary
        Values by address; every combination of them is a variant.
    ask
        What is asked: ``plan``, ``race`` (of that plan where both are asked), ``forecast``.
    plan_params, race_params
        Parameters of plans and races; each variant is planned and raced on one thread.
    workers
        Processes on this machine.
    cluster
        Address of a Dask scheduler whose workers do the work instead.
    folder
        Where ``sweep.csv`` is written, and answers are kept so that a sweep goes on where it was stopped.
    progress
        Who listens and may stop the work; the rows so far are returned.

    Returns
    -------
    The table of ``docs/reference/results.md#sweep``.

    Raises
    ------
    FaultsError
        If a change, or a scenario that it makes, has a fault; carries the faults of all variants.
    """
    from redball.engines.sweep import Verbs, run_sweep
    from redball.engines.sweep_study import changes_of, variants
    from redball.results.sweep_table import write_sweep

    alone, progress = {"threads": 1}, progress or Silent()
    found = variants(
        scenario,
        changes_of(scenario, study, vary),
        _changed(plan_params or PlanParams(), alone, "plan"),
        _changed(race_params or RaceParams(), alone, "race"),
        progress,
        place="study" if vary or isinstance(study, Mapping) else f"_{study or 'study'}",
    )
    table = run_sweep(
        found,
        Verbs(tuple(ask), plan, race),
        Cluster(cluster) if cluster else Processes(workers),
        Path(folder) / PARTS_FOLDER if folder else None,
        progress,
    )
    if folder:
        write_sweep(table, Path(folder))
    return table


def load_plan(folder: str | Path) -> Plan:
    """Load a plan that ``plan.save`` wrote.

    Raises
    ------
    InputError
        If the folder holds no plan, or one that was edited or cut short.
    """
    return plans.load_plan(folder)


def forecast(scenario: Scenario, plan: Plan | None = None) -> pl.DataFrame:
    """Return days of supply and stock-out dates: if nothing moves, if what is allocated arrives, if the plan runs."""
    from redball.engines.forecast_stock import forecast as forecast_stock

    return forecast_stock(scenario, plan)


def why(
    plan: Plan, location: str | None = None, item: str | None = None, date: dt.date | None = None
) -> tuple[Cause, ...]:
    """Return the chain of causes behind a shortage, in plain words with numbers; the worst one if none is named."""
    return causes(plan, location=location, item=item, date=date)
