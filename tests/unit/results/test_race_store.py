"""A race on disk comes back as it was, and is not taken for a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.results.books import bakery_plan
from tests.unit.results.races import bakery_race

from redball.core.errors import InputError
from redball.results.plan import load_plan
from redball.results.race import load_race
from redball.results.race_tables import RACE_TABLES


@pytest.mark.parametrize("csv", [False, True])
def test_a_race_comes_back_as_it_was(tmp_path: Path, csv: bool) -> None:
    race = bakery_race()
    race.save(tmp_path / "race", csv=csv)
    loaded = load_race(tmp_path / "race")
    assert loaded.summary == race.summary
    assert loaded.scenario.digest == race.scenario.digest
    assert all(loaded.tables[name].equals(race.tables[name]) for name in RACE_TABLES)
    endings = ("parquet", "csv") if csv else ("parquet",)
    files = {f"{name}.{ending}" for name in RACE_TABLES for ending in endings}
    assert {path.name for path in (tmp_path / "race").iterdir()} == files | {"race.json", "scenario"}


def test_a_race_and_a_plan_do_not_take_each_others_folder(tmp_path: Path) -> None:
    bakery_race().save(tmp_path / "race")
    bakery_plan().save(tmp_path / "plan")
    with pytest.raises(InputError, match="not a plan"):
        bakery_plan().save(tmp_path / "race")
    with pytest.raises(InputError, match="not a race"):
        bakery_race().save(tmp_path / "plan")
    with pytest.raises(InputError, match="redball plan wrote"):
        load_plan(tmp_path / "race")
    with pytest.raises(InputError, match="redball race wrote"):
        load_race(tmp_path / "plan")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"replications": 1.5}, "replications is not a whole number"),
        ({"plan_digest": 7}, "plan_digest is not text"),
        ({"width": "wide"}, "could not convert"),
        ({"seconds": {"run": []}}, "seconds, run is not a number"),
        ({"luck": 1}, "unknown: luck"),
    ],
)
def test_a_summary_that_was_tampered_with_is_refused(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    bakery_race().save(tmp_path / "race")
    file = tmp_path / "race" / "race.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(InputError, match=words):
        load_race(tmp_path / "race")
