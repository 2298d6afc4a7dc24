"""Numbers of half size: when quantities may be counted in grains, and what the world then looks like.

In numbers of half size a sum of up to 2**24 whole multiples of a power of 2 is exact, in any order. So if everything that a race
draws or splits is rounded to such a grain, nothing else is ever rounded: goods are conserved to the last bit. That is
done where no plan must be met to 1e-6, and where the grain is small beside what is used in a day.
"""

from __future__ import annotations

import numpy as np

from redball.engines.race.world import BASE_STOCK, GRAINS, ROUNDER, World
from redball.model.problem import Floats

FINE = 2.0**-6
"""[day of use, or need] The grain is at most so much of the least consumption of an item on a day, and of the least need."""
FARTHEST = 5.25
"""No normal score is farther from 0."""


def in_grains(world: World) -> World:
    """Return the world with quantities rounded to grains, or as it is where numbers must be of full size."""
    grain = _grains(world)
    if grain is None:
        return world
    of_node = grain[world.node_item]
    return world._replace(
        item_rounder=grain * ROUNDER,
        node_opening=_rounded(world.node_opening, of_node),
        node_floor=_rounded(world.node_floor, of_node),
        node_target=_rounded(world.node_target, of_node),
        need_quantity=_rounded(world.need_quantity, of_node[world.need_node]),
    )


def _rounded(quantity: Floats, grain: Floats) -> Floats:
    """Return quantities as whole multiples of grains."""
    whole: Floats = np.rint(quantity / grain) * grain
    return whole


def _grains(world: World) -> Floats | None:
    """Return (items,) [item unit] the grain of each item, or nothing if one of them would be too coarse."""
    limited = len(world.store_limit) or world.location_throttled.any() or (world.lane_fleet >= 0).any()
    if world.policy != BASE_STOCK or limited or len(world.line_node) or world.node_whole.any():
        return None
    row_item = world.node_item[world.row_node]
    most = world.item_supply.copy()
    targets, daily = np.zeros(len(most)), np.zeros(len(most))
    np.add.at(targets, world.node_item, world.node_target + world.node_floor)
    peak = (world.row_median + FARTHEST * world.row_above) * max(world.surge_factor, 1.0)
    np.add.at(daily, row_item, peak)
    most = np.maximum(np.maximum(most, targets), daily)
    grain: Floats = 2.0 ** np.ceil(np.log2(most / GRAINS))
    used = world.row_median > 0
    fine = grain[row_item[used]] <= FINE * world.row_median[used]
    fine_needs = grain[world.node_item[world.need_node]] <= FINE * world.need_quantity
    return grain if used.any() and fine.all() and fine_needs.all() else None
