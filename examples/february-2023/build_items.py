"""Items of the example: those of ``items.csv``, then packages, people and guns."""

from __future__ import annotations

from build_sources import ID, Row, Sources

ITEMS = (
    "155mm-round",
    "155mm-shell",
    "35mm-round",
    "120mm-tank-round",
    "diesel",
    "spares-kit",
    "leopard-2a4",
    "leopard-2a6",
    "marder",
    "bradley",
    "generator",
    "ration",
    "winter-kit",
    "first-aid-kit",
)
WHOLE = ("leopard-2a4", "leopard-2a6", "marder", "bradley")

ASSUMED = {
    "155mm-shell": "",
    "35mm-round": "mass about 2 kg with packing, general knowledge",
    "120mm-tank-round": "mass 0.03 t with packing, general knowledge; value not known",
    "diesel": "the price by tonne from that by litre, density 0.84",
    "leopard-2a4": "",
    "leopard-2a6": "mass as any Leopard 2 with the long gun; value not known",
}
"""Assumption of an item in few words, where its note in ``items.csv`` is not that."""

OWN_ITEMS: list[Row] = [
    {
        "item": "howitzer",
        "name": "155 mm howitzer, any make",
        "supply_class": "VII",
        "unit": "gun",
        "tonnes_per_unit": "17.7",
        "source": "assumption: types are taken together, mass as CAESAR (sources/items.csv)",
    },
    {
        "item": "howitzer-broken",
        "name": "155 mm howitzer, out of order",
        "supply_class": "VII",
        "unit": "gun",
        "tonnes_per_unit": "17.7",
        "source": "assumption: as howitzer",
    },
    *(
        {
            "item": item,
            "name": name,
            "supply_class": "people",
            "unit": "person",
            "tonnes_per_unit": "0.1",
            "source": "assumption: 0.1 t a person, with kit",
        }
        for item, name in (
            ("trainee", "Soldier sent to a course"),
            ("crew-munster", "Crew member for Leopard 2 or Marder"),
            ("crew-bradley", "Crew member for Bradley"),
        )
    ),
    *(
        {
            "item": f"{vehicle}-ready",
            "name": f"{name}, with crew, spares and ammunition",
            "supply_class": "VII",
            "unit": "vehicle",
            "tonnes_per_unit": mass,
            "whole": "yes",
            "source": "assumption: a complete package made by a recipe; mass as the vehicle",
        }
        for vehicle, name, mass in (
            ("leopard-2a4", "Leopard 2A4", "55.1"),
            ("leopard-2a6", "Leopard 2A6", "62"),
            ("marder", "Marder", "33.5"),
            ("bradley", "Bradley", "30"),
        )
    ),
]


def items(sources: Sources) -> list[Row]:
    """Return the items: those of the sources, then packages, people and guns."""
    rows = []
    for name in ITEMS:
        item = sources.items[name]
        why = ASSUMED.get(name, item["note"])
        source = "; ".join([*ID.findall(item["source"]), *([f"assumption: {why}"] if why else [])])
        if "Kiel tracker" in item["source"]:
            source += "; value: " + item["source"][item["source"].index("Kiel tracker") :]
        rows.append(
            {
                "item": name,
                "name": item["name"],
                "supply_class": item["nato_class"],
                "unit": item["unit"],
                "tonnes_per_unit": item["tonnes_per_unit"],
                "unit_value": item["unit_value_eur"],
                "unit_value_basis": "replacement" if item["unit_value_eur"] else "",
                "whole": "yes" if name in WHOLE else "",
                "source": source,
                "note": item["note"],
            }
        )
    return rows + OWN_ITEMS
