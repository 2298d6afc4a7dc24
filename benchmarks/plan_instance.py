"""One planning model as flat tables of numbers, so that every builder is given the same variables and limits.

Finding out which variables can matter is Redball's own work: it is inside Redball's measured time and outside that of
its peers, who are handed the result.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from redball.engines.plan.model import assemble
from redball.model.build import build
from redball.scenario.examples import sized


def write_instance(path: Path, size: str, seed: int) -> dict[str, int]:
    """Write the instance as an ``.npz`` file of columns named ``table.column``; returns the model's counts."""
    problem = build(sized(size, seed))
    model = assemble(problem)
    families, rows = model.variables.families, model.rows.families
    if len(families["expand"]) or len(families["buy"]) or len(rows["expansion"]):
        raise SystemExit("the peers build linear instances only")
    lanes, made, offers, uses, needs = (
        problem.lanes,
        problem.production,
        problem.offers,
        problem.consumption,
        problem.needs,
    )
    n_items, n_days = problem.n_items, problem.n_days

    def place(location: np.ndarray, item: np.ndarray, day: np.ndarray) -> np.ndarray:
        return (location * n_items + item) * n_days + day

    sizes = problem.n_locations, n_items, n_days, len(problem.labels.lanes)
    out: dict[str, np.ndarray] = {"sizes": np.array(sizes)}
    for name, family in families.items():
        out |= {f"{name}.{key}": getattr(family, key) for key in ("cost", "lower", "upper")}
    flow = families["flow"].at
    lane, item, day = flow["lane"], flow["item"], flow["day"]
    arrive, back = day + lanes.transit_days[lane], day + lanes.cycle_days[lane]
    fleet = lanes.fleet[lane]
    payload = np.r_[problem.fleets.payload_t, 1.0][fleet]
    tonnes, arriving = problem.item_tonnes[item], problem.arriving[lane, item]
    out |= {
        "flow.from_place": place(lanes.from_location[lane], item, day),
        "flow.to_place": place(lanes.to_location[lane], item, arrive),
        "flow.arriving": arriving,
        "flow.tonnes": tonnes,
        "flow.tonnes_arriving": tonnes * arriving,
        "flow.lane_day": lane * n_days + day,
        "flow.to_day": lanes.to_location[lane] * n_days + arrive,
        "flow.fleet_day": np.where(fleet >= 0, fleet * n_days + day, -1),
        "flow.fleet_back": np.where((fleet >= 0) & (back < n_days), fleet * n_days + back, -1),
        "flow.vehicles": tonnes / payload,
    }
    stock = families["stock"].at
    out |= {
        "stock.place": place(stock["location"], stock["item"], stock["day"]),
        "stock.tonnes": problem.item_tonnes[stock["item"]],
        "stock.location_day": stock["location"] * n_days + stock["day"],
        "stock.last": stock["day"] == n_days - 1,
        "balance.right": rows["balance"].lower,
    }
    cover = families["cover"].at["stock"]
    out |= {f"cover.{key}": out[f"stock.{key}"][cover] for key in ("place", "tonnes", "location_day", "last")}
    row, need = families["serve"].at["row"], families["hand"].at["need"]
    out["serve.place"] = place(uses.location[row], uses.item[row], families["serve"].at["day"])
    out["hand.place"] = place(needs.location[need], needs.item[need], families["hand"].at["day"])
    out["hand.need"] = need
    pledge = families["take"].at["pledge"]
    out["take.pledge"] = pledge
    out["take.place"] = place(
        problem.pledges.location[pledge], problem.pledges.item[pledge], families["take"].at["day"]
    )
    line, offer = families["start"].at["line"], families["order"].at["offer"]
    begun = families["start"].at["day"]
    out |= {
        "start.place": place(made.location[line], made.item[line], begun + made.lead_days[line]),
        "start.budget": np.where(made.unit_cost[line] > 0, made.budget[line], -1),
        "start.price": made.unit_cost[line],
        "order.place": place(
            offers.location[offer],
            offers.item[offer],
            families["order"].at["day"] + offers.lead_days[offer],
        ),
        "order.offer": offer,
        "order.budget": np.where(offers.unit_cost[offer] > 0, offers.budget[offer], -1),
        "order.price": offers.unit_cost[offer],
    }
    inputs = [np.flatnonzero(line == at) for at in made.recipe_line]
    of = np.concatenate([np.zeros(0, np.int64), *inputs])
    which = np.repeat(np.arange(len(inputs)), [len(part) for part in inputs])
    where = made.location[made.recipe_line[which]]
    out |= {
        "input.start": of,
        "input.place": place(where, made.recipe_item[which], begun[of]),
        "input.quantity": made.recipe_quantity[which],
    }
    out["away.day"] = families["away"].at["day"]
    keys = {"lane": "lane", "throughput": "location", "storage": "location"}
    for name, owner in keys.items():
        at = rows[name].at
        out |= {f"{name}.key": at[owner] * n_days + at["day"], f"{name}.limit": rows[name].upper}
    for name in ("pledge", "need", "offer", "budget"):
        out |= {f"{name}.key": rows[name].at[name], f"{name}.limit": rows[name].upper}
    np.savez(path, **out)
    return {
        "variables": model.n_variables,
        "rows": model.n_rows,
        "nonzeros": int(np.count_nonzero(model.matrix.data)),
    }
