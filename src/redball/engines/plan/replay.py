"""A plan that keeps every limit, from any wish: what was wished is done day by day, cut to what is possible.

Used where a linear program was stopped before it had a plan, and to make whole units of its parts: what a day cannot
do of a wish is wished again the next day, so that two halves become one whole. Each day, each limit shared by several wishes scales them
all by the same share; scaling only ever lowers, so the order of the limits does not matter for feasibility.
"""

from __future__ import annotations

import numpy as np

from redball.engines.plan.departures import Ground, Network, depart_in_parts, network_of
from redball.engines.plan.model import LinearModel, implied_upper
from redball.engines.plan.read import DUST
from redball.engines.plan.variables import cumulated_before, summed
from redball.model.problem import Flags, Floats, Ints, Problem


def local_wish(model: LinearModel) -> Floats:
    """Return the wish to use what is at hand where it is, and to move nothing."""
    wish, most = np.zeros(model.n_variables), implied_upper(model)
    for family in ("serve", "hand", "take"):
        part = model.variables.slice(family)
        wish[part] = most[part]
    return wish


def replay(model: LinearModel, wish: Floats) -> Floats:
    """Return the values of a plan that follows `wish` as far as every rule allows.

    Parameters
    ----------
    wish
        (variables,) wished values; may break any limit. Stock, cover and vehicles away follow from the rest.
        Orders from offers with a minimum are left out: a cut could fall below the minimum.
    """
    return _Replay(model, wish).run()


def _share(limit: Floats, wished: Floats) -> Floats:
    """Return the share of the wished sums that fits under the limits, at most 1."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(wished > 0, np.maximum(limit, 0.0) / wished, 1.0)
    fits: Floats = np.minimum(np.nan_to_num(share, nan=1.0, posinf=1.0), 1.0)
    return fits


GRAIN = 1e-6
"""Share of an item's largest daily demand under which a quantity is a grain: nobody ships it, and next to all that passes a
place in months no trace can tell it from nothing."""


def _grains(problem: Problem) -> Floats:
    """Return (items,) [item unit] the least that is moved or used."""
    least = np.full(problem.n_items, DUST)
    np.maximum.at(least, problem.consumption.item, GRAIN * problem.consumption.per_day)
    return least


class _Replay:
    """The state of one run: stock now, and what has been promised to later days."""

    def __init__(self, model: LinearModel, wish: Floats) -> None:
        problem = model.problem
        self.model, self.problem = model, problem
        self.grain = _grains(problem)
        self.most = implied_upper(model)
        self.wish = np.clip(np.nan_to_num(wish), 0.0, self.most)
        self.values = np.zeros(model.n_variables)
        self.stock = problem.stock_opening.copy()
        self.coming = np.zeros((problem.n_days + 1, problem.n_locations, problem.n_items))
        # tonnes at a location and on the way to it: a storage limit on these can never be broken later
        self.held_t = self.stock @ problem.item_tonnes
        self.throughput_left = problem.throughput_t.copy()
        self.lane_left = problem.lanes.capacity_t[:, 0].copy()
        self.vehicles_left = np.repeat(problem.fleets.vehicles[:, None], problem.n_days, axis=1)
        self.pledge_left = problem.pledges.quantity.copy()
        self.need_left = problem.needs.quantity.copy()
        self.offer_left = np.where(problem.offers.order_min > 0, 0.0, problem.offers.quantity_max)
        self.budget_left = problem.budgets.amount.copy()
        self.expanded = self._expand()
        families = model.variables.families
        flow = families["flow"].at
        # who wishes: what one of them could not do today, it wishes again tomorrow
        self.wisher = {
            "flow": flow["lane"] * problem.n_items + flow["item"],
            "take": families["take"].at["pledge"],
            "order": families["order"].at["offer"],
            "hand": families["hand"].at["need"],
            "start": families["start"].at["line"],
        }
        self.owed = {name: np.zeros(int(who.max(initial=0)) + 1) for name, who in self.wisher.items()}
        self.by_day = {
            name: self._by_day(name, families[name].at["day"])
            for name in ("take", "start", "order", "serve", "hand", "flow")
        }
        self.network, self.ground = self._compiled()
        self.closing = np.zeros((problem.n_days, problem.n_locations, problem.n_items))

    def _compiled(self) -> tuple[Network, Ground]:
        """Return what the loop over departures reads, and what it changes: the arrays of this run itself."""
        model, part = self.model, self.model.variables.slice("flow")
        flow = model.variables.families["flow"].at
        network = network_of(
            self.problem, flow, model.whole[part], self.most[part], self.wish[part], self.grain
        )
        return network, Ground(
            self.stock,
            self.coming,
            self.held_t,
            self.lane_left,
            self.throughput_left,
            self.vehicles_left,
            self.owed["flow"],
            self.values[part],
        )

    def _by_day(self, family: str, day: Ints) -> tuple[Ints, Ints]:
        """Return those of a family that ever wish, in the order of days, and where each day begins in it."""
        wish, who = self.wish[self.model.variables.slice(family)], self.wisher.get(family)
        wishing = wish > 0 if who is None else (np.bincount(who, wish) > 0)[who]
        of = np.flatnonzero(wishing)
        of = of[np.argsort(day[of].astype(np.int16), kind="stable")]  # of 16 bits: sorted by counting
        return of, np.searchsorted(day[of], np.arange(self.problem.n_days + 1))

    def run(self) -> Floats:
        """Go through the days."""
        for day in range(self.problem.n_days):
            self.stock += self.coming[day]
            self._take(day)
            self._order(day)
            self._use(day)
            self._depart(day)
            self.closing[day] = self.stock
        self._rest()
        return self.values

    def _today(
        self, family: str, day: int, whole: bool | None = None
    ) -> tuple[Ints, dict[str, Ints], Floats]:
        """Positions, coordinates and wishes of a family on one day; of whole units only, of parts only, or of all."""
        order, begin = self.by_day[family]
        of = order[begin[day] : begin[day + 1]]
        if whole is not None:
            of = of[self.model.whole[self.model.variables.start(family) + of] == whole]
        position = self.model.variables.start(family) + of
        at = self.model.variables.families[family].at
        wish = self.wish[position]
        if family in self.wisher:
            wish = np.minimum(wish + self.owed[family][self.wisher[family][of]], self.most[position])
            wish = np.where(self.model.whole[position], np.floor(wish + 0.5), wish)
        return position, {name: index[of] for name, index in at.items()}, wish

    def _done(self, family: str, position: Ints, quantity: Floats) -> None:
        """Book what was done, and what is left of the wish."""
        self.values[position] = quantity
        if family in self.wisher:
            who = self.wisher[family][position - self.model.variables.start(family)]
            self.owed[family][who] += self.wish[position] - quantity

    def _told(self, quantity: Floats, item: Ints) -> Floats:
        """Return quantities without grains."""
        return np.where(quantity < self.grain[item], 0.0, quantity)

    def _expand(self) -> Flags:
        """Decide the expansions that are wished and can be paid."""
        made, variables = self.problem.production, self.model.variables
        expanded = np.zeros(len(made.location), dtype=np.bool_)
        for position, line in zip(
            variables.positions("expand"), variables.families["expand"].at["line"], strict=True
        ):
            budget, cost = made.budget[line], made.expansion_cost[line]
            if self.wish[position] > 0.5 and (budget < 0 or cost <= self.budget_left[budget]):
                expanded[line] = True
                self.values[position] = 1.0
                if budget >= 0:
                    self.budget_left[budget] -= cost
        return expanded

    def _fit(self, quantity: Floats, location: Ints, item: Ints) -> Floats:
        """Cut quantities coming to locations to their storage, and whole items to whole units; book them."""
        problem = self.problem
        tonnes = problem.item_tonnes[item]
        wished_t = summed(location, quantity * tonnes, problem.n_locations)
        quantity = quantity * _share(problem.storage_t - self.held_t, wished_t)[location]
        quantity = np.where(problem.item_whole[item], np.floor(quantity + 1e-9), self._told(quantity, item))
        self.held_t += summed(location, quantity * tonnes, problem.n_locations)
        return quantity

    def _paid(self, quantity: Floats, budget: Ints, unit_cost: Floats) -> Floats:
        """Cut quantities to what their budgets can pay."""
        if not len(self.budget_left):
            return quantity
        cost = np.where(budget >= 0, quantity * unit_cost, 0.0)
        wished = summed(np.maximum(budget, 0), cost, len(self.budget_left))
        return np.where(budget >= 0, quantity * _share(self.budget_left, wished)[budget], quantity)

    def _pay(self, quantity: Floats, budget: Ints, unit_cost: Floats) -> None:
        charged = budget >= 0
        np.subtract.at(self.budget_left, budget[charged], (quantity * unit_cost)[charged])

    def _take(self, day: int) -> None:
        position, at, wish = self._today("take", day)
        pledge, pledges = at["pledge"], self.problem.pledges
        location, item = pledges.location[pledge], pledges.item[pledge]
        quantity = self._fit(np.minimum(wish, self.pledge_left[pledge]), location, item)
        self.pledge_left[pledge] -= quantity
        np.add.at(self.stock, (location, item), quantity)
        self._done("take", position, quantity)

    def _order(self, day: int) -> None:
        position, at, wish = self._today("order", day)
        offer, offers = at["offer"], self.problem.offers
        quantity = self._paid(
            np.minimum(wish, self.offer_left[offer]), offers.budget[offer], offers.unit_cost[offer]
        )
        quantity = self._fit(quantity, offers.location[offer], offers.item[offer])
        self._pay(quantity, offers.budget[offer], offers.unit_cost[offer])
        self.offer_left[offer] -= quantity
        self._receive(day, offers.lead_days[offer], offers.location[offer], offers.item[offer], quantity)
        self._done("order", position, quantity)

    def _receive(self, day: int, after: Ints, location: Ints, item: Ints, quantity: Floats) -> None:
        """Put quantities into stock after some days; at once after none."""
        now = after == 0
        np.add.at(self.stock, (location[now], item[now]), quantity[now])
        later = ~now
        np.add.at(self.coming, (day + after[later], location[later], item[later]), quantity[later])

    def _use(self, day: int) -> None:
        """Serve, hand over and draw inputs, all cut to the same share of what is on hand above the floor."""
        problem, made = self.problem, self.problem.production
        rows, needs = problem.consumption, problem.needs
        serve, serve_at, served = self._today("serve", day)
        self._hand_whole(day)
        hand, hand_at, handed = self._today("hand", day, whole=False)
        start, start_at, started = self._today("start", day)
        handed = np.minimum(handed, self.need_left[hand_at["need"]])
        line = start_at["line"]
        limit = np.where(self.expanded[line], made.limit_expanded[line, day], made.limit[line, day])
        started = self._paid(np.minimum(started, limit), made.budget[line], made.unit_cost[line])

        # row by row of the recipes: how much each line would draw today
        by_line = np.zeros(len(made.location))
        by_line[line] = started
        draw_at = made.location[made.recipe_line], made.recipe_item
        use = np.zeros_like(self.stock)
        serve_node = rows.location[serve_at["row"]], rows.item[serve_at["row"]]
        hand_node = needs.location[hand_at["need"]], needs.item[hand_at["need"]]
        np.add.at(use, serve_node, served)
        np.add.at(use, hand_node, handed)
        np.add.at(use, draw_at, by_line[made.recipe_line] * made.recipe_quantity)
        share = _share(self.stock - problem.stock_floor, use)

        line_share = np.ones(len(made.location))
        np.minimum.at(line_share, made.recipe_line, share[draw_at])
        wanted = by_line * line_share
        wanted[line] = self._fit(wanted[line], made.location[line], made.item[line])
        self._pay(wanted[line], made.budget[line], made.unit_cost[line])
        drawn = wanted[made.recipe_line] * made.recipe_quantity
        served = self._told(served * share[serve_node], serve_node[1])
        handed = self._told(handed * share[hand_node], hand_node[1])
        self.need_left[hand_at["need"]] -= handed
        for node, quantity in ((serve_node, served), (hand_node, handed), (draw_at, drawn)):
            np.subtract.at(self.stock, node, quantity)
            self.held_t -= summed(node[0], quantity * problem.item_tonnes[node[1]], problem.n_locations)
        self._receive(day, made.lead_days[line], made.location[line], made.item[line], wanted[line])
        for family, at, done in (
            ("serve", serve, served),
            ("hand", hand, handed),
            ("start", start, wanted[line]),
        ):
            self._done(family, at, done)

    def _hand_whole(self, day: int) -> None:
        """Hand over whole units, one need after the other, so that none is lost between two halves."""
        problem, needs = self.problem, self.problem.needs
        position, at, wish = self._today("hand", day, whole=True)
        for one in np.flatnonzero(wish > 0):
            need = at["need"][one]
            node = needs.location[need], needs.item[need]
            fits = min(float(wish[one]), self.need_left[need], self.stock[node] - problem.stock_floor[node])
            quantity = np.array([max(np.floor(fits + 1e-9), 0.0)])
            self.stock[node] -= quantity[0]
            self.need_left[need] -= quantity[0]
            self.held_t[node[0]] -= quantity[0] * problem.item_tonnes[node[1]]
            self._done("hand", position[one : one + 1], quantity)

    def _depart(self, day: int) -> None:
        """Send what is whole first, one lane after the other, and then the rest in what room is left."""
        self.lane_left[:] = self.problem.lanes.capacity_t[:, day]
        position, at, wish = self._today("flow", day, whole=True)
        for one in np.flatnonzero(wish > 0):
            lane, item = at["lane"][one : one + 1], at["item"][one : one + 1]
            fits = min(float(wish[one]), self._room(day, int(lane[0]), int(item[0])))
            self._send(day, position[one : one + 1], lane, item, np.array([np.floor(fits + 1e-9)]))
        order, begin = self.by_day["flow"]
        depart_in_parts(self.network, self.ground, order[begin[day] : begin[day + 1]], day)

    def _room(self, day: int, lane: int, item: int) -> float:
        """Return how much of an item a lane can take today."""
        problem, lanes = self.problem, self.problem.lanes
        origin, end, fleet = lanes.from_location[lane], lanes.to_location[lane], lanes.fleet[lane]
        room_t = min(self.lane_left[lane], self.throughput_left[end, day + lanes.transit_days[lane]])
        room_t = min(room_t, problem.storage_t[end] - self.held_t[end])
        if fleet >= 0:
            free = self.vehicles_left[fleet, day : day + lanes.cycle_days[lane]].min()
            room_t = min(room_t, free * problem.fleets.payload_t[fleet])
        on_hand = self.stock[origin, item] - problem.stock_floor[origin, item]
        return max(float(min(on_hand, room_t / problem.item_tonnes[item])), 0.0)

    def _send(self, day: int, position: Ints, lane: Ints, item: Ints, quantity: Floats) -> None:
        """Book departures that fit."""
        problem, lanes = self.problem, self.problem.lanes
        origin, end, arrive = (
            lanes.from_location[lane],
            lanes.to_location[lane],
            day + lanes.transit_days[lane],
        )
        tonnes, arriving = quantity * problem.item_tonnes[item], problem.arriving[lane, item]
        np.subtract.at(self.lane_left, lane, tonnes)
        np.subtract.at(self.throughput_left, (end, arrive), tonnes * arriving)
        fleets = lanes.fleet[lane]
        for one in np.unique(lane[(fleets >= 0) & (tonnes > 0)]):
            fleet = lanes.fleet[one]
            vehicles = tonnes[lane == one].sum() / problem.fleets.payload_t[fleet]
            self.vehicles_left[fleet, day : day + lanes.cycle_days[one]] -= vehicles
        np.subtract.at(self.stock, (origin, item), quantity)
        np.add.at(self.coming, (arrive, end, item), quantity * arriving)
        self.held_t += summed(end, tonnes * arriving, problem.n_locations)
        self.held_t -= summed(origin, tonnes, problem.n_locations)
        self._done("flow", position, quantity)

    def _rest(self) -> None:
        """Fill in what follows from the rest: steps of rationing, vehicles away, stock and the cover that it gives."""
        model, variables = self.model, self.model.variables
        serve, n_tiers = variables.slice("serve"), len(self.problem.weights.tier_share)
        tiers = model.upper[serve].reshape(-1, n_tiers)
        served = self.values[serve].reshape(-1, n_tiers).sum(axis=1, keepdims=True)
        # the first steps to fall short are the last to be served
        after = tiers[:, ::-1].cumsum(axis=1)[:, ::-1] - tiers
        self.values[serve] = np.clip(served - after, 0.0, tiers).ravel()
        away = variables.families["away"].at
        vehicles = self.problem.fleets.vehicles[away["fleet"]]
        self.values[variables.slice("away")] = vehicles - self.vehicles_left[away["fleet"], away["day"]]
        stock, cover = variables.families["stock"].at, variables.families["cover"]
        closing = self.closing[stock["day"], stock["location"], stock["item"]]
        before = cumulated_before(cover.at["stock"], cover.upper)
        covered = np.clip(closing[cover.at["stock"]] - before, 0.0, cover.upper)
        self.values[variables.slice("cover")] = covered
        rest = closing - summed(cover.at["stock"], covered, len(closing))
        self.values[variables.slice("stock")] = rest
        np.clip(self.values, model.lower, None, out=self.values)
