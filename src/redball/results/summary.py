"""The answer of a plan in numbers, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, Self, get_args

import polars as pl

from redball.scenario.scenario import Scenario

Status = Literal["optimal", "gap", "time limit", "stopped", "stalled"]
BottleneckSource = Literal["lp", "lp with decisions fixed", "multipliers", "none"]

COST_PARTS = ("shortage", "cover", "transport", "production", "expansion", "orders")
"""The parts of the objective (§7.4)."""


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
    bottlenecks_from: BottleneckSource = "lp"
    """Where the values of §8.4 come from."""

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data that JSON can hold; a number without end becomes its name."""
        plain: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                plain[field.name] = {name: _plain(part) for name, part in value.items()}
            else:
                plain[field.name] = _plain(value)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `as_dict` gave.

        Raises
        ------
        ValueError
            If an entry is missing, unknown or not of its type; the text names it.
        """
        names = {field.name for field in fields(cls)}
        if odd := names ^ plain.keys():
            raise ValueError(f"entries missing or unknown: {', '.join(sorted(odd))}")
        values = dict(plain)
        _check_words(values)
        for name in ("n_variables", "n_rows"):
            if type(values[name]) is not int:
                raise ValueError(f"{name} is not a whole number")
        for name in ("objective", "bound", "gap", "shortage_days", "weighted_shortage_days"):
            values[name] = _number(name, values[name])
        for name in ("cost", "seconds"):
            values[name] = {part: _number(f"{name}, {part}", value) for part, value in values[name].items()}
        return cls(**values)


def _check_words(values: Mapping[str, Any]) -> None:
    """Check the entries that are words or tables."""
    for name, kind in (("status", Status), ("bottlenecks_from", BottleneckSource)):
        if values[name] not in get_args(kind):
            raise ValueError(f"{name} is {values[name]!r}")
    for name in ("digest", "version", "solver"):
        if not isinstance(values[name], str):
            raise ValueError(f"{name} is not text")
    for name in ("cost", "parameters", "seconds"):
        if not isinstance(values[name], dict):
            raise ValueError(f"{name} is not a table")


def _plain(value: object) -> object:
    """Return `value`, or the name of a number without end, which JSON has no sign for."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _number(name: str, value: object) -> float:
    """Read a number or the name of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{name} is not a number")
    return float(value)


class PlanParts(Protocol):
    """What a plan is made of, for the functions that the plan itself calls."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that the plan answers."""

    @property
    def summary(self) -> Summary:
        """The answer in numbers."""

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The long tables."""
