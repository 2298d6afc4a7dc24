"""Work for the tests of the fan-out: a module of its own, so that other processes find it by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def note(folder: Path, number: int) -> bytes:
    """Write down that the task was done, and by whom."""
    with (folder / f"done-{number}").open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    return f"result {number}".encode()


def note_or_die_once(folder: Path, number: int) -> bytes:
    """Kill this very process in the middle of task 5, the first time."""
    if number == 5:
        try:
            (folder / "died").touch(exist_ok=False)
        except FileExistsError:
            return note(folder, number)
        os.kill(os.getpid(), signal.SIGKILL)
    return note(folder, number)


def die(_: Path, number: int) -> bytes:
    """Kill this very process, always."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def refuse(_: Path, number: int) -> bytes:
    """Raise what a faulty task raises."""
    from redball.core.errors import FaultsError

    raise FaultsError.one("not-found", f"task {number}", "is not there.")


def wait_for_gate(folder: Path, number: int) -> bytes:
    """Do the first tasks at once and the rest when somebody writes to the pipe ``gate``."""
    if number >= 4:
        (folder / f"begun-{number}").touch()
        with (folder / "gate").open("rb") as gate:
            gate.read(1)
    return note(folder, number)


def hears_ctrl_c(_: Path, number: int) -> bytes:
    """Say whether this process hears Ctrl-C from its first moment on."""
    return b"deaf" if signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []) else b"hears"
