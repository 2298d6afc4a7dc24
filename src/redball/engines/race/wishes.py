"""What a plan wishes, day by day, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.model.build import positions
from redball.model.problem import Flags, Floats, Ints, Problem
from redball.results.plan import Plan

SERVED_WHOLLY = 1e-9
"""A share this close to 1 is 1: the rest is the solver's rounding."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Quantities [item unit] that a plan wants to move, use and take up."""

    lane: Ints
    """(shipments,) with `item`, `day` and `quantity` departing."""
    item: Ints
    day: Ints
    quantity: Floats
    share: Floats
    """(rows, days) [share] of what is asked that is served; 1 where nothing is asked."""
    hand: Floats
    take: Floats
    start: Floats
    order_location: Ints
    """(orders,) with `order_item`, the day `order_day` of arrival and `order_quantity`."""
    order_item: Ints
    order_day: Ints
    order_quantity: Floats
    expanded: Flags
    keep: Floats
    """(locations, items, days) what the plan has left after use: closing stock and departures of the day."""
    spent: Floats
    """(budgets,) [currency] on expansions and orders."""


def wishes_of(plan: Plan, problem: Problem) -> Wishes:
    """Read the wishes off a plan's tables."""
    labels, start = problem.labels, plan.scenario.settings.start
    n_days, tables = problem.n_days, plan.tables

    def day_of(dates: pl.Series) -> Ints:
        return (dates - start).dt.total_days().to_numpy().astype(np.int64)

    def grid(name: str, column: str, ids: tuple[str, ...]) -> Floats:
        frame, result = tables[name], np.zeros((len(ids), n_days))
        where = positions(frame[column], ids), day_of(frame["date"])
        np.add.at(result, where, frame["quantity"].to_numpy())
        return result

    shipped, stocks, orders = tables["shipments"], tables["stocks"], tables["orders"]
    lane, item = positions(shipped["lane"], labels.lanes), positions(shipped["item"], labels.items)
    day, quantity = day_of(shipped["depart_date"]), shipped["quantity"].to_numpy()
    keep = np.zeros((problem.n_locations, problem.n_items, n_days))
    held = positions(stocks["location"], labels.locations), positions(stocks["item"], labels.items)
    np.add.at(keep, (*held, day_of(stocks["date"])), stocks["quantity"].to_numpy())
    np.add.at(keep, (problem.lanes.from_location[lane], item, day), quantity)
    offer = positions(orders["offer"], labels.offers)
    expanded = np.zeros(len(labels.lines), dtype=np.bool_)
    expanded[positions(tables["expansions"]["line"], labels.lines)] = True
    return Wishes(
        lane=lane,
        item=item,
        day=day,
        quantity=quantity,
        share=_shares(plan, problem, day_of(tables["served"]["date"])),
        hand=grid("handovers", "need", labels.needs),
        take=grid("take_up", "pledge", labels.pledges),
        start=grid("starts", "line", labels.lines),
        order_location=problem.offers.location[offer],
        order_item=problem.offers.item[offer],
        order_day=day_of(orders["arrive_date"]),
        order_quantity=orders["quantity"].to_numpy(),
        expanded=expanded,
        keep=keep,
        spent=_spent(problem, expanded, offer, orders["cost"].to_numpy()),
    )


def no_wishes(problem: Problem) -> Wishes:
    """Return the wishes of no plan: none, and all that is asked is served."""
    n_days, labels = problem.n_days, problem.labels
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Wishes(
        lane=none,
        item=none,
        day=none,
        quantity=nothing,
        share=np.ones((len(problem.consumption.row), n_days)),
        hand=np.zeros((len(labels.needs), n_days)),
        take=np.zeros((len(labels.pledges), n_days)),
        start=np.zeros((len(labels.lines), n_days)),
        order_location=none,
        order_item=none,
        order_day=none,
        order_quantity=nothing,
        expanded=np.zeros(len(labels.lines), dtype=np.bool_),
        keep=np.zeros((problem.n_locations, problem.n_items, n_days)),
        spent=np.zeros(len(labels.budgets)),
    )


def _shares(plan: Plan, problem: Problem, day: Ints) -> Floats:
    """Return the share of each row and day that the plan serves."""
    served = plan.tables["served"]
    row = served["row"].to_numpy() - problem.consumption.row[0] if served.height else np.zeros(0, np.int64)
    result = np.ones((len(problem.consumption.row), problem.n_days))
    share = served["quantity"].to_numpy() / served["asked"].to_numpy()
    result[row, day] = np.where(share > 1.0 - SERVED_WHOLLY, 1.0, np.maximum(share, 0.0))
    return result


def _spent(problem: Problem, expanded: Flags, offer: Ints, cost: Floats) -> Floats:
    """Return what the plan spends of each budget on expansions and orders."""
    spent = np.zeros(len(problem.labels.budgets))
    made, budget = problem.production, problem.offers.budget[offer]
    paid = expanded & (made.budget >= 0)
    np.add.at(spent, made.budget[paid], made.expansion_cost[paid])
    np.add.at(spent, budget[budget >= 0], cost[budget >= 0])
    return spent
