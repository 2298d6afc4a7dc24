"""The generated networks: exact counts, the same bytes for the same seed, and limits that make sense."""

from __future__ import annotations

import polars as pl
import pytest

from redball.core.errors import InputError
from redball.scenario.examples import SIZES, hub_and_spoke, sized
from redball.scenario.read import read
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.write import write


@pytest.fixture(scope="module")
def medium() -> Scenario:
    return sized("M", seed=3)


@pytest.mark.parametrize("size", SIZES)
def test_counts_are_exact(size):
    scenario = sized(size)
    counts = [scenario.tables[name].height for name in ("locations", "lanes", "items")]
    assert (*counts, scenario.settings.days) == SIZES[size]


def test_same_seed_same_bytes_and_another_seed_others():
    assert hub_and_spoke(5, 20, 40, 4, 40).digest == hub_and_spoke(5, 20, 40, 4, 40).digest
    assert hub_and_spoke(5, 20, 40, 4, 40).digest != hub_and_spoke(6, 20, 40, 4, 40).digest


@pytest.mark.parametrize("decisions", [False, True])
@pytest.mark.parametrize("counts", [(10, 12, 1, 10), (13, 40, 2, 11), (40, 90, 9, 45)])
def test_every_table_fits_the_schema(counts, decisions):
    scenario = hub_and_spoke(1, *counts, decisions=decisions)
    for name, frame in scenario.tables.items():
        columns = SCHEMA[name].by_name
        assert set(frame.columns) <= set(columns)
        assert frame.height > 0 or name in ("recipes", "production"), name
        for column in SCHEMA[name].columns:
            if column.name not in frame.columns:
                assert not column.required
                continue
            values = frame[column.name]
            assert values.dtype == column.dtype, (name, column.name)
            if column.required:
                assert values.null_count() == 0
            if column.kind == "id":
                assert values.n_unique() == frame.height
            if column.kind == "number":
                low = values.min()
                assert low is None or column.low is None or low > column.low - (not column.low_open) * 1e-12
                assert not values.is_nan().any()
            if column.choices:
                assert set(values.drop_nulls()) <= set(column.choices)
            if column.table:
                known = scenario.tables[column.table]
                assert set(values.drop_nulls()) <= set(known[SCHEMA[column.table].key])


@pytest.mark.parametrize("decisions", [False, True])
@pytest.mark.parametrize("counts", [(10, 12, 1, 10), (12, 30, 5, 60), (40, 90, 9, 45)])
def test_it_passes_the_door_unchanged(counts, decisions, tmp_path):
    scenario = hub_and_spoke(2, *counts, decisions=decisions)
    write(scenario, tmp_path / "scenario")
    assert read(tmp_path / "scenario").digest == scenario.digest


def test_every_location_has_a_way_from_supply_to_demand(medium):
    lanes = medium.tables["lanes"]
    kinds = medium.tables["locations"].select("location", "kind")
    points = set(kinds.filter(pl.col("kind") == "point")["location"])
    sources = set(kinds.filter(pl.col("kind").is_in(["donor", "factory", "market"]))["location"])
    everyone = set(kinds["location"])
    assert set(lanes["to_location"]) >= everyone - sources
    assert set(lanes["from_location"]) == everyone - points


def test_what_lies_there_on_day_0_fits_its_storage(medium):
    # few points and short horizons, where opening stock is large beside the storage of its place
    for scenario in (medium, *(hub_and_spoke(seed, 10, 14, 6, 90) for seed in range(40))):
        held = (
            scenario.table("stocks")
            .join(scenario.table("items"), on="item")
            .group_by("location")
            .agg(t=(pl.col("quantity") * pl.col("tonnes_per_unit")).sum())
            .join(scenario.table("locations"), on="location")
        )
        assert held.filter(pl.col("t") > pl.col("storage_t")).is_empty()
    assert medium.table("locations")["storage_t"].is_finite().sum() > 20


def test_a_partial_closure_only_where_there_is_a_limit(medium):
    part = medium.table("closures").filter(pl.col("open_fraction").is_between(0, 1, closed="none"))
    assert part.height > 0
    limited = set(medium.table("locations").filter(pl.col("throughput_t_per_day").is_finite())["location"])
    assert set(part["location"].drop_nulls()) <= limited
    assert medium.table("lanes")["capacity_t_per_day"].is_finite().all()


def test_linear_unless_decisions_are_asked_for(medium):
    assert not medium.table("items")["whole"].any()
    assert (medium.table("production")["expansion"] != "decide").all()
    assert (medium.table("offers")["order_min"] == 0).all()
    mixed = sized("M", seed=3, decisions=True)
    assert mixed.table("items")["whole"].any()
    assert (mixed.table("production")["expansion"] == "decide").any()
    assert (mixed.table("offers")["order_min"] > 0).all()


def test_supply_is_of_the_order_of_demand(medium):
    asked = (medium.table("consumption")["per_day"] * 1.0 * medium.settings.days).sum()
    assert asked > 0
    quantity = medium.table("pledges").group_by("item").agg(pl.col("quantity").sum())
    wanted = (
        medium.table("consumption").group_by("item").agg(asked=pl.col("per_day").sum() * medium.settings.days)
    )
    share = wanted.join(quantity, on="item").select(pl.col("quantity") / pl.col("asked")).to_series()
    assert 0.2 < share.median() < 0.9


def test_too_small_and_impossible_counts_say_what_would_do():
    with pytest.raises(InputError, match="at least 10 locations"):
        hub_and_spoke(0, 9, 20, 2, 30)
    with pytest.raises(InputError, match="Give 11 to"):
        hub_and_spoke(0, 12, 10, 2, 30)
    with pytest.raises(InputError, match="cannot connect"):
        hub_and_spoke(0, 12, 4000, 2, 30)
    with pytest.raises(InputError, match="no size"):
        sized("XXL")
