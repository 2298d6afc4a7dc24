"""From the record to the planner, and from the plan back to the record."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.ledger.stores import PLEDGE, climb, tell

from redball.core.errors import InputError
from redball.ledger.bridge import left_out
from redball.ledger.ledger import Ledger
from redball.ledger.names import Pledge, Shipment
from redball.ledger.whole import whole_flows
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

D = dt.date


def scenario(**tables: pl.DataFrame) -> Scenario:
    """Three places, a road of three days, leopards by the piece and diesel by the tonne."""
    base = {
        "locations": pl.DataFrame(
            {"location": ["DE-depot", "Rzeszow", "Kyiv"], "kind": ["donor", "hub", "depot"]}
        ),
        "items": pl.DataFrame(
            {
                "item": ["leopard", "diesel"],
                "supply_class": ["VII", "III"],
                "unit": ["tank", "tonne"],
                "tonnes_per_unit": [60.0, 1.0],
            }
        ),
        "stocks": pl.DataFrame(
            {
                "location": ["Rzeszow", "Kyiv"],
                "item": ["leopard", "leopard"],
                "quantity": [99.0, 7.0],
                "reserve": [2.0, None],
            }
        ),
        "lanes": pl.DataFrame(
            {
                "lane": ["road"],
                "from_location": ["DE-depot"],
                "to_location": ["Rzeszow"],
                "mode": ["road"],
                "transit_days": [2.5],
            }
        ),
    }
    return Scenario(Settings(start=D(2023, 2, 1), days=60), {**base, **tables})


def rows(frame: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return frame.select(columns).rows()


def test_stocks_goods_on_the_way_and_pledges_come_from_the_ledger(ledger: Ledger) -> None:
    tell(ledger, "announce", 5, "more", due_at=D(2023, 3, 31))
    climb(ledger, 18)
    tell(ledger, "commit", 2, "two")
    tell(ledger, "arrive", 10, leg="road", place="Rzeszow", on=D(2023, 2, 4))
    tell(ledger, "receive", "1500.5 t", pledge="", item="diesel", place="Kyiv", org="Cell", owner="Ukraine")
    after = scenario().updated(ledger.as_of(D(2023, 2, 10)))
    assert (after.settings.start, after.settings.days, after.horizon.last) == (
        D(2023, 2, 11),
        50,
        D(2023, 4, 1),
    )
    assert rows(after.table("stocks"), "location", "item", "quantity", "reserve") == [
        ("Kyiv", "diesel", 1500.5, 0.0),
        ("Kyiv", "leopard", 7.0, 0.0),
        ("Rzeszow", "leopard", 10.0, 2.0),
    ]
    assert rows(after.table("pledges"), "pledge", "location", "quantity", "available_date", "status") == [
        (f"{PLEDGE}:announced", "DE-depot", 3.0, D(2023, 3, 31), "announced"),
        (f"{PLEDGE}:committed", "DE-depot", 2.0, D(2023, 3, 31), "committed"),
        (f"way:road::{PLEDGE}:leopard", "Rzeszow", 8.0, D(2023, 2, 11), "allocated"),
    ]


def test_what_a_plan_cannot_use_is_named(ledger: Ledger) -> None:
    ledger.define(
        items=[],
        pledges=[Pledge("P1", "Germany", "leopard", "DE-depot"), Pledge("P2", "Spain", "diesel", "Kyiv")],
    )
    for pledge, words in (("D106", {}), ("P1", {}), ("P2", {"due_at": D(2024, 1, 1)})):
        tell(ledger, "announce", 4, f"a {pledge}", pledge=pledge, **words)
    as_of = ledger.as_of(D(2023, 2, 10))
    assert rows(left_out(scenario(), as_of), "pledge", "why") == [
        ("D106:announced", "the scenario does not know the location"),
        ("P1:announced", "no date was promised"),
        ("P2:announced", "promised for after the last planned day"),
    ]
    assert scenario().updated(as_of).table("pledges").height == 0
    own = pl.DataFrame({"pledge": ["P1"], "available_date": [D(2023, 3, 3)]})
    assert scenario(pledges=own).updated(as_of).table("pledges")["available_date"].to_list() == [
        D(2023, 3, 3)
    ]


def test_units_that_do_not_fit_and_dates_that_are_over_are_refused(one: Ledger) -> None:
    tell(one, "receive", "1 t", pledge="", item="diesel", place="Kyiv", owner="Ukraine")
    items = scenario().table("items").with_columns(unit=pl.lit("barrel"))
    with pytest.raises(InputError, match="diesel is in barrel"):
        scenario(items=items).updated(one.as_of(D(2023, 2, 10)))
    with pytest.raises(InputError, match="not before the last planned day"):
        scenario().updated(one.as_of(D(2023, 4, 1)))


def test_a_donors_record_counts_what_was_due(ledger: Ledger) -> None:
    ledger.define(pledges=[Pledge(f"G{n}", "Germany", "leopard", "DE-depot") for n in range(3)])
    for n, due in enumerate((D(2023, 2, 5), D(2023, 2, 10), D(2023, 4, 1))):
        for verb in ("announce", "commit", "allocate"):
            words = {"due_at": due} if verb == "announce" else {}
            tell(ledger, verb, 10, f"{verb} {n}", pledge=f"G{n}", **words)
    tell(ledger, "ship", 10, "s0", pledge="G0", leg="road")
    arrived = tell(ledger, "arrive", 6, "a0", pledge="G0", leg="road", place="Rzeszow", on=D(2023, 2, 4))
    tell(ledger, "arrive", 4, "a1", pledge="G0", leg="road", place="Rzeszow", on=D(2023, 2, 15))
    record = ledger.donors(D(2023, 2, 28)).row(0, named=True)
    assert record == {"donor": "Germany", "n_due": 2, "n_arrived": 1, "probability": 0.5, "delay_days": 4.0}
    ledger.correct(arrived, 1, by="anna")
    assert ledger.donors(D(2023, 2, 28))["delay_days"].item() == pytest.approx(8.0)
    made = (
        scenario()
        .updated(ledger.as_of(D(2023, 2, 28)))
        .table("pledges")
        .filter(pl.col("pledge") == "G2:allocated")
    )
    assert rows(made, "probability", "delay_days") == [(0.25, 8.0)]


def test_sent_is_held_against_received(ledger: Ledger) -> None:
    day = 86_400_000_000
    start = 1_675_209_600_000_000
    names = ("ok", "late", "short", "lost", "unseen", "unsent", "future", "onway", "slow")
    ledger.define(
        shipments=[
            Shipment(
                name, "leopard", "road", "DE-depot", "Rzeszow",
                start + (20 if name == "future" else 0) * day, start + (25 if name in ("future", "onway") else 3) * day, 10, 10,
            )
            for name in names
        ]
    )  # fmt: skip
    tell(ledger, "receive", 100, pledge="", item="leopard", place="DE-depot", owner="Germany")
    words = {"pledge": "", "item": "leopard", "owner": "Germany", "leg": "road"}
    for name in names:
        if name not in ("unsent", "future"):
            tell(
                ledger,
                "ship",
                8 if name == "short" else 10,
                f"s {name}",
                shipment=name,
                place="DE-depot",
                **words,
            )
    got = {"ok": 10, "late": 4, "short": 8, "lost": 7, "slow": 10}
    for name, quantity in got.items():
        on = D(2023, 2, 9) if name == "slow" else D(2023, 2, 3)
        tell(ledger, "arrive", quantity, f"a {name}", shipment=name, place="Rzeszow", on=on, **words)
    tell(ledger, "lose_in_transit", 3, "l", shipment="lost", **words)
    frame = ledger.reconcile(D(2023, 2, 10))
    states = dict(frame.select("shipment", "state").iter_rows())
    assert states == {
        "ok": "received", "late": "late", "short": "short", "lost": "lost", "unseen": "never seen",
        "unsent": "not sent", "future": "planned", "onway": "on the way", "slow": "received late",
    }  # fmt: skip
    late = frame.filter(shipment="late").row(0, named=True)
    assert (late["sent"], late["received"], late["out"]) == (10, 4, 6)
    assert ledger.reconcile(D(2023, 2, 10), known=D(2023, 1, 1))["state"].unique().sort().to_list() == [
        "not sent",
        "planned",
    ]


def test_whole_flows_keep_every_balance_and_stay_within_one() -> None:
    # one node gives 1.5 to each of three others
    flows = np.array([4.5, 1.5, 1.5, 1.5])
    whole = whole_flows(flows, np.zeros(4, np.int64), np.arange(4), np.array([-1.0, 1, 1, 1]), 1)
    assert whole[0] == whole[1:].sum()
    assert np.abs(whole - flows).max() < 1
    assert whole_flows(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), 0).size == 0


def test_a_position_is_frozen(one: Ledger) -> None:
    as_of = one.as_of(D(2023, 2, 10))
    with pytest.raises(AttributeError):
        as_of.date = D(2023, 1, 1)  # type: ignore[misc]
    assert isinstance(scenario().tables, MappingProxyType)
