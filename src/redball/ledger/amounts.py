"""Quantities as written and as whole base units; nothing is rounded and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from redball.ledger.errors import fail

QUANTITY_MAX = 10**12
BALANCE_MAX = 9 * 10**18
BASE_UNITS = ("g", "ml", "pc")
FACTORS: dict[str, dict[str, Fraction]] = {
    "g": {"mg": Fraction(1, 1000), "g": Fraction(1), "kg": Fraction(10**3), "t": Fraction(10**6)},
    "ml": {"ml": Fraction(1), "l": Fraction(10**3), "m3": Fraction(10**6)},
    "pc": {"pc": Fraction(1)},
}
"""What one of each unit is in the base unit; an item may add its own words, such as ``rounds`` or ``pallet``."""
for _unit, _words in {"t": ("tonne", "tonnes"), "l": ("litre", "litres")}.items():
    for _base in FACTORS.values():
        _base.update({word: _base[_unit] for word in _words if _unit in _base})

_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(.*?)\s*", re.ASCII)


def base_quantity(
    written: str, base: str, words: Mapping[str, Fraction] | None = None, least: int = 1
) -> int:
    """Return `written` in whole base units.

    Parameters
    ----------
    written
        A plain number with a decimal point and a unit; without a unit it is in base units.
    base
        The item's base unit.
    words
        The item's own units.
    least
        The least that it may be; a count may find nothing.

    Raises
    ------
    LedgerError
        ``BAD_QUANTITY`` if it cannot be read or is out of range, ``INEXACT_UNIT`` if it is no whole number.

    >>> base_quantity("12.5 t", "g"), base_quantity("6 guns", "pc", {"guns": Fraction(1)})
    (12500000, 6)
    """
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise fail("BAD_QUANTITY", f"{written!r} is no plain number with a unit")
    number, unit = Fraction(match[1]), match[2]
    known = {**FACTORS[base], **(words or {})}
    if unit and unit not in known:
        raise fail("BAD_QUANTITY", f"{written!r}: the unit {unit!r} is none of {', '.join(known)}")
    exact = number * (known[unit] if unit else 1)
    if exact.denominator != 1:
        raise fail("INEXACT_UNIT", f"{written!r} is {float(exact):g} {base}, which is not whole")
    if not least <= exact <= QUANTITY_MAX:
        raise fail("BAD_QUANTITY", f"{written!r} is {int(exact)} {base}")
    return int(exact)
