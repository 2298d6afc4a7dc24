"""Stocks, production, recipes, offers and budgets of the example.

A figure comes from a row of the sources, by its id, or its row says ``assumption`` and why.
"""

from __future__ import annotations

from build_demand import COVERED, SECTORS, SHARE, front_use
from build_sources import Row, Sources, text


def stocks(sources: Sources) -> list[Row]:
    """Return what is on hand on the first morning. Ukraine's stocks were not public: assumptions, and small."""
    used = sources.figure("B02")
    gepard = float(sources.pledges["D045"]["quantity"]) / 2
    half = "D045; assumption: half of the rounds given from stock are left, shared by three cities"
    week = "assumption: stocks in Ukraine were not public;"
    rows = [
        _stock("Lviv", "155mm-round", 3 * used, f"{week} three days of B02 in the west"),
        _stock("Dnipro", "155mm-round", 5 * used, f"{week} five days of B02 in the centre"),
        *(_stock(place, "35mm-round", gepard / len(COVERED), half) for place in COVERED),
        *_front_stocks(sources, week),
        _stock(
            "Rzeszow", "winter-kit", 12000, "assumption: left of the winter clothing of D051, count not known"
        ),
        _stock("Ternopil", "120mm-tank-round", 1000, f"{week} first load of the tanks"),
        _stock(
            "DE-depot",
            "spares-kit",
            120,
            "assumption: a kit serves one vehicle; never counted in public (D197)",
        ),
        _stock("Michalovce", "spares-kit", 20, "assumption: on the shelf of the repair base (P012)"),
        _stock(
            "Lviv",
            "howitzer-broken",
            60,
            "F121; assumption: half of the third of about 350 guns, collected in Lviv",
        ),
        _stock(
            "DE-depot",
            "trainee",
            400,
            "assumption: soldiers at hand for the next courses, count not known (D061)",
        ),
        _stock("DE-depot", "crew-bradley", 600, "D190; F117", note="more than 600 finished by mid-February"),
    ]
    fleet, promised = float(sources.facts["F093"]["quantity"]), float(sources.pledges["D085"]["quantity"])
    keep = fleet - promised
    rows.append(
        _stock(
            "NO-depot",
            "leopard-2a4",
            keep,
            "F093; D085; assumption: what is not promised is not given",
            keep,
            "36 less the 8 promised; F177 has 52",
        )
    )
    own = "F176; assumption: what is not promised is not given"
    rows.append(_stock("DE-depot", "leopard-2a4", 55, own, 55, "column 2A4 of the stock table"))
    return rows


DAYS_AT_HAND = {"155mm-round": 3, "diesel": 20, "ration": 35, "first-aid-kit": 20, "winter-kit": 15}
"""Assumption: days of use at hand in the sectors before the first day."""


def _front_stocks(sources: Sources, week: str) -> list[Row]:
    """Return what lies in the sectors: shells for days, the rest for weeks."""
    return [
        _stock(place, item, days * SHARE * use, f"{week} {days} days at hand")
        for item, use in front_use(sources).items()
        for days in [DAYS_AT_HAND[item]]
        for place in SECTORS
    ]


def _stock(location: str, item: str, quantity: float, source: str, reserve: float = 0, note: str = "") -> Row:
    return {
        "location": location,
        "item": item,
        "quantity": text(quantity, 0),
        "reserve": text(reserve, 0) if reserve else "",
        "source": source,
        "note": note,
    }


ROUND_EUR = "4000"  # F028: 4 bn EUR for 1 m rounds
DELIVERED = "assumption: all of it goes to Ukraine (an upper bound, shares not known), as finished goods"
COURSE_DAYS = 49  # middle of B44's six to eight weeks


def production(sources: Sources) -> list[Row]:
    """Return the lines. One row of burn_and_output is chosen for each; rows that overlap are not added."""
    per_day, bodies = sources.per_day, sources.per_day("B12") - sources.per_day("B13")
    spring = {"expansion": "announced", "expansion_days": "31", "ramp_days": "30"}
    when = "assumption: spring begins to work in April and is full a month later"
    rows: list[Row] = [
        {
            "line": "iowa-155",
            "location": "Iowa-AAP",
            "item": "155mm-round",
            "rate_per_day": text(per_day("B12")),
            "rate_max_per_day": text(per_day("B14")),
            **spring,
            "unit_cost": "3843",
            "budget": "us-usai",
            "source": f"B12; B14; F063; {when}; {DELIVERED}",
            "note": "fills shell bodies (recipe); the 90,000 a month of B15 lie beyond the horizon",
        },
        {
            "line": "scranton-bodies",
            "location": "Scranton",
            "item": "155mm-shell",
            "rate_per_day": text(per_day("B13")),
            "source": "B13",
            "note": "part of the rounds of B12, not on top of them",
        },
        {
            "line": "other-us-bodies",
            "location": "Iowa-AAP",
            "item": "155mm-shell",
            "rate_per_day": text(bodies),
            "rate_max_per_day": text(per_day("B14") - per_day("B13")),
            **spring,
            "source": f"B12; B13; B14; {when}; other makers give what Scranton does not",
        },
        {
            "line": "bourges-155",
            "location": "Bourges",
            "item": "155mm-round",
            "rate_per_day": text(per_day("B17")),
            "unit_cost": ROUND_EUR,
            "budget": "europe-155",
            "source": f"B17; F028; {DELIVERED}",
            "note": "the joint shells with Australia (B24) have no count",
        },
        _decided(sources, "dubnica-155", "Dubnica", "B18", "B19", 60, 60, 15e6),
        _decided(sources, "rheinmetall-155", "Unterluess", "B20", "B21", 60, 90, 40e6),
        {
            "line": "rheinmetall-120",
            "location": "Unterluess",
            "item": "120mm-tank-round",
            "rate_per_day": text(per_day("B22")),
            "unit_cost": "3000",
            "source": "B22; assumption: 3,000 EUR a round, price not public; the place is Rheinmetall's other works",
        },
        {
            "line": "gepard-35",
            "location": "Unterluess",
            "item": "35mm-round",
            "rate_per_day": "0",
            "rate_max_per_day": text(300_000 / 365),
            "expansion": "announced",
            "expansion_days": "30",
            "lead_days": "92",
            "unit_cost": "333",
            "budget": "de-gepard",
            "source": "B23; D062; F067; F068; P026; assumption: the 300,000 rounds of the contract in one year, rate not known",
            "note": "starts at the end of March, first rounds on 1 July",
        },
    ]
    return rows + _courses() + _repairs() + _packages()


def _decided(
    sources: Sources, line: str, location: str, now: str, later: str, days: int, ramp: int, cost: float
) -> Row:
    return {
        "line": line,
        "location": location,
        "item": "155mm-round",
        "rate_per_day": text(sources.per_day(now)),
        "rate_max_per_day": text(sources.per_day(later)),
        "expansion": "decide",
        "expansion_days": str(days),
        "ramp_days": str(ramp),
        "expansion_cost": text(cost, 0),
        "unit_cost": ROUND_EUR,
        "budget": "europe-155",
        "source": f"{now}; {later}; F028; assumption: no date or cost was public, {days} days, a ramp of {ramp} and "
        f"{cost / 1e6:.0f} m EUR; {DELIVERED}",
        "note": "the calibres are not split in the source"
        if line == "dubnica-155"
        else "the place is not in the source",
    }


def _courses() -> list[Row]:
    return [
        {
            "line": "course-munster",
            "location": "DE-depot",
            "item": "crew-munster",
            "rate_per_day": "8",
            "lead_days": str(COURSE_DAYS),
            "source": "B44; assumption: 8 starters a day, count not known; 49 days is the middle of six to eight weeks",
        },
    ]


def _repairs() -> list[Row]:
    why = "assumption: one gun in two days, two weeks in the works, rates not known"
    return [
        {
            "line": f"repair-{name}",
            "location": location,
            "item": "howitzer",
            "rate_per_day": "0.5",
            "lead_days": "14",
            "source": f"{fact}; {why}",
        }
        for name, location, fact in (("poland", "Rzeszow", "F121"), ("slovakia", "Michalovce", "P012"))
    ]


def _packages() -> list[Row]:
    return [
        {
            "line": f"{vehicle}-package",
            "location": "Ternopil",
            "item": f"{vehicle}-ready",
            "rate_per_day": "20",
            "lead_days": "1",
            "source": "assumption: up to twenty vehicles a day are joined with crew, spares and ammunition at an inland depot",
        }
        for vehicle in CREWS
    ]


CREWS = {
    "leopard-2a4": ("crew-munster", 4),
    "leopard-2a6": ("crew-munster", 4),
    "marder": ("crew-munster", 3),
    "bradley": ("crew-bradley", 3),
}
"""Who mans a vehicle, and how many (general knowledge)."""


def recipes(sources: Sources) -> list[Row]:
    """Return what the lines draw."""
    rows = [
        _recipe("iowa-155", "155mm-shell", 1, "B13; F047"),
        _recipe("course-munster", "trainee", 1, "B44"),
        _recipe(
            "course-munster", "ration", COURSE_DAYS, "B44; assumption: one ration for each day of the course"
        ),
        *(
            row
            for line in ("repair-poland", "repair-slovakia")
            for row in (
                _recipe(line, "howitzer-broken", 1, "F121"),
                _recipe(line, "spares-kit", 1, "assumption: one kit mends one gun"),
            )
        ),
    ]
    for vehicle, (crew, n) in CREWS.items():
        line = f"{vehicle}-package"
        rows.append(_recipe(line, vehicle, 1, "assumption: the vehicle itself"))
        rows.append(_recipe(line, crew, n, "assumption: crew of the vehicle, general knowledge"))
        if vehicle.startswith("leopard"):
            rows.append(_recipe(line, "spares-kit", 1, "assumption: one kit goes with each tank"))
            rows.append(
                _recipe(
                    line, "120mm-tank-round", 42, "assumption: one load of a Leopard 2, general knowledge"
                )
            )
    return rows


def _recipe(line: str, item: str, quantity: float, source: str) -> Row:
    return {"line": line, "item": item, "quantity": text(quantity), "source": source}


def offers(sources: Sources) -> list[Row]:
    """Return what the market sells."""
    fuel, ration = sources.items["diesel"]["unit_value_eur"], sources.items["ration"]["unit_value_eur"]
    late = text(sources.figure("B32") * 365 / 12, 0)
    market = "assumption: sold in these amounts, market not known"
    return [
        _offer("diesel-gdansk", "Gdansk", "diesel", 40000, fuel, 5, "ua-purchases", f"{market}; price of sources/items.csv"),
        _offer("diesel-constanta", "Constanta", "diesel", 40000, fuel, 5, "ua-purchases", f"{market}; price of sources/items.csv"),
        _offer("rations-germany", "DE-depot", "ration", 3e6, ration, 14, "eu-relief", f"{market}; price of sources/items.csv"),
        _offer("rations-poland", "PL-depot", "ration", 3e6, ration, 21, "eu-relief", f"{market}; price of sources/items.csv"),
        _offer("generators-poland", "PL-depot", "generator", 200, "10000", 21, "eu-relief",
               f"{market}; 10,000 EUR each, prices from 245 to 18,000 USD were seen"),
        _offer("spares-germany", "DE-depot", "spares-kit", 200, "50000", 60, "eu-relief", f"{market}; 50,000 EUR a kit"),
        _offer("155mm-new-order", "DE-depot", "155mm-round", 1e6, ROUND_EUR, late, "europe-155",
               "B32; F028", note="ordered today, delivered in 28 months: no help within these 180 days, kept to show it"),
    ]  # fmt: skip


def _offer(
    offer: str,
    location: str,
    item: str,
    most: float,
    cost: str,
    lead: int | str,
    budget: str,
    source: str,
    note: str = "",
) -> Row:
    return {
        "offer": offer,
        "location": location,
        "item": item,
        "quantity_max": text(most, 0),
        "unit_cost": cost,
        "lead_days": str(lead),
        "budget": budget,
        "source": source,
        "note": note,
    }


USD_PER_EUR = 4.28 / 4  # F028: 4 bn EUR is 4.28 bn USD


def budgets(sources: Sources) -> list[Row]:
    """Return the money."""
    usai = float(sources.facts["F051"]["high"]) * 1e6 / USD_PER_EUR
    return [
        {
            "budget": "us-usai",
            "owner": "United States",
            "amount": text(usai, 0),
            "source": "F051; F028; assumption: all of the 1,750 m USD of February is for 155 mm",
            "note": "1.07 USD a EUR, as in F028",
        },
        {
            "budget": "europe-155",
            "owner": "European Union",
            "amount": "500000000",
            "source": "F028; assumption: an eighth of the 4 bn EUR that Estonia proposed; nothing was decided by the cut-off",
        },
        {
            "budget": "de-gepard",
            "owner": "Germany",
            "amount": "100000000",
            "source": "P026",
            "note": "at least 100 m EUR",
        },
        {
            "budget": "ua-purchases",
            "owner": "Ukraine",
            "amount": "100000000",
            "source": "assumption: enough for half a year of the diesel asked for here",
        },
        {
            "budget": "eu-relief",
            "owner": "European Union",
            "amount": "140000000",
            "source": "assumption: enough for half a year of the rations asked for here",
        },
    ]
