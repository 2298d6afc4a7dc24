"""The only file that knows HiGHS: arrays in, arrays out, its statuses turned into ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from redball.core.errors import RedballError
from redball.core.progress import Progress
from redball.engines.plan.model import LinearModel
from redball.model.params import PlanParams
from redball.model.problem import Floats
from redball.results.plan import Status

_HIGHS: Any = highspy.Highs  # its stubs know half of it

SOLVER = f"HiGHS {_HIGHS().version()}"

SIMPLEX_STEPS_PER_ROW = 1.25
SIMPLEX_STEPS_SMALL, SMALL_ROWS = 2_000, 20_000
"""Steps that the simplex method is given before the interior point method takes over; fewer on models of few rows, where the
other needs but seconds.

On networks with few shared limits the simplex method needs about one step a row and is eight times faster; on tight ones
it would go on for ten times as long as the other needs. Steps, not seconds, so that the same input always takes the same
way (docs/design/decisions).
"""

_ENDS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kInterrupt: "stopped",
}


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver found."""

    status: Status
    values: Floats | None
    """(variables,) of the best plan; ``None`` where it has none."""
    prices: Floats | None = None
    """(rows,) dual values of a linear program."""
    bound: float | None = None
    """The solver's own proven bound after a search over whole numbers."""
    wished: Floats | None = None
    """Values that break limits, where a linear program was stopped early: a wish to replay."""


class Solver:
    """One model inside HiGHS, in tonnes; everything that goes in and out is in the model's own units.

    The time limit holds for all its runs together.
    """

    def __init__(self, model: LinearModel, params: PlanParams, progress: Progress) -> None:
        self.model, self.progress = model, progress
        self.column_scale, self.row_scale = model.scales()
        self.highs = highs = _HIGHS()
        highs.resetGlobalScheduler(True)
        for name, value in (
            ("output_flag", False),
            ("threads", params.threads),
            ("random_seed", params.seed),
            ("mip_rel_gap", params.gap),
            ("mip_abs_gap", 0.0),
            ("mip_feasibility_tolerance", 1e-9),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
            ("time_limit", highs.inf if params.time_limit is None else params.time_limit),
        ):
            self._option(name, value)
        self._pass_model()
        for callback in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            callback.subscribe(self._listen)

    def _pass_model(self) -> None:
        model = self.model
        entry_scale = self.row_scale[model.matrix.indices] / np.repeat(
            self.column_scale, np.diff(model.matrix.indptr)
        )
        status = self.highs.passModel(
            model.n_variables,
            model.n_rows,
            model.matrix.nnz,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            model.offset,
            model.cost / self.column_scale,
            model.lower * self.column_scale,
            model.upper * self.column_scale,
            model.row_lower * self.row_scale,
            model.row_upper * self.row_scale,
            model.matrix.indptr.astype(np.int32),
            model.matrix.indices.astype(np.int32),
            model.matrix.data * entry_scale,
            np.zeros(model.n_variables, dtype=np.int32),
        )
        if status != highspy.HighsStatus.kOk:
            raise RedballError(
                "HiGHS refused the planning model", remedy="This is a bug of ours; please report it."
            )

    def _option(self, name: str, value: Any) -> None:
        if self.highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise RedballError(f"HiGHS refused the option {name} = {value}", remedy="This is a bug of ours.")

    def _listen(self, event: Any) -> None:
        out, currency = event.data_out, self.model.problem.weights.shortage_day_cost
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self.progress.gap(
                out.running_time, out.mip_primal_bound * currency, out.mip_dual_bound * currency
            )
        else:
            self.progress.gap(out.running_time, np.inf, np.nan)
        if self.progress.stopped:
            event.interrupt()

    def bounds(self, lower: Floats, upper: Floats) -> None:
        """Replace the bounds of all variables."""
        every = np.arange(self.model.n_variables, dtype=np.int32)
        self.highs.changeColsBounds(len(every), every, lower * self.column_scale, upper * self.column_scale)

    def linear(self) -> Solved:
        """Solve the linear program: whole variables may be in parts."""
        rows = self.model.n_rows
        steps = SIMPLEX_STEPS_SMALL if rows < SMALL_ROWS else int(SIMPLEX_STEPS_PER_ROW * rows)
        self._option("presolve", "choose")
        self._option("solver", "simplex")
        self._option("simplex_iteration_limit", steps)
        self.highs.run()
        self._option("simplex_iteration_limit", highspy.kHighsIInf)
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kIterationLimit:
            self.highs.clearSolver()
            self._option("solver", "ipm")
            self.highs.run()
        status = self._status()
        solution = self.highs.getSolution()
        values = np.array(solution.col_value) / self.column_scale if solution.value_valid else None
        prices = np.array(solution.row_dual) * self.row_scale if solution.dual_valid else None
        if status != "optimal":
            return Solved(status, None, prices, wished=values)
        # a model without rows or variables has nothing to report
        values = np.zeros(self.model.n_variables) if values is None else values
        return Solved(status, values, np.zeros(self.model.n_rows) if prices is None else prices)

    def search(self, start: Floats | None = None) -> Solved:
        """Search over the whole variables too, from a plan to start with if there is one."""
        highs, whole = self.highs, np.flatnonzero(self.model.whole).astype(np.int32)
        highs.changeColsIntegrality(len(whole), whole, np.ones(len(whole), dtype=np.uint8))
        self._option("presolve", "choose")
        self._option("solver", "choose")
        if start is not None:
            every = np.arange(self.model.n_variables, dtype=np.int32)
            highs.setSolution(len(every), every, start * self.column_scale)
        highs.run()
        status, info = self._status(), highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(highs.getSolution().col_value) / self.column_scale if found else None
        bound = float(info.mip_dual_bound)
        highs.changeColsIntegrality(len(whole), whole, np.zeros(len(whole), dtype=np.uint8))
        return Solved(status, values, bound=bound if np.isfinite(bound) else None)

    def prices_of(self, cost: Floats) -> Floats | None:
        """Return (rows,) what one more unit of each row's right-hand side changes in another cost.

        The linear program must be solved. The optimal basis stays as it is; only the cost is another one.
        """
        if not self.model.n_rows:
            return np.zeros(0)
        highs = self.highs
        self._option("presolve", "off")
        self._option("solver", "simplex")
        highs.run()  # from the optimal basis: no step, but it leaves a factor to solve with
        status, basic = highs.getBasicVariables()
        if status != highspy.HighsStatus.kOk:
            return None
        basic = np.asarray(basic)
        right = np.where(basic >= 0, (cost / self.column_scale)[np.maximum(basic, 0)], 0.0)
        status, prices = highs.getBasisTransposeSolve(right)
        return np.asarray(prices) * self.row_scale if status == highspy.HighsStatus.kOk else None

    def _status(self) -> Status:
        end = self.highs.getModelStatus()
        if end not in _ENDS:
            raise RedballError(
                f"HiGHS ended with {self.highs.modelStatusToString(end)!r}",
                remedy="Doing nothing is always a plan (§7.5), so this is a bug of ours; please report the scenario.",
            )
        return _ENDS[end]
