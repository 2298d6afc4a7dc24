"""Projections keep areas, and frames hold their points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redball.views.map_project import EqualEarth, Lambert, Projection, distance_km, fit, middle


def area(projection: Projection, latitude: float, longitude: float) -> float:
    """Return how much a small cell about a point is blown up, against its area on the sphere."""
    step = 0.01
    lat = np.array([latitude, latitude, latitude + step])
    lon = np.array([longitude, longitude + step, longitude])
    x, y = projection.plane(lat, lon)
    drawn = abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))
    return float(drawn / (np.radians(step) ** 2 * np.cos(np.radians(latitude))))


@settings(deadline=None, max_examples=40)
@given(st.floats(-75, 75), st.floats(-170, 170))
def test_both_projections_keep_areas(latitude: float, longitude: float) -> None:
    assert area(EqualEarth(), latitude, longitude) == pytest.approx(1.0, rel=2e-3)
    if distance_km(np.array([latitude]), np.array([longitude]), 50, 20)[0] < 12_000:
        assert area(Lambert(50, 20), latitude, longitude) == pytest.approx(1.0, rel=2e-3)


def test_north_is_up_and_east_is_right() -> None:
    for projection in (Lambert(50, 20), EqualEarth()):
        x, y = projection.plane(np.array([50.0, 51.0, 50.0]), np.array([20.0, 20.0, 21.0]))
        assert y[1] < y[0]
        assert x[2] > x[0]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(30, 65), st.floats(-10, 45)), min_size=1, max_size=12))
def test_a_frame_holds_its_points(points: list[tuple[float, float]]) -> None:
    latitude, longitude = (np.array(part) for part in zip(*points, strict=True))
    frame = fit(Lambert(*middle(latitude, longitude)), latitude, longitude, 800, (300, 600), 30)
    assert 300 <= frame.height <= 600
    assert frame.holds(frame.xy(latitude, longitude), margin=29).all()


def test_distances_and_middles_are_those_of_the_sphere() -> None:
    assert distance_km(np.array([48.8566]), np.array([2.3522]), 51.5074, -0.1278)[0] == pytest.approx(
        344, abs=1
    )
    assert middle(np.array([0.0, 0.0]), np.array([170.0, -170.0]))[1] % 360 == pytest.approx(180)
