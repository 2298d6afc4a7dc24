"""The few numbers of a scenario that are not a table: ``scenario.toml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DAYS_MAX = 3660
"""Ten years; more is taken for a slip of the pen."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=1, allow_inf_nan=False)]


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


class Risk(BaseModel):
    """What may hit the whole scenario; used by the race only (§9.5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    surge_chance: Share = Field(0.0, description="chance that an offensive begins on one of the days (§9.5)")
    surge_factor: NotNegative = Field(1.5, description="what an offensive multiplies consumption with (§9.5)")
    surge_days_mean: Days = Field(21.0, description="mean days that an offensive lasts (§9.5)")


class Settings(BaseModel):
    """Name, time, money, objective and risk of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("scenario", description="what people call it", min_length=1, max_length=200)
    start: dt.date = Field(description="the date of day 0 (§1.1)")
    days: int = Field(description="number of days planned (§1.1)", ge=1, le=DAYS_MAX)
    currency: str = Field("EUR", description="the unit of every cost", min_length=1, max_length=10)
    objective: Objective = Field(default_factory=Objective, description="what a plan minimises (§7)")
    risk: Risk = Field(default_factory=Risk, description="what may hit the whole scenario (§9.5)")


SECTIONS: Mapping[str, type[BaseModel]] = {"scenario": Settings, "objective": Objective, "risk": Risk}
"""The sections of ``scenario.toml`` with what stands in each."""


def setting_paths() -> Iterator[tuple[str, str]]:
    """Yield the section and the name of every setting, such as ``objective`` and ``urgency``."""
    for section, model in SECTIONS.items():
        yield from ((section, name) for name in model.model_fields if name not in SECTIONS)


def section_of(settings: Settings, section: str) -> BaseModel:
    """Return what a section of ``scenario.toml`` holds."""
    part: BaseModel = settings if section == "scenario" else getattr(settings, section)
    return part


def path_of(section: str, name: str) -> str:
    """Return how faults and changes name a setting: ``start``, ``objective.urgency``."""
    return name if section == "scenario" else f"{section}.{name}"
