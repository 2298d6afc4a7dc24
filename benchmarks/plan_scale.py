"""How soon a plan has a proven gap: Redball and general solvers on the same instance in the same run.

    python benchmarks/plan_scale.py --size M --seed 0 [--seeds 0,1,2] [--gap 0.005] [--method auto] [--json]
    python benchmarks/plan_scale.py --growth [--largest L]
    python benchmarks/plan_scale.py --bandwidth --size L

Every run has a process of its own, so that its memory is its own and a hang can be killed. Redball takes the way that
``redball plan`` would: size S goes to HiGHS, the others to the structured engine, whose times to all gaps come out of one run. A peer gets ten times the time that Redball took to `--gap` for each of its runs; those that stop at a
tolerance are run with ever tighter ones until they reach the gap. All gaps are computed by `plan_scale_judge`, from the
peer's values and prices. Seconds are those of solving: neither building nor handing over the model is in them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from plan_scale_bandwidth import bandwidth
from plan_scale_growth import growth
from plan_scale_judge import Judge
from plan_scale_runs import PEERS_PYTHON, TOLERANCES, Method, engine, peer
from redball.model.build import build
from redball.scenario.examples import SIZES, sized

TARGETS = (0.02, 0.005, 0.001)
TARGETS_SMALL = (0.02, 0.001, 0.0001)
"""Gaps that the table shows; the engine goes on to the last one. Those of size S are tighter."""
GAP, GAP_SMALL = 0.005, 0.0001
"""Where the peers are compared unless another gap is named; that of size S is what HiGHS is quick to."""
PEER_TIMES = 10.0
PEER_SECONDS_LEAST = 10.0
"""A peer gets this many times our time, but at least so many seconds."""
SAME_GAP = 1e-6
"""How far the engine's own gap may be from the judge's."""


def main() -> None:
    options = _options()
    if options.growth:
        growth(options.largest, options.seeds, options.limit, options.threads, as_json=options.json)
    elif options.bandwidth:
        bandwidth(options.size, options.seeds[0], options.threads, as_json=options.json)
    else:
        _against_peers(options)


def _against_peers(options: argparse.Namespace) -> None:
    targets = options.targets or (TARGETS_SMALL if options.size == "S" else TARGETS)
    if options.peers and not PEERS_PYTHON.exists():
        raise SystemExit(
            f"no Python at {PEERS_PYTHON}: set up the peers with\n"
            "  python -m venv .venv-bench && .venv-bench/bin/pip install -r benchmarks/requirements.txt -e ."
        )
    runs = {seed: _one(options, seed, min(*targets, options.gap)) for seed in options.seeds}
    names = ["redball", *options.peers]
    methods = {name: [runs[seed][k] for seed in options.seeds] for k, name in enumerate(names)}
    print()
    _show(options, targets, methods)
    if options.json:
        print(json.dumps(_object(options, targets, runs)))


def _one(options: argparse.Namespace, seed: int, least: float) -> list[Method]:
    """Run all methods on one instance."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answer = folder / "own.npz" if options.peers else None
        own = engine(SIZES[options.size], seed, least, options.limit, options.threads, options.method, answer)
        facts = own.facts
        print(
            f"size {options.size}, seed {seed}: {facts['variables']:,} variables, {facts['rows']:,} rows; "
            f"compiled and warmed up in {facts['compile_seconds']:.1f} s, built in {facts['build_seconds']:.1f} s"
        )
        _tell(own, options.gap)
        if answer is None:
            return [own]
        judge = Judge(build(sized(options.size, seed)))
        with np.load(answer) as stored:
            verdict = judge.verdict(stored["values"], stored["prices"])
        if verdict.gap > own.best + SAME_GAP:
            raise SystemExit(f"the engine says {own.best:.6%}, the judge {verdict.gap:.6%}")
        seconds = own.reach(options.gap)[0]
        limit = max(PEER_TIMES * min(seconds, facts["seconds"]), PEER_SECONDS_LEAST)
        judge.write(folder / "instance.npz")
        found = [own]
        for peer_name in options.peers:
            found.append(peer(peer_name, judge, folder, options.gap, limit, options.threads))
            _tell(found[-1], options.gap)
        return found


def _tell(method: Method, gap: float) -> None:
    seconds, cpu_seconds = method.reach(gap)
    reached = f"{gap:.2%} in {seconds:.1f} s ({cpu_seconds:.1f} processor s)"
    told = reached if np.isfinite(seconds) else f"{gap:.2%} not reached"
    print(
        f"  {method.name}: {told}; least gap {method.best:.3%}; {method.memory_gib:.2f} GiB; "
        f"{'; '.join(method.notes)}",
        flush=True,
    )


def _seconds(methods: list[Method], gap: float) -> tuple[float, float]:
    """Return medians over the seeds; a gap that was not reached counts as infinitely late."""
    clock, processor = zip(*(method.reach(gap) for method in methods), strict=True)
    return statistics.median(clock), statistics.median(processor)


def _show(options: argparse.Namespace, targets: tuple[float, ...], methods: dict[str, list[Method]]) -> None:
    print(f"size {options.size}, medians over seeds {options.seeds}: clock s (processor s) to a proven gap\n")
    print(f"| method | {' | '.join(f'{gap:.2%}' for gap in targets)} | least gap | peak memory GiB |")
    print(f"|---|{'---|' * len(targets)}---|---|")
    for name, of in methods.items():
        cells = []
        for gap in targets:
            seconds, cpu_seconds = _seconds(of, gap)
            cells.append(f"{seconds:.1f} ({cpu_seconds:.1f})" if np.isfinite(seconds) else "-")
        least = statistics.median(method.best for method in of)
        memory = statistics.median(method.memory_gib for method in of)
        print(f"| {name} | {' | '.join(cells)} | {least:.3%} | {memory:.2f} |")


def _object(
    options: argparse.Namespace, targets: tuple[float, ...], runs: dict[int, list[Method]]
) -> dict[str, Any]:
    """Return the one object: medians over seeds; the peer is the best one on each seed, its name the most frequent."""
    own = [methods[0] for methods in runs.values()]
    ends = [_end(method, options.gap) for method in own]
    found: dict[str, Any] = {
        "size": options.size,
        "seed": options.seeds[0] if len(options.seeds) == 1 else options.seeds,
        "gap": statistics.median(gap for gap, _, _ in ends),
        "seconds": statistics.median(seconds for _, seconds, _ in ends),
        "peer": None,
        "peer_gap": None,
        "peer_seconds": None,
        "memory_gib": statistics.median(method.memory_gib for method in own),
        "cpu_seconds": statistics.median(cpu for _, _, cpu in ends),
        "gap_asked": options.gap,
        "seconds_to": {str(gap): _finite(_seconds(own, gap)[0]) for gap in targets},
        "cpu_seconds_to": {str(gap): _finite(_seconds(own, gap)[1]) for gap in targets},
    }
    if options.peers:
        best = [min(methods[1:], key=lambda it: _end(it, options.gap)) for methods in runs.values()]
        peers = [_end(method, options.gap) for method in best]
        found["peer"] = Counter(method.name for method in best).most_common(1)[0][0]
        found["peer_gap"] = statistics.median(gap for gap, _, _ in peers)
        found["peer_seconds"] = _finite(statistics.median(seconds for _, seconds, _ in peers))
        found["peer_cpu_seconds"] = _finite(statistics.median(cpu for _, _, cpu in peers))
    return found


def _end(method: Method, gap: float) -> tuple[float, float, float]:
    """Return the gap that counts and its seconds: the one asked for where it was reached, else the least of all."""
    seconds, cpu_seconds = method.reach(gap)
    return (gap, seconds, cpu_seconds) if np.isfinite(seconds) else (method.best, *method.whole)


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="M", choices=tuple(SIZES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", help="several seeds, such as 0,1,2: medians are reported")
    parser.add_argument(
        "--peers", default=",".join(TOLERANCES), help="names with commas between; none: no peer"
    )
    parser.add_argument("--gap", type=float, help="gap at which the peers are compared; 0.005, size S 0.0001")
    parser.add_argument(
        "--method", default="auto", choices=("auto", "exact", "structured"), help="that of `redball plan`"
    )
    parser.add_argument("--targets", help="gaps that the table shows, such as 0.02,0.005")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for the engine")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--growth", action="store_true", help="fit the time to 1 % against the variables")
    parser.add_argument("--largest", default="L", choices=("M", "L"), help="last size of --growth")
    parser.add_argument("--bandwidth", action="store_true", help="bytes per second against an array copy")
    parser.add_argument("--json", action="store_true", help="end with one object on the last line")
    options = parser.parse_args()
    options.seeds = [int(seed) for seed in options.seeds.split(",")] if options.seeds else [options.seed]
    options.gap = options.gap or (GAP_SMALL if options.size == "S" else GAP)
    options.targets = tuple(float(gap) for gap in options.targets.split(",")) if options.targets else None
    options.peers = [] if options.peers == "none" else options.peers.split(",")
    unknown = set(options.peers) - set(TOLERANCES)
    if unknown:
        parser.error(f"there is no peer {', '.join(sorted(unknown))}; use {', '.join(TOLERANCES)} or none")
    return options


if __name__ == "__main__":
    main()
