"""Checks the settings: what pydantic finds, in the words of a scenario's author."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from redball.scenario.fault_log import FaultLog, nearest, shown
from redball.scenario.limits import DATE_MAX, DATE_MIN
from redball.scenario.raw import RawSetting
from redball.scenario.settings import SECTIONS, Settings, path_of, setting_paths


def setting_names() -> list[str]:
    """Return every setting by its path, such as ``start`` and ``objective.urgency``."""
    return [path_of(*path) for path in setting_paths()]


def check_settings(raw: Mapping[str, RawSetting], place: str, log: FaultLog) -> Settings | None:
    """Return the settings, or none where they have a fault; all faults are written down."""
    before = len(log.kept)
    names = setting_names()
    values: dict[str, Any] = {}
    for path, setting in raw.items():
        section, _, name = path.rpartition(".")
        if path not in names:
            hint = nearest(path, names) or nearest(name, [known.rpartition(".")[2] for known in names])
            problem = f"{name!r} is not a setting."
            log.add(
                "unknown-setting", place, problem, hint, row=setting.row, column=name, value=setting.value
            )
        elif isinstance(setting.value, bool):
            problem = f"{shown(setting.value)} is not a value that it can take."
            log.add("bad-setting", place, problem, row=setting.row, column=name, value=setting.value)
        elif section:
            values.setdefault(section, {})[name] = setting.value
        else:
            values[name] = setting.value
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            report(detail, raw, place, log)
    if settings is not None:
        check_dates(settings, raw, place, log)
    return settings if len(log.kept) == before else None


def check_dates(settings: Settings, raw: Mapping[str, RawSetting], place: str, log: FaultLog) -> None:
    """Check that the first and last day are dates that every file can hold."""
    row = raw["start"].row if "start" in raw else None
    if not DATE_MIN <= settings.start <= DATE_MAX:
        problem = f"{settings.start} is not between {DATE_MIN} and {DATE_MAX}."
        log.add("bad-setting", place, problem, row=row, column="start", value=settings.start)
    elif settings.start + dt.timedelta(days=settings.days) > DATE_MAX:
        log.add("horizon-too-late", place, f"the last day lies after {DATE_MAX}", row=row, column="start")


def report(detail: ErrorDetails, raw: Mapping[str, RawSetting], place: str, log: FaultLog) -> None:
    """Put one of pydantic's findings into words."""
    path = [str(part) for part in detail["loc"] if isinstance(part, str)]
    name = path[-1]
    if name in {fault.column for fault in log.kept if fault.place == place}:
        return  # one setting, one fault
    field = SECTIONS[path[0] if len(path) > 1 else "scenario"].model_fields[name]
    meaning = f"{name} is {field.description}." if field.description else ""
    if detail["type"] == "missing" and len(path) == len(detail["loc"]):
        example = " Write such as start = 2027-01-31." if name == "start" else " Write such as days = 180."
        log.add("missing-setting", place, f"{name!r} is missing.", meaning + example, column=name)
        return
    setting = raw.get(".".join(path))
    value = setting.value if setting else detail["input"]
    problem = f"{shown(value)} {words(detail)}."
    row = setting.row if setting else None
    log.add("bad-setting", place, problem, meaning, row=row, column=name, value=value)


def words(detail: ErrorDetails) -> str:
    """Return what is wrong with a value."""
    kind, limits = detail["type"], detail.get("ctx", {})
    for sign, text in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if sign in limits:
            return f"must be {text} {limits[sign]:,}"
    if kind in ("missing", "too_short", "too_long") or kind.startswith("tuple"):
        return "is not a list of three numbers such as [100, 10, 1]"
    if kind.startswith("date"):
        return "is not a date; write year-month-day such as 2027-01-31"
    if kind.startswith("int"):
        return "is not a whole number"
    if kind.startswith(("float", "finite")):
        return "is not a number; use a point for decimals"
    if kind == "string_too_short":
        return "is blank"
    if kind == "string_too_long":
        return f"is longer than {limits['max_length']} characters"
    if kind == "literal_error":
        return f"is not one of {limits['expected']}"
    return "is not text" if kind.startswith("string") else "does not fit"
