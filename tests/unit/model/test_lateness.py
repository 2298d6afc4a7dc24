"""The delays in the code are those fitted to deliveries that took place, and the page shows that fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from redball.model.lateness import LATE, LATE_OTHER, lateness, steady
from redball.model.risk import two_piece

DOCS = Path(__file__).resolve().parents[3] / "docs" / "concepts"


@pytest.fixture(scope="module")
def printed() -> str:
    return subprocess.run(
        [sys.executable, str(DOCS / "race_delays.py")], capture_output=True, text=True, check=True
    ).stdout


def test_the_page_shows_the_fit(printed: str) -> None:
    page = (DOCS / "race.md").read_text(encoding="utf-8")
    for line in printed.splitlines():
        assert line in page


def test_the_code_has_the_fit(printed: str) -> None:
    fits = {
        cells[1]: cells
        for line in printed.splitlines()[2:6]
        if (cells := [c.strip() for c in line.split("|")])
    }
    for mode, (late, shape) in {**LATE, "all": LATE_OTHER}.items():
        assert float(fits[mode][3]) == pytest.approx(late, abs=5e-5)
        assert float(fits[mode][4]) == pytest.approx(shape, abs=5e-4)


@pytest.mark.parametrize(
    ("mean", "late", "shape"), [(2.0, 0.16, 1.0), (0.05, 0.16, 1.0), (7.0, 0.1, 0.73), (9.0, 1.0, 0.82)]
)
def test_the_mean_is_kept(mean: float, late: float, shape: float) -> None:
    chances = lateness(mean, late, shape, 20_000)
    assert (1 - chances).sum() == pytest.approx(mean, rel=1e-4)
    assert chances[0] == pytest.approx(1 - min(late, mean))


def test_a_distribution_of_delays_ends() -> None:
    ended = steady(lateness(2.0, 0.16, 1.0, 30))
    assert len(ended) == 31
    assert ended[-1] == 1.0
    assert np.all(np.diff(ended) >= 0)
    assert steady(lateness(0.0, 0.16, 1.0, 30)).tolist() == [1.0]


def test_two_half_normals_keep_mean_and_ends() -> None:
    nan = np.nan
    mean, low, high = (
        np.array([10.0, 10, 10, 10]),
        np.array([4.0, nan, 8, nan]),
        np.array([25.0, 13, nan, nan]),
    )
    median, below, above = two_piece(mean, low, high)
    z = np.linspace(-8, 8, 400_001)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()
    for k in range(4):
        x = np.maximum(median[k] + below[k] * np.minimum(z, 0) + above[k] * np.maximum(z, 0), 0)
        assert x @ weight == pytest.approx(10.0, abs=1e-6)
    assert median - 1.6448536 * below == pytest.approx([4, 7, 8, 10], abs=1e-5)
    assert median + 1.6448536 * above == pytest.approx([25, 13, 12, 10], abs=1e-5)
