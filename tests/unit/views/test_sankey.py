"""A Sankey diagram keeps its tonnes, and no two of its names overlap."""

from __future__ import annotations

import itertools

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from redball.views.sankey import DONORS_MAX, LINE_PX, sankey

flows = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 8), st.integers(0, 20), st.floats(0.01, 10_000)),
    min_size=1,
    max_size=120,
    unique_by=lambda flow: flow[:3],
)


def frame(rows: list[tuple[int, int, int, float]]) -> pl.DataFrame:
    named = [(f"donor {d}", f"item {i}", f"place {p}", t) for d, i, p, t in rows]
    return pl.DataFrame(named, schema=["donor", "item", "destination", "tonnes"], orient="row")


@settings(deadline=None, max_examples=40)
@given(flows, st.sampled_from([690.0, 1136.0]))
def test_every_column_carries_all_tonnes_and_each_name_has_a_line(
    rows: list[tuple[int, int, int, float]], width: float
) -> None:
    made = sankey(frame(rows), {}, {}, width)
    for column in range(3):
        nodes = sorted((node for node in made.nodes if node.column == column), key=lambda node: node.label_y)
        assert len(nodes) <= DONORS_MAX
        assert all(b.label_y - a.label_y >= LINE_PX - 0.2 for a, b in itertools.pairwise(nodes))
        assert all(node.y >= 0 and node.y + node.height <= made.height for node in nodes)
    heights = [sum(node.height for node in made.nodes if node.column == column) for column in range(3)]
    # heights go with tonnes; nodes under a pixel are drawn one pixel high
    assert max(heights) - min(heights) <= 30


def test_a_ribbon_says_who_what_and_how_much() -> None:
    rows = frame([(1, 2, 3, 40.0), (1, 2, 4, 2.0)])
    made = sankey(rows, {"item": {"item 2": "Diesel"}}, {"item 2": "class-III"}, 700)
    assert {ribbon.title for ribbon in made.ribbons} == {
        "donor 1 → Diesel: 42 t",
        "Diesel → place 3: 40 t",
        "Diesel → place 4: 2 t",
    }
    assert {ribbon.mark for ribbon in made.ribbons} == {"class-III"}


def test_the_small_are_lumped_together() -> None:
    made = sankey(frame([(d, 0, 0, float(d + 1)) for d in range(20)]), {}, {}, 1136)
    donors = [node.key for node in made.nodes if node.column == 0]
    assert len(donors) == DONORS_MAX
    assert donors[-1] == "7 others"
