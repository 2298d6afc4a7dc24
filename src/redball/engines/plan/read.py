"""From the values of variables to the tables of a plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.engines.plan.model import LinearModel
from redball.engines.plan.variables import spread
from redball.model.problem import Floats, Ints, Problem
from redball.results.tables import RESULTS
from redball.scenario.scenario import Scenario

DUST = 1e-7
"""[item unit] what is smaller is the solver's noise and no shipment."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan read out: tables, and the parts of its cost."""

    tables: dict[str, pl.DataFrame]
    cost: dict[str, float]
    """[currency] by part (§7.4)."""
    shortage_days: float
    weighted_shortage_days: float


def cleaned(model: LinearModel, values: Floats) -> Floats:
    """Return values without the solver's noise: whole where they must be, no dust, within their bounds."""
    values = np.where(model.whole, np.rint(values), values)
    values = np.where(np.abs(values) < DUST, 0.0, values)
    return np.clip(values, model.lower, model.upper)


def read_out(scenario: Scenario, model: LinearModel, values: Floats) -> Reading:
    """Make the tables of cleaned values."""
    frames = _Frames(scenario, model, values)
    served, served_share, weighted_served = frames.served()
    handovers, open_days, weighted_open = frames.handovers()
    shipments = frames.shipments()
    tables = {
        "shipments": shipments,
        "stocks": frames.stocks(),
        "served": served,
        "handovers": handovers,
        "take_up": frames.take_up(),
        "starts": frames.starts(),
        "expansions": frames.expansions(),
        "orders": frames.orders(),
    }
    return Reading(
        tables={name: frame.select(list(RESULTS[name])) for name, frame in tables.items()},
        cost=_costs(model, values),
        shortage_days=served_share + open_days,
        weighted_shortage_days=weighted_served + weighted_open,
    )


def _costs(model: LinearModel, values: Floats) -> dict[str, float]:
    variables, currency = model.variables, model.problem.weights.shortage_day_cost

    def part(*families: str) -> float:
        slices = [variables.slice(family) for family in families]
        return currency * float(sum(model.cost[at] @ values[at] for at in slices))

    return {
        "shortage": part("serve", "hand") + currency * variables.offset["shortage"],
        "cover": part("cover") + currency * variables.offset["cover"],
        "transport": part("flow"),
        "production": part("start"),
        "expansion": part("expand"),
        "orders": part("order"),
    }


class _Frames:
    """Makes one frame after the other from the same values."""

    def __init__(self, scenario: Scenario, model: LinearModel, values: Floats) -> None:
        self.problem: Problem = model.problem
        self.values = {name: values[model.variables.slice(name)] for name in model.variables.families}
        self.at = {name: family.at for name, family in model.variables.families.items()}
        self.epoch_day = (scenario.settings.start - dt.date(1970, 1, 1)).days

    def _dates(self, day: Ints) -> pl.Series:
        return pl.Series((day + self.epoch_day).astype(np.int32)).cast(pl.Date)

    def _moved(self, family: str) -> tuple[dict[str, Ints], Floats]:
        """Coordinates and quantities of what is not nothing."""
        used = np.flatnonzero(self.values[family] > 0)
        return {name: at[used] for name, at in self.at[family].items()}, self.values[family][used]

    def shipments(self) -> pl.DataFrame:
        at, quantity = self._moved("flow")
        problem, lane, item = self.problem, at["lane"], at["item"]
        tonnes = quantity * problem.item_tonnes[item]
        return pl.DataFrame(
            {
                "lane": _names(problem.labels.lanes, lane),
                "item": _names(problem.labels.items, item),
                "depart_date": self._dates(at["day"]),
                "arrive_date": self._dates(at["day"] + problem.lanes.transit_days[lane]),
                "quantity": quantity,
                "quantity_arriving": quantity * problem.arriving[lane, item],
                "tonnes": tonnes,
                "cost": tonnes * problem.lanes.cost_per_t[lane],
            }
        ).sort("depart_date", "lane", "item", maintain_order=True)

    def stocks(self) -> pl.DataFrame:
        closing = self._closing()
        location, item = np.nonzero((closing > DUST).any(axis=2))
        n_days = self.problem.n_days
        return pl.DataFrame(
            {
                "location": _names(self.problem.labels.locations, np.repeat(location, n_days)),
                "item": _names(self.problem.labels.items, np.repeat(item, n_days)),
                "date": self._dates(np.tile(np.arange(n_days), len(location))),
                "quantity": closing[location, item].ravel(),
            }
        )

    def _closing(self) -> Floats:
        """Return (locations, items, days) closing stock, from what came in and went out alone (§2.2)."""
        problem, values, at = self.problem, self.values, self.at
        n_days, lanes, made = problem.n_days, problem.lanes, problem.production
        change = np.zeros((problem.n_locations, problem.n_items, n_days))
        change[:, :, 0] = problem.stock_opening

        def move(location: Ints, item: Ints, day: Ints, quantity: Floats) -> None:
            np.add.at(change, (location, item, day), quantity)

        lane, item, day = at["flow"]["lane"], at["flow"]["item"], at["flow"]["day"]
        move(lanes.from_location[lane], item, day, -values["flow"])
        arriving = values["flow"] * problem.arriving[lane, item]
        move(lanes.to_location[lane], item, day + lanes.transit_days[lane], arriving)
        row = at["serve"]["row"]
        move(
            problem.consumption.location[row],
            problem.consumption.item[row],
            at["serve"]["day"],
            -values["serve"],
        )
        need = at["hand"]["need"]
        move(problem.needs.location[need], problem.needs.item[need], at["hand"]["day"], -values["hand"])
        pledge = at["take"]["pledge"]
        move(
            problem.pledges.location[pledge], problem.pledges.item[pledge], at["take"]["day"], values["take"]
        )
        offer, offers = at["order"]["offer"], problem.offers
        arrive = at["order"]["day"] + offers.lead_days[offer]
        move(offers.location[offer], offers.item[offer], arrive, values["order"])
        line, day = at["start"]["line"], at["start"]["day"]
        move(made.location[line], made.item[line], day + made.lead_days[line], values["start"])
        started = np.zeros((len(made.location), n_days))
        np.add.at(started, (line, day), values["start"])
        for input_at, line_at in enumerate(made.recipe_line):
            where = made.location[line_at], made.recipe_item[input_at]
            change[where] -= started[line_at] * made.recipe_quantity[input_at]
        closing = np.cumsum(change, axis=2)
        # sums of many flows leave rounding of their own size behind; it is no stock and no debt
        closing[np.abs(closing) < 10 * DUST] = 0.0
        return closing

    def served(self) -> tuple[pl.DataFrame, float, float]:
        rows = self.problem.consumption
        row, day = spread(rows.first_day, rows.last_day)
        quantity = np.zeros((len(rows.row), self.problem.n_days))
        np.add.at(quantity, (self.at["serve"]["row"], self.at["serve"]["day"]), self.values["serve"])
        got, asked = quantity[row, day], rows.per_day[row]
        short = 1.0 - got / asked
        frame = pl.DataFrame(
            {
                "location": _names(self.problem.labels.locations, rows.location[row]),
                "item": _names(self.problem.labels.items, rows.item[row]),
                "row": rows.row[row],
                "date": self._dates(day),
                "asked": asked,
                "quantity": got,
            }
        )
        return frame, float(short.sum()), float(short @ rows.weight[row])

    def handovers(self) -> tuple[pl.DataFrame, float, float]:
        needs, n_days = self.problem.needs, self.problem.n_days
        quantity = np.zeros((len(needs.quantity), n_days))
        np.add.at(quantity, (self.at["hand"]["need"], self.at["hand"]["day"]), self.values["hand"])
        left = needs.quantity[:, None] - np.cumsum(quantity, axis=1)
        left[np.abs(left) < DUST] = 0.0
        counts = np.arange(n_days) >= needs.due_day[:, None]
        backlog = np.where(counts, left, 0.0)
        need, day = np.nonzero((quantity > 0) | counts)
        frame = pl.DataFrame(
            {
                "need": _names(self.problem.labels.needs, need),
                "date": self._dates(day),
                "quantity": quantity[need, day],
                "open": backlog[need, day],
            }
        )
        share = (backlog / needs.quantity[:, None]).sum(axis=1)
        return frame, float(share.sum()), float(share @ needs.weight)

    def take_up(self) -> pl.DataFrame:
        at, quantity = self._moved("take")
        names = _names(self.problem.labels.pledges, at["pledge"])
        return pl.DataFrame({"pledge": names, "date": self._dates(at["day"]), "quantity": quantity})

    def starts(self) -> pl.DataFrame:
        at, quantity = self._moved("start")
        output = at["day"] + self.problem.production.lead_days[at["line"]]
        return pl.DataFrame(
            {
                "line": _names(self.problem.labels.lines, at["line"]),
                "date": self._dates(at["day"]),
                "quantity": quantity,
                "output_date": self._dates(output),
            }
        )

    def expansions(self) -> pl.DataFrame:
        at, _ = self._moved("expand")
        cost = self.problem.production.expansion_cost[at["line"]]
        return pl.DataFrame({"line": _names(self.problem.labels.lines, at["line"]), "cost": cost})

    def orders(self) -> pl.DataFrame:
        at, quantity = self._moved("order")
        offers, offer = self.problem.offers, at["offer"]
        return pl.DataFrame(
            {
                "offer": _names(self.problem.labels.offers, offer),
                "order_date": self._dates(at["day"]),
                "arrive_date": self._dates(at["day"] + offers.lead_days[offer]),
                "quantity": quantity,
                "cost": quantity * offers.unit_cost[offer],
            }
        )


def _names(ids: tuple[str, ...], index: Ints) -> pl.Series:
    return pl.Series(ids, dtype=pl.String).gather(index)
