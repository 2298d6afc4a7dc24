from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redball.ledger.amounts import base_quantity
from redball.ledger.errors import LedgerError


def test_what_is_written_becomes_whole_base_units() -> None:
    assert base_quantity("12.5 t", "g") == 12_500_000
    assert base_quantity(" 12.500 tonnes ", "g") == 12_500_000
    assert base_quantity("7", "pc") == 7
    assert base_quantity("1.5 pallet", "pc", {"pallet": Fraction(48)}) == 72


@pytest.mark.parametrize(
    ("written", "base", "code"),
    [
        ("12,5 t", "g", "BAD_QUANTITY"),
        ("1.000.000", "pc", "BAD_QUANTITY"),
        ("-3", "pc", "BAD_QUANTITY"),
        ("0", "pc", "BAD_QUANTITY"),
        ("١٢", "pc", "BAD_QUANTITY"),
        ("dozens", "pc", "BAD_QUANTITY"),
        ("5 crates", "pc", "BAD_QUANTITY"),
        ("1000001 t", "g", "BAD_QUANTITY"),
        ("1.5", "pc", "INEXACT_UNIT"),
        ("0.3 g", "g", "INEXACT_UNIT"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused(written: str, base: str, code: str) -> None:
    with pytest.raises(LedgerError) as caught:
        base_quantity(written, base)
    assert caught.value.code == code


@given(st.integers(1, 10**12))
def test_kilograms_written_with_decimals_come_back_to_the_gram(grams: int) -> None:
    assert base_quantity(f"{grams // 1000}.{grams % 1000:03d} kg", "g") == grams
