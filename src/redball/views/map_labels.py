"""Where names go on a map: one after the other, each at the freest of ten places around its point.

A name that fits nowhere is left out; its point keeps its symbol, and the table names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from redball.views.lettering import text_width
from redball.views.map_project import Floats

Box = tuple[float, float, float, float]
"""Left, top, right, bottom [px]."""

SPOTS: tuple[tuple[float, float, str], ...] = (
    (1, 0, "start"),
    (-1, 0, "end"),
    (0.8, -0.8, "start"),
    (0.8, 0.8, "start"),
    (-0.8, -0.8, "end"),
    (-0.8, 0.8, "end"),
    (0, -1.15, "middle"),
    (0, 1.15, "middle"),
    (1.6, -1.9, "start"),
    (1.6, 1.9, "start"),
)
"""Directions to try, in units of the symbol's radius and a line, with the text's anchor."""

MIDDLE_SPOTS = tuple((x, y, "middle") for y in (0, -2.4, 2.4, -4.8, 4.8) for x in (0, -5, 5))
"""Places for a name that stands in an area, not beside a point."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that wants a place beside a point."""

    key: str
    text: str
    x: float
    y: float
    radius: float
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class PlacedName:
    """A name with its place: the text's anchor point on its baseline."""

    name: Name
    x: float
    y: float
    anchor: str
    box: Box


def overlap(a: Box, b: Box) -> float:
    """Return the area that two boxes share [px²]."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across * down if across > 0 and down > 0 else 0.0


def place(
    names: Sequence[Name],
    taken: Sequence[Box],
    lines: Floats,
    width: float,
    height: float,
    spots: Sequence[tuple[float, float, str]] = SPOTS,
) -> tuple[PlacedName, ...]:
    """Place names in order of importance.

    Parameters
    ----------
    names
        The most important first.
    taken
        Boxes that no name may touch: symbols, names placed before.
    lines
        (points, 2) points on lanes [px]; a name avoids them where it can.
    spots
        Where to try, the best first.
    """
    blocked = list(taken)
    placed = []
    for name in names:
        options = []
        for rank, spot in enumerate(spots):
            candidate = _at(name, *spot)
            left, top, right, bottom = box = candidate.box
            if left < 2 or top < 2 or right > width - 2 or bottom > height - 2:
                continue
            if any(overlap(box, other) > 0 for other in blocked):
                continue
            x, y = lines[:, 0], lines[:, 1]
            crossed = np.count_nonzero((x > left) & (x < right) & (y > top) & (y < bottom))
            options.append((crossed + 1.5 * rank, rank, candidate))
        if options:
            best = min(options, key=lambda option: option[:2])[2]
            placed.append(best)
            blocked.append(best.box)
    return tuple(placed)


def _at(name: Name, right: float, down: float, anchor: str) -> PlacedName:
    """Return the name at one of the spots."""
    wide, high = text_width(name.text, name.size, name.bold), name.size
    reach = name.radius + 3
    x = name.x + right * reach
    middle = name.y + down * (reach + 0.3 * high)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    box = (left - 1, middle - 0.5 * high - 0.5, left + wide + 1, middle + 0.5 * high + 0.5)
    return PlacedName(name, round(x, 1), round(middle + 0.35 * high, 1), anchor, box)
