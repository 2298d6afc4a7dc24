"""Locations, lanes and fleets of the example, from ``places.csv`` and ``legs.csv``."""

from __future__ import annotations

from math import ceil

from build_passages import via
from build_sources import Row, Sources, text

LEFT_OUT_PLACES = {
    "Norfolk": "no fact ties the port to this aid",
    "Sopot": "122 mm and 152 mm are not modelled",
    "Washington-TW": "rate not known",
    "Raufoss": "rate not known",
    "AU-depot": "count of its shells not public",
    "Baltic-depot": "counts not public",
    "FI-depot": "mine-clearing vehicles are not modelled",
    "GR-depot": "its shells of May 2022 are history",
    "CZ-depot": "T-72 are not modelled, rest of the 90 not known",
    "IT-depot": "package secret",
}
LEFT_OUT_LEGS = {
    "L181": "the same road as L174, the other way round; makes a loop that nothing needs",
    "L195": "damaged guns are entered where they are collected, in Lviv",
    "L196": "as L195",
    "L197": "as L195",
    "L198": "as L195",
}
NATIONS = {  # as the pledges write them
    "BE": "Belgium",
    "CA": "Canada",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "GR": "Greece",
    "HU": "Hungary",
    "IL": "Israel",
    "KR": "South Korea",
    "NL": "Netherlands",
    "NO": "Norway",
    "PL": "Poland",
    "RO": "Romania",
    "SE": "Sweden",
    "SK": "Slovakia",
    "UA": "Ukraine",
    "US": "United States",
}
KINDS = {"donor_depot": "donor", "crossing_road": "crossing", "crossing_rail": "crossing"}

FRONT_TRUCK_T = 8  # assumption: a truck that can go off the road
TRUCK_T = 24  # P017: the truck of largest load
WAGON_T = 64.3  # F136: 220,000 t / 3,422 wagons

CIVIL_SHARE = 0.05
"""Assumption: the share of a road crossing's measured civil traffic that is left for aid."""
RAIL_SHARE = 0.2
"""Assumption: the share of the bogie changes at a border that is left for aid."""
LHS_SHARE = 0.02
"""Assumption: the share of the broad gauge line's record year that is left for aid."""
HUB_OVER_SEEN = 1.5
"""Assumption: what the hub can take at its best, over the mean of all Western arms that was seen (B37)."""

EUR_PER_T_KM = {"road": 0.12, "rail": 0.05, "sea": 0.015, "air": 0.9}
EUR_PER_T_HANDLING = 20

NOT_ARMS = "I II III VIII"
BY_ROAD = "V VIII IX"
BY_RAIL = "I II III V"
HEAVY = "VII people"
"""Assumption: what is bulky goes by rail, what is urgent by road, ammunition by both."""
CARRIES_FROM = {
    **dict.fromkeys(
        ("Scranton", "Iowa-AAP", "Sunny-Point", "KR-depot", "Busan", "IL-depot", "Bourges", "Dubnica"), "V"
    ),
    **dict.fromkeys(("US-depot", "Charleston"), "V VII IX"),
    "Michalovce": "VII IX",
}
CARRIES_TO = {"Michalovce": "IX", **dict.fromkeys(("Rota", "Southampton", "Antwerp"), "II V VII VIII IX")}
"""Assumption: what these places send and take; nothing else is modelled there."""
MINOR_ROADS = ("Medyka-Shehyni", "Hrebenne-Rava-Ruska", "Dorohusk-Yahodyn", "Siret-Porubne")
"""Assumption: road crossings that this aid uses for ammunition only."""
NOT_HEAVY = (
    "Dorohusk-Yahodyn-rail",
    "Slawkow-LHS",
    "Hrubieszow-Izov",
    "Vicsani-Vadul-Siret",
    "Vinnytsia",
    "Zaporizhzhia",
)
"""Assumption: stations where no vehicles and people are sent by."""
ONLY_BY_ROAD = ("DK-depot", "ES-depot", "Vysne-Nemecke-Uzhhorod")
"""Where vehicles go by road after all: no rail leg, or the way back from the repair base."""


def locations(sources: Sources) -> list[Row]:
    """Return the places that the example uses."""
    rows = []
    for name, place in sources.places.items():
        if name in LEFT_OUT_PLACES:
            continue
        limit, why = throughput(sources, name)
        where = place["source"].split(" (")[0]
        source = f"{where}; {why}" if why else where
        if "set by hand" in place["source"]:
            source = f"assumption: {source}"
        if "assumption" in place["note"] and "assumption" not in source:
            source += "; assumption: one city stands for the country or the sector"
        rows.append(
            {
                "location": name,
                "name": place["name"],
                "kind": KINDS.get(place["kind"], place["kind"]),
                "owner": NATIONS[place["country"]],
                "latitude": place["latitude"],
                "longitude": place["longitude"],
                "unlocode": place["unlocode"],
                "throughput_t_per_day": limit,
                "source": source,
                "note": place["note"].removesuffix("; "),
            }
        )
    return rows


def throughput(sources: Sources, name: str) -> tuple[str, str]:
    """Return the tonnes a day that may arrive at a place, and why; blank: no limit."""
    legs = {leg["from_place"]: leg for leg in sources.legs.values()}
    if name == "Rzeszow":
        seen = sources.figure("B37")
        return text(
            HUB_OVER_SEEN * seen, 0
        ), f"B37; assumption: {HUB_OVER_SEEN} x the mean of {seen:.0f} t/day"
    if sources.places[name]["kind"] != "crossing_road":
        return "", ""
    leg = legs[name]
    known = leg["capacity_t_per_day"]
    if known:
        share = f"{CIVIL_SHARE:.0%} of {float(known):,.0f} t/day of civil trucks is left for aid"
        return text(CIVIL_SHARE * float(known), 0), f"{leg['leg']}; assumption: {share}"
    return text(10 * TRUCK_T, 0), f"P017; assumption: ten trucks of {TRUCK_T} t a day, limit not known"


def lanes(sources: Sources) -> list[Row]:
    """Return the legs between the places in use, as lanes."""
    used = [
        leg
        for name, leg in sources.legs.items()
        if name not in LEFT_OUT_LEGS and not LEFT_OUT_PLACES.keys() & {leg["from_place"], leg["to_place"]}
    ]
    return [lane(sources, leg) for leg in used]


def lane(sources: Sources, leg: Row) -> Row:
    """Return one leg as a lane."""
    start, end, mode = leg["from_place"], leg["to_place"], leg["mode"]
    kinds = sources.places[start]["kind"], sources.places[end]["kind"]
    capacity, why = lane_capacity(leg, kinds)
    cost = EUR_PER_T_HANDLING + EUR_PER_T_KM[mode] * float(leg["distance_km"])
    front = kinds[1] == "point"
    fleet = lane_fleet(leg)
    reasons = [f"cost {EUR_PER_T_HANDLING} EUR/t + {EUR_PER_T_KM[mode]} EUR/t/km", "carries by mode"]
    if why:
        reasons.append(why)
    row = {
        "lane": f"{start}_{end}_{mode}",
        "from_location": start,
        "to_location": end,
        "mode": mode,
        "transit_days": text(ceil(float(leg["transit_days_typical"])), 0),
        "capacity_t_per_day": capacity,
        "cost_per_t": text(cost, 0),
        "carries": lane_carries(leg, kinds),
        "fleet": fleet,
        "cycle_days": "1" if fleet == "pl-bogies" else "",
        "via": via(start, end) if mode == "sea" else "",
    }
    if front:
        row |= {"up_days_mean": "20", "down_days_mean": "1.5", "delay_days_mean": "0.5"}
        reasons.append("up, down and delay of a road near the front: a day and a half closed in three weeks")
    elif kinds[0] == "crossing_rail":
        row["delay_days_mean"] = "2"
        reasons.append("delay 2 days: wagons in the other direction waited 7.6 (F140)")
    whole_days = f"{leg['transit_days_typical']} days, rounded up (§1.3)"
    row["source"] = f"{leg['leg']}; assumption: {'; '.join(reasons)}"
    row["note"] = "; ".join(
        filter(None, [f"{leg['distance_km']} km by {leg['method']}", whole_days, leg["note"]])
    )
    return row


def lane_capacity(leg: Row, kinds: tuple[str, str]) -> tuple[str, str]:
    """Return the tonnes a day of a lane and why; blank where a place or a fleet carries the limit."""
    known = leg["capacity_t_per_day"]
    if leg["capacity_group"] == "LHS":
        return text(
            LHS_SHARE * float(known), 0
        ), f"{LHS_SHARE:.0%} of {float(known):,.0f} t/day is left for aid"
    if leg["capacity_group"] == "PL-bogie-change" or kinds[0] == "crossing_road":
        return "", ""
    if kinds[0] == "crossing_rail":
        if known:
            return text(
                RAIL_SHARE * float(known), 0
            ), f"{RAIL_SHARE:.0%} of {float(known):,.0f} t/day is left for aid"
        return text(10 * TRUCK_T, 0), "limit not known, ten truck loads a day"
    if kinds[1] == "point":
        return text(30 * FRONT_TRUCK_T), f"thirty trucks of {FRONT_TRUCK_T} t a day near the front"
    if kinds == ("depot", "depot"):
        if leg["mode"] == "rail":
            return "1000", "one heavy train of 1,000 t a day"
        return text(10 * TRUCK_T), f"ten trucks of {TRUCK_T} t a day"
    return "", ""


def lane_fleet(leg: Row) -> str:
    """Return the fleet that a lane needs."""
    if leg["mode"] == "air":
        return "us-airlift"
    if leg["capacity_group"] == "PL-bogie-change":
        return "pl-bogies"
    return ""


def lane_carries(leg: Row, kinds: tuple[str, str]) -> str:
    """Return the supply classes of a lane."""
    start, mode = leg["from_place"], leg["mode"]
    if leg["open_for_arms"] == "no":
        return NOT_ARMS
    if "return:" in leg["note"]:
        return "VII IX"
    if mode == "air" or leg["to_place"] == "Dover-AFB":
        return "V VIII IX"
    for known in (CARRIES_FROM.get(start), CARRIES_TO.get(leg["to_place"])):
        if known:
            return known
    if kinds[1] == "point":
        return "I II III V VIII"
    if mode == "road":
        return road_carries(start, leg["to_place"])
    return BY_RAIL if {start, leg["to_place"]} & {*NOT_HEAVY} else f"{BY_RAIL} {HEAVY}"


def road_carries(start: str, end: str) -> str:
    """Return the supply classes of a road."""
    if {start, end} & {*MINOR_ROADS}:
        return "V"
    return f"{BY_ROAD} VII" if start in ONLY_BY_ROAD else BY_ROAD


def fleets(sources: Sources) -> list[Row]:
    """Return the fleets."""
    flights_a_day, cycle_days = 3, 4
    bogies = 61 * RAIL_SHARE
    return [
        {
            "fleet": "us-airlift",
            "owner": "United States",
            "vehicles": text(flights_a_day * cycle_days),
            "payload_t": "45",
            "source": "F131; assumption: 900 flights in about 300 days is 3 a day, each away for 4; 45 t a flight over the "
            "Atlantic, general knowledge of the C-17",
            "note": "flights to Ukraine's hub and to partners together",
        },
        {
            "fleet": "pl-bogies",
            "owner": "Poland",
            "vehicles": text(bogies),
            "payload_t": text(WAGON_T),
            "source": f"F142; F136; assumption: {RAIL_SHARE:.0%} of the 61 wagons a day is left for aid",
            "note": "the limit shared by the Polish rail crossings; cycle_days 1 makes it a limit of wagons a day",
        },
    ]
