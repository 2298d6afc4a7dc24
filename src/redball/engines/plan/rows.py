"""The rows of the planning model: what each limit of the semantics says about the variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from redball.engines.plan.variables import FAMILIES, Variables
from redball.model.problem import Floats, Ints, Problem


@dataclass(frozen=True, slots=True)
class RowFamily:
    """Rows of one kind, with their entries as (row within the family, variable, value)."""

    at: dict[str, Ints]
    item: Ints
    """The item in whose unit the row counts; -1: tonnes, money or vehicles."""
    lower: Floats
    upper: Floats
    row: NDArray[np.int32]
    variable: NDArray[np.int32]
    value: Floats

    def __len__(self) -> int:
        return len(self.lower)


@dataclass(frozen=True, slots=True)
class Rows:
    """All row families in order."""

    families: dict[str, RowFamily]

    def start(self, family: str) -> int:
        """Position of a family's first row."""
        start = 0
        for name, rows in self.families.items():
            if name == family:
                return start
            start += len(rows)
        raise KeyError(family)

    def slice(self, family: str) -> slice:
        """Positions of a family's rows."""
        start = self.start(family)
        return slice(start, start + len(self.families[family]))

    def joined(self, name: str) -> np.ndarray:
        """One attribute of all families, in order."""
        return np.concatenate([getattr(rows, name) for rows in self.families.values()])

    def matrix(self, n_variables: int, first_variable: int = 0) -> sparse.csc_array:
        """Put the entries of all families into one matrix, column by column, from the first variable on."""
        starts = {name: self.start(name) for name in self.families}
        row = np.concatenate([rows.row + np.int32(starts[name]) for name, rows in self.families.items()])
        variable = np.concatenate([rows.variable for rows in self.families.values()])
        variable -= np.int32(first_variable)
        value = np.concatenate([rows.value for rows in self.families.values()])
        n_rows = sum(len(rows) for rows in self.families.values())
        return sparse.csc_array(
            sparse.coo_array((value, (row, variable)), shape=(n_rows, n_variables - first_variable))
        )


class Entries:
    """Collects entries (row, variable, value) for rows that some key selects; those of earlier variables are left out."""

    def __init__(self, first_variable: int) -> None:
        self.first_variable = first_variable
        self.row: list[NDArray[np.int32]] = []
        self.variable: list[NDArray[np.int32]] = []
        self.value: list[Floats] = []

    def add(
        self, row: Ints | NDArray[np.int32], variable: Ints | NDArray[np.int32], value: Floats | float
    ) -> None:
        """Add entries; each must have its row, or goods would vanish."""
        if len(row) and row.min() < 0:
            raise IndexError("an entry of the planning model has no row")
        value = np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)
        if self.first_variable:
            kept = variable >= self.first_variable
            row, variable, value = row[kept], variable[kept], value[kept]
        # two billion rows or variables would fit no machine; half the memory of 64 bits
        self.row.append(row.astype(np.int32))
        self.variable.append(variable.astype(np.int32))
        self.value.append(value)

    def add_known(self, row: Ints, variable: Ints, value: Floats | float) -> None:
        """Add the entries that have a row; -1 stands for none."""
        keep = row >= 0
        self.add(
            row[keep], variable[keep], np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)[keep]
        )

    def family(
        self, at: dict[str, Ints], lower: Floats, upper: Floats, item: Ints | None = None
    ) -> RowFamily:
        """Close the family."""
        item = np.full(len(lower), -1, dtype=np.int64) if item is None else item
        row, variable = np.concatenate(self.row), np.concatenate(self.variable)
        return RowFamily(at, item, lower, upper, row, variable, np.concatenate(self.value))


def make_rows(problem: Problem, variables: Variables, first_family: str = FAMILIES[0]) -> Rows:
    """Make all rows, with the entries of the families from `first_family` on."""
    makers: dict[str, Callable[[Problem, Variables, int], RowFamily]] = {
        "balance": _balance,
        "lane": _lane,
        "throughput": _throughput,
        "storage": _storage,
        "fleet": _fleet,
        "pledge": _pledge,
        "need": _need,
        "expansion": _expansion,
        "offer": _offer,
        "minimum": _minimum,
        "budget": _budget,
    }
    first_variable = variables.start(first_family)
    return Rows({name: make(problem, variables, first_variable) for name, make in makers.items()})


def _at_most(
    key: Ints,
    variable: Ints,
    value: Floats,
    limit: Floats,
    names: dict[str, Ints],
    first_variable: int,
    item: Ints | None = None,
) -> RowFamily:
    """Sum the values of variables with the same key to at most that key's limit; only keys in use make a row."""
    in_use = np.zeros(len(limit), dtype=np.bool_)
    in_use[key] = True
    used = np.flatnonzero(in_use & np.isfinite(limit))
    row_of = np.full(len(limit), -1, dtype=np.int64)
    row_of[used] = np.arange(len(used))
    entries = Entries(first_variable)
    entries.add_known(row_of[key], variable, value)
    owners = {name: at[used] for name, at in names.items()}
    return entries.family(
        owners, np.full(len(used), -np.inf), limit[used], None if item is None else item[used]
    )


def _grid(n: int, n_days: int, name: str) -> dict[str, Ints]:
    return {name: np.repeat(np.arange(n), n_days), "day": np.tile(np.arange(n_days), n)}


def _balance(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Write what is there tonight as what was there plus received less used less departed (§2.2)."""
    n_days, families = problem.n_days, variables.families
    stock = families["stock"].at
    n_rows = len(families["stock"])
    shape = problem.n_locations, problem.n_items, n_days + 1
    row_of = np.full(shape, -1, dtype=np.int32 if n_rows < 2**31 else np.int64)
    row_of[stock["location"], stock["item"], stock["day"]] = np.arange(n_rows)
    entries = Entries(first_variable)

    def rest(location: Ints, item: Ints, day: Ints, variable: Ints) -> None:
        entries.add(row_of[location, item, day], variable, -1.0)
        entries.add_known(row_of[location, item, day + 1], variable, 1.0)

    rest(stock["location"], stock["item"], stock["day"], variables.positions("stock"))
    cover = families["cover"].at["stock"]
    rest(stock["location"][cover], stock["item"][cover], stock["day"][cover], variables.positions("cover"))

    flow, lanes = families["flow"].at, problem.lanes
    lane, item, position = flow["lane"], flow["item"], variables.positions("flow")
    entries.add(row_of[lanes.from_location[lane], item, flow["day"]], position, -1.0)
    arrive = flow["day"] + lanes.transit_days[lane]
    entries.add(row_of[lanes.to_location[lane], item, arrive], position, problem.arriving[lane, item])

    rows, row = problem.consumption, families["serve"].at["row"]
    serve_day = families["serve"].at["day"]
    entries.add(row_of[rows.location[row], rows.item[row], serve_day], variables.positions("serve"), -1.0)
    needs, need = problem.needs, families["hand"].at["need"]
    hand_day = families["hand"].at["day"]
    entries.add(row_of[needs.location[need], needs.item[need], hand_day], variables.positions("hand"), -1.0)
    pledges, pledge = problem.pledges, families["take"].at["pledge"]
    take_day = families["take"].at["day"]
    entries.add(
        row_of[pledges.location[pledge], pledges.item[pledge], take_day], variables.positions("take"), 1.0
    )
    offers, offer = problem.offers, families["order"].at["offer"]
    order_day = families["order"].at["day"] + offers.lead_days[offer]
    entries.add(
        row_of[offers.location[offer], offers.item[offer], order_day], variables.positions("order"), 1.0
    )
    _balance_of_production(problem, variables, row_of, entries)

    begins = row_of[stock["location"], stock["item"], np.maximum(stock["day"] - 1, 0)] < 0
    begins |= stock["day"] == 0
    opening = np.where(begins, -problem.stock_opening[stock["location"], stock["item"]], 0.0)
    return entries.family(stock, opening, opening, stock["item"])


def _balance_of_production(
    problem: Problem, variables: Variables, row_of: np.ndarray, entries: Entries
) -> None:
    """Add output after the lead time, and inputs on the day of the start (§5.3, §5.4)."""
    made, start = problem.production, variables.families["start"].at
    line, day, position = start["line"], start["day"], variables.positions("start")
    entries.add(row_of[made.location[line], made.item[line], day + made.lead_days[line]], position, 1.0)
    order = np.argsort(line, kind="stable")
    begin = np.searchsorted(line[order], np.arange(len(made.location) + 1))
    count = np.diff(begin)[made.recipe_line]
    which = np.repeat(np.arange(len(made.recipe_line)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    of = order[begin[made.recipe_line][which] + within]
    location = made.location[made.recipe_line[which]]
    entries.add(
        row_of[location, made.recipe_item[which], day[of]], position[of], -made.recipe_quantity[which]
    )


def _lane(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Keep tonnes departing within the lane's capacity (§3.2)."""
    flow = variables.families["flow"].at
    key = flow["lane"] * problem.n_days + flow["day"]
    names = _grid(len(problem.labels.lanes), problem.n_days, "lane")
    tonnes = problem.item_tonnes[flow["item"]]
    return _at_most(
        key, variables.positions("flow"), tonnes, problem.lanes.capacity_t.ravel(), names, first_variable
    )


def _throughput(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Keep tonnes arriving by lane within the location's throughput (§3.5)."""
    flow, lanes = variables.families["flow"].at, problem.lanes
    lane, item = flow["lane"], flow["item"]
    key = lanes.to_location[lane] * problem.n_days + flow["day"] + lanes.transit_days[lane]
    names = _grid(problem.n_locations, problem.n_days, "location")
    tonnes = problem.item_tonnes[item] * problem.arriving[lane, item]
    return _at_most(
        key, variables.positions("flow"), tonnes, problem.throughput_t.ravel(), names, first_variable
    )


def _storage(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Keep tonnes of closing stock within the location's storage (§2.4); what is frozen takes its place too."""
    n_days, stock = problem.n_days, variables.families["stock"].at
    cover = variables.families["cover"].at["stock"]
    moving = np.zeros((problem.n_locations, problem.n_items, n_days), dtype=np.bool_)
    moving[stock["location"], stock["item"], stock["day"]] = True
    held = problem.stock_opening * problem.item_tonnes
    frozen = held.sum(axis=1)[:, None] - np.einsum("lid,li->ld", moving, held)
    limit = problem.storage_t[:, None] - frozen
    of = np.r_[np.arange(len(stock["day"])), cover]
    variable = np.r_[variables.positions("stock"), variables.positions("cover")]
    key = stock["location"][of] * n_days + stock["day"][of]
    names = _grid(problem.n_locations, n_days, "location")
    return _at_most(
        key, variable, problem.item_tonnes[stock["item"][of]], limit.ravel(), names, first_variable
    )


def _fleet(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Count the vehicles away: yesterday's, plus those that leave, less those that return (§4.1)."""
    n_days, lanes, flow = problem.n_days, problem.lanes, variables.families["flow"].at
    away = variables.positions("away").reshape(-1, n_days)
    n_rows = away.size
    entries = Entries(first_variable)
    row = np.arange(n_rows).reshape(-1, n_days)
    entries.add(row.ravel(), away.ravel(), 1.0)
    entries.add(row[:, 1:].ravel(), away[:, :-1].ravel(), -1.0)
    of = np.flatnonzero(lanes.fleet[flow["lane"]] >= 0)
    lane, day = flow["lane"][of], flow["day"][of]
    fleet = lanes.fleet[lane]
    vehicles = problem.item_tonnes[flow["item"][of]] / problem.fleets.payload_t[fleet]
    position = variables.positions("flow")[of]
    entries.add(fleet * n_days + day, position, -vehicles)
    back = day + lanes.cycle_days[lane]
    entries.add_known(np.where(back < n_days, fleet * n_days + back, -1), position, vehicles)
    return entries.family(variables.families["away"].at, np.zeros(n_rows), np.zeros(n_rows))


def _pledge(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Take up no more than the pledge counts (§5.1)."""
    pledge, position = variables.families["take"].at["pledge"], variables.positions("take")
    names = {"pledge": np.arange(len(problem.pledges.quantity))}
    return _at_most(
        pledge,
        position,
        np.ones(len(position)),
        problem.pledges.quantity,
        names,
        first_variable,
        problem.pledges.item,
    )


def _need(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Hand over no more than is needed (§6.2)."""
    need, position = variables.families["hand"].at["need"], variables.positions("hand")
    names = {"need": np.arange(len(problem.needs.quantity))}
    return _at_most(
        need,
        position,
        np.ones(len(position)),
        problem.needs.quantity,
        names,
        first_variable,
        problem.needs.item,
    )


def _expansion(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Start no more than today's rate, or the risen one where the plan pays for it (§5.3)."""
    made, start = problem.production, variables.families["start"].at
    gain = made.limit_expanded - made.limit
    of = np.flatnonzero(gain[start["line"], start["day"]] > 0)
    line, day = start["line"][of], start["day"][of]
    decision = np.full(len(made.location), -1, dtype=np.int64)
    decision[variables.families["expand"].at["line"]] = variables.positions("expand")
    row = np.arange(len(of))
    entries = Entries(first_variable)
    entries.add(row, variables.positions("start")[of], 1.0)
    can = decision[line] >= 0
    entries.add(row[can], decision[line[can]], -gain[line[can], day[can]])
    return entries.family(
        {"line": line, "day": day}, np.full(len(of), -np.inf), made.limit[line, day], made.item[line]
    )


def _offer(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Order no more than is offered in all, and nothing without the decision to buy (§5.5)."""
    offers = problem.offers
    offer, position = variables.families["order"].at["offer"], variables.positions("order")
    names = {"offer": np.arange(len(offers.quantity_max))}
    plain = _at_most(
        offer, position, np.ones(len(position)), offers.quantity_max, names, first_variable, offers.item
    )
    used, buys = plain.at["offer"], variables.families["buy"].at["offer"]
    row_of = np.full(len(offers.quantity_max), -1, dtype=np.int64)
    row_of[used] = np.arange(len(used))
    entries = Entries(first_variable)
    entries.add(plain.row, plain.variable, plain.value)
    entries.add_known(row_of[buys], variables.positions("buy"), -offers.quantity_max[buys])
    return entries.family(plain.at, plain.lower, np.where(np.isin(used, buys), 0.0, plain.upper), plain.item)


def _minimum(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Order at least the minimum if anything is ordered (§5.5)."""
    buys, offer = variables.families["buy"].at["offer"], variables.families["order"].at["offer"]
    offers = problem.offers
    row_of = np.full(len(offers.quantity_max), -1, dtype=np.int64)
    row_of[buys] = np.arange(len(buys))
    entries = Entries(first_variable)
    entries.add_known(row_of[offer], variables.positions("order"), 1.0)
    entries.add(row_of[buys], variables.positions("buy"), -offers.order_min[buys])
    return entries.family({"offer": buys}, np.zeros(len(buys)), np.full(len(buys), np.inf), offers.item[buys])


def _budget(problem: Problem, variables: Variables, first_variable: int) -> RowFamily:
    """Spend no more than there is on production, expansion and orders (§5.6)."""
    made, offers, families = problem.production, problem.offers, variables.families
    line, grown, offer = (
        families["start"].at["line"],
        families["expand"].at["line"],
        families["order"].at["offer"],
    )
    budget = np.r_[made.budget[line], made.budget[grown], offers.budget[offer]]
    cost = np.r_[made.unit_cost[line], made.expansion_cost[grown], offers.unit_cost[offer]]
    position = np.r_[
        variables.positions("start"), variables.positions("expand"), variables.positions("order")
    ]
    charged = (budget >= 0) & (cost > 0)
    names = {"budget": np.arange(len(problem.budgets.amount))}
    return _at_most(
        budget[charged], position[charged], cost[charged], problem.budgets.amount, names, first_variable
    )
