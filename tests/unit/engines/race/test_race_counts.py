"""What a race says is what its replications did, counted by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.race_worlds import WILD, risky, world_of

from redball.api import race
from redball.core.errors import InputError
from redball.engines.race.kernel import Policy
from redball.engines.race.race import CHUNK
from redball.engines.race.replay import Paths, run_paths
from redball.engines.race.tally import RaceTally
from redball.engines.race.world import State, World, kept_days
from redball.model.params import RaceParams, settled
from redball.results.race import Race
from redball.scenario.examples import hub_and_spoke
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Risk, Settings

N = 300
START = dt.date(2027, 3, 1)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return risky(hub_and_spoke(2, 12, 24, 3, 20))


@pytest.fixture(scope="module")
def found(scenario: Scenario) -> Race:
    return race(scenario, policy="push", replications=N, **WILD)


@pytest.fixture(scope="module")
def world(scenario: Scenario) -> World:
    return world_of(scenario, None, policy="push", **WILD)


@pytest.fixture(scope="module")
def paths(world: World) -> Paths:
    return run_paths(world, 0, N)


def by_demand(world: World, rows: np.ndarray) -> np.ndarray:
    """Sum (days, rows, replications) to (days, demands, replications)."""
    total = np.zeros((rows.shape[0], len(world.demand_node), rows.shape[2]))
    np.add.at(total, (slice(None), world.row_demand), rows)
    return total


def test_stock_outs_are_counted(found: Race, world: World, paths: Paths) -> None:
    asked, served = by_demand(world, paths.asked), by_demand(world, paths.served)
    short = asked - served > 1e-6 * np.maximum(asked, 1.0)
    assert short.any()
    told = found.stock_outs["chance"].to_numpy().reshape(len(world.demand_node), -1)
    assert told == pytest.approx(short.mean(axis=2).T)
    first = np.where(short.any(axis=0), short.argmax(axis=0), world.n_days)
    assert np.array_equal(first, paths.first_out)
    by = (first[:, None, :] <= np.arange(world.n_days)[None, :, None]).mean(axis=2)
    assert found.first_outs["chance"].to_numpy().reshape(by.shape) == pytest.approx(by)
    assert found.service["service_level"].to_numpy() == pytest.approx((first == world.n_days).mean(axis=1))
    fill = (served.sum(axis=0) / asked.sum(axis=0)).mean(axis=1)
    assert found.service["fill_rate"].to_numpy() == pytest.approx(fill, abs=1e-9)
    for ends in ("fill", "service"):
        middle = found.service["fill_rate" if ends == "fill" else "service_level"]
        assert (found.service[f"{ends}_low"] <= middle + 1e-12).all()
        assert (found.service[f"{ends}_high"] >= middle - 1e-12).all()


def test_what_is_told_over_all_is_the_mean(found: Race, world: World, paths: Paths) -> None:
    it = found.summary
    assert it.shortage_days == pytest.approx(paths.shortage.mean(), rel=1e-6)
    assert it.shortage_days_low < it.shortage_days < it.shortage_days_high
    half = 1.96 * paths.shortage.std(ddof=1) / np.sqrt(N)
    assert it.shortage_days_high - it.shortage_days == pytest.approx(half, rel=0.35)
    calm = (paths.first_out == world.n_days).all(axis=0).mean()
    assert it.service_level == pytest.approx(calm)


def test_bands_are_quantiles_within_a_step_of_the_scale(found: Race, world: World, paths: Paths) -> None:
    days = kept_days(world.n_days, world.stock_every)
    assert len(days) == world.n_days
    bands = found.bands.partition_by("location", "item", as_dict=True, maintain_order=True)
    locations, items = (found.scenario.table(name)[name[:-1]].to_list() for name in ("locations", "items"))
    for n, (location, item) in enumerate(zip(world.node_location, world.node_item, strict=True)):
        if not (paths.stock[:, n] > 1e-6).any():
            continue
        rows = bands[locations[location], items[item]]
        step = world.node_stock_top[n] / 64
        for name, share in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
            exact = np.quantile(paths.stock[:, n], share, axis=1, method="inverted_cdf")
            inside = exact <= world.node_stock_top[n]
            assert (np.abs(rows[name].to_numpy() - exact)[inside] <= step + 1e-9).all()


def test_odds_hold_what_is_counted(found: Race, scenario: Scenario, world: World, paths: Paths) -> None:
    locations, items = (scenario.table(name)[name[:-1]].to_list() for name in ("locations", "items"))
    tried = 0
    for n, day in itertools.product(world.user_node, (0, 7, 19)):
        place = locations[world.node_location[n]], items[world.node_item[n]]
        received = paths.received[day, n]
        for quantity in (received.min(), np.median(received), 1.01 * received.mean(), 1.001 * received.max()):
            if quantity <= 0:
                continue
            odds = found.odds(*place, float(quantity), by=scenario.horizon.date(day))
            exact = float((received >= quantity - 1e-6 * max(quantity, 1.0)).mean())
            assert odds.low <= exact <= odds.high
            assert 0 <= odds.low <= odds.chance <= odds.high <= 1
            tried += 1
    assert tried > 50
    later = [found.odds(*place, 5.0, by=scenario.horizon.date(day)).chance for day in range(20)]
    assert later == sorted(later)


def test_odds_of_what_is_not_known(found: Race, scenario: Scenario) -> None:
    place = found.arrived.row(0)[:2]
    with pytest.raises(InputError, match="no odds are kept"):
        found.odds("nowhere", "nothing", 1.0, by=scenario.settings.start)
    with pytest.raises(InputError, match="not a day of the race"):
        found.odds(*place, 1.0, by=dt.date(1999, 1, 1))
    assert found.odds(*place, 0.0, by=scenario.settings.start).chance == 1.0
    assert found.odds(*place, 1e12, by=scenario.horizon.last).chance == 0.0


def test_needs_pledges_and_losses_are_counted(
    found: Race, scenario: Scenario, world: World, paths: Paths
) -> None:
    left = world.need_quantity[:, None] - paths.handed.cumsum(axis=0)
    met = (left <= 1e-6 * np.maximum(world.need_quantity, 1.0)[:, None]).mean(axis=2).T
    assert found.needs_met["chance"].to_numpy().reshape(met.shape) == pytest.approx(met)
    lost = dict(found.lost.select("item", "quantity").iter_rows())
    for item, name in enumerate(scenario.table("items")["item"]):
        assert lost.get(name, 0.0) == pytest.approx(paths.lost[item].mean(), rel=1e-6, abs=1e-6)
    taken = paths.taken.sum(axis=0)
    share = (taken / np.maximum(world.pledge_quantity, 1e-9)[:, None]).mean(axis=1)
    names = scenario.table("pledges")["pledge"].to_list()
    for pledge, told, comes in found.pledges.select("pledge", "share_mean", "comes").iter_rows():
        k = names.index(pledge)
        # what comes after the end was promised and is not taken up
        assert share[k] <= told + 1e-9
        assert comes == pytest.approx((taken[k] > 0).mean(), abs=1e-9)


def test_compare_takes_the_differences_of_the_same_futures(scenario: Scenario, found: Race) -> None:
    other = race(scenario, policy="base_stock", replications=N, **WILD)
    apart = race(scenario, policy="base_stock", replications=N, seed=1, **WILD)
    same = found.compare(found)
    assert (same["difference"] == 0).all()
    table = found.compare(other).filter(measure="shortage_days")
    here, there = table["here"][0], table["there"][0]
    assert here == pytest.approx(found.summary.shortage_days, rel=1e-9)
    assert there == pytest.approx(other.summary.shortage_days, rel=1e-9)
    assert table["low"][0] <= here - there <= table["high"][0]
    # what two races that met other futures could tell apart
    sigma = [(it.summary.shortage_days_high - it.summary.shortage_days_low) / 2 for it in (found, apart)]
    assert table["high"][0] - table["low"][0] < 2 * np.hypot(*sigma)
    with pytest.raises(InputError, match="seed"):
        found.compare(apart)


def test_until_stops_when_the_interval_is_narrow_enough(scenario: Scenario) -> None:
    wide = race(scenario, policy="base_stock", replications=4 * CHUNK, until=0.5)
    assert wide.summary.replications == CHUNK
    narrow = race(scenario, policy="base_stock", replications=2 * CHUNK, until=0.001)
    assert narrow.summary.replications == 2 * CHUNK
    assert narrow.summary.width < wide.summary.width


def test_the_same_bytes_on_one_thread_and_on_two(scenario: Scenario) -> None:
    one, two = (
        race(scenario, policy="base_stock", replications=2 * CHUNK + 5, threads=n, **WILD) for n in (1, 2)
    )
    for name, table in one.tables.items():
        assert table.equals(two.tables[name]), name
    other = race(scenario, policy="base_stock", replications=2 * CHUNK + 5, seed=1, **WILD)
    assert not one.stock_outs.equals(other.stock_outs)


def test_parts_are_of_one_scenario_one_question_and_one_code(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts(stamp: str, **asked: Any) -> int:
        monkeypatch.setattr("redball.core.checkpoints.source_stamp", lambda: stamp)
        race(scenario, **{"policy": "push", "replications": 8, "parts": tmp_path, **asked})
        return len(list(tmp_path.iterdir()))

    # the number of threads and of replications in other chunks change nothing about a chunk
    assert [parts("this"), parts("this"), parts("this", threads=1)] == [1, 1, 1]
    assert [parts("other"), parts("this", seed=1), parts("this", surge_chance=0.5)] == [2, 3, 4]


def test_counts_go_through_bytes() -> None:
    counts = {
        "a": np.array([[1, 2], [3, 70_000]]),
        "b_least": np.array([1.5, np.inf]),
        "b_most": np.array([2.5, 0.0]),
    }
    tally = RaceTally({**counts, "batch_replications": np.array([4])})
    again = RaceTally.from_bytes(tally.to_bytes())
    for name, count in tally.counts.items():
        assert np.array_equal(count, again.counts[name])
        assert count.dtype == again.counts[name].dtype
    both = tally.merged(again)
    assert both.replications == 8
    assert both.counts["a"][1, 1] == 140_000
    assert both.counts["b_least"].tolist() == [1.5, np.inf]


def two_ways(**lane: object) -> Scenario:
    """A source and a point, a quick lane that fails and a slow way over a bridge that does not."""
    tables = {
        "locations": [{"location": name, "kind": "depot"} for name in ("A", "B", "C")],
        "items": [{"item": "water", "supply_class": "I", "unit": "t", "tonnes_per_unit": 1.0}],
        "stocks": [{"location": "A", "item": "water", "quantity": 2000.0}],
        "lanes": [
            {"lane": "quick", "from_location": "A", "to_location": "B", "mode": "road", "transit_days": 1.0}
            | {"up_days_mean": 6.0, "down_days_mean": 5.0}
            | lane,
            {"lane": "first", "from_location": "A", "to_location": "C", "mode": "road", "transit_days": 1.0},
            {"lane": "second", "from_location": "C", "to_location": "B", "mode": "road", "transit_days": 1.0},
        ],
        "consumption": [{"location": "B", "item": "water", "per_day": 10.0}],
    }
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return assemble(Settings(name="two ways", start=START, days=40), frames)


def daily(world: World, state: State, day: int) -> None:
    """Send what is used every day by the quick lane."""
    quick = int(np.flatnonzero(world.pair_lane == 0)[0])
    state.want[quick] += 10.0


def test_a_policy_of_ones_own_is_asked_every_day() -> None:
    scenario = two_ways(up_days_mean=None, down_days_mean=None)
    found = race(scenario, policy=daily, replications=40)
    assert found.summary.policy == "daily"
    # nothing is there on the first day, and all of it from the second on
    assert found.summary.shortage_days == pytest.approx(1.0)
    assert found.service["date_q50"].to_list() == [START]


@pytest.mark.parametrize(("name", "number"), [("want", np.nan), ("want", -np.inf), ("stock", np.nan)])
def test_a_policy_that_gives_no_number_is_refused(name: str, number: float) -> None:
    def wrong(_: World, state: State, day: int) -> None:
        getattr(state, name)[0, -1] = number if day == 5 else 1.0

    with pytest.raises(InputError, match=f"on day 5 the policy leaves state.{name}"):
        race(two_ways(), policy=wrong, replications=40)


def test_to_want_without_end_is_to_send_all() -> None:
    def wants(quantity: float) -> Policy:
        def send(_: World, state: State, day: int) -> None:
            state.want[:] = quantity

        return send

    endless, much = (race(two_ways(), policy=wants(quantity), replications=40) for quantity in (np.inf, 1e9))
    for name, table in much.tables.items():
        assert table.equals(endless.tables[name]), name


def test_reroute_goes_round_what_is_closed() -> None:
    from redball.api import plan as make

    scenario = two_ways()
    planned = make(scenario)
    shipped = planned.shipments.filter(lane="quick")
    assert shipped.height
    follow, reroute = (
        race(scenario, planned, policy=name, replications=400) for name in ("follow", "reroute")
    )
    difference = reroute.compare(follow).filter(measure="shortage_days").row(0, named=True)
    assert difference["high"] < 0
    world = world_of(scenario, planned, policy="reroute")
    paths = run_paths(world, 0, 50)
    around = world.pair_lane > 0
    assert paths.sent[:, around].sum() > 0
    # goods reach the point, not only the bridge
    assert paths.stock[-1].sum(axis=0) + paths.served.sum(axis=(0, 1)) == pytest.approx(2000.0)


@pytest.mark.parametrize(
    ("params", "what"),
    [
        ({"policy": "follow"}, "needs a plan"),
        ({"policy": "hope"}, "policy is 'hope'"),
        ({"policy": "push", "until": 2.0}, "until is 2.0"),
        ({"policy": "push", "replications": 0}, "replications is 0"),
        ({"policy": "push", "random": ("weather",)}, "random is 'weather'"),
        ({"policy": "push", "loss_lump": 0.0}, "loss_lump is 0.0"),
    ],
)
def test_what_cannot_be_asked_is_refused(params: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        race(two_ways(), **params)


def test_a_plan_of_another_scenario_is_refused() -> None:
    from redball.api import plan as make

    with pytest.raises(InputError, match="another scenario"):
        race(two_ways(), make(two_ways(up_days_mean=9.0)))


def test_parameters_are_what_the_page_says() -> None:
    assert RaceParams().policy == "follow"
    calm = settled(RaceParams(), Risk())
    assert (calm.surge_chance, calm.surge_factor, calm.surge_days_mean) == (0.0, 1.5, 21.0)
    assert settled(RaceParams(surge_factor=3.0), Risk(surge_factor=2.0)).surge_factor == 3.0
