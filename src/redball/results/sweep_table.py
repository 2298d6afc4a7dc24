"""The table of a sweep and its columns; ``docs/design/results.csv`` says the same in words."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from redball.results.tables import DATE, NUMBER, TEXT, WHOLE
from redball.scenario.escape import escape

SWEEP: dict[str, pl.DataType] = {
    "variant": TEXT,
    "changes": TEXT,
    "plan_status": TEXT,
    "plan_objective": NUMBER,
    "plan_bound": NUMBER,
    "plan_gap": NUMBER,
    "plan_shortage_days": NUMBER,
    "plan_weighted_shortage_days": NUMBER,
    "plan_cost": NUMBER,
    "race_replications": WHOLE,
    "race_shortage_days": NUMBER,
    "race_shortage_days_low": NUMBER,
    "race_shortage_days_high": NUMBER,
    "race_difference": NUMBER,
    "race_difference_low": NUMBER,
    "race_difference_high": NUMBER,
    "race_fill_rate": NUMBER,
    "race_fill_rate_low": NUMBER,
    "race_fill_rate_high": NUMBER,
    "race_service_level": NUMBER,
    "race_service_level_low": NUMBER,
    "race_service_level_high": NUMBER,
    "forecast_dry": WHOLE,
    "forecast_first_dry": DATE,
}
"""One row for each variant; what was not asked is blank."""


def write_sweep(table: pl.DataFrame, folder: Path) -> None:
    """Write ``sweep.csv`` into a folder, so that no text in it can command a spreadsheet."""
    folder.mkdir(parents=True, exist_ok=True)
    escape(table).write_csv(folder / "sweep.csv")
