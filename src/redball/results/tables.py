"""The tables of a plan and their columns; ``docs/design/results.csv`` says the same in words."""

from __future__ import annotations

import polars as pl

TEXT, DATE, NUMBER, WHOLE = pl.String(), pl.Date(), pl.Float64(), pl.Int64()

RESULTS: dict[str, dict[str, pl.DataType]] = {
    "shipments": {
        "lane": TEXT,
        "item": TEXT,
        "depart_date": DATE,
        "arrive_date": DATE,
        "quantity": NUMBER,
        "quantity_arriving": NUMBER,
        "tonnes": NUMBER,
        "cost": NUMBER,
    },
    "stocks": {"location": TEXT, "item": TEXT, "date": DATE, "quantity": NUMBER},
    "served": {
        "location": TEXT,
        "item": TEXT,
        "row": WHOLE,
        "date": DATE,
        "asked": NUMBER,
        "quantity": NUMBER,
    },
    "handovers": {"need": TEXT, "date": DATE, "quantity": NUMBER, "open": NUMBER},
    "take_up": {"pledge": TEXT, "date": DATE, "quantity": NUMBER},
    "starts": {"line": TEXT, "date": DATE, "quantity": NUMBER, "output_date": DATE},
    "expansions": {"line": TEXT, "cost": NUMBER},
    "orders": {"offer": TEXT, "order_date": DATE, "arrive_date": DATE, "quantity": NUMBER, "cost": NUMBER},
    "traces": {
        "source_kind": TEXT,
        "source": TEXT,
        "location": TEXT,
        "item": TEXT,
        "use": TEXT,
        "date": DATE,
        "left_date": DATE,
        "quantity": NUMBER,
        "path": TEXT,
    },
    "bottlenecks": {
        "limit": TEXT,
        "name": TEXT,
        "from_date": DATE,
        "to_date": DATE,
        "unit": TEXT,
        "shortage_days_per_unit": NUMBER,
        "value_per_unit": NUMBER,
    },
    "prices": {"limit": TEXT, "name": TEXT, "item": TEXT, "date": DATE, "price": NUMBER},
}


def empty(name: str) -> pl.DataFrame:
    """Return result table `name` without rows."""
    return pl.DataFrame(schema=RESULTS[name])
