"""How long stocks last: answers by hand, and the plan's way against the plan's tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from redball.core.errors import InputError
from redball.engines.forecast_stock import ALLOCATED_ARRIVES, NOTHING_MOVES, PLAN, SCHEMA, forecast
from redball.results.plan import Plan, Summary
from redball.scenario.examples import hub_and_spoke
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

START = dt.date(2023, 3, 1)


def scenario_of(days: int = 10, **tables: list[dict]) -> Scenario:
    base = {
        "locations": pl.DataFrame({"location": ["camp", "depot"], "kind": ["point", "depot"]}),
        "items": pl.DataFrame(
            {
                "item": ["water", "tank"],
                "supply_class": ["I", "VII"],
                "unit": ["tonne", "vehicle"],
                "tonnes_per_unit": [1.0, 60.0],
            }
        ),
    }
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return Scenario(Settings(start=START, days=days), base | frames)


def plan_of(scenario: Scenario, **tables: pl.DataFrame) -> Plan:
    summary = Summary(
        "optimal", 0, 0, 0, 0, 0, {}, scenario.digest, "0", {}, "none", {}, n_variables=0, n_rows=0
    )
    return Plan(scenario, summary, tables)


def one(frame: pl.DataFrame, way: str, location: str = "camp", item: str = "water") -> dict:
    return frame.row(
        by_predicate=(pl.col("way") == way) & (pl.col("location") == location) & (pl.col("item") == item),
        named=True,
    )


WATER = {"location": "camp", "item": "water"}


def test_stock_divided_by_rate():
    scenario = scenario_of(stocks=[WATER | {"quantity": 10.0}], consumption=[WATER | {"per_day": 3.0}])
    row = one(forecast(scenario), NOTHING_MOVES)
    # days 0, 1, 2 in full, a third of day 3, nothing on days 4 to 9
    assert row["days_of_supply"] == pytest.approx(10 / 3)
    assert row["stock_out_date"] == dt.date(2023, 3, 4)
    assert row["short_days"] == 7
    assert row["shortage_quantity"] == pytest.approx(20.0)
    assert (row["on_hand"], row["per_day"], row["unit"]) == (10.0, 3.0, "tonne")
    assert row["beyond_horizon"] is False


def test_an_exact_number_of_days_ends_the_day_after():
    scenario = scenario_of(stocks=[WATER | {"quantity": 9.0}], consumption=[WATER | {"per_day": 3.0}])
    row = one(forecast(scenario), NOTHING_MOVES)
    assert (row["days_of_supply"], row["stock_out_date"]) == (3.0, dt.date(2023, 3, 4))


def test_what_lasts_beyond_the_horizon_has_no_date():
    scenario = scenario_of(stocks=[WATER | {"quantity": 30.0}], consumption=[WATER | {"per_day": 3.0}])
    row = one(forecast(scenario), NOTHING_MOVES)
    assert row["beyond_horizon"] is True
    assert (row["days_of_supply"], row["stock_out_date"], row["short_days"]) == (None, None, 0)


def test_a_reserve_is_held_back():
    scenario = scenario_of(
        stocks=[WATER | {"quantity": 10.0, "reserve": 4.0}], consumption=[WATER | {"per_day": 3.0}]
    )
    row = one(forecast(scenario), NOTHING_MOVES)
    assert (row["days_of_supply"], row["on_hand"], row["reserve"]) == (2.0, 10.0, 4.0)


def test_rows_of_one_item_are_served_from_one_stock():
    scenario = scenario_of(
        stocks=[WATER | {"quantity": 10.0}],
        consumption=[
            WATER | {"per_day": 1.0, "priority": "1"},
            WATER | {"per_day": 4.0, "priority": "3", "from_date": dt.date(2023, 3, 3)},
        ],
    )
    row = one(forecast(scenario), NOTHING_MOVES)
    # 1 + 1 + 5 leave 3 of 5 for the fourth day
    assert row["days_of_supply"] == pytest.approx(3.6)
    assert row["per_day"] == pytest.approx((2 * 1 + 8 * 5) / 10)


def test_pledges_at_the_location_arrive_on_their_date_and_only_the_firm_ones():
    pledge = WATER | {"donor": "x", "quantity": 3.0, "available_date": dt.date(2023, 3, 3)}
    scenario = scenario_of(
        stocks=[WATER | {"quantity": 3.0}],
        consumption=[WATER | {"per_day": 3.0}],
        pledges=[
            pledge | {"pledge": "on the way", "status": "allocated"},
            pledge | {"pledge": "firm", "status": "committed", "available_date": dt.date(2023, 3, 4)},
            pledge | {"pledge": "said", "status": "announced", "available_date": dt.date(2023, 3, 5)},
            pledge | {"pledge": "elsewhere", "status": "allocated", "location": "depot"},
            pledge | {"pledge": "too late", "status": "allocated", "available_date": dt.date(2024, 1, 1)},
        ],
    )
    frame = forecast(scenario)
    row = one(frame, ALLOCATED_ARRIVES)
    # short on day 1, served again on days 2 and 3: the first short day is what counts
    assert (row["days_of_supply"], row["stock_out_date"], row["short_days"]) == (1.0, dt.date(2023, 3, 2), 7)
    assert row["shortage_quantity"] == pytest.approx(21.0)
    assert one(frame, NOTHING_MOVES)["short_days"] == 9


def test_a_pledge_serves_on_the_very_day_it_is_available():
    scenario = scenario_of(
        consumption=[
            WATER | {"per_day": 3.0, "from_date": dt.date(2023, 3, 3), "to_date": dt.date(2023, 3, 3)}
        ],
        pledges=[
            WATER
            | {"pledge": "p", "donor": "x", "quantity": 3.0, "status": "allocated"}
            | {"available_date": dt.date(2023, 3, 3)}
        ],
    )
    row = one(forecast(scenario), ALLOCATED_ARRIVES)
    assert (row["short_days"], row["beyond_horizon"]) == (0, True)


def test_stock_that_nobody_consumes_has_no_days_of_supply():
    scenario = scenario_of(
        stocks=[WATER | {"quantity": 1.0}, {"location": "depot", "item": "tank", "quantity": 4.0}],
        consumption=[WATER | {"per_day": 3.0}],
    )
    row = one(forecast(scenario), NOTHING_MOVES, "depot", "tank")
    assert (row["days_of_supply"], row["stock_out_date"], row["beyond_horizon"]) == (None, None, False)
    assert (row["on_hand"], row["per_day"]) == (4.0, 0.0)


def test_the_plan_says_what_it_serves():
    scenario = scenario_of(
        days=4,
        stocks=[WATER | {"quantity": 3.0}],
        consumption=[WATER | {"per_day": 2.0}, WATER | {"per_day": 2.0, "priority": "3"}],
    )
    served = pl.DataFrame(
        [
            WATER | {"row": row, "date": START + dt.timedelta(day), "asked": 2.0, "quantity": quantity}
            for row, quantities in ((2, (2.0, 2.0, 2.0, 2.0)), (3, (2.0, 2.0, 1.0, 2.0 - 1e-8)))
            for day, quantity in enumerate(quantities)
        ]
    )
    row = one(forecast(scenario, plan_of(scenario, served=served)), PLAN)
    assert row["days_of_supply"] == pytest.approx(2.75)
    assert (row["stock_out_date"], row["short_days"]) == (dt.date(2023, 3, 3), 1)
    assert row["shortage_quantity"] == pytest.approx(1.0)


def test_a_plan_of_another_scenario_is_refused():
    scenario = scenario_of(consumption=[WATER | {"per_day": 2.0}])
    other = scenario_of(consumption=[WATER | {"per_day": 2.5}])
    with pytest.raises(InputError, match="another scenario"):
        forecast(scenario, plan_of(other))


def test_a_plan_in_which_nothing_moves_forecasts_the_same():
    scenario = hub_and_spoke(2, 14, 30, 4, 40)
    served = served_from_stock_alone(scenario)
    frame = forecast(scenario, plan_of(scenario, served=served))
    still = frame.filter(pl.col("way") == NOTHING_MOVES).drop("way")
    planned = frame.filter(pl.col("way") == PLAN).drop("way")
    assert still.height > 20 and still["short_days"].sum() > 100
    for column in still.columns:
        if still[column].dtype == pl.Float64:
            assert (still[column] - planned[column]).abs().max() < 1e-6
        assert (still[column].is_null() == planned[column].is_null()).all()
    assert still.select("location", "item", "stock_out_date", "short_days").equals(
        planned.select("location", "item", "stock_out_date", "short_days")
    )


def served_from_stock_alone(scenario: Scenario) -> pl.DataFrame:
    """Serve row after row in plain Python: another way to the same numbers."""
    stocks = scenario.table("stocks").iter_rows(named=True)
    left = {
        (row["location"], row["item"]): row["quantity"] - min(row["reserve"], row["quantity"])
        for row in stocks
    }
    rows = []
    for day in range(scenario.settings.days):
        date = START + dt.timedelta(day)
        for number, row in enumerate(scenario.table("consumption").iter_rows(named=True)):
            if not row["from_date"] <= date <= row["to_date"]:
                continue
            key = row["location"], row["item"]
            quantity = min(row["per_day"], left.get(key, 0.0))
            left[key] = left.get(key, 0.0) - quantity
            rows.append((*key, number + 2, date, row["per_day"], quantity))
    return pl.DataFrame(rows, schema=["location", "item", "row", "date", "asked", "quantity"], orient="row")


def test_nothing_to_forecast_is_an_empty_table():
    frame = forecast(scenario_of())
    assert frame.is_empty()
    assert dict(frame.schema) == SCHEMA


def test_the_inputs_are_not_written_to():
    scenario = hub_and_spoke(2, 14, 30, 4, 40)
    digest = scenario.digest
    assert forecast(scenario).equals(forecast(scenario))
    assert replace(scenario).digest == digest
