"""Verbs for the tests of the sweep: a module of its own, so that other processes find them by name."""

from __future__ import annotations

import polars as pl

from redball import api
from redball.model.params import PlanParams, RaceParams
from redball.results.plan import Plan
from redball.results.race import Race, RaceSummary
from redball.scenario.scenario import Scenario

LUCK = (3.0, -1.0, 2.0, -4.0)
"""What fortune adds in each batch: the same for every variant."""


def plan(scenario: Scenario, params: PlanParams) -> Plan:
    """Plan in earnest."""
    return api.plan(scenario, params)


def race(scenario: Scenario, plan: Plan | None, params: RaceParams) -> Race:
    """Add the same luck to every plan, and a tenth of a day for each batch where the scenario is not as it was."""
    base = plan.summary.shortage_days if plan else 0.0
    values = [base + luck + 0.1 * batch for batch, luck in enumerate(LUCK)]
    batches = pl.DataFrame(
        {
            "measure": ["shortage_days"] * 4 + ["fill_rate"],
            "location": pl.Series([None] * 5, dtype=pl.String()),
            "item": pl.Series([None] * 5, dtype=pl.String()),
            "need": pl.Series([None] * 5, dtype=pl.String()),
            "batch": [0, 1, 2, 3, 0],
            "replications": [params.replications // 4] * 5,
            "value": [*values, 0.5],
        }
    )
    mean = sum(values) / 4
    summary = RaceSummary(
        params.replications,
        params.policy,
        *(mean, mean - 1, mean + 1),
        *(mean, mean - 1, mean + 1),
        *(0.9, 0.8, 0.95),
        *(0.5, 0.4, 0.6),
        0.2,
        scenario.digest,
        None,
        "0",
        {"seed": params.seed},
        {},
    )
    return Race(scenario, summary, {"batches": batches})
