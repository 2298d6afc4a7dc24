"""Berlin 1948: stocks that end on a known day, and a tonnage that is enough, in closed form."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

import redball as rb

BERLIN = Path(__file__).parents[2] / "examples" / "berlin-1948"
BLOCKADE, AIRLIFT = BERLIN / "blockade", BERLIN / "airlift"
START = dt.date(1948, 6, 24)
FOOD, FUEL = 1534, 3475
FOOD_DAYS, FUEL_DAYS = 35, 45


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("enough", BERLIN / "enough.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_figures_are_those_of_the_sources() -> None:
    with (BERLIN / "sources" / "berlin-1948.csv").open(encoding="utf-8") as file:
        rows = {(row["group"], row["item"]): float(row["value"]) for row in csv.DictReader(file)}
    assert rows["need", "food total"] == FOOD
    assert rows["need", "coal, diesel and petrol"] == FUEL
    parts = [value for (group, item), value in rows.items() if group == "need"]
    assert sum(parts) == 2 * FOOD + FUEL  # the thirteen kinds of food, their total, and fuel
    for folder in (BLOCKADE, AIRLIFT):
        scenario = rb.read(folder)
        asked = dict(scenario.table("consumption").select("item", "per_day").rows())
        assert asked == {"food": FOOD, "fuel": FUEL}
        stocks = scenario.table("stocks").filter(pl.col("location") == "Berlin")
        held = dict(stocks.select("item", "quantity").rows())
        assert held == {"food": FOOD * rows["stock", "food"], "fuel": FUEL * rows["stock", "coal"]}
    fleets = dict(rb.read(AIRLIFT).table("fleets").select("fleet", "payload_t").rows())
    assert fleets == {"c-47": 2 * rows["vehicle", "C-47 load"], "c-54": 2 * rows["vehicle", "C-54 load"]}
    used = rb.read(AIRLIFT).table("fleets")["vehicles"].sum()
    assert used <= rows["fleet", "aircraft used, whole operation"]


@pytest.mark.parametrize(("folder", "codes"), [(BLOCKADE, {"location-apart"}), (AIRLIFT, set())])
def test_only_the_meant_warning(folder: Path, codes: set[str]) -> None:
    faults = rb.check(folder)
    assert {fault.code for fault in faults} == codes
    assert all(fault.severity == "warning" for fault in faults)


@pytest.mark.parametrize(("item", "per_day", "days"), [("food", FOOD, FOOD_DAYS), ("fuel", FUEL, FUEL_DAYS)])
def test_without_lift_food_ends_on_day_35_and_coal_on_day_45(item: str, per_day: float, days: int) -> None:
    plan = rb.plan(rb.read(BLOCKADE), threads=1)
    served = plan.served.filter(pl.col("item") == item).sort("date")["quantity"].to_list()
    assert served == pytest.approx([per_day] * days + [0.0] * (60 - days))
    stocks = plan.stocks.filter(pl.col("item") == item).sort("date")["quantity"].to_list()
    assert stocks[days - 1] == pytest.approx(0, abs=1e-6)


def test_the_forecast_names_the_dates() -> None:
    table = rb.forecast(rb.read(BLOCKADE)).filter(pl.col("way") == "nothing moves")
    dates = dict(table.select("item", "stock_out_date").rows())
    assert dates == {"food": dt.date(1948, 7, 29), "fuel": dt.date(1948, 8, 8)}
    assert dates["food"] == START + dt.timedelta(days=FOOD_DAYS)
    assert dates["fuel"] == START + dt.timedelta(days=FUEL_DAYS)


def test_with_the_airlift_nothing_is_short() -> None:
    plan = rb.plan(rb.read(AIRLIFT), threads=1)
    assert plan.summary.shortage_days == pytest.approx(0, abs=1e-9)
    flown = plan.shipments.join(rb.read(AIRLIFT).table("lanes").filter(pl.col("mode") == "air"), on="lane")
    assert flown["tonnes"].sum() == pytest.approx(180 * (FOOD + FUEL) - FOOD_DAYS * FOOD - FUEL_DAYS * FUEL)


def test_the_tonnage_that_is_enough_is_the_closed_form() -> None:
    enough = script()
    with (AIRLIFT / "scenario.toml").open("rb") as file:
        days = tomllib.load(file)["scenario"]["days"]
    # two days from take-off to the ration card: no load counts that leaves on the last two
    expected = (days * (FOOD + FUEL) - FOOD_DAYS * FOOD - FUEL_DAYS * FUEL) / (days - 2)
    assert enough.closed_form(rb.read(AIRLIFT)) == pytest.approx(expected)
    assert expected == pytest.approx(3885.14, abs=0.01)
    assert enough.bisection(rb.read(AIRLIFT), within=20) == pytest.approx(expected, abs=20)


@pytest.mark.parametrize(("share", "short"), [(1.0005, False), (0.9995, True)])
def test_just_less_than_the_closed_form_is_too_little(share: float, short: bool) -> None:
    enough = script()
    scenario = rb.read(AIRLIFT)
    plan = rb.plan(enough.with_lift(scenario, share * enough.closed_form(scenario)), threads=1)
    assert (plan.summary.shortage_days > 1e-6) is short
