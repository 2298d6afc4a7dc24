"""A lower bound proven by arithmetic, whatever the prices are and wherever they came from."""

from __future__ import annotations

import numpy as np

from redball.engines.plan.model import LinearModel, implied_upper
from redball.model.problem import Floats


def dual_bound(model: LinearModel, prices: Floats) -> float:
    """Return a lower bound of the objective, in weighted shortage-days.

    Parameters
    ----------
    model
        The model; whole variables count as if they could be in parts.
    prices
        (rows,) [weighted shortage-day / row unit] any numbers; the closer to the optimal dual values, the better
        the bound.

    Notes
    -----
    Lagrangian relaxation of all rows: ``min c x`` over the box is at least ``y b + min (c - A'y) x`` for any y. A
    finite box (`implied_upper`) makes it finite. See Neumaier and Shcherbina, Safe bounds in linear and mixed-integer
    linear programming, Mathematical Programming 99 (2004).
    """
    impossible = ((prices > 0) & ~np.isfinite(model.row_lower)) | (
        (prices < 0) & ~np.isfinite(model.row_upper)
    )
    prices = np.where(impossible, 0.0, prices)
    side = np.where(prices > 0, model.row_lower, model.row_upper)
    reduced = model.cost - model.matrix.T @ prices
    best = np.where(reduced > 0, model.lower, implied_upper(model))
    return float(model.offset + np.sum(prices * np.where(prices == 0, 0.0, side)) + np.sum(reduced * best))
