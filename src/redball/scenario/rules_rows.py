"""Rules that concern single rows and repeated rows; each function is one rule and cites its number."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE
from redball.scenario.fault_log import shown
from redball.scenario.known import Known

ROUNDING_WARNED = 0.2
"""Share by which rounding to whole days may lengthen a lane without a word (§1.3)."""


def number(value: object) -> str:
    """Return a number as people write it.

    >>> number(12.0), number(2.5)
    ('12', '2.5')
    """
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def dates_in_order(known: Known) -> None:
    """Check that from comes before to (§1.2)."""
    for table in ("budgets", "consumption", "closures"):
        found = known.where(table, pl.col("from_date") > pl.col("to_date"))
        known.report(
            "dates-reversed",
            table,
            "from_date",
            found,
            lambda row: (f"{row['from_date']} is after to_date {row['to_date']}.", "Exchange them."),
        )


def dates_within_horizon(known: Known) -> None:
    """Check that a row that holds on some day holds on a planned one (§1.2)."""
    if known.horizon is None:
        return
    start, last = known.horizon.start, known.horizon.last
    for table in ("consumption", "budgets", "closures"):
        frame = known.where(table, (pl.col("from_date") <= pl.col("to_date")).fill_null(True))
        found = frame.filter(
            (pl.col("from_date") > last).fill_null(False) | (pl.col("to_date") < start).fill_null(False)
        )
        known.report(
            "outside-horizon",
            table,
            "from_date",
            found,
            lambda _: (
                f"the row lies wholly outside the planned days, {start} to {last}.",
                "Look at its dates.",
            ),
        )


def dates_before_end(known: Known) -> None:
    """Check that a pledge can be taken up and a need is due by the last day, or they do not count (§5.1, §6.2)."""
    if known.horizon is None:
        return
    last = known.horizon.last
    for table, column, words in (
        ("pledges", "available_date", "it cannot be taken up"),
        ("needs", "due_date", "its backlog cannot count"),
    ):
        known.report(
            "too-late",
            table,
            column,
            known.where(table, pl.col(column) > last),
            lambda row, column=column, words=words: (  # type: ignore[misc]
                f"{row[column]} is after the last day, {last}: {words}.",
                "Look at the date, or plan more days.",
            ),
        )


def lane_goes_somewhere(known: Known) -> None:
    """Check that a lane leads from one location to another (§3.1)."""
    found = known.where("lanes", pl.col("from_location") == pl.col("to_location"))
    known.report(
        "lane-to-itself",
        "lanes",
        "to_location",
        found,
        lambda row: (f"{shown(row['to_location'])} is also where the lane starts.", "Correct one end."),
    )


def lane_that_fails_reopens(known: Known) -> None:
    """Check that who fails needs a time to reopen."""
    found = known.where("lanes", pl.col("up_days_mean").is_not_null() & pl.col("down_days_mean").is_null())
    known.report(
        "failures-without-repair",
        "lanes",
        "down_days_mean",
        found,
        lambda _: ("is blank, but up_days_mean is not.", "Give the mean days until the lane is open again."),
    )


def transit_is_nearly_whole(known: Known) -> None:
    """Check that whole days, rounded up, come close to the transit and the cycle (§1.3)."""
    for column in ("transit_days", "cycle_days"):
        days = pl.col(column)
        rounded = (days - WHOLE_TOLERANCE).ceil().clip(lower_bound=1)
        found = (
            known["lanes"]
            .with_columns(rounded.alias("rounded"))
            .filter(pl.col("rounded") > days * (1 + ROUNDING_WARNED))
        )
        known.report(
            "transit-rounded",
            "lanes",
            column,
            found,
            lambda row, column=column: (  # type: ignore[misc]
                f"{number(row[column])} days count as {number(row['rounded'])}.",
                "Rounding adds more than 20 % (§1.3).",
            ),
        )


def expansion_has_rate(known: Known) -> None:
    """Check that a line that expands has a rate to reach (§5.3)."""
    frame = known.where("production", pl.col("expansion").fill_null("none") != "none")
    known.report(
        "expansion-without-rate",
        "production",
        "rate_max_per_day",
        frame.filter(pl.col("rate_max_per_day").is_null()),
        lambda row: (f"is blank, but expansion is {row['expansion']!r}.", "Give the rate after expansion."),
    )


def expansion_goes_up(known: Known) -> None:
    """Check that the rate after expansion is not below today's (§5.3)."""
    known.report(
        "rate-max-below-rate",
        "production",
        "rate_max_per_day",
        known.where("production", pl.col("rate_max_per_day") < pl.col("rate_per_day")),
        lambda row: (
            f"{number(row['rate_max_per_day'])} is below rate_per_day {number(row['rate_per_day'])}.",
            "Raise it.",
        ),
    )


def order_fits(known: Known) -> None:
    """Check that the smallest order fits into the offer (§5.5)."""
    known.report(
        "order-min-above-max",
        "offers",
        "order_min",
        known.where("offers", pl.col("order_min") > pl.col("quantity_max")),
        lambda row: (
            f"{number(row['order_min'])} is above quantity_max {number(row['quantity_max'])}.",
            "Lower it.",
        ),
    )


def quantiles_in_order(known: Known) -> None:
    """Check that the mean lies between its quantiles."""
    for column, wrong, side in (
        ("per_day_low", pl.col("per_day_low") > pl.col("per_day"), "above"),
        ("per_day_high", pl.col("per_day_high") < pl.col("per_day"), "below"),
    ):
        known.report(
            "quantiles-reversed",
            "consumption",
            column,
            known.where("consumption", wrong),
            lambda row, column=column, side=side: (  # type: ignore[misc]
                f"{number(row[column])} is {side} per_day {number(row['per_day'])}.",
                "Put per_day_low <= per_day <= per_day_high.",
            ),
        )


def reserve_is_there(known: Known) -> None:
    """Check that a reserve is not above the stock, which is then what is kept (§2.3)."""
    known.report(
        "reserve-above-stock",
        "stocks",
        "reserve",
        known.where("stocks", pl.col("reserve") > pl.col("quantity")),
        lambda row: (
            f"{number(row['reserve'])} is above the stock of {number(row['quantity'])}; the stock is what is kept.",
            "Look whether this is meant (§2.3).",
        ),
    )


def closure_has_one_target(known: Known) -> None:
    """Check that a closure names a lane or a location (§3.6)."""
    lane, location = pl.col("lane"), pl.col("location")
    known.report(
        "closure-target",
        "closures",
        "lane",
        known.where("closures", lane.is_null() == location.is_null()),
        lambda row: (
            "neither lane nor location is named."
            if row["lane"] is None
            else "lane and location are both named.",
            "Name exactly one.",
        ),
    )


def rows_are_not_repeated(known: Known) -> None:
    """Check that one row alone holds the stock of an item at a location (§2.2), or an input of a line (§5.4)."""
    for table, key in (("stocks", ["location", "item"]), ("recipes", ["line", "item"])):
        frame = known[table]
        again = frame.filter(~pl.struct(key).is_first_distinct())
        first = frame.unique(key, keep="first").select(*key, pl.col("row").alias("first"))
        found = again.join(first, on=key, how="left", maintain_order="left")
        known.report(
            "duplicate-row",
            table,
            "item",
            found,
            lambda row, key=key: (  # type: ignore[misc]
                f"{shown(row[key[0]])} and {shown(row['item'])} stand together in row {row['first']} already.",
                "Make one row of them.",
            ),
        )


ROW_RULES: tuple[Callable[[Known], None], ...] = (
    dates_in_order,
    dates_within_horizon,
    dates_before_end,
    lane_goes_somewhere,
    lane_that_fails_reopens,
    transit_is_nearly_whole,
    expansion_has_rate,
    expansion_goes_up,
    order_fits,
    quantiles_in_order,
    reserve_is_there,
    closure_has_one_target,
    rows_are_not_repeated,
)
