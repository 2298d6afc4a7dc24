"""One day's departures by hand: two lanes from one place, each limit in turn cuts what was wished."""

from __future__ import annotations

import numpy as np
import pytest

from redball.engines.plan.departures import Ground, Network, depart_in_parts

WISH = np.array([30.0, 10.0, 20.0])
"""Of item 0 on lane 0, of item 1 on lane 0, of item 0 on lane 1; a unit of item 1 weighs 2 t, lane 0 loses half."""


def network(**changes: object) -> Network:
    """Return two lanes from place 0 to place 1, of one and two days, with vehicles of 2 t; nothing else limits."""
    fields = {
        "lane": np.array([0, 0, 1]),
        "item": np.array([0, 1, 0]),
        "whole": np.zeros(3, dtype=np.bool_),
        "most": np.full(3, 1e6),
        "wish": WISH,
        "from_location": np.array([0, 0]),
        "to_location": np.array([1, 1]),
        "transit_days": np.array([1, 2]),
        "cycle_days": np.array([2, 4]),
        "fleet": np.array([0, 0]),
        "payload_t": np.array([2.0, 2.0]),
        "arriving": np.array([[0.5, 0.5], [1.0, 1.0]]),
        "item_tonnes": np.array([1.0, 2.0]),
        "grain": np.full(2, 1e-6),
        "stock_floor": np.zeros((2, 2)),
        "storage_t": np.full(2, np.inf),
    }
    return Network(**{**fields, **changes})  # type: ignore[arg-type]


def ground(**changes: object) -> Ground:
    """Return what is there on day 0 of 5."""
    fields = {
        "stock": np.array([[1000.0, 1000.0], [0.0, 0.0]]),
        "coming": np.zeros((6, 2, 2)),
        "held_t": np.array([3000.0, 0.0]),
        "lane_left": np.full(2, np.inf),
        "throughput_left": np.full((2, 5), np.inf),
        "vehicles_left": np.full((1, 5), 1e6),
        "owed": np.zeros(4),
        "values": np.zeros(3),
    }
    return Ground(**{**fields, **changes})  # type: ignore[arg-type]


def sent(of: Network, on: Ground) -> np.ndarray:
    depart_in_parts(of, on, np.arange(3), 0)
    return on.values


def test_without_limits_all_goes_and_all_is_booked() -> None:
    on = ground()
    assert sent(network(), on).tolist() == WISH.tolist()
    assert on.stock[0].tolist() == [950.0, 990.0]
    assert on.coming[1, 1].tolist() == [15.0, 5.0] and on.coming[2, 1].tolist() == [20.0, 0.0]
    assert on.held_t.tolist() == [3000.0 - 70.0, 25.0 + 20.0]
    # 50 t on lane 0 are 25 vehicles for two days, 20 t on lane 1 are 10 for four
    assert (1e6 - on.vehicles_left[0]).tolist() == [35.0, 35.0, 10.0, 10.0, 0.0]
    assert on.owed.tolist() == [0.0, 0.0, 0.0, 0.0]


def gates(day: int, tonnes: float) -> np.ndarray:
    left = np.full((2, 5), np.inf)
    left[1, day] = tonnes
    return left


@pytest.mark.parametrize(
    ("of", "on", "wanted"),
    [
        pytest.param({}, {"stock": np.array([[25.0, 10.0], [0.0, 0.0]])}, [15, 10, 10], id="stock"),
        pytest.param(
            {"stock_floor": np.array([[975.0, 0.0], [0.0, 0.0]])}, {}, [15, 10, 10], id="the floor of a stock"
        ),
        pytest.param({"most": np.array([6.0, 1e6, 1e6])}, {}, [6, 10, 20], id="a bound of its own"),
        pytest.param({}, {"lane_left": np.array([10.0, np.inf])}, [6, 2, 20], id="a lane"),
        pytest.param({}, {"throughput_left": gates(1, 5.0)}, [6, 2, 20], id="a gate on the day of arrival"),
        pytest.param({}, {"throughput_left": gates(2, 5.0)}, [30, 10, 5], id="a gate a day later"),
        pytest.param({"storage_t": np.array([np.inf, 9.0])}, {}, [6, 2, 4], id="a store: 45 t would come"),
        pytest.param(
            {},
            {"vehicles_left": np.array([[1e6, 1e6, 1e6, 7.0, 0.0]])},
            [6, 2, 4],
            id="vehicles on the last day of the longest cycle",
        ),
        pytest.param({}, {"owed": np.array([5.0, 0.0, 1.0, 0.0])}, [35, 10, 21], id="what is owed goes too"),
        pytest.param({"whole": np.array([True, False, False])}, {}, [0, 10, 20], id="whole units are left"),
        pytest.param({"grain": np.array([25.0, 1e-6])}, {}, [30, 10, 0], id="grains stay"),
    ],
)
def test_each_limit_cuts_alike_all_that_share_it(
    of: dict[str, object], on: dict[str, object], wanted: list[float]
) -> None:
    assert sent(network(**of), ground(**on)).tolist() == pytest.approx(wanted)


def test_what_could_not_go_is_owed() -> None:
    on = ground(lane_left=np.array([10.0, np.inf]))
    sent(network(), on)
    assert on.owed.tolist() == pytest.approx([24.0, 8.0, 0.0, 0.0])
    assert on.lane_left.tolist() == pytest.approx([0.0, np.inf])


def test_gates_and_stores_remember_what_is_on_the_way() -> None:
    on = ground(throughput_left=gates(1, 100.0))
    sent(network(), on)
    assert on.throughput_left[1, 1] == pytest.approx(75.0)
