"""All rules, one after the other."""

from __future__ import annotations

from redball.results.plan import Plan
from redball.results.verify.breach import Breach
from redball.results.verify.demand import check_demand
from redball.results.verify.facts import facts
from redball.results.verify.lanes import check_lanes
from redball.results.verify.places import check_places
from redball.results.verify.rows import check_rows
from redball.results.verify.supply import check_supply
from redball.results.verify.traced import check_traces
from redball.results.verify.value import check_value


def verify(plan: Plan, tolerance: float = 1e-6) -> tuple[Breach, ...]:
    """Re-derive every rule of §1 to §7 from the tables of a plan, and §8.1 from its summary (§8.2).

    Parameters
    ----------
    plan
        The plan. Only its scenario, its tables and its summary are read.
    tolerance
        How far a rule may be missed: relative to the size of the quantities in the rule, absolute where they are
        below 1. Whole units (§7.6) are held to it absolutely. What is counted in shortage-days is compared in
        shortage-days.

    Returns
    -------
    tuple of Breach
        Empty for a right plan. Of many rows that break one rule, the worst are named and the rest counted.
        Where a table cannot be read as one (unknown ids, blanks, dates outside), only that is named.

    Notes
    -----
    §5.4 (recipes) is part of the balance §2.2. A stock that is wrong on one day is wrong on all later ones; the
    first is named.
    """
    if broken := check_rows(plan, tolerance):
        return tuple(broken)
    known = facts(plan)
    return tuple(
        breach
        for check in (check_places, check_lanes, check_supply, check_demand, check_value, check_traces)
        for breach in check(known, tolerance)
    )
