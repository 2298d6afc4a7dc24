"""An earlier plan as the place to begin: what it moves and what it found things to be worth, matched by name and date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.engines.plan.model import LinearModel
from redball.engines.plan.structured.descent import Start
from redball.model.problem import Floats, Ints
from redball.results.plan import Plan
from redball.results.tables import RESULTS
from redball.scenario.scenario import Scenario

MOVES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "flow": ("shipments", ("lane", "item"), "depart_date"),
    "take": ("take_up", ("pledge",), "date"),
    "start": ("starts", ("line",), "date"),
    "order": ("orders", ("offer",), "order_date"),
    "hand": ("handovers", ("need",), "date"),
    "serve": ("served", ("row",), "date"),
}
"""Families of variables: the table that holds them, who, and when."""

PRICED: dict[str, tuple[str, ...]] = {
    "balance": ("location", "item"),
    "lane": ("lane",),
    "throughput": ("location",),
    "storage": ("location",),
    "fleet": ("fleet",),
    "pledge": ("pledge",),
    "need": ("need",),
    "offer": ("offer",),
    "budget": ("budget",),
}
"""Families of rows whose prices a plan keeps, and the names of each."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """Turns names and dates into whole numbers that stand for the same thing in two scenarios."""

    scenario: Scenario
    model: LinearModel

    def of_table(self, frame: pl.DataFrame, kinds: Sequence[str], columns: Sequence[str], date: str) -> Ints:
        """Return (rows,) the key of each row of a table; -1 where this model knows no such name or day."""
        days = (frame[date].cast(pl.Int32) - self._epoch_day).fill_null(0).to_numpy()
        parts = [self._indices(kind, frame[column]) for kind, column in zip(kinds, columns, strict=True)]
        known = np.logical_and.reduce([part >= 0 for part in parts])
        known &= (days >= 0) & (days < self.model.problem.n_days)
        return np.where(known, self.of_model(kinds, parts, days), -1)

    def of_model(self, kinds: Sequence[str], parts: Sequence[Ints], days: Ints | None) -> Ints:
        """Return the keys of what the model numbers."""
        key = np.zeros(len(parts[0]), dtype=np.int64)
        for kind, part in zip(kinds, parts, strict=True):
            key = key * len(self._names(kind)) + part
        return key * self.model.problem.n_days + (0 if days is None else days)

    @property
    def _epoch_day(self) -> int:
        return (self.scenario.settings.start - dt.date(1970, 1, 1)).days

    def _names(self, kind: str) -> pl.Series:
        if kind == "row":
            return pl.Series(self.model.problem.consumption.row, dtype=pl.Int64)
        return pl.Series(getattr(self.model.problem.labels, f"{kind}s"), dtype=pl.String)

    def _indices(self, kind: str, names: pl.Series) -> Ints:
        known = self._names(kind)
        return names.replace_strict(
            known, pl.int_range(len(known), dtype=pl.Int64, eager=True), default=-1, return_dtype=pl.Int64
        ).to_numpy()


def _matched(keys: Ints, values: Floats, wanted: Ints) -> Floats:
    """Return the value of each wanted key; 0 where there is none."""
    if not len(keys):
        return np.zeros(len(wanted))
    order = np.argsort(keys, kind="stable")
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    hit = order[place]
    return np.where(keys[hit] == wanted, values[hit], 0.0)


def start_from(scenario: Scenario, model: LinearModel, plan: Plan) -> Start:
    """Return what another plan did and its prices, where this model has the same thing on the same day."""
    keys = _Keys(scenario, model)
    wish, prices = np.zeros(model.n_variables), np.zeros(model.n_rows)
    for family, (table, kinds, date) in MOVES.items():
        at, frame = model.variables.families[family].at, plan.tables[table]
        wanted = keys.of_model(kinds, [at[kind] for kind in kinds], at["day"])
        have = keys.of_table(frame, kinds, kinds, date)
        wish[model.variables.slice(family)] = _matched(have, frame["quantity"].to_numpy(), wanted)
    grown = set(plan.tables["expansions"]["line"])
    lines = model.variables.families["expand"].at["line"]
    wish[model.variables.slice("expand")] = [
        float(model.problem.labels.lines[line] in grown) for line in lines
    ]
    currency = model.problem.weights.shortage_day_cost
    for family, kinds in PRICED.items():
        at, frame = model.rows.families[family].at, plan.tables["prices"].filter(limit=family)
        if len(model.rows.families[family]):
            wanted = keys.of_model(kinds, [at[kind] for kind in kinds], at.get("day"))
            have = keys.of_table(frame, kinds, ("name", "item")[: len(kinds)], "date")
            prices[model.rows.slice(family)] = _matched(have, frame["price"].to_numpy() / currency, wanted)
    return Start(wish, prices)


def prices_table(scenario: Scenario, model: LinearModel, prices: Floats) -> pl.DataFrame:
    """Return the prices of rows as a table, for a later plan to begin from; those of nothing are left out."""
    currency, labels = model.problem.weights.shortage_day_cost, model.problem.labels
    first = pl.lit(scenario.settings.start)
    frames = []
    for family, kinds in PRICED.items():
        at, price = model.rows.families[family].at, prices[model.rows.slice(family)] * currency
        told = np.flatnonzero(price)
        names = [
            pl.Series(getattr(labels, f"{kind}s"), dtype=pl.String).gather(at[kind][told]) for kind in kinds
        ]
        day = (
            pl.Series(at["day"][told])
            if "day" in at
            else pl.repeat(None, len(told), dtype=pl.Int64, eager=True)
        )
        none = pl.repeat(None, len(told), dtype=pl.String, eager=True)
        frame = pl.DataFrame(
            {
                "name": names[0],
                "item": names[-1] if len(names) > 1 else none,
                "day": day,
                "price": price[told],
            }
        )
        date = first + pl.duration(days=pl.col("day"))
        frames.append(
            frame.select(pl.lit(family).alias("limit"), "name", "item", date.alias("date"), "price")
        )
    return pl.concat(frame.cast(pl.Schema(RESULTS["prices"])) for frame in frames)
