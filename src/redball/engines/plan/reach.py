"""Where and when an item can matter, so that variables that cannot are never made.

For each location and item: the first day on which some of it can be there beyond what is frozen, and the last day on
which having it there can still be of use. Both are bounds from shortest paths over days; capacity plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.model.problem import Flags, Ints, Problem


@dataclass(frozen=True, slots=True)
class Reach:
    """Days between which an item matters at a location."""

    first: Ints
    """(locations, items) [day] first day on which more than the frozen stock can be there; n_days: never."""
    last: Ints
    """(locations, items) [day] last day on which it can be of use there; -1: never."""

    @property
    def active(self) -> Flags:
        """(locations, items) whether the item can come and be of use there."""
        return self.first <= self.last


def reach(problem: Problem) -> Reach:
    """Compute the reach of every item."""
    return Reach(_first_days(problem), _last_days(problem))


def budget_open(problem: Problem, budget: Ints, unit_cost: np.ndarray) -> Flags:
    """Return (n, days) whether what costs `unit_cost` and names `budget` can be paid on each day (§5.6)."""
    day = np.arange(problem.n_days)[None, :]
    known = budget >= 0
    first = np.where(known, problem.budgets.first_day[budget], 0) if known.any() else np.zeros(len(budget))
    last = (
        np.where(known, problem.budgets.last_day[budget], problem.n_days)
        if known.any()
        else first + problem.n_days
    )
    within = (day >= first[:, None]) & (day <= last[:, None])
    return within | (unit_cost <= 0)[:, None]


def _next_true(flags: Flags) -> Ints:
    """Return (n, days + 1) the first day at or after each day whose flag is set; days where there is none."""
    n, n_days = flags.shape
    result = np.full((n, n_days + 1), n_days, dtype=np.int64)
    days = np.where(flags, np.arange(n_days), n_days)
    result[:, :n_days] = np.minimum.accumulate(days[:, ::-1], axis=1)[:, ::-1]
    return result


def _first_days(problem: Problem) -> Ints:
    n_days, lanes, made = problem.n_days, problem.lanes, problem.production
    first = np.full((problem.n_locations, problem.n_items), n_days, dtype=np.int64)
    first[problem.stock_opening > problem.stock_floor] = 0
    pledges, offers = problem.pledges, problem.offers
    counted = pledges.quantity > 0
    np.minimum.at(first, (pledges.location[counted], pledges.item[counted]), pledges.first_day[counted])
    payable = _next_true(budget_open(problem, offers.budget, offers.unit_cost))[:, 0]
    np.minimum.at(first, (offers.location, offers.item), payable + offers.lead_days)
    np.minimum(first, n_days, out=first)

    open_from = _next_true(lanes.capacity_t > 0)
    runs = (made.limit_expanded > 0) & budget_open(problem, made.budget, made.unit_cost)
    start_from = _next_true(runs)
    ends = lanes.to_location
    lane_at = np.arange(len(ends))[:, None]
    while True:
        before = first.copy()
        depart = open_from[lane_at, first[lanes.from_location]]
        arrive = np.where(lanes.carries, depart + lanes.transit_days[:, None], n_days)
        np.minimum.at(first, ends, np.minimum(arrive, n_days))
        ready = np.zeros(len(made.location), dtype=np.int64)
        at = made.location[made.recipe_line], made.recipe_item
        # an input on hand at the floor only is still there to be drawn on no day: its first day is n_days
        np.maximum.at(ready, made.recipe_line, first[at])
        output = start_from[np.arange(len(ready)), ready] + made.lead_days
        np.minimum.at(first, (made.location, made.item), np.minimum(output, n_days))
        if np.array_equal(before, first):
            return first


def _last_days(problem: Problem) -> Ints:
    n_days, lanes, made = problem.n_days, problem.lanes, problem.production
    last = np.full((problem.n_locations, problem.n_items), -1, dtype=np.int64)
    rows, needs = problem.consumption, problem.needs
    np.maximum.at(
        last, (rows.location, rows.item), np.where(rows.last_day >= rows.first_day, rows.last_day, -1)
    )
    counts = needs.due_day < n_days
    np.maximum.at(last, (needs.location[counts], needs.item[counts]), n_days - 1)

    open_until = _last_true(lanes.capacity_t > 0)
    start_until = _last_true((made.limit_expanded > 0) & budget_open(problem, made.budget, made.unit_cost))
    lane_at = np.arange(len(lanes.to_location))[:, None]
    while True:
        before = last.copy()
        arrive_by = np.where(lanes.carries, last[lanes.to_location], -1)
        depart_by = np.maximum(arrive_by - lanes.transit_days[:, None], -1)
        np.maximum.at(last, lanes.from_location, open_until[lane_at, depart_by + 1])
        start_by = np.maximum(last[made.location, made.item] - made.lead_days, -1)
        used_by = start_until[np.arange(len(start_by)), start_by + 1]
        np.maximum.at(last, (made.location[made.recipe_line], made.recipe_item), used_by[made.recipe_line])
        if np.array_equal(before, last):
            return last


def _last_true(flags: Flags) -> Ints:
    """Return (n, days + 1): at position d + 1 the last day at or before d whose flag is set; -1 where there is none."""
    n, n_days = flags.shape
    result = np.full((n, n_days + 1), -1, dtype=np.int64)
    result[:, 1:] = np.maximum.accumulate(np.where(flags, np.arange(n_days), -1), axis=1)
    return result
