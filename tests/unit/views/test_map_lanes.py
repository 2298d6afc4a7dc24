"""Lanes as lines: their ends, their way-points, side by side."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from redball.views.map_lanes import at_share, lane_lines
from redball.views.map_project import Lambert, fit

PLACES = {"a": (50.0, 10.0), "b": (52.0, 20.0)}
FRAME = fit(Lambert(51, 15), np.array([50.0, 52.0]), np.array([10.0, 20.0]), 400, (200, 300), 20)


def lanes(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    schema = ["lane", "from_location", "to_location", "via"]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(mode=pl.lit("road"))


def test_lines_run_from_end_to_end_by_their_way_points() -> None:
    lines = lane_lines(lanes(("l", "a", "b", "54 12 55 16"), ("far", "a", "nowhere", None)), PLACES, FRAME)
    assert set(lines) == {"l"}
    points = lines["l"].points
    assert points[0] == pytest.approx(FRAME.xy(50, 10))
    assert points[-1] == pytest.approx(FRAME.xy(52, 20))
    for way in ((54, 12), (55, 16)):
        assert np.hypot(*(points - FRAME.xy(*way)).T).min() < 1e-6


def test_lanes_between_the_same_places_stand_apart() -> None:
    lines = lane_lines(
        lanes(("road", "a", "b", None), ("rail", "a", "b", None), ("back", "b", "a", None)), PLACES, FRAME
    )
    middles = [at_share(line.points, np.array([0.5]))[0] for line in lines.values()]
    for k, one in enumerate(middles):
        for two in middles[k + 1 :]:
            assert np.hypot(*(one - two)) > 5


def test_shares_of_a_line_go_by_length() -> None:
    corner = np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 10.0]])
    assert at_share(corner, np.array([0.0, 0.5, 0.75, 1.0])).tolist() == [[0, 0], [20, 0], [30, 0], [30, 10]]
