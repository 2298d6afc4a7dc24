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

IPM_FROM_VARIABLES = 20_000
"""Size from which the interior point method beats the simplex method on these models (docs/design/decisions.md)."""

_ENDS: dict[Any, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kInterrupt: "stopped",
}


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver found."""

    status: Status
    values: Floats | None
    """(variables,) of the best plan; ``None`` where it has none."""
    prices: Floats | None
    """(rows,) dual values; ``None`` after a search over whole numbers."""
    bound: float | None
    """The solver's own proven bound after a search over whole numbers."""
    wished: Floats | None = None
    """Values that break limits, where a linear program was stopped early: a wish to replay."""


class Solver:
    """One model inside HiGHS."""

    def __init__(self, model: LinearModel, params: PlanParams, progress: Progress) -> None:
        self.model, self.progress = model, progress
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
        matrix = model.matrix
        status = highs.passModel(
            model.n_variables,
            model.n_rows,
            matrix.nnz,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            model.offset,
            model.cost,
            model.lower,
            model.upper,
            model.row_lower,
            model.row_upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
            model.whole.astype(np.int32),
        )
        if status != highspy.HighsStatus.kOk:
            raise RedballError(
                "HiGHS refused the planning model", remedy="This is a bug of ours; please report it."
            )
        for callback in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            callback.subscribe(self._listen)

    def _option(self, name: str, value: object) -> None:
        if self.highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise RedballError(f"HiGHS refused the option {name} = {value}", remedy="This is a bug of ours.")

    def _listen(self, event: Any) -> None:
        out = event.data_out
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            self.progress.gap(out.running_time, out.mip_primal_bound, out.mip_dual_bound)
        else:
            self.progress.gap(out.running_time, np.inf, out.objective_function_value)
        if self.progress.stopped:
            event.interrupt()

    def search(self) -> Solved:
        """Search over the whole variables too."""
        self.highs.run()
        status = self._status()
        info = self.highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        values = np.array(self.highs.getSolution().col_value) if found else None
        bound = float(info.mip_dual_bound)
        if status == "optimal" and info.mip_gap > 1e-9:
            status = "gap"
        return Solved(status, values, None, bound if np.isfinite(bound) else None)

    def fix(self, values: Floats) -> None:
        """Fix the whole variables at `values`; what is left is a linear program."""
        whole = np.flatnonzero(self.model.whole).astype(np.int32)
        at = np.rint(values[whole])
        self.highs.changeColsBounds(len(whole), whole, at, at)
        self.highs.changeColsIntegrality(len(whole), whole, np.zeros(len(whole), dtype=np.uint8))
        self._option("time_limit", self.highs.inf)

    def linear(self) -> Solved:
        """Solve the linear program."""
        large = self.model.n_variables >= IPM_FROM_VARIABLES
        self._option("solver", "ipm" if large else "simplex")
        self.highs.run()
        status = self._status()
        solution = self.highs.getSolution()
        values = np.array(solution.col_value)
        prices = np.array(solution.row_dual) if solution.dual_valid else None
        if status == "optimal":
            return Solved(status, values, prices, None)
        return Solved(status, None, prices, None, wished=values if solution.value_valid else None)

    def prices_of(self, cost: Floats) -> Floats | None:
        """Return (rows,) what one more unit of each row's right-hand side changes in another cost.

        The linear program must be solved. The optimal basis stays as it is; only the cost is another one.
        """
        highs = self.highs
        self._option("presolve", "off")
        self._option("solver", "simplex")
        highs.run()  # from the optimal basis: no step, but it leaves a factor to solve with
        status, basic = highs.getBasicVariables()
        if status != highspy.HighsStatus.kOk:
            return None
        basic = np.asarray(basic)
        right = np.where(basic >= 0, cost[np.maximum(basic, 0)], 0.0)
        status, prices = highs.getBasisTransposeSolve(right)
        return np.asarray(prices) if status == highspy.HighsStatus.kOk else None

    def _status(self) -> Status:
        end = self.highs.getModelStatus()
        if end not in _ENDS:
            raise RedballError(
                f"HiGHS ended with {self.highs.modelStatusToString(end)!r}",
                remedy="Doing nothing is always a plan (§7.5), so this is a bug of ours; please report the scenario.",
            )
        return _ENDS[end]
