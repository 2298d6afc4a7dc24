"""Consumption, needs and closures of the example."""

from __future__ import annotations

from build_sources import Row, Sources, text

SECTORS = ("East-Bakhmut", "East-Lyman", "South-Zaporizhzhia", "South-Kherson", "North-Kharkiv")
SHARE = 1 / len(SECTORS)
"""Assumption: the five sectors of the front use the same; how they differ is not known."""

DIESEL_SHARE = 0.035
"""Assumption: the front's share of the diesel of the whole country."""
SOLDIERS = 30_000
"""Assumption: soldiers at the front who live on combat rations."""


FIRST_AID_KITS = 400
"""Assumption: kits a day; use not known."""
COVERED = ("Kyiv", "Odesa", "Kharkiv")
ROUNDS_PER_GEPARD = 10
"""Assumption: rounds a day; use not known (B08)."""
WINTER_KITS = 250
"""Assumption: kits lost or worn a day, until spring."""


def front_use(sources: Sources) -> dict[str, float]:
    """Return what the whole front uses a day."""
    return {
        "155mm-round": sources.figure("B02"),
        "diesel": DIESEL_SHARE * sources.figure("B09") * 12 / 365,
        "ration": SOLDIERS,
        "first-aid-kit": FIRST_AID_KITS,
        "winter-kit": WINTER_KITS,
    }


def consumption(sources: Sources) -> list[Row]:
    """Return what is used day by day."""
    rows = [
        _use(
            place,
            "155mm-round",
            SHARE * sources.figure("B02"),
            f"B02; assumption: {SHARE:.0%} of the front's use, the split over the sectors is not known",
            priority=1,
            cover_days=5,
            low=SHARE * sources.figure("B02", "low"),
            high=SHARE * sources.figure("B02", "high"),
        )
        for place in SECTORS
    ]
    use = front_use(sources)
    front = [
        (
            "diesel",
            f"B09; assumption: {DIESEL_SHARE:.1%} of the country's diesel; military use not known",
            1,
            "",
        ),
        ("ration", f"assumption: {SOLDIERS:,} soldiers live on combat rations", 1, ""),
        ("first-aid-kit", f"assumption: {FIRST_AID_KITS} kits a day, use not known", 1, ""),
        ("winter-kit", f"assumption: {WINTER_KITS} lost or worn a day until spring", 3, "2023-03-31"),
    ]
    for item, why, priority, to_date in front:
        for place in SECTORS:
            source = f"{why}; {SHARE:.0%} in this sector"
            rows.append(_use(place, item, SHARE * use[item], source, priority, to_date=to_date))
    guns = float(sources.facts["F071"]["quantity"]) / len(COVERED)
    why = f"F071; B08; assumption: 32 Gepard, shared by three cities, fire {ROUNDS_PER_GEPARD} rounds a day each; use not known"
    rows += [_use(place, "35mm-round", guns * ROUNDS_PER_GEPARD, why, 2) for place in COVERED]
    return rows


def _use(
    location: str,
    item: str,
    per_day: float,
    source: str,
    priority: int,
    cover_days: int = 0,
    low: float = 0,
    high: float = 0,
    to_date: str = "",
) -> Row:
    return {
        "location": location,
        "item": item,
        "per_day": text(per_day, 1),
        "to_date": to_date,
        "priority": str(priority),
        "cover_days": str(cover_days) if cover_days else "",
        "per_day_low": text(low, 1) if low else "",
        "per_day_high": text(high, 1) if high else "",
        "source": source,
    }


def needs(sources: Sources) -> list[Row]:
    """Return what was promised to be there by a date."""
    handed = "handed over with crew at an inland depot (assumption)"
    return [
        _need("leopard-2a6-germany", "Ternopil", "leopard-2a6-ready", 18, "2023-03-31", "D063; F075", handed),
        _need("leopard-2a6-others", "Ternopil", "leopard-2a6-ready", 13, "2023-05-31",
              "D116; D099; assumption: no date was public, three months", handed),
        _need("leopard-2a4-poland", "Ternopil", "leopard-2a4-ready", 14, "2023-03-15", "D092; F201", handed),
        _need("leopard-2a4-others", "Ternopil", "leopard-2a4-ready", 22, "2023-04-30",
              "D085; D015; D112; assumption: two months, only Spain gave a date (F197)", handed),
        _need("marder-germany", "Ternopil", "marder-ready", 40, "2023-03-31", "D057; F075", handed),
        _need("bradley-us", "Ternopil", "bradley-ready", 109, "2023-04-30",
              "D176; D185; F186; assumption: no date was public, two months", handed),
        _need("howitzers-back", "Dnipro", "howitzer", 60, "2023-06-30",
              "F121; assumption: half of the guns out of order are back by the end of June"),
        *(
            _need(f"generators-{place.lower()}", place, "generator", n, "2023-03-31",
                  "assumption: for hospitals before the end of winter, need not known")
            for place, n in (("Kharkiv", 40), ("Kyiv", 30), ("Odesa", 20))
        ),
    ]  # fmt: skip


def _need(
    need: str, location: str, item: str, quantity: float, due_date: str, source: str, note: str = ""
) -> Row:
    return {
        "need": need,
        "location": location,
        "item": item,
        "quantity": text(quantity, 0),
        "due_date": due_date,
        "priority": "2",
        "source": source,
        "note": note,
    }


def closures(sources: Sources) -> list[Row]:
    """Return what was known to be closed."""
    return [
        {
            "lane": "Lviv_Michalovce_road",
            "from_date": "2023-03-01",
            "to_date": "2023-03-31",
            "open_fraction": "0",
            "source": "P020; assumption: the border that held back guns for weeks opens again after March",
        }
    ]
