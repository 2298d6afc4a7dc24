"""From degrees to pixels: Lambert's azimuthal equal-area projection for a theatre, Equal Earth for the world.

Both keep areas. Formulas: Snyder, Map Projections: A Working Manual (1987), p. 182; Šavrič, Patterson and Jenny, The
Equal Earth map projection (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EARTH_KM = 6371.0


class Projection(Protocol):
    """Degrees to a plane whose y grows downwards, in earth radii."""

    def plane(self, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
        """Return x and y."""


@dataclass(frozen=True, slots=True)
class Lambert:
    """Lambert's azimuthal equal-area projection about a centre [degree]."""

    latitude: float
    longitude: float

    def plane(self, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
        """Return x and y; the antipode of the centre lands far out instead of nowhere."""
        phi, phi0 = np.radians(latitude), np.radians(self.latitude)
        turn = np.radians(longitude - self.longitude)
        cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(turn)
        k = np.sqrt(2 / np.maximum(1 + cosine, 1e-6))
        x = k * np.cos(phi) * np.sin(turn)
        y = k * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(turn))
        return x, -y


@dataclass(frozen=True, slots=True)
class EqualEarth:
    """The Equal Earth projection about Greenwich, where the borders' file is cut at 180 degrees."""

    def plane(self, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
        """Return x and y."""
        a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
        theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(latitude)))
        t2 = theta * theta
        t6 = t2 * t2 * t2
        slope = 9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1
        x = 2 * np.sqrt(3) * np.radians(longitude) * np.cos(theta) / (3 * slope)
        y = theta * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)
        return x, -y


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of a part of the earth: a projection, a scale and a place for its middle."""

    projection: Projection
    width: float
    height: float
    scale: float
    """Pixels per earth radius."""
    left: float
    top: float

    def xy(self, latitude: ArrayLike, longitude: ArrayLike) -> Floats:
        """Return the pixels of points, (points, 2) [px]."""
        x, y = self.projection.plane(np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float))
        return np.stack([x * self.scale + self.left, y * self.scale + self.top], axis=-1)

    def holds(self, xy: Floats, margin: float = 0.0) -> Flags:
        """Return which points lie inside by at least `margin` [px]."""
        x, y = xy[..., 0], xy[..., 1]
        inside_x = (x >= margin) & (x <= self.width - margin)
        inside: Flags = inside_x & (y >= margin) & (y <= self.height - margin)
        return inside


def distance_km(latitude: Floats, longitude: Floats, to_latitude: float, to_longitude: float) -> Floats:
    """Return great-circle distances to one point [km]."""
    phi, phi0 = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((phi - phi0) / 2) ** 2
    half = half + np.cos(phi) * np.cos(phi0) * np.sin(np.radians(longitude - to_longitude) / 2) ** 2
    distance: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance


def middle(latitude: Floats, longitude: Floats) -> tuple[float, float]:
    """Return the centre of points on the sphere [degree]; safe across 180 degrees of longitude."""
    phi, turn = np.radians(latitude), np.radians(longitude)
    x, y = np.cos(phi) * np.cos(turn), np.cos(phi) * np.sin(turn)
    mean = np.array([x.mean(), y.mean(), np.sin(phi).mean()])
    flat = np.hypot(mean[0], mean[1])
    return float(np.degrees(np.arctan2(mean[2], flat))), float(np.degrees(np.arctan2(mean[1], mean[0])))


def fit(
    projection: Projection,
    latitude: Floats,
    longitude: Floats,
    width: float,
    heights: tuple[float, float],
    margin: float,
) -> Frame:
    """Return the frame of this width that holds all points.

    Parameters
    ----------
    heights
        Least and greatest height [px]; within them the points decide.
    margin
        Pixels kept free around the points.
    """
    x, y = projection.plane(latitude, longitude)
    across, down = max(float(np.ptp(x)), 0.02), max(float(np.ptp(y)), 0.02)
    height = min(max(down * (width - 2 * margin) / across + 2 * margin, heights[0]), heights[1])
    scale = min((width - 2 * margin) / across, (height - 2 * margin) / down)
    left = width / 2 - scale * float(x.min() + x.max()) / 2
    top = height / 2 - scale * float(y.min() + y.max()) / 2
    return Frame(projection, width, round(height), scale, left, top)
