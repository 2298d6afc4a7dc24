"""A plan's quantities in whole units, so that every balance stays within one unit of the plan.

A plan may move 12.4 rounds. Rounding each movement by itself lets the stocks drift away. All movements and stocks of an item
are flows in a network over places and days; such a network always has a whole-numbered flow between the floor and the ceiling
of every fractional one: the constraint matrix is totally unimodular, so the solver finds it without any search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from redball.core.errors import VerifyError

NEAR = 1e-6
"""What lies within this of a whole number is that number; plans keep their rules to the same."""


def whole_flows(
    flows: NDArray[np.float64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    signs: NDArray[np.float64],
    n_rows: int,
) -> NDArray[np.int64]:
    """Return whole flows within one unit of `flows` that keep every row of the network in balance.

    Parameters
    ----------
    flows
        Shape (n,), base units: what the plan moves and holds.
    rows, columns, signs
        Shape (m,): the balance of the network; flow ``columns[k]`` enters row ``rows[k]`` with ``signs[k]``.
    n_rows
        How many balances there are; each sums to zero.
    """
    if not len(flows):
        return np.empty(0, dtype=np.int64)
    nearest = np.rint(flows)
    near = np.abs(flows - nearest) <= NEAR * np.maximum(1.0, np.abs(flows) * 1e-3)
    low = np.where(near, nearest, np.floor(flows))
    high = np.where(near, nearest, np.ceil(flows))
    matrix = coo_array((signs, (rows, columns)), shape=(n_rows, len(flows))).tocsr()
    share = flows - low
    balance = matrix @ low
    solved = milp(
        1.0 - 2.0 * share,
        integrality=np.ones_like(low),
        bounds=Bounds(np.zeros_like(low), high - low),
        constraints=LinearConstraint(matrix, -balance, -balance),
    )
    if solved.x is None:
        raise VerifyError("the plan's movements and stocks do not balance", where="plan")
    result: NDArray[np.int64] = (low + np.rint(solved.x)).astype(np.int64)
    if np.any(matrix @ result.astype(np.float64)):
        raise VerifyError("the whole flows do not balance", where="plan")
    return result
