"""How numbers, dates and counts read, everywhere: one place, so that no two pages say the same thing differently.

Nothing here depends on the machine's locale: the same plan reads the same on every machine.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable

NOTHING = "–"
"""What stands for a value that does not exist."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def number(value: float | None, digits: int = 3) -> str:
    """Say a number with at least `digits` significant digits, thousands set apart.

    Whole numbers and digits before the point are never rounded away.

    >>> number(1234567.8), number(12.345), number(0.00123), number(0.0), number(5.0)
    ('1,234,568', '12.3', '0.00123', '0', '5')
    >>> number(None), number(float("inf"))
    ('–', 'unlimited')
    """
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "unlimited" if value > 0 else "-unlimited"
    if value == 0:
        return "0"
    if 0 < abs(value) < 1e-9:
        return f"{value:.1e}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def percent(share: float | None, digits: int = 2) -> str:
    """Say a share in per cent; what is less than a billionth is the arithmetic's dust.

    >>> percent(0.005), percent(0.98765), percent(1e-6), percent(0.0)
    ('0.5 %', '98.8 %', '0.0001 %', '0 %')
    """
    if share is None or math.isnan(share):
        return NOTHING
    if abs(share) < 1e-9:
        return "0 %"
    return f"{number(100 * share, digits if abs(share) < 0.1 else 3)} %"


def spread(
    say: Callable[[float | None], str], value: float | None, low: float | None, high: float | None
) -> str:
    """Say a value with both ends of its interval.

    >>> spread(percent, 0.12, 0.11, 0.13), spread(number, None, None, None)
    ('12 % (11 % to 13 %)', '–')
    """
    return NOTHING if value is None else f"{say(value)} ({say(low)} to {say(high)})"


def money(amount: float | None, currency: str, digits: int = 3) -> str:
    """Say an amount of money.

    >>> money(1_234_000_000.0, "EUR"), money(53210.4, "EUR"), money(0.0, "EUR")
    ('1.23 billion EUR', '53,210 EUR', '0 EUR')
    >>> money(1_234_567_890.0, "EUR", digits=6)
    '1.23457 billion EUR'
    """
    if amount is None or math.isnan(amount):
        return NOTHING
    for size, word in _LARGE:
        if size <= abs(amount) < math.inf:
            return f"{number(amount / size, digits)} {word} {currency}"
    return f"{number(amount, digits)} {currency}"


def day(date: dt.date | None, year: bool = True) -> str:
    """Say a date.

    >>> day(dt.date(2023, 2, 9)), day(dt.date(2023, 2, 9), year=False), day(None)
    ('9 Feb 2023', '9 Feb', '–')
    """
    if date is None:
        return NOTHING
    text = f"{date.day} {MONTHS[date.month - 1]}"
    return f"{text} {date.year}" if year else text


def duration(seconds: float) -> str:
    """Say how long something took.

    >>> duration(0.041), duration(7.26), duration(200.0), duration(7260.0)
    ('0.04 s', '7.3 s', '3 min 20 s', '2 h 1 min')
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def count(n: int, word: str, words: str | None = None) -> str:
    """Say how many of something there are.

    >>> count(1, "fault"), count(3, "fault"), count(2000, "entry", "entries")
    ('1 fault', '3 faults', '2,000 entries')
    """
    return f"{n:,} {word if n == 1 else words or word + 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Say a list of words.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], last="or")
    ('a', 'a and b', 'a, b or c')
    """
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail
