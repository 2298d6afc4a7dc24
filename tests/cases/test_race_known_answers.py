"""Races whose answer is known in closed form; each must lie within the interval of the race."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from tests.race_lines import MUCH, SURE, base_stock, line, node, poisson, shipping, within

from redball.engines.race.build import make_world
from redball.engines.race.replay import run_paths
from redball.engines.race.world import OWN
from redball.model.lateness import LATE, lateness, shocks, steady
from redball.model.params import RaceParams
from redball.results.race_intervals import Z95
from redball.scenario.scenario import Scenario


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


@pytest.mark.parametrize("level", [20, 26])
def test_random_transit_with_overtaking(level: int) -> None:
    # a day's order travels together: outstanding at the close are the days whose order is still on its way
    scenario, mean = line(60, 2.0, delay_days_mean=1.5), 5.0
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


def test_base_stock_behind_a_lane_that_fails() -> None:
    # outstanding at the close: the demand of the day, and of as many days before as the lane had been closed at its opening
    up, down, level, mean = 20.0, 4.0, 15, 5.0
    scenario = line(90, 1.0, up_days_mean=up, down_days_mean=down)
    world = base_stock(scenario, {"point-0": level}, {"point-0": MUCH})
    policy, _ = poisson(world, scenario, {"point-0": mean})
    paths = run_paths(world, 0, 20_000, policy)
    closed = np.arange(1, 300)
    chances = np.r_[up, (1 - 1 / down) ** (closed - 1)] / (up + down)
    exact = float(chances @ stats.poisson.sf(level, mean * np.r_[1, closed + 1]))
    assert exact == pytest.approx(0.1052485, abs=5e-8)
    net = paths.stock[[45, 85], node(world, scenario, "point-0")] - MUCH
    within((net < 0).mean(axis=0), exact)


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
