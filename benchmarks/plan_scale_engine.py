"""One run of the engine of ``redball plan --method`` in a process of its own, for `plan_scale.py`.

    python plan_scale_engine.py --shape 100,300,20,120 --seed 0 --gap 0.001 --limit 600 [--method auto] [--answer answer.npz]

The last line is one object. The kernels are compiled and run once on a small scenario before the clock starts; how long
that took is told apart.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from redball.core.progress import Silent
from redball.engines.plan.answer import Answer, cost_of, gap_between
from redball.engines.plan.model import LinearModel, assemble
from redball.engines.plan.plan import uses_structured
from redball.engines.plan.reach import reach
from redball.engines.plan.search import search
from redball.engines.plan.structured.structured import descend
from redball.engines.plan.variables import make_variables
from redball.model.build import build
from redball.model.params import PlanParams
from redball.scenario.examples import hub_and_spoke

SMALL = (12, 20, 3, 30)
GIB_IN_KIB = 1024**2


class Trail:
    """Listens to one descent and keeps (clock seconds, processor seconds, gap) whenever the gap has shrunk."""

    stopped = False

    def __init__(self) -> None:
        self.began = time.process_time()
        self.points: list[tuple[float, float, float]] = []

    def phase(self, name: str, detail: str = "") -> None:
        """Ignore the phase."""

    def gap(self, seconds: float, best: float, bound: float) -> None:
        """Keep the gap if it is better than the last one."""
        gap = gap_between(best, bound)
        if not self.points or gap < self.points[-1][2]:
            self.points.append((seconds, time.process_time() - self.began, gap))


def peak_gib() -> float:
    """Return the peak memory of this process alone.

    Not `resource.getrusage`: after a fork its figure begins at the peak of the parent.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / GIB_IN_KIB
    raise SystemExit("no VmHWM in /proc/self/status: this benchmark measures memory on Linux")


def model_of(shape: tuple[int, ...], seed: int, params: PlanParams) -> LinearModel:
    """Assemble the model as the method wants it."""
    locations, lanes, items, days = shape
    problem = build(hub_and_spoke(seed, locations, lanes, items, days))
    variables = make_variables(problem, reach(problem))
    return assemble(problem, "cover" if uses_structured(params, len(variables)) else "flow", variables)


def solved(model: LinearModel, params: PlanParams, trail: Trail) -> Answer:
    """Solve a model; HiGHS has no gap to tell before its end."""
    if model.first_variable:
        return descend(model, params, trail)
    began = time.perf_counter()
    answer = search(model, params, Silent())
    trail.gap(time.perf_counter() - began, cost_of(model, answer.values), answer.bound)
    return answer


def main() -> None:
    options = _options()
    shape = tuple(int(n) for n in options.shape.split(","))
    began = time.perf_counter()
    warm = PlanParams(gap=0.01, time_limit=60, threads=options.threads, method="structured")
    descend(model_of(SMALL, 0, warm), warm, Silent())
    compiled = time.perf_counter()
    params = PlanParams(
        gap=options.gap, time_limit=options.limit, threads=options.threads, method=options.method
    )
    model = model_of(shape, options.seed, params)
    built = time.perf_counter()
    trail = Trail()
    answer = solved(model, params, trail)
    seconds, cpu_seconds = time.perf_counter() - built, time.process_time() - trail.began
    if options.answer:
        prices = np.zeros(0) if answer.prices is None else answer.prices
        np.savez(options.answer, values=answer.values, prices=prices)
    found = {
        "variables": model.n_variables,
        "rows": model.n_rows,
        "compile_seconds": compiled - began,
        "build_seconds": built - compiled,
        "status": answer.status,
        "gap": gap_between(cost_of(model, answer.values), answer.bound),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "memory_gib": peak_gib(),
        "trail": trail.points,
    }
    print(json.dumps(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shape", required=True, help="locations,lanes,items,days")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--method", default="structured", choices=("auto", "exact", "structured"))
    parser.add_argument("--answer", default="")
    return parser.parse_args()


if __name__ == "__main__":
    main()
