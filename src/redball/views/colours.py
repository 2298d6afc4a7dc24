"""Colours, dashes and shapes: one place, so that a class or a state looks the same in every picture.

Classes of supply take the palette of Okabe and Ito (2008), which people with any of the three colour-vision
deficiencies can tell apart, with a grey and a brown for the two classes beyond its eight. A test simulates the
deficiencies. Colour is never the only mark: each class also has a shape and a dash, each state a shape.

Pictures are drawn in the light colours; `as_variables` then names each colour, so that one picture serves both themes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassMark:
    """How a class of supply looks."""

    name: str
    light: str
    dark: str
    shape: str
    """An SVG path about the origin with the area of a circle of radius 1."""
    dash: tuple[int, ...]
    """Dash of a line; empty for a solid one."""
    text: str
    """The surface whose colour reads on this one."""


_CIRCLE = "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z"
_SQUARE = "M-.89-.89H.89V.89H-.89Z"
_DIAMOND = "M0-1.25L1.25,0L0,1.25L-1.25,0Z"
_UP = "M0-1.55L1.35,.78H-1.35Z"
_DOWN = "M0,1.55L1.35-.78H-1.35Z"
_RIGHT = "M1.55,0L-.78,1.35V-1.35Z"
_LEFT = "M-1.55,0L.78,1.35V-1.35Z"
_CROSS = "M-.4-1.18H.4V-.4H1.18V.4H.4V1.18H-.4V.4H-1.18V-.4H-.4Z"
_BAR = "M-1.5-.52H1.5V.52H-1.5Z"
_POST = "M-.52-1.5H.52V1.5H-.52Z"

CLASSES: dict[str, ClassMark] = {
    "I": ClassMark("Food and water", "#009e73", "#009e73", _SQUARE, (), "on-dark"),
    "II": ClassMark("Clothing and equipment", "#56b4e9", "#56b4e9", _UP, (2, 2), "on-dark"),
    "III": ClassMark("Fuel", "#000000", "#f2f2f2", _DOWN, (6, 2), "on-turning"),
    "IV": ClassMark("Building material", "#606060", "#bcbcbc", _BAR, (8, 2, 2, 2), "on-turning"),
    "V": ClassMark("Ammunition", "#cc79a7", "#cc79a7", _CIRCLE, (), "on-dark"),
    "VI": ClassMark("Personal goods", "#904824", "#906c48", _LEFT, (1, 2), "on-light"),
    "VII": ClassMark("Major equipment", "#0072b2", "#0072b2", _DIAMOND, (4, 2), "on-light"),
    "VIII": ClassMark("Medical", "#d55e00", "#d55e00", _CROSS, (6, 2, 1, 2), "on-dark"),
    "IX": ClassMark("Spare parts", "#e69f00", "#e69f00", _RIGHT, (3, 3), "on-dark"),
    "people": ClassMark("People", "#f0e442", "#f0e442", _POST, (1, 1), "on-dark"),
}

SURFACES: dict[str, tuple[str, str]] = {
    "page": ("#f3f5f7", "#0e1319"),
    "paper": ("#ffffff", "#151c24"),
    "ink": ("#16202a", "#e9eef3"),
    "muted": ("#51606e", "#a5b3c0"),
    "rule": ("#d7dee5", "#2c3844"),
    "grid": ("#e6ebef", "#222c36"),
    "quiet": ("#e9edf1", "#27323d"),
    "sea": ("#dfe9f1", "#0d1822"),
    "land": ("#f8f8f5", "#232d37"),
    "border": ("#b9c4cd", "#435260"),
    "country": ("#7d8a96", "#71808e"),
    "lane": ("#64727f", "#8b9aa8"),
    "alert": ("#b00020", "#ff8a8a"),
    "alarm": ("#b10020", "#d8505a"),
    "low": ("#c98500", "#f2b84b"),
    "accent": ("#1f4e79", "#8fc1ee"),
    "used": ("#24527e", "#7fb5e6"),
    "moving": ("#8fb3d3", "#3f6d95"),
    "spare": ("#cfd8e0", "#3a4753"),
    "on-dark": ("#0b0f14", "#0b0f14"),
    "on-light": ("#fffffe", "#fffffe"),
    "on-turning": ("#fffffd", "#0b0f14"),
}
"""Colours of everything that is not a class: (light, dark)."""

MODE_DASHES: dict[str, str] = {
    "road": "",
    "rail": "7 3",
    "sea": "1.5 3.5",
    "air": "10 3 2 3",
    "river": "4 2 1 2",
    "pipeline": "14 3",
}
"""Dash of a lane by its mode, as SVG writes it."""

_LOOK_UP = {mark.light: f"class-{name}" for name, mark in CLASSES.items()} | {
    light: name for name, (light, _) in SURFACES.items()
}
_HEX = re.compile(r'(?<=[":;])#[0-9a-f]{6}(?=[";])', re.IGNORECASE)


def light(name: str) -> str:
    """Return the light colour of a surface, such as ``ink``."""
    return SURFACES[name][0]


def variables(dark: bool) -> dict[str, str]:
    """Return the CSS variables of a theme."""
    chosen = {f"class-{name}": mark.dark if dark else mark.light for name, mark in CLASSES.items()}
    return chosen | {name: pair[1 if dark else 0] for name, pair in SURFACES.items()}


def as_variables(svg: str) -> str:
    """Return an SVG text with every known light colour replaced by its CSS variable.

    >>> as_variables('<path fill="#0072b2"/>')
    '<path fill="var(--class-VII)"/>'
    """

    def named(found: re.Match[str]) -> str:
        name = _LOOK_UP.get(found[0].lower())
        return f"var(--{name})" if name else found[0]

    return _HEX.sub(named, svg)
