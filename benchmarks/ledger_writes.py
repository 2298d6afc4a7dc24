"""How fast the ledger writes, against bare SQLite in the same run.

*Bare* writes the very same rows (entries and movements, same columns, same indexes) with ``executemany`` in transactions of
the same size with the same syncs, and nothing else: no check, no key looked up, no hash, no balance, no trigger. *Plain* writes
only the movements, into a table without indexes.

    python benchmarks/ledger_writes.py [--json] [--batches 5] [--postgresql URL]
"""

from __future__ import annotations

import argparse
import bisect
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from redball.ledger.entry import Account, Draft, Line
from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.names import Item

BATCH = 10_000
ACCOUNTS = 1_000
SINGLES, WRITERS = 400, 8


def drafts(start: int, count: int, rng: random.Random) -> list[Draft]:
    """Receipts into many accounts."""
    world = Account("stock", "world", "Cell", "tent")
    accounts = [Account("stock", "free", "Cell", "tent", "Depot", lot=f"lot {n}") for n in range(ACCOUNTS)]
    made = []
    for number in range(start, start + count):
        line = Line(world, rng.choice(accounts), rng.randint(1, 1000))
        when = 1_676_000_000_000_000 + number * 60_000_000
        made.append(
            Draft(
                "Cell",
                f"doc-17:{number}",
                "receive",
                when,
                (line,),
                by="anna",
                document="ab" * 32,
                locator=f"Sheet1!{number}",
            )
        )
    return made


def furnish(ledger: Ledger) -> Ledger:
    ledger.define(orgs={"Cell": "coordinator"}, items=[Item("tent", "pc")], places=["Depot"])
    return ledger


def bare(path: Path, *, plain: bool) -> sqlite3.Connection:
    """Open a database with the tables and indexes of entries and movements, and no rules."""
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
        conn.execute(f"PRAGMA {pragma}")
    with open_ledger(path.with_suffix(".model")) as model, model.store.reading() as reading:
        query = "SELECT sql FROM sqlite_master WHERE tbl_name IN ('entry', 'movement') AND type IN ('table', 'index') AND sql IS NOT NULL"
        rows = [row[0] for row in reading.exec_driver_sql(query)]
    if plain:
        rows = ["CREATE TABLE movement (seq, line, src, dst, qty, verb, valid_at, src_org, dst_org)"]
    for sql in rows:
        conn.execute(sql)
    return conn


def write_bare(
    conn: sqlite3.Connection, entries: list[tuple[object, ...]], movements: list[tuple[object, ...]]
) -> float:
    before = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    if entries:
        conn.executemany(f"INSERT INTO entry VALUES ({', '.join('?' * len(entries[0]))})", entries)
    conn.executemany(f"INSERT INTO movement VALUES ({', '.join('?' * len(movements[0]))})", movements)
    conn.execute("COMMIT")
    return time.perf_counter() - before


def rows_of(ledger: Ledger, table: str, start: int) -> list[tuple[object, ...]]:
    with ledger.store.reading() as conn:
        return [
            tuple(row)
            for row in conn.exec_driver_sql(f"SELECT * FROM {table} WHERE seq > {start} ORDER BY seq")
        ]


def batches(folder: Path, count: int) -> dict[str, float]:
    rng, times = random.Random(1), {"ledger": [], "bare": [], "plain": []}  # type: dict[str, list[float]]
    ledger = furnish(open_ledger(folder / "ledger.db"))
    ledger.post(drafts(0, 1000, rng))
    twins = {name: bare(folder / f"{name}.db", plain=name == "plain") for name in ("bare", "plain")}
    for number in range(count):
        start = ledger.head.seq
        batch = drafts(start, BATCH, rng)
        before = time.perf_counter()
        ledger.post(batch)
        times["ledger"].append(time.perf_counter() - before)
        entries, movements = rows_of(ledger, "entry", start), rows_of(ledger, "movement", start)
        times["bare"].append(write_bare(twins["bare"], entries, movements))
        times["plain"].append(write_bare(twins["plain"], [], movements))
        del number
    ledger.close()
    rates = {name: BATCH / statistics.median(seconds) for name, seconds in times.items()}
    shares = [bare_time / own for own, bare_time in zip(times["ledger"], times["bare"], strict=True)]
    return {
        "movements_per_second": rates["ledger"],
        "bare_per_second": rates["bare"],
        "plain_per_second": rates["plain"],
        "share_of_bare": statistics.median(shares),
        "share_of_plain": rates["ledger"] / rates["plain"],
    }


def singles(folder: Path) -> dict[str, float]:
    """One entry for each commit, in turn with bare commits of the same rows."""
    ledger = furnish(open_ledger(folder / "singles.db"))
    twin = bare(folder / "twin.db", plain=False)
    clock: dict[str, list[float]] = {"ledger": [], "bare": []}
    processor: dict[str, list[float]] = {"ledger": [], "bare": []}
    for draft in drafts(0, SINGLES, random.Random(2)):
        start = ledger.head.seq
        before, busy = time.perf_counter(), time.process_time()
        ledger.post([draft])
        clock["ledger"].append(time.perf_counter() - before)
        processor["ledger"].append(time.process_time() - busy)
        rows = rows_of(ledger, "entry", start), rows_of(ledger, "movement", start)
        busy = time.process_time()
        clock["bare"].append(write_bare(twin, *rows))
        processor["bare"].append(time.process_time() - busy)
    ledger.close()
    median = {name: statistics.median(seconds) for name, seconds in clock.items()}
    busy_median = {name: statistics.median(seconds) for name, seconds in processor.items()}
    return {
        "single_commits_per_second": 1 / median["ledger"],
        "single_share_of_bare": median["bare"] / median["ledger"],
        "single_processor_ms": busy_median["ledger"] * 1000,
        "single_processor_share_of_bare": busy_median["bare"] / busy_median["ledger"],
    }


def one_of_many(path: Path, number: int) -> None:
    """Be one of eight writers: get ready, wait for the word, post one by one, say when each began and ended."""
    spans = []
    with open_ledger(path, create=False) as mine:
        work = drafts(10_000 * (number + 1), SINGLES // WRITERS + 1, random.Random(number))
        mine.post(work[:1])
        print("ready", flush=True)
        sys.stdin.readline()
        for draft in work[1:]:
            begun = time.perf_counter()
            mine.post([draft])
            spans.append((begun, time.perf_counter()))
    print(json.dumps(spans))


def many(folder: Path) -> dict[str, float]:
    """Eight processes, each commits one entry after the other; how long it takes and by how many each is overtaken."""
    path = folder / "many.db"
    furnish(open_ledger(path)).close()
    command = [sys.executable, __file__, "--writer", str(path)]
    running = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(WRITERS)
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    spans = [span for process in running for span in json.loads(process.communicate()[0])]
    ends = sorted(end for _, end in spans)
    waits = [(end - begun) * 1000 for begun, end in spans]
    overtaken = [bisect.bisect_left(ends, end) - bisect.bisect_right(ends, begun) for begun, end in spans]
    return {
        "eight_writers_worst_ms": max(waits),
        "eight_writers_median_ms": statistics.median(waits),
        "eight_writers_commits_per_second": len(spans) / (ends[-1] - ends[0]),
        "eight_writers_others_first_median": statistics.median(overtaken),
        "eight_writers_others_first_worst": max(overtaken),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database, to be measured too")
    parser.add_argument("--writer", nargs=2, metavar=("PATH", "N"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.writer:
        one_of_many(Path(asked.writer[0]), int(asked.writer[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = batches(Path(folder), asked.batches) | singles(Path(folder)) | many(Path(folder))
    if asked.postgresql:
        with open_ledger(asked.postgresql) as ledger:
            furnish(ledger)
            rng, seconds = random.Random(1), []
            for _ in range(asked.batches):
                batch = drafts(ledger.head.seq, BATCH, rng)
                before = time.perf_counter()
                ledger.post(batch)
                seconds.append(time.perf_counter() - before)
        found["postgresql_movements_per_second"] = BATCH / statistics.median(seconds)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:32} {value:12.3f}")
    print(
        f"share_of_bare={found['share_of_bare']:.3f} movements_per_second={found['movements_per_second']:.0f}"
    )


if __name__ == "__main__":
    main()
