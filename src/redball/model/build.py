"""From tables to arrays. Trusts the scenario: it has passed the door."""

from __future__ import annotations

import numpy as np
import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE
from redball.model.closures import open_fractions, opened
from redball.model.params import CountPledges
from redball.model.problem import (
    Budgets,
    Consumption,
    Fleets,
    Floats,
    Ints,
    Labels,
    Lanes,
    Needs,
    Offers,
    Pledges,
    Problem,
    Production,
    Weights,
)
from redball.scenario.scenario import Scenario


def build(scenario: Scenario, count_pledges: CountPledges = "committed") -> Problem:
    """Turn a checked scenario into arrays.

    Parameters
    ----------
    scenario
        What is known.
    count_pledges
        Which pledges count (§5.2).
    """
    n_days = scenario.settings.days
    labels = _labels(scenario)
    items = scenario.table("items")
    locations = scenario.table("locations")
    item_whole = items["whole"].to_numpy()
    opening, floor = _stocks(scenario, labels)
    lane_open, location_open = open_fractions(scenario, labels)
    throughput = floats(locations, "throughput_t_per_day")
    return Problem(
        n_days=n_days,
        labels=labels,
        item_tonnes=floats(items, "tonnes_per_unit"),
        item_whole=item_whole,
        stock_opening=opening,
        stock_floor=floor,
        storage_t=floats(locations, "storage_t"),
        throughput_t=opened(throughput, location_open),
        lanes=_lanes(scenario, labels, lane_open),
        fleets=_fleets(scenario),
        pledges=_pledges(scenario, labels, item_whole, count_pledges),
        production=_production(scenario, labels),
        offers=_offers(scenario, labels),
        budgets=_budgets(scenario),
        consumption=_consumption(scenario, labels),
        needs=_needs(scenario, labels),
        weights=_weights(scenario),
    )


def floats(frame: pl.DataFrame, column: str) -> Floats:
    """Return a column as numbers."""
    return frame[column].to_numpy().astype(np.float64)


def positions(values: pl.Series, ids: tuple[str, ...]) -> Ints:
    """Return the position of each value in `ids`; a blank is -1."""
    order = pl.DataFrame({"id": pl.Series(ids, dtype=pl.String), "at": np.arange(len(ids), dtype=np.int64)})
    found = values.to_frame("id").join(order, on="id", how="left", maintain_order="left")["at"]
    return found.fill_null(-1).to_numpy().astype(np.int64)


def days(frame: pl.DataFrame, column: str, scenario: Scenario) -> Ints:
    """Return dates as day numbers (§1.1)."""
    since = (frame[column] - scenario.settings.start).dt.total_days()
    return since.to_numpy().astype(np.int64)


def rounded_up(times: Floats, least: int = 0) -> Ints:
    """Return times in days as whole days (§1.3)."""
    return np.maximum(np.ceil(times - WHOLE_TOLERANCE), least).astype(np.int64)


def _labels(scenario: Scenario) -> Labels:
    def ids(table: str, column: str) -> tuple[str, ...]:
        return tuple(scenario.table(table)[column].to_list())

    return Labels(
        locations=ids("locations", "location"),
        items=ids("items", "item"),
        lanes=ids("lanes", "lane"),
        fleets=ids("fleets", "fleet"),
        pledges=ids("pledges", "pledge"),
        lines=ids("production", "line"),
        offers=ids("offers", "offer"),
        budgets=ids("budgets", "budget"),
        needs=ids("needs", "need"),
    )


def _stocks(scenario: Scenario, labels: Labels) -> tuple[Floats, Floats]:
    stocks = scenario.table("stocks")
    where = positions(stocks["location"], labels.locations), positions(stocks["item"], labels.items)
    opening = np.zeros((len(labels.locations), len(labels.items)))
    floor = np.zeros_like(opening)
    quantity = floats(stocks, "quantity")
    opening[where] = quantity
    floor[where] = np.minimum(floats(stocks, "reserve"), quantity)
    return opening, floor


def _lanes(scenario: Scenario, labels: Labels, lane_open: Floats) -> Lanes:
    lanes = scenario.table("lanes")
    transit = rounded_up(floats(lanes, "transit_days"), least=1)
    cycle = np.nan_to_num(floats(lanes, "cycle_days"), nan=0.0)
    carries = lanes["carries"].fill_null("").str.extract_all(r"[^\s,;]+")
    classes = scenario.table("items")["supply_class"].to_list()
    takes = [[not listed or name in listed for name in classes] for listed in carries.to_list()]
    return Lanes(
        from_location=positions(lanes["from_location"], labels.locations),
        to_location=positions(lanes["to_location"], labels.locations),
        transit_days=transit,
        cycle_days=np.where(cycle > 0, rounded_up(cycle, least=1), 2 * transit),
        loss=floats(lanes, "loss_fraction"),
        cost_per_t=floats(lanes, "cost_per_t"),
        capacity_t=opened(floats(lanes, "capacity_t_per_day"), lane_open),
        fleet=positions(lanes["fleet"], labels.fleets),
        carries=np.array(takes, dtype=np.bool_).reshape(len(labels.lanes), len(labels.items)),
    )


def _fleets(scenario: Scenario) -> Fleets:
    fleets = scenario.table("fleets")
    return Fleets(vehicles=floats(fleets, "vehicles"), payload_t=floats(fleets, "payload_t"))


def _pledges(scenario: Scenario, labels: Labels, item_whole: np.ndarray, count: CountPledges) -> Pledges:
    pledges = scenario.table("pledges")
    item = positions(pledges["item"], labels.items)
    firm = pledges["status"].is_in(["committed", "allocated"]).to_numpy()
    share = {
        "committed": firm.astype(np.float64),
        "all": np.ones(len(firm)),
        "expected": floats(pledges, "probability"),
    }[count]
    quantity = floats(pledges, "quantity") * share
    whole = np.floor(quantity + WHOLE_TOLERANCE)  # a part of a tank cannot be taken up (§7.6)
    return Pledges(
        location=positions(pledges["location"], labels.locations),
        item=item,
        quantity=np.where(item_whole[item], whole, quantity) if len(item) else quantity,
        first_day=np.maximum(days(pledges, "available_date", scenario), 0),
    )


def _production(scenario: Scenario, labels: Labels) -> Production:
    lines = scenario.table("production")
    recipes = scenario.table("recipes")
    n_days = scenario.settings.days
    rate = floats(lines, "rate_per_day")[:, None]
    rate_max = np.nan_to_num(floats(lines, "rate_max_per_day"), nan=0.0)[:, None]
    begin = rounded_up(floats(lines, "expansion_days"))[:, None]
    ramp = rounded_up(floats(lines, "ramp_days"))[:, None]
    since = np.arange(n_days)[None, :] - begin
    risen = np.where(since < 0, 0.0, np.where(ramp > 0, np.minimum(since / np.maximum(ramp, 1), 1.0), 1.0))
    expanded = rate + (rate_max - rate) * risen
    expansion = lines["expansion"].to_numpy()
    announced, decide = expansion == "announced", expansion == "decide"
    limit = np.where(announced[:, None], expanded, np.broadcast_to(rate, expanded.shape))
    return Production(
        location=positions(lines["location"], labels.locations),
        item=positions(lines["item"], labels.items),
        limit=limit,
        limit_expanded=np.where(decide[:, None], expanded, limit),
        decide=decide,
        expansion_cost=floats(lines, "expansion_cost"),
        lead_days=rounded_up(floats(lines, "lead_days")),
        unit_cost=floats(lines, "unit_cost"),
        budget=positions(lines["budget"], labels.budgets),
        recipe_line=positions(recipes["line"], labels.lines),
        recipe_item=positions(recipes["item"], labels.items),
        recipe_quantity=floats(recipes, "quantity"),
    )


def _offers(scenario: Scenario, labels: Labels) -> Offers:
    offers = scenario.table("offers")
    return Offers(
        location=positions(offers["location"], labels.locations),
        item=positions(offers["item"], labels.items),
        quantity_max=floats(offers, "quantity_max"),
        order_min=floats(offers, "order_min"),
        unit_cost=floats(offers, "unit_cost"),
        lead_days=rounded_up(floats(offers, "lead_days")),
        budget=positions(offers["budget"], labels.budgets),
    )


def _budgets(scenario: Scenario) -> Budgets:
    budgets = scenario.table("budgets")
    return Budgets(
        amount=floats(budgets, "amount"),
        first_day=days(budgets, "from_date", scenario),
        last_day=days(budgets, "to_date", scenario),
    )


def _consumption(scenario: Scenario, labels: Labels) -> Consumption:
    rows = scenario.table("consumption")
    per_day = floats(rows, "per_day")
    return Consumption(
        location=positions(rows["location"], labels.locations),
        item=positions(rows["item"], labels.items),
        row=np.arange(rows.height, dtype=np.int64) + 2,
        per_day=per_day,
        first_day=np.maximum(days(rows, "from_date", scenario), 0),
        last_day=np.minimum(days(rows, "to_date", scenario), scenario.settings.days - 1),
        weight=_priority_weights(rows, scenario),
        cover_quantity=floats(rows, "cover_days") * per_day,
    )


def _needs(scenario: Scenario, labels: Labels) -> Needs:
    needs = scenario.table("needs")
    return Needs(
        location=positions(needs["location"], labels.locations),
        item=positions(needs["item"], labels.items),
        quantity=floats(needs, "quantity"),
        due_day=np.maximum(days(needs, "due_date", scenario), 0),
        weight=_priority_weights(needs, scenario),
    )


def _priority_weights(frame: pl.DataFrame, scenario: Scenario) -> Floats:
    weights = np.array(scenario.settings.objective.priority_weights)
    priority = frame["priority"].cast(pl.Int64).to_numpy()
    return weights[priority - 1] if len(priority) else np.zeros(0)


def _weights(scenario: Scenario) -> Weights:
    objective = scenario.settings.objective
    n_days = scenario.settings.days
    even = objective.rationing == "even"
    return Weights(
        shortage_day_cost=objective.shortage_day_cost,
        day=1.0 + objective.urgency * (1.0 - np.arange(n_days) / n_days),
        cover=objective.cover_weight * min(objective.priority_weights),
        tier_share=np.array([0.25, 0.25, 0.5] if even else [1.0]),
        tier_weight=np.array([1.0, 1.5, 2.5] if even else [1.0]),
    )
