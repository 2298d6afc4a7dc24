"""Coasts and borders: whose land a point is on, and paths that stay within the frame."""

from __future__ import annotations

import re

import numpy as np
import pytest

from redball.views.map_borders import atlas, borders, country_at
from redball.views.map_project import EqualEarth, Lambert, fit


@pytest.mark.parametrize(
    ("latitude", "longitude", "country"),
    [
        (44.95, 34.1, "Ukraine"),  # Simferopol, Crimea
        (45.35, 36.47, "Ukraine"),  # Kerch, Crimea
        (48.0, 37.8, "Ukraine"),
        (54.7, 20.5, "Russia"),  # Kaliningrad
        (-29.6, 28.2, "Lesotho"),  # an enclave: a hole in South Africa
        (52.52, 13.4, "Germany"),
        (43.4, 34.0, None),  # the Black Sea
    ],
)
def test_a_point_lies_in_its_country(latitude: float, longitude: float, country: str | None) -> None:
    assert country_at(latitude, longitude) == country


def points_of(path: str) -> list[np.ndarray]:
    """Return the lines of path data that moves to a point and then runs in relative steps."""
    lines = []
    for part in path.split("M")[1:]:
        start, steps = part.rstrip("Z").split("l")
        numbers = np.array([float(word) for word in re.findall(r"-?[\d.]+", f"{start} {steps}")])
        lines.append(np.cumsum(numbers.reshape(-1, 2), axis=0))
    return lines


def test_land_is_cut_to_the_frame_and_holds_what_is_on_land() -> None:
    latitude, longitude = np.array([44.0, 60.0]), np.array([0.0, 38.0])
    frame = fit(Lambert(52, 19), latitude, longitude, 800, (300, 600), 30)
    drawn = borders(frame)
    rings = points_of(drawn.land)
    for ring in rings:
        assert ring.min() > -8
        assert (ring < (frame.width + 8, frame.height + 8)).all()
    names = [name for name, *_ in drawn.countries]
    assert {"Poland", "Germany", "Ukraine"} <= set(names)
    assert "Brazil" not in names
    for _, x, y, _ in drawn.countries:
        assert 0 < x < frame.width
        assert 0 < y < frame.height


def test_no_coast_runs_across_the_world_where_a_country_crosses_180_degrees() -> None:
    frame = fit(EqualEarth(), np.array([-40.0, 68.0]), np.array([-170.0, 170.0]), 800, (200, 500), 10)
    for ring in points_of(borders(frame, with_names=False).land):
        inner = ring[(ring[:, 1] > 1) & (ring[:, 1] < frame.height - 1)]
        assert np.abs(np.diff(inner[:, 0])).max(initial=0) < 100


def test_arcs_of_the_file_are_decoded_to_degrees() -> None:
    degrees = np.concatenate(atlas().arcs)
    assert np.abs(degrees[:, 0]).max() <= 180.001
    assert np.abs(degrees[:, 1]).max() <= 90.001
