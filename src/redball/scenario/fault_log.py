"""Where the checks write down what they find: bounded, ordered, with the nearest name for a typo."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable

import polars as pl

from redball.core.errors import Fault
from redball.scenario.fault_codes import CODES
from redball.scenario.limits import FAULTS_KEPT_MAX, NEAREST_ASKED_MAX, NEAREST_POOL_MAX

VALUE_CHARS_MAX = 80

Words = tuple[str, str]
"""Problem and remedy."""


def shown(value: object) -> str:
    """Return a value as it is quoted in a fault: short, on one line.

    >>> shown("Bravno")
    "'Bravno'"
    """
    text = str(value)
    return repr(text if len(text) <= VALUE_CHARS_MAX else text[: VALUE_CHARS_MAX - 1] + "…")


def sentence(text: str) -> str:
    """Return the text with a full stop, so that a remedy may follow.

    >>> sentence("is blank"), sentence("is blank.")
    ('is blank.', 'is blank.')
    """
    return text if text.endswith((".", "?", "!")) else f"{text}."


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the words that point to the nearest of some names, or nothing where none is near.

    >>> nearest("Bravno", ["Alfa", "Bravo"])
    "Did you mean 'Bravo'?"
    """
    folded: dict[str, str] = {}
    for name in names:
        if len(folded) >= NEAREST_POOL_MAX:
            return ""
        folded.setdefault(name[:VALUE_CHARS_MAX].casefold(), name)
    found = difflib.get_close_matches(word[:VALUE_CHARS_MAX].casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean {shown(folded[found[0]])}?" if found else ""


class FaultLog:
    """Collects faults in the order of places; keeps at most `FAULTS_KEPT_MAX` of a kind and counts the rest."""

    def __init__(self) -> None:
        self.kept: list[Fault] = []
        self.counts: Counter[tuple[str, str | None, str]] = Counter()
        self.places: dict[str, int] = {}

    @property
    def has_errors(self) -> bool:
        """Whether an error was written down, as opposed to warnings."""
        return any(CODES[code].severity == "error" for _, _, code in self.counts)

    def open(self, place: str) -> None:
        """Let `place` come next in the order of faults."""
        self.places.setdefault(place, len(self.places))

    def add(
        self,
        code: str,
        place: str,
        problem: str,
        remedy: str = "",
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
    ) -> None:
        """Write down one fault."""
        self.open(place)
        kind = (place, column, code)
        self.counts[kind] += 1
        if self.counts[kind] <= FAULTS_KEPT_MAX:
            text = None if value is None else str(value)[: VALUE_CHARS_MAX * 2]
            severity = CODES[code].severity
            self.kept.append(
                Fault(code, severity, place, problem, remedy or CODES[code].remedy, row, column, text)
            )

    def add_rows(
        self,
        code: str,
        place: str,
        column: str,
        found: pl.DataFrame,
        words: Callable[[dict[str, object]], Words],
    ) -> None:
        """Write down one fault for each row of `found`, which has ``row`` and whatever `words` needs.

        Only the rows that are kept are put into words, so that a column of a million faults costs no more
        than one of a thousand. The value of the fault is the row's cell of `column`, if it has one.
        """
        if not found.height:
            return
        before = self.counts[place, column, code]
        for cells in found.head(max(0, FAULTS_KEPT_MAX - before)).iter_rows(named=True):
            problem, remedy = words(cells)
            self.add(code, place, problem, remedy, row=cells["row"], column=column, value=cells.get(column))
        self.counts[place, column, code] = before + found.height

    def take(self, faults: Iterable[Fault]) -> None:
        """Write down faults that were raised elsewhere."""
        for fault in faults:
            self.add(
                fault.code,
                fault.place,
                fault.problem,
                fault.remedy,
                row=fault.row,
                column=fault.column,
                value=fault.value,
            )

    def faults(self) -> tuple[Fault, ...]:
        """Return all faults: by place, then row, then as found; what was only counted comes last of its place."""
        more = [
            Fault(
                code,
                CODES[code].severity,
                place,
                f"{count - FAULTS_KEPT_MAX:,} more faults of this kind ({code}).",
                CODES[code].remedy,
                column=column,
            )
            for (place, column, code), count in self.counts.items()
            if count > FAULTS_KEPT_MAX
        ]
        ordered = sorted(self.kept, key=lambda fault: (self.places[fault.place], fault.row or 0))
        return tuple(sorted([*ordered, *more], key=lambda fault: self.places[fault.place]))


class NearestNames:
    """Looks up nearest names for the first few distinct typos of a column; later ones get no suggestion."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self.asked: dict[str, str] = {}

    def __call__(self, word: str) -> str:
        """Return the words that point to the nearest name, or nothing."""
        if word not in self.asked:
            self.asked[word] = nearest(word, self.names) if len(self.asked) < NEAREST_ASKED_MAX else ""
        return self.asked[word]
