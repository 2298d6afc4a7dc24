"""How the things of a plan are called in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from redball.core.horizon import Horizon
from redball.core.wording import money, number
from redball.model.problem import Flags, Floats
from redball.results.why.cause import Cause, amount, unit_words, when
from redball.results.why.usage import Usage


@dataclass(frozen=True)
class Names:
    """Words for one item in one plan."""

    usage: Usage
    item: int

    @property
    def horizon(self) -> Horizon:
        """The planned days."""
        return self.usage.horizon

    @cached_property
    def _places(self) -> list[str]:
        return self.usage.plan.scenario.table("locations")["name"].to_list()

    @cached_property
    def _items(self) -> list[str]:
        return self.usage.plan.scenario.table("items")["name"].to_list()

    @cached_property
    def _units(self) -> list[str]:
        return self.usage.plan.scenario.table("items")["unit"].to_list()

    @property
    def item_name(self) -> str:
        """The item as people call it."""
        return self.other_item(self.item)

    def other_item(self, item: int) -> str:
        """Return another item as people call it."""
        return self._items[item]

    def place(self, location: int) -> str:
        """Return the location as people call it."""
        return self._places[location]

    def quantity(self, value: float, item: int | None = None) -> str:
        """Say a quantity of the item, or of another, with its unit."""
        return amount(value, self._units[self.item if item is None else item])

    def unit(self, one: bool = False) -> str:
        """Return the item's unit, plural or singular."""
        return unit_words(self._units[self.item], one)

    def money(self, value: float) -> str:
        """Say an amount of money."""
        return money(value, self.usage.plan.scenario.settings.currency)

    def when(self, flags: Flags) -> str:
        """Say on which days something held."""
        return when(flags, self.horizon)

    def cause(
        self,
        kind: str,
        text: str,
        rule: str,
        depth: int,
        subject: str,
        numbers: Mapping[str, float] | None = None,
        flags: Flags | None = None,
    ) -> Cause:
        """Make a cause that held on the days of `flags`."""
        days = np.flatnonzero(flags) if flags is not None else np.zeros(0, dtype=np.int64)
        first = self.horizon.date(int(days[0])) if len(days) else None
        last = self.horizon.date(int(days[-1])) if len(days) else None
        count = {"days": float(len(days))} if len(days) else {}
        return Cause(kind, text, rule, depth, subject, {**(numbers or {}), **count}, first, last)


def level(values: Floats, unit: str) -> str:
    """Say a limit that may change from day to day.

    >>> level(np.array([400.0, 400.0]), "t a day"), level(np.array([200.0, 400.0]), "t a day")
    ('400 t a day', '200 to 400 t a day')
    """
    low, high = number(float(values.min())), number(float(values.max()))
    return f"{high} {unit}" if low == high else f"{low} to {high} {unit}"
