"""What a plan does, posted day by day, gives the plan's stocks to the unit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, assume, given, settings
from tests.strategies import scenarios

from redball.engines.plan.plan import make_plan
from redball.ledger.ledger import open_ledger
from redball.ledger.replay import base_units
from redball.model.params import PlanParams
from redball.scenario.scenario import Scenario

LATE = 7_000_000_000_000_000
"""After any plan's days, so that they have happened."""
LAW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@LAW
@given(scenarios(max_days=5))
def test_a_replayed_plan_has_the_stocks_of_the_plan_to_the_unit(scenario: Scenario) -> None:
    assume(scenario.table("stocks")["quantity"].sum() > 0)
    plan = make_plan(scenario, PlanParams())
    with (
        tempfile.TemporaryDirectory() as folder,
        open_ledger(Path(folder) / "ledger.db", clock=lambda: LATE) as ledger,
    ):
        ledger.define(orgs={"Cell": "coordinator"})
        count = ledger.replay(plan, org="Cell", by="anna")
        assert ledger.replay(plan, org="Cell", by="anna") == count
        assert ledger.head.seq == count
        scale = base_units(plan).select("item", "scale")
        for (date,), wanted in plan.stocks.group_by("date"):
            held = ledger.as_of(date).stocks.join(scale, on="item")  # type: ignore[arg-type]
            held = held.with_columns(held=pl.col("quantity") / pl.col("scale")).drop("quantity")
            both = wanted.join(held, on=["location", "item"], how="full", coalesce=True)
            off = both.select(
                (pl.col("quantity").fill_null(0) - pl.col("held").fill_null(0)).abs().max()
            ).item()
            assert off is None or off < 1 + 1e-6
        assert ledger.verify().ok
