"""The map as a drawing: what stands where, before it becomes SVG.

A scenario that spans the world gets two maps: the theatre, which holds the points of demand and what lies within
`THEATRE_KM` of their middle, and the world for what lies beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.results.plan import Plan
from redball.views.map_borders import Borders, borders
from redball.views.map_labels import MIDDLE_SPOTS, Box, Name, PlacedName, place
from redball.views.map_lanes import LaneLine, at_share, lane_lines
from redball.views.map_project import EqualEarth, Flags, Floats, Frame, Lambert, distance_km, fit, middle

WIDTH = 840.0
HEIGHTS = (360.0, 600.0)
WORLD_HEIGHTS = (150.0, 230.0)
THEATRE_KM = 3600.0
WIDE_KM = 4500.0
"""A scenario no wider than this from its middle needs no second map."""

EDGE_SHARE, EDGE_GAIN = 0.2, 0.06
"""The theatre gives up to this share of its places away, each only if the rest grow by this much."""

LANES_MAX = 40
"""So many lanes are drawn at once where a plan uses more than `LANES_MANY`: the busiest."""
LANES_MANY = 60

RANKS = ("point", "depot", "hub", "port", "airport", "factory", "training", "market", "crossing", "donor")
"""Kinds of location in the order in which their names get room."""

RADIUS = {"point": 6.0, "depot": 4.5, "hub": 4.0, "port": 3.6, "airport": 3.6, "factory": 3.8}
RADIUS_ELSE = 3.0
COUNTRY_SIZE = 9.0


@dataclass(frozen=True, slots=True)
class Place:
    """A location on a map."""

    location: str
    name: str
    kind: str
    owner: str
    x: float
    y: float
    radius: float
    consumes: bool


@dataclass(frozen=True)
class MapDrawing:
    """One map, ready to be written as SVG."""

    key: str
    frame: Frame
    world: Borders
    places: tuple[Place, ...]
    names: tuple[PlacedName, ...]
    countries: tuple[PlacedName, ...]
    lanes: dict[str, LaneLine]


def draw_maps(plan: Plan) -> tuple[MapDrawing, ...]:
    """Return the maps of a plan: none without coordinates, one, or theatre and world."""
    located = _located(plan)
    if not located.height:
        return ()
    latitude, longitude = located["latitude"].to_numpy(), located["longitude"].to_numpy()
    centre = middle(latitude, longitude)
    if distance_km(latitude, longitude, *centre).max() <= WIDE_KM:
        return (_theatre(plan, located, located),)
    of_demand = located.filter(pl.col("consumes"))
    core = of_demand if of_demand.height else located
    centre = middle(core["latitude"].to_numpy(), core["longitude"].to_numpy())
    near = _core(distance_km(latitude, longitude, *centre) <= THEATRE_KM, located, centre)
    world = _world(plan, located, far=pl.Series(~near))
    if near.mean() < 0.5:
        return (world,)
    return (_theatre(plan, located.filter(pl.Series(near)), located), world)


def _located(plan: Plan) -> pl.DataFrame:
    """Return the locations with coordinates that the plan or a lane touches, the most important first."""
    table = plan.scenario.table
    asking = pl.concat([table("consumption").select("location"), table("needs").select("location")])[
        "location"
    ]
    rank = {kind: order for order, kind in enumerate(RANKS)}
    return (
        table("locations")
        .filter(pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null())
        .with_columns(pl.col("location").is_in(asking.unique().to_list()).alias("consumes"))
        .sort(~pl.col("consumes"), pl.col("kind").replace_strict(rank, default=99), "name")
    )


def _core(near: Flags, located: pl.DataFrame, centre: tuple[float, float]) -> Flags:
    """Return which places the theatre holds: without the few at its edge that cost the rest most of their scale.

    A place that consumes always stays; what goes is on the map of the world.
    """
    x, y = Lambert(*centre).plane(located["latitude"].to_numpy(), located["longitude"].to_numpy())
    kept, fixed = near.copy(), located["consumes"].to_numpy()

    def scale(of: Flags) -> float:
        return float(min(WIDTH / np.ptp(x[of]), HEIGHTS[1] / np.ptp(y[of])))

    while kept.sum() > max(3, (1 - EDGE_SHARE) * near.sum()):
        now = scale(kept)
        at_edge = {
            int(np.flatnonzero(kept)[pick(of[kept])]) for of in (x, y) for pick in (np.argmin, np.argmax)
        }
        gains = {
            k: scale(kept & (np.arange(len(kept)) != k)) / now - 1 for k in sorted(at_edge) if not fixed[k]
        }
        best = max(gains, key=lambda k: gains[k], default=None)
        if best is None or gains[best] < EDGE_GAIN:
            break
        kept[best] = False
    return kept


def _theatre(plan: Plan, near: pl.DataFrame, located: pl.DataFrame) -> MapDrawing:
    """Return the map of the theatre; lanes run out of it towards what lies beyond."""
    latitude, longitude = near["latitude"].to_numpy(), near["longitude"].to_numpy()
    frame = fit(Lambert(*middle(latitude, longitude)), latitude, longitude, WIDTH, HEIGHTS, 38)
    places = _places(near, frame)
    lanes = _lanes(plan, located, frame)
    names = _name(places, lanes, frame, 11.5)
    world = borders(frame)
    return MapDrawing(
        "theatre", frame, world, places, names, _country_names(world, places, names, lanes, frame), lanes
    )


def _world(plan: Plan, located: pl.DataFrame, far: pl.Series) -> MapDrawing:
    """Return the map of the world; only what lies far from the theatre is named."""
    frame = fit(
        EqualEarth(),
        located["latitude"].to_numpy(),
        located["longitude"].to_numpy(),
        WIDTH,
        WORLD_HEIGHTS,
        34,
    )
    places = _places(located, frame, small=True)
    distant = set(located.filter(far)["location"])
    lanes = _lanes(plan, located, frame)
    names = _name(tuple(place for place in places if place.location in distant), lanes, frame, 10.5)
    return MapDrawing("world", frame, borders(frame, with_names=False, step=1.3), places, names, (), lanes)


def _lanes(plan: Plan, located: pl.DataFrame, frame: Frame) -> dict[str, LaneLine]:
    """Return the lines of the lanes."""
    rows = located.select("location", "latitude", "longitude").iter_rows()
    return lane_lines(plan.scenario.table("lanes"), {key: (lat, lon) for key, lat, lon in rows}, frame)


def _places(located: pl.DataFrame, frame: Frame, small: bool = False) -> tuple[Place, ...]:
    """Return the locations with their pixels."""
    xy = frame.xy(located["latitude"].to_numpy(), located["longitude"].to_numpy())
    rows = located.select("location", "name", "kind", "owner", "consumes").iter_rows()
    return tuple(
        Place(
            location,
            name,
            kind,
            owner or "",
            round(float(x), 1),
            round(float(y), 1),
            2.2 if small else 6.0 if consumes else RADIUS.get(kind, RADIUS_ELSE),
            consumes,
        )
        for (location, name, kind, owner, consumes), (x, y) in zip(rows, xy, strict=True)
    )


def _name(
    places: tuple[Place, ...], lanes: dict[str, LaneLine], frame: Frame, size: float
) -> tuple[PlacedName, ...]:
    """Return the names of the locations that have room, none twice."""
    symbols: list[Box] = [(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in places]
    wanted, said = [], set()
    for p in places:
        text = p.name.removesuffix(" Airport").removesuffix(" Air Base")
        near = (text, round(p.x / 40), round(p.y / 40))
        if near not in said:
            said.add(near)
            wanted.append(
                Name(p.location, text, p.x, p.y, p.radius, size if p.consumes else size - 1, p.consumes)
            )
    return place(wanted, symbols, _points(lanes), frame.width, frame.height)


def _points(lanes: dict[str, LaneLine]) -> Floats:
    """Return points on all lanes that show, close enough for a name to notice them."""
    shares = np.linspace(0, 1, 60)
    points = [at_share(line.points, shares) for line in lanes.values() if line.seen]
    return np.concatenate(points or [np.zeros((0, 2))])


def _country_names(
    world: Borders,
    places: tuple[Place, ...],
    names: tuple[PlacedName, ...],
    lanes: dict[str, LaneLine],
    frame: Frame,
) -> tuple[PlacedName, ...]:
    """Return the countries' names where neither a location nor its name stands in the way."""
    taken: list[Box] = [(p.x - p.radius, p.y - p.radius, p.x + p.radius, p.y + p.radius) for p in places]
    taken += [placed.box for placed in names]
    wanted = [
        Name(name, name.upper(), x, y, 0.0, COUNTRY_SIZE) for name, x, y, room in world.countries if room > 11
    ]
    return place(wanted, taken, _points(lanes), frame.width, frame.height, MIDDLE_SPOTS)
