"""The planning model laid out for loops: flows in strips of days, stock in chains of days, the rest as a small matrix.

Nearly all variables are flows of one item on one lane. Their entries in the rows are known by heart: leave the balance of
one place, join the balance of another some days later, load the lane, the gate and the fleet. A *strip* is such flows
on days without a gap; a *chain* is the balance rows of one item at one place. Quantities are tonnes, so that nearly
every entry is plus or minus one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redball.engines.plan.model import LinearModel, implied_upper
from redball.engines.plan.structured.team import N_PARTS
from redball.model.problem import Flags, Floats, Ints

Singles = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]
Positions = NDArray[np.int32]


class Strips(NamedTuple):
    """Where everything lies; all arrays are read only.

    Rows are those of the model, balance first. ``item_*`` arrays have one entry more than there are items.
    """

    n_days: int
    n_balance: int
    item_strip: Ints
    strip_lane: Ints
    strip_day: Ints
    strip_begin: Ints
    """(strips,) where its first day lies among the flows of this layout."""
    strip_length: Ints
    strip_from: Ints
    """(strips,) balance row that its first departure leaves."""
    strip_to: Ints
    """(strips,) balance row that its first arrival joins."""
    strip_arriving: Floats
    strip_cost: Floats
    """(strips,) [weighted shortage-day / t]"""
    strip_position: Ints
    """(strips,) position of its first day in the model."""
    item_chain: Ints
    chain_row: Ints
    chain_length: Ints
    chain_location: Ints
    chain_day: Ints
    lane_to: Ints
    lane_transit: Ints
    lane_fleet: Ints
    lane_cycle: Ints
    lane_payload_t: Floats
    lane_gated: Flags
    """(lanes,) whether the lane ends where arrivals are limited."""
    lane_row: Ints
    """(lanes, days) row of the lane's limit; -1: none."""
    throughput_row: Ints
    """(locations, days)"""
    storage_row: Ints
    """(locations, days)"""
    fleet_row: Ints
    """(fleets, days)"""
    group_begin: Ints
    group_item: Ints


class Rest(NamedTuple):
    """The variables that are neither flow nor stock, with their part of the matrix both by column and by row."""

    column_begin: Positions
    column_row: Positions
    column_value: Floats
    row_begin: Positions
    row_column: Positions
    row_value: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    most: Floats
    """(rest variables,) finite upper bounds that every plan respects."""
    covers: Flags
    """Whether the variable is cover: stock by another name."""


def strips_of(model: LinearModel) -> Strips:
    """Lay out the flows and stocks of a model."""
    problem, rows = model.problem, model.rows
    lanes, flow = problem.lanes, model.variables.families["flow"]
    begins, length = _stretches(flow.at["lane"], flow.at["item"], flow.at["day"])
    order = np.lexsort((begins, flow.at["item"][begins]))  # one item's strips lie together
    begins, length = begins[order], length[order]
    lane, item, day = (flow.at[name][begins] for name in ("lane", "item", "day"))

    stock = model.variables.families["stock"].at
    row, chain_length = _stretches(stock["location"], stock["item"], stock["day"])
    first_row = np.full((problem.n_locations, problem.n_items), -1, dtype=np.int64)
    first_day = np.zeros_like(first_row)
    node = stock["location"][row], stock["item"][row]
    first_row[node], first_day[node] = row, stock["day"][row]

    def row_at(location: Ints, days: Ints) -> Ints:
        return np.asarray(first_row[location, item] + days - first_day[location, item])

    chains = np.argsort(stock["item"][row], kind="stable")
    item_strip = np.searchsorted(item, np.arange(problem.n_items + 1))
    work = np.bincount(item, length, problem.n_items) + np.bincount(node[1], chain_length, problem.n_items)
    group_begin, group_item = _groups(work)
    gated = np.asarray(np.isfinite(problem.throughput_t).any(axis=1))
    payload = np.r_[problem.fleets.payload_t, 1.0]
    return Strips(
        n_days=problem.n_days,
        n_balance=len(rows.families["balance"]),
        item_strip=item_strip,
        strip_lane=lane,
        strip_day=day,
        strip_begin=np.cumsum(length) - length,
        strip_length=length,
        strip_from=row_at(lanes.from_location[lane], day),
        strip_to=row_at(lanes.to_location[lane], day + lanes.transit_days[lane]),
        strip_arriving=problem.arriving[lane, item],
        strip_cost=flow.cost[begins] / problem.item_tonnes[item],
        strip_position=begins,
        item_chain=np.searchsorted(stock["item"][row][chains], np.arange(problem.n_items + 1)),
        chain_row=row[chains],
        chain_length=chain_length[chains],
        chain_location=stock["location"][row][chains],
        chain_day=stock["day"][row][chains],
        lane_to=lanes.to_location,
        lane_transit=lanes.transit_days,
        lane_fleet=lanes.fleet,
        lane_cycle=lanes.cycle_days,
        lane_payload_t=payload[lanes.fleet],
        lane_gated=gated[lanes.to_location],
        lane_row=_row_map(model, "lane", "lane", len(problem.labels.lanes)),
        throughput_row=_row_map(model, "throughput", "location", problem.n_locations),
        storage_row=_row_map(model, "storage", "location", problem.n_locations),
        fleet_row=_row_map(model, "fleet", "fleet", len(problem.labels.fleets)),
        group_begin=group_begin,
        group_item=group_item,
    )


def rest_of(model: LinearModel, column_tonnes: Floats, row_tonnes: Floats) -> Rest:
    """Take the rest of a model that was assembled from the family ``cover`` on, in tonnes."""
    part = slice(model.first_variable, None)
    by_column = model.matrix.copy()
    scale = column_tonnes[part]
    by_column.data = (
        by_column.data * row_tonnes[by_column.indices] / np.repeat(scale, np.diff(by_column.indptr))
    )
    by_row = by_column.tocsr()
    covers = np.zeros(len(scale), dtype=np.bool_)
    covers[: len(model.variables.families["cover"])] = True
    return Rest(
        column_begin=by_column.indptr.astype(np.int32),
        column_row=by_column.indices.astype(np.int32),
        column_value=by_column.data,
        row_begin=by_row.indptr.astype(np.int32),
        row_column=by_row.indices.astype(np.int32),
        row_value=by_row.data,
        cost=model.cost[part] / scale,
        lower=model.lower[part] * scale,
        upper=model.upper[part] * scale,
        most=implied_upper(model)[part] * scale,
        covers=covers,
    )


def tonnes(model: LinearModel) -> tuple[Floats, Floats]:
    """Return (variables,) and (rows,) the tonnes in one of the unit each counts in; 1 where it counts no item."""
    of_item = np.r_[model.problem.item_tonnes, 1.0]  # the last: no item
    return of_item[model.variables.joined("item")], of_item[model.rows.joined("item")]


def _stretches(first: Ints, second: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Return where stretches of days without a gap begin, and how long they are."""
    n = len(day)
    new = np.ones(n, dtype=np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1]) | (day[1:] != day[:-1] + 1)
    begins = np.flatnonzero(new)
    return begins, np.diff(np.r_[begins, n])


def _row_map(model: LinearModel, family: str, owner: str, n_owners: int) -> Ints:
    rows = np.full((n_owners, model.problem.n_days), -1, dtype=np.int64)
    at, part = model.rows.families[family].at, model.rows.slice(family)
    rows[at[owner], at["day"]] = np.arange(part.start, part.stop)
    return rows


def _groups(work: np.ndarray) -> tuple[Ints, Ints]:
    """Share items out among groups of about equal work, the largest first."""
    members: list[list[int]] = [[] for _ in range(min(N_PARTS, max(len(work), 1)))]
    loads = [0.0] * len(members)
    for item in np.argsort(-work, kind="stable"):
        least = int(np.argmin(loads))
        members[least].append(int(item))
        loads[least] += float(work[item])
    begin = np.cumsum([0] + [len(group) for group in members])
    return begin.astype(np.int64), np.array([item for group in members for item in group], dtype=np.int64)
