"""Random scenarios that are valid, small and worth planning.

``scenarios()`` draws a network whose first location holds stock and whose lanes make a chain from it, so that most of
the demand can be reached. Numbers are halves and quarters: what a law compares is then a question of rules, not of
rounding. Import it as ``from tests.strategies import scenarios``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from hypothesis import strategies as st

from redball.core.horizon import Horizon
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Objective, Settings

Row = dict[str, Any]
LOCATIONS = ("Alfa", "Bravo", "Coast", "Delta", "Ems", "Forge", "Gate", "Harbour")
ITEMS = ("bread", "coal", "crew", "diesel", "engine", "flour")
CLASSES = ("I", "II", "III", "V", "VII", "people")
START = dt.date(2027, 2, 26)
"""Two days before the end of a month, so that dates cross it."""

plain_texts = st.sampled_from(["alpha", "beta", "gamma, delta", 'the "east" gate', "Łódź"])


def some(numbers: Sequence[float]) -> st.SearchStrategy[float]:
    """One of a few numbers."""
    return st.sampled_from(tuple(float(number) for number in numbers))


def halves(low: float, high: float) -> st.SearchStrategy[float]:
    """Multiples of one half between two numbers."""
    return st.integers(math.ceil(low * 2), math.floor(high * 2)).map(lambda twice: twice / 2)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Either a blank or what `strategy` draws."""
    return st.none() | strategy


def frame(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Build a typed table from rows, with the required columns and those that some row fills."""
    columns = [
        column
        for column in SCHEMA[name].columns
        if column.required or any(row.get(column.name) is not None for row in rows)
    ]
    data = {column.name: [row.get(column.name) for row in rows] for column in columns}
    return pl.DataFrame(data, schema={column.name: column.dtype for column in columns})


@dataclass
class World:
    """What has been drawn so far, for the tables that refer to it."""

    draw: Any
    horizon: Horizon
    whole: bool
    decisions: bool
    texts: st.SearchStrategy[str]
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> Row:
        """Add one row, sometimes with a source and a note."""
        row |= {"source": self.draw(maybe(self.texts)), "note": self.draw(maybe(self.texts))}
        self.rows.setdefault(table, []).append(row)
        return row

    def ids(self, table: str) -> st.SearchStrategy[str]:
        """Any id of a table that has rows."""
        key = SCHEMA[table].key
        assert key is not None
        return st.sampled_from([row[key] for row in self.rows[table]])

    def count(self, least: int, most: int) -> range:
        """Return a range with a drawn length."""
        return range(self.draw(st.integers(least, most)))

    def quantity(self, item: str, low: float, high: float) -> float:
        """Draw a quantity of an item; whole where the item is."""
        whole = next(row["whole"] for row in self.rows["items"] if row["item"] == item)
        return float(self.draw(st.integers(math.ceil(low), math.floor(high)) if whole else halves(low, high)))

    def date(self) -> dt.date:
        """Draw a date in or just outside the horizon."""
        return self.horizon.date(self.draw(st.integers(-1, self.horizon.days)))

    def dates(self) -> Row:
        """Draw both ends of a time, each of which may be blank."""
        first, last = sorted((self.date(), self.date()))
        blank = self.draw(st.sampled_from(("both", "from", "to", "neither")))
        return {
            "from_date": None if blank in ("both", "from") else first,
            "to_date": None if blank in ("both", "to") else last,
        }


def draw_places(world: World, locations: int, items: int) -> None:
    """Draw locations, items and the opening stock; storage always holds what is there."""
    draw = world.draw
    for name in ITEMS[:items]:
        whole = world.whole and draw(st.booleans())
        row = {"item": name, "unit": "unit", "whole": whole or None, "name": draw(maybe(world.texts))}
        row |= {"supply_class": draw(st.sampled_from(CLASSES)), "tonnes_per_unit": draw(some([0.5, 1, 2]))}
        world.add("items", row)
    for name in LOCATIONS[:locations]:
        row = {"location": name, "kind": draw(st.sampled_from(("depot", "port", "point")))}
        row |= {"name": draw(maybe(world.texts)), "owner": draw(maybe(world.texts))}
        row |= {"latitude": draw(maybe(halves(-90, 90))), "longitude": draw(maybe(halves(-180, 180)))}
        row |= {"throughput_t_per_day": draw(maybe(some([2.5, 8, 20])))}
        world.add("locations", row)
    tonnes = {row["item"]: row["tonnes_per_unit"] for row in world.rows["items"]}
    for place in world.rows["locations"]:
        held = 0.0
        for item, mass in tonnes.items():
            if place["location"] == LOCATIONS[0] or draw(st.integers(0, 3)) == 0:
                row = {"location": place["location"], "item": item, "quantity": world.quantity(item, 0, 30)}
                held += mass * row["quantity"]
                world.add("stocks", row | {"reserve": draw(maybe(some([0, 1, 2.5, 12])))})
        place["storage_t"] = draw(maybe(some([0, 4.5, 40]).map(lambda spare, held=held: held + spare)))


def draw_lanes(world: World) -> None:
    """Draw fleets, a chain of lanes from the first location, and a few lanes more."""
    draw, names = world.draw, [row["location"] for row in world.rows["locations"]]
    for index in world.count(0, 1):
        row = {
            "fleet": f"fleet-{index}",
            "vehicles": draw(some([0, 1, 2.5, 6])),
            "payload_t": draw(some([0.5, 4])),
        }
        world.add("fleets", row)
    pairs = list(itertools.pairwise(names))
    if len(names) > 1:
        pair = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda two: two[0] != two[1])
        pairs += draw(st.lists(pair, max_size=2))
    for index, (start, end) in enumerate(pairs):
        row = {"lane": f"lane-{index}", "from_location": start, "to_location": end}
        row |= {
            "mode": draw(st.sampled_from(("road", "sea", "air"))),
            "transit_days": draw(some([0.5, 1, 2, 2.5])),
        }
        row |= {"capacity_t_per_day": draw(maybe(some([0, 3, 10]))), "cost_per_t": draw(maybe(some([1, 25])))}
        row |= {"loss_fraction": draw(maybe(some([0, 0.25]))), "carries": draw(maybe(carries()))}
        row |= {"fleet": draw(maybe(world.ids("fleets"))) if "fleets" in world.rows else None}
        row |= {"cycle_days": draw(maybe(some([1, 3.5]))), "delay_days_mean": draw(maybe(some([0, 0.5])))}
        fails = draw(st.booleans())
        row |= {"up_days_mean": 90.0 if fails else None, "down_days_mean": 2.5 if fails else None}
        row |= {"via": draw(maybe(st.just("51.5 -0.25; 50 4")))}
        world.add("lanes", row)


def carries() -> st.SearchStrategy[str]:
    """Most of the classes that items have, in canonical order and writing."""
    return st.sets(st.sampled_from(CLASSES), min_size=4).map(
        lambda classes: " ".join(name for name in CLASSES if name in classes)
    )


def draw_supply(world: World) -> None:
    """Draw pledges, budgets, production with recipes, and offers."""
    draw = world.draw
    for index in world.count(0, 2):
        item = draw(world.ids("items"))
        row = {
            "pledge": f"pledge-{index}",
            "donor": draw(world.texts),
            "location": draw(world.ids("locations")),
        }
        row |= {"item": item, "quantity": world.quantity(item, 1, 12), "available_date": world.date()}
        row |= {"status": draw(st.sampled_from(("conditional", "announced", "committed", "allocated")))}
        row |= {"probability": draw(maybe(some([0, 0.5, 1]))), "delay_days": draw(maybe(some([0, 1.5])))}
        world.add("pledges", row)
    for index in world.count(0, 1):
        world.add(
            "budgets", {"budget": f"budget-{index}", "amount": draw(some([0, 40, 900]))} | world.dates()
        )
    budget = maybe(world.ids("budgets")) if "budgets" in world.rows else st.none()
    for index in world.count(0, 2):
        draw_line(world, f"line-{index}", draw(budget))
    for index in world.count(0, 1):
        item = draw(world.ids("items"))
        row = {"offer": f"offer-{index}", "location": draw(world.ids("locations")), "item": item}
        row |= {"quantity_max": world.quantity(item, 3, 9), "unit_cost": draw(some([0, 5, 80]))}
        row |= {"order_min": draw(maybe(some([0, 1, 2.5]))) if world.decisions else None}
        row |= {"lead_days": draw(some([0, 1, 1.5])), "budget": draw(budget)}
        world.add("offers", row)


def draw_line(world: World, name: str, budget: str | None) -> None:
    """Draw a production line and, at times, what it consumes."""
    draw, item = world.draw, world.draw(world.ids("items"))
    row: Row = {"line": name, "location": draw(world.ids("locations")), "item": item, "budget": budget}
    row |= {"rate_per_day": draw(some([0, 1, 2.5])), "lead_days": draw(maybe(some([0, 1, 1.5])))}
    row |= {"unit_cost": draw(maybe(some([0, 3])))}
    words = ("none", "announced", "decide") if world.decisions else ("none", "announced")
    row["expansion"] = draw(maybe(st.sampled_from(words)))
    if row["expansion"] in ("announced", "decide"):
        row |= {"rate_max_per_day": row["rate_per_day"] + draw(some([0, 2, 4.5]))}
        row |= {"expansion_days": draw(maybe(some([0, 1, 1.5]))), "ramp_days": draw(maybe(some([0, 2, 2.5])))}
        row |= {"expansion_cost": draw(maybe(some([0, 30])))}
    world.add("production", row)
    inputs = st.sampled_from(
        [other["item"] for other in world.rows["items"] if other["item"] != item] or [item]
    )
    if len(world.rows["items"]) > 1 and draw(st.booleans()):
        world.add("recipes", {"line": name, "item": draw(inputs), "quantity": draw(some([0.5, 1, 2]))})


def draw_demand(world: World) -> None:
    """Draw consumption and needs; at least one row of consumption."""
    draw = world.draw
    for _ in world.count(1, 3):
        row = {"location": draw(world.ids("locations")), "item": draw(world.ids("items"))}
        row |= {"per_day": draw(halves(0.5, 6))} | world.dates()
        row |= {"priority": draw(maybe(st.sampled_from("123"))), "cover_days": draw(maybe(some([0, 1, 2.5])))}
        if draw(st.booleans()):
            row |= {"per_day_low": row["per_day"] / 2, "per_day_high": row["per_day"] * 2}
        world.add("consumption", row)
    for index in world.count(0, 2):
        item = draw(world.ids("items"))
        row = {"need": f"need-{index}", "location": draw(world.ids("locations")), "item": item}
        row |= {"quantity": world.quantity(item, 1, 8), "due_date": world.date()}
        world.add("needs", row | {"priority": draw(maybe(st.sampled_from("123")))})


def draw_closures(world: World) -> None:
    """Draw closures: to zero anywhere, in part only where every capacity that they touch has a limit (§3.6)."""
    draw = world.draw
    lanes, places = world.rows.get("lanes", []), world.rows["locations"]
    for _ in world.count(0, 2):
        if lanes and draw(st.booleans()):
            lane = draw(st.sampled_from(lanes))
            target, limits = {"lane": lane["lane"]}, [lane["capacity_t_per_day"]]
        else:
            place = draw(st.sampled_from(places))
            touching = [
                lane for lane in lanes if place["location"] in (lane["from_location"], lane["to_location"])
            ]
            target = {"location": place["location"]}
            limits = [place["throughput_t_per_day"], *(lane["capacity_t_per_day"] for lane in touching)]
        fractions = some([0, 1]) if None in limits else some([0, 0.25, 0.5, 1])
        world.add("closures", target | world.dates() | {"open_fraction": draw(maybe(fractions))})


@st.composite
def scenarios(
    draw: st.DrawFn,
    max_days: int = 8,
    max_locations: int = 4,
    max_items: int = 3,
    whole: bool = True,
    decisions: bool = True,
    texts: st.SearchStrategy[str] = plain_texts,
) -> Scenario:
    """Draw a valid scenario.

    Parameters
    ----------
    draw
        Given by hypothesis.
    max_days, max_locations, max_items
        Sizes; at most 8 locations and 6 items. `max_days` may be any number.
    whole
        Whether items may move in whole units only (§7.6).
    decisions
        Whether lines may expand by decision and offers may have a minimum (§5.3, §5.5).
    texts
        What free text (names, owners, sources, notes) is drawn from.
    """
    days = draw(st.integers(min(3, max_days), max_days))
    objective = Objective(
        urgency=draw(some([0, 0.5])),
        rationing=draw(st.sampled_from(("even", "none"))),
        shortage_day_cost=draw(some([1000, 1_000_000])),
    )
    settings = Settings(name=draw(texts), start=START, days=days, objective=objective)
    world = World(draw, Horizon(START, days), whole, decisions, texts)
    draw_places(world, draw(st.integers(1, max_locations)), draw(st.integers(1, max_items)))
    draw_lanes(world)
    draw_supply(world)
    draw_demand(world)
    draw_closures(world)
    return Scenario(settings, {name: frame(name, world.rows[name]) for name in SCHEMA if name in world.rows})
