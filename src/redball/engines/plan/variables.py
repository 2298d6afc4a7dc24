"""The variables of the planning model: which exist, what each costs, what bounds it.

A variable is an entry of the coordinate arrays of its family. Costs are in weighted shortage-days (§7.4 divided by
shortage_day_cost), quantities in item units. Serving demand is a reward: the cost of serving nothing is the model's
`offset`, so that no variable and no row is needed for what goes short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redball.core.horizon import WHOLE_TOLERANCE
from redball.engines.plan.reach import Reach, budget_open
from redball.model.problem import Flags, Floats, Ints, Problem


@dataclass(frozen=True, slots=True)
class Family:
    """Variables of one kind.

    `at` holds one coordinate array per name; all arrays have one entry for each variable.
    """

    at: dict[str, Ints]
    item: Ints
    """The item whose quantity the variable is; -1: none."""
    cost: Floats
    lower: Floats
    upper: Floats
    whole: Flags

    def __len__(self) -> int:
        return len(self.cost)


FAMILIES = ("flow", "stock", "cover", "serve", "hand", "take", "start", "order", "expand", "buy", "away")
"""Order of the families in the model: goods moving, resting, used, coming in; then decisions and lift."""


@dataclass(frozen=True, slots=True)
class Variables:
    """All families, and the cost of the part that no variable can change."""

    families: dict[str, Family]
    offset: dict[str, float]
    """[weighted shortage-day] cost of doing nothing, by its parts ``shortage`` and ``cover``."""
    rows_last: Ints
    """(locations, items) [day] last day with a balance; what is there then stays."""

    def __len__(self) -> int:
        return sum(len(family) for family in self.families.values())

    def start(self, family: str) -> int:
        """Position of a family's first variable."""
        return sum(len(self.families[name]) for name in FAMILIES[: FAMILIES.index(family)])

    def slice(self, family: str) -> slice:
        """Positions of a family's variables."""
        start = self.start(family)
        return slice(start, start + len(self.families[family]))

    def positions(self, family: str) -> Ints:
        """Positions of a family's variables, one by one."""
        start = self.start(family)
        return np.arange(start, start + len(self.families[family]), dtype=np.int64)

    def joined(self, name: str) -> np.ndarray:
        """One attribute of all families, in the model's order."""
        return np.concatenate([getattr(self.families[family], name) for family in FAMILIES])


def make_variables(problem: Problem, reach: Reach) -> Variables:
    """Make every variable that can matter."""
    rows_last = np.where(np.isfinite(problem.storage_t)[:, None], problem.n_days - 1, reach.last)
    rows_last = np.where(reach.active, rows_last, -1)
    stock, cover, cover_cost = _stocks(problem, reach, rows_last)
    serve, serve_cost = _serves(problem, reach)
    hand, hand_cost = _hands(problem, reach)
    families = {
        "flow": _flows(problem, reach),
        "stock": stock,
        "cover": cover,
        "serve": serve,
        "hand": hand,
        "take": _takes(problem, reach),
        "start": _starts(problem, reach),
        "order": _orders(problem, reach),
        **_decisions(problem),
        "away": _away(problem),
    }
    return Variables(families, {"shortage": serve_cost + hand_cost, "cover": cover_cost}, rows_last)


def spread(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return (owner, day) for every day between `first` and `last`, both included, of every owner.

    >>> spread(np.array([0, 2]), np.array([1, 2]))
    (array([0, 0, 1]), array([0, 1, 2]))
    """
    count = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(count), dtype=np.int64), count)
    begin = np.cumsum(count) - count
    day = np.arange(len(owner), dtype=np.int64) - begin[owner] + first[owner]
    return owner, day


def summed(index: Ints, value: Floats, n: int) -> Floats:
    """Return (n,) sums of the values with the same index."""
    total: Floats = np.bincount(index, value, n).astype(np.float64)
    return total


def _family(
    at: dict[str, Ints],
    upper: Floats,
    item: Ints | None = None,
    cost: Floats | None = None,
    whole: Flags | None = None,
) -> Family:
    n = len(upper)
    return Family(
        at,
        np.full(n, -1, dtype=np.int64) if item is None else item,
        np.zeros(n) if cost is None else cost,
        np.zeros(n),
        upper,
        np.zeros(n, dtype=np.bool_) if whole is None else whole,
    )


def _money(problem: Problem) -> float:
    return 1.0 / problem.weights.shortage_day_cost


def _flows(problem: Problem, reach: Reach) -> Family:
    lanes = problem.lanes
    lane, item = np.nonzero(lanes.carries)
    first = reach.first[lanes.from_location[lane], item]
    last = (
        np.minimum(reach.last[lanes.to_location[lane], item], problem.n_days - 1) - lanes.transit_days[lane]
    )
    active = reach.active[lanes.from_location[lane], item] & reach.active[lanes.to_location[lane], item]
    owner, day = spread(first, np.where(active, last, -1))
    lane, item = lane[owner], item[owner]
    most = _flow_most(problem, lane, item, day)
    can = most > 0
    lane, item, day = lane[can], item[can], day[can]
    whole = problem.item_whole[item]
    # a limit that has a row is no bound as well, or its price could hide in the bound (§8.4)
    upper = np.where(whole, most[can], np.inf)
    cost = lanes.cost_per_t[lane] * problem.item_tonnes[item] * _money(problem)
    return _family({"lane": lane, "item": item, "day": day}, upper, item, cost, whole)


def _flow_most(problem: Problem, lane: Ints, item: Ints, day: Ints) -> Floats:
    """Return the most that can depart at once by lane, throughput and fleet; a tank too heavy for all is none."""
    lanes, fleets = problem.lanes, problem.fleets
    most_t = lanes.capacity_t[lane, day]
    arriving = problem.arriving[lane, item]
    throughput = problem.throughput_t[lanes.to_location[lane], day + lanes.transit_days[lane]]
    with np.errstate(divide="ignore"):
        most_t = np.minimum(most_t, np.where(arriving > 0, throughput / arriving, np.inf))
    lift_t = np.r_[fleets.vehicles * fleets.payload_t, np.inf]  # the last: no fleet
    most = np.minimum(most_t, lift_t[lanes.fleet[lane]]) / problem.item_tonnes[item]
    fits: Floats = np.where(problem.item_whole[item], np.floor(most + WHOLE_TOLERANCE), most)
    return fits


def _stocks(problem: Problem, reach: Reach, rows_last: Ints) -> tuple[Family, Family, float]:
    """Make closing stock; where cover is asked, the part that covers a row is a variable of its own (§6.3)."""
    location, item = np.nonzero(reach.active)
    owner, day = spread(reach.first[location, item], rows_last[location, item])
    location, item = location[owner], item[owner]
    floor = problem.stock_floor[location, item]
    stock = Family(
        {"location": location, "item": item, "day": day},
        item,
        np.zeros(len(day)),
        floor.copy(),
        np.full(len(day), np.inf),
        np.zeros(len(day), dtype=np.bool_),
    )
    position = np.full((problem.n_locations, problem.n_items, problem.n_days), -1, dtype=np.int64)
    position[location, item, day] = np.arange(len(day))

    rows = problem.consumption
    asks = np.flatnonzero(rows.cover_quantity > 0)
    # the row with the smaller cover gains more from a unit, so it is filled first; that order is optimal
    asks = asks[np.lexsort((asks, rows.cover_quantity[asks]))]
    owner, day = spread(rows.first_day[asks], rows.last_day[asks])
    row = asks[owner]
    location, item, target = rows.location[row], rows.item[row], rows.cover_quantity[row]
    at = position[location, item, day]
    # what must stay there anyway (the floor), or never moves (the frozen stock), covers without a decision
    frozen = at < 0
    held = np.where(frozen, problem.stock_opening[location, item], problem.stock_floor[location, item])
    key = (location * problem.n_items + item) * problem.n_days + day
    before = cumulated_before(key, target)
    sure = np.clip(held - before, 0.0, target)
    weight = problem.weights.cover
    offset = weight * float(len(target) - np.sum(sure[frozen] / target[frozen]))
    live = ~frozen
    cover = Family(
        {"row": row[live], "stock": at[live]},
        rows.item[row[live]],
        -weight / target[live],
        sure[live],
        target[live],
        np.zeros(int(live.sum()), dtype=np.bool_),
    )
    taken = summed(at[live], sure[live], len(stock))
    np.copyto(stock.lower, np.maximum(floor - taken, 0.0))
    return stock, cover, offset


def cumulated_before(key: Ints, value: Floats) -> Floats:
    """Sum of the earlier values with the same key, in the given order."""
    order = np.argsort(key, kind="stable")
    sorted_key, sorted_value = key[order], value[order]
    total = np.cumsum(sorted_value) - sorted_value
    new = np.r_[True, sorted_key[1:] != sorted_key[:-1]] if len(key) else np.zeros(0, dtype=np.bool_)
    group = np.cumsum(new) - 1
    result = np.empty_like(total)
    result[order] = total - total[new][group] if len(key) else total
    return result


def _serves(problem: Problem, reach: Reach) -> tuple[Family, float]:
    """Consumption served, one variable for each step of rationing (§6.1, §7.2)."""
    rows, weights = problem.consumption, problem.weights
    owner, day = spread(rows.first_day, rows.last_day)
    offset = float(np.sum(rows.weight[owner] * weights.day[day])) * float(
        weights.tier_share @ weights.tier_weight
    )
    can = day >= reach.first[rows.location, rows.item][owner]
    row, day = owner[can], day[can]
    n_tiers = len(weights.tier_share)
    row, day = np.repeat(row, n_tiers), np.repeat(day, n_tiers)
    tier = np.tile(np.arange(n_tiers, dtype=np.int64), int(can.sum()))
    asked = rows.per_day[row]
    reward = rows.weight[row] * weights.day[day] * weights.tier_weight[tier] / asked
    return _family(
        {"row": row, "day": day, "tier": tier}, asked * weights.tier_share[tier], rows.item[row], -reward
    ), offset


def _hands(problem: Problem, reach: Reach) -> tuple[Family, float]:
    """Needs handed over: each unit ends its part of the backlog from that day on (§6.2)."""
    needs, n_days = problem.needs, problem.n_days
    counts = needs.due_day < n_days
    # later[d]: sum of the days' urgencies from day d to the end
    later = np.r_[np.cumsum(problem.weights.day[::-1])[::-1], 0.0]
    offset = float(np.sum(needs.weight[counts] * later[needs.due_day[counts]]))
    first = reach.first[needs.location, needs.item]
    owner, day = spread(first, np.where(counts, n_days - 1, -1))
    reward = needs.weight[owner] * later[np.maximum(day, needs.due_day[owner])] / needs.quantity[owner]
    whole = problem.item_whole[needs.item[owner]]
    return _family(
        {"need": owner, "day": day}, needs.quantity[owner], needs.item[owner], -reward, whole
    ), offset


def _takes(problem: Problem, reach: Reach) -> Family:
    pledges = problem.pledges
    last = np.minimum(reach.last[pledges.location, pledges.item], problem.n_days - 1)
    owner, day = spread(pledges.first_day, np.where(pledges.quantity > 0, last, -1))
    item = pledges.item[owner]
    return _family(
        {"pledge": owner, "day": day}, np.full(len(day), np.inf), item, whole=problem.item_whole[item]
    )


def _starts(problem: Problem, reach: Reach) -> Family:
    made = problem.production
    first = np.zeros(len(made.location), dtype=np.int64)
    np.maximum.at(first, made.recipe_line, reach.first[made.location[made.recipe_line], made.recipe_item])
    last = np.minimum(reach.last[made.location, made.item], problem.n_days - 1) - made.lead_days
    line, day = spread(first, last)
    runs = (made.limit_expanded > 0) & budget_open(problem, made.budget, made.unit_cost)
    can = runs[line, day]
    line, day = line[can], day[can]
    cost = made.unit_cost[line] * _money(problem)
    return _family({"line": line, "day": day}, made.limit_expanded[line, day], made.item[line], cost)


def _orders(problem: Problem, reach: Reach) -> Family:
    offers = problem.offers
    last = np.minimum(reach.last[offers.location, offers.item], problem.n_days - 1) - offers.lead_days
    offer, day = spread(np.zeros(len(offers.location), dtype=np.int64), last)
    can = budget_open(problem, offers.budget, offers.unit_cost)[offer, day]
    offer, day = offer[can], day[can]
    return _family(
        {"offer": offer, "day": day},
        np.full(len(day), np.inf),
        offers.item[offer],
        offers.unit_cost[offer] * _money(problem),
        problem.item_whole[offers.item[offer]],
    )


def _decisions(problem: Problem) -> dict[str, Family]:
    """Decide whether to expand a line (§5.3) and whether to buy from an offer that has a minimum (§5.5)."""
    made, offers = problem.production, problem.offers
    payable = budget_open(problem, made.budget, made.expansion_cost)
    line = np.flatnonzero(made.decide & payable[:, 0])
    offer = np.flatnonzero(offers.order_min > 0)
    return {
        "expand": _family(
            {"line": line},
            np.ones(len(line)),
            cost=made.expansion_cost[line] * _money(problem),
            whole=np.ones(len(line), dtype=np.bool_),
        ),
        "buy": _family({"offer": offer}, np.ones(len(offer)), whole=np.ones(len(offer), dtype=np.bool_)),
    }


def _away(problem: Problem) -> Family:
    """Make the vehicles of a fleet that are away on a day (§4.1)."""
    n_fleets = len(problem.fleets.vehicles)
    fleet = np.repeat(np.arange(n_fleets, dtype=np.int64), problem.n_days)
    day = np.tile(np.arange(problem.n_days, dtype=np.int64), n_fleets)
    return _family({"fleet": fleet, "day": day}, problem.fleets.vehicles[fleet])
