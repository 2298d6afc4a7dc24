"""The way for models too large for a solver: descend, prove, replay, and again until the gap is as asked.

The descent moves a plan that breaks limits a little and prices that are nearly right. Now and then the prices are made
consistent, which proves a bound, and the plan is replayed day by day, which makes it keep every rule (whole units,
minimum orders and expansions to decide included). Both only ever get better, so it can be stopped at any moment.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from redball.core.progress import Progress
from redball.engines.plan.answer import NO_BOUND, Answer, cost_of, gap_between
from redball.engines.plan.model import LinearModel
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.structured.descent import Descent, Start
from redball.engines.plan.structured.team import Team
from redball.model.params import PlanParams
from redball.model.problem import Floats
from redball.results.plan import BottleneckSource, Status

STRIDE = 10
"""Iterations between two looks at the clock and at whether to stop."""
FIRST_PROOF = 60
PROOF_EVERY = 1.3
"""The first bound and plan come after so many iterations, the next after this factor more."""
STALLED_PROOFS, STALLED_SHARE = 8, 0.05
"""The search is over when so many proofs in a row closed less than this share of the gap together: what is left is not
the descent's to close, such as the price of whole units."""


@dataclass
class _Best:
    """The best of everything so far."""

    values: Floats
    cost: float
    proven: float = -np.inf
    """The best bound by prices; below `NO_BOUND` it is on its way."""
    prices: Floats | None = None

    @property
    def bound(self) -> float:
        return max(self.proven, NO_BOUND)

    @property
    def gap(self) -> float:
        return gap_between(self.cost, self.bound)


def descend(model: LinearModel, params: PlanParams, progress: Progress, start: Start | None = None) -> Answer:
    """Find a plan and a bound for a model that was assembled from the family ``cover`` on.

    Parameters
    ----------
    start
        What an earlier plan did, and its prices, to begin from; need not keep the rules.
    """
    began, currency = time.perf_counter(), model.problem.weights.shortage_day_cost
    values = replay(model, local_wish(model) if start is None else start.values)
    best = _Best(values, cost_of(model, values))
    place = None if start is None else Start(values, start.prices)
    descent = Descent(model, Team(params.threads), place)
    distances: list[float] = []
    status: Status | None = None
    due, proof_seconds = 0 if start is not None else FIRST_PROOF, 0.0
    while status is None:
        seconds = time.perf_counter() - began
        # the last proof is to end at the limit, not to begin there
        stopped = _stopped(params, progress, seconds + proof_seconds)
        if stopped or descent.iterations >= due:
            _prove(model, descent, best, replayed=stopped != "stopped")
            proof_seconds = time.perf_counter() - began - seconds
            distances.append(best.cost - best.proven)
            due = max(int(due * PROOF_EVERY), FIRST_PROOF)
        progress.gap(time.perf_counter() - began, best.cost * currency, best.bound * currency)
        if best.gap <= params.gap:
            status = "gap"
        elif stopped is not None or _stalled(distances):
            status = stopped or "stalled"
        else:
            descent.run(STRIDE)
    reduced = None if best.prices is None else descent.reduced(best.prices)
    source: BottleneckSource = "none" if best.prices is None else "multipliers"
    return Answer(status, best.values, best.bound, best.prices, reduced, prices_from=source)


def _prove(model: LinearModel, descent: Descent, best: _Best, replayed: bool) -> None:
    """Make a bound, and a plan unless there is no time: of the two it is the plan that takes long."""
    bound, prices = descent.bound()
    if bound > best.proven:
        best.proven, best.prices = bound, prices
    if not replayed:
        return
    values = replay(model, descent.wish())
    cost = cost_of(model, values)
    if cost < best.cost:
        best.values, best.cost = values, cost


def _stopped(params: PlanParams, progress: Progress, seconds: float) -> Status | None:
    if progress.stopped:
        return "stopped"
    return "time limit" if params.time_limit is not None and seconds >= params.time_limit else None


def _stalled(distances: list[float]) -> bool:
    recent = distances[-STALLED_PROOFS:]
    return len(recent) == STALLED_PROOFS and recent[-1] > (1.0 - STALLED_SHARE) * recent[0]
