"""The verbs: each takes frozen nouns and returns one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from pathlib import Path
from typing import Any

import polars as pl

from redball.core.errors import Fault, InputError, VerifyError
from redball.core.progress import Progress, Silent
from redball.model.params import PlanParams
from redball.results.plan import Plan
from redball.scenario.scenario import Scenario


def plan(
    scenario: Scenario, params: PlanParams | None = None, *, progress: Progress | None = None, **changes: Any
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
    from redball.results.verify import verify

    progress = progress or Silent()
    result = make_plan(scenario, _params(params, changes), progress)
    progress.phase("verify")
    began = time.perf_counter()
    breaches = verify(result)
    if breaches:
        told = "; ".join(f"{breach.rule} {breach.what}" for breach in breaches[:5])
        raise VerifyError(f"the plan breaks {len(breaches)} rules: {told}", remedy="Please report the scenario.")
    seconds = {**result.summary.seconds, "verify": time.perf_counter() - began}
    return dataclasses.replace(result, summary=dataclasses.replace(result.summary, seconds=seconds))


def _params(params: PlanParams | None, changes: dict[str, Any]) -> PlanParams:
    known = [field.name for field in dataclasses.fields(PlanParams)]
    for name in changes:
        if name not in known:
            raise InputError(f"unknown parameter {name!r}", where="plan", remedy=f"Known are {', '.join(known)}.")
    return dataclasses.replace(params or PlanParams(), **changes)
