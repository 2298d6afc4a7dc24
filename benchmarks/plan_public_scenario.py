"""A patient distribution instance (PDS) as a scenario of ours, exactly; for `plan_public.py`.

PDS sends eleven kinds of patients through one network whose nodes are places on days already: balance rows for each kind and
node, joint limits of kinds on an arc, limits of one kind on an arc. In our words:

- a node is a location, a kind an item, an arc a lane. A node's *level* is its longest way from where patients come in;
  a lane is open on one day only, that of the level where it starts, and takes until the level where it ends. So an
  arc is used once, and its limit is a limit of that day.
- What leaves the source within a limit is a pledge where it arrives; what leaves it without one is an offer at its cost.
  What must reach the sink is a need there, due on the last day, at a price for going without above that of every way.
- A joint limit is the capacity of a lane that carries the classes of its kinds.
- A limit of one kind is the rate of a line at the lane's start, which turns the kind into its twin; only twins may board
  the lane, and where it ends a line without limit turns them back.
- Two nodes that lead to each other share a level, and what leaves them leaves a day later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import highspy
import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse import csgraph

from redball.scenario.scenario import Scenario
from redball.scenario.settings import Objective, Settings

N_KINDS = 11
START = dt.date(2026, 1, 1)
CLASSES = ("I", "II", "III", "IV")
"""Of kinds in one joint limit or another, and of their twins."""
WITHOUT_COST = 1e6
"""Currency for one patient who does not arrive: ten times the dearest arc."""
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


def arcs_of(path: str) -> Arcs:
    """Read an MPS file and find the network in it; stops where the file is not one."""
    highs = highspy.Highs()
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
    )


def scenario_of(name: str, arcs: Arcs) -> Scenario:
    """State an instance in our tables."""
    node, level, leaves = _levels(arcs)
    days = int(level.max()) + 1
    classes = _classes(arcs)
    way = arcs.from_node > 0
    limited = way & (arcs.joint < 0) & np.isfinite(arcs.upper)
    single = np.where(arcs.joint >= 0, arcs.joint_limit[arcs.joint], np.inf)
    _demand(
        (arcs.upper[arcs.joint >= 0] >= single[arcs.joint >= 0]).all(), "joint limits not above single ones"
    )
    _demand((arcs.joint[~way] < 0).all(), "no joint limit at the source")

    frame = pl.DataFrame(
        {
            "kind": arcs.kind[way],
            "from": arcs.from_node[way],
            "to": arcs.to_node[way],
            "cost": arcs.cost[way],
            "joint": arcs.joint[way],
            "limited": limited[way],
            "limit": np.where(limited, arcs.upper, single)[way],
        }
    )
    grouped = (
        frame.group_by("from", "to", "cost", "joint", "limited", maintain_order=True)
        .agg(pl.col("kind"), pl.col("limit").max())
        .with_row_index("lane")
    )
    carries = [
        _carried(classes, kinds, limited)
        for kinds, limited in zip(grouped["kind"].to_list(), grouped["limited"].to_list(), strict=True)
    ]
    begin, end = grouped["from"].to_numpy(), grouped["to"].to_numpy()
    joined = grouped["joint"].to_numpy() >= 0
    inside = level[begin] == level[end]
    opens = np.where(inside, level[begin], leaves[begin])
    lanes = pl.DataFrame(
        {
            "lane": [f"lane-{k}" for k in grouped["lane"]],
            "from_location": [f"node-{k}" for k in begin],
            "to_location": [f"node-{k}" for k in end],
            "mode": "air",
            "transit_days": np.where(inside, 1, level[end] - opens),
            "capacity_t_per_day": pl.Series(
                [x if flag else None for x, flag in zip(grouped["limit"], joined, strict=True)],
                dtype=pl.Float64,
            ),
            "cost_per_t": grouped["cost"],
            "carries": carries,
        }
    )
    tables = {
        "locations": pl.DataFrame({"location": [f"node-{k}" for k in node], "kind": "hub"}),
        "items": _items(classes),
        "lanes": lanes,
        "closures": _closures(lanes["lane"], opens, days),
        **_from_source(arcs),
        **_lines(arcs, limited),
        "needs": pl.DataFrame(
            {
                "need": [f"need-{k}" for k in range(N_KINDS)],
                "location": "node-1",
                "item": [f"kind-{k}" for k in range(N_KINDS)],
                "quantity": arcs.wanted,
                "due_date": START + dt.timedelta(days=days - 1),
                "priority": "1",
            }
        ),
    }
    weight = WITHOUT_COST * float(arcs.wanted.max()) / SHORTAGE_DAY_COST
    objective = Objective(
        shortage_day_cost=SHORTAGE_DAY_COST,
        priority_weights=(weight, weight, weight),
        urgency=0.0,
        rationing="none",
    )
    return Scenario(Settings(name=name, start=START, days=days, objective=objective), tables)


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"this is no patient distribution instance: expected {what}")


def _levels(arcs: Arcs) -> tuple[Ints, Ints, Ints]:
    """Return the nodes after the source, and for every node the day on which it is reached and the day it is left."""
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
            return np.arange(1, n), level, level + stay


def _classes(arcs: Arcs) -> list[str]:
    """Return the class of each kind: kinds that share joint limits without all others are one class."""
    sets = {frozenset(arcs.kind[arcs.joint == k].tolist()) for k in range(len(arcs.joint_limit))}
    parts = sorted((sorted(kinds) for kinds in sets if len(kinds) < N_KINDS), key=lambda kinds: kinds[0])
    _demand(sorted(sum(parts, [])) == list(range(N_KINDS)) and len(parts) == 2, "two classes of kinds")
    return [CLASSES[0] if kind in parts[0] else CLASSES[1] for kind in range(N_KINDS)]


def _carried(classes: list[str], kinds: list[int], limited: bool) -> str:
    """Return what a lane carries; lanes for twins may name too many: only kinds with a line have twins there."""
    if limited:
        return " ".join(CLASSES[2:])
    asked = {classes[kind] for kind in kinds}
    _demand(sorted(kinds) == [k for k in range(N_KINDS) if classes[k] in asked], "lanes for whole classes")
    return " ".join(sorted(asked))


def _items(classes: list[str]) -> pl.DataFrame:
    twins = [CLASSES[2 + CLASSES.index(name)] for name in classes]
    names = [f"{what}-{k}" for what in ("kind", "twin") for k in range(N_KINDS)]
    return pl.DataFrame(
        {"item": names, "supply_class": [*classes, *twins], "unit": "patient", "tonnes_per_unit": 1.0}
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


def _from_source(arcs: Arcs) -> dict[str, pl.DataFrame]:
    """Turn what leaves the source into pledges and offers."""
    source = np.flatnonzero((arcs.from_node == 0) & (arcs.upper > 0))
    free, bounded = arcs.cost[source] == 0, np.isfinite(arcs.upper[source])
    _demand(bool((free == bounded).all()), "limited arcs from the source for nothing, others at a cost")
    pledged, offered = source[free], source[~free]
    return {
        "pledges": pl.DataFrame(
            {
                "pledge": [f"pledge-{k}" for k in pledged],
                "donor": "source",
                "location": [f"node-{k}" for k in arcs.to_node[pledged]],
                "item": [f"kind-{k}" for k in arcs.kind[pledged]],
                "quantity": arcs.upper[pledged],
                "available_date": START,
                "status": "committed",
            }
        ),
        "offers": pl.DataFrame(
            {
                "offer": [f"offer-{k}" for k in offered],
                "location": [f"node-{k}" for k in arcs.to_node[offered]],
                "item": [f"kind-{k}" for k in arcs.kind[offered]],
                "quantity_max": arcs.wanted[arcs.kind[offered]],
                "unit_cost": arcs.cost[offered],
                "lead_days": 0,
            }
        ),
    }


def _lines(arcs: Arcs, limited: np.ndarray) -> dict[str, pl.DataFrame]:
    """Turn limits of one kind into lines that make twins, and others that make kinds of them again."""
    at = np.flatnonzero(limited)
    alone = np.unique(arcs.from_node[at])
    others = np.isin(arcs.from_node, alone) & ~limited
    _demand(not others.any(), "limits of one kind only where nothing else leaves")
    ends = pl.DataFrame({"kind": arcs.kind[at], "node": arcs.to_node[at]}).unique(maintain_order=True)
    back_kind, back_node = ends["kind"].to_list(), ends["node"].to_list()
    total = float(arcs.wanted.max())
    lines = pl.DataFrame(
        {
            "line": [f"out-{k}" for k in at] + [f"back-{k}" for k in range(len(back_kind))],
            "location": [f"node-{k}" for k in [*arcs.from_node[at], *back_node]],
            "item": [f"twin-{k}" for k in arcs.kind[at]] + [f"kind-{k}" for k in back_kind],
            "rate_per_day": [*arcs.upper[at], *[total] * len(back_kind)],
        }
    )
    inputs = [f"kind-{k}" for k in arcs.kind[at]] + [f"twin-{k}" for k in back_kind]
    recipes = pl.DataFrame({"line": lines["line"], "item": inputs, "quantity": 1.0})
    return {"production": lines, "recipes": recipes}
