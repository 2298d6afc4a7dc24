"""How fast the ledger answers: one account and all accounts as of a date, and verify.

All accounts are asked for at random dates: as known now, and as known then. The named peer is SQLite adding up the movements
of nearly all dates without index or kept balances, in the same run.

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
from functools import partial
from pathlib import Path

from redball.ledger import read, snapshots
from redball.ledger.entry import Account, Draft, Line
from redball.ledger.ledger import Ledger, open_ledger
from redball.ledger.names import Item

BATCH = 10_000
QUESTIONS = 21
WORLD = 1
"""The number of the account that all goods come from."""
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
    """Ask for the state of random dates: as known now, and as known then."""
    rng = random.Random(3)
    late = START + int(movements * 0.98) * STEP
    dates = [START + rng.randrange(movements) * STEP for _ in range(QUESTIONS)]
    scan = "SELECT dst, sum(qty) FROM movement NOT INDEXED WHERE valid_at <= {} GROUP BY dst"
    with ledger.store.reading() as conn:
        numbers = [rng.randint(2, 1000) for _ in range(50)]
        once = milliseconds(lambda: [read.balance_of(conn, n, late, movements) for n in numbers])
        found = {"one_account_ms": once / len(numbers)}
        known_now, known_then = (
            [milliseconds(partial(snapshots.balances, conn, at, known), 1) for at, known in questions]
            for questions in (
                [(at, movements) for at in dates],
                [(at, (at - START) // STEP) for at in dates],
            )
        )
        found |= {
            "all_accounts_ms": statistics.median(known_now),
            "all_accounts_worst_ms": max(known_now),
            "all_accounts_known_then_ms": statistics.median(known_then),
            "all_accounts_known_then_worst_ms": max(known_then),
            "bare_scan_ms": milliseconds(lambda: conn.exec_driver_sql(scan.format(late)).all(), 3),
        }
        answer = {
            n: bal for n, bal in snapshots.balances(conn, dates[0], movements).items() if n != WORLD and bal
        }
        assert answer == dict(tuple(row) for row in conn.exec_driver_sql(scan.format(dates[0])))
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
