"""Each used unit back to where it came from, by first in, first out at every location and item (§8.3).

At one location and item, lay what was received end to end in the order of receipt, and what left end to end in the
order of leaving. What lies over each other is the same goods. A use is a piece of what left; it is followed back from
what left to what was received, from a receipt by lane to the same piece of what departed there (larger by what the
lane lost), and so on until it was not received by lane. Each round takes all pieces of all uses one lane further.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from redball.results.flows import RECEIVED, USED, flows
from redball.results.plan import Plan
from redball.results.tables import RESULTS, empty

SNAP = 1e-7
"""Ends of what was received and what left that lie this close (relative to the flow, absolute below 1) are one."""
DUST = 1e-12
"""Share of a use below which a piece is rounding and no goods."""
LANES_APART = " > "
TRACED = ("consumption", "need", "recipe")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Curve:
    """Flows laid end to end at each node (location and item), in order."""

    frame: pl.DataFrame
    node: Ints
    begin: Floats
    """(flows,) [item unit] where each begins at its node."""
    end: Floats

    def first(self, n_nodes: int) -> Ints:
        """Return (nodes + 1,) the first flow of each node."""
        return np.searchsorted(self.node, np.arange(n_nodes + 1)).astype(np.int64)

    def is_kind(self, kind: str) -> npt.NDArray[np.bool_]:
        """Return which flows are of a kind."""
        return (self.frame["kind"] == kind).to_numpy()


@dataclass(frozen=True)
class _Pieces:
    """Parts of what left a node, on their way back to where they came from."""

    use: Ints
    """Index of the flow in which they were used."""
    flow: Ints
    """Index of the flow in which they left the node that is looked at."""
    begin: Floats
    """Where they begin among all that left the node."""
    end: Floats
    scale: Floats
    """How much of one unit here is left when it is used."""
    path: Ints
    """Index of the lanes that they take from here."""

    def take(self, index: Index) -> _Pieces:
        """Return some of the pieces, or some of them several times."""
        return _Pieces(
            self.use[index],
            self.flow[index],
            self.begin[index],
            self.end[index],
            self.scale[index],
            self.path[index],
        )


class _Paths:
    """Sequences of lanes, each stored once and known by its index; 0 is no lane at all."""

    def __init__(self, lanes: pl.Series) -> None:
        self.lanes = lanes.to_list()
        self.names = [""]

    def longer(self, lane: Ints, path: Ints) -> Ints:
        """Return the paths that begin with a lane and go on with a known path."""
        known = len(self.names)
        pairs, index = np.unique(lane * known + path, return_inverse=True)
        for pair in pairs.tolist():
            head, rest = self.lanes[pair // known], self.names[pair % known]
            self.names.append(f"{head}{LANES_APART}{rest}" if rest else head)
        longer: Ints = index.astype(np.int64) + known
        return longer

    def rank(self) -> Ints:
        """Return where each path comes in the order of their names."""
        rank = np.empty(len(self.names), dtype=np.int64)
        rank[np.array(sorted(range(len(self.names)), key=self.names.__getitem__))] = np.arange(len(rank))
        return rank


def trace(plan: Plan) -> pl.DataFrame:
    """Trace each unit that a plan uses back to its source (§8.3).

    Returns
    -------
    The table ``traces``. ``quantity`` is what was used, after the losses on the way; over one location, item, use
    and date it adds up to what was used there. ``left_date`` is the day on which it left its source: for a stock the
    day on which it departed, or was used where it lay; else the day of take-up, of output, of an order's arrival.
    """
    came, left = _curves(plan)
    lanes = plan.scenario.table("lanes")["lane"]
    paths = _Paths(lanes)
    lane = _codes(came.frame["name"], lanes)
    arrival = came.is_kind("arrival")
    departed = _departures(came, left)
    used = np.flatnonzero(~left.is_kind("departure")).astype(np.int64)
    start = np.zeros(len(used), dtype=np.int64)
    pieces = _Pieces(used, used, left.begin[used], left.end[used], np.ones(len(used)), start)
    found: list[tuple[_Pieces, Ints]] = []
    # each lane takes at least one day, so no path has more lanes than the scenario has days
    for _ in range(plan.scenario.horizon.days + 1):
        if not len(pieces.use):
            break
        pieces, source = _received_as(pieces, came, left)
        here, moved = np.flatnonzero(~arrival[source]), np.flatnonzero(arrival[source])
        found.append((pieces.take(here), source[here]))
        pieces, source = pieces.take(moved), source[moved]
        path = paths.longer(lane[source], pieces.path)
        pieces = _departed_as(pieces, source, departed[source], path, came, left)
    return _table(found, came, left, paths)


def _curves(plan: Plan) -> tuple[_Curve, _Curve]:
    """Return what was received and what left, in order at each node."""
    every = flows(plan).filter(
        (pl.col("quantity") > 0) & (pl.col("date") <= pl.lit(plan.scenario.horizon.last))
    )
    nodes = every.select("location", "item").unique().sort("location", "item").with_row_index("node")
    every = every.join(nodes, on=["location", "item"], maintain_order="left")
    came, left = _laid(every, RECEIVED), _laid(every, USED)
    return came, _snapped(came, left, nodes.height)


def _laid(every: pl.DataFrame, kinds: tuple[str, ...]) -> _Curve:
    """Lay the flows of some kinds end to end: by date, then kind, then name, then shipment."""
    rank = pl.col("kind").replace_strict(kinds, range(len(kinds)), return_dtype=pl.UInt8)
    frame = every.filter(pl.col("kind").is_in(kinds)).with_columns(rank=rank)
    frame = frame.sort("node", "date", "rank", "name", "shipment", maintain_order=True).drop("rank")
    node = frame["node"].to_numpy().astype(np.int64)
    end = frame.select(pl.col("quantity").cum_sum().over("node"))["quantity"].to_numpy()
    return _Curve(frame, node, _begins(node, end), end)


def _begins(node: Ints, end: Floats) -> Floats:
    """Return where each flow begins: where the one before it ends, to the last digit."""
    same = node[1:] == node[:-1]
    return np.concatenate([np.zeros(min(len(end), 1)), np.where(same, end[:-1], 0.0)])


def _snapped(came: _Curve, left: _Curve, n_nodes: int) -> _Curve:
    """Move the ends of what left onto the ends of what was received that they are meant to be.

    Without this the rounding of two sums would cut slivers off the goods of the next receipt.
    """
    end = left.end.copy()
    came_first, left_first = came.first(n_nodes), left.first(n_nodes)
    near = SNAP * np.maximum(1.0, left.end - left.begin)
    for node in range(n_nodes):
        ends = came.end[came_first[node] : came_first[node + 1]]
        part = slice(left_first[node], left_first[node + 1])
        if not len(ends) or part.start == part.stop:
            continue
        after = np.minimum(np.searchsorted(ends, end[part]), len(ends) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.where(np.abs(ends[before] - end[part]) < np.abs(ends[after] - end[part]), before, after)
        close = np.abs(ends[nearer] - end[part]) <= near[part]
        end[part] = np.maximum.accumulate(np.where(close, ends[nearer], end[part]))
    return _Curve(left.frame, left.node, _begins(left.node, end), end)


def _codes(names: pl.Series, known: pl.Series) -> Ints:
    """Return the position of each name among the known ones; 0 for one that is not."""
    table = pl.DataFrame({"name": known.cast(names.dtype)}).with_row_index("code")
    codes = names.alias("name").to_frame().join(table, on="name", how="left", maintain_order="left")
    return codes["code"].fill_null(0).to_numpy().astype(np.int64)


def _departures(came: _Curve, left: _Curve) -> Ints:
    """Return, for each flow received by lane, the index of the flow that departed."""
    rows = left.frame.with_row_index("at").filter(pl.col("kind") == "departure").select("shipment", "at")
    found = came.frame.select("shipment").join(rows, on="shipment", how="left", maintain_order="left")
    return found["at"].fill_null(0).to_numpy().astype(np.int64)


def _received_as(pieces: _Pieces, came: _Curve, left: _Curve) -> tuple[_Pieces, Ints]:
    """Cut pieces of what left where receipts end; return them with the receipt of each."""
    node = left.node[pieces.flow]
    low, high = np.zeros(len(node), dtype=np.int64), np.zeros(len(node), dtype=np.int64)
    order = np.argsort(node, kind="stable")
    at, starts = np.unique(node[order], return_index=True)
    first = came.first(int(at[-1]) + 1)
    for here, rows in zip(at.tolist(), np.split(order, starts[1:]), strict=True):
        part = slice(first[here], first[here + 1])
        low[rows] = part.start + np.searchsorted(came.end[part], pieces.begin[rows], side="right")
        high[rows] = part.start + np.searchsorted(came.begin[part], pieces.end[rows], side="left")
    n_receipts = np.maximum(high - low, 0)
    row = np.repeat(np.arange(len(node)), n_receipts)
    source = np.arange(len(row)) - np.repeat(np.cumsum(n_receipts) - n_receipts - low, n_receipts)
    cut = pieces.take(row)
    begin, end = np.maximum(cut.begin, came.begin[source]), np.minimum(cut.end, came.end[source])
    least = DUST * (left.end - left.begin)[cut.use]
    kept = np.flatnonzero((end - begin) * cut.scale > least)
    cut = _Pieces(cut.use, cut.flow, begin, end, cut.scale, cut.path)
    return cut.take(kept), source[kept]


def _departed_as(
    pieces: _Pieces, source: Ints, departed: Ints, path: Ints, came: _Curve, left: _Curve
) -> _Pieces:
    """Return pieces of what was received by lane as pieces of what departed there."""
    before, after = left.end - left.begin, came.end - came.begin
    # next to a large total a grain has no width: what came of it cannot be told from nothing
    told = np.flatnonzero(before[departed] > 0)
    pieces, source, departed, path = pieces.take(told), source[told], departed[told], path[told]
    growth = before[departed] / after[source]
    begin = left.begin[departed] + (pieces.begin - came.begin[source]) * growth
    end = left.begin[departed] + (pieces.end - came.begin[source]) * growth
    begin, end = (np.clip(side, left.begin[departed], left.end[departed]) for side in (begin, end))
    return _Pieces(pieces.use, departed, begin, end, pieces.scale / growth, path)


def _table(found: list[tuple[_Pieces, Ints]], came: _Curve, left: _Curve, paths: _Paths) -> pl.DataFrame:
    """Add up the pieces of one use that came the same way, and name everything."""
    if not any(len(source) for _, source in found):
        return empty("traces")
    use, flow, source, path = (
        np.concatenate(parts)
        for parts in zip(
            *((piece.use, piece.flow, source, piece.path) for piece, source in found), strict=True
        )
    )
    quantity = np.concatenate([(piece.end - piece.begin) * piece.scale for piece, _ in found])
    uses = left.frame.select("location", "item", "kind", "date")[use]
    sources = came.frame.select("kind", "name", "date")[source]
    stock = (sources["kind"] == "stock").to_numpy()
    left_date = pl.select(
        pl.when(pl.Series(stock)).then(left.frame["date"][flow]).otherwise(sources["date"])
    ).to_series()
    named = pl.DataFrame(
        {
            "source_kind": sources["kind"],
            "source": sources["name"],
            "location": uses["location"],
            "item": uses["item"],
            "use": uses["kind"],
            "date": uses["date"],
            "left_date": left_date,
            "path": paths.rank()[path],
            "quantity": quantity,
        }
    )
    key = ["date", "location", "item", "use", "left_date", "source_kind", "source", "path"]
    named = named.sort(key, maintain_order=True)
    # added up in order by numpy: the same digits whatever the number of threads
    changes = named.select(pl.struct(key).rle_id().alias("run"))["run"].to_numpy()
    first = np.flatnonzero(np.concatenate([[True], changes[1:] != changes[:-1]]))
    total = np.add.reduceat(named["quantity"].to_numpy(), first)
    named = named[first].with_columns(
        quantity=pl.Series(total), path=pl.Series(sorted(paths.names)).gather(named["path"][first])
    )
    return named.select(pl.col(column).cast(dtype) for column, dtype in RESULTS["traces"].items())


def forward(plan: Plan, source: str, kind: str = "pledge") -> pl.DataFrame:
    """Follow one source forward: what it served, where and when, over which lanes.

    Parameters
    ----------
    plan
        The plan; where it carries no traces they are made.
    source
        Id of the pledge, line or offer, or location of the stock.
    kind
        ``pledge``, ``stock``, ``production`` or ``offer``.
    """
    rows = _traces(plan).filter((pl.col("source_kind") == kind) & (pl.col("source") == source))
    return rows.sort("date", "location", "item", "use", "left_date", "path")


def delivered(plan: Plan) -> pl.DataFrame:
    """Set what was pledged against what was taken up and what arrived at a point of use, by pledge and date.

    Returns
    -------
    Columns ``pledge``, ``donor``, ``status``, ``location``, ``item``, ``date``, ``pledged`` (on the date from which
    it is available), ``taken_up``, ``delivered`` (served to a consumption or handed over to a need) and ``assembled``
    (drawn by production), all [unit] of that one day; rows where something happens. Add up over dates for totals.
    """
    pledges = plan.scenario.table("pledges")
    promised = pledges.select("pledge", date="available_date", what=pl.lit("pledged"), quantity="quantity")
    taken = plan.tables["take_up"].select("pledge", "date", what=pl.lit("taken_up"), quantity="quantity")
    used = _traces(plan).filter(pl.col("source_kind") == "pledge")
    end = pl.when(pl.col("use") == "recipe").then(pl.lit("assembled")).otherwise(pl.lit("delivered"))
    arrived = used.select(pledge="source", date="date", what=end, quantity="quantity")
    days = pl.concat([promised, taken, arrived]).group_by("pledge", "date", maintain_order=True)
    kinds = ("pledged", "taken_up", "delivered", "assembled")
    sums = days.agg(pl.col("quantity").filter(pl.col("what") == kind).sum().alias(kind) for kind in kinds)
    who = pledges.select("pledge", "donor", "status", "location", "item").with_row_index("order")
    return sums.join(who, on="pledge").sort("order", "date").select([*who.columns[1:], "date", *kinds])


def _traces(plan: Plan) -> pl.DataFrame:
    """Return the traces that a plan carries, or make them."""
    carried = plan.tables["traces"]
    return trace(plan) if carried.is_empty() else carried
