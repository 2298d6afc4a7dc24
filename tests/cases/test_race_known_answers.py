"""Races whose answer is known in closed form; each must lie within the interval of the race.

What is served is lost when it is not there (§6.1). Where a closed form wants backlog instead, the point is given so much
more stock that it never runs out: how far its stock falls below that is what the closed form calls backlog. Poisson
demand is drawn by the test in a policy of its own; orders, transit, delays and closures are the kernel's.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from redball.engines.race.build import make_world
from redball.engines.race.kernel import Policy
from redball.engines.race.replay import run_paths
from redball.engines.race.world import BASE_STOCK, OWN, State, World
from redball.model.lateness import LATE, lateness, shocks, steady
from redball.model.params import RaceParams
from redball.results.race_intervals import Z95
from redball.scenario.read import assemble
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings

HERE = Path(__file__).resolve().parent
MUCH = 1e6
SURE = 3.29
"""Intervals of 99.9 %: a dozen of them hold together on every run; the seed is fixed."""


def line(days: int, *transit: float, points: int = 1, **lane: Any) -> Scenario:
    """Make a source, stages one behind the other, and points fed by the last stage; transit from source to point."""
    stages = ["source", *[f"stage-{k}" for k in range(1, len(transit))]]
    ends = [f"point-{k}" for k in range(points)]
    links = [
        *zip(stages[:-1], stages[1:], transit[:-1], strict=True),
        *((stages[-1], end, transit[-1]) for end in ends),
    ]
    tables = {
        "locations": [{"location": name, "kind": "depot"} for name in [*stages, *ends]],
        "items": [{"item": "kit", "supply_class": "V", "unit": "kit", "tonnes_per_unit": 1.0}],
        "stocks": [{"location": "source", "item": "kit", "quantity": MUCH * 100}],
        "lanes": [
            {
                "lane": f"{a}-{b}",
                "from_location": a,
                "to_location": b,
                "mode": "road",
                "transit_days": time,
                **lane,
            }
            for a, b, time in links
        ],
        "consumption": [{"location": end, "item": "kit", "per_day": 1e-9} for end in ends],
    }
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    return assemble(Settings(name="line", start=dt.date(2027, 3, 1), days=days), frames)


def node(world: World, scenario: Scenario, location: str) -> int:
    at = list(scenario.table("locations")["location"]).index(location)
    return int(np.flatnonzero(world.node_location == at)[0])


def base_stock(
    scenario: Scenario, targets: dict[str, float], extra: dict[str, float], **params: Any
) -> World:
    """Make a world in which places order up to `targets`, on top of `extra`, and begin full."""
    world = make_world(scenario, None, RaceParams(policy="base_stock", seed=3, **params))
    target, opening = np.zeros(len(world.node_item)), world.node_opening.copy()
    for place, level in targets.items():
        at = node(world, scenario, place)
        target[at] = opening[at] = level + extra.get(place, 0.0)
    assert world.policy == BASE_STOCK
    # the row in the table is there so that goods have somewhere to go
    none = np.zeros(len(world.row_node))
    return world._replace(node_target=target, node_opening=opening, row_median=none)


def poisson(
    world: World, scenario: Scenario, means: dict[str, float], seed: int = 5
) -> tuple[Policy, list[Any]]:
    """Return demand that is drawn after use and before departures, lost where stock is out, and what was lost each day."""
    rng = np.random.default_rng(seed)
    lost: list[Any] = []

    def demand(_: World, state: State, day: int) -> None:
        for place, mean in means.items():
            at = node(world, scenario, place)
            wanted = rng.poisson(mean, state.stock.shape[1])
            served = np.minimum(wanted, state.stock[at])
            state.stock[at] -= served
            # the kernel told the nodes what they lack before this demand came
            lack = served.astype(np.float64)
            while world.node_in_begin[at] < world.node_in_begin[at + 1]:
                state.lack[at] += lack
                at = int(world.pair_from[world.node_in_pair[world.node_in_begin[at]]])
            lost.append(wanted - served)

    return demand, lost


def within(value: np.ndarray, expected: float) -> None:
    """Assert that independent values have this mean."""
    half = SURE * value.std(ddof=1) / np.sqrt(len(value))
    assert abs(value.mean() - expected) <= half + 1e-12, (value.mean(), expected, half)


@pytest.mark.parametrize(("level", "printed"), [(22, 0.279389), (26, 0.077887), (32, 0.0047274)])
def test_base_stock_with_poisson_demand(level: int, printed: float) -> None:
    scenario = line(12, 4.0)
    exact = float(stats.poisson.sf(level, 5.0 * 4))
    assert exact == pytest.approx(printed, rel=1e-4)
    world = base_stock(scenario, {"point-0": level}, {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": 5.0})
    paths = run_paths(world, 0, 40_000, policy)
    net = paths.stock[7, node(world, scenario, "point-0")] - MUCH
    within((net < 0).astype(np.float64), exact)


def test_fill_rate_of_base_stock() -> None:
    # the share of a day's demand met from stock: E[min(D, (S - D(L - 1 days))+)] / E[D]
    scenario, level, mean, transit = line(14, 4.0), 22, 5.0, 4
    world = base_stock(scenario, {"point-0": level}, {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 20_000, policy)
    at = node(world, scenario, "point-0")
    before, after = paths.stock[7, at] + 0.0, paths.stock[8, at]
    came = paths.received[8, at] - paths.received[7, at]
    on_hand = np.maximum(before + came - MUCH, 0.0)
    demand = before + came - after
    met = np.minimum(demand, on_hand)
    k = np.arange(200)
    hand = np.maximum(level - k, 0)
    chance_before = stats.poisson.pmf(k, mean * (transit - 1))
    d = np.arange(60)
    expected = float(chance_before @ (np.minimum(d[None, :], hand[:, None]) @ stats.poisson.pmf(d, mean)))
    within(met, expected)


@pytest.mark.parametrize(
    ("transit", "level", "cost"), [(1, 12, 4.164), (2, 16, 4.638), (3, 20, 4.975), (4, 25, 5.196)]
)
def test_lost_sales(transit: int, level: int, cost: float) -> None:
    # an order of period t is there in t + L; here it leaves the evening before, so that its transit is L + 1
    scenario = line(160, transit + 1.0)
    world = base_stock(scenario, {"point-0": level}, {})
    policy, lost = poisson(world, scenario, {"point-0": 5.0})
    paths = run_paths(world, 0, 3000, policy)
    days = slice(60, 150)
    held = paths.stock[days, node(world, scenario, "point-0")]
    each = (held + 4.0 * np.array(lost[days])).mean(axis=0)
    half = SURE * each.std(ddof=1) / np.sqrt(len(each))
    assert abs(each.mean() - cost) <= half + 5e-4


def net_of(level: int, backlog: np.ndarray, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the chances of net stock below 0, and of backlog 0, 1, ..., one stage further down (Clark and Scarf 1960)."""
    short = np.convolve(backlog, stats.poisson.pmf(np.arange(200), mean))
    return short[level + 1 :].sum(), np.r_[short[: level + 1].sum(), short[level + 1 :]]


def test_three_stages_in_line() -> None:
    transit, levels, mean = (2, 3, 2), (9, 14, 12), 4.0
    scenario = line(24, *map(float, transit))
    names = ("stage-1", "stage-2", "point-0")
    world = base_stock(scenario, dict(zip(names, levels, strict=True)), {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 40_000, policy)
    backlog = np.ones(1)
    for time, level in zip(transit, levels, strict=True):
        out, backlog = net_of(level, backlog, mean * time)
    net = paths.stock[20, node(world, scenario, "point-0")] - MUCH
    assert 0.05 < out < 0.6
    within((net < 0).astype(np.float64), float(out))
    within(np.maximum(-net, 0.0), float(backlog @ np.arange(len(backlog))))


@pytest.mark.parametrize("depot", range(6))
def test_one_depot_and_five_bases(depot: int) -> None:
    rows = json.loads((HERE / "metric_sherbrooke.json").read_text())["rows"]
    row = next(row for row in rows if row["depot_stock"] == depot and row["base_stock"] == 0)
    # 2.348768 units are in the depot's repair on average, 0.232 on the way to each base: 81 days against 40
    repair, ship = 81, 40
    rate = 2.348768 / repair / 5
    scenario = line(320, float(repair), float(ship), points=5)
    bases = [f"point-{k}" for k in range(5)]
    world = base_stock(scenario, {"stage-1": depot, **dict.fromkeys(bases, 0.0)}, dict.fromkeys(bases, MUCH))
    policy, _ = poisson(world, scenario, dict.fromkeys(bases, rate))
    paths = run_paths(world, 0, 4000, policy)
    nets = [paths.stock[[200, 310], node(world, scenario, base)] - MUCH for base in bases]
    within(np.maximum(-np.mean(nets, axis=0), 0.0).mean(axis=0), row["EBO_per_base_exact"])


def shipping(quantity: float) -> Policy:
    """Return a policy that sends the same every day."""

    def steady(_: World, state: State, day: int) -> None:
        state.want[:] = quantity

    return steady


@pytest.mark.parametrize("overtaking", [False, True])
def test_pipeline_stock_is_rate_times_mean(overtaking: bool) -> None:
    scenario = line(150, 3.0, delay_days_mean=2.0)
    params = RaceParams(seed=2, overtaking=overtaking)
    world = make_world(scenario, None, params, shipping(10.0))
    assert world.policy == OWN
    paths = run_paths(world, 0, 4000, shipping(10.0))
    chances = steady(lateness(2.0, *LATE["road"], 150))
    day = 140
    # what left more than `day` days ago cannot be seen any more
    expected = 10.0 * (3.0 + float((1 - chances)[: day - 2].sum()))
    within(paths.outside[day, node(world, scenario, "point-0")], expected)
    late = paths.lane_late[day, 0]
    for w in (0, 1, 5, 20, 60):
        within((late <= w).astype(np.float64), float(chances[w]))


def test_shocks_give_back_the_delays() -> None:
    chances = lateness(2.0, *LATE["air"], 2000)
    shock = shocks(chances)
    assert np.all(np.diff(shock) >= 0)
    product = np.cumprod(shock[::-1])[::-1]
    assert product == pytest.approx(chances[:-1], abs=1e-6)
    # a short horizon changes nothing before its end
    assert np.array_equal(shocks(lateness(2.0, *LATE["air"], 30))[:30], shock[:30])


def test_nothing_overtakes_unless_told() -> None:
    scenario = line(120, 3.0, delay_days_mean=3.0)
    for overtaking in (False, True):
        world = make_world(scenario, None, RaceParams(overtaking=overtaking), shipping(1.0))
        paths = run_paths(world, 0, 200, shipping(1.0))
        arrive = np.arange(120)[:, None] + 3 + paths.lane_late[:, 0]
        assert bool((np.diff(arrive, axis=0) < 0).any()) is overtaking


def test_random_transit_with_overtaking() -> None:
    # a day's order travels together: outstanding at the close are the days whose order is still on its way
    scenario, level, mean = line(60, 2.0, delay_days_mean=1.5), 26, 5.0
    world = base_stock(scenario, {"point-0": level}, {"point-0": MUCH}, overtaking=True)
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 30_000, policy)
    chances = steady(lateness(1.5, *LATE["road"], 60))
    day, outstanding = 50, np.ones(1)
    demand = stats.poisson.pmf(np.arange(60), mean)
    for age in range(day + 1):
        late = age - 2
        away = 1.0 if late < 0 else 1.0 - chances[min(late, len(chances) - 1)]
        outstanding = np.convolve(outstanding, np.r_[1 - away + away * demand[0], away * demand[1:]])[:400]
    net = paths.stock[day, node(world, scenario, "point-0")] - MUCH
    within((net < 0).astype(np.float64), float(outstanding[level + 1 :].sum()))


def test_a_lane_that_fails_and_reopens() -> None:
    up, down = 5.0, 2.0
    scenario = line(60, 1.0, up_days_mean=up, down_days_mean=down)
    world = make_world(scenario, None, RaceParams(seed=4), shipping(10.0))
    paths = run_paths(world, 0, 30_000, shipping(10.0))
    share, keeps = up / (up + down), 1 - 1 / up - 1 / down
    for day in (0, 1, 3, 10, 50):
        # open before day 0
        within(paths.lane_open[day, 0], share + (1 - share) * keeps ** (day + 1))
    # a closed lane stops what it says it stops, a reopened one is used again
    assert np.array_equal(paths.sent[:59, 0], 10.0 * paths.lane_open[:59, 0])


def test_running_out_behind_a_lane_that_fails() -> None:
    # stock for four days of use: out when the lane has been closed for more than four mornings in a row
    up, down, cover = 6.0, 3.0, 4
    scenario = line(200, 1.0, up_days_mean=up, down_days_mean=down)
    world = base_stock(scenario, {"point-0": 10.0 * (cover + 1)}, {})
    world = world._replace(row_median=np.array([10.0]), row_below=np.zeros(1), row_above=np.zeros(1))
    paths = run_paths(world, 0, 8000)
    # the stock of an evening lasts `cover` days more: short on day t when closed on the evenings t - 1 ... t - cover - 1
    expected = down / (up + down) * (1 - 1 / down) ** cover
    short = (paths.asked - paths.served)[150, 0] > 1e-9
    within(short.astype(np.float64), expected)


def test_consumption_keeps_its_mean_its_ends_and_its_memory() -> None:
    scenario = line(40, 1.0)
    rows = scenario.table("consumption").with_columns(
        per_day=pl.lit(10.0), per_day_low=pl.lit(4.0), per_day_high=pl.lit(25.0)
    )
    scenario = Scenario(scenario.settings, {**scenario.tables, "consumption": rows})
    world = make_world(scenario, None, RaceParams(policy="push", memory_days=5.0))
    asked = run_paths(world, 0, 40_000).asked[:, 0]
    for day in (0, 39):
        within(asked[day], 10.0)
        within((asked[day] < 4.0).astype(np.float64), 0.05)
        within((asked[day] > 25.0).astype(np.float64), 0.05)
    ranks = [stats.rankdata(asked[day]) for day in (20, 21, 25)]
    for later, lag in ((1, 1), (2, 5)):
        # Spearman's correlation of a normal copula
        expected = 6 / np.pi * np.arcsin(np.exp(-lag / 5.0) / 2)
        assert np.corrcoef(ranks[0], ranks[later])[0, 1] == pytest.approx(expected, abs=4 / np.sqrt(40_000))


def test_an_offensive_multiplies_consumption() -> None:
    scenario = line(100, 1.0)
    params = RaceParams(policy="push", surge_chance=0.4, surge_factor=3.0, surge_days_mean=12.0)
    asked = run_paths(make_world(scenario, None, params), 0, 20_000).asked[:, 0] / 1e-9
    surging = asked > 2.0
    within(surging.any(axis=0).astype(np.float64), 0.4)
    assert set(np.unique(np.round(asked, 6))) == {1.0, 3.0}
    # begun early enough not to be cut by the end; the length is 1 + a geometric number of days
    early = surging[:20].any(axis=0)
    within(surging.sum(axis=0)[early].astype(np.float64), 1 + 1 / np.expm1(1 / 12.0))


def test_losses_take_their_share() -> None:
    scenario = line(12, 1.0, loss_fraction=0.1)
    world = make_world(scenario, None, RaceParams(loss_lump=0.5), shipping(10.0))
    paths = run_paths(world, 0, 20_000, shipping(10.0))
    within(paths.lost[0], 0.1 * 10.0 * 11)
    assert set(
        np.unique(np.round(np.diff(paths.received[:, node(world, scenario, "point-0")], axis=0), 9))
    ) == {5.0, 10.0}


def test_z95_is_the_point_of_the_normal_distribution() -> None:
    assert pytest.approx(stats.norm.ppf(0.975)) == Z95
