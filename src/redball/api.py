"""The verbs: each takes frozen nouns and returns one.

Engines, spreadsheet and chart libraries are imported by the verb that needs them, so that ``import redball`` is quick.
Writing a brief is a view and lives in ``redball.views.brief``; ``redball.brief`` is the same function.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from redball.core.errors import Fault, InputError, VerifyError
from redball.core.progress import Progress, Silent
from redball.model.params import PlanParams
from redball.results import plan as plans
from redball.results.plan import Plan
from redball.results.why import Cause, causes
from redball.scenario import read as reading
from redball.scenario import template
from redball.scenario import write as writing
from redball.scenario.scenario import Scenario

if TYPE_CHECKING:
    from redball.ledger.ledger import Ledger


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
    result = make_plan(scenario, _params(params, changes), progress, start)
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


def _params(params: PlanParams | None, changes: dict[str, Any]) -> PlanParams:
    known = [field.name for field in dataclasses.fields(PlanParams)]
    for name in changes:
        if name not in known:
            raise InputError(
                f"unknown parameter {name!r}", where="plan", remedy=f"Known are {', '.join(known)}."
            )
    return dataclasses.replace(params or PlanParams(), **changes)


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
