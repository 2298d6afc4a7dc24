"""The plain network of ``race_speed.py`` in stockpyl: the same places, one item after the other (it has backlog, no lost sales)."""

from __future__ import annotations

import json
import time
from importlib.metadata import version

from stockpyl.sim import simulation
from stockpyl.supply_chain_network import network_from_edges

DAYS, DEPOTS, POINTS, ITEMS = 180, 2, 6, 3
MEAN, SPREAD = 8.0, 5.0 / 1.6448536269514722
RAIL_DAYS, ROAD_DAYS = 4, 2
LEVEL_POINT, LEVEL_DEPOT = 20.0, 105.0


def main() -> None:
    edges = [(0, 1 + k) for k in range(DEPOTS)] + [(1 + k % DEPOTS, 1 + DEPOTS + k) for k in range(POINTS)]
    depots, points = range(1, 1 + DEPOTS), range(1 + DEPOTS, 1 + DEPOTS + POINTS)
    network = network_from_edges(
        edges=edges,
        demand_type={node: "N" if node in points else None for node in range(1 + DEPOTS + POINTS)},
        mean=MEAN,
        standard_deviation=SPREAD,
        policy_type="BS",
        base_stock_level={0: 1e6, **dict.fromkeys(depots, LEVEL_DEPOT), **dict.fromkeys(points, LEVEL_POINT)},
        shipment_lead_time={0: 0, **dict.fromkeys(depots, RAIL_DAYS), **dict.fromkeys(points, ROAD_DAYS)},
    )
    began = time.process_time()
    for item in range(ITEMS):
        simulation(network, DAYS, rand_seed=item + 1, progress_bar=False)
    seconds = time.process_time() - began
    print(json.dumps({"seconds_per_replication": seconds, "version": version("stockpyl")}))


if __name__ == "__main__":
    main()
