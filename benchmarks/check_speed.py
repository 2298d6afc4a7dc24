"""Ratio of the check of 200,000 rows of consumption to a bare polars read and cast of the same file.

Run ``python benchmarks/check_speed.py``; ``--json`` for machines. Both run in turn in one process, several times; the
ratio is that of their medians. The bare read knows the columns' types beforehand and looks at nothing: it is the
least that any reader of the file must do. Aim: at most 3.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from redball.scenario.read import check

N_LOCATIONS, N_ITEMS, DAYS = 500, 40, 180
START = dt.date(2027, 1, 1)
RATIO_MAX = 3.0


def write_scenario(folder: Path, n_rows: int, seed: int) -> Path:
    """Write a valid scenario with `n_rows` rows of consumption; return the file that holds them."""
    random = np.random.default_rng(seed)
    locations = [f"point-{index:04d}" for index in range(N_LOCATIONS)]
    items = [f"item-{index:03d}" for index in range(N_ITEMS)]
    (folder / "scenario.toml").write_text(f'[scenario]\nname = "speed"\nstart = {START}\ndays = {DAYS}\n')
    pl.DataFrame({"location": locations}).with_columns(kind=pl.lit("point")).write_csv(
        folder / "locations.csv"
    )
    pl.DataFrame({"item": items}).with_columns(
        supply_class=pl.lit("I"), unit=pl.lit("t"), tonnes_per_unit=pl.lit(1)
    ).write_csv(folder / "items.csv")
    pl.DataFrame(
        {
            "lane": [f"lane-{index:04d}" for index in range(1, N_LOCATIONS)],
            "from_location": locations[:-1],
            "to_location": locations[1:],
        }
    ).with_columns(mode=pl.lit("road"), transit_days=pl.lit(1)).write_csv(folder / "lanes.csv")
    day = random.integers(0, DAYS // 2, n_rows)
    first = np.datetime64(START) + day
    pl.DataFrame(
        {
            "location": np.array(locations)[random.integers(0, N_LOCATIONS, n_rows)],
            "item": np.array(items)[random.integers(0, N_ITEMS, n_rows)],
            "per_day": np.round(random.lognormal(2, 1, n_rows) + 0.001, 3),
            "from_date": first,
            "to_date": first + random.integers(0, DAYS // 2, n_rows),
            "priority": random.integers(1, 4, n_rows),
            "source": np.where(random.random(n_rows) < 0.5, "assumption: drawn at random", "fact-17"),
        }
    ).write_csv(folder / "consumption.csv")
    return folder / "consumption.csv"


def bare(path: Path) -> pl.DataFrame:
    """Read the file and cast its columns, knowing all about it."""
    frame = pl.read_csv(path, infer_schema=False)
    return frame.with_columns(
        pl.col("per_day").cast(pl.Float64),
        pl.col("from_date", "to_date").str.to_date("%Y-%m-%d"),
        pl.col("priority").cast(pl.Int8),
    )


def seconds(work: object) -> float:
    assert callable(work)
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def measure(n_rows: int, repeats: int) -> dict[str, float | int]:
    """Return both medians and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_scenario(folder, n_rows, seed=1)
        faults = check(folder)
        if any(fault.severity == "error" for fault in faults) or bare(path).height != n_rows:
            raise SystemExit(f"the scenario of the benchmark is not valid: {faults[0]}")
        pairs = [(seconds(lambda: bare(path)), seconds(lambda: check(folder))) for _ in range(repeats)]
        size = path.stat().st_size
    bare_s, check_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {
        "rows": n_rows,
        "bytes": size,
        "repeats": repeats,
        "bare_s": bare_s,
        "check_s": check_s,
        "ratio": check_s / bare_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.rows, asked.repeats)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{found['rows']:,} rows of consumption ({found['bytes'] / 1e6:.1f} MB), medians of {found['repeats']} runs:"
    )
    print(f"  polars read + cast  {found['bare_s'] * 1000:7.1f} ms")
    print(f"  redball check       {found['check_s'] * 1000:7.1f} ms")
    print(f"  ratio               {found['ratio']:7.2f}    (aim: at most {RATIO_MAX:g})")


if __name__ == "__main__":
    main()
