"""Right plans break no rule; each single edit breaks exactly the rule that it is meant to break."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from tests.unit.results.books import (
    DECISIONS,
    START,
    against,
    bakery,
    bakery_plan,
    book,
    date,
    decided,
    edited,
)
from tests.unit.results.edits import added, if_only, in_place_of, misstated, traced, without

from redball.results.plan import Plan
from redball.results.verify import verify

NOTHING: dict[str, list[tuple[Any, ...]]] = {name: [] for name in DECISIONS}
SHIPMENTS, STARTS, SERVED = DECISIONS["shipments"], DECISIONS["starts"], DECISIONS["served"]

RIGHT: dict[str, Callable[[], Plan]] = {
    "the bakery": bakery_plan,
    "nothing done": lambda: book(bakery(), NOTHING),
    "with traces": lambda: traced(bakery_plan()),
    "no rationing": lambda: book(bakery(rationing="none"), DECISIONS),
    "other weights": lambda: book(
        bakery(urgency=0.0, priority_weights=(7, 5, 3), cover_weight=0.5), DECISIONS
    ),
    "a reserve above the opening stock": lambda: book(
        bakery({("stocks", 3): {"location": "Camp", "item": "flour", "quantity": 2.0, "reserve": 9.0}}),
        DECISIONS,
    ),
    "expected pledges, whole tanks rounded down": lambda: book(
        bakery(), decided(take_up=[("grain", 1, 8.0), ("armour", 0, 1.0)]), count_pledges="expected"
    ),
    "all pledges": lambda: book(
        bakery(), decided(take_up=[("grain", 1, 8.0), ("armour", 0, 3.0)]), count_pledges="all"
    ),
    "an announced expansion": lambda: book(
        bakery({("production", 0): {"expansion": "announced"}}), decided(expansions=[])
    ),
    "a ramp of no days": lambda: book(
        bakery({("production", 0): {"ramp_days": 0.0}}),
        decided(starts=[("oven", 0, 4.0), ("oven", 1, 7.5), ("oven", 2, 3.5)]),
    ),
    "a pledge from before the start": lambda: book(
        bakery({("pledges", 0): {"available_date": START - dt.timedelta(9)}}), DECISIONS
    ),
    "needs due before and after": lambda: book(
        bakery(
            {
                ("needs", 0): {"due_date": START - dt.timedelta(3)},
                ("needs", 1): {"need": "later", "location": "Camp", "item": "tank", "quantity": 2.0}
                | {"due_date": date(30)},
            }
        ),
        DECISIONS,
    ),
    "dates wider than the horizon": lambda: book(
        bakery({("consumption", 1): {"from_date": date(-4), "to_date": date(40)}}), DECISIONS
    ),
    "a closure that leaves enough": lambda: book(
        bakery({("closures", 1): {"lane": "road", "open_fraction": 0.5}}), DECISIONS
    ),
    "a time that is all but whole": lambda: book(
        bakery({("lanes", 1): {"transit_days": 1.0000000001}}), DECISIONS
    ),
    "a class list with commas": lambda: book(bakery({("lanes", 0): {"carries": "III,I"}}), DECISIONS),
    "twice the transit as the cycle": lambda: book(
        bakery({("lanes", 0): {"cycle_days": None}, ("fleets", 0): {"vehicles": 5.5}}), DECISIONS
    ),
    "an order of nothing": lambda: bakery_plan(orders=[("baker", 0, 0.0)], served=SERVED[:2] + SERVED[3:]),
    "storage filled to the brim": lambda: book(bakery({("locations", 0): {"storage_t": 17.0}}), DECISIONS),
    "cover asked where nothing ever lies and no stock is listed": lambda: without(
        book(
            bakery(
                {("consumption", 2): {"location": "Port", "item": "bread", "per_day": 9.0, "cover_days": 2.0}}
            ),
            DECISIONS,
        ),
        "stocks",
        location="Port",
        item="bread",
    ),
    "within the tolerance": lambda: edited(bakery_plan(), "shipments", 0, cost=25.0 + 1e-5),
}


WRONG: list[tuple[str, str, Callable[[], Plan]]] = [
    # §2
    ("§2.2", "a stock too high", misstated("stocks", 14, quantity=2.1)),
    (
        "§2.2",
        "a stock that is not there",
        lambda: without(bakery_plan(), "stocks", location="Mill", item="bread"),
    ),
    ("§2.2", "more at the opening", if_only("stocks", 1, quantity=11.0)),
    ("§2.2", "recipe not drawn (§5.4)", if_only("recipes", 0, quantity=1.6)),
    ("§2.2", "recipe of another item (§5.4)", if_only("recipes", 0, item="tank")),
    ("§2.2", "pledge at another place", if_only("pledges", 0, location="Port")),
    ("§2.2", "order at another place", if_only("offers", 0, location="Port")),
    ("§2.2", "need at another place", if_only("needs", 0, location="Mill")),
    ("§2.3", "a higher reserve", if_only("stocks", 0, reserve=6.0)),
    ("§2.3", "a reserve above the opening stock", if_only("stocks", 0, reserve=60.0)),
    ("§2.4", "less storage", if_only("locations", 0, storage_t=16.5)),
    # §3
    ("§3.1", "longer transit", if_only("lanes", 1, transit_days=1.01)),
    ("§3.1", "more loss", if_only("lanes", 0, loss_fraction=0.11)),
    ("§3.1", "an item that is not whole loses", if_only("items", 2, whole=False)),
    ("§3.2", "less capacity", if_only("lanes", 0, capacity_t_per_day=4.9)),
    ("§3.3", "other classes", if_only("lanes", 0, carries="II III VII")),
    ("§3.4", "a shipment too late", in_place_of(shipments=[*SHIPMENTS, ("road", "bread", 4, 1.0)])),
    (
        "§3.4",
        "production too late",
        lambda: book(
            bakery({("budgets", 0): {"to_date": None}}), decided(starts=[*STARTS, ("oven", 5, 0.2)])
        ),
    ),
    ("§3.4", "an order too late", in_place_of(orders=[("baker", 0, 5.0), ("baker", 4, 1.0)])),
    ("§3.5", "less throughput", if_only("locations", 2, throughput_t_per_day=40.5)),
    ("§3.6", "a lane without limit closed", if_only("closures", 0, from_date=date(2))),
    ("§3.6", "a lane closed in part", if_only("closures", 1, lane="road", open_fraction=0.49)),
    ("§3.6", "the location of departure closed", if_only("closures", 1, location="Mill", to_date=date(0))),
    ("§3.6", "the location of arrival closed", if_only("closures", 1, location="Camp", from_date=date(4))),
    (
        "§3.6",
        "the location of arrival closed in part",
        if_only("closures", 1, location="Camp", open_fraction=0.8, from_date=date(3)),
    ),
    (
        "§3.6",
        "a departure towards a closed location",
        lambda: against(
            bakery_plan(), {("closures", 1): {"location": "Camp", "from_date": date(0), "to_date": date(0)}}
        ),
    ),
    (
        "§3.6",
        "the smallest of several closures",
        lambda: against(
            bakery_plan(),
            {
                ("closures", 1): {"lane": "road", "open_fraction": 0.9},
                ("closures", 2): {"lane": "road", "open_fraction": 0.2},
            },
        ),
    ),
    # §4
    ("§4.1", "fewer vehicles", if_only("fleets", 0, vehicles=3.99)),
    ("§4.1", "smaller vehicles", if_only("fleets", 0, payload_t=1.99)),
    ("§4.1", "a longer cycle", if_only("lanes", 0, cycle_days=3.01)),
    ("§4.1", "twice the transit as the cycle", if_only("lanes", 0, cycle_days=None)),
    ("§4.1", "another lane in the fleet", if_only("lanes", 1, fleet="lorries")),
    # §5
    ("§5.1", "taken up too early", in_place_of(take_up=[("grain", 0, 8.0)])),
    ("§5.1", "more than pledged", in_place_of(take_up=[("grain", 1, 5.0), ("grain", 2, 3.5)])),
    ("§5.2", "announced does not count", in_place_of(take_up=[("grain", 1, 8.0), ("armour", 0, 1.0)])),
    ("§5.2", "conditional does not count", if_only("pledges", 0, status="conditional")),
    (
        "§5.2",
        "half of three whole tanks is one",
        lambda: book(
            bakery(), decided(take_up=[("grain", 1, 8.0), ("armour", 0, 2.0)]), count_pledges="expected"
        ),
    ),
    ("§5.3", "above the rate", in_place_of(starts=[("oven", 0, 4.5), *STARTS[1:3], ("oven", 3, 0.5)])),
    ("§5.3", "before the ramp", in_place_of(starts=[("oven", 0, 4.0), ("oven", 1, 5.0), ("oven", 2, 6.0)])),
    ("§5.3", "above the ramp", in_place_of(starts=[("oven", 0, 4.0), ("oven", 1, 3.0), ("oven", 2, 7.0)])),
    (
        "§5.3",
        "above the highest rate",
        in_place_of(
            starts=[("oven", 0, 1.0), ("oven", 1, 1.0), ("oven", 3, 8.5)],
            shipments=SHIPMENTS[:1] + SHIPMENTS[4:],
            served=[],
        ),
    ),
    ("§5.3", "an expansion that nobody decided", in_place_of(expansions=[])),
    ("§5.3", "a later expansion", if_only("production", 0, expansion_days=1.1)),
    ("§5.3", "a longer ramp", if_only("production", 0, ramp_days=2.5)),
    ("§5.3", "an expansion not for the plan to decide", if_only("production", 0, expansion="announced")),
    ("§5.3", "the cost of an expansion", misstated("expansions", 0, cost=99.0)),
    ("§5.3", "a longer lead", if_only("production", 0, lead_days=1.1)),
    ("§5.5", "more than offered", in_place_of(orders=[("baker", 0, 4.0), ("baker", 1, 2.5)])),
    ("§5.5", "less than the least order", in_place_of(orders=[("baker", 0, 1.9)])),
    ("§5.5", "a longer lead", if_only("offers", 0, lead_days=2.1)),
    ("§5.5", "the cost of an order", misstated("orders", 0, cost=16.0)),
    ("§5.6", "a smaller budget", if_only("budgets", 0, amount=144.0)),
    ("§5.6", "a budget that ends", if_only("budgets", 0, to_date=date(2))),
    ("§5.6", "a budget that begins", if_only("budgets", 0, from_date=date(1))),
    # §6
    (
        "§6.1",
        "served more than asked",
        in_place_of(served=[(3, 2, 2.5), *(row for row in SERVED if row[:2] != (3, 2))]),
    ),
    ("§6.1", "a row and day gone", lambda: without(bakery_plan(), "served", row=3, date=date(0))),
    (
        "§6.1",
        "a day on which nothing is asked",
        lambda: added(bakery_plan(), "served", "Camp", "bread", 2, date(0), 3.0, 0.0),
    ),
    ("§6.1", "asked misstated", misstated("served", 0, asked=2.5)),
    (
        "§6.2",
        "more than needed",
        lambda: book(bakery({("needs", 0): {"quantity": 1.0}}), DECISIONS),
    ),
    ("§6.2", "backlog misstated", misstated("handovers", 1, open=1.0)),
    ("§6.2", "backlog before the due date", misstated("handovers", 0, open=2.0)),
    ("§6.2", "a day of backlog gone", lambda: without(bakery_plan(), "handovers", date=date(5))),
    (
        "§7.6",
        "half a tank departs",
        in_place_of(shipments=[*SHIPMENTS[:5], ("rail", "tank", 2, 0.5)], handovers=[("squadron", 1, 1.0)]),
    ),
    (
        "§7.6",
        "half a tank is taken up",
        lambda: book(
            bakery({("pledges", 1): {"status": "committed"}}),
            decided(take_up=[("grain", 1, 8.0), ("armour", 0, 0.5)]),
        ),
    ),
    (
        "§7.6",
        "half a tank is ordered",
        lambda: book(
            bakery({("offers", 0): {"item": "tank"}}),
            decided(orders=[("baker", 0, 2.5)], served=SERVED[:2] + SERVED[3:]),
        ),
    ),
    (
        "§7.6",
        "half a tank is handed over",
        in_place_of(handovers=[("squadron", 1, 0.5), ("squadron", 3, 1.0)]),
    ),
]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_plan_breaks_no_rule(name: str) -> None:
    assert [str(breach) for breach in verify(RIGHT[name]())] == []


@pytest.mark.parametrize(("rule", "name", "make"), WRONG, ids=[f"{rule} {name}" for rule, name, _ in WRONG])
def test_one_edit_breaks_exactly_its_rule(rule: str, name: str, make: Callable[[], Plan]) -> None:
    breaches = verify(make())
    assert {breach.rule for breach in breaches} == {rule}, [str(breach) for breach in breaches]


def test_a_breach_says_what_where_and_by_how_much() -> None:
    [breach] = verify(if_only("lanes", 0, capacity_t_per_day=4.0)())
    assert str(breach) == "§3.2 shipments, lane road, depart_date 2027-01-01: 5 t departing, limit 4 t"
    assert breach.excess == pytest.approx(1.0)


def test_of_many_breaches_the_worst_are_named_and_the_rest_counted() -> None:
    plan = bakery_plan()
    stocks = plan.stocks.with_columns(quantity=pl.col("quantity") + 1000)
    long = plan.stocks.filter(pl.col("item") == "flour")
    many = pl.concat([stocks, *(long.with_columns(item=pl.lit(f"dust-{n}")) for n in range(30))])
    breaches = verify(dataclasses.replace(plan, tables={**plan.tables, "stocks": many}))
    assert len(breaches) == 20
    assert breaches[-1].what.endswith("more rows)")


def test_the_tolerance_is_relative_above_one_and_absolute_below() -> None:
    plan = edited(bakery_plan(), "shipments", 0, cost=25.0 + 1e-3)
    assert verify(plan, tolerance=1e-4) == ()
    assert [breach.rule for breach in verify(plan)] == ["§7.4"]
    assert [breach.rule for breach in verify(edited(bakery_plan(), "shipments", 4, cost=5e-6))] == ["§7.4"]
    assert verify(edited(bakery_plan(), "shipments", 4, cost=5e-7)) == ()
