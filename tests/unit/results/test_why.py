"""Why something is short: a scenario by hand for each kind of cause, planned, and the sentence that it must give."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from redball.core.errors import InputError
from redball.engines.plan.plan import make_plan
from redball.model.params import PlanParams
from redball.results.plan import Plan
from redball.results.trace import trace
from redball.results.why import Cause, causes
from redball.results.why.usage import usage
from redball.scenario.examples import hub_and_spoke
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

START = dt.date(2023, 3, 1)
DAYS = 10

PORT, DEPOT, CAMP = {"location": "port"}, {"location": "depot"}, {"location": "camp"}
WATER = {"item": "water"}
LANES = [
    {"lane": "a", "from_location": "port", "to_location": "depot", "mode": "rail", "transit_days": 2.0},
    {"lane": "b", "from_location": "depot", "to_location": "camp", "mode": "road", "transit_days": 1.0},
]


def on(day: int) -> dt.date:
    return START + dt.timedelta(day)


def planned(changes: dict[str, list[dict]], lanes: list[dict] | None = None, **extra: list[dict]) -> Plan:
    """Plan a line port -> depot -> camp, where the camp asks for 10 t of water a day."""
    tables = {
        "locations": [
            PORT | {"kind": "port"},
            DEPOT | {"kind": "depot"},
            CAMP | {"kind": "point", "name": "Camp"},
        ],
        "items": [
            WATER | {"supply_class": "I", "unit": "tonne", "tonnes_per_unit": 1.0},
            {"item": "pump", "supply_class": "VII", "unit": "kit", "tonnes_per_unit": 2.0},
        ],
        "lanes": lanes or LANES,
        "consumption": [CAMP | WATER | {"per_day": 10.0}],
    }
    frames = {
        name: pl.DataFrame(rows, infer_schema_length=None)
        for name, rows in (tables | changes | extra).items()
    }
    plan = make_plan(Scenario(Settings(start=START, days=DAYS), frames), PlanParams(threads=1))
    return replace(plan, tables={**plan.tables, "traces": trace(plan)})


def lane(at: int, **changes: object) -> list[dict]:
    return [row | changes if number == at else row for number, row in enumerate(LANES)]


def of(kind: str, found: tuple[Cause, ...]) -> Cause:
    mine = [cause for cause in found if cause.kind == kind]
    assert len(mine) == 1, f"{kind}: {[cause.text for cause in found]}"
    return mine[0]


def kinds(found: tuple[Cause, ...]) -> set[str]:
    return {cause.kind for cause in found}


PLENTY = {"stocks": [PORT | WATER | {"quantity": 1000.0}]}


def test_nothing_short_has_no_causes():
    plan = planned({"stocks": [CAMP | WATER | {"quantity": 100.0}]})
    assert causes(plan) == ()
    assert causes(plan, "camp", "water", on(3)) == ()


def test_lead_time_before_which_nothing_can_come():
    found = causes(planned(PLENTY), "camp", "water", on(1))
    cause = of("lead", found)
    assert cause.text == (
        "No water can come to Camp before 4 Mar 2023: the quickest way is from port (not before 1 Mar 2023) by a and b, "
        "3 days."
    )
    assert cause.numbers["transit_days"] == 3
    assert of("shortage", found).text.startswith(
        "On 2 Mar 2023 Camp is short of 10 t of water out of 10 (100 %)."
    )
    assert of("empty", found).numbers == {"closing": 0.0, "opening": 0.0, "received": 0.0}


def test_no_supply_that_counts_can_come_at_all():
    assert "before the plan ends" in of("lead", causes(planned({}))).text


def test_a_lane_at_its_capacity_with_goods_waiting():
    found = causes(planned(PLENTY, lane(0, capacity_t_per_day=4.0)), date=on(9))
    cause = of("lane", found)
    # what leaves the port on days 0 to 6 can be at the camp on day 9
    assert cause.text == (
        "Lane a is at its capacity of 4 t a day from 1 Mar to 7 Mar 2023 (7 days), "
        "while up to 996 t of water lay at port."
    )
    assert (cause.first_date, cause.last_date, cause.depth, cause.rule) == (on(0), on(6), 2, "§3.2")
    assert kinds(found) == {"shortage", "empty", "lane"}


def test_a_closed_lane_and_a_closed_place():
    closed = {"lane": "b", "from_date": on(0), "to_date": on(8), "open_fraction": 0.0}
    cause = of("closure", causes(planned(PLENTY, closures=[closed]), date=on(9)))
    assert cause.text.startswith("Lane b is closed from 3 Mar to 9 Mar 2023 (7 days)")
    place = {"location": "depot", "from_date": on(0), "to_date": on(8), "open_fraction": 0.0}
    found = causes(planned(PLENTY, closures=[place]), date=on(9))
    # both lanes touch the closed depot, one behind the other
    assert [cause.subject for cause in found if cause.kind == "closure"] == ["b", "a"]


def test_throughput_of_a_place():
    locations = [PORT | {"kind": "port"}, DEPOT | {"kind": "depot"}, CAMP | {"kind": "point"}]
    locations = [
        row | {"throughput_t_per_day": 3.0 if row["location"] == "depot" else None} for row in locations
    ]
    cause = of("throughput", causes(planned(PLENTY, locations=locations), date=on(9)))
    assert cause.text == "depot takes in its throughput of 3 t a day from 3 Mar to 9 Mar 2023 (7 days)."


def test_a_class_that_a_lane_does_not_take():
    cause = of("class", causes(planned(PLENTY, lane(1, carries="V VII")), date=on(9)))
    assert cause.text.startswith("Lane b takes V VII only, not class I (water)")


def test_a_fleet_without_vehicles_left():
    fleets = [{"fleet": "trucks", "vehicles": 2.0, "payload_t": 4.0}]
    cause = of("fleet", causes(planned(PLENTY, lane(1, fleet="trucks"), fleets=fleets), date=on(9)))
    assert "Fleet trucks has no vehicle left for lane b: all 2 are away" in cause.text
    assert cause.last_date == on(8)


def test_storage_that_is_full():
    # all must pass the depot on day 8, when the last lane opens; only 15 t can wait there
    locations = [PORT | {"kind": "port"}, DEPOT | {"kind": "depot"}, CAMP | {"kind": "point"}]
    locations = [row | {"storage_t": 15.0 if row["location"] == "depot" else None} for row in locations]
    closures = [
        {"lane": "b", "from_date": on(0), "to_date": on(7), "open_fraction": 0.0},
        {"lane": "a", "from_date": on(5), "to_date": on(9), "open_fraction": 0.0},
    ]
    consumption = [CAMP | WATER | {"per_day": 40.0}]
    plan = planned(PLENTY, locations=locations, closures=closures, consumption=consumption)
    cause = of("storage", causes(plan, date=on(9)))
    assert "depot is full to its storage of 15 t" in cause.text
    assert cause.last_date == on(7)


def test_a_reserve_that_is_not_drawn_down():
    cause = of(
        "reserve",
        causes(planned({"stocks": [PORT | WATER | {"quantity": 30.0, "reserve": 12.0}]}), date=on(9)),
    )
    assert cause.text == "port keeps a reserve of 12 t of water, not to be drawn down."


def test_stock_upstream_that_is_used_up():
    cause = of("stock", causes(planned({"stocks": [PORT | WATER | {"quantity": 20.0}]}), date=on(9)))
    assert cause.text.startswith("port began with 20 t of water and has none left")
    assert cause.depth == 2


PLEDGE = PORT | WATER | {"pledge": "p", "donor": "Norway", "quantity": 50.0, "available_date": on(1)}


@pytest.mark.parametrize("status", ["announced", "conditional"])
def test_a_pledge_too_low_on_the_ladder(status):
    cause = of("rung", causes(planned({"pledges": [PLEDGE | {"status": status}]}), date=on(9)))
    assert cause.text == f"Pledge p (50 t from Norway at port) is only {status} and does not count."
    assert cause.numbers["quantity"] == 50


def test_a_pledge_that_comes_too_late_and_one_that_is_used_up():
    late = PLEDGE | {"status": "committed", "available_date": on(6)}
    cause = of("date", causes(planned({"pledges": [late]}), date=on(8)))
    assert "is available from 7 Mar 2023; it would have helped until 6 Mar 2023" in cause.text
    used = PLEDGE | {"status": "committed", "quantity": 20.0}
    assert "is taken up in full" in of("pledge", causes(planned({"pledges": [used]}), date=on(9))).text


LINE = PORT | WATER | {"line": "well", "rate_per_day": 4.0, "lead_days": 1.0}


def test_a_line_at_its_limit():
    cause = of("production", causes(planned({"production": [LINE]}), date=on(9)))
    assert cause.text == "Line well at port runs at its limit of 4 t a day from 1 Mar to 6 Mar 2023 (6 days)."


def test_a_line_that_waits_for_an_input_and_why_that_is_short():
    tables = {
        "production": [LINE | {"rate_per_day": 20.0}],
        "recipes": [{"line": "well", "item": "pump", "quantity": 0.5}],
        "stocks": [PORT | {"item": "pump", "quantity": 3.0}],
        "pledges": [PLEDGE | {"item": "pump", "status": "announced"}],
    }
    found = causes(planned(tables), date=on(9))
    assert "waits for pump" in of("recipe", found).text
    assert "0.5 kits for each t" in of("recipe", found).text
    rung = of("rung", found)
    assert "50 kits from Norway" in rung.text
    assert rung.depth == of("recipe", found).depth + 1


def test_a_budget_that_is_spent_and_one_outside_its_dates():
    tables = {
        "production": [LINE | {"unit_cost": 10.0, "budget": "money"}],
        "budgets": [{"budget": "money", "amount": 50.0}],
    }
    found = causes(planned(tables), date=on(9))
    assert of("budget", found).text == "Line well at port makes no more: budget money of 50 EUR is spent."
    tables["budgets"] = [{"budget": "money", "amount": 5000.0, "from_date": on(8), "to_date": on(9)}]
    assert (
        "has money only from 9 Mar 2023 to 10 Mar 2023"
        in of("budget", causes(planned(tables), date=on(9))).text
    )


def test_an_expansion_that_is_not_decided_for_want_of_money():
    line = LINE | {
        "rate_max_per_day": 20.0,
        "expansion": "decide",
        "expansion_cost": 900.0,
        "budget": "money",
    }
    budgets = [{"budget": "money", "amount": 300.0}]
    cause = of("expansion", causes(planned({"production": [line], "budgets": budgets}), date=on(9)))
    assert cause.text == (
        "The expansion of line well to 20 t a day is not decided: it costs 900 EUR, and budget money has 300 EUR left."
    )


OFFER = PORT | WATER | {"offer": "o", "quantity_max": 15.0, "unit_cost": 1.0, "lead_days": 1.0}


def test_an_offer_that_is_ordered_in_full_and_one_that_takes_too_long():
    assert (
        "Offer o (15 t at port) is ordered in full."
        in of("offer", causes(planned({"offers": [OFFER]}), date=on(9))).text
    )
    found = causes(planned({"offers": [OFFER | {"lead_days": 7.0}]}), date=on(9))
    assert "nothing of it can come before 8 Mar 2023" in of("date", found).text


def test_priorities_at_the_place_and_elsewhere():
    tables = {
        "stocks": [PORT | WATER | {"quantity": 70.0}],
        "consumption": [
            CAMP | WATER | {"per_day": 10.0, "priority": "3"},
            DEPOT | WATER | {"per_day": 10.0, "priority": "1", "to_date": on(8)},
        ],
    }
    found = causes(planned(tables), "camp", date=on(9))
    cause = of("elsewhere", found)
    assert cause.text.startswith("70 t of water that left port")
    assert cause.text.endswith("went to consumption of priority 1 at depot.")
    both = [CAMP | WATER | {"per_day": 10.0, "priority": name} for name in ("1", "2")]
    scarce = planned(PLENTY, lane(1, capacity_t_per_day=12.0), consumption=both)
    told = of("priority", causes(scarce, date=on(9)))
    assert told.numbers["priority_1"] == pytest.approx(10.0)
    assert told.numbers["priority_2"] == pytest.approx(2.0)


def test_stock_kept_for_later_days():
    stock = {"stocks": [CAMP | WATER | {"quantity": 70.0}]}
    found = causes(planned(stock), "camp", "water", on(0))
    assert "the plan keeps them for later use" in of("kept", found).text


def test_a_need_that_is_open_after_its_date():
    need = CAMP | WATER | {"need": "n", "quantity": 25.0, "due_date": on(1)}
    found = causes(planned(PLENTY, consumption=[CAMP | WATER | {"per_day": 1e-3}], needs=[need]))
    assert of("shortage", found).numbers["missing"] == pytest.approx(25.001)


def test_the_worst_shortage_is_chosen_and_names_are_checked():
    plan = planned(PLENTY, lane(0, capacity_t_per_day=4.0))
    assert causes(plan)[0].kind == "shortage"
    assert of("shortage", causes(plan)).subject == "camp"
    with pytest.raises(InputError, match="Did you mean 'camp'"):
        causes(plan, "cmap")
    with pytest.raises(InputError, match="is not in items"):
        causes(plan, item="gold")
    with pytest.raises(InputError, match="outside the plan"):
        causes(plan, date=dt.date(2024, 1, 1))


def test_causes_as_plain_data():
    data = of("lane", causes(planned(PLENTY, lane(0, capacity_t_per_day=4.0)), date=on(9))).as_dict()
    assert data["first_date"] == "2023-03-01"
    assert data["numbers"]["capacity_t_per_day"] == 4.0


@pytest.fixture(scope="module")
def network() -> Plan:
    plan = make_plan(hub_and_spoke(3, 16, 34, 4, 30, decisions=True), PlanParams(threads=1, time_limit=10))
    return replace(plan, tables={**plan.tables, "traces": trace(plan)})


def test_every_lane_said_to_be_full_is_full_in_the_tables(network):
    short = network.served.filter(pl.col("quantity") < 0.9 * pl.col("asked"))
    asked = short.select("location", "item", "date").unique(maintain_order=True).gather_every(25)
    capacity = dict(network.scenario.table("lanes").select("lane", "capacity_t_per_day").iter_rows())
    used = usage(network)
    told = 0
    for row in asked.iter_rows():
        found = causes(network, *row)
        assert [cause.depth for cause in found] == sorted(cause.depth for cause in found)
        assert len({cause.text for cause in found}) == len(found)
        for cause in found:
            assert cause.text.endswith(".") and "nan" not in cause.text and cause.rule.startswith("§")
            if cause.kind == "lane":
                told += 1
                name = cause.subject
                moved = network.shipments.filter(
                    (pl.col("lane") == name) & (pl.col("depart_date") == cause.first_date)
                )
                day = network.scenario.horizon.day(cause.first_date)
                limit = used.problem.lanes.capacity_t[used.problem.labels.lanes.index(name), day]
                assert limit <= capacity[name]
                assert moved["tonnes"].sum() == pytest.approx(limit, rel=1e-3) or _no_room_for_one(
                    used, name, limit, moved
                )
    assert told > 5


def _no_room_for_one(used, name, limit, moved) -> bool:
    heaviest = used.problem.item_tonnes[used.problem.item_whole].max(initial=0.0)
    return limit - moved["tonnes"].sum() < heaviest


def test_the_use_of_limits_agrees_with_the_tables(network):
    used = usage(network)
    assert used.departing_t.sum() == pytest.approx(network.shipments["tonnes"].sum())
    assert (used.departing_t <= used.problem.lanes.capacity_t * (1 + 1e-6) + 1e-6).all()
    assert (used.arriving_t <= used.problem.throughput_t * (1 + 1e-6) + 1e-6).all()
    assert (used.stored_t <= used.problem.storage_t[:, None] * (1 + 1e-6) + 1e-6).all()
    assert (used.away <= used.problem.fleets.vehicles[:, None] + 1e-6).all()
    assert (used.spent <= used.problem.budgets.amount * (1 + 1e-6) + 1e-6).all()
    assert (used.started <= used.line_limit * (1 + 1e-6) + 1e-6).all()
    assert np.isclose(used.ordered.sum(), network.orders["quantity"].sum())
