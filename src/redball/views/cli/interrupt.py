"""Ctrl-C during a long solve: the first keeps the best so far, the second aborts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from redball.views.cli.failures import AbortedError

T = TypeVar("T")

WAIT_SECONDS = 0.1
"""How long the main thread waits at a time, so that it hears Ctrl-C at once."""


def interruptible(work: Callable[[], T], on_stop: Callable[[], None]) -> T:
    """Run `work` in a thread of its own and return what it returns.

    The main thread only listens, since a solver in foreign code would not let it hear Ctrl-C.

    Parameters
    ----------
    work
        The long work; it ends early of its own will after `on_stop`.
    on_stop
        Called at the first Ctrl-C.

    Raises
    ------
    AbortedError
        At the second Ctrl-C; the work goes on until the process ends.
    """
    done: list[T] = []
    failed: list[BaseException] = []
    ended = threading.Event()

    def body() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=body, daemon=True).start()
    asked = told = False
    # an event rather than Thread.join: a join that Ctrl-C breaks takes the thread for ended (Python 3.11)
    while not ended.is_set():
        try:
            if asked and not told:
                told = True
                on_stop()
            ended.wait(WAIT_SECONDS)
        except KeyboardInterrupt:
            if asked:
                raise AbortedError from None
            asked = True
    if failed:
        raise failed[0]
    return done[0]
