"""A public linear program of others, PDS-02 (Netlib, lp/data/kennington), stated in our tables: its optimal value is known.

How it is stated: benchmarks/plan_public_scenario.py; the larger instances: benchmarks/plan_public.py.
"""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest
from benchmarks.plan_public_scenario import arcs_of, scenario_of

import redball
from redball.scenario.scenario import Scenario

OPTIMUM = 2.8857862010e10
"""Netlib's readme gives 8 digits of it."""
ROUNDING = 1e-9
FILE = Path(__file__).parent / "vendor" / "pds-02.mps.bz2"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = tmp_path_factory.mktemp("pds") / "pds-02.mps"
    path.write_bytes(bz2.decompress(FILE.read_bytes()))
    return scenario_of("pds-02", arcs_of(str(path)))


def test_the_scenario_passes_the_door(scenario: Scenario, tmp_path: Path) -> None:
    redball.write(scenario, tmp_path / "scenario")
    assert not redball.check(tmp_path / "scenario")


def test_the_exact_engine_finds_the_known_value(scenario: Scenario) -> None:
    found = redball.plan(scenario, method="exact").summary
    assert found.objective == pytest.approx(OPTIMUM, rel=ROUNDING)
    assert found.bound == pytest.approx(OPTIMUM, rel=ROUNDING)
    assert found.shortage_days == pytest.approx(0.0, abs=ROUNDING)  # all who must arrive do


def test_the_structured_engine_has_the_known_value_between_bound_and_plan(scenario: Scenario) -> None:
    found = redball.plan(scenario, method="structured", gap=0.1).summary
    assert found.bound <= OPTIMUM * (1 + ROUNDING)
    assert found.objective >= OPTIMUM * (1 - ROUNDING)
    assert found.gap <= 0.1
