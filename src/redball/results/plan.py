"""The plan: a frozen noun with its tables and its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from redball.results.store import Kind, load, save
from redball.results.summary import BottleneckSource, Status, Summary
from redball.results.tables import RESULTS, empty
from redball.results.wording import headline, summary_html, summary_text
from redball.scenario.scenario import Scenario

__all__ = ["BottleneckSource", "Plan", "Status", "Summary", "load_plan"]


KIND = Kind("plan", RESULTS, Summary.from_dict)


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

    def save(self, folder: str | Path, csv: bool = False) -> None:
        """Save the plan, all or nothing: ``plan.json``, a Parquet file for each table, the scenario as CSV.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds a plan, which this one replaces. What else lies in it stays.
        csv
            Write each table as CSV too.

        Raises
        ------
        InputError
            If the folder holds something that is not a plan.
        """
        save(KIND, Path(folder), self.scenario, self.summary, self.tables, csv=csv)

    def __repr__(self) -> str:
        return f"Plan({headline(self)})"

    def __str__(self) -> str:
        return summary_text(self)

    def _repr_html_(self) -> str:
        return summary_html(self)


def load_plan(folder: str | Path) -> Plan:
    """Load a plan that `Plan.save` saved.

    Raises
    ------
    InputError
        If the folder holds no plan, or one that was edited or cut short.
    """
    return Plan(*load(KIND, Path(folder)))
