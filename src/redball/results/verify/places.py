"""§2: the balance of every location and item, the reserve, the storage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from redball.results.flows import RECEIVED
from redball.results.verify.breach import Breach, above, breaches
from redball.results.verify.facts import Facts

PAIR = ("location", "item")
Grid = npt.NDArray[np.float64]


def check_places(facts: Facts, tolerance: float) -> list[Breach]:
    """Check all of §2."""
    return [
        *_listed(facts),
        *_balance(facts, tolerance),
        *_reserve(facts, tolerance),
        *_storage(facts, tolerance),
    ]


def _listed(facts: Facts) -> list[Breach]:
    """Check that what is in the stocks table is there on every day."""
    days = facts.plan.tables["stocks"].group_by(PAIR, maintain_order=True).len("n")
    rows = days.filter(pl.col("n") != facts.days).with_columns(excess=(facts.days - pl.col("n")).abs())
    return breaches(rows, "tables", "stocks", PAIR, f"stands on {{n}} of {facts.days} days")


def _grid(facts: Facts, frame: pl.DataFrame, n_pairs: int) -> Grid:
    """Sum ``quantity`` into an array (pairs, days + 1) [item unit]; column 0 is before day 0."""
    width = facts.days + 1
    cell = frame.select(pl.col("pair").cast(pl.Int64) * width + facts.day("date") + 1).to_series()
    total: Grid = np.zeros(n_pairs * width)
    np.add.at(total, cell.to_numpy(), frame["quantity"].to_numpy())
    return total.reshape(n_pairs, width)


def _balance(facts: Facts, tolerance: float) -> list[Breach]:
    """Check §2.2 twice: from day to day, and the closing stock re-derived from the opening stock."""
    ids = facts.flows.schema["item"]
    stocks = facts.plan.tables["stocks"].cast(dict.fromkeys(PAIR, ids))
    pairs = pl.concat([facts.flows.select(PAIR), stocks.select(PAIR)]).unique(maintain_order=True)
    pairs = pairs.with_row_index("pair")
    if pairs.is_empty():
        return []
    moved = facts.flows.select(*PAIR, "date", "kind", "quantity").join(pairs, on=PAIR)
    held = stocks.join(pairs, on=PAIR)
    came = pl.col("kind").is_in(RECEIVED)
    inward, outward = (_grid(facts, moved.filter(which), pairs.height) for which in (came, ~came))
    stated = _grid(facts, held, pairs.height)
    stated[:, 0] = inward[:, 0]
    daily = stated[:, 1:] - (stated[:, :-1] + inward[:, 1:] - outward[:, 1:])
    largest = np.maximum.reduce(
        [np.ones_like(daily), stated[:, 1:], stated[:, :-1], inward[:, 1:], outward[:, 1:]]
    )
    derived = np.cumsum(inward - outward, axis=1)[:, 1:]
    drift = stated[:, 1:] - derived
    wrong = np.abs(daily) > tolerance * largest
    wrong |= np.abs(drift) > tolerance * np.maximum.accumulate(largest, axis=1)
    wrong &= np.cumsum(wrong, axis=1) == 1  # an error drags on: name its first day
    row, day = np.nonzero(wrong)
    frame = pairs[row.astype(np.uint32)].with_columns(
        date=pl.date_range(facts.start, facts.last, eager=True).gather(day),
        value=pl.Series(stated[row, day + 1], dtype=pl.Float64),
        limit=pl.Series(derived[row, day], dtype=pl.Float64),
        excess=pl.Series(np.maximum(np.abs(drift), np.abs(daily))[row, day], dtype=pl.Float64),
    )
    words = "closing stock is {value:,.9g}, opening and flows give {limit:,.9g}"
    return breaches(frame, "§2.2", "stocks", (*PAIR, "date"), words)


def _reserve(facts: Facts, tolerance: float) -> list[Breach]:
    """Check §2.3, on days without a row of stocks too."""
    kept = facts.plan.scenario.table("stocks").with_columns(value=pl.min_horizontal("reserve", "quantity"))
    kept = kept.group_by(PAIR, maintain_order=True).agg(pl.col("value").sum()).filter(pl.col("value") > 0)
    days = pl.DataFrame({"date": pl.date_range(facts.start, facts.last, eager=True)})
    stocks = facts.plan.tables["stocks"].rename({"quantity": "limit"})
    rows = kept.join(days, how="cross").join(stocks, on=[*PAIR, "date"], how="left")
    words = "closing stock {limit:,.9g} is below the reserve {value:,.9g}"
    return above(
        rows.with_columns(pl.col("limit").fill_null(0)), tolerance, "§2.3", "stocks", (*PAIR, "date"), words
    )


def _storage(facts: Facts, tolerance: float) -> list[Breach]:
    """Check §2.4."""
    tonnes = facts.plan.tables["stocks"].join(facts.items, on="item")
    tonnes = tonnes.group_by("location", "date", maintain_order=True).agg(
        value=(pl.col("quantity") * pl.col("tonnes_per_unit")).sum()
    )
    room = facts.plan.scenario.table("locations").select("location", limit="storage_t")
    words = "holds {value:,.9g} t, storage is {limit:,.9g} t"
    return above(tonnes.join(room, on="location"), tolerance, "§2.4", "stocks", ("location", "date"), words)
