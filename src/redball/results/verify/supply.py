"""§5: pledges, production, orders and who pays."""

from __future__ import annotations

import polars as pl

from redball.core.horizon import WHOLE_TOLERANCE
from redball.results.verify.breach import Breach, above, breaches, not_whole, unlike
from redball.results.verify.facts import Facts, days_up, later


def check_supply(facts: Facts, tolerance: float) -> list[Breach]:
    """Check all of §5."""
    return [
        *_pledges(facts, tolerance),
        *_production(facts, tolerance),
        *_expansions(facts, tolerance),
        *_orders(facts, tolerance),
        *_budgets(facts, tolerance),
    ]


def counted(facts: Facts) -> pl.DataFrame:
    """Return every pledge with ``counted``, what the plan may take up of it (§5.2)."""
    rule = facts.plan.summary.parameters.get("count_pledges", "committed")
    if rule == "all":
        share = pl.lit(1.0)
    elif rule == "expected":
        share = pl.col("probability")
    else:
        share = pl.col("status").is_in(["committed", "allocated"]).cast(pl.Float64)
    pledges = facts.plan.scenario.table("pledges").join(facts.items, on="item", maintain_order="left")
    part = pl.col("quantity") * share
    floor = (part + WHOLE_TOLERANCE).floor()
    return pledges.with_columns(counted=pl.when("whole").then(floor).otherwise(part))


def _pledges(facts: Facts, tolerance: float) -> list[Breach]:
    """Check when and how much is taken up (§5.1, §5.2)."""
    keys = ("pledge", "date")
    pledges = counted(facts).select(
        "pledge", "item", "whole", "available_date", "counted", promised="quantity"
    )
    rows = facts.plan.tables["take_up"].join(pledges, on="pledge")
    early = rows.filter((pl.col("date") < pl.col("available_date")) & (pl.col("quantity") > tolerance))
    early = early.with_columns(excess="quantity")
    total = rows.group_by("pledge", maintain_order=True).agg(
        pl.col("promised", "counted").first(), value=pl.col("quantity").sum()
    )
    over = total.with_columns(limit="promised")
    uncounted = over.filter(pl.col("value") <= pl.col("promised")).with_columns(limit="counted")
    return [
        *breaches(
            early, "§5.1", "take_up", keys, "{quantity:,.9g} taken up, available from {available_date}"
        ),
        *above(
            over, tolerance, "§5.1", "take_up", ["pledge"], "{value:,.9g} taken up of {limit:,.9g} pledged"
        ),
        *above(
            uncounted, tolerance, "§5.2", "take_up", ["pledge"], "{value:,.9g} taken up, {limit:,.9g} count"
        ),
        *not_whole(rows, tolerance, "take_up", keys),
    ]


def _production(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the rate of each day (§5.3) and the day of output (§5.3, §3.4)."""
    keys = ("line", "date")
    decided = facts.plan.tables["expansions"].select("line", decided=pl.lit(True))
    lines = facts.plan.scenario.table("production").select(
        "line",
        "expansion",
        "rate_per_day",
        "rate_max_per_day",
        lead=days_up("lead_days", 0),
        wait=days_up("expansion_days", 0),
        ramp=days_up("ramp_days", 0),
    )
    lines = lines.join(decided, on="line", how="left")
    expands = (pl.col("expansion") == "announced") | ((pl.col("expansion") == "decide") & pl.col("decided"))
    since = facts.day("date") - pl.col("wait")
    share = (
        pl.when(~expands.fill_null(False) | (since < 0))
        .then(0.0)
        .when(pl.col("ramp") == 0)
        .then(1.0)
        .otherwise((since / pl.col("ramp")).clip(upper_bound=1.0))
    )
    rise = pl.col("rate_max_per_day").fill_null(pl.col("rate_per_day")) - pl.col("rate_per_day")
    rows = facts.plan.tables["starts"].join(lines, on="line")
    rows = rows.with_columns(
        due=later("date", "lead"), value="quantity", limit=pl.col("rate_per_day") + rise * share
    )
    return [
        *above(
            rows, tolerance, "§5.3", "starts", keys, "{value:,.9g} started, the rate is {limit:,.9g} a day"
        ),
        *_on_time(facts, rows, "output_date", "§5.3", "starts", keys),
    ]


def _on_time(
    facts: Facts, rows: pl.DataFrame, stated: str, rule: str, place: str, keys: tuple[str, str]
) -> list[Breach]:
    """Check a stated date against the ``due`` one, and that against the last day (§3.4)."""
    off = rows.with_columns(excess=(pl.col(stated) - pl.col("due")).dt.total_days().abs())
    late = rows.with_columns(excess=(pl.col("due") - pl.lit(facts.last)).dt.total_days())
    words = f"comes on {{due}}, after the last day {facts.last}"
    return [
        *breaches(
            off.filter(pl.col("excess") > 0), rule, place, keys, f"states {{{stated}}}, comes on {{due}}"
        ),
        *breaches(late.filter(pl.col("excess") > 0), "§3.4", place, keys, words),
    ]


def _expansions(facts: Facts, tolerance: float) -> list[Breach]:
    """Check that the plan expands only what it may decide, at its price (§5.3)."""
    lines = facts.plan.scenario.table("production").select("line", "expansion", limit="expansion_cost")
    rows = facts.plan.tables["expansions"].join(lines, on="line").with_columns(value="cost")
    odd = rows.filter(pl.col("expansion") != "decide").with_columns(excess=pl.lit(1.0))
    own = rows.filter(pl.col("expansion") == "decide")
    words = "expansion is {expansion}, not for the plan to decide"
    return [
        *breaches(odd, "§5.3", "expansions", ["line"], words),
        *unlike(own, tolerance, "§5.3", "expansions", ["line"], "states cost {value:,.9g}, is {limit:,.9g}"),
    ]


def _orders(facts: Facts, tolerance: float) -> list[Breach]:
    """Check how much is ordered, when it comes and what it costs (§5.5)."""
    keys = ("offer", "order_date")
    offers = facts.plan.scenario.table("offers").select(
        "offer", "item", "quantity_max", "order_min", "unit_cost", lead=days_up("lead_days", 0)
    )
    rows = facts.plan.tables["orders"].join(offers, on="offer").join(facts.items, on="item")
    rows = rows.with_columns(due=later("order_date", "lead"))
    paid = rows.with_columns(value="cost", limit=pl.col("quantity") * pl.col("unit_cost"))
    total = rows.group_by("offer", maintain_order=True).agg(
        pl.col("quantity_max", "order_min").first(), ordered=pl.col("quantity").sum()
    )
    over = total.with_columns(value="ordered", limit="quantity_max")
    few = total.filter(pl.col("ordered") > tolerance).with_columns(value="order_min", limit="ordered")
    return [
        *above(over, tolerance, "§5.5", "orders", ["offer"], "{value:,.9g} ordered, at most {limit:,.9g}"),
        *above(few, tolerance, "§5.5", "orders", ["offer"], "{limit:,.9g} ordered, at least {value:,.9g}"),
        *_on_time(facts, rows, "arrive_date", "§5.5", "orders", keys),
        *unlike(paid, tolerance, "§5.5", "orders", keys, "states cost {value:,.9g}, is {limit:,.9g}"),
        *not_whole(rows, tolerance, "orders", keys),
    ]


def charges(facts: Facts) -> pl.DataFrame:
    """Return what is paid: ``part`` (of the objective), ``name``, ``budget``, ``date``, ``amount``."""
    table, result = facts.plan.scenario.table, facts.plan.tables
    lines = table("production").select("line", "unit_cost", "expansion_cost", "budget")
    offers = table("offers").select("offer", "unit_cost", "budget")
    made = result["starts"].join(lines, on="line", maintain_order="left")
    grown = result["expansions"].join(lines, on="line", maintain_order="left")
    bought = result["orders"].join(offers, on="offer", maintain_order="left")
    spent = pl.col("quantity") * pl.col("unit_cost")
    return pl.concat(
        [
            made.select("budget", "date", part=pl.lit("production"), name="line", amount=spent),
            grown.select(
                "budget",
                date=pl.lit(facts.start),
                part=pl.lit("expansion"),
                name="line",
                amount="expansion_cost",
            ),
            bought.select("budget", date="order_date", part=pl.lit("orders"), name="offer", amount=spent),
        ]
    )


def _budgets(facts: Facts, tolerance: float) -> list[Breach]:
    """Check that a budget pays within its dates and its amount (§5.6)."""
    keys = ("budget", "part", "name", "date")
    budgets = facts.plan.scenario.table("budgets").select("budget", "from_date", "to_date", limit="amount")
    paid = charges(facts).filter(pl.col("amount") > tolerance).join(budgets, on="budget")
    inside = pl.col("date").is_between("from_date", "to_date")
    outside = paid.filter(~inside).with_columns(excess="amount")
    total = paid.filter(inside).group_by("budget", maintain_order=True)
    spent = total.agg(pl.col("limit").first(), value=pl.col("amount").sum())
    return [
        *breaches(outside, "§5.6", "budgets", keys, "{amount:,.9g} charged outside {from_date} to {to_date}"),
        *above(spent, tolerance, "§5.6", "budgets", ["budget"], "{value:,.9g} charged, {limit:,.9g} granted"),
    ]
