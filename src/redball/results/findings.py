"""What a plan says, in a few small tables: who runs short and when, who supplied whom, what became of the pledges.

Every view draws from these, so that no two of them count differently.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.results.plan import Plan
from redball.results.shortages import SHORT_SHARE

COVER_DAYS = 7
"""Days of supply below which a stock counts as low."""

STATES = ("nothing asked", "covered", "low", "short")
"""States of a stock on a day; it is short on a day on which part of its consumption is not served."""


BOUGHT = "bought from "
"""How the donor of ordered goods begins."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The plan in a few numbers."""

    asked_days: int
    """Days asked for, over all consumption rows: the most shortage-days that consumption can have."""
    shortage_days: float
    """Shortage-days of consumption alone."""
    n_stocks: int
    """Pairs of location and item that consume."""
    n_short: int
    used_t: float
    """Tonnes served to consumption or handed over to needs."""
    n_shipments: int
    n_needs: int
    """Needs due within the horizon."""
    n_needs_on_time: int
    n_pledges: int
    n_pledges_counted: int
    """Pledges that the plan may take up (§5.2)."""
    n_pledges_taken: int
    """Pledges that the plan takes up at least in part."""


def short_share() -> pl.Expr:
    """Return the unserved share of a row of ``served``, without dust."""
    missing = pl.col("asked") - pl.col("quantity")
    return pl.when(missing > SHORT_SHARE * pl.col("asked")).then(missing / pl.col("asked")).otherwise(0.0)


def priorities(plan: Plan) -> pl.DataFrame:
    """Return the first priority among the consumption rows of each location and item."""
    rows = plan.scenario.table("consumption")
    return rows.group_by("location", "item", maintain_order=True).agg(pl.col("priority").cast(pl.Int64).min())


def shortages(plan: Plan) -> pl.DataFrame:
    """Return one row for each location and item that consumes, the worst first.

    Columns: location, item, priority, asked, served, days_asked, days_short, days_low (low but served), first_date
    (null where nothing is short), emptied (whether the stock is used up on that date; rationing may keep some),
    shortage_days, weighted (with the weights of priorities).
    """
    weights = dict(enumerate(plan.scenario.settings.objective.priority_weights, start=1))
    rows = plan.scenario.table("consumption").select(
        pl.col("priority").cast(pl.Int64).alias("row_priority"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row"),
    )
    days = plan.tables["served"].join(rows, on="row", how="left").with_columns(short_share().alias("share"))
    short = pl.col("date").filter(pl.col("share") > 0)
    return (
        days.group_by("location", "item", maintain_order=True)
        .agg(
            pl.col("row_priority").min().alias("priority"),
            pl.col("asked").sum(),
            pl.col("quantity").sum().alias("served"),
            pl.col("date").filter(pl.col("asked") > 0).n_unique().alias("days_asked"),
            short.n_unique().alias("days_short"),
            short.min().alias("first_date"),
            pl.col("share").sum().alias("shortage_days"),
            (pl.col("share") * pl.col("row_priority").replace_strict(weights, default=1.0))
            .sum()
            .alias("weighted"),
        )
        .join(_low_days(plan), on=["location", "item"], how="left")
        .join(
            _emptied(plan),
            left_on=["location", "item", "first_date"],
            right_on=["location", "item", "date"],
            how="left",
        )
        .sort(
            ["weighted", "first_date", "days_low", "location", "item"],
            descending=[True, False, True, False, False],
            nulls_last=True,
        )
    )


def _low_days(plan: Plan) -> pl.DataFrame:
    """Return on how many days each stock is low: location, item, days_low."""
    pairs, state = states(plan)
    return pairs.with_columns(
        pl.Series("days_low", (state == STATES.index("low")).sum(axis=1), dtype=pl.Int64)
    )


def _emptied(plan: Plan) -> pl.DataFrame:
    """Return for each location, item and date with consumption whether next to nothing is left at its close."""
    left = pl.col("quantity_left").fill_null(0.0)
    return (
        plan.tables["served"]
        .group_by("location", "item", "date", maintain_order=True)
        .agg(pl.col("asked").sum())
        .join(
            plan.tables["stocks"].rename({"quantity": "quantity_left"}),
            on=["location", "item", "date"],
            how="left",
        )
        .select("location", "item", "date", (left < 0.01 * pl.col("asked")).alias("emptied"))
    )


def first_short(plan: Plan) -> pl.DataFrame:
    """Return the shortages that exist in the order in which they begin; on one day the first priority, then the worst."""
    return (
        shortages(plan)
        .filter(pl.col("days_short") > 0)
        .sort(
            ["first_date", "priority", "weighted", "location", "item"],
            descending=[False, False, True, False, False],
        )
    )


def states(plan: Plan) -> tuple[pl.DataFrame, np.ndarray]:
    """Return the pairs of location and item that consume, and the state of each on each day.

    Returns
    -------
    pairs
        Location and item, one row for each row of the array.
    state
        (pairs, days) index into `STATES`. Days of supply look at the consumption of the next `COVER_DAYS` days;
        beyond the horizon the last day's consumption goes on.
    """
    horizon = plan.scenario.horizon
    daily = (
        plan.tables["served"]
        .with_columns((short_share() > 0).alias("short"))
        .group_by("location", "item", "date", maintain_order=True)
        .agg(pl.col("asked").sum(), pl.col("short").any())
        .join(plan.tables["stocks"], on=["location", "item", "date"], how="left")
        .with_columns((pl.col("date") - pl.lit(horizon.start)).dt.total_days().alias("day"))
    )
    pairs = daily.select("location", "item").unique().sort("location", "item")
    index = pairs.with_row_index("pair")
    daily = daily.join(index, on=["location", "item"])
    at = (daily["pair"].to_numpy(), daily["day"].to_numpy())
    shape = (pairs.height, horizon.days)
    asked, closing, short = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    asked[at] = daily["asked"].to_numpy()
    closing[at] = daily["quantity"].fill_null(0.0).to_numpy()
    short[at] = daily["short"].to_numpy()
    ahead = np.concatenate([asked, np.repeat(asked[:, -1:], COVER_DAYS, axis=1)], axis=1)
    running = np.cumsum(ahead, axis=1)
    cover = running[:, COVER_DAYS:] - running[:, :-COVER_DAYS]
    state = np.where(asked > 0, 1, 0)
    state[(asked > 0) & (closing < cover * (1 - SHORT_SHARE))] = 2
    state[short] = 3
    return pairs, state


def totals(plan: Plan) -> Totals:
    """Return the plan in a few numbers."""
    tonnes = plan.scenario.table("items").select("item", "tonnes_per_unit")
    needs = plan.scenario.table("needs")
    pledges = counted_pledges(plan)
    short = shortages(plan)
    n_due = needs.filter(pl.col("due_date") <= pl.lit(plan.scenario.horizon.last)).height
    handed = plan.tables["handovers"].join(needs.select("need", "item"), on="need", how="left")
    used = pl.concat([plan.tables["served"].select("item", "quantity"), handed.select("item", "quantity")])
    used_t = used.join(tonnes, on="item", how="left").select(
        (pl.col("quantity") * pl.col("tonnes_per_unit")).sum()
    )
    taken = plan.tables["take_up"].filter(pl.col("quantity") > 0)["pledge"].n_unique()
    return Totals(
        asked_days=plan.tables["served"].filter(pl.col("asked") > 0).height,
        shortage_days=float(short["shortage_days"].sum()),
        n_stocks=short.height,
        n_short=short.filter(pl.col("days_short") > 0).height,
        used_t=float(used_t.item() or 0.0),
        n_shipments=plan.tables["shipments"].height,
        n_needs=n_due,
        n_needs_on_time=n_due - late_needs(plan).height,
        n_pledges=pledges.height,
        n_pledges_counted=pledges.filter(pl.col("counted") > 0).height,
        n_pledges_taken=taken,
    )


def late_needs(plan: Plan) -> pl.DataFrame:
    """Return the needs that are open after their due date, with the days late and what is still open at the end.

    Columns: need, location, item, quantity, due_date, done_date (null where it never is), open, days_late.
    """
    needs = plan.scenario.table("needs").filter(pl.col("due_date") <= pl.lit(plan.scenario.horizon.last))
    days = plan.tables["handovers"].join(needs, on="need", suffix="_asked")
    open_after = (pl.col("date") >= pl.col("due_date")) & (
        pl.col("open") > SHORT_SHARE * pl.col("quantity_asked")
    )
    return (
        days.sort("date")
        .group_by("need", maintain_order=True)
        .agg(
            pl.first("location", "item", "due_date"),
            pl.col("quantity_asked").first().alias("quantity"),
            pl.col("date")
            .filter(
                (pl.col("date") >= pl.col("due_date"))
                & (pl.col("open") <= SHORT_SHARE * pl.col("quantity_asked"))
            )
            .min()
            .alias("done_date"),
            pl.col("open").last(),
            open_after.sum().alias("days_late"),
        )
        .filter(pl.col("days_late") > 0)
        .sort(["days_late", "need"], descending=[True, False])
    )


def counted_pledges(plan: Plan) -> pl.DataFrame:
    """Return the pledges with `counted`, the quantity that the plan may take up (§5.2)."""
    rule = plan.summary.parameters.get("count_pledges", "committed")
    share = {
        "all": pl.lit(1.0),
        "expected": pl.col("probability"),
    }.get(str(rule), pl.col("status").is_in(["committed", "allocated"]).cast(pl.Float64))
    return plan.scenario.table("pledges").with_columns((pl.col("quantity") * share).alias("counted"))


def pledged(plan: Plan) -> pl.DataFrame:
    """Return what became of the pledges of each donor and item, the largest gap in tonnes first.

    Columns: donor, item, n_pledges, quantity, counted, taken, used, gap_t. `used` is what reached a consumption,
    a need or a recipe by the last day.
    """
    taken = (
        plan.tables["take_up"]
        .group_by("pledge", maintain_order=True)
        .agg(pl.col("quantity").sum().alias("taken"))
    )
    used = (
        plan.tables["traces"]
        .filter(pl.col("source_kind") == "pledge")
        .group_by(pl.col("source").alias("pledge"), maintain_order=True)
        .agg(pl.col("quantity").sum().alias("used"))
    )
    tonnes = plan.scenario.table("items").select("item", "tonnes_per_unit")
    return (
        counted_pledges(plan)
        .join(taken, on="pledge", how="left")
        .join(used, on="pledge", how="left")
        .join(tonnes, on="item", how="left")
        .with_columns(pl.col("taken", "used").fill_null(0.0))
        .with_columns(pl.min_horizontal("used", "taken").alias("used"))
        .group_by("donor", "item", maintain_order=True)
        .agg(
            pl.len().alias("n_pledges"),
            pl.col("quantity", "counted", "taken", "used").sum(),
            ((pl.col("quantity") - pl.col("used")) * pl.col("tonnes_per_unit")).sum().alias("gap_t"),
        )
        .sort(["gap_t", "donor", "item"], descending=[True, False, False])
    )


def supplies(plan: Plan) -> pl.DataFrame:
    """Return who supplied what to where: donor, item, destination, tonnes, quantity; the largest first.

    Only what reached a consumption or a need counts; what a recipe drew shows as its product. A stock or a line
    belongs to the owner of its location; an offer is bought from that owner.
    """
    scenario = plan.scenario
    owners = scenario.table("locations").select("location", pl.coalesce("owner", "name").alias("owner"))
    at = [
        scenario.table(table).select(
            pl.lit(kind).alias("source_kind"),
            pl.col(key).alias("source"),
            pl.col("location").alias("from_location"),
        )
        for table, kind, key in (("production", "production", "line"), ("offers", "offer", "offer"))
    ]
    own = owners.select(
        pl.lit("stock").alias("source_kind"),
        pl.col("location").alias("source"),
        pl.col("location").alias("from_location"),
    )
    held = pl.concat([own, *at]).join(owners, left_on="from_location", right_on="location", how="left")
    given = scenario.table("pledges").select(
        pl.lit("pledge").alias("source_kind"),
        pl.col("pledge").alias("source"),
        pl.col("donor").alias("owner"),
    )
    bought = pl.when(pl.col("source_kind") == "offer").then(BOUGHT + pl.col("owner")).otherwise("owner")
    held = held.drop("from_location").with_columns(bought.alias("owner"))
    donors = pl.concat([held, given]).rename({"owner": "donor"})
    tonnes = scenario.table("items").select("item", "tonnes_per_unit")
    return (
        plan.tables["traces"]
        .filter(pl.col("use") != "recipe")
        .join(donors, on=["source_kind", "source"], how="left")
        .join(tonnes, on="item", how="left")
        .group_by("donor", "item", pl.col("location").alias("destination"), maintain_order=True)
        .agg(
            (pl.col("quantity") * pl.col("tonnes_per_unit")).sum().round(6).alias("tonnes"),
            pl.col("quantity").sum(),
        )
        .filter(pl.col("tonnes") > 0)
        .sort(["tonnes", "donor", "item", "destination"], descending=[True, False, False, False])
    )
