"""How the time to a gap of 1 % grows with the number of variables, for `plan_scale.py`."""

from __future__ import annotations

import json
import statistics
from itertools import pairwise

import numpy as np

from plan_scale_runs import engine
from redball.scenario.examples import SIZES

GAP = 0.01
STEPS = 3
"""Sizes between two named ones, the second included."""


def shapes(largest: str) -> list[tuple[int, ...]]:
    """Return sizes from S to the largest; between two named ones every count grows by the same factor each step."""
    named = [np.array(SIZES["S"]), np.array(SIZES["M"])] + ([np.array(SIZES["L"])] if largest == "L" else [])
    found = [named[0]]
    for smaller, larger in pairwise(named):
        found += [smaller * (larger / smaller) ** (step / STEPS) for step in range(1, STEPS + 1)]
    return [tuple(round(float(n)) for n in shape) for shape in found]


def growth(largest: str, seeds: list[int], limit: float, threads: int, *, as_json: bool) -> None:
    """Run the engine on a series of sizes and print the fitted exponent."""
    print(f"time to a gap of {GAP:.0%}, medians over seeds {seeds}\n")
    print("| locations x lanes x items x days | variables | clock s | processor s | peak memory GiB |")
    print("|---|---|---|---|---|")
    points: list[tuple[float, float, float]] = []
    for shape in shapes(largest):
        runs = [engine(shape, seed, GAP, limit, threads) for seed in seeds]
        times = [run.reach(GAP) for run in runs]
        variables = statistics.median(run.facts["variables"] for run in runs)
        seconds, cpu_seconds = (statistics.median(column) for column in zip(*times, strict=True))
        memory = statistics.median(run.memory_gib for run in runs)
        points.append((variables, seconds, cpu_seconds))
        sizes = " x ".join(map(str, shape))
        print(
            f"| {sizes} | {variables:,.0f} | {seconds:.2f} | {cpu_seconds:.2f} | {memory:.2f} |", flush=True
        )
    logs = np.log([point for point in points if np.isfinite(point[1])])
    clock, processor = (float(np.polyfit(logs[:, 0], logs[:, k], 1)[0]) for k in (1, 2))
    missed = len(points) - len(logs)
    print(f"\ntime grows as variables to the power {clock:.2f} (clock), {processor:.2f} (processor)")
    if missed:
        print(f"{missed} sizes did not reach the gap within {limit:g} s and are not in the fit")
    if as_json:
        found = {"gap": GAP, "exponent": clock, "exponent_cpu": processor, "missed": missed}
        print(json.dumps({**found, "points": [point for point in points if np.isfinite(point[1])]}))
