"""How far a plan uses every limit, day by day, read off its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.core.horizon import Horizon
from redball.model.build import build
from redball.model.params import CountPledges
from redball.model.problem import Flags, Floats, Ints, Problem
from redball.results.plan import Plan

FULL_SHARE = 1e-4
"""A limit with less than this share of it left is full: solvers stop a little short of a limit."""


@dataclass(frozen=True)
class Usage:
    """A plan's tables as arrays beside the limits they are held to."""

    plan: Plan
    problem: Problem
    departing_t: Floats
    """(lanes, days) [t / day]"""
    arriving_t: Floats
    """(locations, days) [t / day]"""
    away: Floats
    """(fleets, days) [vehicle]"""
    stored_t: Floats
    """(locations, days) [t] at the close of the day."""
    started: Floats
    """(lines, days) [item unit / day]"""
    taken: Floats
    """(pledges,) [item unit]"""
    ordered: Floats
    """(offers,) [item unit]"""
    spent: Floats
    """(budgets,) [currency]"""
    expanded: Flags
    """(lines,) whether the plan decides to expand the line."""

    @property
    def horizon(self) -> Horizon:
        """The planned days."""
        return self.plan.scenario.horizon

    @property
    def line_limit(self) -> Floats:
        """(lines, days) [item unit / day] with what the plan decides."""
        made = self.problem.production
        return np.where(self.expanded[:, None], made.limit_expanded, made.limit)

    def closing(self, item: int) -> Floats:
        """Return the closing stock of an item, (locations, days) [item unit]."""
        name = self.problem.labels.items[item]
        rows = self.plan.tables["stocks"].filter(pl.col("item") == name)
        result = np.zeros((self.problem.n_locations, self.problem.n_days))
        places = index(self.problem.labels.locations, rows["location"])
        result[places, days_of(rows["date"], self.horizon)] = rows["quantity"].to_numpy()
        return result

    def needs_room_t(self, item: int) -> float:
        """Return the least tonnes that one more of the item takes: a whole unit where it is whole (§7.6)."""
        return float(self.problem.item_tonnes[item]) if self.problem.item_whole[item] else 0.0

    def lane_closed(self) -> Flags:
        """(lanes, days) whether a closure shuts the lane (§3.6)."""
        table = self.plan.scenario.table("lanes")["capacity_t_per_day"].to_numpy()
        return (self.problem.lanes.capacity_t <= 0) & (table > 0)[:, None]

    def lane_full(self, item: int) -> Flags:
        """(lanes, days) whether no more of the item can depart for want of capacity (§3.2)."""
        return _full(self.departing_t, self.problem.lanes.capacity_t, self.needs_room_t(item))

    def throughput_full(self, item: int) -> Flags:
        """(locations, days) whether no more of the item can arrive by lane (§3.5)."""
        return _full(self.arriving_t, self.problem.throughput_t, self.needs_room_t(item))

    def storage_full(self, item: int) -> Flags:
        """(locations, days) whether no more of the item can be kept overnight (§2.4)."""
        limit = np.broadcast_to(self.problem.storage_t[:, None], self.stored_t.shape)
        return _full(self.stored_t, limit, self.needs_room_t(item))

    def fleet_full(self, item: int) -> Flags:
        """(lanes, days) whether the lane's fleet has no vehicle for a departure on that day (§4.1)."""
        lanes, fleets = self.problem.lanes, self.problem.fleets
        result = np.zeros_like(self.departing_t, dtype=np.bool_)
        if not len(fleets.vehicles):
            return result
        limit = np.broadcast_to(fleets.vehicles[:, None], self.away.shape)
        room = self.needs_room_t(item) / fleets.payload_t
        full = _full(self.away, limit, room[:, None])
        n_days = self.problem.n_days
        before = np.concatenate([np.zeros((len(full), 1)), np.cumsum(full, axis=1)], axis=1)
        day = np.arange(n_days)
        for lane in np.flatnonzero(lanes.fleet >= 0):
            # a vehicle is away from the day it leaves: it must be free on all days of its cycle
            back = np.minimum(day + lanes.cycle_days[lane], n_days)
            fleet = lanes.fleet[lane]
            result[lane] = before[fleet, back] > before[fleet, day]
        return result


def _full(used: Floats, limit: Floats, room: Floats | float) -> Flags:
    with np.errstate(invalid="ignore"):
        slack = np.maximum(FULL_SHARE * limit, room * (1 - FULL_SHARE))
        return np.isfinite(limit) & (limit - used <= slack)


def index(ids: tuple[str, ...], names: pl.Series) -> Ints:
    """Return the position of every name in `ids`."""
    place = {name: at for at, name in enumerate(ids)}
    return (
        names.replace_strict(place, return_dtype=pl.Int64).to_numpy() if len(names) else np.zeros(0, np.int64)
    )


def days_of(dates: pl.Series, horizon: Horizon) -> Ints:
    """Return dates as day numbers (§1.1)."""
    return (dates - horizon.start).dt.total_days().to_numpy().astype(np.int64)


def usage(plan: Plan) -> Usage:
    """Read the use of every limit off a plan's tables."""
    problem = build(plan.scenario, _counted(plan))
    departing, arriving, away = _moved(plan, problem)
    return Usage(
        plan=plan,
        problem=problem,
        departing_t=departing,
        arriving_t=arriving,
        away=away,
        stored_t=_stored(plan, problem),
        started=_started(plan, problem),
        taken=_total(plan.tables["take_up"], "pledge", problem.labels.pledges),
        ordered=_total(plan.tables["orders"], "offer", problem.labels.offers),
        spent=_spent(plan, problem),
        expanded=np.isin(problem.labels.lines, plan.tables["expansions"]["line"].to_list()),
    )


def _counted(plan: Plan) -> CountPledges:
    rule = plan.summary.parameters.get("count_pledges", "committed")
    return "all" if rule == "all" else "expected" if rule == "expected" else "committed"


def _moved(plan: Plan, problem: Problem) -> tuple[Floats, Floats, Floats]:
    shipments, lanes, n_days = plan.tables["shipments"], problem.lanes, problem.n_days
    lane = index(problem.labels.lanes, shipments["lane"])
    item = index(problem.labels.items, shipments["item"])
    leave = days_of(shipments["depart_date"], plan.scenario.horizon)
    tonnes = shipments["tonnes"].to_numpy()
    departing = np.zeros((len(problem.labels.lanes), n_days))
    np.add.at(departing, (lane, leave), tonnes)
    arriving = np.zeros((problem.n_locations, n_days))
    arrive = leave + lanes.transit_days[lane]
    landed = shipments["quantity_arriving"].to_numpy() * problem.item_tonnes[item]
    np.add.at(arriving, (lanes.to_location[lane], arrive), landed)
    away = np.zeros((len(problem.labels.fleets), n_days + 1))
    lifted = np.flatnonzero(lanes.fleet[lane] >= 0)
    fleet = lanes.fleet[lane[lifted]]
    vehicles = tonnes[lifted] / problem.fleets.payload_t[fleet]
    back = np.minimum(leave[lifted] + lanes.cycle_days[lane[lifted]], n_days)
    np.add.at(away, (fleet, leave[lifted]), vehicles)
    np.subtract.at(away, (fleet, back), vehicles)
    return departing, arriving, np.cumsum(away, axis=1)[:, :n_days]


def _stored(plan: Plan, problem: Problem) -> Floats:
    stocks = plan.tables["stocks"]
    result = np.zeros((problem.n_locations, problem.n_days))
    place = index(problem.labels.locations, stocks["location"])
    tonnes = stocks["quantity"].to_numpy() * problem.item_tonnes[index(problem.labels.items, stocks["item"])]
    np.add.at(result, (place, days_of(stocks["date"], plan.scenario.horizon)), tonnes)
    return result


def _started(plan: Plan, problem: Problem) -> Floats:
    starts = plan.tables["starts"]
    result = np.zeros((len(problem.labels.lines), problem.n_days))
    at = index(problem.labels.lines, starts["line"]), days_of(starts["date"], plan.scenario.horizon)
    np.add.at(result, at, starts["quantity"].to_numpy())
    return result


def _total(frame: pl.DataFrame, key: str, ids: tuple[str, ...]) -> Floats:
    quantity = frame["quantity"].to_numpy()
    return np.bincount(index(ids, frame[key]), quantity, minlength=len(ids)).astype(np.float64)


def _spent(plan: Plan, problem: Problem) -> Floats:
    """Charge every budget on the day of start, decision or order (§5.6)."""
    made, labels = problem.production, problem.labels
    starts, orders, grown = (plan.tables[name] for name in ("starts", "orders", "expansions"))
    line, offer = index(labels.lines, starts["line"]), index(labels.offers, orders["offer"])
    budget = [
        made.budget[line],
        problem.offers.budget[offer],
        made.budget[index(labels.lines, grown["line"])],
    ]
    cost = [
        starts["quantity"].to_numpy() * made.unit_cost[line],
        orders["cost"].to_numpy(),
        grown["cost"].to_numpy(),
    ]
    names, money = np.concatenate(budget), np.concatenate(cost)
    known = names >= 0
    return np.bincount(names[known], money[known], minlength=len(labels.budgets)).astype(np.float64)
