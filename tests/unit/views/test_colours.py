"""Classes stay apart for everyone: three deficiencies of colour vision simulated, in both themes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from redball.scenario.schema import SCHEMA
from redball.views.colours import CLASSES, SURFACES, as_variables, variables

LEAST_DIFFERENCE = 10.0
"""CIEDE2000; 1 is just seen side by side, 10 is seen at a glance."""

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    channel = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, two: np.ndarray) -> float:
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(mean7 / (mean7 + 25**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360
    t = 1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
    t += 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.2 * np.cos(np.radians(4 * hue - 63))
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend = (
        -2
        * np.sqrt(chroma**7 / (chroma**7 + 25**7))
        * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    )
    parts = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return float(np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + bend * parts[1] * parts[2]))


def contrast(one: str, two: str) -> float:
    shades = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) for colour in (one, two))
    return (shades[1] + 0.05) / (shades[0] + 0.05)


def test_the_difference_is_that_of_the_published_examples() -> None:
    # Sharma, Wu and Dalal (2005), pairs 1 and 25 of their test data
    assert ciede2000(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])) == pytest.approx(
        2.0425, abs=1e-4
    )
    assert ciede2000(
        np.array([60.2574, -34.0099, 36.2677]), np.array([60.4626, -34.1751, 39.4387])
    ) == pytest.approx(1.2644, abs=1e-4)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_classes_can_be_told_apart(vision: str, dark: bool) -> None:
    colours = {name: mark.dark if dark else mark.light for name, mark in CLASSES.items()}
    seen = {name: lab(np.clip(VISION[vision] @ linear(colour), 0, 1)) for name, colour in colours.items()}
    for one, two in itertools.combinations(seen, 2):
        assert ciede2000(seen[one], seen[two]) >= LEAST_DIFFERENCE, (one, two)


def test_every_class_of_supply_has_a_mark_and_no_two_share_shape_or_pattern() -> None:
    wanted = SCHEMA["items"].by_name["supply_class"].choices
    assert set(CLASSES) == set(wanted)
    assert len({mark.shape for mark in CLASSES.values()}) == len(CLASSES)
    patterns = {(mark.dash, mark.light) for mark in CLASSES.values()}
    assert len(patterns) == len(CLASSES)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_reads_on_its_ground(dark: bool) -> None:
    theme = variables(dark)
    for ink in ("ink", "muted", "alert", "accent"):
        assert contrast(theme[ink], theme["paper"]) >= 4.5, ink
    for name, mark in CLASSES.items():
        assert contrast(theme[mark.text], theme[f"class-{name}"]) >= 4.5, name


def test_each_light_colour_has_one_name() -> None:
    light = [mark.light for mark in CLASSES.values()] + [pair[0] for name, pair in SURFACES.items()]
    assert len(light) == len(set(light))
    assert (
        as_variables('<a fill="#CC79A7" stroke="#123456"/>') == '<a fill="var(--class-V)" stroke="#123456"/>'
    )
