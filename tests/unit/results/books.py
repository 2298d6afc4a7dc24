"""A plan from decisions, kept by hand: plain loops over days, no frame arithmetic, nothing shared with the code tested.

``bakery()`` is a scenario in which every table has a row, and ``DECISIONS`` a right plan of it whose numbers are
worked out in the comments.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from redball.results.plan import Plan, Summary
from redball.results.tables import RESULTS
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Objective, Settings

START, DAYS = dt.date(2027, 1, 1), 6
Row = dict[str, Any]
Decisions = Mapping[str, list[tuple[Any, ...]]]

TABLES: dict[str, list[Row]] = {
    "locations": [
        {"location": "Mill", "kind": "factory", "storage_t": 100.0},
        {"location": "Port", "kind": "port"},
        {"location": "Camp", "kind": "point", "throughput_t_per_day": 50.0},
    ],
    "items": [
        {"item": "flour", "supply_class": "I", "unit": "tonne", "tonnes_per_unit": 1.0},
        {"item": "bread", "supply_class": "I", "unit": "crate", "tonnes_per_unit": 0.5},
        {"item": "tank", "supply_class": "VII", "unit": "tank", "tonnes_per_unit": 40.0, "whole": True},
    ],
    "stocks": [
        {"location": "Mill", "item": "flour", "quantity": 20.0, "reserve": 5.0},
        {"location": "Mill", "item": "bread", "quantity": 10.0},
        {"location": "Port", "item": "tank", "quantity": 3.0, "reserve": 1.0},
    ],
    "pledges": [
        {"pledge": "grain", "donor": "A", "location": "Mill", "item": "flour", "quantity": 8.0}
        | {"available_date": START + dt.timedelta(1), "status": "committed"},
        {"pledge": "armour", "donor": "B", "location": "Port", "item": "tank", "quantity": 3.0}
        | {"available_date": START, "status": "announced", "probability": 0.5},
    ],
    "production": [
        {"line": "oven", "location": "Mill", "item": "bread", "rate_per_day": 4.0, "rate_max_per_day": 8.0}
        | {"expansion": "decide", "expansion_days": 0.5, "ramp_days": 2.0, "expansion_cost": 100.0}
        | {"lead_days": 1.0, "unit_cost": 2.0, "budget": "fund"},
    ],
    "recipes": [{"line": "oven", "item": "flour", "quantity": 1.5}],
    "offers": [
        {"offer": "baker", "location": "Camp", "item": "bread", "quantity_max": 6.0, "order_min": 2.0}
        | {"unit_cost": 3.0, "lead_days": 1.2, "budget": "fund"},
    ],
    "budgets": [{"budget": "fund", "amount": 200.0, "to_date": START + dt.timedelta(4)}],
    "lanes": [
        {"lane": "road", "from_location": "Mill", "to_location": "Camp", "mode": "road", "transit_days": 1.5}
        | {"capacity_t_per_day": 10.0, "cost_per_t": 5.0, "loss_fraction": 0.1, "carries": "I III"}
        | {"fleet": "lorries", "cycle_days": 2.5},
        {"lane": "rail", "from_location": "Port", "to_location": "Camp", "mode": "rail", "transit_days": 1.0}
        | {"loss_fraction": 0.5},
    ],
    "fleets": [{"fleet": "lorries", "vehicles": 4.0, "payload_t": 2.0}],
    "consumption": [
        {"location": "Camp", "item": "bread", "per_day": 3.0, "from_date": START + dt.timedelta(1)}
        | {"priority": "1", "cover_days": 2.0},
        {"location": "Camp", "item": "bread", "per_day": 2.0, "priority": "3", "cover_days": 1.0},
    ],
    "needs": [
        {"need": "squadron", "location": "Camp", "item": "tank", "quantity": 3.0}
        | {"due_date": START + dt.timedelta(2)},
    ],
    "closures": [{"lane": "rail", "to_date": START + dt.timedelta(5), "from_date": START + dt.timedelta(3)}],
}

DECISIONS: Decisions = {
    # flour at the Mill: 20 - 6 | 14 + 8 - 6 | 16 - 9 | 7 - 1.5 | 5.5 ..., the reserve is 5
    "take_up": [("grain", 1, 8.0)],
    "expansions": [("oven",)],  # the rate: 4, 4 (ramp begins on day 1), 6, 8 ...
    "starts": [("oven", 0, 4.0), ("oven", 1, 4.0), ("oven", 2, 6.0), ("oven", 3, 1.0)],
    "orders": [("baker", 0, 5.0)],
    # lorries away: 2.5 | 3 | 4 | 3 | 2.5 | 1.5, since each is away for three days
    "shipments": [
        ("road", "bread", 0, 10.0),
        ("road", "bread", 1, 2.0),
        ("road", "bread", 2, 4.0),
        ("road", "bread", 3, 6.0),
        ("rail", "tank", 0, 1.0),
        ("rail", "tank", 2, 1.0),
    ],
    # bread at the Camp: 0 | 0 | 9 + 5 - 5 | 9 + 1.8 - 5 | 5.8 + 3.6 - 5 | 4.4 + 5.4 - 4
    "served": [
        (2, 2, 3.0),
        (2, 3, 3.0),
        (2, 4, 3.0),
        (2, 5, 3.0),
        (3, 2, 2.0),
        (3, 3, 2.0),
        (3, 4, 2.0),
        (3, 5, 1.0),
    ],
    "handovers": [("squadron", 1, 1.0), ("squadron", 3, 1.0)],
}


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Build a typed scenario table."""
    columns = [
        column
        for column in SCHEMA[name].columns
        if column.required or any(column.name in row for row in rows)
    ]
    schema = {column.name: column.dtype for column in columns}
    return pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema)


def bakery(edits: Mapping[tuple[str, int], Row] | None = None, **objective: Any) -> Scenario:
    """Build the scenario; ``edits`` change cells of a table's row, a row number past the end adds one."""
    tables = {name: [dict(row) for row in rows] for name, rows in TABLES.items()}
    for (name, row), cells in (edits or {}).items():
        if row == len(tables[name]):
            tables[name].append({})
        tables[name][row] |= cells
    settings = Settings(name="bakery", start=START, days=DAYS, objective=Objective(**objective))
    return Scenario(settings, {name: frame(name, rows) for name, rows in tables.items()})


def date(day: int) -> dt.date:
    """Return the date of a day."""
    return START + dt.timedelta(day)


def up(days: float, least: int = 0) -> int:
    """Round up (§1.3)."""
    return max(least, math.ceil(days - 1e-9))


class Books:
    """Keeps the books of one set of decisions."""

    def __init__(self, scenario: Scenario, decisions: Decisions) -> None:
        self.scenario, self.decisions = scenario, decisions
        self.days = scenario.settings.days
        self.rows = {name: list(scenario.table(name).iter_rows(named=True)) for name in SCHEMA}
        self.by_id = {
            name: {row[table.key]: row for row in self.rows[name]}
            for name, table in SCHEMA.items()
            if table.key
        }
        self.change: defaultdict[tuple[str, str, int], float] = defaultdict(float)
        self.tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in RESULTS}
        self.cost = dict.fromkeys(
            ("shortage", "cover", "transport", "production", "expansion", "orders"), 0.0
        )
        self.plain = self.weighted = 0.0

    def move(self, place: str, item: str, day: int, quantity: float) -> None:
        """Let something come or go."""
        self.change[place, item, day] += quantity

    def supply(self) -> None:
        """Book take-ups, production and orders."""
        for pledge, day, quantity in self.decisions["take_up"]:
            self.move(*(self.by_id["pledges"][pledge][key] for key in ("location", "item")), day, quantity)
            self.tables["take_up"].append((pledge, date(day), quantity))
        for name, day, quantity in self.decisions["starts"]:
            line = self.by_id["production"][name]
            output = day + up(line["lead_days"])
            self.move(line["location"], line["item"], output, quantity)
            for recipe in self.rows["recipes"]:
                if recipe["line"] == name:
                    self.move(line["location"], recipe["item"], day, -quantity * recipe["quantity"])
            self.tables["starts"].append((name, date(day), quantity, date(output)))
            self.cost["production"] += quantity * line["unit_cost"]
        for (name,) in self.decisions["expansions"]:
            cost = self.by_id["production"][name]["expansion_cost"]
            self.tables["expansions"].append((name, cost))
            self.cost["expansion"] += cost
        for name, day, quantity in self.decisions["orders"]:
            offer = self.by_id["offers"][name]
            arrive, cost = day + up(offer["lead_days"]), quantity * offer["unit_cost"]
            self.move(offer["location"], offer["item"], arrive, quantity)
            self.tables["orders"].append((name, date(day), date(arrive), quantity, cost))
            self.cost["orders"] += cost

    def transport(self) -> None:
        """Book shipments."""
        for name, item, day, quantity in self.decisions["shipments"]:
            lane, thing = self.by_id["lanes"][name], self.by_id["items"][item]
            arrive = day + up(lane["transit_days"], 1)
            arriving = quantity * (1 - (0 if thing["whole"] else lane["loss_fraction"]))
            tonnes = quantity * thing["tonnes_per_unit"]
            cost = tonnes * lane["cost_per_t"]
            self.move(lane["from_location"], item, day, -quantity)
            self.move(lane["to_location"], item, arrive, arriving)
            row = (name, item, date(day), date(arrive), quantity, arriving, tonnes, cost)
            self.tables["shipments"].append(row)
            self.cost["transport"] += cost

    def count(self, priority: str, day: int, share: float, even: bool) -> None:
        """Count a shortage."""
        goal = self.scenario.settings.objective
        weight = goal.priority_weights[int(priority) - 1]
        tiers = min(share, 0.25) + 1.5 * min(max(share - 0.25, 0), 0.25) + 2.5 * max(share - 0.5, 0)
        self.plain += share
        self.weighted += weight * share
        urgent = 1 + goal.urgency * (1 - day / self.days)
        self.cost["shortage"] += goal.shortage_day_cost * weight * urgent * (tiers if even else share)

    def active(self, row: Row) -> list[int]:
        """Return the days on which a consumption row asks."""
        return [day for day in range(self.days) if row["from_date"] <= date(day) <= row["to_date"]]

    def demand(self) -> None:
        """Book what is served and handed over, and what is not."""
        served = {(row, day): quantity for row, day, quantity in self.decisions["served"]}
        even = self.scenario.settings.objective.rationing == "even"
        for number, row in enumerate(self.rows["consumption"], start=2):
            for day in self.active(row):
                quantity = served.get((number, day), 0.0)
                self.move(row["location"], row["item"], day, -quantity)
                key = (row["location"], row["item"], number, date(day))
                self.tables["served"].append((*key, row["per_day"], quantity))
                short = max(row["per_day"] - quantity, 0) / row["per_day"]
                self.count(row["priority"], day, short, even)
        handed = {(need, day): quantity for need, day, quantity in self.decisions["handovers"]}
        for name, need in self.by_id["needs"].items():
            left = need["quantity"]
            for day in range(self.days):
                given = handed.get((name, day), 0.0)
                left, late = left - given, date(day) >= need["due_date"]
                self.move(need["location"], need["item"], day, -given)
                if late:
                    self.count(need["priority"], day, max(left, 0) / need["quantity"], even=False)
                if late or given:
                    self.tables["handovers"].append((name, date(day), given, max(left, 0) if late else 0.0))

    def stock(self) -> None:
        """Close every day, and count the cover that its stock gives."""
        held: defaultdict[tuple[str, str], float] = defaultdict(float)
        for row in self.rows["stocks"]:
            held[row["location"], row["item"]] += row["quantity"]
        pairs = sorted({(place, item) for place, item, _ in self.change} | set(held))
        for day in range(self.days):
            for pair in pairs:
                held[pair] += self.change[*pair, day]
                self.tables["stocks"].append((*pair, date(day), held[pair]))
                self.cost["cover"] += self.cover(*pair, day, held[pair])

    def cover(self, place: str, item: str, day: int, closing: float) -> float:
        """Return what missing cover counts: the best over all orders in which rows may help themselves."""
        targets = [
            row["per_day"] * row["cover_days"]
            for row in self.rows["consumption"]
            if (row["location"], row["item"]) == (place, item)
            and row["cover_days"]
            and day in self.active(row)
        ]
        best = math.inf
        for order in itertools.permutations(targets):
            left, missing = closing, 0.0
            for target in order:
                got = min(left, target)
                left, missing = left - got, missing + 1 - got / target
            best = min(best, missing)
        goal = self.scenario.settings.objective
        return best * goal.cover_weight * min(goal.priority_weights) * goal.shortage_day_cost


def book(scenario: Scenario, decisions: Decisions, **parameters: object) -> Plan:
    """Make the plan that follows from decisions."""
    books = Books(scenario, decisions)
    books.supply()
    books.transport()
    books.demand()
    books.stock()
    frames = {
        name: pl.DataFrame(rows, schema=RESULTS[name], orient="row") for name, rows in books.tables.items()
    }
    objective = sum(books.cost.values())
    summary = Summary(
        status="gap",
        objective=objective,
        bound=0.9 * objective,
        gap=0.1 * objective / max(abs(objective), 1.0),
        shortage_days=books.plain,
        weighted_shortage_days=books.weighted,
        cost=books.cost,
        digest=scenario.digest,
        version="0",
        parameters={"count_pledges": "committed", **parameters},
        solver="by hand",
        seconds={"build": 0.25},
        n_variables=1,
        n_rows=1,
    )
    return Plan(scenario, summary, frames)


def decided(**changes: list[tuple[Any, ...]]) -> Decisions:
    """Return `DECISIONS` with some families of them replaced."""
    return {**DECISIONS, **changes}


def bakery_plan(**changes: list[tuple[Any, ...]]) -> Plan:
    """Return the right plan, or one with other decisions and right books."""
    return book(bakery(), decided(**changes))


def against(plan: Plan, edits: Mapping[tuple[str, int], Row]) -> Plan:
    """Return the same plan as an answer to a scenario with other cells."""
    return dataclasses.replace(plan, scenario=bakery(edits))


def edited(plan: Plan, table: str, row: int, /, **cells: object) -> Plan:
    """Return a plan with cells of one row of a result table overwritten."""
    frame = plan.tables[table].with_row_index("_row")
    changes = [
        pl.when(pl.col("_row") == row)
        .then(pl.lit(value, dtype=RESULTS[table][name]))
        .otherwise(name)
        .alias(name)
        for name, value in cells.items()
    ]
    return dataclasses.replace(plan, tables={**plan.tables, table: frame.with_columns(changes).drop("_row")})


def summed(plan: Plan, **changes: Any) -> Plan:
    """Return a plan with numbers of the summary overwritten."""
    return dataclasses.replace(plan, summary=dataclasses.replace(plan.summary, **changes))
