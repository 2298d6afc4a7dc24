"""The open pledges of the example: which rows are open, on what rung, and from when."""

from __future__ import annotations

from dataclasses import dataclass

from build_sources import Row, Sources, text

RUNG_BY_WORDS = {
    "contract signed": "allocated",
    "paid from": "allocated",
    "drawdown": "allocated",
    "already on the quay": "allocated",
    "in the course": "allocated",
    "approved": "committed",
    "decided": "committed",
    "on the official list": "committed",
    "agreed": "committed",
    "donates": "committed",
    "could": "conditional",
    "consider": "conditional",
    "pledged": "announced",
    "promised": "announced",
    "announced": "announced",
    "will": "announced",
    "would": "announced",
    "plans": "announced",
    "intended": "announced",
}
"""From the words of a row to its rung: the first that occurs in the words. A promise in public is `announced`; a
decision of those who must decide is `committed`; money, a contract or an order to ship is `allocated`."""

START = "2023-03-01"
OPEN = "assumption: at hand from the first day"


@dataclass(frozen=True)
class Choice:
    """One open pledge: its row, and what the row does not say."""

    row: str
    item: str
    date: str = START
    words: str = ""
    """Status words where the row has several."""
    quantity: float = 0.0
    """0: as in the row."""
    location: str = ""
    """Blank: as in the row."""
    suffix: str = ""
    cite: str = ""
    why: str = OPEN
    probability: str = ""


CHOICES = (
    Choice("D014", "155mm-round"),
    Choice("D084", "155mm-round"),
    Choice("B30", "155mm-round", words="intended", location="KR-depot", cite="F054"),
    *(
        Choice(
            "B29",
            "155mm-round",
            date=date,
            words="agreed",
            quantity=50_000,
            location="IL-depot",
            suffix=suffix,
            cite="F053; B31",
            why="assumption: half of the 300,000 is still to move, in three monthly parts; the rest is within the US total",
        )
        for date, suffix in ((START, "-march"), ("2023-04-01", "-april"), ("2023-05-01", "-may"))
    ),
    Choice("D079", "120mm-tank-round", cite="F060"),
    Choice("D092", "leopard-2a4", cite="F171; F201"),
    Choice("D085", "leopard-2a4", cite="F002"),
    Choice("D015", "leopard-2a4", words="pledged"),
    Choice("D112", "leopard-2a4", words="plans", quantity=6, cite="F085; F197"),
    Choice(
        "D112",
        "leopard-2a4",
        words="could",
        quantity=4,
        suffix="-more",
        cite="F085",
        probability="0.5",
        why=f"{OPEN}; even odds",
    ),
    Choice("D063", "leopard-2a6", words="approved", quantity=14, cite="F073"),
    Choice("D063", "leopard-2a6", words="will", quantity=4, suffix="-more", cite="F074"),
    Choice(
        "D116",
        "leopard-2a6",
        words="decided",
        cite="F089",
        why=f"{OPEN}; Strv 122 taken as 2A6, as the tracker does",
    ),
    Choice("D099", "leopard-2a6", words="will", cite="F172"),
    Choice("D057", "marder", words="approved", cite="F073; F075"),
    *(
        Choice(
            row,
            "bradley",
            words="already on the quay",
            quantity=quantity,
            location="Bremerhaven",
            suffix="-landed",
            cite="F183; F184",
            why="assumption: the first ship's more than 60 are taken as 60, still at the port",
        )
        for row, quantity in (("D176", 50), ("D185", 10))
    ),
    Choice(
        "D185", "bradley", words="drawdown", quantity=49, cite="F186", why=f"{OPEN}; 109 less the 60 landed"
    ),
    Choice("D035", "howitzer", words="paid from", cite="F175"),
    Choice("D022", "howitzer", cite="F168"),
    Choice("D127", "howitzer", cite="F097"),
    Choice("D058", "first-aid-kit"),
    Choice("D055", "generator"),
    Choice("D060", "generator"),
    Choice("D098", "generator", words="will"),
    Choice(
        "D061",
        "crew-munster",
        date="2023-04-03",
        words="in the course",
        quantity=210,
        cite="F115; B44",
        why="assumption: 210 persons, count not known; began on 13 February, 49 days is the middle of six to eight weeks",
    ),
    Choice("D132", "spares-kit", words="announced", why=f"{OPEN}; a kit is what refurbishes one vehicle"),
)


def rung(words: str) -> str:
    """Return the rung that status words stand for.

    Raises
    ------
    ValueError
        If no word of `RUNG_BY_WORDS` occurs.
    """
    for word, status in RUNG_BY_WORDS.items():
        if word in words.lower():
            return status
    raise ValueError(f"no rung for {words!r}")


def pledges(sources: Sources) -> list[Row]:
    """Return the open pledges with a public count."""
    return [_pledge(sources, choice) for choice in CHOICES]


def _pledge(sources: Sources, choice: Choice) -> Row:
    if choice.row.startswith("B"):
        row = sources.burn[choice.row]
        donor, origin, quantity, said = "United States", choice.location, row["mean"], row["note"]
    else:
        row = sources.pledges[choice.row]
        donor, origin, quantity, said = (
            row["donor"],
            row["origin_place"],
            row["quantity"],
            row["status_words"],
        )
    words = choice.words or said
    return {
        "pledge": f"{choice.row}-{choice.item}{choice.suffix}",
        "donor": donor,
        "location": choice.location or origin,
        "item": choice.item,
        "quantity": text(choice.quantity or float(quantity)),
        "available_date": choice.date,
        "status": rung(words),
        "probability": choice.probability,
        "source": "; ".join(filter(None, [choice.row, choice.cite, choice.why])),
        "note": f"said: {said}",
    }
