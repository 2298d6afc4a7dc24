"""The few numbers of a scenario that are not a table: ``scenario.toml``."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DAYS_MAX = 3660
"""Ten years; more is taken for a slip of the pen."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Objective(BaseModel):
    """What a plan minimises (§7)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shortage_day_cost: Positive = Field(1_000_000.0, description="currency for one shortage-day (§7.4)")
    priority_weights: tuple[Positive, Positive, Positive] = Field(
        (100.0, 10.0, 1.0), description="weights of priorities 1, 2, 3 (§7.1)"
    )
    urgency: NotNegative = Field(0.5, description="how much more the nearer day counts (§7.1)")
    cover_weight: NotNegative = Field(0.002, description="weight of a cover shortfall (§7.3)")
    rationing: Literal["even", "none"] = Field("even", description="whether equals share a shortage (§7.2)")


class Settings(BaseModel):
    """Name, time, money and objective of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("scenario", description="what people call it", min_length=1, max_length=200)
    start: dt.date = Field(description="the date of day 0 (§1.1)")
    days: int = Field(description="number of days planned (§1.1)", ge=1, le=DAYS_MAX)
    currency: str = Field("EUR", description="the unit of every cost", min_length=1, max_length=10)
    objective: Objective = Field(default_factory=Objective, description="what a plan minimises (§7)")
