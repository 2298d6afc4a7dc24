"""§8.3: every unit used is traced, where the plan carries traces."""

from __future__ import annotations

import polars as pl

from redball.results.flows import as_text
from redball.results.verify.breach import Breach, unlike
from redball.results.verify.facts import Facts

USE = ("location", "item", "use", "date")


def check_traces(facts: Facts, tolerance: float) -> list[Breach]:
    """Check that the traces of each use add up to what was used; a plan without traces claims nothing."""
    traces = facts.plan.tables["traces"]
    if traces.is_empty():
        return []
    stated = traces.group_by(USE).agg(value=pl.col("quantity").sum())
    used = facts.flows.filter(pl.col("kind").is_in(["consumption", "need", "recipe"])).rename({"kind": "use"})
    used = as_text(used.group_by(USE).agg(limit=pl.col("quantity").sum()))
    rows = used.join(stated, on=USE, how="full", coalesce=True).sort(USE)
    rows = rows.with_columns(pl.col("value", "limit").fill_null(0))
    return unlike(rows, tolerance, "§8.3", "traces", USE, "{value:,.9g} traced, {limit:,.9g} used")
