"""The settings of the risk (§9.5) go in and out like all others, and are not there for whom they are not told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from redball.scenario.edit import edit_at, edited
from redball.scenario.fault_log import FaultLog
from redball.scenario.read import check, read
from redball.scenario.settings import Risk
from redball.scenario.write import write

TOLD = "[risk]\nsurge_chance = 0.25\nsurge_factor = 2\n"


@pytest.mark.parametrize("name", ["copy", "copy.xlsx"])
def test_the_risk_is_read_and_written(folder: Path, tmp_path: Path, name: str) -> None:
    settings = folder / "scenario.toml"
    settings.write_text(settings.read_text() + "\n" + TOLD)
    scenario = read(folder)
    assert scenario.settings.risk == Risk(surge_chance=0.25, surge_factor=2.0, surge_days_mean=21.0)
    again = read(write(scenario, tmp_path / name))
    assert again.settings == scenario.settings
    assert again.digest == scenario.digest


def test_who_tells_no_risk_has_the_digest_of_before(folder: Path, tmp_path: Path) -> None:
    scenario = read(folder)
    told = scenario.settings.model_copy(update={"risk": Risk(surge_chance=0.25)})
    before = scenario.settings.model_dump_json(exclude={"risk"})
    assert "risk" not in before
    assert '"risk":' in told.model_dump_json()
    assert read(write(scenario, tmp_path / "copy")).digest == scenario.digest
    # only tables follow the settings in what is summed up
    bare = type(scenario)(scenario.settings, {})
    assert bare.digest == hashlib.sha256(before.encode()).hexdigest()
    assert type(scenario)(told, {}).digest == hashlib.sha256(told.model_dump_json().encode()).hexdigest()


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("surge_chance = 1.5", "bad-setting", "surge_chance"),
        ("surge_factor = -1", "bad-setting", "surge_factor"),
        ("surge_days_mean = 0", "bad-setting", "surge_days_mean"),
        ("surge_chance = true", "bad-setting", "surge_chance"),
        ("surge_chanse = 0.5", "unknown-setting", "surge_chanse"),
    ],
)
def test_a_risk_that_cannot_be_is_a_fault(folder: Path, line: str, code: str, column: str) -> None:
    settings = folder / "scenario.toml"
    settings.write_text(f"{settings.read_text()}\n[risk]\n{line}\n")
    (fault,) = check(folder)
    assert (fault.code, fault.column) == (code, column)


def test_a_variant_may_tell_another_risk(folder: Path) -> None:
    log = FaultLog()
    log.open("study")
    found = edited(read(folder), [edit_at("risk/surge_chance", 0.5)], "study", log)
    assert found is not None
    assert found.settings.risk.surge_chance == 0.5
    assert found.settings.objective == read(folder).settings.objective
