"""Build the planning model with linopy, in a process of its own: ``plan_build.py`` calls this.

As a sparse linopy model is written: one flat variable for each kind, rows as grouped sums over pandas keys. With
``sparse`` as second argument the model is linopy's own sparse kind (``Model(sparse=True)``, semantics v1), which keeps
grouped sums unpadded; without it the default kind. ``plan_build_linopy_boxes.py`` writes the same with masked boxes.
"""

from __future__ import annotations

import sys
from typing import Any

import linopy
import numpy as np
import pandas as pd

from measure import measured, report

FAMILIES = ("flow", "stock", "cover", "serve", "hand", "take", "start", "order", "away")
Data = dict[str, np.ndarray]
Limits = dict[str, list[tuple[str, str, np.ndarray]]]


def main() -> None:
    sparse = sys.argv[2:] == ["sparse"]
    if sparse:
        linopy.options["semantics"] = "v1"
    with np.load(sys.argv[1]) as file:
        data = {name: file[name] for name in file.files}
    (model, matrix), figures = measured(lambda: with_matrix(build(data, sparse)))
    report(
        **figures,
        version=linopy.__version__,
        variables=int(model.nvars),
        rows=int(model.ncons),
        nonzeros=int(np.count_nonzero(matrix.data)),
        checksum=float(np.abs(matrix.data).sum()),
    )


def with_matrix(model: linopy.Model) -> tuple[linopy.Model, Any]:
    """Make the matrix too: what a solver is handed, as Redball's model holds it."""
    return model, model.matrices.A


def build(data: Data, sparse: bool) -> linopy.Model:
    """Build the model."""
    model = linopy.Model(sparse=True) if sparse else linopy.Model()
    x = {name: variable(model, data, name) for name in FAMILIES}
    _balance(model, data, x)
    _limits(model, data, x)
    _fleets(model, data, x)
    costs = [(name, data[f"{name}.cost"]) for name in FAMILIES if data[f"{name}.cost"].any()]
    model.add_objective(linopy.merge([(x[name] * column(name, cost)).sum() for name, cost in costs]))
    return model


def column(name: str, values: np.ndarray) -> pd.Series:
    """Give values the coordinates of a kind."""
    return pd.Series(values, index=pd.RangeIndex(len(values), name=name))


def variable(model: linopy.Model, data: Data, name: str) -> linopy.Variable:
    """Make the variables of a kind, flat."""
    lower, upper = column(name, data[f"{name}.lower"]), column(name, data[f"{name}.upper"])
    return model.add_variables(lower=lower, upper=upper, name=name)


def _sum(
    variable: linopy.Variable, keys: np.ndarray, values: np.ndarray, rows: np.ndarray
) -> linopy.LinearExpression:
    """Sum what has the same key; one row for each of `rows`."""
    name = variable.dims[0]
    used = np.flatnonzero(np.isin(keys, rows))
    part = (variable * column(name, values)).isel({name: used})
    group = pd.Series(keys[used], index=pd.Index(used, name=name), name="row")
    return part.groupby(group).sum().reindex(row=rows).fillna(0)


def _balance(model: linopy.Model, data: Data, x: dict[str, linopy.Variable]) -> None:
    places = data["stock.place"]

    def put(name: str, value: float | np.ndarray, keys: np.ndarray) -> linopy.LinearExpression:
        return _sum(x[name], keys, np.broadcast_to(np.float64(value), len(keys)), places)

    parts = []
    for name in ("stock", "cover"):
        here = data[f"{name}.place"]
        parts += [put(name, -1.0, here), put(name, 1.0, np.where(data[f"{name}.last"], -1, here + 1))]
    parts += [
        put("flow", -1.0, data["flow.from_place"]),
        put("flow", data["flow.arriving"], data["flow.to_place"]),
    ]
    for name, value in (("serve", -1.0), ("hand", -1.0), ("take", 1.0), ("start", 1.0), ("order", 1.0)):
        parts.append(put(name, value, data[f"{name}.place"]))
    if len(data["input.start"]):
        drawn = x["start"].isel(start=data["input.start"]).to_linexpr()
        index = pd.Index(data["input.start"], name="start")
        drawn = drawn * pd.Series(-data["input.quantity"], index=index)
        group = pd.Series(data["input.place"], index=index, name="row")
        parts.append(drawn.groupby(group).sum().reindex(row=places).fillna(0))
    right = pd.Series(data["balance.right"], index=pd.Index(places, name="row"))
    model.add_constraints(linopy.merge(parts) == right, name="balance")


def _limits(model: linopy.Model, data: Data, x: dict[str, linopy.Variable]) -> None:
    ones = {name: np.ones(x[name].size) for name in ("take", "hand", "order")}
    limits = {
        "lane": [("flow", "lane_day", data["flow.tonnes"])],
        "throughput": [("flow", "to_day", data["flow.tonnes_arriving"])],
        "storage": [(name, "location_day", data[f"{name}.tonnes"]) for name in ("stock", "cover")],
        "pledge": [("take", "pledge", ones["take"])],
        "need": [("hand", "need", ones["hand"])],
        "offer": [("order", "offer", ones["order"])],
        "budget": [(name, "budget", data[f"{name}.price"]) for name in ("start", "order")],
    }
    constrain(model, data, x, limits)


def constrain(model: linopy.Model, data: Data, x: dict[str, linopy.Variable], limits: Limits) -> None:
    """Keep sums of flat kinds within their limits."""
    for limit, parts in limits.items():
        rows = data[f"{limit}.key"]
        sums = [_sum(x[name], data[f"{name}.{column}"], values, rows) for name, column, values in parts]
        right = pd.Series(data[f"{limit}.limit"], index=pd.Index(rows, name="row"))
        model.add_constraints(linopy.merge(sums) <= right, name=limit)


def _fleets(model: linopy.Model, data: Data, x: dict[str, linopy.Variable]) -> None:
    rows = np.arange(x["away"].size)
    if not len(rows):
        return
    one = np.ones(len(rows))
    follows = np.where(np.r_[data["away.day"][1:] > 0, False], rows + 1, -1)
    parts = [
        _sum(x["away"], rows, one, rows),
        _sum(x["away"], follows, -one, rows),
        _sum(x["flow"], data["flow.fleet_day"], -data["flow.vehicles"], rows),
        _sum(x["flow"], data["flow.fleet_back"], data["flow.vehicles"], rows),
    ]
    model.add_constraints(linopy.merge(parts) == 0, name="fleet")


if __name__ == "__main__":
    main()
