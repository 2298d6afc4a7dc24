"""How fast the ledger answers: one account and all accounts as of a date, and verify.

The named peer is SQLite adding up the same movements without index or snapshot, in the same run.

    python benchmarks/ledger_reads.py [--json] [--movements 1000000] [--accounts 37500] [--no-verify]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from redball.ledger import read
from redball.ledger.entry import Account, Draft, Line
from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.names import Item

BATCH = 10_000
START, STEP = 1_600_000_000_000_000, 20_000_000


def fill(ledger: Ledger, movements: int, accounts: int) -> None:
    """Post receipts into many accounts; a tenth of them is told a while after it was true."""
    ledger.define(orgs={"Cell": "coordinator"}, items=[Item("tent", "pc")], places=["Depot"])
    rng, world = random.Random(1), Account("stock", "world", "Cell", "tent")
    frees = [Account("stock", "free", "Cell", "tent", "Depot", lot=f"lot {n}") for n in range(accounts)]
    for start in range(0, movements, BATCH):
        batch = []
        for number in range(start, min(start + BATCH, movements)):
            back = rng.randrange(10**9) if rng.random() < 0.1 else 0
            line = Line(world, rng.choice(frees), rng.randint(1, 1000))
            batch.append(
                Draft("Cell", f"doc:{number}", "receive", START + number * STEP - back, (line,), by="anna")
            )
        ledger.post(batch)


def milliseconds(ask: Callable[[], object], times: int = 5) -> float:
    """Return the median time of asking."""
    found = []
    for _ in range(times):
        before = time.perf_counter()
        ask()
        found.append((time.perf_counter() - before) * 1000)
    return statistics.median(found)


def measure(ledger: Ledger, movements: int, check: bool) -> dict[str, float]:
    late = START + int(movements * 0.98) * STEP
    ledger.snapshot(START + int(movements * 0.95) * STEP)
    rng = random.Random(3)
    with ledger.store.reading() as conn:
        numbers = [rng.randint(2, 1000) for _ in range(50)]
        found = {
            "one_account_ms": milliseconds(
                lambda: [read.balance_of(conn, n, late, movements) for n in numbers]
            )
            / 50,
            "all_accounts_ms": milliseconds(lambda: read.sums(conn, late, movements)),
            "all_accounts_without_snapshot_ms": milliseconds(
                lambda: read.sums(conn, late, movements, snapshots=False), 1
            ),
        }
        scan = f"SELECT dst, sum(qty) FROM movement NOT INDEXED WHERE valid_at <= {late} GROUP BY dst"
        found["bare_scan_ms"] = milliseconds(lambda: conn.exec_driver_sql(scan).all(), 1)
        assert read.sums(conn, late, movements) == read.sums(conn, late, movements, snapshots=False)
    found["share_of_bare_scan"] = found["all_accounts_ms"] / found["bare_scan_ms"]
    if check:
        before = time.perf_counter()
        assert ledger.verify().ok
        found["verify_movements_per_second"] = movements / (time.perf_counter() - before)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--movements", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=37_500)
    parser.add_argument("--no-verify", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.db") as ledger:
        before = time.perf_counter()
        fill(ledger, asked.movements, asked.accounts)
        found = {
            "movements": float(asked.movements),
            "fill_per_second": asked.movements / (time.perf_counter() - before),
        }
        found |= measure(ledger, asked.movements, not asked.no_verify)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:36} {value:14.3f}")


if __name__ == "__main__":
    main()
