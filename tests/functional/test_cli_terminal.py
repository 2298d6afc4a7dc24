"""On a terminal: a table of faults, a bar, and Ctrl-C that keeps the best so far."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from redball.views.cli.failures import AbortedError
from redball.views.cli.interrupt import interruptible

SECONDS_MAX = 40.0

SLOW_ENGINE = """
import sys, threading
from redball import api
real, patient = api.plan, threading.Event()

def slow(scenario, params, *, progress, start):
    made = real(scenario, params)
    progress.phase("solve")
    progress.gap(0.0, 2.0e9, 1.0e9)
    while not (progress.stopped and {obedient}):
        progress.gap(1.0, 1.5e9, 1.0e9)
        patient.wait(0.02)
    return made

api.plan = slow
sys.argv[0] = "redball"
from redball.__main__ import main
main()
"""


class Terminal:
    """A process that believes to be on a terminal, and all that it said."""

    def __init__(self, command: list[str]) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        self.said = ""
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        # a process that never says what is awaited must not hold up the tests
        self.watch = threading.Timer(SECONDS_MAX, self.process.kill)
        self.watch.start()

    def read(self) -> bool:
        """Read what there is; false at the end."""
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.said += data.decode(errors="replace")
        return bool(data)

    def until(self, words: str) -> None:
        while words not in self.plain and self.read():
            pass
        assert words in self.plain

    def end(self) -> int:
        while self.read():
            pass
        return self.process.wait(timeout=30)

    @property
    def plain(self) -> str:
        """What was said, without colours and movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.said).replace("\r", "")


@pytest.fixture
def terminal(request: pytest.FixtureRequest) -> Iterator[type[Terminal]]:
    made: list[Terminal] = []

    class Kept(Terminal):
        def __init__(self, command: list[str]) -> None:
            super().__init__(command)
            made.append(self)

    yield Kept
    for each in made:
        each.watch.cancel()
        with contextlib.suppress(ProcessLookupError):
            each.process.kill()
        each.process.wait()


def test_faults_are_a_table(terminal: type[Terminal], faulty: Path) -> None:
    shown = terminal([sys.executable, "-m", "redball", "check", str(faulty)])
    assert shown.end() == 2
    lines = [re.sub(r" {2,}", "  ", line.strip()) for line in shown.plain.splitlines()]
    assert "Where  Column  Found  What is wrong" in lines
    assert any(line.startswith("lanes.csv row 2  to_location  Fron  ") for line in lines)
    assert "3 faults. Nothing was done. Exit code 2. (--json for machines)" in lines
    assert "\x1b[31m" in shown.said


def slow_plan(small: Path, out: Path, obedient: bool = True) -> list[str]:
    code = SLOW_ENGINE.format(obedient=obedient)
    return [sys.executable, "-c", code, "plan", str(small), "--out", str(out)]


def test_the_first_ctrl_c_keeps_the_best_so_far(
    terminal: type[Terminal], small: Path, tmp_path: Path
) -> None:
    shown = terminal(slow_plan(small, tmp_path / "out"))
    shown.until("gap 33.3 %")
    assert "best 1.5 billion EUR" in shown.plain
    assert "bound 1 billion EUR" in shown.plain
    os.kill(shown.process.pid, signal.SIGINT)
    code = shown.end()
    assert "Stopping with the best plan so far" in shown.plain
    assert code == 0
    assert (tmp_path / "out" / "plan.json").is_file()
    assert "Traceback" not in shown.plain


def test_the_second_ctrl_c_aborts(terminal: type[Terminal], small: Path, tmp_path: Path) -> None:
    shown = terminal(slow_plan(small, tmp_path / "out", obedient=False))
    shown.until("gap 33.3 %")
    os.kill(shown.process.pid, signal.SIGINT)
    shown.until("Stopping with the best plan so far")
    os.kill(shown.process.pid, signal.SIGINT)
    assert shown.end() == 130
    assert "aborted; nothing was written" in shown.plain
    assert "Traceback" not in shown.plain
    assert not (tmp_path / "out").exists()
    assert shown.said.rstrip().count("\x1b[?25h") >= 1, "the cursor is shown again"


def test_ctrl_c_elsewhere_aborts(terminal: type[Terminal], small: Path) -> None:
    code = (
        "import sys, threading; from redball import api; from redball.__main__ import main\n"
        "def check(path):\n    print('begun', flush=True); threading.Event().wait(30)\n"
        "api.check = check; main()"
    )
    shown = terminal([sys.executable, "-c", code, "check", str(small)])
    shown.until("begun")
    os.kill(shown.process.pid, signal.SIGINT)
    assert shown.end() == 130
    assert "Traceback" not in shown.plain


def test_work_returns_and_raises_through_the_thread() -> None:
    assert interruptible(lambda: 42, lambda: None) == 42
    with pytest.raises(KeyError, match="lost"):
        interruptible(lambda: {}["lost"], lambda: None)


def calls_of_main_thread() -> list[str]:
    ident = threading.main_thread().ident
    assert ident is not None
    frame = sys._current_frames()[ident]
    return [each.name for each in traceback.extract_stack(frame, limit=6)]


def test_work_is_told_once_and_then_left() -> None:
    told = threading.Event()
    release = threading.Event()

    def press() -> None:
        while "start" in calls_of_main_thread():  # it does not listen yet
            pass
        os.kill(os.getpid(), signal.SIGINT)
        told.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        release.wait(10)

    before = time.perf_counter()
    with pytest.raises(AbortedError):
        interruptible(press, told.set)
    release.set()
    assert time.perf_counter() - before < 5
