"""What a byte costs: memory traffic of one iteration against a plain copy of an array, for `plan_scale.py`.

Bytes are counted from the arrays: each array once for every kernel that reads it and once for every kernel that writes it,
however often its elements are touched in between (what one item works on stays in the cache). The copy is counted in the
same way: once read, once written.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from plan_scale_engine import model_of
from redball.engines.plan.structured.descent import CHECK_EVERY, Descent
from redball.engines.plan.structured.team import Team
from redball.model.params import PlanParams
from redball.scenario.examples import SIZES, Size

WORD, HALF = 8, 4
COPY_BYTES = 400_000_000
ROUNDS = 9


def iteration_bytes(descent: Descent) -> dict[str, int]:
    """Count the bytes that each part of an iteration moves."""
    strips, rest = descent.strips, descent.rest
    n_balance, n_rows = strips.n_balance, len(descent.state.price)
    n_rest, n_entries, n_limits = len(rest.cost), len(rest.column_row), n_rows - n_balance
    lane_days, place_days, fleet_days = strips.lane_row.size, strips.storage_row.size, strips.fleet_row.size
    n_groups = len(strips.group_begin) - 1
    shared = 2 * lane_days + place_days
    n_active = int(strips.strip_length[~descent.state.idle].sum())
    return {
        # reads the rows of lanes, gates, stores and fleets and their prices; writes lane, arrival and storage prices
        "spread_prices": WORD * (lane_days + 2 * place_days + fleet_days + n_limits + shared),
        # reads column_begin, cost, lower, upper, step, rest, anchor, the entries' rows and values, all prices; writes rest
        "move_rest": (HALF + 7 * WORD) * n_rest + (HALF + WORD) * n_entries + WORD * n_rows,
        # reads row_begin, the entries' columns and values, rest; writes residual
        "begin_residual": (HALF + WORD) * (n_rows + n_entries) + WORD * n_rest,
        # reads flow, anchor, step; writes flow; idle strips read prices only, which are in the cache
        "move_items, flows": 4 * HALF * n_active,
        # reads stock, anchor, step, two factors, lower, opening, residual, price, anchor; writes stock, residual, price
        "move_items, chains": (6 * HALF + 7 * WORD) * n_balance,
        # reads lane, arrival and storage prices; reads and writes load, arriving and stored of every group
        "move_items, shared": WORD * shared + 2 * HALF * n_groups * shared,
        # reads load, arriving and stored of every group; writes the first group's load and arriving; reads them and all
        # rows of limits again; reads and writes the limits' residuals
        "gather_limits": HALF * (n_groups * shared + 4 * lane_days)
        + WORD * (lane_days + 2 * place_days + fleet_days + 2 * n_limits),
        # reads price, anchor, step, residual, both sides; writes price
        "move_limits": 7 * WORD * n_limits,
    }


def bandwidth(size: Size, seed: int, threads: int, *, as_json: bool) -> None:
    """Print both rates, measured in turn, medians."""
    descent = Descent(model_of(SIZES[size], seed, PlanParams(method="structured")), Team(threads))
    descent.run(2 * CHECK_EVERY)  # compiles, and makes the plan something else than zeros
    source = np.ones(COPY_BYTES // WORD)
    target = np.zeros_like(source)
    halves = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    pool = ThreadPoolExecutor(threads)

    def copy() -> None:
        list(pool.map(lambda both: np.copyto(*both), halves))

    moved = iteration_bytes(descent)
    per_iteration = sum(moved.values())
    runs = [
        _rates(lambda: descent.run(CHECK_EVERY), CHECK_EVERY * per_iteration, threads)
        + _rates(copy, 2 * COPY_BYTES, threads)
        for _ in range(ROUNDS)
    ]
    own, own_cpu, plain, plain_cpu = (statistics.median(column) for column in zip(*runs, strict=True))
    found = {
        "size": size,
        "seed": seed,
        "bytes_per_iteration": per_iteration,
        "ms_per_iteration": 1e3 * per_iteration / own,
        "gb_per_s": own / 1e9,
        "copy_gb_per_s": plain / 1e9,
        "share": own / plain,
        "share_cpu": own_cpu / plain_cpu,
    }
    print(f"size {size}, seed {seed}, {threads} threads, medians of {ROUNDS} rounds in turn\n")
    print("| part of an iteration | MB | share |")
    print("|---|---|---|")
    for name, count in moved.items():
        print(f"| {name} | {count / 1e6:.1f} | {count / per_iteration:.0%} |")
    print(
        f"\n{per_iteration / 1e6:.1f} MB in {found['ms_per_iteration']:.2f} ms: {own / 1e9:.2f} GB/s; "
        f"copy of {COPY_BYTES / 1e6:.0f} MB: {plain / 1e9:.2f} GB/s; "
        f"share {own / plain:.0%} on the clock, {own_cpu / plain_cpu:.0%} by processor time (aim: 50 %)"
    )
    if as_json:
        print(json.dumps(found))


def _rates(work: Callable[[], None], n_bytes: int, threads: int) -> tuple[float, float]:
    """Return bytes per second on the clock and, as if all threads had a processor each, of processor time."""
    began, worked = time.perf_counter(), time.process_time()
    work()
    return n_bytes / (time.perf_counter() - began), n_bytes * threads / (time.process_time() - worked)
