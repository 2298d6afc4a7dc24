"""The plan: a frozen noun with its tables and its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import polars as pl

from redball.results.tables import RESULTS, empty
from redball.scenario.scenario import Scenario

Status = Literal["optimal", "gap", "time limit", "stopped"]


@dataclass(frozen=True)
class Summary:
    """What ``plan.json`` holds: the answer in numbers and where it came from."""

    status: Status
    """``optimal`` or ``gap`` (the asked gap is reached), or why the search ended before."""
    objective: float
    bound: float
    """A proven lower bound of the objective (§8.1)."""
    gap: float
    """(objective - bound) / max(|objective|, one currency unit)."""
    shortage_days: float
    """Plain shortage-days (§7.1)."""
    weighted_shortage_days: float
    """With the weights of priorities only (§7.1)."""
    cost: Mapping[str, float]
    """Parts in currency: ``shortage``, ``cover``, ``transport``, ``production``, ``expansion``, ``orders``."""
    digest: str
    """Digest of the scenario."""
    version: str
    parameters: Mapping[str, object]
    """The plan's parameters, seed among them."""
    solver: str
    seconds: Mapping[str, float]
    """By phase: ``build``, ``solve``, ``read``, ``verify``. The one part that differs from run to run."""
    n_variables: int
    n_rows: int
    bottlenecks_from: Literal["lp", "lp with decisions fixed", "none"] = "lp"
    """Where the values of §8.4 come from."""


@dataclass(frozen=True)
class Plan:
    """A plan: the scenario it answers, a summary, and long tables (``results/tables.py``)."""

    scenario: Scenario
    summary: Summary
    tables: Mapping[str, pl.DataFrame]

    def __post_init__(self) -> None:
        full = {name: self.tables.get(name, empty(name)) for name in RESULTS}
        object.__setattr__(self, "tables", MappingProxyType(full))

    def __getattr__(self, name: str) -> pl.DataFrame:
        # result tables as attributes: plan.shipments, plan.stocks, ...
        if name in RESULTS:
            return self.tables[name]
        raise AttributeError(f"a plan has no {name!r}; its tables are {', '.join(RESULTS)}")
