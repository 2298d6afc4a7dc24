"""How late things are: heavy-tailed delays in whole days, fitted to deliveries that took place.

What is late at all is late by Weibull-distributed days. `LATE` holds the chance of being late and the shape by mode, fitted to
10,324 deliveries (USAID Supply Chain Management System, 2006-15, US Government open data); the table
``docs/concepts/race-delays.csv`` has their counts, and ``python docs/concepts/race_delays.py`` prints the fit again.
"""

from __future__ import annotations

import numpy as np

from redball.model.problem import Floats

LATE: dict[str, tuple[float, float]] = {
    "air": (0.0979, 0.732),
    "road": (0.1608, 1.0),
    "sea": (0.1752, 1.0),
}
"""By mode: the chance of being late, the Weibull shape of the days late (at most 1, see `shocks`)."""
LATE_OTHER = (0.1149, 0.821)
"""All deliveries together; assumed for modes without records of their own (rail, river, pipeline)."""
PLEDGE_SHAPE = LATE_OTHER[1]
"""A pledge that has a mean delay is taken to be always late, with this shape; an assumption."""
FAR = 100_000
"""[day] no delay is longer."""
NEGLIGIBLE = 1e-7
"""A chance below this is none."""


def lateness(mean: float, late: float, shape: float, most: int) -> Floats:
    """Return the chances that a delay is at most 0, 1, ... whole days, up to a day after `most` or where they are all but 1.

    Parameters
    ----------
    mean
        [day] mean delay over all, late or not; kept exactly.
    late
        Chance of being late at all; lowered to `mean` where that is less, as who is late is so by a day at least.
    shape
        Shape of the Weibull distribution of the days late.
    most
        [day] the longest delay that matters: beyond the horizon all are alike.

    >>> chances = lateness(2.0, 0.1, 1.0, 1000)
    >>> round(float((1 - chances).sum()), 3), round(float(chances[0]), 9)
    (2.0, 0.9)
    """
    if mean <= 0:
        return np.ones(2)
    late = min(late, mean)
    far = np.arange(FAR, dtype=np.float64)
    low, high = 1e-6, 1e6
    for _ in range(200):  # bisection in the scale: the mean rises with it
        scale = np.sqrt(low * high)
        rest = late * np.exp(-((far / scale) ** shape))
        low, high = (scale, high) if rest.sum() < mean else (low, scale)
    chances = 1.0 - late * np.exp(-((far[: most + 2] / low) ** shape))
    return chances[: int(np.searchsorted(chances, 1.0 - NEGLIGIBLE)) + 2]


def steady(chances: Floats) -> Floats:
    """Return a distribution of delays that ends: all that is longer is put on the longest."""
    ended = chances[:-1].copy()
    ended[-1] = 1.0
    return ended


def shocks(chances: Floats) -> Floats:
    """Return the distribution of daily shocks under which delays without overtaking have `chances`.

    Notes
    -----
    On a lane where nothing overtakes, the delay of day d is ``W[d] = max(W[d - 1] - 1, D[d])`` with independent shocks D: what
    left after a late shipment arrives with it at the earliest. In the steady state ``P(W <= w) = P(D <= w) P(D <= w + 1)
    P(D <= w + 2) ...``, so that ``P(D <= w) = P(W <= w) / P(W <= w + 1)``. That is a distribution whenever being later gets
    ever less likely, which a Weibull shape of at most 1 ensures.
    """
    ended = chances[:-1] / chances[1:]
    ended[-1] = 1.0
    return np.maximum.accumulate(ended)
