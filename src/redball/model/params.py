"""What the user may ask of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redball.core.errors import InputError

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
