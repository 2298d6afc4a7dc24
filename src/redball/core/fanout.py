"""Many independent tasks over threads, processes or a cluster, each result kept as soon as it is there.

A task is a function of what all tasks share and of one small argument; its result is bytes. Results come back in the
order of the tasks, so that whoever adds them up gets the same on one thread and on a hundred machines. A worker that
dies costs the tasks that it held, which are done again elsewhere; a run that was stopped or killed takes up what its
checkpoints hold.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_end
from typing import Any, Generic, Protocol, TypeVar

from redball.core.checkpoints import Checkpoints
from redball.core.errors import InputError, LimitError

Common = TypeVar("Common")
Argument = TypeVar("Argument")
Work = Callable[[Common, Argument], bytes]
"""What is done for one task; a function of a module, so that other processes find it by its name."""

POLL_SECONDS = 0.1
"""How long to wait at a time before asking whether the run shall stop."""
AHEAD = 4
"""Tasks taken up ahead for each worker: enough that none waits, few enough that memory stays small."""
DEATHS_MAX = 3
"""Workers that may die under a task before it is to blame."""
FEWER = "It may need more memory than there is: give fewer workers, or smaller tasks. What was done is kept."
CONNECT_SECONDS = 10
AGAIN = "Begin its scheduler again and run the same again; what was done is kept."


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process; for work that leaves Python's lock alone."""

    n: int = 1


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes on this machine."""

    n: int = 1


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a Dask scheduler (extra ``cluster``), such as ``tcp://host:8786``."""

    address: str


Workers = Threads | Processes | Cluster


def never() -> bool:
    """Return that the run shall not stop."""
    return False


def fan_out(
    work: Work[Common, Argument],
    common: Common,
    tasks: Iterable[tuple[str, Argument]],
    *,
    workers: Workers = Threads(),
    checkpoints: Checkpoints | None = None,
    stopped: Callable[[], bool] = never,
) -> Generator[bytes, None, None]:
    """Do tasks and give their results in the order of the tasks.

    Parameters
    ----------
    work
        What is done: a function of a module, without side effects. Where it raises, the run ends with that error.
    common
        What all tasks share; sent to each worker once.
    tasks
        Keys, each its own, with their small arguments; taken a few ahead, so that they may be without end. Whoever
        has seen enough closes the iterator (`contextlib.closing`), and the workers are let go.
    workers
        Who does the work. In a script, processes want ``if __name__ == "__main__":``.
    checkpoints
        Where results are kept and taken up from; nowhere by default.
    stopped
        Whether the run shall stop: then the iterator ends early, with what was done kept.

    Raises
    ------
    InputError
        If the cluster cannot be reached or its library is not installed.
    LimitError
        If workers die again and again, or the cluster is lost in mid-run; what was done is kept.
    """
    numbered = enumerate(tasks)
    ready: dict[int, bytes] = {}
    held: dict[Future[bytes], _Held[Argument]] = {}
    at, more = 0, True
    with _hired(work, common, workers) as crew:
        while (more or held or ready) and not stopped():
            room = max(0, AHEAD * crew.size() - len(held) - len(ready))
            taken = list(islice(numbered, room))
            more = len(taken) == room
            for number, (key, argument) in taken:
                kept = checkpoints.load(key) if checkpoints else None
                if kept is None:
                    held[crew.submit(argument)] = _Held(number, key, argument)
                else:
                    ready[number] = kept
            while at in ready:
                yield ready.pop(at)
                at += 1
            ready.update(_done(held, crew, checkpoints))
    for future, task in held.items():
        # stopped: what was in work may have come to its end while the workers left
        if checkpoints and future.done() and not future.cancelled() and not future.exception():
            checkpoints.keep(task.key, future.result())


@dataclass(slots=True)
class _Held(Generic[Argument]):
    """A task that was given out."""

    number: int
    key: str
    argument: Argument
    deaths: int = 0
    """Workers that died while they held it."""


def _done(
    held: dict[Future[bytes], _Held[Argument]], crew: _Crew, checkpoints: Checkpoints | None
) -> Iterator[tuple[int, bytes]]:
    """Wait a little, keep what came in and give out again what was lost."""
    for future in wait(held, POLL_SECONDS, FIRST_COMPLETED).done:
        task = held.pop(future)
        try:
            result = future.result()
        except crew.lost as error:
            task.deaths += 1
            if task.deaths > DEATHS_MAX:
                raise LimitError(
                    f"{task.deaths} workers died under it", where=task.key, remedy=FEWER
                ) from error
            held[crew.submit(task.argument)] = task
            continue
        if checkpoints:
            checkpoints.keep(task.key, result)
        yield task.number, result


class _Crew(Protocol):
    """Workers at work."""

    @property
    def gone(self) -> tuple[type[BaseException], ...]:
        """What is raised when all of them are out of reach."""

    @property
    def lost(self) -> tuple[type[BaseException], ...]:
        """What a task fails with whose worker died under it."""

    def size(self) -> int:
        """Return how many tasks can be in work at a time, at least 1."""

    def submit(self, argument: Any) -> Future[bytes]:
        """Give out one task."""

    def close(self) -> None:
        """Let the workers go; what they have not begun is dropped."""


@contextmanager
def _hired(work: Callable[[Any, Any], bytes], common: object, workers: Workers) -> Iterator[_Crew]:
    crew: _Crew
    match workers:
        case Threads(n):
            crew = _ThreadCrew(work, common, n)
        case Processes(n):
            crew = _ProcessCrew(work, common, n)
        case Cluster(address):
            crew = _ClusterCrew(work, common, address)
    try:
        yield crew
    except crew.gone as error:
        raise LimitError("the cluster was lost", where=str(workers), remedy=AGAIN) from error
    finally:
        crew.close()


class _ThreadCrew:
    gone = lost = ()

    def __init__(self, work: Callable[[Any, Any], bytes], common: object, n: int) -> None:
        self._work, self._common, self._n = work, common, n
        self._pool = ThreadPoolExecutor(n)

    def size(self) -> int:
        return self._n

    def submit(self, argument: Any) -> Future[bytes]:
        return self._pool.submit(self._work, self._common, argument)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


class _ProcessCrew:
    gone, lost = (), (BrokenExecutor,)

    def __init__(self, work: Callable[[Any, Any], bytes], common: object, n: int) -> None:
        self._work, self._common, self._n = work, common, n
        # fork would copy the locks of other threads in whatever state they are in
        self._context = multiprocessing.get_context("spawn")
        self._life, self._lifeline = self._context.Pipe(duplex=False)
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._n, self._context, _settle_in, (self._common, self._life))

    def size(self) -> int:
        return self._n

    def submit(self, argument: Any) -> Future[bytes]:
        # to submit may begin processes
        with _deaf():
            try:
                return self._pool.submit(_do, self._work, argument)
            except BrokenExecutor:
                # one dead worker ends the whole pool of the standard library
                self._pool.shutdown()
                self._pool = self._begin()
                return self._pool.submit(_do, self._work, argument)

    def close(self) -> None:
        self._lifeline.close()
        self._pool.shutdown(cancel_futures=True)
        self._life.close()


@contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that begin meanwhile not hear Ctrl-C, which reaches every process of a terminal.

    What it means is decided by the one that runs the show. A mask is inherited, so that not even a process that has
    just begun is hit.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


_COMMON: list[Any] = []
"""What all tasks of a worker process share; filled once, when the process begins."""


def _settle_in(common: object, life: Connection) -> None:
    """Prepare a worker process: keep what all tasks share, and leave when the run ends, however it ends."""
    _COMMON[:] = [common]
    # where there are no masks
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(life,), daemon=True).start()


def _leave_with(life: Connection) -> None:
    """End this process, in mid-task if need be, once nobody holds the other end of the line."""
    wait_for_end([life])
    os._exit(0)


def _do(work: Callable[[Any, Any], bytes], argument: object) -> bytes:
    return work(_COMMON[0], argument)


class _ClusterCrew:
    def __init__(self, work: Callable[[Any, Any], bytes], common: object, address: str) -> None:
        try:
            from distributed import Client, KilledWorker
            from distributed.comm.core import CommClosedError
        except ImportError as error:
            raise InputError(
                "work on a cluster needs Dask", where=address, remedy="pip install 'redball[cluster]'"
            ) from error
        try:
            connect: Any = Client
            self._client = connect(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"no scheduler answers: {error}",
                where=address,
                remedy="See that it runs, or begin: dask scheduler",
            ) from error
        # its log repeats, as tracebacks, what becomes an error of ours
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._work = work
        self.gone, self.lost = (CancelledError, CommClosedError), (KilledWorker,)
        self._executor = self._client.get_executor(pure=False)
        # as a task and not as data: the scheduler makes it again where the worker that had it is gone
        self._common = self._client.submit(_same, common, pure=False)

    def size(self) -> int:
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError as error:
            # of its own kinds, so that it is not taken for a fault of a task
            raise CancelledError from error
        return max(1, sum(threads.values()))

    def submit(self, argument: Any) -> Future[bytes]:
        future: Future[bytes] = self._executor.submit(self._work, self._common, argument)
        return future

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


def _same(common: Common) -> Common:
    return common
