"""Nothing is made and nothing is lost on the way from a source to a use, but what the lanes lose."""

from __future__ import annotations

from collections import defaultdict, deque

import polars as pl
from hypothesis import HealthCheck, given, settings
from tests.strategies import scenarios

from redball.engines.plan.plan import make_plan
from redball.results.flows import RECEIVED, USED, as_text, flows
from redball.results.plan import Plan
from redball.results.trace import LANES_APART, delivered, trace
from redball.scenario.scenario import Scenario

LAW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
KEY = ("source_kind", "source", "location", "item", "use", "date", "left_date", "path")


def walked(plan: Plan) -> dict[tuple[object, ...], float]:
    """Trace a plan the plain way: queues of lots, one flow after the other."""
    queues: defaultdict[tuple[str, str], deque[list[object]]] = defaultdict(deque)
    travelling: dict[int, tuple[float, list[list[object]]]] = {}
    found: defaultdict[tuple[object, ...], float] = defaultdict(float)
    rank = {kind: place for place, kind in enumerate((*RECEIVED, *USED))}
    rows = [row for row in flows(plan).iter_rows(named=True) if row["quantity"] > 0]
    rows = [row for row in rows if row["date"] <= plan.scenario.horizon.last]
    rows.sort(key=lambda row: (row["date"], rank[row["kind"]], row["name"], row["shipment"] or 0))
    for row in rows:
        queue = queues[row["location"], row["item"]]
        if row["kind"] == "arrival":
            departed, lots = travelling[row["shipment"]]
            queue.extend([lot[0], lot[1], lot[2] * row["quantity"] / departed, lot[3]] for lot in lots)  # type: ignore[operator]
        elif row["kind"] in RECEIVED:
            left = None if row["kind"] == "stock" else row["date"]
            queue.append([(row["kind"], row["name"]), left, row["quantity"], ""])
        else:
            lots = taken(queue, row["quantity"])
            for lot in lots:
                lot[1] = lot[1] or row["date"]
            if row["kind"] == "departure":
                for lot in lots:
                    lot[3] = f"{lot[3]}{LANES_APART}{row['name']}" if lot[3] else row["name"]
                travelling[row["shipment"]] = row["quantity"], lots
                continue
            for source, left, quantity, path in lots:
                use = (row["location"], row["item"], row["kind"], row["date"])
                found[(*source, *use, left, path)] += quantity  # type: ignore[misc, operator]
    return found


def taken(queue: deque[list[object]], quantity: float) -> list[list[object]]:
    """Take the oldest lots from a queue."""
    lots = []
    while quantity > 1e-9 and queue:
        source, left, size, path = queue[0]
        assert isinstance(size, float)
        part = min(size, quantity)
        lots.append([source, left, part, path])
        quantity -= part
        if part == size:
            queue.popleft()
        else:
            queue[0][2] = size - part
    return lots


@LAW
@given(scenarios())
def test_traces_are_what_queues_of_lots_give(scenario: Scenario) -> None:
    plan = make_plan(scenario)
    traces = trace(plan)
    stated = {row[:-1]: row[-1] for row in traces.select(*KEY, "quantity").iter_rows()}
    wanted = walked(plan)
    for key in stated.keys() | wanted.keys():
        assert abs(stated.get(key, 0.0) - wanted.get(key, 0.0)) < 1e-5, key


@LAW
@given(scenarios())
def test_every_use_is_traced_in_full_and_no_source_gives_more_than_it_had(scenario: Scenario) -> None:
    plan = make_plan(scenario)
    traces = trace(plan)
    use = ("location", "item", "use", "date")
    used = as_text(flows(plan)).filter(
        pl.col("kind").is_in(["consumption", "need", "recipe"]), pl.col("quantity") > 0
    )
    used = used.rename({"kind": "use"}).group_by(use).agg(used=pl.col("quantity").sum())
    sums = used.join(traces.group_by(use).agg(pl.col("quantity").sum()), on=use, how="full", coalesce=True)
    for row in sums.fill_null(0).iter_rows(named=True):
        assert abs(row["used"] - row["quantity"]) <= 1e-6 * max(1.0, row["used"])
    days = delivered(plan)
    totals = days.group_by("pledge").agg(pl.col("taken_up", "delivered", "assembled").sum())
    for row in totals.iter_rows(named=True):
        assert row["delivered"] + row["assembled"] <= row["taken_up"] + 1e-6
    assert (traces["left_date"] <= traces["date"]).all()
