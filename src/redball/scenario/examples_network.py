"""The map of generated networks: where the locations of each tier lie, and which lanes join them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.core.errors import InputError
from redball.scenario.examples_supply import CROSSINGS, DEPOTS, HUBS, POINTS, SOURCES, Numbers, Whole

SHARES = (0.15, 0.15, 0.10, 0.20)
"""Share of the locations in each tier; points are the rest."""
KINDS = (("donor", "factory", "market"), ("port", "hub", "airport"), ("crossing",), ("depot",), ("point",))
LONGITUDES = ((-9.0, 12.0), (14.0, 20.0), (22.0, 24.0), (25.0, 31.0), (31.0, 38.0))
LATITUDES = (45.0, 55.0)

STEPS = ((SOURCES, HUBS), (HUBS, CROSSINGS), (CROSSINGS, DEPOTS), (DEPOTS, POINTS), (DEPOTS, DEPOTS))
STEP_SHARES = (0.20, 0.20, 0.22, 0.31, 0.07)
"""How the lanes beyond the spanning ones are spread over the steps."""
STEP_SLACK = (1.6, 1.25, 1.3, 1.3, 0.2)
"""Capacity of a whole step over the demand that passes it."""
STEP_MODES = (("sea", "rail"), ("rail", "road"), ("rail", "road"), ("road", "rail"), ("road", "rail"))
MODE_KM_PER_DAY = {"road": 450.0, "rail": 350.0, "sea": 500.0, "air": 4000.0}
MODE_COST_PER_T_KM = {"road": 0.12, "rail": 0.05, "sea": 0.02, "air": 1.5}


@dataclass(frozen=True)
class Network:
    """Locations and lanes as arrays; lanes name locations by index."""

    names: np.ndarray
    kinds: np.ndarray
    tiers: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    lane_from: Whole
    lane_to: Whole
    lane_step: Whole
    lane_mode: np.ndarray
    lane_km: Numbers

    def tier(self, tier: int) -> Whole:
        """Return the indices of the locations in one tier."""
        return np.flatnonzero(self.tiers == tier)


def network_of(rng: np.random.Generator, n_locations: int, n_lanes: int) -> Network:
    """Place the locations, tier by tier from west to east, and join them by lanes."""
    counts = [max(1, round(share * n_locations)) for share in SHARES]
    counts[SOURCES] = max(3, counts[SOURCES])
    counts.append(n_locations - sum(counts))
    tiers = np.repeat(np.arange(5), counts)
    first = np.concatenate([[0], np.cumsum(counts)])
    kinds = np.concatenate([np.resize(KINDS[tier], counts[tier]) for tier in range(5)])
    width = len(str(max(counts)))
    numbers = np.arange(n_locations) - first[tiers] + 1
    names = np.array([f"{kind}-{number:0{width}d}" for kind, number in zip(kinds, numbers, strict=True)])
    # north to south within a tier, so that neighbours in the list are neighbours on the map
    latitude = np.concatenate([np.sort(rng.uniform(*LATITUDES, count))[::-1] for count in counts]).round(3)
    low, high = np.array(LONGITUDES)[tiers].T
    longitude = rng.uniform(low, high).round(3)
    lane_from, lane_to, step, variant = _pairs(rng, counts, first, latitude, longitude, n_lanes)
    km = distance_km(latitude, longitude, lane_from, lane_to)
    mode = np.array(STEP_MODES)[step, variant]
    by_air = (step == 0) & np.char.startswith(names[lane_to], "airport")
    mode = np.where(by_air & (variant == 0), "air", mode)
    return Network(names, kinds, tiers, latitude, longitude, lane_from, lane_to, step, mode, km)


def distance_km(latitude: Numbers, longitude: Numbers, a: Whole, b: Whole) -> Numbers:
    """Distance on a flat map around 50 degrees north; near enough for an invented network."""
    return np.hypot((latitude[a] - latitude[b]) * 111.2, (longitude[a] - longitude[b]) * 71.5)


def _pairs(
    rng: np.random.Generator,
    counts: list[int],
    first: Whole,
    latitude: Numbers,
    longitude: Numbers,
    n_lanes: int,
) -> tuple[Whole, Whole, Whole, Whole]:
    """Choose lanes: a spanning set first, then near pairs more often; returns from, to, step and variant of mode."""
    spanning, others = [], []
    for step, (a, b) in enumerate(STEPS):
        na, nb = counts[a], counts[b]
        i, j = (grid.ravel() for grid in np.meshgrid(np.arange(na), np.arange(nb), indexing="ij"))
        keep = (i != j) if a == b else np.ones(i.size, bool)
        pairs = np.column_stack([first[a] + i, first[b] + j, np.full(i.size, step)])[keep]
        chosen = np.zeros(len(pairs), bool)
        if a != b:
            # every location gets a way in and a way out, by rank from north to south
            longer = np.arange(max(na, nb))
            chosen[(longer * na // longer.size) * nb + longer * nb // longer.size] = True
            spanning.append(np.column_stack([pairs[chosen], np.zeros(chosen.sum(), int)]))
        for variant in (0, 1):
            free = pairs[~chosen] if variant == 0 else pairs
            others.append(np.column_stack([free, np.full(len(free), variant)]))
    base, rest = np.concatenate(spanning), np.concatenate(others)
    extra = n_lanes - len(base)
    if not 0 <= extra <= len(rest):
        raise InputError(
            f"{n_lanes} lanes cannot connect {sum(counts)} locations",
            where="hub_and_spoke",
            remedy=f"Give {len(base)} to {len(base) + len(rest)} lanes.",
        )
    near = np.exp(-distance_km(latitude, longitude, rest[:, 0], rest[:, 1]) / 250.0) + 1e-6
    by_step = np.bincount(rest[:, 2], near, minlength=len(STEPS))
    chance = near * np.array(STEP_SHARES)[rest[:, 2]] / by_step[rest[:, 2]]
    picked = rng.choice(len(rest), extra, replace=False, p=chance / chance.sum())
    lanes = np.concatenate([base, rest[np.sort(picked)]])
    lanes = lanes[np.lexsort((lanes[:, 3], lanes[:, 1], lanes[:, 0]))]
    return lanes[:, 0], lanes[:, 1], lanes[:, 2], lanes[:, 3]
