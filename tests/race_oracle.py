"""The race once more, for one replication, in plain Python: no arrays of replications, no rings, no kernel.

It reads the same `World` and follows the same rules in the same order, so that every number must equal the kernel's to
the last bit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.race_oracle_policies import Decisions, whole_down

from redball.engines.race.world import BASE_STOCK, HAND, PUSH, SERVE, World

MASK = (1 << 64) - 1
GOLDEN, STEP = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95
OPEN, DELAY, LOSS, STEADY, USE, COMES, PART, LATE, SLIP, SURGE, BEGIN, LENGTH = range(12)
TOLERANCE = 1e-6


def mixed(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def bits(key: int, purpose: int, day: int, replication: int) -> int:
    stream = mixed((mixed((int(key) + purpose * STEP) & MASK) + (day + 1) * GOLDEN) & MASK)
    return mixed((stream + replication * GOLDEN) & MASK)


def uniform(key: int, purpose: int, day: int, replication: int) -> float:
    return float((bits(key, purpose, day, replication) >> 11) * 2.0**-53)


def normal(number: int) -> np.float32:
    """Return a normal score from 64 bits: the sum of their four parts, bent."""
    four = sum((number >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
    return bent(np.float32(four - 2 * 0xFFFF) * np.float32(2.0**-16))


def bent(x: Any) -> Any:
    """Return normal scores from sums of four even numbers less 2, in numbers of half size."""
    total = x * np.float32(0.0)
    for power in (0.0057891, -0.0196148, 0.0330249, 0.0448272, 1.6673799):
        total = np.float32(power) + x * x * total
    return x * total


@dataclass
class Oracle(Decisions):
    """One replication, day after day."""

    world: World
    replication: int
    stock: list[float] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        w = self.world
        self.grain = [float(x) / (1.5 * 2.0**23) for x in w.item_rounder]
        self.real: Any = np.float32 if all(self.grain) else float
        n_nodes, n_pairs = len(w.node_item), len(w.pair_lane)
        self.stock = [float(x) for x in w.node_opening]
        self.evening = list(self.stock)
        self.yard = [0.0] * n_nodes
        self.inbound = [0.0] * n_nodes
        self.want = [0.0] * n_pairs
        self.waiting = [0.0] * n_pairs
        self.coming: dict[tuple[int, int], float] = defaultdict(float)
        self.output: dict[tuple[int, int], float] = defaultdict(float)
        self.back: dict[tuple[int, int], float] = defaultdict(float)
        self.fleet_left = [float(x) for x in w.fleet_vehicles]
        self.need_left = [float(x) for x in w.need_quantity]
        self.need_owed = [0.0] * len(w.need_node)
        self.line_owed = [0.0] * len(w.line_node)
        self.budget = [float(x) for x in w.budget_amount]
        self.score = [np.float32(0.0)] * len(w.row_node)
        self.open = [True] * len(w.lane_used)
        self.late = [self.steady(lane) for lane in range(len(w.lane_used))]
        self.lost = [0.0] * len(w.item_supply)
        self.pledges()
        self.slip = [self.slips(k) for k in range(len(w.line_node))]
        self.surge()

    def rounded(self, quantity: Any, item: int) -> float:
        """Return a quantity as whole grains, or as it is in numbers of full size."""
        grain = self.grain[item]
        return float(np.rint(float(self.real(quantity)) / grain) * grain) if grain else float(quantity)

    def rounded_down(self, quantity: Any, item: int) -> float:
        return self.rounded(self.real(quantity) - self.real(0.499 * self.grain[item]), item)

    def u(self, key: int, purpose: int, day: int = 0) -> float:
        return uniform(key, purpose, day, self.replication)

    def drawn(self, chances: Any, begins: Any, at: int, u: float) -> int:
        part = [float(x) for x in chances[begins[at] : begins[at + 1]]]
        return min(bisect_right(part, u), len(part) - 1)

    def delayed(self, lane: int) -> bool:
        return bool(self.world.lane_delay_begin[lane + 1] > self.world.lane_delay_begin[lane])

    def steady(self, lane: int) -> int:
        w = self.world
        if not self.delayed(lane) or w.overtaking:
            return 0
        return self.drawn(w.delay_steady, w.lane_delay_begin, lane, self.u(w.lane_key[lane], STEADY))

    def pledges(self) -> None:
        w = self.world
        self.pledge_left, self.pledge_day, self.pledge_owed = [], [], [0.0] * len(w.pledge_node)
        for k, key in enumerate(w.pledge_key):
            share = 1.0 if self.u(key, COMES) < w.pledge_chance[k] else 0.0
            if w.pledge_part_chance[k] > 0 and self.u(key, PART) < w.pledge_part_chance[k]:
                share *= self.u(key, PART, 1)
            late = 0
            if w.pledge_delay_begin[k + 1] > w.pledge_delay_begin[k]:
                late = self.drawn(w.pledge_delay, w.pledge_delay_begin, k, self.u(key, LATE))
            self.pledge_day.append(int(w.pledge_first_day[k]) + late if share > 0 else w.n_days)
            quantity = float(w.pledge_quantity[k]) * share
            quantity = whole_down(quantity, bool(w.node_whole[w.pledge_node[k]]))
            self.pledge_left.append(self.rounded(quantity, int(w.node_item[w.pledge_node[k]])))

    def slips(self, k: int) -> int:
        return int(0.5 - math.log(1.0 - self.u(self.world.line_key[k], SLIP)) * self.world.line_slip_mean[k])

    def surge(self) -> None:
        w, key = self.world, int(self.world.surge_key[0])
        comes = self.u(key, SURGE) < w.surge_chance
        self.surge_first = int(self.u(key, BEGIN) * w.n_days) if comes else w.n_days
        self.surge_last = self.surge_first + int(-math.log(1.0 - self.u(key, LENGTH)) * w.surge_days_mean)

    def run(self) -> list[dict[str, Any]]:
        for day in range(self.world.n_days):
            self.day = day
            self.asked, self.served = [0.0] * len(self.world.row_node), [0.0] * len(self.world.row_node)
            self.draw()
            self.receive()
            self.use()
            self.decide()
            self.depart()
            self.close()
            self.history.append(
                {
                    "stock": list(self.stock),
                    "outside": list(self.inbound),
                    "asked": list(self.asked),
                    "served": list(self.served),
                    "handed": list(self.handed),
                    "taken": list(self.taken),
                    "started": list(self.started),
                    "sent": list(self.sent),
                }
            )
        return self.history

    def draw(self) -> None:
        w, day = self.world, self.day
        for lane, key in enumerate(w.lane_key):
            if not w.lane_used[lane]:
                continue
            if w.lane_fails[lane] > 0:
                edge = w.lane_fails[lane] if self.open[lane] else 1.0 - w.lane_mends[lane]
                self.open[lane] = self.u(key, OPEN, day) >= edge
            if self.delayed(lane):
                u = self.u(key, DELAY, day)
                if w.overtaking:
                    self.late[lane] = self.drawn(w.delay_steady, w.lane_delay_begin, lane, u)
                else:
                    shock = self.drawn(w.delay_shock, w.lane_delay_begin, lane, u)
                    self.late[lane] = max(self.late[lane] - 1, shock)
        old = w.memory if day > 0 else 0.0
        new = math.sqrt(1.0 - old * old)
        kept, drawn = np.float32(old), np.float32(new)
        for row, key in enumerate(w.row_key):
            asked: Any = float(w.row_median[row])
            if w.row_below[row] > 0 or w.row_above[row] > 0:
                z = kept * self.score[row] + drawn * normal(bits(int(key), USE, day, self.replication))
                self.score[row] = z
                side = np.float32(w.row_below[row] if z < 0 else w.row_above[row])
                asked = self.real(max(np.float32(asked) + side * z, np.float32(0.0)))
            if self.surge_first <= day <= self.surge_last and w.surge_chance > 0:
                asked *= type(asked)(w.surge_factor)
            if w.row_first_day[row] <= day <= w.row_last_day[row]:
                self.asked[row] = self.rounded(asked, int(w.node_item[w.row_node[row]]))

    def receive(self) -> None:
        w, day = self.world, self.day
        for n in w.store_node:
            self.stock[n] += self.yard[n]
            self.inbound[n] -= self.yard[n]
            self.yard[n] = 0.0
        room = [float(x) + TOLERANCE for x in w.location_throughput[:, day]]
        for p, n in enumerate(w.pair_to):
            come = self.coming.pop((p, day), 0.0)
            if w.pair_throttled[p]:
                place, tonnes = w.node_location[n], float(w.pair_tonnes[p])
                come = self.waiting[p] + come
                let_in = min(come, max(room[place], 0.0) / tonnes)
                let_in = whole_down(let_in, bool(w.pair_whole[p]))
                self.waiting[p] = come - let_in
                room[place] -= let_in * tonnes
                come = let_in
            self.stock[n] += come
            self.inbound[n] -= come
        for k in range(w.order_begin[day], w.order_begin[day + 1]):
            self.stock[w.order_node[k]] += float(w.order_quantity[k])
        for k, n in enumerate(w.line_node):
            if w.line_lead[k] > 0:
                made = self.output.pop((k, day), 0.0)
                self.stock[n] += made
                self.inbound[n] -= made
        self.taken = []
        for k, n in enumerate(w.pledge_node):
            left = self.pledge_left[k]
            want = self.pledge_owed[k] + float(w.pledge_wish[k, day]) if w.planned else left
            got = min(want, left) if self.pledge_day[k] <= day else 0.0
            self.pledge_owed[k] = want - got
            self.pledge_left[k] -= got
            self.stock[n] += got
            self.taken.append(got)

    def use(self) -> None:
        w, day = self.world, self.day
        self.handed, self.started = [0.0] * len(w.need_node), [0.0] * len(w.line_node)
        for kind, index in zip(w.use_kind, w.use_index, strict=True):
            if kind == SERVE:
                n = w.row_node[index]
                self.served[index] = max(
                    min(self.asked[index] * float(w.row_share[index, day]), self.spare(n)), 0.0
                )
                self.stock[n] -= self.served[index]
            elif kind == HAND:
                self.hand(index)
            else:
                self.start(index)
        for row, n in enumerate(w.row_node):
            if w.row_share[row, day] < 1.0 and w.row_first_day[row] <= day <= w.row_last_day[row]:
                surplus = self.stock[n] - float(w.node_keep[n, day])
                for at in range(w.node_out_begin[n], w.node_out_begin[n + 1]):
                    surplus -= self.want[w.node_out_pair[at]]
                for k, at in enumerate(w.need_node):
                    surplus -= self.need_owed[k] if at == n else 0.0
                if surplus > TOLERANCE:
                    more = max(min(self.asked[row] - self.served[row], surplus), 0.0)
                    self.stock[n] -= more
                    self.served[row] += more

    def hand(self, k: int) -> None:
        w, n = self.world, self.world.need_node[k]
        left = self.need_left[k]
        want = min(self.need_owed[k] + float(w.need_wish[k, self.day]), left) if w.planned else left
        got = whole_down(max(min(want, self.spare(n)), 0.0), bool(w.node_whole[n]))
        self.need_owed[k] = want - got
        self.need_left[k] -= got
        self.stock[n] -= got
        self.handed[k] = got

    def start(self, k: int) -> None:
        w, day = self.world, self.day
        since = day - self.slip[k]
        limit = float(w.line_limit[k, since]) if since >= 0 else float(w.line_rate[k])
        want = self.line_owed[k] + float(w.line_wish[k, day]) if w.planned else limit
        got = min(want, limit + (TOLERANCE if w.planned else 0.0))
        if not w.line_payable[k, day] or day + w.line_lead[k] >= w.n_days:
            got = 0.0
        budget, cost = w.line_budget[k], float(w.line_cost[k])
        if budget >= 0 and cost > 0:
            got = min(got, (max(self.budget[budget], 0.0) + TOLERANCE) / cost)
        inputs = range(w.input_begin[k], w.input_begin[k + 1])
        for at in inputs:
            got = max(min(got, self.spare(w.input_node[at]) / float(w.input_quantity[at])), 0.0)
        for at in inputs:
            self.stock[w.input_node[at]] -= got * float(w.input_quantity[at])
        if budget >= 0 and cost > 0:
            self.budget[budget] -= got * cost
        self.line_owed[k] = want - got
        self.started[k] = got
        if w.line_lead[k] == 0:
            self.stock[w.line_node[k]] += got
        else:
            self.output[k, day + int(w.line_lead[k])] = got
            self.inbound[w.line_node[k]] += got

    def depart(self) -> None:
        w, day = self.world, self.day
        for fleet in range(len(self.fleet_left)):
            self.fleet_left[fleet] += self.back.pop((fleet, day), 0.0)
        left = [self.real(x) for x in w.lane_capacity[:, day]]
        self.sent = [0.0] * len(self.want)
        beside = {int(later): p for p, later in enumerate(w.pair_next)}
        for p, lane in enumerate(w.pair_lane):
            if w.policy == PUSH and p in beside:
                self.want[p] = self.want[beside[p]]
            if w.lane_capacity[lane, day] <= 0 or day + w.lane_transit[lane] >= w.n_days:
                continue
            end, tonnes, whole = w.pair_to[p], self.real(w.pair_tonnes[p]), bool(w.pair_whole[p])
            if w.policy == BASE_STOCK:
                self.want[p] = float(math.ceil(self.lack[end] - 1e-9)) if whole else self.lack[end]
            sent = min(self.want[p], self.spare(w.pair_from[p])) * (1.0 if self.open[lane] else 0.0)
            if w.lane_limited[lane]:
                fits = (left[lane] + self.real(TOLERANCE)) * (self.real(1.0) / tonnes)
                sent = min(sent, self.rounded_down(fits, int(w.pair_item[p])))
            fleet = w.lane_fleet[lane]
            if fleet >= 0:
                sent = min(
                    sent, (self.fleet_left[fleet] + TOLERANCE) * (float(w.fleet_payload[fleet]) / tonnes)
                )
            sent = max(whole_down(sent, whole), 0.0)
            self.stock[w.pair_from[p]] -= sent
            self.want[p] -= sent
            left[lane] -= self.real(sent) * tonnes
            self.sent[p] = sent
            if w.policy == BASE_STOCK:
                self.lack[end] = max(self.lack[end] - sent, 0.0)
            self.travel(p, int(lane), sent)

    def travel(self, p: int, lane: int, sent: float) -> None:
        w, day = self.world, self.day
        share = self.real(w.pair_arriving[p])
        if w.lane_loss_chance[lane] > 0 and not w.pair_whole[p]:
            struck = self.u(w.lane_key[lane], LOSS, day) < w.lane_loss_chance[lane]
            share = self.real(w.lane_loss_kept[lane] if struck else 1.0)
        arriving = min(self.rounded(self.real(sent) * share, int(w.pair_item[p])), sent)
        self.inbound[w.pair_to[p]] += arriving
        self.lost[w.pair_item[p]] += sent - arriving
        self.coming[p, day + int(w.lane_transit[lane]) + self.late[lane]] += arriving
        fleet = int(w.lane_fleet[lane])
        if fleet >= 0:
            away = sent * (float(w.pair_tonnes[p]) / float(w.fleet_payload[fleet]))
            self.fleet_left[fleet] -= away
            self.back[fleet, day + int(w.lane_cycle[lane]) + self.late[lane]] += away

    def close(self) -> None:
        w = self.world
        for k, limit in enumerate(w.store_limit):
            nodes = w.store_node[w.store_begin[k] : w.store_begin[k + 1]]
            held = 0.0
            for n in nodes:
                held += self.stock[n] * float(w.node_tonnes[n])
            excess = held - float(limit)
            excess = excess if excess > TOLERANCE * max(1.0, float(limit)) else 0.0
            for n in nodes:
                tonnes = float(w.node_tonnes[n])
                out = excess / tonnes
                out = float(math.ceil(out - 1e-9)) if w.node_whole[n] else out
                out = max(min(out, self.stock[n] - self.evening[n]), 0.0)
                excess = max(excess - out * tonnes, 0.0)
                self.stock[n] -= out
                self.yard[n] += out
                self.inbound[n] += out
                self.evening[n] = self.stock[n]
