"""One run of a general solver in a process of its own, for `plan_scale.py`; knows nothing of Redball.

    python plan_scale_peer.py highs-pdlp instance.npz answer.npz --limit 200 --tolerance 1e-3

Reads a linear program in tonnes, writes whatever values and prices the solver has at its end, feasible or not. The clock
runs while it solves, not while the model is handed over. The last line is one object.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

GIB_IN_KIB = 1024**2

Program = dict[str, np.ndarray]
Found = tuple[str, np.ndarray, np.ndarray, float, float]
"""The solver's own word for its end, values, prices, seconds on the clock and of the processor."""

NOTHING = np.zeros(0)


def highs(program: Program, method: str, limit: float, tolerance: float, threads: int) -> Found:
    """Solve with HiGHS; all its tolerances are the one asked for."""
    import highspy

    untyped: Any = highspy.Highs  # its stubs know half of it
    solver = untyped()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": threads,
        "time_limit": limit,
        "solver": method,
    }
    if method != "simplex":
        # a vertex is not asked for: prices and values inside a face prove as much
        options |= {"run_crossover": "off", f"{method}_optimality_tolerance": tolerance}
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        options[name] = tolerance
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SystemExit(f"HiGHS refused the option {name} = {value}")
    passed = solver.passModel(
        len(program["cost"]),
        len(program["row_lower"]),
        len(program["data"]),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        *(program[name] for name in ("cost", "lower", "upper", "row_lower", "row_upper")),
        program["indptr"].astype(np.int32),
        program["indices"].astype(np.int32),
        program["data"],
        np.zeros(len(program["cost"]), dtype=np.int32),
    )
    if passed != highspy.HighsStatus.kOk:
        raise SystemExit("HiGHS refused the model")
    began, worked = time.perf_counter(), time.process_time()
    solver.run()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    solution = solver.getSolution()
    values = np.array(solution.col_value) if solution.value_valid else NOTHING
    prices = np.array(solution.row_dual) if solution.dual_valid else NOTHING
    return solver.modelStatusToString(solver.getModelStatus()), values, prices, seconds, cpu_seconds


def ortools_pdlp(program: Program, limit: float, tolerance: float, threads: int) -> Found:
    """Solve with PDLP of OR-Tools."""
    # only the peers' own environment has it
    from ortools.pdlp import solve_log_pb2, solvers_pb2  # type: ignore[import-not-found]
    from ortools.pdlp.python import pdlp  # type: ignore[import-not-found]
    from scipy import sparse

    shape = len(program["row_lower"]), len(program["cost"])
    matrix = sparse.csc_matrix((program["data"], program["indices"], program["indptr"]), shape=shape)
    problem = pdlp.QuadraticProgram()
    problem.resize_and_initialize(shape[1], shape[0])
    problem.objective_vector = program["cost"]
    problem.constraint_matrix = matrix
    problem.constraint_lower_bounds, problem.constraint_upper_bounds = (
        program["row_lower"],
        program["row_upper"],
    )
    problem.variable_lower_bounds, problem.variable_upper_bounds = program["lower"], program["upper"]
    params: Any = solvers_pb2.PrimalDualHybridGradientParams()
    ends = params.termination_criteria
    ends.simple_optimality_criteria.eps_optimal_absolute = tolerance
    ends.simple_optimality_criteria.eps_optimal_relative = tolerance
    ends.time_sec_limit = limit
    params.num_threads = threads
    began, worked = time.perf_counter(), time.process_time()
    result = pdlp.primal_dual_hybrid_gradient(problem, params)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    status = solve_log_pb2.TerminationReason.Name(result.solve_log.termination_reason)
    return status, np.array(result.primal_solution), np.array(result.dual_solution), seconds, cpu_seconds


def main() -> None:
    options = _options()
    with np.load(options.instance) as stored:
        program = dict(stored)
    effort = options.limit, options.tolerance, options.threads
    if options.peer == "ortools-pdlp":
        found = ortools_pdlp(program, *effort)
    else:
        found = highs(program, options.peer.removeprefix("highs-"), *effort)
    status, values, prices, seconds, cpu_seconds = found
    np.savez(options.answer, values=values, prices=prices)
    (peak,) = (
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    figures = {"status": status, "seconds": seconds, "cpu_seconds": cpu_seconds}
    print(json.dumps({**figures, "memory_gib": int(peak.split()[1]) / GIB_IN_KIB}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("peer", choices=("highs-simplex", "highs-ipm", "highs-pdlp", "ortools-pdlp"))
    parser.add_argument("instance")
    parser.add_argument("answer")
    parser.add_argument("--limit", type=float, required=True)
    parser.add_argument("--tolerance", type=float, required=True)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
