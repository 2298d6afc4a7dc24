"""Build the planning model with linopy's masked boxes, in a process of its own: ``plan_build.py`` calls this.

As linopy's manual writes models: what moves is a box of lane by item by day, what rests a box of location by item by day,
masked where nothing can matter; sums run over dimensions, time is a shift along the days. The small kinds (demand,
supply) stay flat tables, since boxes would be almost empty.
"""

from __future__ import annotations

import sys
import warnings

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from measure import measured, report
from plan_build_linopy import Data, column, constrain, variable, with_matrix

FLAT = ("cover", "serve", "hand", "take", "start", "order", "away")


class Boxes:
    """The dimensions, and how flat arrays become boxes."""

    def __init__(self, data: Data) -> None:
        n_locations, n_items, n_days, n_lanes = data["sizes"].tolist()
        sizes = {"lane": n_lanes, "location": n_locations, "item": n_items, "day": n_days}
        self.index = {name: pd.RangeIndex(size, name=name) for name, size in sizes.items()}
        self.n_items, self.n_days = n_items, n_days
        lane_day, place = data["flow.lane_day"], data["flow.from_place"]
        self.flow = lane_day // n_days, place // n_days % n_items, lane_day % n_days
        self.stock = self.split(data["stock.place"])

    def split(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return location, item and day of a place."""
        return place // (self.n_items * self.n_days), place // self.n_days % self.n_items, place % self.n_days

    def box(
        self, dims: tuple[str, ...], at: tuple[np.ndarray, ...], values: np.ndarray, fill: float = 0.0
    ) -> xr.DataArray:
        """Return a box of numbers."""
        full = np.full([len(self.index[name]) for name in dims], fill)
        full[at] = values
        return xr.DataArray(full, coords=[self.index[name] for name in dims])

    def flag(self, dims: tuple[str, ...], at: tuple[np.ndarray, ...]) -> xr.DataArray:
        """Return a box of flags that are set where named."""
        return self.box(dims, at, np.ones(len(at[0]))) > 0


FLOW, STOCK = ("lane", "item", "day"), ("location", "item", "day")


def main() -> None:
    # the default semantics of 0.10 are meant: absent slots of a masked box count as nothing
    warnings.filterwarnings("ignore", category=linopy.LinopySemanticsWarning)
    with np.load(sys.argv[1]) as file:
        data = {name: file[name] for name in file.files}
    (model, matrix), figures = measured(lambda: with_matrix(build(data)))
    report(
        **figures,
        version=linopy.__version__,
        variables=int(model.nvars),
        rows=int(model.ncons),
        nonzeros=int(np.count_nonzero(matrix.data)),
        checksum=float(np.abs(matrix.data).sum()),
    )


def build(data: Data) -> linopy.Model:
    """Build the model."""
    model, boxes = linopy.Model(), Boxes(data)
    x = {name: variable(model, data, name) for name in FLAT}
    for name, dims, at in (("flow", FLOW, boxes.flow), ("stock", STOCK, boxes.stock)):
        x[name] = model.add_variables(
            lower=boxes.box(dims, at, data[f"{name}.lower"]),
            upper=boxes.box(dims, at, data[f"{name}.upper"]),
            mask=boxes.flag(dims, at),
            name=name,
        )
    lanes = _lanes(data, boxes)
    _balance(model, data, boxes, x, lanes)
    _limits(model, data, boxes, x, lanes)
    _fleets(model, data, boxes, x, lanes)
    costs = [
        (x[name] * column(name, data[f"{name}.cost"])).sum() for name in FLAT if data[f"{name}.cost"].any()
    ]
    costs.append((x["flow"] * boxes.box(FLOW, boxes.flow, data["flow.cost"])).sum())
    model.add_objective(linopy.merge(costs))
    return model


def _lanes(data: Data, boxes: Boxes) -> pd.DataFrame:
    """Return what is known of each lane in use."""
    lane, _, day = boxes.flow
    to_location, _, arrive = boxes.split(data["flow.to_place"])
    known = {
        "lane": lane,
        "from_location": boxes.split(data["flow.from_place"])[0],
        "to_location": to_location,
    }
    back = np.where(data["flow.fleet_back"] >= 0, data["flow.fleet_back"] - data["flow.fleet_day"], -1)
    known |= {"transit": arrive - day, "fleet": data["flow.fleet_day"] // boxes.n_days, "cycle": back}
    return pd.DataFrame(known).groupby("lane").max()


def _arriving(
    flow: linopy.LinearExpression,
    lanes: pd.DataFrame,
    boxes: Boxes,
    lag: str,
    to: str,
    name: str,
    index: pd.Index,
) -> list[linopy.LinearExpression]:
    """Shift what departs by each lane's lag in days, and sum it by where it goes."""
    parts = []
    for days, group in lanes[lanes[lag] >= 0].groupby(lag):
        moved = flow.sel(lane=group.index).shift(day=days)
        parts.append(_by(moved, group[to], name, index))
    return parts


def _by(
    expression: linopy.LinearExpression, group: pd.Series, name: str, index: pd.Index
) -> linopy.LinearExpression:
    return expression.groupby(group.rename(name)).sum().reindex({name: index}).fillna(0)


def _flat(
    x: linopy.Variable, values: np.ndarray, keys: dict[str, np.ndarray], boxes: Boxes
) -> linopy.LinearExpression:
    """Sum a flat kind into a box."""
    name = x.dims[0]
    frame = pd.DataFrame(keys, index=pd.RangeIndex(x.size, name=name))
    return _unstacked((x * column(name, values)).groupby(frame).sum(), boxes, list(keys))


def _unstacked(found: linopy.LinearExpression, boxes: Boxes, dims: list[str]) -> linopy.LinearExpression:
    """Turn a grouped sum over several keys into a box."""
    box = found.unstack("group", fill_value=linopy.LinearExpression._fill_value)
    return box.reindex({name: boxes.index[name] for name in dims}).fillna(0)


def _balance(
    model: linopy.Model, data: Data, boxes: Boxes, x: dict[str, linopy.Variable], lanes: pd.DataFrame
) -> None:
    flow, stock, locations = x["flow"], x["stock"], boxes.index["location"]

    def put(name: str, value: float, shift: int = 0) -> linopy.LinearExpression:
        keys = dict(zip(STOCK, boxes.split(data[f"{name}.place"]), strict=True))
        found = _flat(x[name], np.full(x[name].size, value), keys, boxes)
        return found.shift(day=shift).fillna(0) if shift else found

    arriving = flow * boxes.box(FLOW, boxes.flow, data["flow.arriving"])
    parts = [
        -1 * stock,
        (1 * stock).shift(day=1).fillna(0),
        put("cover", -1.0),
        put("cover", 1.0, shift=1),
        _by(-1 * flow.sel(lane=lanes.index), lanes["from_location"], "location", locations),
        *_arriving(arriving, lanes, boxes, "transit", "to_location", "location", locations),
    ]
    for name, value in (("serve", -1.0), ("hand", -1.0), ("take", 1.0), ("start", 1.0), ("order", 1.0)):
        parts.append(put(name, value))
    drawn = data["input.start"]
    if len(drawn):
        index = pd.Index(drawn, name="start")
        keys = pd.DataFrame(dict(zip(STOCK, boxes.split(data["input.place"]), strict=True)), index=index)
        used = x["start"].isel(start=drawn) * pd.Series(-data["input.quantity"], index=index)
        parts.append(_unstacked(used.groupby(keys).sum(), boxes, list(STOCK)))
    right = boxes.box(STOCK, boxes.stock, data["balance.right"])
    mask = boxes.flag(STOCK, boxes.stock)
    model.add_constraints(linopy.merge(parts) == right, mask=mask, name="balance")


def _limits(
    model: linopy.Model, data: Data, boxes: Boxes, x: dict[str, linopy.Variable], lanes: pd.DataFrame
) -> None:
    flow, locations, n_days = x["flow"], boxes.index["location"], boxes.n_days
    departing = (flow * boxes.box(FLOW, boxes.flow, data["flow.tonnes"])).sum("item")
    landing = (flow * boxes.box(FLOW, boxes.flow, data["flow.tonnes_arriving"])).sum("item")
    held = (x["stock"] * boxes.box(STOCK, boxes.stock, data["stock.tonnes"])).sum("item")
    where = data["cover.location_day"]
    covering = _flat(
        x["cover"], data["cover.tonnes"], {"location": where // n_days, "day": where % n_days}, boxes
    )
    sums = {
        "lane": ("lane", [departing]),
        "throughput": (
            "location",
            _arriving(landing, lanes, boxes, "transit", "to_location", "location", locations),
        ),
        "storage": ("location", [held, covering]),
    }
    for limit, (owner, parts) in sums.items():
        key = data[f"{limit}.key"]
        at = key // n_days, key % n_days
        right = boxes.box((owner, "day"), at, data[f"{limit}.limit"])
        mask = boxes.flag((owner, "day"), at)
        model.add_constraints(linopy.merge(parts) <= right, mask=mask, name=limit)
    flat = {
        "pledge": [("take", "pledge", np.ones(x["take"].size))],
        "need": [("hand", "need", np.ones(x["hand"].size))],
        "offer": [("order", "offer", np.ones(x["order"].size))],
        "budget": [(name, "budget", data[f"{name}.price"]) for name in ("start", "order")],
    }
    constrain(model, data, x, flat)


def _fleets(
    model: linopy.Model, data: Data, boxes: Boxes, x: dict[str, linopy.Variable], lanes: pd.DataFrame
) -> None:
    if not x["away"].size:
        return
    n_days = boxes.n_days
    fleets = pd.RangeIndex(x["away"].size // n_days, name="fleet")
    boxes.index["fleet"] = fleets
    number = np.arange(x["away"].size)
    keys = {"fleet": number // n_days, "day": number % n_days}
    away = _flat(x["away"], np.ones(len(number)), keys, boxes)
    lifted = lanes[lanes["fleet"] >= 0]
    vehicles = (x["flow"] * boxes.box(FLOW, boxes.flow, data["flow.vehicles"])).sum("item")
    parts = [
        away,
        -1 * away.shift(day=1).fillna(0),
        _by(-1 * vehicles.sel(lane=lifted.index), lifted["fleet"], "fleet", fleets),
        *_arriving(vehicles, lifted, boxes, "cycle", "fleet", "fleet", fleets),
    ]
    model.add_constraints(linopy.merge(parts) == 0, name="fleet")


if __name__ == "__main__":
    main()
