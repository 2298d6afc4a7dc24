"""A plan made by hand for the tests of the brief: thirty places in Europe, six items, ninety days, no solver.

Goods are pushed along a tree of lanes as far as capacities let them, which keeps the books of stock straight.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections import defaultdict

import polars as pl
from tests.unit.results.races import made_up_race

from redball.results.plan import Plan
from redball.results.summary import Summary
from redball.results.tables import RESULTS
from redball.scenario.scenario import Scenario
from redball.scenario.settings import Settings
from redball.views.brief.write import brief_html

START, DAYS = dt.date(2027, 1, 4), 90

PLACES = [
    ("oslo", "Oslo", "donor", "Norway", 59.9, 10.7),
    ("gothenburg", "Göteborg", "donor", "Sweden", 57.7, 12.0),
    ("helsinki", "Helsinki", "donor", "Finland", 60.2, 24.9),
    ("aarhus", "Aarhus", "donor", "Denmark", 56.2, 10.2),
    ("southampton", "Southampton", "port", "United Kingdom", 50.9, -1.4),
    ("antwerp", "Antwerp", "port", "Belgium", 51.2, 4.4),
    ("utrecht", "Utrecht", "donor", "Netherlands", 52.1, 5.1),
    ("uelzen", "Uelzen", "factory", "Germany", 53.0, 10.6),
    ("hannover", "Hannover", "donor", "Germany", 52.4, 9.7),
    ("bourges", "Bourges", "factory", "France", 47.1, 2.4),
    ("bordeaux", "Bordeaux", "donor", "France", 44.8, -0.6),
    ("marseille", "Marseille", "port", "France", 43.3, 5.4),
    ("milan", "Milan", "donor", "Italy", 45.5, 9.2),
    ("vienna", "Vienna", "donor", "Austria", 48.2, 16.4),
    ("dubnica", "Dubnica", "factory", "Slovakia", 48.96, 18.17),
    ("kosice", "Košice", "hub", "Slovakia", 48.7, 21.3),
    ("gdansk", "Gdańsk", "port", "Poland", 54.4, 18.7),
    ("lublin", "Lublin", "hub", "Poland", 51.2, 22.6),
    ("rzeszow", "Rzeszów", "hub", "Poland", 50.0, 22.0),
    ("constanta", "Constanța", "port", "Romania", 44.2, 28.7),
    ("galati", "Galați", "hub", "Romania", 45.4, 28.0),
    ("suceava", "Suceava", "hub", "Romania", 47.6, 26.3),
    ("lviv", "Lviv", "depot", "Ukraine", 49.8, 24.0),
    ("kyiv", "Kyiv", "depot", "Ukraine", 50.45, 30.5),
    ("vinnytsia", "Vinnytsia", "depot", "Ukraine", 49.2, 28.5),
    ("odesa", "Odesa", "point", "Ukraine", 46.5, 30.7),
    ("dnipro", "Dnipro", "point", "Ukraine", 48.5, 35.0),
    ("kharkiv", "Kharkiv", "point", "Ukraine", 50.0, 36.3),
    ("sumy", "Sumy", "point", "Ukraine", 50.9, 34.8),
    ("zaporizhzhia", "Zaporizhzhia", "point", "Ukraine", 47.85, 35.1),
]
ITEMS = [
    ("ration", "Ration, one person, one day", "I", "ration", 0.002),
    ("diesel", "Diesel fuel", "III", "tonne", 1.0),
    ("round", "155 mm round", "V", "round", 0.06),
    ("generator", "Generator 100 kVA", "VII", "unit", 1.5),
    ("trauma", "Trauma kit", "VIII", "kit", 0.004),
    ("spares", "Spare-parts kit", "IX", "kit", 1.0),
]
LANES = [
    ("oslo", "gdansk", "sea", 4, 60, "57.5 10.8 56 12.7 55 14"),
    ("gothenburg", "gdansk", "sea", 3, 60, "56 12.7 55 14"),
    ("helsinki", "gdansk", "sea", 3, 60, "59 22 56 19.5"),
    ("aarhus", "gdansk", "sea", 2, 40, "55.4 11 54.6 12"),
    ("southampton", "gdansk", "sea", 5, 120, "51 1.5 54 6 57.7 9 57.8 10.8 56 12.7 55 14"),
    ("antwerp", "rzeszow", "rail", 4, 90, ""),
    ("utrecht", "antwerp", "road", 1, 60, ""),
    ("uelzen", "rzeszow", "rail", 3, 50, ""),
    ("hannover", "rzeszow", "road", 2, 70, ""),
    ("bourges", "rzeszow", "rail", 5, 60, ""),
    ("bordeaux", "bourges", "road", 1, 40, ""),
    ("marseille", "constanta", "sea", 7, 100, "38 9 36.5 15 36 22.5 38 25 40 25.9 41 29 43 29.5"),
    ("milan", "vienna", "road", 1, 50, ""),
    ("vienna", "kosice", "rail", 2, 60, ""),
    ("dubnica", "kosice", "road", 1, 60, ""),
    ("gdansk", "lublin", "rail", 2, 120, ""),
    ("lublin", "kyiv", "rail", 2, 80, ""),
    ("rzeszow", "lviv", "road", 1, 130, ""),
    ("kosice", "lviv", "rail", 2, 70, ""),
    ("constanta", "galati", "river", 1, 80, ""),
    ("galati", "odesa", "road", 1, 40, ""),
    ("galati", "suceava", "rail", 1, 60, ""),
    ("suceava", "vinnytsia", "road", 1, 50, ""),
    ("lviv", "vinnytsia", "rail", 1, 90, ""),
    ("lviv", "kyiv", "rail", 2, 90, ""),
    ("vinnytsia", "dnipro", "rail", 2, 70, ""),
    ("vinnytsia", "zaporizhzhia", "road", 2, 40, ""),
    ("kyiv", "kharkiv", "rail", 2, 60, ""),
    ("kyiv", "sumy", "road", 1, 30, ""),
    ("rzeszow", "kyiv", "air", 1, 10, ""),
]
BURN = {"ration": 4000.0, "diesel": 9.0, "round": 260.0, "generator": 0.5, "trauma": 220.0, "spares": 1.5}
FRONT = ("odesa", "dnipro", "kharkiv", "sumy", "zaporizhzhia")
ASSUMED = "assumption: one truck column a day, eighteen trucks"


def brief_scenario(name: str = "Winter relief 2027", rename: dict[str, str] | None = None) -> Scenario:
    """Return the scenario; `rename` gives other names to locations and items, for the tests of escaping."""
    called = rename or {}
    day = dt.timedelta(days=1)
    donors = [
        place for place in PLACES if place[2] in ("donor", "port") and place[0] not in ("gdansk", "constanta")
    ]
    pledges = []
    for d, (location, _, _, owner, *_) in enumerate(donors):
        for k, (item, *_) in enumerate(ITEMS):
            if (d + k) % 3 == 2:
                continue
            status = ("committed", "allocated", "announced", "committed", "conditional")[(d * 5 + k) % 5]
            quantity = BURN[item] * (22 + 7 * ((d * 7 + k * 3) % 5))
            when = START + day * ((d * 11 + k * 5) % 40)
            pledges.append((f"{location}-{item}", owner, location, item, quantity, when, status, f"F{d:03d}"))
    tables = {
        "locations": pl.DataFrame(
            [(k, called.get(k, n), kind, o, la, lo, "GeoNames") for k, n, kind, o, la, lo in PLACES],
            schema=["location", "name", "kind", "owner", "latitude", "longitude", "source"],
            orient="row",
        ),
        "items": pl.DataFrame(
            [(i, called.get(i, n), c, u, t, "assumption: typical packing") for i, n, c, u, t in ITEMS],
            schema=["item", "name", "supply_class", "unit", "tonnes_per_unit", "source"],
            orient="row",
        ),
        "stocks": pl.DataFrame(
            [(p, i, BURN[i] * (4 + 3 * ((len(p) + len(i)) % 4)), ASSUMED) for p in FRONT for i, *_ in ITEMS],
            schema=["location", "item", "quantity", "source"],
            orient="row",
        ),
        "pledges": pl.DataFrame(
            pledges,
            schema=["pledge", "donor", "location", "item", "quantity", "available_date", "status", "source"],
            orient="row",
        ),
        "production": pl.DataFrame(
            [
                ("bourges-line", "bourges", "round", 300.0, 10.0, "F201"),
                ("uelzen-line", "uelzen", "round", 250.0, 5.0, "F202"),
                ("dubnica-line", "dubnica", "generator", 1.0, 20.0, "assumption: one shift"),
            ],
            schema=["line", "location", "item", "rate_per_day", "lead_days", "source"],
            orient="row",
        ),
        "lanes": pl.DataFrame(
            [(f"{a}-{b}-{m}", a, b, m, float(t), float(c), v or None, ASSUMED) for a, b, m, t, c, v in LANES],
            schema=[
                "lane",
                "from_location",
                "to_location",
                "mode",
                "transit_days",
                "capacity_t_per_day",
                "via",
                "source",
            ],
            orient="row",
        ),
        "consumption": pl.DataFrame(
            [
                (
                    p,
                    i,
                    BURN[i] * (0.8 + 0.15 * k),
                    str(1 + (i not in ("round", "ration"))),
                    7.0,
                    "assumption: share",
                )
                for k, p in enumerate(FRONT)
                for i, *_ in ITEMS
            ],
            schema=["location", "item", "per_day", "priority", "cover_days", "source"],
            orient="row",
        ),
        "needs": pl.DataFrame(
            [("gen-kyiv", "kyiv", "generator", 30.0, START + 45 * day, "1", "F300")],
            schema=["need", "location", "item", "quantity", "due_date", "priority", "source"],
            orient="row",
        ),
    }
    return Scenario(Settings(name=name, start=START, days=DAYS), tables)


def brief_plan(name: str = "Winter relief 2027", rename: dict[str, str] | None = None) -> Plan:
    """Return the plan."""
    scenario = brief_scenario(name, rename)
    run = _Run(scenario)
    for d in range(DAYS):
        run.day(d)
    frames = {
        table: pl.DataFrame(rows, schema=RESULTS[table], orient="row") for table, rows in run.rows.items()
    }
    frames["bottlenecks"] = pl.DataFrame(
        [
            ("lane", "kyiv-sumy-road", START, run.date(89), "t/day", 0.42, 430_000.0),
            ("lane", "vinnytsia-zaporizhzhia-road", run.date(12), run.date(60), "t/day", 0.31, 320_000.0),
            ("production", "bourges-line", START, run.date(70), "unit/day", 0.08, 90_000.0),
            ("pledge", "oslo-round", run.date(15), run.date(15), "unit", 0.002, 2_400.0),
        ],
        schema=RESULTS["bottlenecks"],
        orient="row",
    )
    summary = Summary(
        status="optimal",
        objective=5.0e8,
        bound=5.0e8,
        gap=0.0,
        shortage_days=321.5,
        weighted_shortage_days=9876.0,
        cost={
            "shortage": 4.9e8,
            "cover": 1e5,
            "transport": 2e6,
            "production": 1e6,
            "expansion": 0.0,
            "orders": 0.0,
        },
        digest=scenario.digest,
        version="0.1.0",
        parameters={"gap": 1e-6, "time_limit": None, "threads": 2, "seed": 0, "count_pledges": "committed"},
        solver="by hand",
        seconds={"build": 0.1, "solve": 1.0, "read": 0.1, "verify": 0.1},
        n_variables=1000,
        n_rows=500,
    )
    return Plan(scenario, summary, frames)


class _Run:
    """The books while the days pass."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.stock: dict[tuple[str, str], float] = defaultdict(float)
        self.coming: dict[int, list[tuple[str, str, float]]] = defaultdict(list)
        self.rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in RESULTS}
        self.mass = {item: tonnes for item, *_, tonnes in ITEMS}
        self.seen: set[tuple[str, str]] = set()
        for location, item, quantity, *_ in scenario.table("stocks").iter_rows():
            self.stock[location, item] = quantity
        self.pledge_of = {
            item: scenario.table("pledges").filter(pl.col("item") == item)["pledge"].to_list()
            for item in self.mass
        }
        self.open = 30.0

    def date(self, d: int) -> dt.date:
        return START + dt.timedelta(days=d)

    def day(self, d: int) -> None:
        self.receive(d)
        self.serve(d)
        self.depart(d)
        self.seen |= {key for key, quantity in self.stock.items() if quantity > 0}
        for location, item in sorted(self.seen):
            self.rows["stocks"].append((location, item, self.date(d), self.stock[location, item]))

    def receive(self, d: int) -> None:
        for location, item, quantity in self.coming.pop(d, []):
            self.stock[location, item] += quantity
        pledges = self.scenario.table("pledges")
        for row in pledges.filter(pl.col("available_date") == self.date(d)).iter_rows(named=True):
            if row["status"] in ("committed", "allocated"):
                self.stock[row["location"], row["item"]] += row["quantity"]
                self.rows["take_up"].append((row["pledge"], self.date(d), row["quantity"]))
        for line in self.scenario.table("production").iter_rows(named=True):
            out = d + int(line["lead_days"])
            if out < DAYS and d % 9 < 6:
                self.coming[out].append((line["location"], line["item"], line["rate_per_day"]))
                self.rows["starts"].append((line["line"], self.date(d), line["rate_per_day"], self.date(out)))

    def serve(self, d: int) -> None:
        for row, use in enumerate(self.scenario.table("consumption").iter_rows(named=True), start=2):
            key = (use["location"], use["item"])
            given = min(self.stock[key], use["per_day"])
            self.stock[key] -= given
            self.rows["served"].append((*key, row, self.date(d), use["per_day"], given))
            source = self.pledge_of[key[1]]
            if given and source:
                pledge = source[(d + row) % len(source)]
                self.rows["traces"].append(
                    ("pledge", pledge, *key, "consumption", self.date(d), self.date(max(0, d - 9)), given, "")
                )
        given = min(self.stock["kyiv", "generator"], self.open)
        self.stock["kyiv", "generator"] -= given
        self.open -= given
        self.rows["handovers"].append(("gen-kyiv", self.date(d), given, self.open))

    def depart(self, d: int) -> None:
        for k, (a, b, mode, transit, capacity, _) in enumerate(LANES):
            room, share = float(capacity), sum(lane[0] == a for lane in LANES[k:])
            if d + transit >= DAYS:
                continue
            for item in sorted(self.mass):
                tonnes = min(room, self.stock[a, item] * self.mass[item] / share)
                if tonnes < 0.5:
                    continue
                quantity = tonnes / self.mass[item]
                self.stock[a, item] -= quantity
                room -= tonnes
                self.coming[d + transit].append((b, item, quantity))
                dates = (self.date(d), self.date(d + transit))
                self.rows["shipments"].append(
                    (f"{a}-{b}-{mode}", item, *dates, quantity, quantity, tonnes, 40 * tonnes)
                )


@functools.cache
def brief_page() -> str:
    """Return the brief of the plan as HTML, made once for all tests."""
    return brief_html(brief_plan())


@functools.cache
def race_page() -> str:
    """Return the brief of the plan and of a race of it as HTML."""
    return brief_html(brief_plan(), race=made_up_race(brief_plan()))
