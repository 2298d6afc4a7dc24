"""The scenario as frozen arrays: what every engine reads.

Index words: ``day`` counts from 0 (§1.1), ``location``, ``item``, ``lane``, ``fleet``, ``line``, ``budget`` count the
rows of their tables; -1 stands for none. Tonnes, item units, days and the scenario's currency are the units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labels:
    """The names behind the numbers, each in the order of its table."""

    locations: tuple[str, ...]
    items: tuple[str, ...]
    lanes: tuple[str, ...]
    fleets: tuple[str, ...]
    pledges: tuple[str, ...]
    lines: tuple[str, ...]
    offers: tuple[str, ...]
    budgets: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes (§3, §4)."""

    from_location: Ints
    to_location: Ints
    transit_days: Ints
    """(lanes,) [days] rounded up, at least 1 (§1.3)."""
    cycle_days: Ints
    loss: Floats
    """(lanes,) [share] lost on the way (§3.1)."""
    cost_per_t: Floats
    capacity_t: Floats
    """(lanes, days) [t / day] with closures applied; infinite: no limit (§3.2, §3.6)."""
    fleet: Ints
    carries: Flags
    """(lanes, items) whether the lane takes the item (§3.3)."""


@dataclass(frozen=True, slots=True)
class Fleets:
    """Fleets (§4.1)."""

    vehicles: Floats
    payload_t: Floats


@dataclass(frozen=True, slots=True)
class Pledges:
    """Pledges, with the share that counts already applied (§5.1, §5.2)."""

    location: Ints
    item: Ints
    quantity: Floats
    """(pledges,) [item unit] that the plan counts; 0: none."""
    first_day: Ints


@dataclass(frozen=True, slots=True)
class Production:
    """Production lines and their recipes (§5.3, §5.4)."""

    location: Ints
    item: Ints
    limit: Floats
    """(lines, days) [item unit / day] without a decided expansion."""
    limit_expanded: Floats
    """(lines, days) [item unit / day] with it; equal to `limit` where nothing is to be decided."""
    decide: Flags
    expansion_cost: Floats
    lead_days: Ints
    unit_cost: Floats
    budget: Ints
    recipe_line: Ints
    """(inputs,) the line of each row of `recipes`."""
    recipe_item: Ints
    recipe_quantity: Floats


@dataclass(frozen=True, slots=True)
class Offers:
    """Offers (§5.5)."""

    location: Ints
    item: Ints
    quantity_max: Floats
    order_min: Floats
    unit_cost: Floats
    lead_days: Ints
    budget: Ints


@dataclass(frozen=True, slots=True)
class Budgets:
    """Budgets (§5.6); days may lie outside the horizon."""

    amount: Floats
    first_day: Ints
    last_day: Ints


@dataclass(frozen=True, slots=True)
class Consumption:
    """Consumption rows (§6.1, §6.3), clipped to the horizon; a row outside it has last_day < first_day."""

    location: Ints
    item: Ints
    row: Ints
    """Row as an editor shows it."""
    per_day: Floats
    first_day: Ints
    last_day: Ints
    weight: Floats
    """(rows,) weight of the row's priority (§7.1)."""
    cover_quantity: Floats
    """(rows,) [item unit] closing stock asked for (§6.3); 0: none."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Needs (§6.2)."""

    location: Ints
    item: Ints
    quantity: Floats
    due_day: Ints
    """(needs,) first day that counts a backlog, at least 0; at or beyond the horizon: never."""
    weight: Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """What a plan minimises (§7)."""

    shortage_day_cost: float
    day: Floats
    """(days,) urgency of each day (§7.1)."""
    cover: float
    """Weight of one row's whole cover shortfall on one day (§7.3)."""
    tier_share: Floats
    """(tiers,) share of the asked quantity in each step of rationing, the first one to fall short first (§7.2)."""
    tier_weight: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything an engine needs, as arrays."""

    n_days: int
    labels: Labels
    item_tonnes: Floats
    """(items,) [t / item unit]"""
    item_whole: Flags
    stock_opening: Floats
    """(locations, items) [item unit] before day 0."""
    stock_floor: Floats
    """(locations, items) [item unit] that closing stock never goes below (§2.3)."""
    storage_t: Floats
    """(locations,) [t]"""
    throughput_t: Floats
    """(locations, days) [t / day] with closures applied (§3.5, §3.6)."""
    lanes: Lanes
    fleets: Fleets
    pledges: Pledges
    production: Production
    offers: Offers
    budgets: Budgets
    consumption: Consumption
    needs: Needs
    weights: Weights

    @property
    def n_locations(self) -> int:
        """Number of locations."""
        return len(self.labels.locations)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.labels.items)

    @property
    def arriving(self) -> Floats:
        """(lanes, items) [share] of what departs that arrives (§3.1, §7.6)."""
        share = 1.0 - self.lanes.loss
        return np.where(self.item_whole[None, :], 1.0, share[:, None])
