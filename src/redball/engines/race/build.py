"""From a scenario, a plan and parameters to the world that a race runs on."""

from __future__ import annotations

from typing import Any

import numpy as np

from redball.core.errors import InputError
from redball.engines.race.build_parts import (
    demand_parts,
    lane_parts,
    node_parts,
    pair_parts,
    supply_parts,
    surge_parts,
)
from redball.engines.race.draws import begin
from redball.engines.race.grains import in_grains
from redball.engines.race.kernel import Policy, ask_own, evening, morning
from redball.engines.race.pairs import chosen_pairs
from redball.engines.race.pointers import state_reference, world_reference
from redball.engines.race.wishes import no_wishes, wishes_of
from redball.engines.race.world import (
    BASE_STOCK,
    BINS,
    FOLLOW,
    OWN,
    PUSH,
    REROUTE,
    World,
    new_state,
)
from redball.model.build import build
from redball.model.params import RaceParams, settled
from redball.model.risk import risk_of
from redball.results.plan import Plan
from redball.scenario.scenario import Scenario

NUMBERS = {"follow": FOLLOW, "reroute": REROUTE, "push": PUSH, "base_stock": BASE_STOCK}
DAYS_COUNTED = 60
"""Stocks are counted on about this many days: enough for a curve, a tenth of the time and memory of every day."""
COUNTS_BYTES_MAX = 256_000_000
"""Large networks are counted on fewer days, so that the counts of one thread stay below this."""
SCALED_BY, HEADROOM = 32, 1.25
"""The scale of a node ends this much above the highest of so many replications, the first."""


def make_world(
    scenario: Scenario, plan: Plan | None, params: RaceParams, policy: Policy | None = None
) -> World:
    """Make the world of a race.

    Parameters
    ----------
    scenario
        A checked scenario.
    plan
        A plan of this very scenario; needed by ``follow`` and ``reroute``, not used by the other named policies.
    params
        What is asked.
    policy
        A function of the user's instead of the policy that `params` names; it may have a plan or not.

    Raises
    ------
    InputError
        If the policy needs a plan and there is none, or the plan is of another scenario.
    """
    params = settled(params, scenario.settings.risk)
    number = OWN if policy is not None else NUMBERS[params.policy]
    plan = _fitting(scenario, plan, params, number)
    count = params.count_pledges
    if count is None:
        count = plan.summary.parameters.get("count_pledges", "committed") if plan else "committed"  # type: ignore[assignment]
    problem, risk = build(scenario, count or "committed"), risk_of(scenario)
    wishes = wishes_of(plan, problem) if plan else no_wishes(problem)
    pairs = chosen_pairs(problem, risk, wishes, number, plan is not None)
    parts: dict[str, Any] = {
        "n_days": problem.n_days,
        "policy": number,
        "planned": plan is not None,
        "push_cover_days": float(params.cover_days),
        "overtaking": params.overtaking,
        "memory": float(np.exp(-1.0 / params.memory_days)) if params.memory_days > 0 else 0.0,
        **node_parts(problem, pairs, wishes, params),
        **pair_parts(problem, pairs, wishes),
        **lane_parts(problem, risk, pairs, params),
        **demand_parts(problem, risk, pairs, wishes, params),
        **supply_parts(scenario, problem, risk, pairs, wishes, params),
        **surge_parts(params),
    }
    rarely = max(1, -(-problem.n_days // DAYS_COUNTED))
    parts["stock_every"] = max(rarely, _every(len(pairs.location), problem.n_days))
    parts["arrived_every"] = _every(len(parts["user_node"]), problem.n_days)
    world = in_grains(World(**{name: _plain(parts[name]) for name in World._fields}))
    return _scaled(world, policy)


def _every(n: int, n_days: int) -> int:
    """Return on every how many days `n` scales can be counted within the memory."""
    return max(1, -(-n * n_days * (BINS + 2) * 8 // COUNTS_BYTES_MAX))


def _fitting(scenario: Scenario, plan: Plan | None, params: RaceParams, number: int) -> Plan | None:
    """Return the plan that the policy keeps to, if any."""
    if number in (PUSH, BASE_STOCK):
        return None
    if plan is None and number != OWN:
        raise InputError(
            f"the policy {params.policy!r} needs a plan",
            where="policy",
            remedy="Give a plan of the scenario, or use push or base_stock.",
        )
    if plan is not None and plan.summary.digest != scenario.digest:
        raise InputError(
            "the plan was made for another scenario, or the scenario has changed since",
            where="plan",
            remedy="Plan this scenario again, or race the scenario that was planned.",
        )
    return plan


def _plain(value: Any) -> Any:
    """Return arrays as the kernel was compiled for: whole, in order, and its own."""
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _scaled(world: World, policy: Policy | None) -> World:
    """Set the scale of each node by the first replications: the same for every seed's run of any length."""
    state = new_state(world, SCALED_BY)
    fixed, moving = world_reference(world), state_reference(state)
    begin(fixed, moving, 0)
    peak = state.stock.max(axis=1)
    for day in range(world.n_days):
        morning(fixed, moving, day, 0)
        if policy is not None:
            ask_own(policy, world, state, day)
        evening(fixed, moving, day)
        np.maximum(peak, state.stock.max(axis=1), out=peak)
    arrived = np.maximum(state.received.max(axis=1), world.node_opening)
    return world._replace(
        node_stock_top=np.where(peak > 0, peak * HEADROOM, 1.0),
        node_arrived_top=np.where(arrived > 0, arrived * HEADROOM, 1.0),
    )
