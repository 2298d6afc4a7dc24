"""From the counts of a race to its tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from redball.engines.race.counts import most_of
from redball.engines.race.tally import UNIT, RaceTally
from redball.engines.race.world import BINS, World, kept_days
from redball.model.problem import Floats, Ints, Labels
from redball.results.race_intervals import batch_mean, mean_half_width, wilson
from redball.results.race_tables import RACE_TABLES

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


@dataclass(frozen=True, slots=True)
class Reader:
    """What the tables are made of."""

    start: dt.date
    labels: Labels
    world: World
    tally: RaceTally

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return all tables of a race."""
        made = {
            "stock_outs": self._stock_outs(),
            "first_outs": self._first_outs(),
            "service": self._service(),
            "bands": self._bands(),
            "arrived": self._arrived(),
            "needs_met": self._needs_met(),
            "pledges": self._pledges(),
            "lost": self._lost(),
            "batches": self._batches(),
        }
        return {
            name: frame.select(pl.col(column).cast(dtype) for column, dtype in RACE_TABLES[name].items())
            for name, frame in made.items()
        }

    def widest(self) -> float:
        """Return the width of the widest interval of a stock-out chance: on a day, or by a day."""
        n, counts = self.tally.replications, self.tally.counts
        widths = [0.0]
        for hits in (counts["short"], counts["first_out"][:, :-1].cumsum(axis=1)):
            if hits.size:
                low, high = wilson(hits, n)
                widths.append(float((high - low).max()))
        return max(widths)

    def _dates(self, day: Ints) -> pl.Series:
        epoch = (self.start - dt.date(1970, 1, 1)).days
        return pl.Series((day + epoch).astype(np.int32)).cast(pl.Date)

    def _place(self, node: Ints) -> dict[str, pl.Series]:
        """Return the location and item of nodes."""
        return {
            "location": _names(self.labels.locations, self.world.node_location[node]),
            "item": _names(self.labels.items, self.world.node_item[node]),
        }

    def _each_day(self, node: Ints, hits: Ints) -> dict[str, pl.Series | Floats]:
        """Return place, date and chance with its interval of (nodes, days) hits."""
        n_days = hits.shape[1]
        return {
            **self._place(np.repeat(node, n_days)),
            "date": self._dates(np.tile(np.arange(n_days), len(node))),
            **self._chances(hits.ravel()),
        }

    def _chances(self, hits: Ints) -> dict[str, Floats]:
        n = self.tally.replications
        low, high = wilson(hits, n)
        return {"chance": hits / n, "low": low, "high": high}

    def _stock_outs(self) -> pl.DataFrame:
        return pl.DataFrame(self._each_day(self.world.demand_node, self.tally.counts["short"]))

    def _first_outs(self) -> pl.DataFrame:
        first = self.tally.counts["first_out"][:, :-1]
        on = (first / self.tally.replications).ravel()
        return pl.DataFrame({**self._each_day(self.world.demand_node, first.cumsum(axis=1)), "chance_on": on})

    def _service(self) -> pl.DataFrame:
        counts, node = self.tally.counts, self.world.demand_node
        first, n = counts["first_out"], self.tally.replications
        weight = counts["batch_replications"]
        fills = [batch_mean(total / UNIT, weight) for total in counts["batch_fill"].T]
        fill, low, high = np.array(fills).reshape(-1, 3).T
        level = self._chances(first[:, -1])
        cumulated = first.cumsum(axis=1)
        dates = {}
        for name, share in (("date_q05", 0.05), ("date_q50", 0.5), ("date_q95", 0.95)):
            reached = cumulated >= share * n
            day = reached.argmax(axis=1)
            # the last column is no stock-out at all
            dates[name] = pl.select(
                pl.when(pl.Series(day < self.world.n_days)).then(self._dates(day))
            ).to_series()
        return pl.DataFrame(
            {
                **self._place(node),
                "fill_rate": fill,
                "fill_low": np.maximum(low, 0.0),
                "fill_high": np.minimum(high, 1.0),
                "service_level": level["chance"],
                "service_low": level["low"],
                "service_high": level["high"],
                **dates,
            }
        )

    def _bands(self) -> pl.DataFrame:
        counts, world, days = self.tally.counts["stock"], self.world, self._kept(self.world.stock_every)
        node = np.flatnonzero(counts[:, :, 1:].any(axis=(1, 2)))
        counts, top = counts[node], world.node_stock_top[node]
        step = (top / BINS)[:, None]
        cumulated = counts.cumsum(axis=2)
        bands: dict[str, Floats] = {}
        for name, share in QUANTILES.items():
            wanted = share * self.tally.replications
            at = (cumulated >= wanted).argmax(axis=2)[:, :, None]
            inside = np.take_along_axis(counts, at, axis=2)[:, :, 0]
            below = np.take_along_axis(cumulated, at, axis=2)[:, :, 0] - inside
            part = np.clip((wanted - below) / np.maximum(inside, 1), 0.0, 1.0)
            k = at[:, :, 0]
            bands[name] = (np.where(k == 0, 0.0, np.minimum(k - 1 + part, BINS)) * step).ravel()
        return pl.DataFrame(
            {
                **self._place(np.repeat(node, len(days))),
                "date": self._dates(np.tile(days, len(node))),
                **bands,
            }
        )

    def _arrived(self) -> pl.DataFrame:
        """Return, for marks of each node's scale, how many replications reached them; marks that say nothing new are left out."""
        counts, node_of = self.tally.counts["arrived"], self.world.user_node
        days = self._kept(self.world.arrived_every)
        least, most = self.tally.counts["arrived_least"], self.tally.counts["arrived_most"]
        # from the mark k parts of the scale on: all steps above k
        reached = counts[:, :, ::-1].cumsum(axis=2)[:, :, ::-1][:, :, 1:]
        changes = reached[:, :, 1:] != reached[:, :, :-1]
        edge = np.zeros(reached.shape, dtype=np.bool_)
        edge[:, :, 1:] |= changes
        edge[:, :, :-1] |= changes
        marks = np.arange(BINS + 1) * (self.world.node_arrived_top[node_of] / BINS)[:, None]
        edge &= (marks[:, None, :] > least[:, :, None]) & (marks[:, None, :] <= most[:, :, None])
        user, day, k = (index.astype(np.int64) for index in np.nonzero(edge))
        inner = self._marks(node_of[user], days[day], marks[user, k], reached[user, day, k])
        # the least was reached by all, what is above the most by none
        where, when = (index.astype(np.int64) for index in np.nonzero(np.isfinite(least)))
        all_of_them = np.full(len(where), self.tally.replications, dtype=np.int64)
        lowest = self._marks(node_of[where], days[when], least[where, when], all_of_them)
        above = np.nextafter(most[where, when], np.inf)
        highest = self._marks(node_of[where], days[when], above, np.zeros_like(all_of_them))
        return pl.concat([lowest, inner, highest]).sort("location", "item", "date", "quantity")

    def _kept(self, every: int) -> Ints:
        return kept_days(self.world.n_days, every)

    def _marks(self, node: Ints, day: Ints, quantity: Floats, hits: Ints) -> pl.DataFrame:
        columns = {**self._place(node), "date": self._dates(day)}
        return pl.DataFrame({**columns, "quantity": quantity, "replications": hits})

    def _needs_met(self) -> pl.DataFrame:
        done = self.tally.counts["need_done"][:, :-1].cumsum(axis=1)
        n, n_days = done.shape
        return pl.DataFrame(
            {
                "need": _names(self.labels.needs, np.repeat(np.arange(n), n_days)),
                "date": self._dates(np.tile(np.arange(n_days), n)),
                **self._chances(done.ravel()),
            }
        )

    def _pledges(self) -> pl.DataFrame:
        counts, world = self.tally.counts, self.world
        day, n, first = counts["pledge_day"], self.tally.replications, world.pledge_first_day
        days = np.arange(day.shape[1])
        in_time = self._chances(np.where(days == first[:, None], day, 0)[:, :-1].sum(axis=1))
        comes = self._chances(day[:, :-1].sum(axis=1))
        late = np.maximum(days - first[:, None], 0)[:, :-1]
        came = day[:, :-1]
        number, total, squares = came.sum(axis=1), (came * late).sum(axis=1), (came * late**2).sum(axis=1)
        mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        half = np.array(
            [mean_half_width(*map(float, one)) for one in zip(number, total, squares, strict=True)]
        )
        half = np.where(np.isfinite(half), half, np.nan)
        frame = pl.DataFrame(
            {
                "pledge": list(self.labels.pledges),
                **{f"in_time{_tail(name)}": value for name, value in in_time.items()},
                **{f"comes{_tail(name)}": value for name, value in comes.items()},
                "days_late_mean": mean,
                "days_late_low": np.maximum(mean - half, 0.0),
                "days_late_high": mean + half,
                "share_mean": counts["pledge_share"] / UNIT / n,
            },
            nan_to_null=True,
            schema_overrides={"pledge": pl.String()},
        )
        # what no plan counts is not in the race
        return frame.filter(pl.Series(world.pledge_quantity > 0))

    def _lost(self) -> pl.DataFrame:
        counts = self.tally.counts
        means = [
            batch_mean(total / UNIT * supply, counts["batch_replications"])
            for total, supply in zip(counts["batch_lost"].T, self.world.item_supply, strict=True)
        ]
        quantity, low, high = np.array(means).reshape(-1, 3).T
        frame = pl.DataFrame(
            {"item": list(self.labels.items), "quantity": quantity, "low": np.maximum(low, 0.0), "high": high}
        )
        return frame.filter(pl.col("quantity") > 0)

    def _batches(self) -> pl.DataFrame:
        counts, world = self.tally.counts, self.world
        used = np.flatnonzero(counts["batch_replications"])
        weight = counts["batch_replications"][used]
        frames = []
        most = most_of(world)
        for at, measure in enumerate(("shortage_days", "weighted_shortage_days", "fill_rate")):
            value = counts["batch_shortage"][used, at] / UNIT / weight
            value = 1.0 - value if measure == "fill_rate" else value * most[at]
            frames.append(self._batch(measure, used, weight, value, None, None))
        for measure, name, scale in (("fill_rate", "batch_fill", UNIT), ("stock_out", "batch_out", 1.0)):
            for d, node in enumerate(world.demand_node):
                value = counts[name][used, d] / scale / weight
                frames.append(self._batch(measure, used, weight, value, int(node), None))
        for k, need in enumerate(self.labels.needs):
            met = counts["batch_met"][used, k] / weight
            frames.append(self._batch("need_met", used, weight, met, None, need))
        return pl.concat(frames)

    def _batch(
        self, measure: str, batch: Ints, weight: Ints, value: Floats, node: int | None, need: str | None
    ) -> pl.DataFrame:
        """Return the rows of one measure of one place or need."""
        world, labels = self.world, self.labels
        place = None if node is None else labels.locations[world.node_location[node]]
        item = None if node is None else labels.items[world.node_item[node]]
        return pl.DataFrame({"batch": batch, "replications": weight, "value": value}).with_columns(
            measure=pl.lit(measure),
            location=pl.lit(place, dtype=pl.String),
            item=pl.lit(item, dtype=pl.String),
            need=pl.lit(need, dtype=pl.String),
        )


def _names(ids: tuple[str, ...], index: Ints) -> pl.Series:
    return pl.Series(ids, dtype=pl.String).gather(index)


def _tail(name: str) -> str:
    return "" if name == "chance" else f"_{name}"
