"""Causes at production lines: at their limit, out of money, not expanded, or waiting for an input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.core.wording import number
from redball.model.problem import Flags
from redball.results.why.cause import Cause
from redball.results.why.names import Names, level
from redball.results.why.supply import budget_causes
from redball.results.why.usage import FULL_SHARE
from redball.results.why.walk import Walk


@dataclass(frozen=True)
class Waiting:
    """An input that a line waits for: a shortage of its own, one step upstream."""

    item: int
    location: int
    days: Flags
    depth: int


def making_causes(names: Names, walk: Walk) -> tuple[list[Cause], list[Waiting]]:
    """Return why the lines upstream make no more of the item, and the inputs that they wait for."""
    causes: list[Cause] = []
    waiting: list[Waiting] = []
    made = names.usage.problem.production
    for line in np.flatnonzero(made.item == walk.item):
        days = _start_days(walk, int(made.location[line]), int(made.lead_days[line]))
        if not walk.helpful[made.location[line]].any():
            continue
        if days.any():
            _one_line(names, walk, int(line), days, causes, waiting)
        else:
            lead, name = int(made.lead_days[line]), names.usage.problem.labels.lines[line]
            text = f"Line {name} takes {number(lead)} days: what it starts comes too late."
            depth = int(walk.depth[made.location[line]])
            causes.append(names.cause("date", text, "§5.3", depth, name, {"lead_days": float(lead)}))
    return causes, waiting


def _start_days(walk: Walk, location: int, lead: int) -> Flags:
    """Return the days on which a start would have helped."""
    days: Flags = np.zeros(walk.helpful.shape[1], dtype=np.bool_)
    days[: len(days) - lead] = walk.helpful[location][lead:]
    return days


def _one_line(
    names: Names, walk: Walk, line: int, days: Flags, causes: list[Cause], waiting: list[Waiting]
) -> None:
    usage, problem = names.usage, names.usage.problem
    made, name = problem.production, problem.labels.lines[line]
    limit, started = usage.line_limit[line], usage.started[line]
    location, depth = int(made.location[line]), int(walk.depth[made.location[line]])
    full = days & (started >= limit * (1 - FULL_SHARE))
    idle = days & ~full
    said = f"Line {name} at {names.place(location)}"
    if full.any():
        if limit[full].max() > 0:
            rate = level(limit[full], f"{names.unit()} a day")
            text = f"{said} runs at its limit of {rate} {names.when(full)}."
        else:
            text = f"{said} can make nothing {names.when(full)}."
        numbers = {"rate_per_day": float(limit[full].max())}
        causes.append(names.cause("production", text, "§5.3", depth, name, numbers, full))
    _expansion(names, line, days, depth, causes)
    if not idle.any():
        return
    if made.unit_cost[line] > 0:
        first, last = int(np.flatnonzero(idle)[0]), int(np.flatnonzero(idle)[-1])
        paid = budget_causes(names, int(made.budget[line]), first, last, f"{said} makes no more", depth)
        causes += paid
    for at in np.flatnonzero(made.recipe_line == line):
        need = int(made.recipe_item[at])
        left = usage.closing(need)[location] - problem.stock_floor[location, need]
        dry = idle & (left <= max(walk.dust * made.recipe_quantity[at], 1e-6))
        if not dry.any():
            continue
        what, each = names.other_item(need), float(made.recipe_quantity[at])
        text = (
            f"{said} waits for {what} {names.when(dry)}: it takes {names.quantity(each, need)} for each "
            f"{names.unit(one=True)}."
        )
        causes.append(names.cause("recipe", text, "§5.4", depth, name, {"per_unit": each}, dry))
        waiting.append(Waiting(need, location, dry, depth + 1))


def _expansion(names: Names, line: int, days: Flags, depth: int, causes: list[Cause]) -> None:
    usage, made = names.usage, names.usage.problem.production
    gain = np.where(days, made.limit_expanded[line] - made.limit[line], 0.0)
    if not made.decide[line] or usage.expanded[line] or gain.max() <= 0:
        return
    name, cost = usage.problem.labels.lines[line], float(made.expansion_cost[line])
    rate = level(made.limit_expanded[line][gain > 0], f"{names.unit()} a day")
    text = f"The expansion of line {name} to {rate} is not decided: it costs {names.money(cost)}"
    numbers = {"expansion_cost": cost, "gain_per_day": float(gain.max())}
    budget = int(made.budget[line])
    if budget >= 0:
        left = float(usage.problem.budgets.amount[budget] - usage.spent[budget])
        text += f", and budget {usage.problem.labels.budgets[budget]} has {names.money(max(left, 0.0))} left"
        numbers["left"] = max(left, 0.0)
    causes.append(names.cause("expansion", f"{text}.", "§5.3", depth, name, numbers, gain > 0))
