"""Tasks over threads, processes and a cluster: the same results in the same order, whoever dies on the way."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.tidy.sources import ROOT
from tests.unit.core.fanout_work import die, hears_ctrl_c, note, note_or_die_once, refuse, wait_for_gate

from redball.core import fanout
from redball.core.checkpoints import Checkpoints
from redball.core.errors import FaultsError, InputError, LimitError
from redball.core.fanout import AHEAD, Cluster, Processes, Threads, Workers, fan_out
from redball.core.source_stamp import PACKAGE, source_stamp

TASKS = [(f"task {number}", number) for number in range(30)]
RESULTS = [f"result {number}".encode() for number in range(30)]
LOCAL = pytest.mark.parametrize("workers", [Threads(1), Threads(3), Processes(2)], ids=str)


def times_done(folder: Path) -> list[int]:
    """Return how often each task was done."""
    files = [folder / f"done-{number}" for _, number in TASKS]
    return [len(file.read_text().splitlines()) if file.exists() else 0 for file in files]


@LOCAL
def test_results_come_in_the_order_of_the_tasks(tmp_path: Path, workers: Workers) -> None:
    assert list(fan_out(note, tmp_path, TASKS, workers=workers)) == RESULTS
    assert times_done(tmp_path) == [1] * 30


def test_no_task_is_no_result(tmp_path: Path) -> None:
    assert list(fan_out(note, tmp_path, [], workers=Threads(2))) == []


def test_tasks_without_end_are_taken_a_few_ahead(tmp_path: Path) -> None:
    taken = []

    def endless() -> Iterator[tuple[str, int]]:
        for number in itertools.count():
            taken.append(number)
            yield str(number), number

    with closing(fan_out(note, tmp_path, endless(), workers=Threads(2))) as results:
        assert [next(results) for _ in range(10)] == RESULTS[:10]
    assert len(taken) <= 10 + 2 * AHEAD


def test_what_was_done_is_taken_up_and_nothing_else(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "parts", "a scenario")
    assert list(fan_out(note, tmp_path, TASKS, checkpoints=kept)) == RESULTS
    assert list(fan_out(note, tmp_path, TASKS, checkpoints=kept, workers=Processes(2))) == RESULTS
    assert times_done(tmp_path) == [1] * 30

    kept.path("task 3").write_bytes(kept.path("task 3").read_bytes()[:-1])
    kept.path("task 4").write_bytes(b"")
    assert list(fan_out(note, tmp_path, TASKS, checkpoints=kept)) == RESULTS
    assert times_done(tmp_path) == [1] * 3 + [2] * 2 + [1] * 25

    other = Checkpoints(tmp_path / "parts", "another scenario")
    assert list(fan_out(note, tmp_path, TASKS, checkpoints=other)) == RESULTS
    assert times_done(tmp_path) == [2] * 3 + [3] * 2 + [2] * 25
    assert sorted(file.suffix for file in kept.folder.iterdir()) == [".part"] * 60


def test_no_two_checkpoints_share_a_name(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path, "1").path("2 3") != Checkpoints(tmp_path, "1 2").path("3")


def test_what_other_code_did_is_not_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Checkpoints(tmp_path / "parts", "one run")
    kept.keep("task", b"result")
    assert kept.load("task") == b"result"
    # the same version with another line of code in it
    monkeypatch.setattr("redball.core.checkpoints.source_stamp", lambda: "another")
    assert kept.load("task") is None


def test_every_line_of_code_counts(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "engine").mkdir(parents=True)
    kernel = package / "engine" / "kernel.py"
    kernel.write_text("x = 1")
    (package / "notes.txt").write_text("not code")
    stamps = [source_stamp.__wrapped__(package)]
    for change in (
        lambda: kernel.write_text("x = 2"),
        lambda: kernel.rename(kernel.with_name("kernels.py")),
        lambda: (package / "more.py").touch(),
    ):
        change()
        stamps.append(source_stamp.__wrapped__(package))
    assert len(set(stamps)) == 4
    (package / "notes.txt").write_text("changed")
    assert source_stamp.__wrapped__(package) == stamps[-1]
    assert source_stamp() == source_stamp(PACKAGE)
    assert (PACKAGE / "engines" / "race" / "kernel.py").is_file()


def test_a_killed_worker_costs_what_it_held_and_no_more(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "parts", "")
    assert list(fan_out(note_or_die_once, tmp_path, TASKS, workers=Processes(2), checkpoints=kept)) == RESULTS
    assert (tmp_path / "died").exists()
    times = times_done(tmp_path)
    assert min(times) == 1
    assert sum(times) <= 30 + 2 * AHEAD


def test_a_task_that_kills_its_workers_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="workers died"):
        list(fan_out(die, tmp_path, TASKS[:1], workers=Processes(1)))


@LOCAL
def test_an_error_of_a_task_is_the_error_of_the_run(tmp_path: Path, workers: Workers) -> None:
    with pytest.raises(FaultsError, match="is not there") as caught:
        list(fan_out(refuse, tmp_path, TASKS, workers=workers))
    assert caught.value.faults[0].code == "not-found"


@LOCAL
def test_a_stopped_run_is_taken_up_again(tmp_path: Path, workers: Workers) -> None:
    kept = Checkpoints(tmp_path / "parts", "")
    seen = list(
        fan_out(
            note,
            tmp_path,
            TASKS,
            workers=workers,
            checkpoints=kept,
            stopped=lambda: sum(times_done(tmp_path)) >= 8,
        )
    )
    assert sum(times_done(tmp_path)) < 30
    assert seen == RESULTS[: len(seen)]
    assert list(fan_out(note, tmp_path, TASKS, workers=workers, checkpoints=kept)) == RESULTS
    # a process that left in mid-task may have done it without having told
    again = 2 * AHEAD if isinstance(workers, Processes) else 0
    assert sum(times_done(tmp_path)) <= 30 + again


def test_stopping_ends_processes_in_mid_task(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    seen: list[bytes] = []
    asked = threading.Event()
    run = fan_out(wait_for_gate, tmp_path, TASKS, workers=Processes(2), stopped=asked.is_set)
    for result in run:
        seen.append(result)
        if len(seen) == 4:
            # both processes wait at the gate, or are about to
            asked.set()
    assert seen == RESULTS[:4]
    for pid in {int(line) for n in range(4) for line in (tmp_path / f"done-{n}").read_text().splitlines()}:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_processes_are_deaf_to_ctrl_c_from_their_first_moment_on(tmp_path: Path) -> None:
    assert list(fan_out(hears_ctrl_c, tmp_path, TASKS[:1], workers=Processes(1))) == [b"deaf"]
    assert hears_ctrl_c(tmp_path, 0) == b"hears"


KILLED = """
import sys
from pathlib import Path
from tests.unit.core.fanout_work import wait_for_gate
from redball.core.fanout import Processes, fan_out

if __name__ == "__main__":
    tasks = [(str(number), number) for number in range(30)]
    for result in fan_out(wait_for_gate, Path(sys.argv[1]), tasks, workers=Processes(2)):
        print(result.decode(), flush=True)
"""


def outside() -> dict[str, str]:
    """Return the environment of a process that shall find this project."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def test_processes_leave_with_the_one_that_hired_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    with subprocess.Popen(
        [sys.executable, script, tmp_path], stdout=subprocess.PIPE, env=outside(), cwd=ROOT
    ) as run:
        assert run.stdout is not None
        assert [next(run.stdout).strip() for _ in range(4)] == RESULTS[:4]
        run.kill()
        # its processes hold the other end of this pipe: it ends when the last of them does
        assert run.stdout.read() == b""


@contextmanager
def dask(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command of Dask; give the process and the address that it says first."""
    command = [str(Path(sys.executable).with_name("dask")), *arguments, "--no-dashboard"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=outside(), cwd=ROOT) as process:
        assert process.stderr is not None
        try:
            told = (line.split() for line in process.stderr)
            address = next(words[-1] for words in told if words and words[-1].startswith("tcp://"))
            # what else it says is read away, so that it never waits for a reader
            reader = threading.Thread(target=process.stderr.read)
            reader.start()
            yield process, address
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            reader.join()


@contextmanager
def cluster() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a scheduler with two workers of one thread each."""
    from distributed import Client

    one = ("--host", "127.0.0.1")
    alone = ("--nthreads", "1", "--no-nanny")
    with (
        dask("scheduler", *one, "--port", "0") as (scheduler, address),
        dask("worker", address, *one, *alone),
        dask("worker", address, *one, *alone),
    ):
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield scheduler, address


def test_a_cluster_gives_the_same_and_survives_the_death_of_a_worker(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "parts", "")
    with cluster() as (scheduler, address):
        workers = Cluster(address)
        assert list(fan_out(note_or_die_once, tmp_path, TASKS, workers=workers, checkpoints=kept)) == RESULTS
        assert (tmp_path / "died").exists()
        assert sum(times_done(tmp_path)) <= 30 + 2 * AHEAD
        with pytest.raises(FaultsError):
            list(fan_out(refuse, tmp_path, TASKS, workers=workers))

        before = times_done(tmp_path)
        fresh = Checkpoints(tmp_path / "parts", "another")
        run = fan_out(note, tmp_path, TASKS, workers=workers, checkpoints=fresh)
        assert next(run) == RESULTS[0]
        scheduler.kill()
        with pytest.raises(LimitError, match="lost"):
            list(run)
        now = [b - a for a, b in zip(before, times_done(tmp_path), strict=True)]
        assert fresh.load("task 0") == RESULTS[0]
        assert sum(now) < 30
    assert list(fan_out(note, tmp_path, TASKS, checkpoints=fresh)) == RESULTS


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fanout, "CONNECT_SECONDS", 0.2)
    with pytest.raises(InputError, match="no scheduler answers"):
        list(fan_out(note, tmp_path, TASKS, workers=Cluster("tcp://127.0.0.1:1")))


def test_a_cluster_wants_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"redball\[cluster\]"):
        list(fan_out(note, tmp_path, TASKS, workers=Cluster("tcp://127.0.0.1:1")))
