"""Single edits of the bakery plan, and makers of edited plans for tables of cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import polars as pl
from tests.unit.results.books import against, bakery_plan, edited, summed

from redball.results.plan import Plan
from redball.results.trace import trace


def traced(plan: Plan) -> Plan:
    """Return a plan with its traces."""
    return dataclasses.replace(plan, tables={**plan.tables, "traces": trace(plan)})


def without(plan: Plan, table: str, **cells: object) -> Plan:
    """Return a plan without the rows that hold these cells."""
    gone = pl.all_horizontal(pl.col(name) == pl.lit(value) for name, value in cells.items())
    return dataclasses.replace(plan, tables={**plan.tables, table: plan.tables[table].filter(~gone)})


def doubled(plan: Plan, table: str) -> Plan:
    """Return a plan in which the first row of a table stands twice, the second time with nothing in it."""
    frame = plan.tables[table]
    again = frame.head(1).with_columns(pl.col(pl.Float64) * 0)
    return dataclasses.replace(plan, tables={**plan.tables, table: pl.concat([frame, again])})


def added(plan: Plan, table: str, *cells: object) -> Plan:
    """Return a plan with one row more in a table."""
    frame = plan.tables[table]
    row = pl.DataFrame([cells], schema=frame.schema, orient="row")
    return dataclasses.replace(plan, tables={**plan.tables, table: pl.concat([frame, row])})


def costing(part: str, more: float) -> Plan:
    """Return the bakery plan with one part of its cost misstated and the sums made to fit."""
    plan = bakery_plan()
    cost = {**plan.summary.cost, part: plan.summary.cost[part] + more}
    objective = sum(cost.values())
    bound = plan.summary.bound
    return summed(plan, cost=cost, objective=objective, gap=(objective - bound) / objective)


def in_place_of(**changes: list[tuple[Any, ...]]) -> Callable[[], Plan]:
    """Return a maker of the bakery plan with other decisions and right books."""
    return lambda: bakery_plan(**changes)


def if_only(table: str, row: int, **cells: object) -> Callable[[], Plan]:
    """Return a maker of the bakery plan as an answer to a scenario with other cells."""
    return lambda: against(bakery_plan(), {(table, row): cells})


def misstated(table: str, row: int, /, **cells: object) -> Callable[[], Plan]:
    """Return a maker of the bakery plan with other cells in a result table."""
    return lambda: edited(bakery_plan(), table, row, **cells)


def told(**changes: object) -> Callable[[], Plan]:
    """Return a maker of the bakery plan with other numbers in its summary."""
    return lambda: summed(bakery_plan(), **changes)
