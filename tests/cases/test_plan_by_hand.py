"""Plans whose answer a pencil gives, one rule at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from redball.api import plan
from redball.core.progress import Silent
from redball.model.params import PlanParams
from redball.results.plan import Plan
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Objective, Settings

START = dt.date(2027, 3, 1)
EXACT = PlanParams(gap=1e-9)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def scenario(
    days: int, rationing: str = "none", urgency: float = 0.0, **tables: list[dict[str, Any]]
) -> Scenario:
    """Make a scenario of rows; one source A, one sink B, water by the tonne, unless told otherwise."""
    rows = {
        "locations": [{"location": "A", "kind": "donor"}, {"location": "B", "kind": "point"}],
        "items": [{"item": "water", "supply_class": "I", "unit": "tonne", "tonnes_per_unit": 1.0}],
        **tables,
    }
    frames = {name: pl.DataFrame(table, infer_schema_length=None) for name, table in rows.items()}
    objective = Objective(rationing=rationing, urgency=urgency)  # type: ignore[arg-type]
    settings = Settings(name="by hand", start=START, days=days, objective=objective)
    return assemble(settings, frames)


def lane(**more: Any) -> dict[str, Any]:
    return {
        "lane": "A-B",
        "from_location": "A",
        "to_location": "B",
        "mode": "road",
        "transit_days": 2.0,
        **more,
    }


def stock(location: str, quantity: float, **more: Any) -> dict[str, Any]:
    return {"location": location, "item": "water", "quantity": quantity, **more}


def eats(per_day: float, location: str = "B", **more: Any) -> dict[str, Any]:
    return {"location": location, "item": "water", "per_day": per_day, **more}


def shortage(result: Plan) -> float:
    return round(result.summary.shortage_days, 6)


def test_nothing_arrives_before_the_transit_time_and_the_reserve_stays() -> None:
    # 2 of 6 days are lost to the transit; 25 of 30 may leave, 4 days at 10 need 40: 1.5 days short of that
    result = plan(
        scenario(6, stocks=[stock("A", 30.0, reserve=5.0)], lanes=[lane()], consumption=[eats(10.0)]), EXACT
    )
    assert shortage(result) == 2 + 1.5
    assert result.stocks.filter(location="A")["quantity"].min() == pytest.approx(5.0)
    binding = result.bottlenecks.filter(limit="reserve")
    assert binding["name"].to_list() == ["A / water"]
    assert binding["shortage_days_per_unit"].sum() == pytest.approx(0.1)


def test_a_lane_at_capacity_is_worth_what_one_more_tonne_a_day_serves() -> None:
    # 4 t a day leave on days 0..3 and serve 0.4 of 10 on days 2..5
    result = plan(
        scenario(
            6, stocks=[stock("A", 99.0)], lanes=[lane(capacity_t_per_day=4.0)], consumption=[eats(10.0)]
        ),
        EXACT,
    )
    assert shortage(result) == 2 + 4 * 0.6
    (row,) = result.bottlenecks.filter(limit="lane").rows(named=True)
    assert (row["from_date"], row["to_date"]) == (day(0), day(3))
    assert row["shortage_days_per_unit"] == pytest.approx(4 * 0.1)
    assert row["value_per_unit"] == pytest.approx(4 * 0.1 * 10 * 1_000_000)


def test_loss_on_the_way_is_lost() -> None:
    result = plan(
        scenario(4, stocks=[stock("A", 20.0)], lanes=[lane(loss_fraction=0.25)], consumption=[eats(10.0)]),
        EXACT,
    )
    assert result.served["quantity"].sum() == pytest.approx(15.0)


def test_a_fleet_is_away_for_its_cycle() -> None:
    # one vehicle of 5 t, away for 4 days: it leaves on days 0 and 4 of 7, its loads arrive on days 2 and 6
    result = plan(
        scenario(
            7,
            stocks=[stock("A", 99.0)],
            fleets=[{"fleet": "trucks", "vehicles": 1.0, "payload_t": 5.0}],
            lanes=[lane(fleet="trucks")],
            consumption=[eats(10.0)],
        ),
        EXACT,
    )
    assert result.served["quantity"].sum() == pytest.approx(10.0)


def test_a_closed_location_closes_its_lanes() -> None:
    closures = [{"location": "B", "from_date": day(0), "to_date": day(1), "open_fraction": 0.0}]
    result = plan(
        scenario(6, stocks=[stock("A", 99.0)], lanes=[lane()], closures=closures, consumption=[eats(10.0)]),
        EXACT,
    )
    assert result.shipments["depart_date"].min() == day(2)
    assert shortage(result) == 4.0


def test_equals_share_a_shortage_by_rationing() -> None:
    # 10 a day for two that ask 10 each: each gets half, for the first half short costs least
    rows = [eats(10.0, "A"), eats(10.0, "A")]
    result = plan(scenario(1, "even", stocks=[stock("A", 10.0)], consumption=rows), EXACT)
    assert result.served["quantity"].to_list() == pytest.approx([5.0, 5.0])
    # each: 0.25 once and 0.25 one and a half times
    assert result.summary.cost["shortage"] == pytest.approx(2 * (0.25 + 0.25 * 1.5) * 10 * 1_000_000)


def test_priority_goes_first_and_the_nearer_day_counts_more() -> None:
    rows = [eats(10.0, "A", priority="3"), eats(10.0, "A", priority="1")]
    result = plan(scenario(1, stocks=[stock("A", 10.0)], consumption=rows), EXACT)
    assert result.served["quantity"].to_list() == pytest.approx([0.0, 10.0])
    urgent = plan(scenario(2, urgency=0.5, stocks=[stock("A", 10.0)], consumption=[eats(10.0, "A")]), EXACT)
    assert urgent.served["quantity"].to_list() == pytest.approx([10.0, 0.0])
    assert urgent.summary.cost["shortage"] == pytest.approx(10 * 1.25 * 1_000_000)


def test_a_need_is_open_from_its_due_date_until_it_is_handed_over() -> None:
    needs = [{"need": "n", "location": "B", "item": "water", "quantity": 8.0, "due_date": day(0)}]
    result = plan(
        scenario(5, stocks=[stock("A", 8.0)], lanes=[lane(capacity_t_per_day=4.0)], needs=needs), EXACT
    )
    # days 0 and 1 wholly open, day 2 half; nothing from day 3 on
    assert shortage(result) == 2.5


def test_an_expansion_is_paid_for_when_it_is_worth_it_and_ramps() -> None:
    line = {
        "line": "mill",
        "location": "B",
        "item": "water",
        "rate_per_day": 0.0,
        "rate_max_per_day": 4.0,
        "expansion": "decide",
        "expansion_days": 1.0,
        "ramp_days": 2.0,
        "expansion_cost": 5.0,
        "lead_days": 1.0,
    }
    result = plan(scenario(5, production=[line], consumption=[eats(4.0)]), EXACT)
    # limits 0 0 2 4 (4): output a day later, 2 on day 3 and 4 on day 4
    assert result.served["quantity"].to_list() == pytest.approx([0, 0, 0, 2, 4])
    assert result.expansions.rows() == [("mill", 5.0)]
    dear = plan(scenario(5, production=[{**line, "expansion_cost": 1e9}], consumption=[eats(4.0)]), EXACT)
    assert dear.expansions.is_empty()
    assert dear.summary.status == "optimal"


def test_a_minimum_order_and_a_budget_exclude_each_other() -> None:
    offer = {
        "offer": "o",
        "location": "B",
        "item": "water",
        "quantity_max": 9.0,
        "order_min": 6.0,
        "unit_cost": 10.0,
        "lead_days": 1.0,
        "budget": "purse",
    }
    for amount, ordered in ((59.0, 0.0), (60.0, 6.0), (70.0, 7.0), (999.0, 9.0)):
        budgets = [{"budget": "purse", "amount": amount}]
        result = plan(scenario(4, offers=[offer], budgets=budgets, consumption=[eats(3.0)]), EXACT)
        assert result.orders["quantity"].sum() == pytest.approx(ordered)


def test_whole_tanks_wait_until_a_whole_one_fits() -> None:
    # 0.4 of a tank a day fits on the lane: the third day's capacity is no help, for parts do not depart
    tanks = [{"item": "water", "supply_class": "VII", "unit": "tank", "tonnes_per_unit": 10.0, "whole": True}]
    needs = [{"need": "n", "location": "B", "item": "water", "quantity": 2.0, "due_date": day(0)}]
    result = plan(
        scenario(
            6, items=tanks, stocks=[stock("A", 2.0)], lanes=[lane(capacity_t_per_day=14.0)], needs=needs
        ),
        EXACT,
    )
    assert result.shipments["quantity"].to_list() == [1.0, 1.0]
    assert shortage(result) == 2 + 0.5
    none = plan(
        scenario(6, items=tanks, stocks=[stock("A", 2.0)], lanes=[lane(capacity_t_per_day=4.0)], needs=needs),
        EXACT,
    )
    assert none.shipments.is_empty()
    assert (none.summary.status, none.summary.gap) == ("optimal", 0.0)


def test_cover_asks_for_stock_but_never_outbids_consumption() -> None:
    rows = [eats(10.0, "A", cover_days=2.0)]
    result = plan(scenario(3, stocks=[stock("A", 30.0)], consumption=rows), EXACT)
    assert result.summary.shortage_days == 0
    # closing stocks 20, 10, 0 of the 20 asked for: 0, a half and a whole of the cover short
    assert result.summary.cost["cover"] == pytest.approx(1.5 * 0.002 * 1_000_000)


class AtOnce(Silent):
    """A listener who asks to stop before anything is found."""

    stopped = True


@pytest.mark.parametrize("limits", [{"progress": AtOnce()}, {"time_limit": 1e-9}])
def test_a_plan_that_is_stopped_says_what_it_has(limits: dict[str, Any]) -> None:
    from redball.scenario.examples import sized

    result = plan(sized("S", 1), **limits)
    assert result.summary.status in ("stopped", "time limit")
    assert 0 < result.summary.gap <= 1
    assert 0 <= result.summary.bound <= result.summary.objective
    assert result.summary.bottlenecks_from == "none"
