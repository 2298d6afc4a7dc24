"""The answer of a plan in numbers, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, get_args

import polars as pl

from redball.scenario.scenario import Scenario

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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
        return plain_fields(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `as_dict` gave.

        Raises
        ------
        ValueError
            If an entry is missing, unknown or not of its type; the text names it.
        """
        return cls(**read_fields(cls, plain))


def plain_fields(summary: DataclassInstance) -> dict[str, Any]:
    """Return the fields of a summary as plain data that JSON can hold."""
    plain: dict[str, Any] = {}
    for field in fields(summary):
        value = getattr(summary, field.name)
        if isinstance(value, Mapping):
            plain[field.name] = {name: _plain(part) for name, part in value.items()}
        else:
            plain[field.name] = _plain(value)
    return plain


def read_fields(cls: type[DataclassInstance], plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a summary from plain data, each read by its type; see `Summary.from_dict`."""
    types = {field.name: str(field.type) for field in fields(cls)}
    if odd := types.keys() ^ plain.keys():
        raise ValueError(f"entries missing or unknown: {', '.join(sorted(odd))}")
    return {name: _READERS[types[name]](name, value) for name, value in plain.items()}


def _plain(value: object) -> object:
    """Return `value`, or the name of a number without end, which JSON has no sign for."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _number(name: str, value: object) -> float:
    """Read a number or the name of one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{name} is not a number")
    return float(value)


def _whole(name: str, value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{name} is not a whole number")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def _table(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a table")
    return value


def _word(words: tuple[str, ...], name: str, value: object) -> object:
    if value not in words:
        raise ValueError(f"{name} is {value!r}")
    return value


_READERS: dict[str, Callable[[str, Any], object]] = {
    "float": _number,
    "int": _whole,
    "str": _text,
    "str | None": lambda name, value: None if value is None else _text(name, value),
    "Mapping[str, float]": lambda name, value: {
        part: _number(f"{name}, {part}", number) for part, number in _table(name, value).items()
    },
    "Mapping[str, object]": _table,
    "Status": partial(_word, get_args(Status)),
    "BottleneckSource": partial(_word, get_args(BottleneckSource)),
}
"""How an entry of each type is read."""


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
