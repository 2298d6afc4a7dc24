"""The figures of ``sources/``, by id, with the cut-off date kept: nothing later than 28 February 2023 gets in."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]
"""One row of a table, all cells as text; a cell that is left out is blank."""

CUT_OFF = "2023-02-28"
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365
ID = re.compile(r"\b[FPBDL]\d{2,3}\b")


def text(number: float, digits: int = 3) -> str:
    """Return `number` as a cell: rounded, without a needless point."""
    return f"{round(number, digits):.{digits}f}".rstrip("0").rstrip(".") if digits else f"{number:.0f}"


@dataclass(frozen=True)
class Sources:
    """The source tables, each row by its id."""

    places: dict[str, Row]
    legs: dict[str, Row]
    items: dict[str, Row]
    facts: dict[str, Row]
    burn: dict[str, Row]
    pledges: dict[str, Row]

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """Read the six tables of `folder`."""

        def keyed(name: str, key: str) -> dict[str, Row]:
            with (folder / name).open(encoding="utf-8", newline="") as file:
                return {row[key]: row for row in csv.DictReader(file)}

        return cls(
            places=keyed("places.csv", "place"),
            legs=keyed("legs.csv", "leg"),
            items=keyed("items.csv", "item"),
            facts=keyed("facts.csv", "fact_id"),
            burn=keyed("burn_and_output.csv", "row"),
            pledges=keyed("pledges.csv", "row"),
        )

    def figure(self, row: str, column: str = "mean") -> float:
        """Return one figure of burn_and_output, such as ``figure("B12")``."""
        return float(self.burn[row][column])

    def per_day(self, row: str, column: str = "mean") -> float:
        """Return a figure that the source gives for a month, per day: times 12, over 365."""
        unit = self.burn[row]["unit"]
        if not unit.endswith("/month"):
            raise ValueError(f"{row} is in {unit}, not in something a month")
        return self.figure(row, column) * MONTHS_PER_YEAR / DAYS_PER_YEAR

    def check_citations(self, source: str) -> None:
        """Raise ValueError unless every id in `source` exists and was public by the cut-off."""
        for name in ID.findall(source):
            known = self.facts | self.burn | self.pledges | self.legs
            if name not in known:
                raise ValueError(f"{name} is not in the sources")
            row = known[name]
            date = row.get("date_of_claim") or row.get("as_of") or row.get("announced_on") or ""
            if date[:4].isdigit() and date > CUT_OFF:
                raise ValueError(f"{name} is of {date}, after the cut-off")
