"""§7 and §8.1: shortage-days, every part of the objective, the bound and the gap."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl

from redball.results.summary import COST_PARTS
from redball.results.verify.breach import Breach
from redball.results.verify.facts import Facts
from redball.results.verify.supply import charges

Vector = npt.NDArray[np.float64]
NUMBERS = ("objective", "bound", "gap", "shortage_days", "weighted_shortage_days")


def check_value(facts: Facts, tolerance: float) -> list[Breach]:
    """Check every number of the summary.

    What is made of shortage-days is compared in shortage-days, so that 1e-6 of one is the least that counts.
    """
    if broken := _unreadable(facts):
        return broken
    summary, goal = facts.plan.summary, facts.plan.scenario.settings.objective
    cost, unit = summary.cost, goal.shortage_day_cost
    served, needs = _consumption(facts), _needs(facts)
    paid = dict(charges(facts).group_by("part").agg(pl.col("amount").sum()).iter_rows())
    shipped = facts.shipments.select((pl.col("tonnes") * pl.col("cost_per_t")).sum()).item()
    checks = [
        ("§7.1", "shortage_days", summary.shortage_days, served[0] + needs[0], 1.0),
        ("§7.1", "weighted_shortage_days", summary.weighted_shortage_days, served[1] + needs[1], 1.0),
        ("§7.2", "cost of shortage", cost["shortage"], (served[2] + needs[2]) * unit, unit),
        ("§7.3", "cost of cover", cost["cover"], _cover(facts) * unit, unit),
        ("§7.4", "cost of transport", cost["transport"], shipped, 1.0),
        *(
            ("§7.4", f"cost of {part}", cost[part], paid.get(part, 0.0), 1.0)
            for part in ("production", "expansion", "orders")
        ),
        ("§7.4", "objective", summary.objective, sum(cost[part] for part in COST_PARTS), unit),
    ]
    gap = (summary.objective - summary.bound) / max(abs(summary.objective), 1.0)
    checks.append(("§8.1", "gap", summary.gap, gap, 1.0))
    found = [
        Breach(rule, f"{name} is stated as {stated:,.12g}, the tables give {right:,.12g}", "summary", off)
        for rule, name, stated, right, least in checks
        if (off := abs(stated - right)) > tolerance * max(least, abs(stated), abs(right))
    ]
    above = summary.bound - summary.objective
    if above > tolerance * max(unit, abs(summary.objective)):
        words = f"bound {summary.bound:,.12g} is above the objective {summary.objective:,.12g}"
        found.append(Breach("§8.1", words, "summary", above))
    return found


def _unreadable(facts: Facts) -> list[Breach]:
    """Find numbers that are missing or not finite."""
    summary = facts.plan.summary
    if odd := set(COST_PARTS) ^ summary.cost.keys():
        words = f"cost has not the parts {', '.join(COST_PARTS)}: {', '.join(sorted(odd))}"
        return [Breach("tables", words, "summary", float("nan"))]
    stated = {name: getattr(summary, name) for name in NUMBERS} | dict(summary.cost)
    return [
        Breach("tables", f"{name} is {value}, must be a number", "summary", float("nan"))
        for name, value in stated.items()
        if not math.isfinite(value)
    ]


def _urgency(facts: Facts, day: npt.NDArray[np.int64]) -> Vector:
    """Return how much a day counts (§7.1)."""
    return 1 + facts.plan.scenario.settings.objective.urgency * (1 - day / facts.days)


def _weights(facts: Facts, priority: pl.Series) -> Vector:
    """Return the weight of each priority (§7.1)."""
    weights = np.array(facts.plan.scenario.settings.objective.priority_weights)
    picked: Vector = weights[priority.cast(pl.Int64).to_numpy() - 1]
    return picked


def _consumption(facts: Facts) -> tuple[float, float, float]:
    """Return the shortage-days of consumption: plain, weighted, as the objective counts them."""
    rows = facts.asked.with_columns(day=facts.day("date"))
    per_day = rows["per_day"].to_numpy()
    served = rows["served"].fill_null(0).to_numpy()
    short = np.maximum(per_day - served, 0) / per_day
    weight = _weights(facts, rows["priority"])
    if facts.plan.scenario.settings.objective.rationing == "even":
        first, second, rest = (
            np.clip(short - low, 0, width) for low, width in ((0, 0.25), (0.25, 0.25), (0.5, 1))
        )
        counted = first + 1.5 * second + 2.5 * rest
    else:
        counted = short
    urgent = _urgency(facts, rows["day"].to_numpy())
    return float(short.sum()), float(weight @ short), float((weight * urgent) @ counted)


def _needs(facts: Facts) -> tuple[float, float, float]:
    """Return the shortage-days of needs: plain, weighted, as the objective counts them."""
    needs = facts.plan.scenario.table("needs").with_row_index("n")
    given = facts.plan.tables["handovers"].join(needs.select("need", "n"), on="need")
    cell = given.select(pl.col("n").cast(pl.Int64) * facts.days + facts.day("date")).to_series().to_numpy()
    size = needs.height * facts.days
    handed = np.bincount(cell, weights=given["quantity"].to_numpy(), minlength=size)
    quantity = needs["quantity"].to_numpy()[:, None]
    left = np.maximum(quantity - np.cumsum(handed.reshape(needs.height, facts.days), axis=1), 0) / quantity
    days = np.arange(facts.days)
    due = needs.select(facts.day("due_date")).to_series().to_numpy()
    left = np.where(days >= due[:, None], left, 0)
    weight = _weights(facts, needs["priority"])
    plain = left.sum(axis=1)
    return float(plain.sum()), float(weight @ plain), float(weight @ (left @ _urgency(facts, days)))


def _cover(facts: Facts) -> float:
    """Return the least cover shortfall that the closing stocks allow, weighted, in shortage-days (§6.3, §7.3).

    All rows weigh the same, so a unit earns the more the smaller its row's target is: filling the rows of one
    location and item from the smallest target on is the best that can be done with a closing stock.
    """
    goal = facts.plan.scenario.settings.objective
    place = ["location", "item", "date"]
    stocks = facts.plan.tables["stocks"].rename({"quantity": "closing"})
    asked = facts.asked.select(*place, "cover_days", "per_day", "row").filter(pl.col("cover_days") > 0)
    rows = asked.join(stocks, on=place, how="left")
    rows = rows.with_columns(
        pl.col("closing").fill_null(0).clip(lower_bound=0),
        target=pl.col("cover_days") * pl.col("per_day"),
    ).sort(*place, "target", "row")
    before = pl.col("target").cum_sum().over(place) - pl.col("target")
    covered = (pl.col("closing") - before).clip(0, pl.col("target"))
    short = rows.select((1 - covered / pl.col("target")).sum()).item()
    return goal.cover_weight * min(goal.priority_weights) * float(short)
