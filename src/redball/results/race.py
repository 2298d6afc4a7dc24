"""The race: a frozen noun with its tables, its odds and its provenance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import polars as pl

from redball.core.errors import InputError
from redball.results.race_intervals import Chance, paired, wilson
from redball.results.race_tables import RACE_TABLES, empty
from redball.results.store import Kind, load, save
from redball.results.summary import plain_fields, read_fields
from redball.scenario.scenario import Scenario


@dataclass(frozen=True)
class RaceSummary:
    """What ``race.json`` holds: the answer in numbers and where it came from."""

    replications: int
    policy: str
    shortage_days: float
    """Mean plain shortage-days (§7.1)."""
    shortage_days_low: float
    shortage_days_high: float
    weighted_shortage_days: float
    weighted_shortage_days_low: float
    weighted_shortage_days_high: float
    fill_rate: float
    """Mean share of consumption served, each row and day counting alike."""
    fill_rate_low: float
    fill_rate_high: float
    service_level: float
    """Chance of no stock-out anywhere."""
    service_level_low: float
    service_level_high: float
    width: float
    """Width of the widest interval of a stock-out chance."""
    digest: str
    """Digest of the scenario."""
    plan_digest: str | None
    """Digest of the plan that was followed; ``None``: none was."""
    version: str
    parameters: Mapping[str, object]
    seconds: Mapping[str, float]
    """By phase: ``build``, ``run``, ``read``. The one part that differs from run to run."""

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data that JSON can hold; a number without end becomes its name."""
        return plain_fields(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `as_dict` gave.

        Raises
        ------
        ValueError
            If an entry is missing, unknown or not of its type; the text names it.
        """
        return cls(**read_fields(cls, plain))


ODDS_TOLERANCE = 1e-6
"""A quantity that is there up to this share of it is there (§8.2)."""
KIND = Kind("race", RACE_TABLES, RaceSummary.from_dict)


@dataclass(frozen=True, repr=False)
class Race:
    """A race: the scenario it answers, a summary, and long tables (``results/race_tables.py``)."""

    scenario: Scenario
    summary: RaceSummary
    tables: Mapping[str, pl.DataFrame]

    def __post_init__(self) -> None:
        full = {name: self.tables.get(name, empty(name)) for name in RACE_TABLES}
        object.__setattr__(self, "tables", MappingProxyType(full))

    def __getattr__(self, name: str) -> pl.DataFrame:
        # result tables as attributes: race.stock_outs, race.bands, ...
        if name in RACE_TABLES:
            return self.tables[name]
        raise AttributeError(f"a race has no {name!r}; its tables are {', '.join(RACE_TABLES)}")

    def save(self, folder: str | Path, csv: bool = False) -> None:
        """Save the race, all or nothing: ``race.json``, a Parquet file for each table, the scenario as CSV.

        Parameters
        ----------
        folder
            A new or empty folder, or one that holds a race, which this one replaces. What else lies in it stays.
        csv
            Write each table as CSV too.

        Raises
        ------
        InputError
            If the folder holds something that is not a race.
        """
        save(KIND, Path(folder), self.scenario, self.summary, self.tables, csv=csv)

    def odds(self, location: str, item: str, quantity: float, *, by: dt.date) -> Chance:
        """Return the chance that a quantity has been at a location by the end of a day, with its 95 % interval.

        What counts is the opening stock and all that was received since, used or not.

        Raises
        ------
        InputError
            If the race knows no such location and item, or the date lies outside its days.

        Notes
        -----
        Quantities are kept on a fixed scale for each location and item. Between two marks of it the chance is
        interpolated, and the interval covers both marks, so it is never narrower than what was counted.
        """
        rows = self.arrived.filter((pl.col("location") == location) & (pl.col("item") == item))
        if not rows.height:
            raise InputError(
                f"no odds are kept for {item!r} at {location!r}",
                where="odds",
                remedy="Odds are kept where goods are used: ask for a location and item with consumption, a need or production.",
            )
        horizon, n = self.scenario.horizon, self.summary.replications
        if not horizon.start <= by <= horizon.last:
            raise InputError(
                f"{by} is not a day of the race",
                where="by",
                remedy=f"Give {horizon.start} to {horizon.last}.",
            )
        if quantity <= 0:
            return Chance(1.0, 1.0, 1.0, n)
        # what was there on the last day kept is there still; what is not there on the next one was not there before
        last, following = rows.filter(pl.col("date") <= by), rows.filter(pl.col("date") >= by)
        above, _, _ = _reached(last.filter(pl.col("date") == pl.col("date").max()), quantity, 0)
        _, below, share = _reached(following.filter(pl.col("date") == pl.col("date").min()), quantity, n)
        middle = (below + (above - below) * share) / n
        return Chance(float(middle), float(wilson(above, n)[0]), float(wilson(below, n)[1]), n)

    def compare(self, other: Race) -> pl.DataFrame:
        """Return the differences from another race, with their 95 % intervals.

        With the same seed both races met the same fortunes, so that what is left is the difference of plans, policies
        or scenarios (common random numbers); the intervals are those of paired batches.

        Returns
        -------
        Columns ``measure``, ``location``, ``item``, ``need``, ``here``, ``there``, ``difference`` (here less there), ``low``,
        ``high``.

        Raises
        ------
        InputError
            If the races have different seeds or numbers of replications: their batches are then not pairs.
        """
        for name, mine, others in (
            ("seed", self.summary.parameters.get("seed"), other.summary.parameters.get("seed")),
            ("replications", self.summary.replications, other.summary.replications),
        ):
            if mine != others:
                raise InputError(
                    f"{name} is {mine} here and {others} there",
                    where="compare",
                    remedy="Run both with the same seed and number of replications.",
                )
        keys = ["measure", "location", "item", "need"]
        both = self.batches.join(
            other.batches, on=[*keys, "batch"], nulls_equal=True, suffix="_there", maintain_order="left"
        )
        rows: list[dict[str, Any]] = []
        for key, group in both.group_by(keys, maintain_order=True):
            here, there = group["value"].to_numpy(), group["value_there"].to_numpy()
            weight = group["replications"].to_numpy().astype(np.float64)
            difference, half = paired(here, there, weight)
            share = weight / weight.sum()
            rows.append(
                dict(zip(keys, key, strict=True))
                | {"here": float(share @ here), "there": float(share @ there), "difference": difference}
                | {"low": difference - half, "high": difference + half}
            )
        texts = dict.fromkeys(keys, pl.String())
        numbers = dict.fromkeys(("here", "there", "difference", "low", "high"), pl.Float64())
        return pl.DataFrame(rows, schema={**texts, **numbers}, orient="row")

    def __repr__(self) -> str:
        it = self.summary
        return (
            f"Race({self.scenario.settings.name!r}, {it.policy}, {it.replications:,} replications: "
            f"{it.shortage_days:.4g} shortage-days on average, service level {it.service_level:.1%})"
        )


def _reached(rows: pl.DataFrame, quantity: float, otherwise: int) -> tuple[int, int, float]:
    """Return how many replications reached the marks above and below a quantity, and how far it lies between them."""
    marks = rows.sort("quantity")
    quantities, counts = marks["quantity"].to_numpy(), marks["replications"].to_numpy()
    if not len(counts):
        return otherwise, otherwise, 1.0
    wanted = quantity - ODDS_TOLERANCE * max(quantity, 1.0)
    at = int(np.searchsorted(quantities, wanted, side="left"))
    if at == 0:
        return int(counts[0]), int(counts[0]), 1.0
    if at == len(counts):
        return 0, 0, 1.0
    part = (wanted - quantities[at - 1]) / (quantities[at] - quantities[at - 1])
    return int(counts[at]), int(counts[at - 1]), float(part)


def load_race(folder: str | Path) -> Race:
    """Load a race that `Race.save` saved.

    Raises
    ------
    InputError
        If the folder holds no race, or one that was edited or cut short.
    """
    return Race(*load(KIND, Path(folder)))
