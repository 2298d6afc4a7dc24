"""One map for a theatre, two for the world, none without coordinates."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import polars as pl
from tests.functional.brief_plan import brief_plan

from redball.results.plan import Plan
from redball.views.map_draw import draw_maps
from redball.views.map_labels import overlap


def with_locations(plan: Plan, locations: pl.DataFrame) -> Plan:
    """Return the plan with another table of locations."""
    scenario = dataclasses.replace(plan.scenario, tables={**plan.scenario.tables, "locations": locations})
    return Plan(scenario, plan.summary, plan.tables)


PLAN = brief_plan()
LOCATIONS = PLAN.scenario.table("locations")
MAPS = draw_maps(PLAN)


def test_a_theatre_is_one_map_with_every_place_inside() -> None:
    (drawing,) = MAPS
    assert drawing.key == "theatre"
    xy = np.array([(place.x, place.y) for place in drawing.places])
    assert len(xy) == LOCATIONS.height
    assert drawing.frame.holds(xy).all()
    consuming = {place.location for place in drawing.places if place.consumes}
    assert {placed.name.key for placed in drawing.names} >= consuming


def test_what_lies_far_off_gets_the_map_of_the_world() -> None:
    far = pl.when(pl.col("location") == "bordeaux")
    moved = LOCATIONS.with_columns(
        far.then(33.7).otherwise("latitude").alias("latitude"),
        far.then(-84.4).otherwise("longitude").alias("longitude"),
    )
    theatre, world = draw_maps(with_locations(PLAN, moved))
    assert (theatre.key, world.key) == ("theatre", "world")
    assert "bordeaux" not in {place.location for place in theatre.places}
    assert "bordeaux" in {placed.name.key for placed in world.names}
    assert "kharkiv" in {place.location for place in theatre.places}


def test_no_coordinates_no_map() -> None:
    bare = LOCATIONS.with_columns(latitude=pl.lit(None, dtype=pl.Float64))
    assert draw_maps(with_locations(PLAN, bare)) == ()


def test_names_touch_neither_each_other_nor_countries() -> None:
    (drawing,) = MAPS
    boxes = [placed.box for placed in (*drawing.names, *drawing.countries)]
    assert all(overlap(a, b) == 0 for a, b in itertools.combinations(boxes, 2))
