"""Known answers: the public patient distribution instances (PDS) by both ways of Redball and by HiGHS on the file.

    python benchmarks/plan_public.py FOLDER [--instances pds-02,pds-06] [--gap 0.001] [--limit 300] [--json]

FOLDER holds pds-02.mps.bz2 and so on (Netlib, lp/data/kennington, in MPS). Each is stated as a scenario
(`plan_public_scenario`), planned, and its objective set against the known optimum; HiGHS reads the file as it is.
"""

from __future__ import annotations

import argparse
import bz2
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highspy

from plan_public_scenario import HIGHS, arcs_of, scenario_of
from redball.core.progress import Silent
from redball.engines.plan.answer import cost_of
from redball.engines.plan.model import assemble
from redball.engines.plan.search import search
from redball.engines.plan.structured.structured import descend
from redball.model.build import build
from redball.model.params import PlanParams

OPTIMA = {
    "pds-02": 2.8857862010e10,
    "pds-06": 2.7761037600e10,
    "pds-10": 2.6727094976e10,
    "pds-20": 2.3821658640e10,
}
"""Netlib's values (lp/data/kennington, readme) to its 8 digits; the digits beyond are HiGHS's."""

Found = tuple[str, float, float, float, float]
"""Who, objective, bound, clock seconds, processor seconds."""


def main() -> None:
    options = _options()
    results = []
    print(
        "| instance | variables | by | objective | off the optimum | bound below it | clock s | processor s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in options.instances.split(","):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.mps"
            path.write_bytes(bz2.decompress((options.folder / f"{name}.mps.bz2").read_bytes()))
            results += _one(name, path, options)
    if options.json:
        print(json.dumps(results))


def _one(name: str, path: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    arcs = arcs_of(str(path))
    problem = build(scenario_of(name, arcs))
    params = PlanParams(gap=options.gap, time_limit=options.limit, threads=options.threads)
    currency = problem.weights.shortage_day_cost
    results = []
    ways: dict[str, Callable[[], Found]] = {
        "HiGHS, the file": lambda: _highs(path, options.threads),
        "redball exact": lambda: _redball("redball exact"),
        "redball structured": lambda: _redball("redball structured"),
    }

    def _redball(who: str) -> Found:
        exact = who == "redball exact"
        model = assemble(problem) if exact else assemble(problem, "cover")
        began, worked = time.perf_counter(), time.process_time()
        answer = (search if exact else descend)(model, params, Silent())
        seconds = time.perf_counter() - began, time.process_time() - worked
        return who, cost_of(model, answer.values) * currency, answer.bound * currency, *seconds

    n_own = assemble(problem, "cover").n_variables
    for who, work in ways.items():
        _, objective, bound, seconds, cpu_seconds = work()
        off, below = objective / OPTIMA[name] - 1, 1 - bound / OPTIMA[name]
        variables = len(arcs.kind) if who == "HiGHS, the file" else n_own
        print(
            f"| {name} | {variables:,} | {who} | {objective:.10e} | {off:.1e} | {below:.1e} "
            f"| {seconds:.2f} | {cpu_seconds:.2f} |",
            flush=True,
        )
        figures = {"instance": name, "by": who, "objective": objective, "relative_difference": off}
        results.append({**figures, "bound": bound, "seconds": seconds, "cpu_seconds": cpu_seconds})
    return results


def _highs(path: Path, threads: int) -> Found:
    highs = HIGHS()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", threads)
    highs.readModel(str(path))
    began, worked = time.perf_counter(), time.process_time()
    highs.run()
    seconds = time.perf_counter() - began, time.process_time() - worked
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SystemExit(f"HiGHS did not solve {path.name}")
    objective = highs.getInfo().objective_function_value
    return "HiGHS, the file", objective, objective, *seconds


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the .mps.bz2 files are")
    parser.add_argument("--instances", default=",".join(OPTIMA))
    parser.add_argument("--gap", type=float, default=0.0001)
    parser.add_argument("--limit", type=float, default=300.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
