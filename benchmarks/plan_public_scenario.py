"""A patient distribution instance (PDS) as a scenario of ours, exactly; for `plan_public.py`.

PDS sends eleven kinds of patients through one network whose nodes are places on days already: balance rows for each kind and
node, joint limits of kinds on an arc, limits of one kind on an arc. In our words:

- a node is a location, a kind an item, an arc a lane. A node's *level* is its longest way from where patients come in;
  a lane is open on one day only, that of the level where it starts, and takes until the level where it ends. So an
  arc is used once, and its limit is a limit of that day.
- What leaves the source within a limit is a pledge where it arrives; what leaves it without one is an offer at its cost.
  What must reach the sink is a need there, due on the last day, at a price for going without above that of every way.
- A joint limit is the capacity of a lane that carries the classes of its kinds.
- A limit of one kind on an arc is the rate of a line at a gate, a location put into the arc: it turns the kind into its
  twin. Only twins may leave a gate, and where they arrive a line without limit turns them back.
- Two nodes that lead to each other share a level, and what leaves them leaves a day later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse import csgraph

from redball.scenario.scenario import Scenario
from redball.scenario.settings import Objective, Settings

HIGHS: Any = highspy.Highs  # its stubs know half of it

N_KINDS = 11
START = dt.date(2026, 1, 1)
CLASSES = ("I", "II")
"""Of kinds in one joint limit or another."""
TWIN_CLASS = "people"
WITHOUT_COST = 2e5
"""Currency for one patient who does not arrive: twice the dearest arc."""
SHORTAGE_DAY_COST = 1000.0
"""So that costs are neither tiny nor huge in shortage-days, in which the engines count."""

Ints = np.ndarray


@dataclass(frozen=True)
class Arcs:
    """The columns of an instance; source is node 0, sink is node 1."""

    kind: Ints
    from_node: Ints
    to_node: Ints
    cost: np.ndarray
    upper: np.ndarray
    joint: Ints
    """Joint limit of each arc; -1: none."""
    joint_limit: np.ndarray
    wanted: np.ndarray
    """(kinds,)"""
    first_gate: int
    """Nodes from this one on are gates."""

    @property
    def limited(self) -> np.ndarray:
        """(arcs,) whether the limit is one for its kind alone, and not at the source."""
        return np.asarray((self.from_node > 0) & (self.joint < 0) & np.isfinite(self.upper))


def arcs_of(path: str) -> Arcs:
    """Read an MPS file and find the network in it; stops where the file is not one."""
    highs = HIGHS()
    highs.setOptionValue("output_flag", False)
    if highs.readModel(path) != highspy.HighsStatus.kOk:
        raise SystemExit(f"HiGHS cannot read {path}")
    lp = highs.getLp()
    shape = lp.num_row_, lp.num_col_
    matrix = sparse.csc_array((lp.a_matrix_.value_, lp.a_matrix_.index_, lp.a_matrix_.start_), shape=shape)
    lower, upper = np.array(lp.row_lower_), np.array(lp.row_upper_)
    n_balance = int((lower == upper).sum())
    balance, joint = matrix[:n_balance].tocoo(), matrix[n_balance:].tocoo()
    ends = np.zeros((2, shape[1]), dtype=np.int64)
    for side, sign in enumerate((1.0, -1.0)):
        ends[side, balance.col[balance.data == sign]] = balance.row[balance.data == sign]
    n_nodes = n_balance // N_KINDS
    kind = ends[0] // n_nodes
    of_joint = np.full(shape[1], -1, dtype=np.int64)
    of_joint[joint.col] = joint.row
    supply = lower[:n_balance].reshape(N_KINDS, n_nodes)
    _demand(n_balance % N_KINDS == 0 and (lower[:n_balance] == upper[:n_balance]).all(), "balance rows first")
    _demand(len(balance.data) == 2 * shape[1] and set(balance.data) == {1.0, -1.0}, "two ends for each arc")
    _demand((kind == ends[1] // n_nodes).all(), "arcs of one kind each")
    _demand(len(set(joint.col)) == len(joint.col) and set(joint.data) == {1.0}, "one joint limit for an arc")
    _demand(not supply[:, 2:].any() and (supply[:, 0] == -supply[:, 1]).all(), "one source and one sink")
    _demand(not np.any(lp.col_lower_), "flows from nothing on")
    return Arcs(
        kind,
        ends[0] % n_nodes,
        ends[1] % n_nodes,
        np.array(lp.col_cost_),
        np.array(lp.col_upper_),
        of_joint,
        upper[n_balance:],
        supply[:, 0],
        n_nodes,
    )


def gated(arcs: Arcs) -> Arcs:
    """Put a gate into every arc that has a limit of one kind; the limit is that of the way on from the gate."""
    at = np.flatnonzero(arcs.limited)
    _, pair = np.unique(arcs.from_node[at] * arcs.first_gate + arcs.to_node[at], return_inverse=True)
    gate = arcs.first_gate + pair
    from_node = arcs.from_node.copy()
    from_node[at] = gate
    n = len(at)
    return replace(
        arcs,
        kind=np.r_[arcs.kind, arcs.kind[at]],
        from_node=np.r_[from_node, arcs.from_node[at]],
        to_node=np.r_[arcs.to_node, gate],
        cost=np.r_[arcs.cost, np.zeros(n)],
        upper=np.r_[arcs.upper, np.full(n, np.inf)],
        joint=np.r_[arcs.joint, np.full(n, -1)],
    )


def scenario_of(name: str, arcs: Arcs) -> Scenario:
    """State an instance in our tables."""
    arcs = gated(arcs)
    level, leaves = _levels(arcs)
    days = int(level.max()) + 1
    objective = Objective(
        shortage_day_cost=SHORTAGE_DAY_COST,
        priority_weights=(WITHOUT_COST * float(arcs.wanted.max()) / SHORTAGE_DAY_COST,) * 3,
        urgency=0.0,
        rationing="none",
    )
    classes = _classes(arcs)
    lanes, opens = _lanes(arcs, classes, level, leaves)
    tables = {
        "locations": pl.DataFrame({"location": _nodes(np.arange(1, len(level))), "kind": "hub"}),
        "items": _items(classes),
        "lanes": lanes,
        "closures": _closures(lanes["lane"], opens, days),
        **_from_source(arcs, level),
        **_lines(arcs),
        "needs": pl.DataFrame(
            {
                "need": [f"need-{k}" for k in range(N_KINDS)],
                "location": _nodes([1] * N_KINDS),
                "item": _kinds(range(N_KINDS)),
                "quantity": arcs.wanted,
                "due_date": START + dt.timedelta(days=days - 1),
                "priority": "1",
            }
        ),
    }
    return Scenario(Settings(name=name, start=START, days=days, objective=objective), tables)


def _nodes(nodes: Iterable[int]) -> list[str]:
    return [f"node-{k}" for k in nodes]


def _kinds(kinds: Iterable[int]) -> list[str]:
    return [f"kind-{k}" for k in kinds]


def _twins(kinds: Iterable[int]) -> list[str]:
    return [f"twin-{k}" for k in kinds]


def _lanes(arcs: Arcs, classes: list[str], level: Ints, leaves: Ints) -> tuple[pl.DataFrame, Ints]:
    """Return a lane for every arc, whatever kinds take it, and the day on which it is open."""
    way, joined = arcs.from_node > 0, arcs.joint >= 0
    limit = np.where(joined, arcs.joint_limit[arcs.joint], np.inf)
    _demand((arcs.upper[joined] >= limit[joined]).all(), "no limit of one kind below a joint one")
    _demand(not joined[~way].any(), "no joint limit at the source")
    frame = pl.DataFrame(
        {
            "from": arcs.from_node[way],
            "to": arcs.to_node[way],
            "cost": arcs.cost[way],
            "joint": arcs.joint[way],
            "limit": limit[way],
            "kind": arcs.kind[way],
        }
    )
    arc = frame.group_by("from", "to", "cost", "joint", "limit", maintain_order=True).agg("kind")
    begin, end = arc["from"].to_numpy(), arc["to"].to_numpy()
    inside = level[begin] == level[end]
    _demand((np.maximum(begin, end)[inside] < arcs.first_gate).all(), "no limit of one kind on a way round")
    opens = np.where(inside, level[begin], leaves[begin])
    lanes = pl.DataFrame(
        {
            "lane": [f"lane-{k}" for k in range(arc.height)],
            "from_location": _nodes(begin),
            "to_location": _nodes(end),
            "mode": "air",
            "transit_days": np.where(inside, 1, level[end] - opens),
            "capacity_t_per_day": arc.select(
                pl.when(pl.col("limit").is_finite()).then("limit").alias("capacity")
            )["capacity"],
            "cost_per_t": arc["cost"],
            "carries": [
                TWIN_CLASS if a >= arcs.first_gate else _carried(classes, kinds, b >= arcs.first_gate)
                for a, b, kinds in zip(begin, end, arc["kind"].to_list(), strict=True)
            ],
        }
    )
    return lanes, opens


def _demand(holds: bool | np.bool_, what: str) -> None:
    if not holds:
        raise SystemExit(f"this is no patient distribution instance: expected {what}")


def _levels(arcs: Arcs) -> tuple[Ints, Ints]:
    """Return for every node the day on which it is reached and the day on which it is left."""
    way = arcs.from_node > 0
    begin, end = arcs.from_node[way], arcs.to_node[way]
    n = int(max(arcs.from_node.max(), arcs.to_node.max())) + 1
    graph = sparse.coo_array((np.ones(len(begin)), (begin, end)), shape=(n, n))
    _, part = csgraph.connected_components(graph, connection="strong")
    stay = (np.bincount(part) > 1).astype(np.int64)[part]
    level = np.zeros(n, dtype=np.int64)
    across = part[begin] != part[end]
    while True:
        before = level.copy()
        np.maximum.at(level, end[across], level[begin[across]] + stay[begin[across]] + 1)
        of_part = np.zeros(n, dtype=np.int64)
        np.maximum.at(of_part, part, level)
        level = of_part[part]
        if np.array_equal(before, level):
            return level, level + stay


def _classes(arcs: Arcs) -> list[str]:
    """Return the class of each kind: kinds that share joint limits without all others are one class."""
    sets = {frozenset(arcs.kind[arcs.joint == k].tolist()) for k in range(len(arcs.joint_limit))}
    parts = sorted((sorted(kinds) for kinds in sets if len(kinds) < N_KINDS), key=lambda kinds: kinds[0])
    _demand(len(parts) == 2 and sorted(parts[0] + parts[1]) == list(range(N_KINDS)), "two classes of kinds")
    return [CLASSES[0] if kind in parts[0] else CLASSES[1] for kind in range(N_KINDS)]


def _carried(classes: list[str], kinds: list[int], to_gate: bool) -> str:
    """Return the classes that a lane carries; at a gate any kind may wait in vain, since only those with a line get on."""
    if to_gate:
        return " ".join(CLASSES)
    asked = {classes[kind] for kind in kinds}
    _demand(sorted(kinds) == [k for k in range(N_KINDS) if classes[k] in asked], "lanes for whole classes")
    return " ".join(sorted(asked))


def _items(classes: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "item": [*_kinds(range(N_KINDS)), *_twins(range(N_KINDS))],
            "supply_class": [*classes, *[TWIN_CLASS] * N_KINDS],
            "unit": "patient",
            "tonnes_per_unit": 1.0,
        }
    )


def _closures(lane: pl.Series, opens: Ints, days: int) -> pl.DataFrame:
    """Close every lane on all days but one."""
    before, after = np.flatnonzero(opens > 0), np.flatnonzero(opens < days - 1)
    first = [*[0] * len(before), *(opens[after] + 1)]
    last = [*(opens[before] - 1), *[days - 1] * len(after)]
    return pl.DataFrame(
        {
            "lane": lane.gather(np.r_[before, after]),
            "from_date": [START + dt.timedelta(days=int(day)) for day in first],
            "to_date": [START + dt.timedelta(days=int(day)) for day in last],
        }
    )


def _from_source(arcs: Arcs, level: Ints) -> dict[str, pl.DataFrame]:
    """Turn what leaves the source into pledges and offers; neither may come before the day of the node."""
    source = np.flatnonzero((arcs.from_node == 0) & (arcs.upper > 0))
    free, bounded = arcs.cost[source] == 0, np.isfinite(arcs.upper[source])
    _demand((free == bounded).all(), "limited arcs from the source for nothing, others at a cost")
    pledged, offered = source[free], source[~free]
    came = level[arcs.to_node[pledged]]
    return {
        "pledges": pl.DataFrame(
            {
                "pledge": [f"pledge-{k}" for k in pledged],
                "donor": "source",
                "location": _nodes(arcs.to_node[pledged]),
                "item": _kinds(arcs.kind[pledged]),
                "quantity": arcs.upper[pledged],
                "available_date": [START + dt.timedelta(days=int(day)) for day in came],
                "status": "committed",
            }
        ),
        "offers": pl.DataFrame(
            {
                "offer": [f"offer-{k}" for k in offered],
                "location": _nodes(arcs.to_node[offered]),
                "item": _kinds(arcs.kind[offered]),
                "quantity_max": arcs.wanted[arcs.kind[offered]],
                "unit_cost": arcs.cost[offered],
                "lead_days": level[arcs.to_node[offered]],
            }
        ),
    }


def _lines(arcs: Arcs) -> dict[str, pl.DataFrame]:
    """Turn limits of one kind into lines that make twins, and others that make kinds of them again."""
    at = np.flatnonzero(arcs.limited)
    back = pl.DataFrame({"kind": arcs.kind[at], "node": arcs.to_node[at]}).unique(maintain_order=True)
    lines = pl.DataFrame(
        {
            "line": [f"out-{k}" for k in at] + [f"back-{k}" for k in range(back.height)],
            "location": _nodes([*arcs.from_node[at], *back["node"]]),
            "item": [*_twins(arcs.kind[at]), *_kinds(back["kind"])],
            "rate_per_day": [*arcs.upper[at], *[float(arcs.wanted.max())] * back.height],
        }
    )
    inputs = [*_kinds(arcs.kind[at]), *_twins(back["kind"])]
    return {
        "production": lines,
        "recipes": pl.DataFrame({"line": lines["line"], "item": inputs, "quantity": 1.0}),
    }
