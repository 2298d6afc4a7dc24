"""What is counted of all replications together, as kernels count it: whole numbers, and the least and the most."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redball.engines.race.tally import BATCHES
from redball.engines.race.world import BINS, Smalls, World, kept_days, size_of
from redball.model.problem import Floats, Ints


class Counts(NamedTuple):
    """What is kept of all replications together: whole numbers, and the least and the most of some quantities."""

    batch_replications: Ints
    batch_shortage: Ints
    """(batches, 3) plain shortage, weighted shortage, share of consumption not served; in 2**-32 of their most."""
    batch_fill: Ints
    """(batches, demands) share served, in 2**-32."""
    batch_out: Ints
    """(batches, demands) replications with any stock-out."""
    batch_met: Ints
    """(batches, needs) replications in which the need was met by its due date."""
    batch_lost: Ints
    """(batches, items) lost, in 2**-32 of `World.item_supply`."""
    calm: Ints
    """(1,) replications without any stock-out."""
    short: Ints
    """(demands, days) replications in which not all was served."""
    first_out: Ints
    """(demands, days + 1) replications by day of the first stock-out; last: none."""
    need_done: Ints
    """(needs, days + 1) replications by day on which the need was met; last: never."""
    pledge_day: Ints
    """(pledges, days + 1) replications by day from which the pledge could be taken up; last: not within the horizon."""
    pledge_share: Ints
    """(pledges,) share that came, in 2**-32."""
    stock: Smalls
    """(days kept, nodes, BINS + 2) replications with nothing, by step of the scale, above it; days first, since a day's are
    counted together."""
    arrived: Smalls
    """(days kept, users, BINS + 2) the same for the opening stock and all received so far, where goods are used."""
    arrived_least: Floats
    """(days kept, users) [item unit] the least of all replications."""
    arrived_most: Floats


def new_counts(world: World) -> Counts:
    """Return counts of nothing."""
    n_days, n_nodes, n_demands = world.n_days, len(world.node_item), len(world.demand_node)
    n_needs, n_pledges, n_items = len(world.need_node), len(world.pledge_node), len(world.item_supply)
    shapes: dict[str, tuple[int, ...]] = {
        "batch_replications": (BATCHES,),
        "batch_shortage": (BATCHES, 3),
        "batch_fill": (BATCHES, n_demands),
        "batch_out": (BATCHES, n_demands),
        "batch_met": (BATCHES, n_needs),
        "batch_lost": (BATCHES, n_items),
        "calm": (1,),
        "short": (n_demands, n_days),
        "first_out": (n_demands, n_days + 1),
        "need_done": (n_needs, n_days + 1),
        "pledge_day": (n_pledges, n_days + 1),
        "pledge_share": (n_pledges,),
    }
    scales = {
        "stock": (len(kept_days(n_days, world.stock_every)), n_nodes, BINS + 2),
        "arrived": (len(kept_days(n_days, world.arrived_every)), len(world.user_node), BINS + 2),
    }
    arrays: dict[str, Any] = {name: np.zeros(shape, dtype=np.int64) for name, shape in shapes.items()}
    arrays |= {name: np.zeros(shape, dtype=np.int32) for name, shape in scales.items()}
    arrays["arrived_least"] = np.full(scales["arrived"][:2], np.inf, dtype=size_of(world))
    arrays["arrived_most"] = np.zeros(scales["arrived"][:2], dtype=size_of(world))
    return Counts(**arrays)


def named(counts: Counts) -> dict[str, NDArray[Any]]:
    """Return counts by name as they are kept: places first, and numbers that do not overflow when parts are merged."""
    by_day = {"stock", "arrived", "arrived_least", "arrived_most"}
    arrays = {name: np.swapaxes(a, 0, 1) if name in by_day else a for name, a in counts._asdict().items()}
    wide: dict[Any, Any] = {np.dtype(np.int32): np.int64, np.dtype(np.float32): np.float64}
    return {name: np.array(a, dtype=wide.get(a.dtype, a.dtype), order="C") for name, a in arrays.items()}


def most_of(world: World) -> Floats:
    """Return the shortage of a replication in which nothing is ever served: plain, weighted, of consumption; at least 1."""
    days = np.maximum(world.row_last_day - world.row_first_day + 1, 0)
    open_days = np.maximum(world.n_days - np.maximum(world.need_due, 0), 0)
    plain = float(days.sum() + open_days.sum())
    weighted = float(days @ world.row_weight + open_days @ world.need_weight)
    most: Floats = np.maximum(np.array([plain, weighted, float(days.sum())]), 1.0)
    return most
