"""What people do when it goes wrong, once more in plain Python: the policies of `race_oracle`."""

from __future__ import annotations

import math

from redball.engines.race.world import BASE_STOCK, PUSH, REROUTE, World


def whole_down(quantity: float, whole: bool) -> float:
    return float(math.floor(quantity + 1e-9)) if whole else quantity


class Decisions:
    """What is to be sent today, of one replication; `Oracle` has all the rest."""

    world: World
    day: int
    stock: list[float]
    inbound: list[float]
    want: list[float]
    open: list[bool]

    def spare(self, n: int) -> float:
        return self.stock[n] - float(self.world.node_floor[n])

    def runs(self, p: int) -> bool:
        lane = self.world.pair_lane[p]
        return bool(self.world.lane_capacity[lane, self.day] > 0 and self.open[lane])

    def decide(self) -> None:
        w, day = self.world, self.day
        for p in range(len(self.want)):
            if w.planned:
                self.want[p] += float(w.pair_wish[p, day])
        if w.policy == BASE_STOCK:
            self.tell_lack()
        if w.policy == REROUTE:
            self.go_round()
        if w.policy == PUSH:
            for n in range(len(self.stock)):
                self.share_out(n)

    def tell_lack(self) -> None:
        w = self.world
        self.lack = [0.0] * len(self.stock)
        for n in w.node_far_first:
            suppliers = [int(p) for p in w.node_in_pair[w.node_in_begin[n] : w.node_in_begin[n + 1]]]
            if suppliers:
                lack = self.lack[n] + float(w.node_target[n]) - self.stock[n] - self.inbound[n]
                self.lack[n] = max(lack, 0.0)
                asked = next((p for p in suppliers if self.runs(p)), suppliers[0])
                self.lack[w.pair_from[asked]] += self.lack[n]

    def share_out(self, n: int) -> None:
        """Raise the lowest cover of all that a node supplies: the first priority to its days, the next ones, then all."""
        w = self.world
        lanes: dict[int, list[int]] = {}
        for p in w.node_out_pair[w.node_out_begin[n] : w.node_out_begin[n + 1]]:
            lanes.setdefault(int(w.pair_to[p]), []).append(int(p))
            self.want[p] = 0.0
        left, kept = self.spare(n), 0.0
        for rank in range(4):
            if not lanes or w.node_rate[n] <= 0 or left <= 1e-9:
                return
            here = float(w.node_own_rate[n]) if rank in (w.node_rank[n], 3) else 0.0
            ends = [
                (ways[0], float(w.node_rate[to]), self.stock[to] + self.inbound[to] + self.want[ways[0]])
                for to, ways in lanes.items()
                if w.node_rate[to] > 0 and rank in (w.node_rank[to], 3) and any(map(self.runs, ways))
            ]
            days = self.cover(left, [(here, kept)] + [end[1:] for end in ends])
            days = min(days, float(w.push_cover_days)) if rank < 3 else days
            more = max(here * days - kept, 0.0)
            kept += more
            left -= more
            for p, rate, held in ends:
                more = min(max(rate * days - held, 0.0), max(left, 0.0))
                more = whole_down(more, bool(w.pair_whole[p]))
                self.want[p] += more
                left -= more

    def cover(self, left: float, shares: list[tuple[float, float]]) -> float:
        """Return the days of supply to which `left` raises places of these rates and holdings; the first is the node's own."""
        rates, held = 0.0, 0.0
        for rate, holds in shares:
            rates += rate
            held += holds if rate > 0 else 0.0
        low, high = 0.0, (left + held) / rates if rates > 0 else 0.0
        for _ in range(30):
            middle, wanted = (low + high) / 2, 0.0
            for rate, holds in shares:
                wanted += max(rate * middle - holds, 0.0)
            low, high = (middle, high) if wanted <= left else (low, middle)
        return low

    def go_round(self) -> None:
        w = self.world
        for p in range(len(self.want)):
            way: list[int] = []
            if self.want[p] <= 0 or self.runs(p):
                continue
            for leg in [*w.detour_pair[w.detour_begin[p] : w.detour_begin[p + 1]]]:
                if leg >= 0:
                    way.append(int(leg))
                elif self.runs(way[0]):
                    quantity, self.want[p] = self.want[p], 0.0
                    for one in way:
                        self.want[one] += quantity
                        quantity *= float(w.pair_arriving[one])
                    break
                else:
                    way = []
