"""Random numbers by counting.

A draw is a function of (key, purpose, day, replication) and of nothing else, so that any block on any thread draws the same, and two
plans or policies meet the same fortunes.
"""

from __future__ import annotations

import numpy as np

from redball.core.compiled import kernel
from redball.model.problem import Floats

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
STEP = np.uint64(0xD1342543DE82EF95)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11)
HALF_53 = 2.0**-53


@kernel
def mixed(x: np.uint64) -> np.uint64:
    """Scramble 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> S30)) * FIRST
    x = (x ^ (x >> S27)) * SECOND
    return x ^ (x >> S31)


@kernel
def stream(key: np.uint64, purpose: int, day: int, first: int) -> np.uint64:
    """Return where the numbers of the replications from `first` on begin; the next is always `GOLDEN` further."""
    start = mixed(mixed(key + np.uint64(purpose) * STEP) + np.uint64(day + 1) * GOLDEN)
    return start + np.uint64(first) * GOLDEN


@kernel
def even(at: np.uint64) -> float:
    """Return the number in [0, 1) at a place of a stream."""
    return np.int64(mixed(at) >> S11) * HALF_53


@kernel
def fill(out: Floats, key: np.uint64, purpose: int, day: int, first: int) -> None:
    """Fill (width,) numbers in [0, 1) of the replications from `first` on."""
    at = stream(key, purpose, day, first)
    for r in range(len(out)):
        out[r] = even(at)
        at += GOLDEN


@kernel
def edge_of(chance: float) -> np.uint64:
    """Return the edge below which the first 53 bits of a number lie with this chance: what `even` is below it."""
    return np.uint64(np.ceil(chance / HALF_53))
