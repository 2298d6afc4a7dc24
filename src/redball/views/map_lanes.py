"""Lanes as lines: along their way-points, else as a slight arc, side by side where several join the same two places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.views.map_project import Floats, Frame

ARC_POINTS = 13
BEND = 0.07
"""How far an arc stands off its chord, as a share of the chord; each further lane stands off more."""


@dataclass(frozen=True)
class LaneLine:
    """A lane on one map."""

    lane: str
    mode: str
    points: Floats
    """(points, 2) [px]."""
    seen: bool
    """Whether any part of it lies in the frame."""


def lane_lines(
    lanes: pl.DataFrame, places: Mapping[str, tuple[float, float]], frame: Frame
) -> dict[str, LaneLine]:
    """Return the lines of the lanes whose two ends have coordinates.

    Parameters
    ----------
    lanes
        Rows of the scenario's table.
    places
        Latitude and longitude by location [degree].
    """
    ends: Counter[tuple[str, str]] = Counter()
    lines = {}
    for row in lanes.iter_rows(named=True):
        a, b = row["from_location"], row["to_location"]
        if a not in places or b not in places:
            continue
        pair = (min(a, b), max(a, b))
        order, ends[pair] = ends[pair], ends[pair] + 1
        way = way_points(row["via"])
        stops = np.array([places[a], *way, places[b]], dtype=float)
        corners = frame.xy(stops[:, 0], stops[:, 1])
        # on its own side of the chord whichever way it runs, so that a lane and its return do not hide each other
        points = _smooth(corners) if way else _arc(corners[0], corners[1], BEND * (order + 1))
        lines[row["lane"]] = LaneLine(row["lane"], row["mode"], points, bool(frame.holds(points).any()))
    return lines


def way_points(via: str | None) -> list[tuple[float, float]]:
    """Return the way-points of a lane's `via`, latitude and longitude [degree].

    >>> way_points("57.5 10.8 56 12.7")
    [(57.5, 10.8), (56.0, 12.7)]
    """
    numbers = [float(word) for word in (via or "").replace(",", " ").replace(";", " ").split()]
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _arc(start: Floats, end: Floats, bend: float) -> Floats:
    """Return a slight arc between two points."""
    chord = end - start
    control = (start + end) / 2 + bend * 2 * np.array([chord[1], -chord[0]])
    t = np.linspace(0, 1, ARC_POINTS)[:, None]
    arc: Floats = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return arc


def _smooth(corners: Floats) -> Floats:
    """Return a Catmull-Rom curve through the corners."""
    padded = np.concatenate([corners[:1], corners, corners[-1:]])
    t = np.linspace(0, 1, 6, endpoint=False)[:, None]
    pieces = []
    for k in range(len(corners) - 1):
        before, start, end, after = padded[k : k + 4]
        slope_in, slope_out = (end - before) / 2, (after - start) / 2
        square, cube = t**2, t**3
        pieces.append(
            (2 * cube - 3 * square + 1) * start
            + (cube - 2 * square + t) * slope_in
            + (3 * square - 2 * cube) * end
            + (cube - square) * slope_out
        )
    return np.concatenate([*pieces, corners[-1:]])


def at_share(points: Floats, share: Floats) -> Floats:
    """Return the points at these shares of a line's length, (shares, 2) [px]."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.asarray(share) * along[-1]
    return np.stack([np.interp(wanted, along, points[:, 0]), np.interp(wanted, along, points[:, 1])], axis=-1)
