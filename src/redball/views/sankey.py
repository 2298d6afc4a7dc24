"""Who supplies what to where, as a Sankey diagram: donors left, items in the middle, destinations right.

Heights go with tonnes; every node has at least a line of text to itself, so that no two names overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from redball.core.wording import number
from redball.views.lettering import shortened, text_width

LINE_PX = 15.0
"""Least height that a node and its name take."""
GAP_PX = 5.0
BAR_PX = 10.0
DONORS_MAX, ITEMS_MAX, DESTINATIONS_MAX = 14, 12, 14
SIZE = 11.0
LABEL_MAX = 0.2
"""Most of the width that the names of an outer column take."""
COLUMNS = ("donor", "item", "destination")


@dataclass(frozen=True, slots=True)
class Node:
    """A donor, an item or a destination."""

    column: int
    key: str
    name: str
    label: str
    """The tonnes, as they stand beside the name."""
    x: float
    y: float
    height: float
    mark: str
    """Name of its colour."""
    label_y: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A flow between two nodes."""

    path: str
    mark: str
    title: str
    width: float


@dataclass(frozen=True, slots=True)
class Sankey:
    """The diagram, ready to be written as SVG."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    left: float
    """Room of the donors' names [px]."""
    right: float
    """Room of the destinations' names [px]."""


@dataclass(slots=True)
class _Slot:
    """A node while it is laid out."""

    key: str
    tonnes: float
    y: float = 0.0
    height: float = 0.0
    taken: float = 0.0
    given: float = 0.0


def sankey(
    flows: pl.DataFrame,
    names: Mapping[str, Mapping[str, str]],
    marks: Mapping[str, str],
    width: float,
    height_max: float = 560.0,
) -> Sankey:
    """Lay out the flows.

    Parameters
    ----------
    flows
        donor, item, destination, tonnes; as ``results.findings.supplies`` gives them.
    names
        For ``item`` and ``destination``: names by id. A donor is its own name.
    marks
        Colour of each item.
    width
        Width of the picture [px].
    """
    kept = _lumped(flows)
    columns = [_column(kept, column) for column in COLUMNS]
    # a quarter of the height, and a gap for each node, is set aside for nodes that are smaller than their names
    room = min(0.75 * height_max - (len(slots) - 1) * GAP_PX for slots in columns)
    scale = max(0.0, room) / (float(kept["tonnes"].sum()) or 1.0)
    height = max(_stack(slots, scale) for slots in columns)
    _settle(columns, kept, scale, height)
    sides = [_label_room(columns[k], names.get(COLUMNS[k], {}), LABEL_MAX * width) for k in (0, 2)]
    xs = (sides[0], (width - BAR_PX) / 2, width - sides[1] - BAR_PX)
    rooms = (sides[0], xs[2] - xs[1] - 2 * BAR_PX, sides[1])
    nodes = []
    for column, slots in enumerate(columns):
        for slot in slots:
            label = mass(slot.tonnes)
            name = names.get(COLUMNS[column], {}).get(slot.key, slot.key)
            thick = max(1.0, slot.tonnes * scale)
            nodes.append(
                Node(
                    column,
                    slot.key,
                    shortened(name, SIZE, rooms[column] - text_width(f" {label}", SIZE) - 8),
                    label,
                    xs[column],
                    round(slot.y, 1),
                    round(thick, 1),
                    marks.get(slot.key, "muted") if column == 1 else "muted",
                    round(slot.y + thick / 2, 1),
                )
            )
    ribbons = _ribbons(columns, kept, scale, xs, marks, names)
    return Sankey(width, round(height + 8), tuple(nodes), tuple(ribbons), sides[0], sides[1])


def mass(tonnes: float) -> str:
    """Say the tonnes of a node or a ribbon.

    >>> mass(1234.5), mass(3.21)
    ('1,234 t', '3.2 t')
    """
    return f"{number(round(tonnes, 1 if tonnes < 10 else 0))} t"


def _label_room(slots: list[_Slot], names: Mapping[str, str], most: float) -> float:
    """Return the room that the names of an outer column take [px]."""
    texts = (f"{names.get(slot.key, slot.key)} {mass(slot.tonnes)}" for slot in slots)
    return min(most, max((text_width(text, SIZE) for text in texts), default=0.0) + 10)


def _lumped(flows: pl.DataFrame) -> pl.DataFrame:
    """Return the flows with the small donors, items and destinations lumped together."""
    for column, most in zip(COLUMNS, (DONORS_MAX, ITEMS_MAX, DESTINATIONS_MAX), strict=True):
        sizes = (
            flows.group_by(column, maintain_order=True)
            .agg(pl.col("tonnes").sum().round(6))
            .sort(["tonnes", column], descending=[True, False])
        )
        if sizes.height > most:
            rest = sizes[column][most - 1 :].to_list()
            other = f"{len(rest)} others"
            flows = flows.with_columns(
                pl.when(pl.col(column).is_in(rest))
                .then(pl.lit(other))
                .otherwise(pl.col(column))
                .alias(column)
            )
    return (
        flows.group_by(*COLUMNS, maintain_order=True)
        .agg(pl.col("tonnes").sum().round(6))
        .filter(pl.col("tonnes") > 0)
        .sort(["tonnes", *COLUMNS], descending=[True, False, False, False])
    )


def _column(flows: pl.DataFrame, column: str) -> list[_Slot]:
    """Return the nodes of a column, the largest first and the lumped rest last."""
    sizes = flows.group_by(column, maintain_order=True).agg(pl.col("tonnes").sum().round(6))
    slots = [_Slot(str(key), float(tonnes)) for key, tonnes in sizes.iter_rows()]
    return sorted(slots, key=lambda slot: (slot.key.endswith(" others"), -slot.tonnes, slot.key))


def _stack(slots: list[_Slot], scale: float) -> float:
    """Place nodes one below the other, each with a line to itself; return the height of all."""
    y = 0.0
    for slot in slots:
        slot.height = max(LINE_PX, slot.tonnes * scale)
        slot.y = y
        y += slot.height + GAP_PX
    return y - GAP_PX


def _settle(columns: list[list[_Slot]], flows: pl.DataFrame, scale: float, height: float) -> None:
    """Order the outer columns by what they are tied to, and centre every column in the height."""
    for column, other in ((0, 1), (2, 1)):
        middle = {slot.key: slot.y + slot.height / 2 for slot in columns[other]}
        pull = {}
        for key, group in flows.group_by(COLUMNS[column], maintain_order=True):
            at = group[COLUMNS[other]].replace_strict(middle, return_dtype=pl.Float64)
            pull[str(key[0])] = float((at * group["tonnes"]).sum()) / float(group["tonnes"].sum())
        columns[column].sort(
            key=lambda slot: (slot.key.endswith(" others"), pull[slot.key], -slot.tonnes, slot.key)
        )
    for slots in columns:
        shift = (height - _stack(slots, scale)) / 2
        for slot in slots:
            # a small node stands in the middle of its line
            slot.y += shift + (slot.height - max(1.0, slot.tonnes * scale)) / 2


def _ribbons(
    columns: list[list[_Slot]],
    flows: pl.DataFrame,
    scale: float,
    xs: tuple[float, float, float],
    marks: Mapping[str, str],
    names: Mapping[str, Mapping[str, str]],
) -> list[Ribbon]:
    """Return the ribbons of both halves, in the order of the nodes they join so that they cross little."""
    found = []
    for left, right in ((0, 1), (1, 2)):
        a_name, b_name = COLUMNS[left], COLUMNS[right]
        sums = flows.group_by(a_name, b_name, maintain_order=True).agg(pl.col("tonnes").sum().round(6))
        a_slots = {slot.key: (order, slot) for order, slot in enumerate(columns[left])}
        b_slots = {slot.key: (order, slot) for order, slot in enumerate(columns[right])}
        rows = sorted(sums.iter_rows(), key=lambda row: (a_slots[row[0]][0], b_slots[row[1]][0]))
        starts = {}
        for a, b, tonnes in rows:
            slot = a_slots[a][1]
            starts[a, b] = slot.y + slot.given
            slot.given += tonnes * scale
        for a, b, tonnes in sorted(rows, key=lambda row: (b_slots[row[1]][0], a_slots[row[0]][0])):
            slot = b_slots[b][1]
            y0, y1, thick = starts[a, b], slot.y + slot.taken, max(0.4, tonnes * scale)
            slot.taken += tonnes * scale
            item = b if left == 0 else a
            said = [names.get(column, {}).get(key, key) for column, key in ((a_name, a), (b_name, b))]
            title = f"{said[0]} → {said[1]}: {mass(tonnes)}"
            path = _band(xs[left] + BAR_PX, y0, xs[right], y1, thick)
            found.append(Ribbon(path, marks.get(item, "muted"), title, thick))
    return sorted(found, key=lambda ribbon: -ribbon.width)


def _band(x0: float, y0: float, x1: float, y1: float, thick: float) -> str:
    """Return a band between two heights as path data."""
    bend = (x0 + x1) / 2
    top = f"M{x0:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return f"{top}v{thick:.1f}C{bend:.1f} {y1 + thick:.1f} {bend:.1f} {y0 + thick:.1f} {x0:.1f} {y0 + thick:.1f}Z"
