"""Fit the race's delays to deliveries that took place, and show the fit: ``python docs/concepts/race_delays.py``.

``race-delays.csv`` counts the deliveries of the USAID Supply Chain Management System 2006-15 (US Government open data) by mode
and whole days late; 0 is on time or early.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

TABLE = Path(__file__).parent / "race-delays.csv"
QUANTILES = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
SHAPE_MAX = 1.0
"""A larger shape is no distribution of delays without overtaking; see ``model/lateness.py``."""


def read() -> dict[str, np.ndarray]:
    """Return days late of every delivery by mode, and of all together."""
    late: dict[str, list[int]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for mode in {row["mode"], "all"} - {"unknown"}:
                late[mode] += [int(row["days_late"])] * int(row["deliveries"])
    return {mode: np.array(days) for mode, days in sorted(late.items())}


def fit(days: np.ndarray) -> tuple[float, float, float]:
    """Return the chance of being late, and shape and scale [day] of the Weibull distribution of days late, by likelihood."""
    late = days[days > 0].astype(np.float64)

    def surprise(logs: np.ndarray) -> float:
        scale, shape = float(np.exp(logs[0])), min(float(np.exp(logs[1])), SHAPE_MAX)
        longer = np.exp(-(((late - 1) / scale) ** shape)) - np.exp(-((late / scale) ** shape))
        return float(-np.log(np.maximum(longer, 1e-300)).sum())

    best = minimize(surprise, [np.log(late.mean()), -0.1], method="Nelder-Mead").x
    return len(late) / len(days), min(float(np.exp(best[1])), SHAPE_MAX), float(np.exp(best[0]))


def distance(days: np.ndarray, shape: float, scale: float) -> float:
    """Return the largest gap between the two distributions of days late (Kolmogorov and Smirnov)."""
    late = np.sort(days[days > 0])
    at = np.arange(1, late.max() + 1)
    counted = np.searchsorted(late, at, side="right") / len(late)
    return float(np.abs(1 - np.exp(-((at / scale) ** shape)) - counted).max())


def main() -> None:
    """Print the fit as tables."""
    found = read()
    fits = {mode: fit(days) for mode, days in found.items()}
    print(
        "| mode | deliveries | late | Weibull shape | scale, days | largest gap |\n|---|---|---|---|---|---|"
    )
    for mode, days in found.items():
        chance, shape, scale = fits[mode]
        gap = distance(days, shape, scale)
        print(f"| {mode} | {len(days):,} | {chance:.4f} | {shape:.3f} | {scale:.1f} | {gap:.3f} |")
    print("\n| mode | days late | " + " | ".join(f"{share:.0%}" for share in QUANTILES) + " |")
    print("|---|---|" + "---|" * len(QUANTILES))
    for mode, days in found.items():
        _, shape, scale = fits[mode]
        counted = np.quantile(days[days > 0], QUANTILES, method="inverted_cdf")
        made = np.ceil(scale * (-np.log(1 - np.array(QUANTILES))) ** (1 / shape))
        for name, values in (("counted", counted), ("fitted", made)):
            print(f"| {mode} | {name} | " + " | ".join(f"{value:.0f}" for value in values) + " |")


if __name__ == "__main__":
    main()
