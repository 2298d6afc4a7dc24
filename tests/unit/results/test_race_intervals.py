"""Intervals against printed values and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from redball.results.race_intervals import batch_mean, chance, mean_half_width, paired, wilson


def test_wilson_against_printed_values() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    for count, n, ends in ((81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))):
        low, high = wilson(count, n)
        assert (float(low), float(high)) == pytest.approx(ends, abs=5e-5)


def test_wilson_covers_what_it_promises() -> None:
    n = 60
    for p in (0.02, 0.1, 0.5, 0.93):
        k = np.arange(n + 1)
        low, high = wilson(k, np.full(n + 1, n))
        assert stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum() > 0.9


def test_a_chance_says_itself() -> None:
    assert str(chance(5, 10)) == "50.0% (23.7% to 76.3%)"
    assert chance(0, 10).width == pytest.approx(0.2775, abs=1e-4)


def test_means_by_sums() -> None:
    values = np.random.default_rng(1).normal(3.0, 2.0, 500)
    half = mean_half_width(500, values.sum(), (values**2).sum())
    assert half == pytest.approx(1.959964 * values.std(ddof=1) / np.sqrt(500), rel=1e-6)
    assert mean_half_width(1, 2.0, 4.0) == np.inf


def test_paired_batches_cover_what_they_promise() -> None:
    rng, hits = np.random.default_rng(2), 0
    for _ in range(400):
        common = rng.normal(0, 10, 16)
        here, there = common + rng.normal(1, 1, 16), common + rng.normal(0, 1, 16)
        mean, half = paired(here, there, np.full(16, 5.0))
        hits += abs(mean - 1) <= half
        assert half < 2
    assert 0.92 < hits / 400 < 0.98


def test_batches_without_replications_do_not_count() -> None:
    mean, low, high = batch_mean(np.array([4.0, 0.0, 6.0]), np.array([2, 0, 2]))
    assert (mean, mean - low) == pytest.approx((2.5, high - mean))
    assert low < 2.5 < high
