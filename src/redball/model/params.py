"""What the user may ask of a plan and of a race."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from redball.core.errors import InputError
from redball.scenario.settings import Risk

CountPledges = Literal["committed", "all", "expected"]
Method = Literal["auto", "exact", "structured"]


@dataclass(frozen=True, slots=True)
class PlanParams:
    """Parameters of a plan.

    Parameters
    ----------
    gap
        Relative gap between plan and proven bound at which the search may stop.
    time_limit
        Seconds for the solve; ``None`` for no limit. What is best by then is kept, with its gap.
    threads
        Threads of the solver.
    seed
        Seed of the solver.
    count_pledges
        Which pledges count (§5.2).
    method
        ``exact`` (HiGHS), ``structured`` (the engine for large plans) or ``auto``: by the size of the model.
    """

    gap: float = 0.001
    time_limit: float | None = None
    threads: int = 2
    seed: int = 0
    count_pledges: CountPledges = "committed"
    method: Method = "auto"

    def __post_init__(self) -> None:
        if not 0 <= self.gap < 1:
            raise InputError(f"gap is {self.gap}", where="gap", remedy="Give a share such as 0.005 (0.5 %).")
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(
                f"time limit is {self.time_limit}", where="time_limit", remedy="Give seconds above 0."
            )
        if self.threads < 1:
            raise InputError(f"threads is {self.threads}", where="threads", remedy="Give 1 or more.")
        if self.count_pledges not in ("committed", "all", "expected"):
            raise InputError(
                f"count_pledges is {self.count_pledges!r}",
                where="count_pledges",
                remedy="Use committed, all or expected (§5.2).",
            )
        if self.method not in ("auto", "exact", "structured"):
            raise InputError(
                f"method is {self.method!r}", where="method", remedy="Use auto, exact or structured."
            )


Purpose = Literal["consumption", "surge", "lanes", "delays", "losses", "pledges", "production"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""What can be random in a race."""

PolicyName = Literal["follow", "reroute", "push", "base_stock"]
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)
"""What people do when it goes wrong, by name."""


@dataclass(frozen=True, slots=True)
class RaceParams:
    """Parameters of a race; ``docs/concepts/race.md`` has every distribution with its source.

    Parameters
    ----------
    replications
        How many random futures; with `until` the most there will be.
    seed
        Seed of everything random. The same seed gives the same bytes on any number of threads or machines.
    policy
        ``follow`` (keep to the plan), ``reroute`` (and go round what is closed), ``push`` (no plan: send what is on
        hand to where cover is lowest) or ``base_stock`` (no plan: order up to `cover_days`).
    until
        Stop when the widest 95 % interval of a stock-out chance is at most this wide; ``None``: run them all.
    threads
        Threads of this process.
    random
        What is random; an empty tuple is the scenario's one expected future.
    count_pledges
        Which pledges can come (§5.2); ``None``: as the plan counted, ``committed`` without a plan.
    overtaking
        Whether a shipment may arrive before one that left earlier on its lane.
    memory_days
        Days over which consumption remembers: its correlation falls to 1/e.
    surge_chance, surge_factor, surge_days_mean
        Chance that an offensive begins within the horizon, what it multiplies consumption with, how long it lasts;
        ``None``: as the scenario's ``[risk]`` tells (§9.5).
    loss_lump
        Share of a day's load that a loss takes when it strikes a lane; how often follows from ``loss_fraction``.
    pledge_part_chance
        Chance that a pledge that comes does so in part only, evenly between nothing and all of it; ``None``: its
        ``part_probability``.
    ramp_slip_mean
        Mean delay of an expansion, as a share of its ``expansion_days``; ``None``: its ``slip_days``.
    cover_days
        Days of consumption that ``base_stock`` orders up to, on top of the way there.
    """

    replications: int = 2000
    seed: int = 0
    policy: PolicyName = "follow"
    until: float | None = None
    threads: int = 2
    random: tuple[Purpose, ...] = PURPOSES
    count_pledges: CountPledges | None = None
    overtaking: bool = False
    memory_days: float = 7.0
    surge_chance: float | None = None
    surge_factor: float | None = None
    surge_days_mean: float | None = None
    loss_lump: float = 0.25
    pledge_part_chance: float | None = None
    ramp_slip_mean: float | None = None
    cover_days: float = 15.0

    def __post_init__(self) -> None:
        ranges = {
            "replications": (1, math.inf, "Give 1 or more."),
            "threads": (1, math.inf, "Give 1 or more."),
            "seed": (0, 2**63 - 1, "Give a whole number from 0 on."),
            "memory_days": (0, math.inf, "Give days, 0 or more."),
            "surge_chance": (0, 1, "Give a chance between 0 and 1."),
            "surge_factor": (0, math.inf, "Give 0 or more."),
            "surge_days_mean": (1, math.inf, "Give days, 1 or more."),
            "loss_lump": (1e-6, 1, "Give a share above 0, up to 1."),
            "pledge_part_chance": (0, 1, "Give a chance between 0 and 1."),
            "ramp_slip_mean": (0, math.inf, "Give a share of the days announced, 0 or more."),
            "cover_days": (0, math.inf, "Give days, 0 or more."),
        }
        for name, (low, high, remedy) in ranges.items():
            value = getattr(self, name)
            if not low <= (low if value is None else value) <= high:
                raise InputError(f"{name} is {value}", where=name, remedy=remedy)
        if self.until is not None and not 0 < self.until < 1:
            raise InputError(f"until is {self.until}", where="until", remedy="Give a width such as 0.02.")
        for name, value, known in (
            ("policy", (self.policy,), POLICIES),
            ("random", self.random, PURPOSES),
            ("count_pledges", (self.count_pledges,), (None, *get_args(CountPledges))),
        ):
            if odd := [word for word in value if word not in known]:
                named = ", ".join(str(word) for word in known if word)
                raise InputError(f"{name} is {odd[0]!r}", where=name, remedy=f"Known are {named}.")


def settled(params: RaceParams, risk: Risk) -> RaceParams:
    """Return the parameters with what the scenario tells of the offensive where they leave it open."""
    return replace(params, **{name: value for name, value in risk if getattr(params, name) is None})
