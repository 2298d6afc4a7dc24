"""Each rule of the check: found where it is broken, silent where it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.scenario.conftest import SETTINGS, TABLES, Broken

from redball.core.errors import Fault, FaultsError
from redball.scenario.fault_codes import CODES
from redball.scenario.limits import FAULTS_KEPT_MAX
from redball.scenario.read import check, read

LOCATIONS, ITEMS, STOCKS = TABLES["locations"], TABLES["items"], TABLES["stocks"]
LANES, CONSUMPTION, NEEDS = TABLES["lanes"], TABLES["consumption"], TABLES["needs"]
LANE = "lane,from_location,to_location,mode,transit_days"
LINE = "line,location,item,rate_per_day,rate_max_per_day,expansion\n"
OFFER = "offer,location,item,quantity_max,unit_cost,lead_days,order_min\n"
PLEDGE = "pledge,donor,location,item,quantity,available_date,status\n"
CLOSURE = "lane,location,from_date,to_date,open_fraction\n"
DEMAND = "location,item,per_day,from_date,to_date,per_day_low,per_day_high\n"

CASES: list[tuple[dict[str, str], str, str, int | None, str | None]] = [
    # cells
    ({"lanes": LANES.replace("Bravo", "Bravno")}, "unknown-reference", "lanes.csv", 2, "to_location"),
    ({"lanes": LANES.replace("road", "raod")}, "not-a-choice", "lanes.csv", 2, "mode"),
    ({"lanes": LANES.replace(",1,10", ",,10")}, "missing-value", "lanes.csv", 2, "transit_days"),
    ({"lanes": LANES.replace(",1,10", ",0,10")}, "out-of-range", "lanes.csv", 2, "transit_days"),
    ({"lanes": LANES.replace(",1,10", ",1,-1")}, "out-of-range", "lanes.csv", 2, "capacity_t_per_day"),
    ({"lanes": LANES.replace(",1,10", ",1,nan")}, "not-a-number", "lanes.csv", 2, "capacity_t_per_day"),
    ({"lanes": LANES.replace(",1,10", ",1,inf")}, "not-a-number", "lanes.csv", 2, "capacity_t_per_day"),
    ({"lanes": LANES.replace(",1,10", ",1,1e999")}, "not-a-number", "lanes.csv", 2, "capacity_t_per_day"),
    ({"lanes": LANES.replace(",1,10", ',1,"12,5"')}, "not-a-number", "lanes.csv", 2, "capacity_t_per_day"),
    ({"lanes": f"{LANE},carries\nAB,Alfa,Bravo,road,1,I XI\n"}, "not-a-class", "lanes.csv", 2, "carries"),
    ({"lanes": f"{LANE},via\nAB,Alfa,Bravo,road,1,51 4; 95 0\n"}, "not-a-point", "lanes.csv", 2, "via"),
    (
        {"lanes": f"{LANE},loss_fraction\nAB,Alfa,Bravo,road,1,1.5\n"},
        "out-of-range",
        "lanes.csv",
        2,
        "loss_fraction",
    ),
    ({"needs": NEEDS.replace("2027-01-20", "20/01/2027")}, "not-a-date", "needs.csv", 2, "due_date"),
    ({"needs": NEEDS.replace("2027-01-20", "2027-02-30")}, "not-a-date", "needs.csv", 2, "due_date"),
    ({"needs": NEEDS.replace("2027-01-20", "0027-01-20")}, "not-a-date", "needs.csv", 2, "due_date"),
    ({"items": ITEMS.replace("yes", "YES")}, "not-a-choice", "items.csv", 3, "whole"),
    ({"items": ITEMS.replace("vehicle", "a\x07b")}, "not-text", "items.csv", 3, "unit"),
    ({"items": ITEMS.replace("vehicle", "v" * 10_001)}, "too-large", "items.csv", 3, "unit"),
    # columns and rows
    ({"lanes": LANES.replace("mode", "mood")}, "unknown-column", "lanes.csv", 1, "mood"),
    ({"lanes": LANES.replace("mode", "mood")}, "missing-column", "lanes.csv", 1, "mode"),
    (
        {"lanes": LANES.replace("lane,", "lane,lane,").replace("AB,", "AB,AB,")},
        "duplicate-column",
        "lanes.csv",
        1,
        "lane",
    ),
    (
        {"lanes": LANES.replace("\nAB", ",\nAB").replace("10\n", "10,x\n")},
        "blank-column",
        "lanes.csv",
        1,
        None,
    ),
    (
        {"consumption": CONSUMPTION.replace("per_day", "per_day [kg]")},
        "wrong-unit",
        "consumption.csv",
        1,
        "per_day",
    ),
    ({"consumption": CONSUMPTION + "\nBravo,bread,3\n"}, "blank-row", "consumption.csv", 3, None),
    ({"consumption": CONSUMPTION + ",,\nBravo,bread,3\n"}, "blank-row", "consumption.csv", 3, None),
    ({"consumption": CONSUMPTION + "Bravo,bread\n"}, "row-length", "consumption.csv", 3, None),
    ({"consumption": CONSUMPTION + "Bravo,bread,3,4\n"}, "row-length", "consumption.csv", 3, None),
    ({"items": "item,supply_class,unit,tonnes_per_unit\n"}, "no-rows", "items.csv", None, None),
    ({"locations": LOCATIONS + "Alfa,hub,,\n"}, "duplicate-id", "locations.csv", 4, "location"),
    ({"stocks": STOCKS + "Alfa,bread,1,\n"}, "duplicate-row", "stocks.csv", 3, "item"),
    # rules
    ({"lanes": LANES + "BB,Bravo,Bravo,road,1,\n"}, "lane-to-itself", "lanes.csv", 3, "to_location"),
    ({"lanes": LANES.replace(",1,10", ",1.1,10")}, "transit-rounded", "lanes.csv", 2, "transit_days"),
    (
        {"lanes": f"{LANE},up_days_mean\nAB,Alfa,Bravo,road,1,9\n"},
        "failures-without-repair",
        "lanes.csv",
        2,
        "down_days_mean",
    ),
    ({"closures": CLOSURE + "AB,Alfa,,,0\n"}, "closure-target", "closures.csv", 2, "lane"),
    ({"closures": CLOSURE + ",,,,\nAB,,,,0\n"}, "blank-row", "closures.csv", 2, None),
    ({"closures": CLOSURE + ",,2027-01-02,,0\n"}, "closure-target", "closures.csv", 2, "lane"),
    (
        {"closures": CLOSURE + "AB,,2027-01-05,2027-01-04,0\n"},
        "dates-reversed",
        "closures.csv",
        2,
        "from_date",
    ),
    ({"closures": CLOSURE + "AB,,2027-03-05,,0\n"}, "outside-horizon", "closures.csv", 2, "from_date"),
    ({"closures": CLOSURE + ",Bravo,,,0.5\n"}, "closure-of-unlimited", "closures.csv", 2, "open_fraction"),
    (
        {"closures": CLOSURE + "BA,,,,0.5\n", "lanes": LANES + "BA,Bravo,Alfa,road,1,\n"},
        "closure-of-unlimited",
        "closures.csv",
        2,
        "open_fraction",
    ),
    (
        {"closures": CLOSURE + ",Alfa,,,0.5\n", "lanes": LANES + "BA,Bravo,Alfa,road,1,\n"},
        "closure-of-unlimited",
        "closures.csv",
        2,
        "open_fraction",
    ),
    ({"stocks": STOCKS.replace("40", "101")}, "storage-exceeded", "locations.csv", 2, "storage_t"),
    ({"stocks": STOCKS.replace("5\n", "50\n")}, "reserve-above-stock", "stocks.csv", 2, "reserve"),
    ({"stocks": STOCKS + "Alfa,tank,0.5,\n"}, "not-whole", "stocks.csv", 3, "quantity"),
    ({"needs": NEEDS.replace(",1,", ",1.5,")}, "not-whole", "needs.csv", 2, "quantity"),
    (
        {"pledges": PLEDGE + "P,Us,Alfa,tank,1.5,2027-01-01,committed\n"},
        "not-whole",
        "pledges.csv",
        2,
        "quantity",
    ),
    (
        {"pledges": PLEDGE + "P,Us,Alfa,tank,1,2027-02-01,committed\n"},
        "too-late",
        "pledges.csv",
        2,
        "available_date",
    ),
    ({"needs": NEEDS.replace("2027-01-20", "2027-01-31")}, "too-late", "needs.csv", 2, "due_date"),
    (
        {"production": LINE + "L,Alfa,bread,1,,decide\n"},
        "expansion-without-rate",
        "production.csv",
        2,
        "rate_max_per_day",
    ),
    (
        {"production": LINE + "L,Alfa,bread,3,2,decide\n"},
        "rate-max-below-rate",
        "production.csv",
        2,
        "rate_max_per_day",
    ),
    (
        {"production": LINE + "L,Alfa,bread,1,,\n", "recipes": "line,item,quantity\nL,bread,1\n"},
        "recipe-of-itself",
        "recipes.csv",
        2,
        "item",
    ),
    (
        {"production": LINE + "L,Alfa,bread,1,,\n", "recipes": "line,item,quantity\nL,tank,1\nL,tank,2\n"},
        "duplicate-row",
        "recipes.csv",
        3,
        "item",
    ),
    ({"offers": OFFER + "O,Alfa,bread,5,1,1,6\n"}, "order-min-above-max", "offers.csv", 2, "order_min"),
    (
        {"consumption": DEMAND + "Bravo,bread,2,2027-02-01,,,\n"},
        "outside-horizon",
        "consumption.csv",
        2,
        "from_date",
    ),
    (
        {"consumption": DEMAND + "Bravo,bread,2,,2026-12-31,,\n"},
        "outside-horizon",
        "consumption.csv",
        2,
        "from_date",
    ),
    (
        {"consumption": DEMAND + "Bravo,bread,2,,,3,\n"},
        "quantiles-reversed",
        "consumption.csv",
        2,
        "per_day_low",
    ),
    (
        {"consumption": DEMAND + "Bravo,bread,2,,,,1\n"},
        "quantiles-reversed",
        "consumption.csv",
        2,
        "per_day_high",
    ),
    ({"items": ITEMS + "tent,II,piece,1,\n"}, "item-unused", "items.csv", 4, "item"),
    ({"locations": LOCATIONS + "Coast,port,,\n"}, "location-apart", "locations.csv", 4, "location"),
    (
        {"consumption": "location,item,per_day\n", "needs": "need,location,item,quantity,due_date\n"},
        "no-demand",
        "consumption.csv",
        None,
        None,
    ),
]


def test_the_small_scenario_has_no_fault(folder: Path) -> None:
    assert check(folder) == ()


@pytest.mark.parametrize(
    ("tables", "code", "place", "row", "column"),
    CASES,
    ids=[f"{case[1]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_broken_rule_is_found_at_its_cell(
    broken: Broken, tables: dict[str, str], code: str, place: str, row: int | None, column: str | None
) -> None:
    faults = broken(**tables)
    assert (code, place, row, column) in {
        (fault.code, fault.place, fault.row, fault.column) for fault in faults
    }
    assert all(
        fault.severity == CODES[fault.code].severity and fault.problem and fault.remedy for fault in faults
    )


@pytest.mark.parametrize(
    "tables",
    [
        {"lanes": LANES.replace(",1,10", ",2.7,10")},
        {"stocks": STOCKS.replace("40", "100")},
        {"closures": CLOSURE + "AB,,2027-01-30,2027-01-30,0.5\n,Bravo,,,0\n,Bravo,,,1\n,Alfa,,,0.5\n"},
        {"needs": NEEDS.replace("2027-01-20", "2027-01-30")},
        {"production": LINE + "L,Alfa,bread,2,2,decide\nM,Alfa,bread,2,,none\n"},
        {"offers": OFFER + "O,Alfa,bread,5,1,1,5\n"},
        {"consumption": DEMAND + "Bravo,bread,2,2027-01-30,,2,2\n"},
        {"lanes": f"{LANE},carries,via\nAB,Alfa,Bravo,road,1,I;VII,\n"},
    ],
)
def test_what_lies_just_inside_a_rule_is_no_fault(broken: Broken, tables: dict[str, str]) -> None:
    assert broken(**tables) == ()


def test_every_fault_is_listed_at_once_in_the_order_of_the_files(broken: Broken) -> None:
    faults = broken(
        lanes=LANES.replace("Bravo", "Bravno").replace("road", "raod") + "AB,Alfa,Bravo,road,x,\n",
        items=ITEMS.replace("VII", "XII"),
    )
    found = [(fault.place, fault.row, fault.column) for fault in faults]
    assert found == [
        ("items.csv", 3, "supply_class"),
        ("lanes.csv", 2, "mode"),
        ("lanes.csv", 2, "to_location"),
        ("lanes.csv", 3, "lane"),
        ("lanes.csv", 3, "transit_days"),
    ]


def test_a_typo_gets_the_nearest_name(broken: Broken) -> None:
    (fault,) = broken(lanes=LANES.replace("Bravo", "Bravno"))
    assert str(fault) == "lanes.csv row 2, to_location: 'Bravno' is not in locations. Did you mean 'Bravo'?"
    assert fault.as_dict()["value"] == "Bravno"


def test_one_slip_is_reported_once(broken: Broken) -> None:
    faults = broken(production=LINE + "L,Alfa,bread,1,x,decide\n")
    assert [fault.code for fault in faults] == ["not-a-number"]


def test_a_reference_to_a_table_that_cannot_be_read_is_not_judged(broken: Broken) -> None:
    faults = broken(locations=b"location,kind\nAlfa,dep\xf4t\n")
    assert [(fault.code, fault.place) for fault in faults] == [("encoding", "locations.csv")]


def test_a_million_faults_are_counted_and_a_thousand_kept(broken: Broken) -> None:
    extra = 234
    rows = "Bravno,bread,x\n" * (FAULTS_KEPT_MAX + extra)
    faults = broken(consumption="location,item,per_day\n" + rows)
    assert len(faults) == 2 * FAULTS_KEPT_MAX + 2
    assert [fault for fault in faults if fault.row is None] == list(faults[-2:])
    assert all(fault.problem.startswith(f"{extra} more") for fault in faults[-2:])


@pytest.mark.parametrize(
    ("settings", "code", "column"),
    [
        (SETTINGS.replace("days", "dyas"), "unknown-setting", "dyas"),
        (SETTINGS.replace("days", "dyas"), "missing-setting", "days"),
        (SETTINGS.replace("30", "0"), "bad-setting", "days"),
        (SETTINGS.replace("30", "30.5"), "bad-setting", "days"),
        (SETTINGS.replace("30", "true"), "bad-setting", "days"),
        (SETTINGS.replace("30", "9" * 5000), "settings-syntax", None),
        (SETTINGS.replace("2027-01-01", '"1/1/2027"'), "bad-setting", "start"),
        (SETTINGS.replace("2027-01-01", "0027-01-01"), "bad-setting", "start"),
        (SETTINGS.replace("2027-01-01", "2199-12-20"), "horizon-too-late", "start"),
        (SETTINGS.replace('"small"', '""'), "bad-setting", "name"),
        (SETTINGS + "[objective]\nurgency = -1\n", "bad-setting", "urgency"),
        (SETTINGS + "[objective]\nurgency = inf\n", "bad-setting", "urgency"),
        (SETTINGS + '[objective]\nrationing = "evn"\n', "bad-setting", "rationing"),
        (SETTINGS + "[objective]\npriority_weights = [1, 2]\n", "bad-setting", "priority_weights"),
        (SETTINGS + '[objective]\npriority_weights = [1, 2, "x"]\n', "bad-setting", "priority_weights"),
        (SETTINGS + "[objctive]\nurgency = 1\n", "unknown-setting", "objctive"),
        (SETTINGS + "days = 31\n", "settings-syntax", None),
        ("[scenario\n", "settings-syntax", None),
        ("x = " + "[" * 5000, "settings-syntax", None),
    ],
)
def test_settings_that_do_not_fit(folder: Path, settings: str, code: str, column: str | None) -> None:
    (folder / "scenario.toml").write_text(settings)
    faults = check(folder)
    assert (code, "scenario.toml", column) in {(fault.code, fault.place, fault.column) for fault in faults}
    assert all("pydantic" not in str(fault) and "Input should" not in str(fault) for fault in faults)


def test_reading_raises_what_checking_lists(broken: Broken, folder: Path) -> None:
    faults = broken(lanes=LANES.replace("Bravo", "Bravno"), stocks=STOCKS.replace("5\n", "50\n"))
    with pytest.raises(FaultsError) as caught:
        read(folder)
    assert caught.value.faults == faults
    assert isinstance(faults[0], Fault)


def test_warnings_do_not_keep_a_scenario_from_being_read(broken: Broken, folder: Path) -> None:
    (fault,) = broken(stocks=STOCKS.replace("5\n", "50\n"))
    assert fault.severity == "warning"
    assert read(folder).tables["stocks"].height == 1


@pytest.mark.parametrize("code", [code for code in CODES if CODES[code].severity == "error"])
def test_every_code_says_what_and_how(code: str) -> None:
    assert CODES[code].meaning.endswith(".")
    assert CODES[code].remedy.endswith((".", ".`"))
