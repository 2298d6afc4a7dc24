"""The same gap for every method: a plan from its values, a bound from its prices, whatever they are.

A plan is the replay of the values day by day, or the values themselves where they already keep every row and bound. A bound is
the Lagrangian one of the prices as they come, or after the pass over the days that our own prices get, whichever is
higher: a peer is given the best proof that we can make of what it found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from redball.engines.plan.answer import NO_BOUND, cost_of, gap_between
from redball.engines.plan.bound import dual_bound
from redball.engines.plan.model import assemble
from redball.engines.plan.replay import local_wish, replay
from redball.engines.plan.structured.descent import Descent, Start
from redball.engines.plan.structured.team import Team
from redball.model.problem import Floats, Problem

FEASIBLE = 1e-6
"""How far a limit may be missed, in its own unit or as a share of itself: that of the checker of results."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer is worth, in weighted shortage-days."""

    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """Return the share of the cost that is not proven."""
        return gap_between(self.cost, self.bound)


class Judge:
    """Judges answers to one problem."""

    def __init__(self, problem: Problem) -> None:
        self.full = assemble(problem)
        self.lean = assemble(problem, "cover", self.full.variables)
        self.column_scale, self.row_scale = self.full.scales()

    def write(self, path: Path) -> None:
        """Write the linear program in tonnes, as Redball itself hands it to HiGHS, for peers to read."""
        model, by = self.full, self.column_scale
        matrix = model.matrix
        np.savez(
            path,
            cost=model.cost / by,
            lower=model.lower * by,
            upper=model.upper * by,
            row_lower=model.row_lower * self.row_scale,
            row_upper=model.row_upper * self.row_scale,
            indptr=matrix.indptr,
            indices=matrix.indices,
            data=matrix.data * self.row_scale[matrix.indices] / np.repeat(by, np.diff(matrix.indptr)),
        )

    def in_tonnes(self, values: Floats, prices: Floats) -> Verdict:
        """Judge what a peer found; either may be empty."""
        return self.verdict(
            values / self.column_scale if len(values) else values,
            prices * self.row_scale if len(prices) else prices,
        )

    def verdict(self, values: Floats, prices: Floats) -> Verdict:
        """Judge an answer in the model's units."""
        model = self.full
        wish = np.nan_to_num(values) if len(values) else local_wish(model)
        cost = cost_of(model, replay(model, wish))
        if len(values) and self._feasible(values):
            cost = min(cost, cost_of(model, values))
        if not len(prices) or not np.isfinite(prices).all():
            return Verdict(cost, NO_BOUND)
        repaired, _ = Descent(self.lean, Team(1), Start(wish, prices)).bound()
        return Verdict(cost, max(dual_bound(model, prices), repaired, NO_BOUND))

    def _feasible(self, values: Floats) -> bool:
        model = self.full
        activity = model.matrix @ values
        return _within(values, model.lower, model.upper) and _within(
            activity, model.row_lower, model.row_upper
        )


def _within(values: Floats, lower: Floats, upper: Floats) -> bool:
    def slack(side: Floats) -> Floats:
        return FEASIBLE * np.maximum(1.0, np.abs(np.where(np.isfinite(side), side, 1.0)))

    return bool(np.all(values >= lower - slack(lower)) and np.all(values <= upper + slack(upper)))
