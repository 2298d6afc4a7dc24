"""How many tons a day are enough for Berlin? By bisection over plans, beside the closed form.

python examples/berlin-1948/enough.py
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import redball as rb

HERE = Path(__file__).parent
DELAY_DAYS = 2  # a day in the air, a day from the airfield to the ration card (§1.3)


def lift(scenario: rb.Scenario) -> float:
    """Return the tons a day that all fleets together can fly."""
    fleets = scenario.table("fleets")
    return float((fleets["vehicles"] * fleets["payload_t"]).sum())


def with_lift(scenario: rb.Scenario, tons_per_day: float) -> rb.Scenario:
    """Return the scenario with as many aircraft, in the same proportion, as fly `tons_per_day`."""
    fleets = scenario.tables["fleets"].with_columns(pl.col("vehicles") * (tons_per_day / lift(scenario)))
    return rb.Scenario(scenario.settings, {**scenario.tables, "fleets": fleets})


def closed_form(scenario: rb.Scenario) -> float:
    """Return need less stock, over the days on which a load can leave and still be of use.

    What is missing grows with each day that passes, the lift too, but more slowly: the last day decides.
    """
    days = scenario.settings.days
    need = float(scenario.table("consumption")["per_day"].sum()) * days
    stock = float(scenario.table("stocks").filter(pl.col("location") == "Berlin")["quantity"].sum())
    return (need - stock) / (days - DELAY_DAYS)


def bisection(scenario: rb.Scenario, within: float = 1.0) -> float:
    """Return the least tons a day, to `within`, with which the plan leaves nothing short."""
    too_little, enough = 0.0, float(scenario.table("consumption")["per_day"].sum())
    while enough - too_little > within:
        middle = (too_little + enough) / 2
        short = rb.plan(with_lift(scenario, middle), threads=1).summary.shortage_days > 1e-6
        too_little, enough = (middle, enough) if short else (too_little, middle)
    return enough


def main() -> None:
    """Print both answers."""
    scenario = rb.read(HERE / "airlift")
    print(f"the fleets of the example fly  {lift(scenario):7,.1f} tons a day")
    print(f"enough, by closed form         {closed_form(scenario):7,.1f} tons a day")
    print(f"enough, by bisection of plans  {bisection(scenario):7,.1f} tons a day")


if __name__ == "__main__":
    main()
