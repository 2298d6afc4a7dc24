"""Causes at the source: what supply there is upstream of a shortage, and why it is no more."""

from __future__ import annotations

import numpy as np

from redball.core.wording import day, number, percent
from redball.results.why.cause import Cause
from redball.results.why.names import Names
from redball.results.why.usage import FULL_SHARE
from redball.results.why.walk import Walk, budget_spent


def supply_causes(names: Names, walk: Walk) -> list[Cause]:
    """Return why the stocks, pledges and offers upstream give no more."""
    return [*_stocks(names, walk), *_pledges(names, walk), *_offers(names, walk)]


def _stocks(names: Names, walk: Walk) -> list[Cause]:
    problem, result = names.usage.problem, []
    for location in np.flatnonzero(walk.helpful.any(axis=1)):
        days, name = walk.helpful[location], problem.labels.locations[location]
        closing, floor = walk.closing[location], float(problem.stock_floor[location, walk.item])
        opening, depth = float(problem.stock_opening[location, walk.item]), int(walk.depth[location])
        place, over = names.place(int(location)), closing - floor
        if floor > 0:
            text = f"{place} keeps a reserve of {names.quantity(floor)} of {names.item_name}, not to be drawn down."
            result.append(names.cause("reserve", text, "§2.3", depth, name, {"reserve": floor}))
        last = int(np.flatnonzero(days)[-1])
        if over[last] > walk.dust:
            result.append(_kept(names, walk, int(location), last))
        elif opening > floor and depth > 0:
            empty = days & (over <= walk.dust)
            more = " above its reserve" if floor > 0 else ""
            text = (
                f"{place} began with {names.quantity(opening)} of {names.item_name} and has none left{more} "
                f"{names.when(empty)}."
            )
            result.append(names.cause("stock", text, "§2.2", depth, name, {"opening": opening}, empty))
    return result


def _kept(names: Names, walk: Walk, location: int, last: int) -> Cause:
    """Say what becomes of stock that lay there in time, with no limit in its way."""
    problem, summary = names.usage.problem, names.usage.plan.summary
    over = walk.closing[location] - problem.stock_floor[location, walk.item]
    held, unused = float(over[last]), float(over[last:].min())
    place, name, depth = names.place(location), problem.labels.locations[location], int(walk.depth[location])
    date = day(names.horizon.date(last))
    if unused > walk.dust:
        text = (
            f"{names.quantity(unused)} of {names.item_name} lie at {place} unused from {date} to the last day, with no "
            f"limit in their way: the plan ({percent(summary.gap)} from its bound) finds them not worth moving."
        )
        return names.cause("unused", text, "§7.4", depth, name, {"held": held, "unused": unused})
    text = (
        f"{place} still holds {names.quantity(held)} of {names.item_name} at the close of {date}, the last day on which "
        "they would have helped; the plan keeps them for later use."
    )
    return names.cause("kept", text, "§7.1", depth, name, {"held": held, "unused": unused})


def _pledges(names: Names, walk: Walk) -> list[Cause]:
    usage, problem, result = names.usage, names.usage.problem, []
    rows = usage.plan.scenario.table("pledges")
    for at in np.flatnonzero(problem.pledges.item == walk.item):
        location = int(problem.pledges.location[at])
        if not walk.helpful[location].any():
            continue
        row, name = rows.row(int(at), named=True), problem.labels.pledges[at]
        last, first = int(np.flatnonzero(walk.helpful[location])[-1]), int(problem.pledges.first_day[at])
        said = f"Pledge {name} ({names.quantity(row['quantity'])} from {row['donor']} at {names.place(location)})"
        depth, counted = int(walk.depth[location]), float(problem.pledges.quantity[at])
        numbers = {"quantity": float(row["quantity"]), "taken": float(usage.taken[at])}
        if counted <= 0:
            timely = "" if first <= last else f", and would come only on {day(row['available_date'])}"
            firm = row["status"] in ("committed", "allocated")
            rung = "counts for nothing here" if firm else f"is only {row['status']} and does not count"
            text = f"{said} {rung}{timely}."
            result.append(names.cause("rung", text, "§5.2", depth, name, numbers))
        elif first > last:
            latest = day(names.horizon.date(last))
            text = (
                f"{said} is available from {day(row['available_date'])}; it would have helped until {latest}."
            )
            result.append(names.cause("date", text, "§5.1", depth, name, numbers))
        elif usage.taken[at] >= counted * (1 - FULL_SHARE):
            text = f"{said} is taken up in full."
            result.append(names.cause("pledge", text, "§5.1", depth, name, numbers))
    return result


def _offers(names: Names, walk: Walk) -> list[Cause]:
    usage, problem, result = names.usage, names.usage.problem, []
    offers = problem.offers
    for at in np.flatnonzero(offers.item == walk.item):
        location = int(offers.location[at])
        if not walk.helpful[location].any():
            continue
        name, most, lead = (
            problem.labels.offers[at],
            float(offers.quantity_max[at]),
            int(offers.lead_days[at]),
        )
        last, depth = int(np.flatnonzero(walk.helpful[location])[-1]), int(walk.depth[location])
        said = f"Offer {name} ({names.quantity(most)} at {names.place(location)})"
        numbers = {"quantity_max": most, "ordered": float(usage.ordered[at])}
        if lead > last:
            earliest = names.horizon.date(lead)
            text = f"{said} takes {number(lead)} days: nothing of it can come before {day(earliest)}."
            result.append(
                names.cause("date", text, "§5.5", depth, name, {**numbers, "lead_days": float(lead)})
            )
        elif usage.ordered[at] >= most * (1 - FULL_SHARE):
            text = f"{said} is ordered in full."
            result.append(names.cause("offer", text, "§5.5", depth, name, numbers))
        elif offers.unit_cost[at] > 0:
            result += budget_causes(
                names, int(offers.budget[at]), 0, last - lead, f"{said} is ordered no further", depth
            )
    return result


def budget_causes(
    names: Names, budget: int, first_day: int, last_day: int, said: str, depth: int
) -> list[Cause]:
    """Return why a budget pays for no more between two days: spent, or outside its dates."""
    if budget < 0:
        return []
    budgets, name = names.usage.problem.budgets, names.usage.problem.labels.budgets[budget]
    total, spent = float(budgets.amount[budget]), float(names.usage.spent[budget])
    begins, ends = int(budgets.first_day[budget]), int(budgets.last_day[budget])
    numbers = {"amount": total, "spent": spent}
    if begins > last_day or ends < first_day:
        dates = f"from {day(names.horizon.date(begins))} to {day(names.horizon.date(ends))}"
        text = f"{said}: budget {name} has money only {dates}."
        return [names.cause("budget", text, "§5.6", depth, name, numbers)]
    if budget_spent(names.usage, budget):
        text = f"{said}: budget {name} of {names.money(total)} is spent."
        return [names.cause("budget", text, "§5.6", depth, name, numbers)]
    return []
