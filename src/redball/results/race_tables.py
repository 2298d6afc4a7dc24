"""The tables of a race and their columns; ``docs/design/results.csv`` says the same in words."""

from __future__ import annotations

import polars as pl

from redball.results.tables import DATE, NUMBER, TEXT, WHOLE

_PLACE: dict[str, pl.DataType] = {"location": TEXT, "item": TEXT}
_CHANCE: dict[str, pl.DataType] = {"chance": NUMBER, "low": NUMBER, "high": NUMBER}

RACE_TABLES: dict[str, dict[str, pl.DataType]] = {
    # the chance that consumption is not wholly served on that day
    "stock_outs": {**_PLACE, "date": DATE, **_CHANCE},
    # the chance that the first stock-out is on that day, and that it has come by then (with its interval)
    "first_outs": {**_PLACE, "date": DATE, "chance_on": NUMBER, **_CHANCE},
    # by location and item: share of units served, chance of no stock-out at all, quantiles of its first date
    "service": {
        **_PLACE,
        "fill_rate": NUMBER,
        "fill_low": NUMBER,
        "fill_high": NUMBER,
        "service_level": NUMBER,
        "service_low": NUMBER,
        "service_high": NUMBER,
        "date_q05": DATE,
        "date_q50": DATE,
        "date_q95": DATE,
    },
    # quantiles of the closing stock
    "bands": {
        **_PLACE,
        "date": DATE,
        "q05": NUMBER,
        "q25": NUMBER,
        "q50": NUMBER,
        "q75": NUMBER,
        "q95": NUMBER,
    },
    # in how many replications at least `quantity` (opening stock and all received) has been there by that day
    "arrived": {**_PLACE, "date": DATE, "quantity": NUMBER, "replications": WHOLE},
    # the chance that a need is wholly handed over by that day
    "needs_met": {"need": TEXT, "date": DATE, **_CHANCE},
    # by pledge: the chance that it can be taken up on its date, and within the horizon; days late when it does
    "pledges": {
        "pledge": TEXT,
        "in_time": NUMBER,
        "in_time_low": NUMBER,
        "in_time_high": NUMBER,
        "comes": NUMBER,
        "comes_low": NUMBER,
        "comes_high": NUMBER,
        "days_late_mean": NUMBER,
        "days_late_low": NUMBER,
        "days_late_high": NUMBER,
        "share_mean": NUMBER,
    },
    # lost on lanes, the mean over replications with its interval
    "lost": {"item": TEXT, "quantity": NUMBER, "low": NUMBER, "high": NUMBER},
    # means over batches of replications, for differences under common random numbers
    "batches": {
        "measure": TEXT,
        **_PLACE,
        "need": TEXT,
        "batch": WHOLE,
        "replications": WHOLE,
        "value": NUMBER,
    },
}

MEASURES = ("shortage_days", "weighted_shortage_days", "fill_rate", "stock_out", "need_met")
"""What `batches` holds: over all, then by location and item, then by need."""


def empty(name: str) -> pl.DataFrame:
    """Return race table `name` without rows."""
    return pl.DataFrame(schema=RACE_TABLES[name])
