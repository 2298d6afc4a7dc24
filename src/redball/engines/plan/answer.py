"""What comes out of a search, whichever way it went."""

from __future__ import annotations

from dataclasses import dataclass

from redball.engines.plan.model import LinearModel
from redball.model.problem import Floats
from redball.results.plan import BottleneckSource, Status

NO_BOUND = 0.0
"""The bound without any search: no part of the objective is ever negative (§7.4)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The best plan found, and what is proven about it."""

    status: Status
    values: Floats
    bound: float
    """[weighted shortage-day]"""
    prices: Floats | None = None
    """(rows,) [weighted shortage-day / row unit]"""
    reduced: Floats | None = None
    """(variables,) [weighted shortage-day / unit] reduced costs at the prices."""
    reduced_shortage: Floats | None = None
    """(variables,) [shortage-day / unit] the same for plain shortage-days; ``None`` where no basis is known."""
    shortage_prices: Floats | None = None
    prices_from: BottleneckSource = "none"


def cost_of(model: LinearModel, values: Floats) -> float:
    """Return the objective of values, in weighted shortage-days."""
    return float(model.cost @ values) + model.offset


def gap_between(cost: float, bound: float) -> float:
    """Return the share of a plan's cost that its bound does not prove."""
    return (cost - bound) / max(abs(cost), 1e-12)
