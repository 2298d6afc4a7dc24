"""Numbers and dates read the same everywhere."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redball.core.wording import count, day, duration, listed, money, number, percent


@given(st.floats(-1e15, 1e15).filter(lambda value: abs(value) > 1e-9), st.integers(2, 8))
def test_a_number_is_read_back_to_its_digits(value: float, digits: int) -> None:
    back = float(number(value, digits).replace(",", ""))
    assert back == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_never_rounded(value: int) -> None:
    assert int(number(value).replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1e-12, "1.0e-12"),
        (-0.0, "0"),
        (-1234.5, "-1,234"),
        (0.1 + 0.2, "0.3"),
        (999.6, "1,000"),
        (10.0, "10"),
    ],
)
def test_numbers(value: float, said: str) -> None:
    assert number(value) == said


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "100 %"), (0.3333, "33.3 %"), (0.05, "5 %"), (-0.02, "-2 %"), (None, "–")]
)
def test_shares(share: float | None, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1e6, "1 million EUR"),
        (999999.0, "999,999 EUR"),
        (-2.5e9, "-2.5 billion EUR"),
        (3e12, "3 trillion EUR"),
        (float("nan"), "–"),
        (float("inf"), "unlimited EUR"),
    ],
)
def test_money(amount: float, said: str) -> None:
    assert money(amount, "EUR") == said


@given(st.dates())
def test_days_need_no_locale(date: dt.date) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    of, month, year = day(date).split()
    assert dt.date(int(year), months.index(month) + 1, int(of)) == date


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0, "0.00 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (3599.7, "1 h 0 min")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_counts_and_lists() -> None:
    assert count(0, "fault") == "0 faults"
    assert listed([]) == ""
