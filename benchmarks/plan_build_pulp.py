"""Build the planning model with PuLP, in a process of its own: ``plan_build.py`` calls this.

As a PuLP model is written: variables in lists, rows as ``lpSum(coefficient * variable)`` over terms gathered in
dictionaries. With ``pairs`` as second argument expressions are made from (variable, coefficient) pairs at once: the
quickest way that PuLP has, though not how its manual writes models.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
import pulp

from measure import measured, report

FAMILIES = ("flow", "stock", "cover", "serve", "hand", "take", "start", "order", "away")
Terms = dict[int, list[tuple[pulp.LpVariable, float]]]
Expression = Callable[[Iterable[tuple[pulp.LpVariable, float]]], pulp.LpAffineExpression]


def main() -> None:
    with np.load(sys.argv[1]) as file:
        data = {name: file[name].tolist() for name in file.files}
    expression = pulp.LpAffineExpression if sys.argv[2:] == ["pairs"] else _summed
    model, figures = measured(lambda: build(data, expression))
    report(
        **figures,
        version=pulp.__version__,
        variables=model.numVariables(),
        rows=model.numConstraints(),
        nonzeros=sum(len(row) for row in model.constraints.values()),
        checksum=sum(abs(value) for row in model.constraints.values() for value in row.values()),
    )


def _summed(pairs: Iterable[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    return pulp.lpSum(value * variable for variable, value in pairs)


def build(data: dict[str, list], expression: Expression) -> pulp.LpProblem:
    """Build the model."""
    model = pulp.LpProblem("plan", pulp.LpMinimize)
    x = {name: _variables(data, name) for name in FAMILIES}
    model += expression(
        (variable, cost)
        for name in FAMILIES
        for variable, cost in zip(x[name], data[f"{name}.cost"], strict=True)
        if cost != 0
    )
    _balance(model, data, x, expression)
    _limits(model, data, x, expression)
    _fleets(model, data, x, expression)
    return model


def _variables(data: dict[str, list], name: str) -> list[pulp.LpVariable]:
    lower, upper = data[f"{name}.lower"], data[f"{name}.upper"]
    return [
        pulp.LpVariable(f"{name}_{at}", low, None if high == float("inf") else high)
        for at, (low, high) in enumerate(zip(lower, upper, strict=True))
    ]


def _gather(
    terms: Terms, keys: Iterable[int], variables: list[pulp.LpVariable], values: Iterable[float]
) -> None:
    for key, variable, value in zip(keys, variables, values, strict=True):
        if key >= 0:
            terms[key].append((variable, value))


def _balance(
    model: pulp.LpProblem, data: dict[str, list], x: dict[str, list], expression: Expression
) -> None:
    terms: Terms = defaultdict(list)

    def put(name: str, value: float, column: str = "place") -> None:
        _gather(terms, data[f"{name}.{column}"], x[name], [value] * len(x[name]))

    known = set(data["stock.place"])
    for name in ("stock", "cover"):
        put(name, -1.0)
        following = zip(data[f"{name}.place"], data[f"{name}.last"], strict=True)
        tomorrow = [-1 if last or place + 1 not in known else place + 1 for place, last in following]
        _gather(terms, tomorrow, x[name], [1.0] * len(tomorrow))
    put("flow", -1.0, "from_place")
    _gather(terms, data["flow.to_place"], x["flow"], data["flow.arriving"])
    for name, value in (("serve", -1.0), ("hand", -1.0), ("take", 1.0), ("start", 1.0), ("order", 1.0)):
        put(name, value)
    drawn = [x["start"][at] for at in data["input.start"]]
    _gather(terms, data["input.place"], drawn, [-value for value in data["input.quantity"]])
    for place, right in zip(data["stock.place"], data["balance.right"], strict=True):
        model += expression(terms[place]) == right, f"balance_{place}"


def _limits(model: pulp.LpProblem, data: dict[str, list], x: dict[str, list], expression: Expression) -> None:
    ones = {name: [1.0] * len(x[name]) for name in ("take", "hand", "order")}
    limits = {
        "lane": [("flow", "lane_day", data["flow.tonnes"])],
        "throughput": [("flow", "to_day", data["flow.tonnes_arriving"])],
        "storage": [(name, "location_day", data[f"{name}.tonnes"]) for name in ("stock", "cover")],
        "pledge": [("take", "pledge", ones["take"])],
        "need": [("hand", "need", ones["hand"])],
        "offer": [("order", "offer", ones["order"])],
        "budget": [(name, "budget", data[f"{name}.price"]) for name in ("start", "order")],
    }
    for limit, parts in limits.items():
        terms: Terms = defaultdict(list)
        for name, column, values in parts:
            _gather(terms, data[f"{name}.{column}"], x[name], values)
        for key, most in zip(data[f"{limit}.key"], data[f"{limit}.limit"], strict=True):
            model += expression(terms[key]) <= most, f"{limit}_{key}"


def _fleets(model: pulp.LpProblem, data: dict[str, list], x: dict[str, list], expression: Expression) -> None:
    terms: Terms = defaultdict(list)
    _gather(terms, data["flow.fleet_day"], x["flow"], [-value for value in data["flow.vehicles"]])
    _gather(terms, data["flow.fleet_back"], x["flow"], data["flow.vehicles"])
    for at, day in enumerate(data["away.day"]):
        terms[at].append((x["away"][at], 1.0))
        if day > 0:
            terms[at].append((x["away"][at - 1], -1.0))
        model += expression(terms[at]) == 0, f"fleet_{at}"


if __name__ == "__main__":
    main()
