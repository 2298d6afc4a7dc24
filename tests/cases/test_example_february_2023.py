"""February 2023: every row has its source, nothing is later than the cut-off, and the plan is what must follow."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import redball as rb
from redball.scenario.schema import SCHEMA

FEBRUARY = Path(__file__).parents[2] / "examples" / "february-2023"
SOURCES = FEBRUARY / "sources"
START = dt.date(2023, 3, 1)
CUT_OFF = "2023-02-28"
ID = re.compile(r"\b[FPBDL]\d{2,3}\b")
POSITION = re.compile(r"^(GeoNames|port list in searoute|airportsdata)")
TABLES = [name for name in SCHEMA if (FEBRUARY / f"{name}.csv").exists()]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dated_ids() -> dict[str, str]:
    """Every id of the sources with the date on which it was public; blank where the source has none."""
    keys = {
        "facts": ("fact_id", "date_of_claim"),
        "burn_and_output": ("row", "as_of"),
        "pledges": ("row", "announced_on"),
        "legs": ("leg", ""),
    }
    return {
        row[key]: row.get(date, "")
        for name, (key, date) in keys.items()
        for row in rows_of(SOURCES / f"{name}.csv")
    }


@pytest.fixture(scope="module")
def scenario() -> rb.Scenario:
    return rb.read(FEBRUARY)


def test_the_tables_are_what_the_script_builds(tmp_path: Path) -> None:
    command = [sys.executable, str(FEBRUARY / "build.py"), str(SOURCES), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    built = sorted(path.name for path in tmp_path.iterdir())
    assert built == sorted(path.name for path in FEBRUARY.glob("[!_]*.csv"))
    for name in built:
        assert (tmp_path / name).read_bytes() == (FEBRUARY / name).read_bytes(), name


def test_nothing_is_wrong_with_it() -> None:
    assert rb.check(FEBRUARY) == ()


def test_size(scenario: rb.Scenario) -> None:
    heights = {name: frame.height for name, frame in scenario.tables.items()}
    assert scenario.settings.days == 180
    assert heights["locations"] >= 60
    assert heights["lanes"] >= 150
    assert heights["items"] >= 10


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_its_source(table: str) -> None:
    for number, row in enumerate(rows_of(FEBRUARY / f"{table}.csv"), start=2):
        source = row["source"]
        cited = ID.findall(source) or (table == "locations" and POSITION.match(source))
        assert cited or re.search(r"assumption: \w", source), (table, number, source)


@pytest.mark.parametrize("table", TABLES)
def test_every_id_exists_and_was_public_by_the_cut_off(table: str) -> None:
    known = dated_ids()
    for number, row in enumerate(rows_of(FEBRUARY / f"{table}.csv"), start=2):
        for name in ID.findall(row["source"]):
            assert name in known, (table, number, name)
            date = known[name]
            assert not date[:4].isdigit() or date <= CUT_OFF, (table, number, name, date)


def test_no_arms_cross_from_hungary(scenario: rb.Scenario) -> None:
    lanes = scenario.table("lanes").filter(pl.col("from_location").str.starts_with("Zahony"))
    assert lanes.height == 2
    for carries in lanes["carries"]:
        assert not {"V", "VII"} & set(carries.split())


def test_history_and_blank_counts_are_not_open_pledges() -> None:
    known = {row["row"]: row for row in rows_of(SOURCES / "pledges.csv")}
    for row in rows_of(FEBRUARY / "pledges.csv"):
        name = row["pledge"].split("-")[0]
        if name in known and row["item"] != "crew-munster":  # its count is an assumption, said in the row
            assert known[name]["quantity"], name
            assert not re.search(
                r"already (sent|handed)|has supplied|shipped", known[name]["status_words"]
            ), name
            assert float(row["quantity"]) <= float(known[name]["quantity"]), name


def test_parts_of_one_promise_add_up(scenario: rb.Scenario) -> None:
    pledges = scenario.table("pledges")
    total = dict(
        pledges.group_by(pl.col("pledge").str.split("-").list.first()).agg(pl.col("quantity").sum()).rows()
    )
    assert total["D063"] == 18  # 14 raised to 18, not 14 + 18
    assert total["D112"] == 10  # 6 planned, 4 possible
    assert total["D176"] + total["D185"] == 109
    assert total["B29"] == 150_000


def test_a_rung_is_what_the_words_say(scenario: rb.Scenario) -> None:
    rungs = dict(scenario.table("pledges").select("pledge", "status").rows())
    assert rungs["D035-howitzer"] == "allocated"  # paid from the special fund
    assert rungs["D063-leopard-2a6"] == "committed"  # approved
    assert rungs["D063-leopard-2a6-more"] == "announced"  # will send
    assert rungs["D112-leopard-2a4-more"] == "conditional"  # could increase
    assert rungs["B30-155mm-round"] == "announced"  # intended


def test_the_limit_that_polish_crossings_share_is_one_fleet(scenario: rb.Scenario) -> None:
    legs = {row["leg"]: row["capacity_group"] for row in rows_of(SOURCES / "legs.csv")}
    for source, fleet, cycle in scenario.table("lanes").select("source", "fleet", "cycle_days").rows():
        shared = legs[source.split(";")[0]] == "PL-bogie-change"
        assert (fleet == "pl-bogies") is shared
        assert cycle == (1 if shared else None)


@pytest.fixture(scope="module")
def sixty_days(scenario: rb.Scenario) -> rb.Plan:
    settings = scenario.settings.model_copy(update={"days": 60})
    return rb.plan(dataclasses.replace(scenario, settings=settings), threads=1, gap=0.02)


def test_shells_run_short(sixty_days: rb.Plan) -> None:
    shells = sixty_days.served.filter(pl.col("item") == "155mm-round")
    share = shells["quantity"].sum() / shells["asked"].sum()
    assert 0.5 < share < 0.95
    opening = 3 * 3000 + 5 * 3000 + 3 * 3000
    counted = 150_000 + 10_000
    made = 60 * (20_000 + 5_417 + 4_167 + 1_583) * 12 / 365
    assert shells["quantity"].sum() < opening + counted + made


def test_gepards_fire_what_lies_in_the_cities_until_the_new_line_delivers(scenario: rb.Scenario) -> None:
    forecast = rb.forecast(scenario).filter(
        (pl.col("item") == "35mm-round") & (pl.col("way") == "nothing moves")
    )
    # 57,000 / 2 / 3 = 9,500 rounds in each city, 32 x 10 / 3 a day: 89 days
    assert forecast["stock_out_date"].to_list() == [START + dt.timedelta(days=89)] * 3
    line = scenario.table("production").row(by_predicate=pl.col("line") == "gepard-35", named=True)
    first_output = START + dt.timedelta(days=int(line["expansion_days"] + line["lead_days"]))
    assert line["rate_per_day"] == 0
    assert first_output == dt.date(2023, 7, 1)


def test_no_leopard_2a4_comes_from_promises(sixty_days: rb.Plan) -> None:
    needs = sixty_days.handovers.filter(pl.col("need").str.starts_with("leopard-2a4"))
    assert needs["quantity"].sum() == 0
    taken = set(sixty_days.take_up.filter(pl.col("quantity") > 0)["pledge"])
    rungs = dict(sixty_days.scenario.table("pledges").select("pledge", "status").rows())
    assert taken
    assert {rungs[pledge] for pledge in taken} <= {"committed", "allocated"}


def test_what_others_give_stays_above_their_reserve(sixty_days: rb.Plan) -> None:
    kept = sixty_days.stocks.filter((pl.col("location") == "NO-depot") & (pl.col("item") == "leopard-2a4"))
    assert kept.height == 0 or kept["quantity"].min() == 28


def test_vehicles_wait_for_their_crews(sixty_days: rb.Plan) -> None:
    marders = sixty_days.handovers.filter((pl.col("need") == "marder-germany") & (pl.col("quantity") > 0))
    assert marders["quantity"].sum() == 40
    assert marders["date"].min() > dt.date(2023, 4, 3)  # seven weeks after 13 February
    joined = dict(sixty_days.starts.group_by("line").agg(pl.col("quantity").sum()).rows())
    crews = 3 * joined["marder-package"] + 4 * joined.get("leopard-2a6-package", 0)
    assert crews <= 210 + joined.get("course-munster", 0) + 1e-6
