"""How sure a number from a race is: 95 % intervals of chances, means and differences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability with its 95 % interval."""

    chance: float
    low: float
    high: float
    replications: int

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    def __str__(self) -> str:
        return f"{self.chance:.1%} ({self.low:.1%} to {self.high:.1%})"


def wilson(
    count: NDArray[np.int64] | int, n: NDArray[np.int64] | int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both ends of the 95 % interval of the chance behind `count` of `n`.

    Notes
    -----
    Wilson (1927), Probable inference, JASA 22: good near 0 and 1, where the normal interval has no width.

    >>> low, high = wilson(0, 100)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0, 0.037)
    """
    hits, runs = np.asarray(count, dtype=np.float64), np.maximum(np.asarray(n, dtype=np.float64), 1.0)
    share, spread = hits / runs, Z95 * Z95 / runs
    middle = (share + spread / 2) / (1 + spread)
    half = np.sqrt(share * (1 - share) * spread + spread * spread / 4) / (1 + spread)
    # at the ends the formula leaves rounding where the interval touches 0 or 1
    low = np.where(hits <= 0, 0.0, middle - half)
    high = np.where(hits >= runs, 1.0, middle + half)
    return low, high


def chance(count: int, n: int) -> Chance:
    """Return the chance behind `count` of `n` with its interval."""
    low, high = wilson(count, n)
    return Chance(count / n, float(low), float(high), n)


def mean_half_width(n: float, total: float, squares: float) -> float:
    """Return half the 95 % interval of a mean, from a count, a sum and a sum of squares; infinite below two."""
    if n < 2:
        return math.inf
    variance = max(squares - total * total / n, 0.0) / (n - 1)
    return Z95 * math.sqrt(variance / n)


def paired(
    here: NDArray[np.float64], there: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the mean of ``here - there`` over batches and half its 95 % interval (Student).

    Parameters
    ----------
    here, there
        (batches,) means of the same batches of replications in two races.
    weight
        (batches,) replications in each.
    """
    n = len(here)
    share = weight / weight.sum()
    difference = here - there
    mean = float(share @ difference)
    if n < 2:
        return mean, math.inf
    variance = float(share @ (difference - mean) ** 2) * n / (n - 1)
    return mean, float(special.stdtrit(n - 1, 0.975)) * math.sqrt(variance / n)


def batch_mean(total: NDArray[np.float64], replications: NDArray[np.int64]) -> tuple[float, float, float]:
    """Return a mean with both ends of its 95 % interval, from the sums over batches of replications.

    >>> mean, low, high = batch_mean(np.array([10.0, 20.0, 30.0]), np.array([10, 10, 10]))
    >>> mean, round(high - mean, 3)
    (2.0, 2.484)
    """
    used = replications > 0
    weight = replications[used].astype(np.float64)
    mean, half = paired(total[used] / weight, np.zeros(len(weight)), weight)
    return mean, mean - half, mean + half
