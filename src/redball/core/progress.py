"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What an engine calls; a view draws it."""

    def phase(self, name: str, detail: str = "") -> None:
        """Begin a phase, such as ``build`` or ``solve``."""

    def gap(self, seconds: float, best: float, bound: float) -> None:
        """Report the best plan so far and its proven bound, both in the objective's unit."""

    def step(self, done: float, total: float | None, detail: str = "") -> None:
        """Report how much of the phase is done, out of how much where that is known."""

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop and keep the best so far."""


class Silent:
    """A listener that draws nothing and never stops."""

    stopped = False

    def phase(self, name: str, detail: str = "") -> None:
        """Ignore the phase."""

    def gap(self, seconds: float, best: float, bound: float) -> None:
        """Ignore the gap."""

    def step(self, done: float, total: float | None, detail: str = "") -> None:
        """Ignore how much is done."""
