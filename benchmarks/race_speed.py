"""How many updates a second the race makes on one core: Redball against SimPy and stockpyl on the same network.

    python benchmarks/race_speed.py [--repeat 5] [--json]
    python benchmarks/race_speed.py --size 55x20

An update is one location and item on one day of one replication. The network is one source, two depots and six points with three
items over 180 days, run with order-up-to levels. Three models: *plain* (random consumption only: what the peers run too),
*shared* (and lanes shared by the items, with priorities and closures), *full* (and delays without overtaking, and surges).
The engines take turns; figures are medians of processor seconds of one thread. Mean fill rates of Redball and SimPy in the
plain model must agree within their intervals, or nothing is reported. Larger sizes run Redball alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import polars as pl

from redball.engines.race.build import make_world
from redball.engines.race.counts import most_of, new_counts
from redball.engines.race.kernel import run_blocks, width_for
from redball.engines.race.pointers import state_reference, world_reference
from redball.engines.race.world import (
    World,
    new_state,
    size_of,
)
from redball.model.params import RaceParams
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-bench" / "bin" / "python"
DAYS = 180
MEAN, LOW, HIGH = 8.0, 3.0, 13.0
"""[unit / day] consumption at each point of each item; its 5 % and 95 % points."""
RAIL_DAYS, ROAD_DAYS = 4, 2
LEVEL_POINT, LEVEL_DEPOT = 20.0, 35.0
"""[unit] order-up-to levels of a point, and of a depot for each of its points, tight enough that there are stock-outs."""
MUCH = 20_000.0 / 6
"""[unit] of each item at the source for each point: more than is used."""
SLOTS = 10 * 27
"""Blocks of the smallest network, times its places and items: what is run between two looks at the clock."""
SURE = 3.29

READ_A_PAIR = {"arrive": 7, "lack": 6, "send": 11, "hold up": 5}
READ_A_ROW = {"ask": 4, "serve": 14, "arrived": 3}
"""Numbers read and written for each replication, counted in the kernel's loops: one for each array that a loop touches."""


@dataclass(frozen=True)
class Network:
    """How many there are of what, besides the one source."""

    depots: int
    points: int
    items: int

    @property
    def nodes(self) -> int:
        """Places times items."""
        return (1 + self.depots + self.points) * self.items

    @property
    def read_an_update(self) -> float:
        """Numbers that the full model reads and writes for each update."""
        pairs, rows = self.depots + self.points, self.points
        moved = pairs * sum(READ_A_PAIR.values()) + rows * sum(READ_A_ROW.values())
        return moved * self.items / self.nodes


SIZES = {"9x3": Network(2, 6, 3), "55x20": Network(9, 45, 20), "301x40": Network(50, 250, 40)}
NODES = SIZES["9x3"].nodes


def scenario(model: str, size: Network) -> Scenario:
    """Make the network of a model."""
    points, items = [f"point-{k}" for k in range(size.points)], [f"item-{k}" for k in range(size.items)]
    depots = [f"depot-{k}" for k in range(size.depots)]
    level_depot = LEVEL_DEPOT * size.points / size.depots
    # what is shared grows with what shares it
    wider = size.points / size.depots / 3 * size.items / 3, size.items / 3
    links = [("source", depot, "rail", RAIL_DAYS) for depot in depots]
    links += [(depots[k % size.depots], point, "road", ROAD_DAYS) for k, point in enumerate(points)]
    lanes = [
        {"lane": f"{a}-{b}", "from_location": a, "to_location": b, "mode": mode, "transit_days": float(days)}
        for a, b, mode, days in links
    ]
    if model != "plain":
        for lane in lanes:
            lane |= {"capacity_t_per_day": 120.0 * wider[0] if lane["mode"] == "rail" else 40.0 * wider[1]}
            lane |= {"up_days_mean": 30.0, "down_days_mean": 3.0}
    if model == "full":
        for lane in lanes:
            lane |= {"delay_days_mean": 1.0}
    tables = {
        "locations": [{"location": place, "kind": "depot"} for place in ("source", *depots, *points)],
        "items": [
            {"item": item, "supply_class": "V", "unit": "unit", "tonnes_per_unit": 1.0} for item in items
        ],
        "stocks": [
            {"location": place, "item": item, "quantity": level}
            for level, places in (
                (MUCH * size.points, ["source"]),
                (level_depot, depots),
                (LEVEL_POINT, points),
            )
            for place in places
            for item in items
        ],
        "lanes": lanes,
        "consumption": [
            {"location": point, "item": item, "per_day": MEAN, "per_day_low": LOW, "per_day_high": HIGH}
            | {"priority": str(1 + k % 3)}
            for point in points
            for k, item in enumerate(items)
        ],
    }
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    return assemble(Settings(name=model, start=dt.date(2027, 1, 1), days=DAYS), frames)


def world_of(model: str, size: Network) -> World:
    """Make the world of a model, with the levels that the peers have too."""
    params = RaceParams(policy="base_stock", memory_days=0.0, surge_chance=0.5 if model == "full" else 0.0)
    world = make_world(scenario(model, size), None, params)
    assert len(world.node_item) == size.nodes
    assert len(world.pair_lane) == (size.depots + size.points) * size.items
    place, level_depot = world.node_location, LEVEL_DEPOT * size.points / size.depots
    level = np.where(place == 0, 0.0, np.where(place <= size.depots, level_depot, LEVEL_POINT))
    return world._replace(node_target=level)


class Redball:
    """One model, ready to run."""

    def __init__(self, model: str, size: Network = SIZES["9x3"]) -> None:
        self.world = world_of(model, size)
        self.blocks = max(SLOTS // size.nodes, 1)
        self.width = width_for(self.world)
        arrays = new_state(self.world, self.width)
        self.state = state_reference(arrays)
        self.fixed, self.most = world_reference(self.world), most_of(self.world)
        self.counts = new_counts(self.world)
        self.run()
        # nothing refills the source: what it holds at the end tells that it never ran out
        assert arrays.stock[self.world.node_location == 0].min() > 0

    def run(self) -> float:
        """Run some blocks and return seconds for each replication."""
        began = time.thread_time()
        run_blocks(self.fixed, self.state, self.counts, 0, self.blocks * self.width, self.most)
        return (time.thread_time() - began) / (self.blocks * self.width)

    def fill(self) -> tuple[float, float]:
        """Return the mean fill rate and half its interval."""
        weight = self.counts.batch_replications[:, None]
        each = (self.counts.batch_fill / 2.0**32 / weight).mean(axis=1)
        return float(each.mean()), float(SURE * each.std(ddof=1) / np.sqrt(len(each)))


@numba.njit
def copy(source: np.ndarray, target: np.ndarray, times: int) -> None:
    for _ in range(times):
        for k in range(len(source)):
            target[k] = source[k]


def l2_bytes_per_second() -> float:
    """Return bytes read and written in a second where source and target lie in the second-level cache."""
    source, target = np.ones(24_576), np.zeros(24_576)  # 192 KiB each
    copy(source, target, 10)
    best = 0.0
    for _ in range(5):
        began = time.thread_time()
        copy(source, target, 4000)
        best = max(best, 4000 * 2 * source.nbytes / (time.thread_time() - began))
    return best


def peer(python: Path, name: str) -> dict[str, Any]:
    """Run a peer in its own environment."""
    done = subprocess.run(
        [str(python), f"race_speed_{name}.py"], cwd=HERE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--size", choices=SIZES, default="9x3", help="places x items")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has SimPy and stockpyl")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    size = SIZES[options.size]
    peers = ("simpy", "stockpyl") if options.size == "9x3" else ()
    if peers and not options.peers.exists():
        raise SystemExit(f"no Python at {options.peers}: set it up with make .venv-bench/.ready")
    ours = {model: Redball(model, size) for model in ("plain", "shared", "full")}
    seconds: dict[str, list[float]] = {}
    found: dict[str, Any] = {}
    bandwidth = []
    for _ in range(options.repeat):
        for model, engine in ours.items():
            seconds.setdefault(f"Redball, {model}", []).append(engine.run())
        for name in peers:
            found[name] = peer(options.peers, name)
            seconds.setdefault(name, []).append(found[name]["seconds_per_replication"])
        bandwidth.append(l2_bytes_per_second())
    (mean, half), (their, their_half) = (
        (ours["plain"].fill(), found["simpy"]["fill"]) if peers else ((0, 0), (0, 0))
    )
    if abs(mean - their) > half + their_half:
        raise SystemExit(f"the models differ: fill rate {mean:.5f} here, {their:.5f} in SimPy")
    rates = {name: size.nodes * DAYS / statistics.median(times) for name, times in seconds.items()}
    bytes_an_update = size.read_an_update * size_of(ours["full"].world).itemsize
    bound = statistics.median(bandwidth) / bytes_an_update
    figures = {
        "updates_per_second": rates["Redball, full"],
        "updates_per_second_shared": rates["Redball, shared"],
        "updates_per_second_plain": rates["Redball, plain"],
        **{f"times_{name}": rates["Redball, plain"] / rates[name] for name in peers},
        "share_of_l2_bound": rates["Redball, full"] / bound,
        "bytes_per_update": bytes_an_update,
    }
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    if peers:
        print(f"fill rate {mean:.4f} (SimPy {their:.4f})")
    print(f"{size.nodes * DAYS:,} updates a replication, {ours['full'].width} side by side\n")
    print("| engine | replications/s | updates/s | times SimPy |\n|---|---|---|---|")
    for name, rate in sorted(rates.items(), key=lambda pair: pair[1]):
        label = f"{name} {found.get(name, {}).get('version', '')}".strip()
        times = f"{rate / rates['simpy']:,.2g}" if peers else ""
        print(f"| {label} | {rate / size.nodes / DAYS:,.1f} | {rate:.2g} | {times} |")
    print(
        f"\n{bytes_an_update:.0f} bytes an update; the L2 cache would allow {bound:.2g} updates/s: "
        f"the full model reaches {figures['share_of_l2_bound']:.0%} of it"
    )


if __name__ == "__main__":
    main()
