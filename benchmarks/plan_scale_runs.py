"""Runs of the engine and of its peers, each in a process of its own, for `plan_scale.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from plan_scale_judge import Judge

HERE = Path(__file__).resolve().parent
PEERS_PYTHON = HERE.parent / ".venv-bench" / "bin" / "python"

TOLERANCES = {
    "highs-simplex": (1e-7,),
    "highs-ipm": (1e-3, 1e-5, 1e-8),
    "highs-pdlp": (1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
    "ortools-pdlp": (1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
}
"""What each peer is asked for, one run each, until the gap is reached: they tell what they have only at their end."""
HALVINGS = 4
"""How often the time is halved in which the simplex method, which has no looser tolerance, reached the gap."""
LIMIT_REACHED = 0.98
KILL_FACTOR, KILL_SECONDS = 1.5, 120.0
"""A peer that has not ended this far over its limit is killed."""


@dataclass
class Method:
    """What one method reached on one instance."""

    name: str
    points: list[tuple[float, float, float]] = field(default_factory=list)
    """(clock seconds, processor seconds, gap), one for each run of a peer or each better gap of the engine."""
    notes: list[str] = field(default_factory=list)
    memory_gib: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)

    def reach(self, gap: float) -> tuple[float, float]:
        """Return the clock and processor seconds of the quickest way to a gap; infinite where there was none."""
        return min(((s, cpu) for s, cpu, g in self.points if g <= gap), default=(np.inf, np.inf))

    @property
    def best(self) -> float:
        """Return the least gap of all."""
        return min((gap for _, _, gap in self.points), default=1.0)

    @property
    def whole(self) -> tuple[float, float]:
        """Return the clock and processor seconds of the run with the least gap."""
        return min(((gap, s, cpu) for s, cpu, gap in self.points), default=(1.0, np.inf, np.inf))[1:]


def child(command: list[str], seconds: float | None = None) -> dict[str, Any]:
    """Run a script beside this one and return the object on its last line; ``{}`` where it had to be killed."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
    try:
        done = subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return {}
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:3])} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def engine(
    shape: tuple[int, ...],
    seed: int,
    gap: float,
    limit: float,
    threads: int,
    method: str = "structured",
    answer: Path | None = None,
) -> Method:
    """Run the engine once; its way to every wider gap comes out of the same run."""
    command = [sys.executable, "plan_scale_engine.py", "--shape", ",".join(map(str, shape))]
    command += ["--seed", str(seed), "--gap", str(gap), "--limit", str(limit), "--threads", str(threads)]
    command += ["--method", method]
    found = child(command + ([] if answer is None else ["--answer", str(answer)]))
    points = [(s, cpu, g) for s, cpu, g in found.pop("trail")]
    return Method("redball", points, [found["status"]], found["memory_gib"], found)


def peer(name: str, judge: Judge, folder: Path, gap: float, limit: float, threads: int) -> Method:
    """Run a peer with ever tighter tolerances until it reaches the gap or the limit."""
    method = Method(name)
    for tolerance, most in _efforts(method, gap, limit):
        answer = folder / "answer.npz"
        answer.unlink(missing_ok=True)
        command = [str(PEERS_PYTHON), "plan_scale_peer.py", name, str(folder / "instance.npz"), str(answer)]
        command += ["--limit", str(most), "--tolerance", str(tolerance), "--threads", str(threads)]
        found = child(command, KILL_FACTOR * most + KILL_SECONDS)
        if not found:
            method.notes.append(f"{tolerance:g}: killed at {KILL_FACTOR * most + KILL_SECONDS:.0f} s")
            break
        with np.load(answer) as stored:
            verdict = judge.in_tonnes(stored["values"], stored["prices"])
        method.points.append((found["seconds"], found["cpu_seconds"], verdict.gap))
        method.memory_gib = max(method.memory_gib, found["memory_gib"])
        method.notes.append(f"{tolerance:g}: {found['status']}, {found['seconds']:.1f} s, {verdict.gap:.3%}")
    return method


def _efforts(method: Method, gap: float, limit: float) -> Iterator[tuple[float, float]]:
    """Yield (tolerance, limit) of the next run, looking at how the last one went."""
    for tolerance in TOLERANCES[method.name]:
        yield tolerance, limit
        if not method.points or method.points[-1][2] <= gap or method.points[-1][0] >= LIMIT_REACHED * limit:
            break
    if method.name != "highs-simplex":
        return
    for _ in range(HALVINGS):
        if not method.points or method.points[-1][2] > gap:
            return
        yield TOLERANCES[method.name][0], method.points[-1][0] / 2
