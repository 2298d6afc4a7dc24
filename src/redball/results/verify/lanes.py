"""§3 and §4: when, what and how much goes by lane, and the vehicles that carry it."""

from __future__ import annotations

import polars as pl

from redball.results.flows import as_text
from redball.results.verify.breach import Breach, above, breaches, not_whole, unlike
from redball.results.verify.facts import Facts, later

SHIPMENT = ("lane", "item", "depart_date")
CLASSES_APART = r"[^\s,;]+"
"""A supply class in a ``carries`` cell: what stands between separators."""


def check_lanes(facts: Facts, tolerance: float) -> list[Breach]:
    """Check all of §3, §4 and whole items on the way."""
    return [
        *_arrivals(facts, tolerance),
        *_columns(facts, tolerance),
        *_carried(facts),
        *_departing(facts, tolerance),
        *_arriving(facts, tolerance),
        *_fleets(facts, tolerance),
        *not_whole(facts.shipments, tolerance, "shipments", SHIPMENT),
    ]


def _arrivals(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the date (§3.1, §1.3), the end of the horizon (§3.4) and the loss (§3.1, §7.6)."""
    rows = facts.shipments.with_columns(
        due=later("depart_date", "transit"),
        value="quantity_arriving",
        limit=pl.col("quantity") * (1 - pl.when("whole").then(0.0).otherwise("loss_fraction")),
    )
    early = (pl.col("arrive_date") - pl.col("due")).dt.total_days().abs()
    wrong = rows.with_columns(excess=early).filter(pl.col("excess") > 0)
    late = rows.with_columns(excess=(pl.col("due") - pl.lit(facts.last)).dt.total_days())
    return [
        *breaches(
            wrong, "§3.1", "shipments", SHIPMENT, "arrives on {arrive_date}, transit {transit} gives {due}"
        ),
        *breaches(
            late.filter(pl.col("excess") > 0),
            "§3.4",
            "shipments",
            SHIPMENT,
            f"arrives on {{due}}, after the last day {facts.last}",
        ),
        *unlike(
            rows,
            tolerance,
            "§3.1",
            "shipments",
            SHIPMENT,
            "{value:,.9g} arrive of {quantity:,.9g}, must be {limit:,.9g}",
        ),
    ]


def _columns(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the tonnes and the cost that a shipment states."""
    tonnes = pl.col("quantity") * pl.col("tonnes_per_unit")
    weighed = facts.shipments.with_columns(value="tonnes", limit=tonnes)
    paid = facts.shipments.with_columns(value="cost", limit=tonnes * pl.col("cost_per_t"))
    return [
        *unlike(
            weighed, tolerance, "tables", "shipments", SHIPMENT, "states {value:,.9g} t, is {limit:,.9g} t"
        ),
        *unlike(paid, tolerance, "§7.4", "shipments", SHIPMENT, "states cost {value:,.9g}, is {limit:,.9g}"),
    ]


def _carried(facts: Facts) -> list[Breach]:
    """Check the classes that a lane takes (§3.3)."""
    taken = pl.col("carries").str.extract_all(CLASSES_APART)
    lanes = facts.plan.scenario.table("lanes").select("lane", "carries")
    pairs = facts.plan.tables["shipments"].select("lane", "item").unique(maintain_order=True)
    pairs = pairs.join(lanes, on="lane").join(facts.items.select("item", "supply_class"), on="item")
    pairs = pairs.filter((taken.list.len() > 0) & ~taken.list.contains(pl.col("supply_class")))
    moved = facts.plan.tables["shipments"].filter(pl.col("quantity") > 0)
    rows = moved.join(pairs, on=["lane", "item"]).with_columns(excess="quantity")
    return breaches(
        rows, "§3.3", "shipments", SHIPMENT, "class {supply_class} on a lane that takes {carries}"
    )


def _departing(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the capacity of each lane and day (§3.2), and what closures leave of it (§3.6)."""
    keys = ("lane", "depart_date")
    total = as_text(
        facts.shipments.group_by(keys, maintain_order=True).agg(
            pl.col("tonnes").sum(),
            pl.col("capacity_t_per_day", "from_location", "to_location").first(),
        )
    )
    locations, lanes = open_fractions(facts, "location"), open_fractions(facts, "lane")
    total = (
        total.join(lanes, left_on=keys, right_on=["lane", "date"], how="left", maintain_order="left")
        .join(
            locations.rename({"open": "open_from"}),
            left_on=["from_location", "depart_date"],
            right_on=["location", "date"],
            how="left",
            maintain_order="left",
        )
        .join(
            locations.rename({"open": "open_to"}),
            left_on=["to_location", "depart_date"],
            right_on=["location", "date"],
            how="left",
            maintain_order="left",
        )
        .with_columns(open=pl.min_horizontal(pl.lit(1.0), "open", "open_from", "open_to"))
    )
    return _within(total, "capacity_t_per_day", tolerance, "§3.2", "shipments", keys, "departing")


def _arriving(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the throughput of each location and day (§3.5), and what closures leave of it (§3.6)."""
    keys = ("to_location", "arrive_date")
    tonnes = (pl.col("quantity_arriving") * pl.col("tonnes_per_unit")).sum()
    total = facts.shipments.group_by(keys, maintain_order=True).agg(tonnes=tonnes)
    rooms = facts.plan.scenario.table("locations").select("throughput_t_per_day", to_location="location")
    total = as_text(total).join(rooms, on="to_location")
    total = total.join(
        open_fractions(facts, "location"),
        left_on=keys,
        right_on=["location", "date"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("open").fill_null(1.0))
    return _within(total, "throughput_t_per_day", tolerance, "§3.5", "shipments", keys, "arriving")


def _within(
    total: pl.DataFrame,
    capacity: str,
    tolerance: float,
    rule: str,
    place: str,
    keys: tuple[str, str],
    going: str,
) -> list[Breach]:
    """Check ``tonnes`` against `capacity`; what only a closure forbids is named §3.6."""
    whole = total.with_columns(value="tonnes", limit=capacity)
    # 0 closes even what has no limit, and zero times infinity is not a number
    left = pl.when(pl.col("open") <= 0).then(0.0).otherwise(pl.col("limit") * pl.col("open"))
    closed = whole.filter((pl.col("open") < 1) & (pl.col("value") <= pl.col("limit"))).with_columns(
        limit=left
    )
    words = f"{{value:,.9g}} t {going}, limit {{limit:,.9g}} t"
    return [
        *above(whole, tolerance, rule, place, keys, words),
        *above(closed, tolerance, "§3.6", place, keys, words + " with {open:.3g} open"),
    ]


def open_fractions(facts: Facts, what: str) -> pl.DataFrame:
    """Return ``open`` for each lane or location and date on which a closure names it (§3.6)."""
    named = facts.plan.scenario.table("closures").filter(pl.col(what).is_not_null())
    days = facts.active(named.select(what, "from_date", "to_date", "open_fraction"))
    return days.group_by(what, "date").agg(open=pl.col("open_fraction").min())


def _fleets(facts: Facts, tolerance: float) -> list[Breach]:
    """Check the vehicles away on each day (§4.1)."""
    fleets = facts.plan.scenario.table("fleets").select("fleet", "vehicles", "payload_t")
    hired = facts.plan.scenario.table("lanes").select("lane", "fleet")
    moved = facts.shipments.group_by("lane", "cycle", "depart_date").agg(pl.col("tonnes").sum())
    moved = as_text(moved).join(hired, on="lane").join(fleets, on="fleet")
    leaving = moved.select(
        "fleet", "vehicles", date="depart_date", change=pl.col("tonnes") / pl.col("payload_t")
    )
    coming = moved.select(
        "fleet",
        "vehicles",
        date=later("depart_date", "cycle"),
        change=-pl.col("tonnes") / pl.col("payload_t"),
    )
    days = pl.concat([leaving, coming]).group_by("fleet", "vehicles", "date").agg(pl.col("change").sum())
    away = days.sort("fleet", "date").with_columns(
        value=pl.col("change").cum_sum().over("fleet"), limit="vehicles"
    )
    away = away.filter(pl.col("date") <= pl.lit(facts.last))
    words = "{value:,.9g} vehicles away, the fleet has {limit:,.9g}"
    return above(away, tolerance, "§4.1", "shipments", ("fleet", "date"), words)
