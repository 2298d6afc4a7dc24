"""One cause, and how its parts are said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from redball.core.horizon import Horizon
from redball.core.wording import count, day, number
from redball.model.problem import Flags

SPANS_MAX = 3
"""Spans of days that a sentence names one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One true statement about why something is short."""

    kind: str
    """What kind of cause, such as ``lane``, ``reserve`` or ``pledge``; the kinds are listed in docs/concepts/why.md."""
    text: str
    """The cause in plain words, with its numbers."""
    rule: str
    """The rule of the semantics behind it, such as ``§3.2``."""
    depth: int = 0
    """How many steps (lanes, or inputs of production) upstream of the shortage it lies."""
    subject: str = ""
    """The id of what it is about: a location, lane, pledge, line, offer, budget or fleet."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The numbers of the text, by name; quantities in item units unless the name says otherwise."""
    first_date: dt.date | None = None
    last_date: dt.date | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the cause as plain data, for ``--json``."""
        plain = {name: getattr(self, name) for name in ("kind", "text", "rule", "depth", "subject")}
        dates = {"first_date": self.first_date, "last_date": self.last_date}
        texts = {name: date.isoformat() if date else None for name, date in dates.items()}
        return plain | {"numbers": dict(self.numbers)} | texts


def amount(quantity: float, unit: str) -> str:
    """Say a quantity with its unit.

    >>> amount(1.0, "round"), amount(1200.0, "round"), amount(2.5, "tonne"), amount(3.0, "t")
    ('1 round', '1,200 rounds', '2.5 t', '3 t')
    """
    return f"{number(quantity)} {unit_words(unit, abs(quantity - 1) < 1e-9)}"


def unit_words(unit: str, one: bool = False) -> str:
    """Say a unit: singular or plural, tonnes as ``t``."""
    if unit in ("tonne", "t"):
        return "t"
    return unit if one or unit.endswith("s") else f"{unit}s"


def spans(flags: Flags) -> list[tuple[int, int]]:
    """Return the first and last day of every run of days that are set.

    >>> spans(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True)
    )


def when(flags: Flags, horizon: Horizon) -> str:
    """Say on which days something held.

    >>> when(np.array([True, True, False, True]), Horizon(dt.date(2023, 3, 12), 4))
    'from 12 Mar to 13 Mar 2023 and on 15 Mar 2023 (3 days)'
    """
    runs = spans(flags)
    parts = []
    for first, last in runs[:SPANS_MAX]:
        begin, end = horizon.date(first), horizon.date(last)
        if first == last:
            parts.append(f"on {day(end)}")
        else:
            parts.append(f"from {day(begin, year=begin.year != end.year)} to {day(end)}")
    if len(runs) > SPANS_MAX:
        parts.append(f"in {count(len(runs) - SPANS_MAX, 'more span')} until {day(horizon.date(runs[-1][1]))}")
    *head, tail = parts
    text = f"{', '.join(head)} and {tail}" if head else tail
    return f"{text} ({count(int(flags.sum()), 'day')})" if flags.sum() > 1 else text
