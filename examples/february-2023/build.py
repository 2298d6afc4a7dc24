"""Build the tables of this example from the figures in ``sources/``.

    python examples/february-2023/build.py SOURCES OUT

Every row that is written says in ``source`` which facts it rests on (F, P, B, D and L ids of the source tables), or
``assumption:`` and why. The build stops if an id does not exist or is later than the cut-off, 28 February 2023.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import build_demand as demand
import build_items as items
import build_network as network
import build_pledges as pledges
import build_supply as supply
from build_sources import Row, Sources

TABLES: dict[str, Callable[[Sources], list[Row]]] = {
    "locations": network.locations,
    "items": items.items,
    "stocks": supply.stocks,
    "pledges": pledges.pledges,
    "production": supply.production,
    "recipes": supply.recipes,
    "offers": supply.offers,
    "budgets": supply.budgets,
    "lanes": network.lanes,
    "fleets": network.fleets,
    "consumption": demand.consumption,
    "needs": demand.needs,
    "closures": demand.closures,
}


def write(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV, ``source`` and ``note`` last; a column that is blank throughout is left out."""
    used = dict.fromkeys(name for row in rows for name, cell in row.items() if cell)
    columns = [name for name in used if name not in ("source", "note")]
    columns += [name for name in ("source", "note") if name in used]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(sources_folder: str, out_folder: str) -> None:
    """Build all tables."""
    sources, out = Sources.read(Path(sources_folder)), Path(out_folder)
    for name, build in TABLES.items():
        rows = build(sources)
        for number, row in enumerate(rows, start=2):
            if not row.get("source"):
                raise ValueError(f"{name}.csv row {number} has no source")
            sources.check_citations(row["source"])
        write(out / f"{name}.csv", rows)
        print(f"{name}.csv: {len(rows)} rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
