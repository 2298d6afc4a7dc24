"""How long the planning model takes to build, and how much memory: Redball against linopy and PuLP.

    python benchmarks/plan_build.py [--size M] [--seed 0] [--repeat 3] [--json]

Every builder makes the same variables and rows in a process of its own; their counts of variables, rows and non-zeros and
the sum of all coefficients must agree, or nothing is reported. Redball starts from the scenario's tables and finds out
by itself which variables can matter; linopy and PuLP are handed the result as arrays, in their favour. linopy and
Redball end with the sparse matrix that a solver is handed; PuLP ends with its model, in its favour too. The runs
take turns, so that other work on the machine hits all alike; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from plan_instance import write_instance

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-bench" / "bin" / "python"
SAME = ("variables", "rows", "nonzeros")
CHECKSUM_TOLERANCE = 1e-9
MEASURED = ("cpu_seconds", "seconds", "memory_mib")


def main() -> None:
    options = _options()
    if not options.peers.exists():
        raise SystemExit(
            f"no Python at {options.peers}: set up the peers with\n"
            "  python -m venv .venv-bench && .venv-bench/bin/pip install -r benchmarks/requirements.txt"
        )
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance.npz"
        counts = write_instance(instance, options.size, options.seed)
        commands = {
            "redball": [sys.executable, "plan_build_redball.py", options.size, str(options.seed)],
            "linopy boxes": [str(options.peers), "plan_build_linopy_boxes.py", str(instance)],
            "linopy": [str(options.peers), "plan_build_linopy.py", str(instance)],
            "linopy sparse": [str(options.peers), "plan_build_linopy.py", str(instance), "sparse"],
            "PuLP": [str(options.peers), "plan_build_pulp.py", str(instance)],
            "PuLP pairs": [str(options.peers), "plan_build_pulp.py", str(instance), "pairs"],
        }
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
        for _ in range(options.repeat):
            for name, command in commands.items():
                runs[name].append(_run(command))
    _agree(runs)
    medians = {name: _median(found) for name, found in runs.items()}
    if options.json:
        result = {"size": options.size, "seed": options.seed, "repeat": options.repeat, **counts}
        print(json.dumps({**result, "builders": medians}))
    else:
        _show(options, counts, medians)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="M", choices=("S", "M", "L"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has linopy and PuLP")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _run(command: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[1]} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _agree(runs: dict[str, list[dict[str, Any]]]) -> None:
    """Stop unless all built the same model."""
    own = runs["redball"][0]
    for name, found in runs.items():
        for run in found:
            if any(run[key] != own[key] for key in SAME):
                raise SystemExit(f"{name} built another model: {run} instead of {own}")
            if abs(run["checksum"] - own["checksum"]) > CHECKSUM_TOLERANCE * own["checksum"]:
                raise SystemExit(f"{name} built other coefficients: {run} instead of {own}")


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    figures = {key: statistics.median(run[key] for run in runs) for key in MEASURED}
    return {**figures, "version": runs[0].get("version", "")}


def _show(options: argparse.Namespace, counts: dict[str, int], medians: dict[str, dict[str, Any]]) -> None:
    print(
        f"size {options.size}, seed {options.seed}: "
        + ", ".join(f"{n:,} {what}" for what, n in counts.items())
    )
    print(f"medians of {options.repeat} runs in turn\n")
    print("| builder | processor s | against Redball | clock s | peak memory MiB | against Redball |")
    print("|---|---|---|---|---|---|")
    own = medians["redball"]
    for name, it in medians.items():
        label = f"{name} {it['version']}".strip()
        times, memory = it["cpu_seconds"] / own["cpu_seconds"], it["memory_mib"] / own["memory_mib"]
        print(
            f"| {label} | {it['cpu_seconds']:.2f} | {times:.1f} x | {it['seconds']:.2f} "
            f"| {it['memory_mib']:.0f} | {memory:.1f} x |"
        )


if __name__ == "__main__":
    main()
