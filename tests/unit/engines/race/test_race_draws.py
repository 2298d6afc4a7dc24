"""Normal scores are normal: the sum of four even numbers, bent by a polynomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from tests.race_oracle import bent, bits, normal

from redball.engines.race.draws import USE, ask
from redball.engines.race.numbers import stream


def chance_above(s: np.ndarray) -> np.ndarray:
    """Return the chance that the sum of four even numbers is more than `s` above its mean, for `s` from 0 to 2."""
    x = 2.0 - s
    total: np.ndarray = (x**4 - 4 * np.maximum(x - 1, 0) ** 4 + 6 * np.maximum(x - 2, 0) ** 4) / 24
    return total


def test_scores_have_the_chances_of_normal_ones() -> None:
    s = np.linspace(0.0, 2.0, 200_001)
    scores = bent(s.astype(np.float32)).astype(np.float64)
    assert np.abs(special.ndtr(-scores) - chance_above(s)).max() < 1.4e-4
    inner = (s > 0) & (chance_above(s) > special.ndtr(-4.0))
    assert np.abs(scores[inner] + special.ndtri(chance_above(s[inner]))).max() < 0.015
    assert (np.diff(scores) >= 0).all()
    density = -np.gradient(chance_above(s), s)
    assert 2 * np.trapezoid(scores**2 * density, s) == pytest.approx(1.0, abs=1e-6)


def test_scores_are_drawn_as_told() -> None:
    n = 100_000
    asked, score = np.zeros(n), np.zeros(n, dtype=np.float32)
    ask(asked, score, np.ones(n), np.uint64(7), 0.0, 0.0, 1.0, 5.0, 2.0, 1.0)
    assert abs(float(score.mean())) < 4 / np.sqrt(n)
    assert float(score.var()) == pytest.approx(1.0, abs=4 * np.sqrt(2 / n))
    assert (np.abs(score) > 3).mean() == pytest.approx(2 * special.ndtr(-3.0), rel=0.25)
    below = score < 0
    assert asked[below] == pytest.approx(np.maximum(5 + 2.0 * score[below], 0), abs=1e-5)
    assert asked[~below] == pytest.approx(5 + 1.0 * score[~below], abs=1e-5)
    # the next day remembers the last
    before = score.copy()
    ask(asked, score, np.ones(n), np.uint64(8), 0.0, 0.6, 0.8, 5.0, 2.0, 1.0)
    assert np.corrcoef(before, score)[0, 1] == pytest.approx(0.6, abs=0.01)


def test_the_oracle_draws_the_same() -> None:
    asked, score = np.zeros(3), np.zeros(3, dtype=np.float32)
    key, day = 12345, 4
    first = np.uint64(stream(np.uint64(key), USE, day, 0))
    ask(asked, score, np.ones(3), first, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0)
    assert [float(normal(bits(key, USE, day, r))) for r in range(3)] == score.tolist()
