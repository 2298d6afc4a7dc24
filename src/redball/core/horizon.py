"""Dates outside, days inside (§1)."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

WHOLE_TOLERANCE = 1e-9
"""What lies within this of a whole number is that number (§1.3)."""


def days_up(days: float, least: int = 0) -> int:
    """Round a time in days up to whole days, at least `least` (§1.3).

    >>> days_up(2.4), days_up(3.0000000001), days_up(0.2), days_up(0.0, least=1)
    (3, 3, 1, 1)
    """
    return max(least, math.ceil(days - WHOLE_TOLERANCE))


@dataclass(frozen=True, slots=True)
class Horizon:
    """The planned days: day ``d`` is the date ``start + d`` (§1.1)."""

    start: dt.date
    days: int

    def day(self, date: dt.date) -> int:
        """Return the day number of a date; may lie outside the horizon."""
        return (date - self.start).days

    def date(self, day: int) -> dt.date:
        """Return the date of a day number."""
        return self.start + dt.timedelta(days=day)

    @property
    def last(self) -> dt.date:
        """The last day's date."""
        return self.date(self.days - 1)
