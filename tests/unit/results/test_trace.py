"""Traces of a plan small enough to follow by hand."""

from __future__ import annotations

import pytest
from tests.unit.results.books import bakery, bakery_plan, book, date, decided

from redball.results.plan import Plan
from redball.results.tables import RESULTS
from redball.results.trace import delivered, forward, trace

# bread at the Camp: 5 ordered, then of 10 x 0.9 from the Mill's stock, then of 2 x 0.9 baked on day 0 (out on day 1),
# then of 4 x 0.9, half of it out on day 1 and half out on day 2
BREAD = [
    ("offer", "baker", 2, 2, 5.0, ""),
    ("stock", "Mill", 3, 0, 5.0, "road"),
    ("stock", "Mill", 4, 0, 4.0, "road"),
    ("production", "oven", 4, 1, 1.0, "road"),
    ("production", "oven", 5, 1, 0.8 + 1.8, "road"),
    ("production", "oven", 5, 2, 1.4, "road"),
]
# flour at the Mill: 20 in stock, then 8 of the pledge
FLOUR = [
    ("stock", "Mill", 0, 0, 6.0, ""),
    ("stock", "Mill", 1, 1, 6.0, ""),
    ("stock", "Mill", 2, 2, 8.0, ""),
    ("pledge", "grain", 2, 1, 1.0, ""),
    ("pledge", "grain", 3, 1, 1.5, ""),
]
TANKS = [("stock", "Port", 1, 0, 1.0, "rail"), ("stock", "Port", 3, 2, 1.0, "rail")]


@pytest.mark.parametrize(
    ("item", "use", "location", "rows"),
    [
        ("bread", "consumption", "Camp", BREAD),
        ("flour", "recipe", "Mill", FLOUR),
        ("tank", "need", "Camp", TANKS),
    ],
)
def test_each_use_comes_from_what_was_there_first(
    item: str, use: str, location: str, rows: list[tuple[str, str, int, int, float, str]]
) -> None:
    found = trace(bakery_plan()).filter(item=item)
    assert set(found["use"]) == {use}
    assert set(found["location"]) == {location}
    wanted = {
        (kind, source, date(day), date(left), path): quantity
        for kind, source, day, left, quantity, path in rows
    }
    keys = found.select("source_kind", "source", "date", "left_date", "path").rows()
    assert dict(zip(keys, found["quantity"].to_list(), strict=True)) == pytest.approx(wanted)


def test_the_table_is_as_the_contract_says_and_in_the_same_order_each_time() -> None:
    found = trace(bakery_plan())
    assert dict(found.schema) == RESULTS["traces"]
    assert found.equals(trace(bakery_plan()))


def test_lanes_stand_in_the_path_in_the_order_of_travel() -> None:
    # bread goes on from the Camp to the Port on the day after it came, and is eaten there
    edits = {
        ("lanes", 2): {"lane": "ferry", "from_location": "Camp", "to_location": "Port", "mode": "sea"}
        | {"transit_days": 1.0, "loss_fraction": 0.5},
        ("consumption", 2): {"location": "Port", "item": "bread", "per_day": 9.0},
    }
    decisions = decided(
        shipments=[("road", "bread", 0, 10.0), ("ferry", "bread", 3, 8.0)],
        orders=[],
        served=[(4, 4, 3.0), (4, 5, 1.0)],
        handovers=[],
        starts=[],
        expansions=[],
    )
    found = trace(book(bakery(edits), decisions))
    assert found["path"].to_list() == ["road > ferry"] * 2
    assert found["left_date"].to_list() == [date(0)] * 2
    assert found["quantity"].to_list() == pytest.approx([3.0, 1.0])


def test_what_two_rows_use_on_one_day_is_told_together() -> None:
    rows = trace(bakery_plan()).filter(item="bread", date=date(2))
    assert rows["quantity"].to_list() == [5.0]


def test_without_uses_there_are_no_traces() -> None:
    nothing = decided(shipments=[], starts=[], expansions=[], served=[], handovers=[])
    found = trace(book(bakery(), nothing))
    assert found.is_empty()
    assert dict(found.schema) == RESULTS["traces"]


def test_a_pledge_can_be_followed_forward() -> None:
    plan = bakery_plan()
    served = forward(plan, "grain")
    assert served.select("date", "quantity").rows() == [(date(2), 1.0), (date(3), 1.5)]
    assert forward(plan, "armour").is_empty()
    assert forward(plan, "Port", kind="stock")["path"].to_list() == ["rail", "rail"]


def test_forward_reads_the_traces_that_a_plan_carries() -> None:
    plan = bakery_plan()
    carried = trace(plan).with_columns(quantity=7.0)
    plan = Plan(plan.scenario, plan.summary, {**plan.tables, "traces": carried})
    assert set(forward(plan, "grain")["quantity"]) == {7.0}


def test_pledged_against_delivered_day_by_day() -> None:
    columns = ("pledge", "date", "pledged", "taken_up", "delivered", "assembled")
    assert delivered(bakery_plan()).select(columns).rows() == [
        ("grain", date(1), 8.0, 8.0, 0.0, 0.0),
        ("grain", date(2), 0.0, 0.0, 0.0, 1.0),
        ("grain", date(3), 0.0, 0.0, 0.0, 1.5),
        ("armour", date(0), 3.0, 0.0, 0.0, 0.0),
    ]


def test_a_pledge_handed_over_counts_as_delivered() -> None:
    # three tanks in stock and one of the pledge leave the Port; the fourth need is met by the pledge
    edits = {
        ("pledges", 1): {"status": "committed"},
        ("needs", 0): {"quantity": 4.0},
        ("closures", 0): {"lane": "road"},
    }
    decisions = decided(
        take_up=[("armour", 1, 2.0)],
        shipments=[("rail", "tank", 0, 2.0), ("rail", "tank", 2, 2.0)],
        handovers=[("squadron", 1, 2.0), ("squadron", 3, 2.0)],
        served=[],
        starts=[],
        expansions=[],
        orders=[],
    )
    rows = delivered(book(bakery(edits), decisions)).filter(pledge="armour")
    assert rows.select("pledged", "taken_up", "delivered").sum().row(0) == (3.0, 2.0, 1.0)


@pytest.mark.parametrize("noise", [1e-9, 0.0, -1e-9])
def test_rounding_between_two_sums_leaves_no_slivers(noise: float) -> None:
    # the 21st tonne of flour is the last one used on day 2, and but for rounding the last one taken up on day 1
    taken = [("grain", 1, 1.0 + noise), ("grain", 2, 7.0 - noise)]
    rows = trace(book(bakery(), decided(take_up=taken))).filter(item="flour", source_kind="pledge")
    assert rows.select("date", "left_date").rows() == [(date(2), date(1)), (date(3), date(2))]
    assert rows["quantity"].to_list() == pytest.approx([1.0, 1.5])
