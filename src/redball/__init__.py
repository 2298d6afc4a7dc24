"""Redball plans time-critical coalition supply: from what was promised to what arrives in time.

The public names; everything else is an implementation. They are fetched on first use, so that ``import redball`` takes
no time and loads neither a solver nor a spreadsheet or chart library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from redball.core import version

__version__ = version.VERSION

if TYPE_CHECKING:
    from redball.api import (
        check,
        forecast,
        load_plan,
        load_race,
        new,
        open_ledger,
        plan,
        race,
        read,
        sweep,
        why,
        write,
    )
    from redball.core.errors import Fault, FaultsError, InputError, LimitError, RedballError, VerifyError
    from redball.model.params import PlanParams, RaceParams
    from redball.results.plan import Plan
    from redball.results.race import Race
    from redball.scenario.scenario import Scenario
    from redball.views.brief.write import write_brief as brief

_HOMES = {
    "check": "redball.api",
    "forecast": "redball.api",
    "load_plan": "redball.api",
    "load_race": "redball.api",
    "new": "redball.api",
    "open_ledger": "redball.api",
    "plan": "redball.api",
    "race": "redball.api",
    "read": "redball.api",
    "sweep": "redball.api",
    "why": "redball.api",
    "write": "redball.api",
    "brief": "redball.views.brief.write:write_brief",
    "Fault": "redball.core.errors",
    "FaultsError": "redball.core.errors",
    "InputError": "redball.core.errors",
    "LimitError": "redball.core.errors",
    "RedballError": "redball.core.errors",
    "VerifyError": "redball.core.errors",
    "Plan": "redball.results.plan",
    "PlanParams": "redball.model.params",
    "Race": "redball.results.race",
    "RaceParams": "redball.model.params",
    "Scenario": "redball.scenario.scenario",
}

__all__ = [
    "Fault",
    "FaultsError",
    "InputError",
    "LimitError",
    "Plan",
    "PlanParams",
    "Race",
    "RaceParams",
    "RedballError",
    "Scenario",
    "VerifyError",
    "__version__",
    "brief",
    "check",
    "forecast",
    "load_plan",
    "load_race",
    "new",
    "open_ledger",
    "plan",
    "race",
    "read",
    "sweep",
    "why",
    "write",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'redball' has no attribute {name!r}")
    module, _, other_name = home.partition(":")
    value = getattr(import_module(module), other_name or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
