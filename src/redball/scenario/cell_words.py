"""Says what is wrong with one cell, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable

from redball.scenario.columns import Column
from redball.scenario.fault_log import NearestNames, Words, shown

THOUSANDS = re.compile(r"[+-]?\d{1,3}([ ,.'’\u00a0\u202f]\d{3})+([.,]\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
WITH_UNIT = re.compile(r"[+-]?\d+([.,]\d+)?\s*[^\d\s.,]+.*")
ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def number_words(text: str, column: Column) -> Words:
    """Return what is wrong with a number.

    >>> from redball.scenario.schema import SCHEMA
    >>> number_words("12,5", SCHEMA["lanes"].by_name["transit_days"])
    ("'12,5' is not a number.", 'Use a point for decimals.')
    """
    problem = f"{shown(text)} is not a number."
    if text.strip().lower().lstrip("+-") in (
        "nan",
        "inf",
        "infinity",
        "n/a",
        "-",
        "none",
        "null",
        "unlimited",
    ):
        return problem, "Leave the cell blank if there is none."
    if re.fullmatch(r"[+-]?\d{1,3}([ ,'’\u00a0\u202f]\d{3})+\.\d+", text) or re.fullmatch(
        r"[+-]?\d{1,3}([ .'’\u00a0\u202f]\d{3})+,\d+", text
    ):
        return problem, "Leave out the separators of thousands and use a point for decimals."
    if DECIMAL_COMMA.fullmatch(text):
        return problem, "Use a point for decimals."
    if THOUSANDS.fullmatch(text):
        return problem, "Leave out the separators of thousands."
    if text.endswith("%"):
        return problem, "Write a share, such as 0.12 for 12 %."
    if WITH_UNIT.fullmatch(text):
        return (
            problem,
            f"Write the number alone; its unit is {column.unit}." if column.unit else "Write it alone.",
        )
    return problem, "Write digits, with a point for decimals."


def date_words(text: str) -> Words:
    """Return what is wrong with a date.

    >>> date_words("2027-02-30")
    ("'2027-02-30' is not a date that exists.", 'Look at the calendar.')
    """
    if ISO_DATE.fullmatch(text):
        return f"{shown(text)} is not a date that exists.", "Look at the calendar."
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}[ T]\d", text):
        return f"{shown(text)} has a time of day.", "Write the day alone, such as 2027-01-31."
    return f"{shown(text)} is not a date.", "Write 2027-01-31 (year-month-day)."


def range_words(text: str, column: Column) -> Words:
    """Return what is wrong with a number that is too small or too large."""
    low, high = column.low, column.high
    if low is not None and high is not None:
        return f"{shown(text)} is not from {low:g} to {high:g}.", "Correct the number."
    least = f"more than {low:g}" if column.low_open else f"{low:g} or more"
    blank = "Leave the cell blank if there is none." if not column.required else "Correct the number."
    return f"{shown(text)} is not {least}.", blank


def choice_words(choices: tuple[str, ...]) -> Callable[[str], Words]:
    """Return what says that a word is none of those that a column knows."""
    hints, known = NearestNames(choices), " ".join(choices)
    return lambda text: (f"{shown(text)} is not one of: {known}.", hints(text))
