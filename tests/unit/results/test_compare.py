"""What differs between two plans."""

from __future__ import annotations

from tests.unit.results.books import DECISIONS, bakery_plan

from redball.results.compare import compare


def test_a_plan_does_not_differ_from_itself() -> None:
    assert compare(bakery_plan(), bakery_plan()).is_empty()


def test_differences_by_number_by_place_and_by_lane() -> None:
    # the second tank stays at the Port: 2 of 3 open on each of days 2 to 5
    later = bakery_plan(shipments=DECISIONS["shipments"][:5], handovers=[("squadron", 1, 1.0)])
    found = compare(bakery_plan(), later)
    assert found.columns == ["measure", "name", "item", "a", "b", "difference"]
    places = found.filter(measure="shortage_days")
    assert places.select("name", "item").rows() == [("Camp", "tank")]
    assert [round(number, 9) for number in places.row(0)[3:]] == [round(5 / 3, 9), round(8 / 3, 9), 1.0]
    assert found.filter(measure="tonnes").rows() == [("tonnes", "rail", "", 80.0, 40.0, -40.0)]
    summary = found.filter(measure="summary")
    assert set(summary["name"]) == {
        "objective",
        "bound",
        "shortage_days",
        "weighted_shortage_days",
        "cost of shortage",
    }
    assert summary["difference"].abs().is_sorted(descending=True)


def test_what_only_one_plan_has_is_nothing_in_the_other() -> None:
    none = bakery_plan(shipments=[], served=[], handovers=[])
    found = compare(none, bakery_plan()).filter(measure="tonnes")
    assert found.select("name", "a", "b").rows() == [("rail", 0.0, 80.0), ("road", 0.0, 11.0)]
