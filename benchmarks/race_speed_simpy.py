"""The plain network of ``race_speed.py`` in SimPy: one process for each day's close, one for each shipment on its way."""

from __future__ import annotations

import json
import math
import random
import statistics
import time
from typing import Any

import simpy

DAYS, DEPOTS, POINTS, ITEMS = 180, 2, 6, 3
MEAN, SPREAD = 8.0, 5.0 / 1.6448536269514722
RAIL_DAYS, ROAD_DAYS = 4, 2
LEVEL_POINT, LEVEL_DEPOT = 20.0, 105.0
REPLICATIONS, SURE = 30, 3.29


def replication(seed: int) -> float:
    """Run one replication and return its mean fill rate."""
    rng, env = random.Random(seed), simpy.Environment()
    depots = [[LEVEL_DEPOT] * ITEMS for _ in range(DEPOTS)]
    points = [[LEVEL_POINT] * ITEMS for _ in range(POINTS)]
    to_depot = [[0.0] * ITEMS for _ in range(DEPOTS)]
    to_point = [[0.0] * ITEMS for _ in range(POINTS)]
    asked = [[0.0] * ITEMS for _ in range(POINTS)]
    served = [[0.0] * ITEMS for _ in range(POINTS)]

    def travel(days: int, stock: list[float], coming: list[float], item: int, quantity: float) -> Any:
        # in the morning, before the day's use
        yield env.timeout(days - 0.5)
        stock[item] += quantity
        coming[item] -= quantity

    def days() -> Any:
        for _ in range(DAYS):
            for k in range(POINTS):
                for item in range(ITEMS):
                    wanted = max(rng.gauss(MEAN, SPREAD), 0.0)
                    got = min(wanted, points[k][item])
                    points[k][item] -= got
                    asked[k][item] += wanted
                    served[k][item] += got
            for item in range(ITEMS):
                lacks = [LEVEL_POINT - points[k][item] - to_point[k][item] for k in range(POINTS)]
                for k in range(POINTS):
                    depot = k % DEPOTS
                    sent = max(min(lacks[k], depots[depot][item]), 0.0)
                    depots[depot][item] -= sent
                    lacks[k] -= sent
                    to_point[k][item] += sent
                    env.process(travel(ROAD_DAYS, points[k], to_point[k], item, sent))
                for depot in range(DEPOTS):
                    lack = LEVEL_DEPOT - depots[depot][item] - to_depot[depot][item]
                    lack += sum(max(lacks[k], 0.0) for k in range(depot, POINTS, DEPOTS))
                    sent = max(lack, 0.0)
                    to_depot[depot][item] += sent
                    env.process(travel(RAIL_DAYS, depots[depot], to_depot[depot], item, sent))
            yield env.timeout(1)

    env.process(days())
    env.run()
    return statistics.mean(served[k][item] / asked[k][item] for k in range(POINTS) for item in range(ITEMS))


def main() -> None:
    began = time.process_time()
    fills = [replication(seed) for seed in range(REPLICATIONS)]
    seconds = (time.process_time() - began) / REPLICATIONS
    half = SURE * statistics.stdev(fills) / math.sqrt(len(fills))
    found = {
        "seconds_per_replication": seconds,
        "fill": [statistics.mean(fills), half],
        "version": simpy.__version__,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
