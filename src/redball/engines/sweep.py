"""A sweep: the same questions asked of every variant of a study, over processes or a cluster.

One row comes out for each variant. A variant that was answered is not asked again: its answer is kept under the digest
of its scenario and parameters, so that a study that was stopped, or got one more variant, takes up the rest.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from redball.core.checkpoints import Checkpoints
from redball.core.errors import InputError
from redball.core.fanout import Workers, fan_out
from redball.core.progress import Progress
from redball.engines.forecast_stock import WAYS, forecast
from redball.engines.sweep_study import Variant
from redball.model.params import PlanParams, RaceParams
from redball.results.plan import Plan
from redball.results.race import Race
from redball.results.race_intervals import paired
from redball.results.sweep_table import SWEEP
from redball.scenario.scenario import Scenario

QUESTIONS = ("plan", "race", "forecast")

RACE_NUMBERS = ("shortage_days", "fill_rate", "service_level")
"""What is told of a race, each with both ends of its interval."""
DIFFERENCES = ("race_difference", "race_difference_low", "race_difference_high")


@dataclass(frozen=True, slots=True)
class Verbs:
    """What is asked of every variant, and who answers; functions of a module, so that other processes find them."""

    questions: tuple[str, ...]
    plan: Callable[[Scenario, PlanParams], Plan]
    race: Callable[[Scenario, Plan | None, RaceParams], Race]


def run_sweep(
    variants: Sequence[Variant], verbs: Verbs, workers: Workers, folder: Path | None, progress: Progress
) -> pl.DataFrame:
    """Answer the questions for every variant.

    Parameters
    ----------
    variants
        The scenario as it is, then its variants.
    verbs
        What is asked, and who answers.
    workers
        Who does the work, a variant at a time.
    folder
        Where answers are kept and taken up from; nowhere where none is given.
    progress
        Who listens and may stop the work.

    Returns
    -------
    The table of ``results/sweep_table.py``, in the order of the variants; cut short where the work was stopped.

    Raises
    ------
    InputError
        If nothing, or something unknown, is asked.
    """
    if not verbs.questions or (odd := set(verbs.questions) - set(QUESTIONS)):
        told = ", ".join(sorted(odd)) if verbs.questions else "nothing"
        raise InputError(f"{told} is asked", where="sweep", remedy=f"Ask some of {', '.join(QUESTIONS)}.")
    kept = Checkpoints(folder, " ".join(sorted(verbs.questions))) if folder else None
    tasks = ((_key(variant), variant) for variant in variants)
    progress.phase("sweep")
    answers: list[dict[str, Any]] = []
    for answer in fan_out(
        _answer, verbs, tasks, workers=workers, checkpoints=kept, stopped=lambda: progress.stopped
    ):
        answers.append(json.loads(answer))
        progress.step(len(answers), len(variants), "variants")
    rows = [
        {"variant": variant.name, "changes": variant.changes, **answer["row"]}
        | (_difference(answer, answers[0]) if variant.race.seed == variants[0].race.seed else {})
        for variant, answer in zip(variants, answers, strict=False)
    ]
    frame = pl.DataFrame(rows, schema={**SWEEP, "forecast_first_dry": pl.String()}, orient="row")
    return frame.with_columns(pl.col("forecast_first_dry").str.to_date("%Y-%m-%d"))


def _key(variant: Variant) -> str:
    """Name all that an answer depends on beside the questions."""
    asked = [dataclasses.asdict(params) for params in (variant.plan, variant.race)]
    return f"{variant.scenario.digest} {json.dumps(asked, sort_keys=True)}"


def _answer(verbs: Verbs, variant: Variant) -> bytes:
    """Answer the questions for one variant: a row, and the race's batches for comparing it with others."""
    row: dict[str, object] = dict.fromkeys(column for column in SWEEP if column not in ("variant", "changes"))
    batches: list[tuple[int, float]] = []
    plan = verbs.plan(variant.scenario, variant.plan) if "plan" in verbs.questions else None
    if plan is not None:
        told = plan.summary
        for name in ("status", "objective", "bound", "gap", "shortage_days", "weighted_shortage_days"):
            row[f"plan_{name}"] = getattr(told, name)
        row["plan_cost"] = sum(cost for part, cost in told.cost.items() if part not in ("shortage", "cover"))
    if "race" in verbs.questions:
        race = verbs.race(variant.scenario, plan, variant.race)
        row["race_replications"] = race.summary.replications
        for name in RACE_NUMBERS:
            for end in ("", "_low", "_high"):
                row[f"race_{name}{end}"] = getattr(race.summary, f"{name}{end}")
        over_all = (pl.col("measure") == "shortage_days") & pl.col("location").is_null()
        batches = race.batches.filter(over_all).sort("batch").select("replications", "value").rows()
    if "forecast" in verbs.questions:
        dry = forecast(variant.scenario).filter(pl.col("way") == WAYS[0])["stock_out_date"].drop_nulls()
        first = dry.min()
        row["forecast_dry"] = dry.len()
        row["forecast_first_dry"] = first.isoformat() if isinstance(first, dt.date) else None
    return json.dumps({"row": row, "batches": batches}).encode()


def _difference(answer: dict[str, Any], first: dict[str, Any]) -> dict[str, float]:
    """Return the difference from the scenario as it is, with its interval, where both met the same fortunes.

    Races of one seed meet the same fortunes, so that much of what is random falls out of the difference.
    """
    here, there = (np.array(one["batches"], dtype=np.float64).reshape(-1, 2) for one in (answer, first))
    if answer is first or not len(here) or not np.array_equal(here[:, 0], there[:, 0]):
        return {}
    difference, half = paired(here[:, 1], there[:, 1], here[:, 0])
    return dict(zip(DIFFERENCES, (difference, difference - half, difference + half), strict=True))
