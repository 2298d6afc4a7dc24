"""The planning model as arrays: one sparse matrix, bounds, costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from redball.engines.plan.reach import reach
from redball.engines.plan.rows import Rows, make_rows
from redball.engines.plan.variables import FAMILIES, Variables, make_variables
from redball.model.problem import Flags, Floats, Problem


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Minimise ``cost @ x + offset`` with ``row_lower <= matrix @ x <= row_upper`` and bounds on x.

    Costs are in weighted shortage-days; some variables may have to be whole. The matrix has the columns of the
    variables from `first_variable` on; what computes with the others knows their entries by heart.
    """

    problem: Problem
    variables: Variables
    rows: Rows
    cost: Floats
    lower: Floats
    upper: Floats
    whole: Flags
    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    offset: float
    first_variable: int = 0

    def scales(self) -> tuple[Floats, Floats]:
        """Return (variables,) and (rows,) the tonnes in one of the unit each counts in; 1 for whole units and money.

        In tonnes nearly every entry of the matrix is plus or minus one: the solver works on networks, not on units.
        """
        tonnes = np.r_[
            np.where(self.problem.item_whole, 1.0, self.problem.item_tonnes), 1.0
        ]  # the last: no item
        return tonnes[self.variables.joined("item")], tonnes[self.rows.joined("item")]

    @property
    def n_variables(self) -> int:
        """Number of variables."""
        return len(self.cost)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)


def assemble(
    problem: Problem, first_family: str = FAMILIES[0], variables: Variables | None = None
) -> LinearModel:
    """Build the model of a problem; no loop over variables. The matrix begins with the columns of `first_family`."""
    variables = variables or make_variables(problem, reach(problem))
    rows = make_rows(problem, variables, first_family)
    first_variable = variables.start(first_family)
    return LinearModel(
        problem=problem,
        variables=variables,
        rows=rows,
        cost=variables.joined("cost"),
        lower=variables.joined("lower"),
        upper=variables.joined("upper"),
        whole=variables.joined("whole"),
        matrix=rows.matrix(len(variables), first_variable),
        row_lower=rows.joined("lower"),
        row_upper=rows.joined("upper"),
        offset=sum(variables.offset.values()),
        first_variable=first_variable,
    )


def supply(problem: Problem) -> Floats:
    """Return (items,) [item unit] all of each item that can ever come into being."""
    made, offers = problem.production, problem.offers
    total: Floats = problem.stock_opening.sum(axis=0)
    np.add.at(total, problem.pledges.item, problem.pledges.quantity)
    np.add.at(total, made.item, made.limit_expanded.sum(axis=1))
    np.add.at(total, offers.item, offers.quantity_max)
    return total


def implied_upper(model: LinearModel) -> Floats:
    """Return a finite upper bound for every variable that each feasible plan respects.

    Stock of an item, and what moves of it in a day, is at most all of it that can ever come into being; a pledge and an
    offer give at most what they have; every other variable has its own bound.
    """
    problem, offers = model.problem, model.problem.offers
    total = supply(problem)
    upper, families = model.upper.copy(), model.variables.families
    for family, most in (
        ("flow", total[families["flow"].item]),
        ("stock", total[families["stock"].item]),
        ("take", problem.pledges.quantity[families["take"].at["pledge"]]),
        ("order", offers.quantity_max[families["order"].at["offer"]]),
    ):
        part = model.variables.slice(family)
        upper[part] = np.minimum(upper[part], most)
    return upper
