"""Where the time of a plan goes: building, solving, reading out, verifying.

    python benchmarks/plan_phases.py [--size M] [--seed 0] [--time-limit 120] [--json]

The share of everything but the solve is what Redball adds to its solver. On sizes that the solver does not finish in the
time limit, the plan stops there with its gap, and the share is one of that limit.
"""

from __future__ import annotations

import argparse
import json

from redball import api
from redball.scenario.examples import sized


def main() -> None:
    options = _options()
    scenario = sized(options.size, options.seed)
    plan = api.plan(scenario, time_limit=options.time_limit, threads=options.threads)
    summary = plan.summary
    total = sum(summary.seconds.values())
    own = total - summary.seconds["solve"]
    if options.json:
        found = {"size": options.size, "seed": options.seed, "status": summary.status, "gap": summary.gap}
        print(json.dumps({**found, "seconds": dict(summary.seconds), "share_outside_solve": own / total}))
        return
    print(
        f"size {options.size}, seed {options.seed}: {summary.n_variables:,} variables, {summary.n_rows:,} rows; "
        f"time limit {options.time_limit:g} s; {summary.status}, gap {summary.gap:.2%}\n"
    )
    print("| phase | s | share |")
    print("|---|---|---|")
    for name, seconds in summary.seconds.items():
        print(f"| {name} | {seconds:.2f} | {seconds / total:.1%} |")
    print(f"| all but solve | {own:.2f} | {own / total:.1%} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="M", choices=("S", "M", "L"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
