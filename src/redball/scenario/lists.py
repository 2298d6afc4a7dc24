"""Cells that hold a list: supply classes and way-points."""

from __future__ import annotations

import re

from redball.scenario.fault_log import Words, nearest, shown
from redball.scenario.schema import SCHEMA

CLASSES = SCHEMA["items"].by_name["supply_class"].choices
NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?")


def canonical_classes(text: str) -> tuple[str | None, Words]:
    """Return a list of supply classes in its canonical writing, or what is wrong with it.

    >>> canonical_classes("V, I;III")[0]
    'I III V'
    """
    found = re.split(r"[\s,;]+", text.strip(" ,;"))
    for word in found:
        if word not in CLASSES:
            hint = nearest(word, CLASSES) or f"Write such as I III V; the classes are {' '.join(CLASSES)}."
            return None, (f"{shown(word)} is not a supply class.", hint)
    return " ".join(name for name in CLASSES if name in found), ("", "")


def canonical_points(text: str, decimal_comma: bool = False) -> tuple[str | None, Words]:
    """Return way-points in their canonical writing, or what is wrong with them.

    >>> canonical_points(" 51.5   -0.25;50 4 ")[0]
    '51.5 -0.25; 50 4'
    """
    points = []
    for point in text.strip(" ;").split(";"):
        parts = (point.replace(",", ".") if decimal_comma else point).split()
        if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):
            remedy = "Write latitude longitude; latitude longitude, such as 51.5 -0.25; 50 4."
            return None, (f"{shown(point.strip())} is not a way-point.", remedy)
        latitude, longitude = (float(part) for part in parts)
        if abs(latitude) > 90 or abs(longitude) > 180:
            remedy = "Write the latitude (-90..90) first, then the longitude (-180..180)."
            return None, (f"{shown(point.strip())} is not on the globe.", remedy)
        points.append(" ".join(parts))
    return "; ".join(points), ("", "")
