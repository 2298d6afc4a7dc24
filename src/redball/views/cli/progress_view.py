"""How far work is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from redball.core.wording import duration, money, number, percent

LINE_EVERY_SECONDS = 5.0
"""In a pipe, the least time between two lines about the gap."""

DIGITS = 5
"""Digits of best and bound: enough to see them approach each other."""

LINE_EVERY_SHARE = 0.1
"""In a pipe, the least part of the work between two lines about how much of it is done."""

PHASES = {"build": "Build", "solve": "Solve", "read": "Read out", "trace": "Trace", "verify": "Verify"}


class WorkProgress:
    """A listener (`redball.core.progress.Progress`) that draws on a console.

    Parameters
    ----------
    target
        Where to draw; standard error, so that results can be piped.
    """

    stopping = "Stopping; what is done is kept. Ctrl-C again aborts."

    def __init__(self, target: Console) -> None:
        self.stopped = False
        self._target = target
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=target,
            disable=not target.is_terminal,
        )
        self._title = ""
        self._task: TaskID | None = None
        self._next_line = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._bar.stop()

    def phase(self, name: str, detail: str = "") -> None:
        """Begin a phase."""
        self._finish()
        self._title = PHASES.get(name, name.capitalize())
        self._next_line = 0.0
        if self._target.is_terminal:
            self._task = self._bar.add_task(self._title, total=None, detail=detail)
        else:
            self._target.print(f"{self._title} {detail}".rstrip(), soft_wrap=True)

    def step(self, done: float, total: float | None, detail: str = "") -> None:
        """Show how much of the phase is done."""
        said = f"{number(done)}{f' of {number(total)}' if total else ''} {detail}".rstrip()
        if self._target.is_terminal:
            if self._task is not None:
                self._bar.update(self._task, total=total, completed=done, detail=said)
        elif done >= self._next_line or done == total:
            # where the end is not known, a line for every doubling
            self._next_line = done + LINE_EVERY_SHARE * total if total else 2 * done
            self._target.print(f"{self._title} {said}", soft_wrap=True)

    def gap(self, seconds: float, best: float, bound: float) -> None:
        """Show nothing: only plans have a gap."""

    def stop(self) -> None:
        """Ask the engine to end with what is done."""
        self.stopped = True
        self._target.print(self.stopping, soft_wrap=True)

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1.0, completed=1.0)
            self._bar.stop_task(self._task)
            self._task = None


class PlanProgress(WorkProgress):
    """The same for a plan, with the gap between the best so far and its bound.

    Parameters
    ----------
    target
        Where to draw.
    currency
        The unit of the objective.
    gap
        The gap that was asked for; the bar is full when it is reached.
    """

    stopping = "Stopping with the best plan so far. Ctrl-C again aborts."

    def __init__(self, target: Console, currency: str, gap: float) -> None:
        super().__init__(target)
        self._currency, self._gap = currency, gap
        self._last_line = -math.inf

    def gap(self, seconds: float, best: float, bound: float) -> None:
        """Show the best plan so far, its bound and the gap between them (§8.1)."""
        if not math.isfinite(best) and not math.isfinite(bound):
            return
        share = (
            (best - bound) / max(abs(best), 1.0) if math.isfinite(best) and math.isfinite(bound) else math.inf
        )
        detail = (
            f"best {self._money(best)}  bound {self._money(bound)}  "
            f"gap {percent(share) if math.isfinite(share) else 'open'}"
        )
        if self._target.is_terminal:
            if self._task is not None:
                closed = _closed(share, self._gap)
                self._bar.update(self._task, total=1.0, completed=closed, detail=detail)
        elif seconds - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = seconds
            self._target.print(f"Solve {duration(seconds)}  {detail}", soft_wrap=True)

    def _money(self, value: float) -> str:
        return money(value, self._currency, DIGITS) if math.isfinite(value) else "none yet"


def _closed(share: float, asked: float) -> float:
    # a gap closes by decades: from 100 % (empty) to what was asked for (full)
    if share <= asked:
        return 1.0
    if share >= 1:
        return 0.0
    return min(1.0, math.log10(share) / math.log10(max(asked, 1e-9)))
