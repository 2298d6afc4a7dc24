"""The plan: a frozen noun with its tables and its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from redball.results.summary import BottleneckSource, Status, Summary
from redball.results.tables import RESULTS, empty
from redball.results.wording import headline, summary_html, summary_text
from redball.scenario.scenario import Scenario

__all__ = ["BottleneckSource", "Plan", "Status", "Summary"]


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        return f"Plan({headline(self)})"

    def __str__(self) -> str:
        return summary_text(self)

    def _repr_html_(self) -> str:
        return summary_html(self)
