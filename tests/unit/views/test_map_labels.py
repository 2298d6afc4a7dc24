"""Names on a map never touch each other nor a symbol."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from redball.views.map_labels import Name, overlap, place

NO_LINES = np.zeros((0, 2))


def name(key: str, x: float, y: float) -> Name:
    return Name(key, f"Place {key}", x, y, 4.0, 11.0)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), max_size=40))
def test_no_two_names_touch(points: list[tuple[float, float]]) -> None:
    names = [name(str(k), x, y) for k, (x, y) in enumerate(points)]
    symbols = [(n.x - 4, n.y - 4, n.x + 4, n.y + 4) for n in names]
    placed = place(names, symbols, NO_LINES, 300, 200)
    boxes = [entry.box for entry in placed]
    assert all(overlap(a, b) == 0 for a, b in itertools.combinations(boxes, 2))
    assert all(overlap(a, b) == 0 for a in boxes for b in symbols)
    assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= 300 and box[3] <= 200 for box in boxes)


def test_the_first_name_gets_its_place_when_only_one_fits() -> None:
    placed = place([name("first", 8, 10), name("later", 8, 10)], [], NO_LINES, 75, 20)
    assert [entry.name.key for entry in placed] == ["first"]


def test_a_name_goes_where_no_lane_runs() -> None:
    right = np.stack([np.linspace(105, 160, 30), np.full(30, 100.0)], axis=1)
    (placed,) = place([name("a", 100, 100)], [], right, 300, 200)
    assert placed.anchor == "end"
