"""The map as the page needs it: drawings with their lanes and dots, and the data that the slider moves through."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from markupsafe import Markup

from redball.core.wording import count, day
from redball.results.findings import COVER_DAYS
from redball.results.plan import Plan
from redball.views.brief.words import Words, tonnes
from redball.views.chart_rows import classes
from redball.views.colours import CLASSES, MODE_DASHES
from redball.views.map_days import DOT_PX, DOT_PX_MIN, Days, Dot, days_of, dots
from redball.views.map_draw import LANES_MANY, LANES_MAX, MapDrawing, draw_maps
from redball.views.map_project import Floats

LANE_PX = (0.9, 4.2)
"""Width of the least and the most used lane."""

ITEMS_LISTED = 12
"""Items listed beside the map: those that move most."""

WORLD_DOTS = 0.55
"""How much smaller dots are on the map of the world."""

SYMBOLS: dict[str, tuple[str, bool]] = {
    "donor": ("M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z", False),
    "factory": ("M0-1.2L1.1,.8H-1.1Z", True),
    "market": ("M0,1.2L1.1-.8H-1.1Z", False),
    "port": ("M0-1.25L1.25,0L0,1.25L-1.25,0Z", False),
    "airport": ("M-.35-1.2H.35V-.35H1.2V.35H.35V1.2H-.35V.35H-1.2V-.35H-.35Z", True),
    "hub": ("M-1-1H1V1H-1Z", False),
    "crossing": ("M-1-.9H-.3V.9H-1ZM.3-.9H1V.9H.3Z", True),
    "depot": ("M-1-1H1V1H-1Z", True),
    "point": ("M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z", True),
    "training": ("M0-1.2L1.15-.35L.7,1H-.7L-1.15-.35Z", False),
}
"""Symbol of each kind of location: path about the origin, and whether it is filled."""


@dataclass(frozen=True)
class LaneShape:
    """A lane as SVG."""

    index: int
    path: str
    dash: str
    width: float
    title: str
    shown: bool


@dataclass(frozen=True)
class MapPicture:
    """One map with what moves on it."""

    drawing: MapDrawing
    lanes: tuple[LaneShape, ...]
    dots: tuple[Dot, ...]
    dot_scale: float
    label: str


@dataclass(frozen=True)
class MapView:
    """The section of the page about the map."""

    pictures: tuple[MapPicture, ...]
    day: int
    date: str
    in_transit: str
    by_item: tuple[tuple[int, str, str, str], ...]
    """Index, name, class and tonnes on the way of the items that move most."""
    counts: tuple[int, int, int]
    """Places that consume: short, low, covered."""
    worst: dict[str, int]
    title: str
    modes: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    n_lanes: int
    n_lanes_shown: int
    data: Markup


def map_view(plan: Plan, words: Words) -> MapView | None:
    """Return the map's section, or ``None`` where no location has coordinates."""
    drawings = draw_maps(plan)
    if not drawings:
        return None
    days = days_of(plan)
    now = days.busiest
    shown = len(days.lanes) if len(days.lanes) <= LANES_MANY else LANES_MAX
    worst = days.worst(now)
    states = list(worst.values())
    counts = (states.count(3), states.count(2), states.count(1))
    date = day(plan.scenario.horizon.date(now))
    on_way = tonnes(float(days.in_transit[now]))
    title = f"{on_way} are on the way on {date}, the busiest day; {_stand(counts)}"
    rows = {lane: (mode, dash) for lane, mode, dash in _modes(plan)}
    pictures = tuple(
        MapPicture(
            drawing,
            _lane_shapes(drawing, days, words, shown),
            dots(days, now, drawing.lanes, range(shown)),
            WORLD_DOTS if drawing.key == "world" else 1.0,
            f"Map of {'the world' if drawing.key == 'world' else 'the theatre'}. {title}.",
        )
        for drawing in drawings
    )
    used = {rows[lane] for lane in days.lanes if lane in rows}
    kinds = {place.kind for drawing in drawings for place in drawing.places if not place.consumes}
    moving = days.moves["item"].unique().to_list()
    item_class = classes(plan)
    return MapView(
        pictures=pictures,
        day=now,
        date=date,
        in_transit=on_way,
        by_item=_by_item(days, now, words, moving),
        counts=counts,
        worst=worst,
        title=title,
        modes=tuple(sorted(used, key=lambda pair: list(MODE_DASHES).index(pair[0]))),
        kinds=tuple(kind for kind in SYMBOLS if kind in kinds),
        classes=tuple(key for key in CLASSES if key in {item_class[days.items[k]] for k in moving}),
        n_lanes=len(days.lanes),
        n_lanes_shown=shown,
        data=_data(plan, days, drawings, words, shown),
    )


def _modes(plan: Plan) -> list[tuple[str, str, str]]:
    rows = plan.scenario.table("lanes").select("lane", "mode").iter_rows()
    return [(lane, mode, MODE_DASHES[mode]) for lane, mode in rows]


def _stand(counts: tuple[int, int, int]) -> str:
    """Say how the places that consume stand."""
    dry, total = counts[0], sum(counts)
    return f"{dry} of {count(total, 'place')} that consume {'is' if dry == 1 else 'are'} short of something"


def _by_item(days: Days, now: int, words: Words, moving: list[int]) -> tuple[tuple[int, str, str, str], ...]:
    """Return the tonnes on the way of the items that move most, the largest in all first."""
    sums = days.on_the_way(now).group_by("item", maintain_order=True).agg(pl.col("tonnes").sum().round(6))
    at = dict(sums.iter_rows())
    in_all = dict(
        days.moves.group_by("item", maintain_order=True).agg(pl.col("tonnes").sum().round(6)).iter_rows()
    )
    order = sorted(moving, key=lambda k: (-in_all[k], k))
    return tuple(
        (k, words.items[days.items[k]], words.classes[days.items[k]], tonnes(at.get(k, 0.0)))
        for k in order[:ITEMS_LISTED]
    )


def _lane_shapes(drawing: MapDrawing, days: Days, words: Words, shown: int) -> tuple[LaneShape, ...]:
    """Return the used lanes of one map, the busiest on top."""
    most = float(days.lane_tonnes.max()) if len(days.lane_tonnes) else 1.0
    modes = {lane: line.mode for lane, line in drawing.lanes.items()}
    found = []
    for index, lane in enumerate(days.lanes):
        line = drawing.lanes.get(lane)
        if line is None or not line.seen:
            continue
        share = float(np.sqrt(days.lane_tonnes[index] / most))
        width = round(LANE_PX[0] + share * (LANE_PX[1] - LANE_PX[0]), 1)
        title = f"{words.lanes[lane]}: {tonnes(float(days.lane_tonnes[index]))} in all"
        found.append(
            LaneShape(index, _polyline(line.points), MODE_DASHES[modes[lane]], width, title, index < shown)
        )
    return tuple(reversed(found))


def _polyline(points: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def _data(plan: Plan, days: Days, drawings: tuple[MapDrawing, ...], words: Words, shown: int) -> Markup:
    """Return what the slider needs, as JSON that no text in it can end."""
    places = plan.scenario.table("locations")["location"].to_list()
    index = {location: k for k, location in enumerate(places)}
    item_at = {item: k for k, item in enumerate(days.items)}
    moves = days.moves.with_columns(pl.col("tonnes").round(2))
    data: dict[str, Any] = {
        "start": plan.scenario.horizon.start.isoformat(),
        "days": plan.scenario.horizon.days,
        "shown": shown,
        "lanesMax": LANES_MAX,
        "dot": [DOT_PX_MIN, DOT_PX, round(days.tonnes_max, 3)],
        "items": [
            {
                "name": words.items[item],
                "class": words.classes[item],
                "shape": CLASSES[words.classes[item]].shape,
            }
            for item in days.items
        ],
        "moves": [moves[name].to_list() for name in ("lane", "item", "depart", "days", "tonnes")],
        "maps": {
            drawing.key: {
                str(k): np.round(drawing.lanes[lane].points, 1).ravel().tolist()
                for k, lane in enumerate(days.lanes)
                if lane in drawing.lanes and drawing.lanes[lane].seen
            }
            for drawing in drawings
        },
        "pairs": [[index[location], item_at[item]] for location, item in days.pairs.iter_rows()],
        "states": ["".join(map(str, row)) for row in days.states.tolist()],
        "cover": COVER_DAYS,
    }
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
