"""Checks a scenario at the door: text becomes typed tables, and every fault is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from redball.core.horizon import Horizon
from redball.scenario.cells import Caster, has_decimal_commas, stripped
from redball.scenario.check_columns import name_columns
from redball.scenario.check_references import check_references
from redball.scenario.check_settings import check_settings
from redball.scenario.fault_log import FaultLog
from redball.scenario.known import Known, complete
from redball.scenario.raw import Raw, RawScenario, report_blank_rows, trim_rows
from redball.scenario.rules_rows import ROW_RULES
from redball.scenario.rules_tables import TABLE_RULES, WHOLE_RULES
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA


def check_raw(raw: RawScenario, log: FaultLog) -> Scenario | None:
    """Return the scenario, or none where it has errors; all faults are written down."""
    settings = None
    if raw.settings is not None:
        settings = check_settings(raw.settings, raw.settings_place, log)
    horizon = Horizon(settings.start, settings.days) if settings else None
    tables = check_tables(raw.tables, horizon, log)
    if settings is None or log.has_errors:
        return None
    return Scenario(settings, tables, raw.extras)


def check_tables(raws: Sequence[Raw], horizon: Horizon | None, log: FaultLog) -> Mapping[str, pl.DataFrame]:
    """Return the typed tables; all faults in and between them are written down."""
    typed: dict[str, pl.DataFrame] = {}
    bad: dict[str, pl.Series | None] = {}
    places = {raw.name: raw.place for raw in raws}
    for raw in raws:
        log.open(raw.place)
        typed[raw.name], bad[raw.name] = check_cells(raw, log)
    for name, table in SCHEMA.items():
        # a place that could not be read has its own fault already
        if (
            table.required
            and not (name in typed and typed[name].height)
            and not any(
                fault.place.removesuffix(".csv") == name and fault.severity == "error" for fault in log.kept
            )
        ):
            suffix = next((place.removeprefix(other) for other, place in places.items()), "")
            log.add(
                "no-rows",
                places.get(name, name + suffix),
                f"has no rows; it holds {table.meaning}",
                "Fill it.",
            )
    check_between(typed, bad, places, horizon, log)
    return typed


def check_cells(raw: Raw, log: FaultLog) -> tuple[pl.DataFrame, pl.Series | None]:
    """Return one table typed, and in which of its rows something was wrong."""
    table = SCHEMA[raw.name]
    frame = trim_rows(stripped(name_columns(raw, table, log), table))
    report_blank_rows(frame, raw.place, log)
    decimal_comma = raw.semicolons and has_decimal_commas(frame, table)
    if decimal_comma:
        log.add("decimal-comma", raw.place, "has decimal commas throughout and is read so")
    caster = Caster(table, raw.place, log, decimal_comma)
    return caster.cast(frame), caster.bad_rows()


def check_between(
    typed: Mapping[str, pl.DataFrame],
    bad: dict[str, pl.Series | None],
    places: Mapping[str, str],
    horizon: Horizon | None,
    log: FaultLog,
) -> None:
    """Check references, then the rules between rows and tables."""
    ids = {}
    for name, table in SCHEMA.items():
        if name not in typed and not any(fault.place.removesuffix(".csv") == name for fault in log.kept):
            ids[name] = pl.Series(dtype=pl.String())
        elif name in typed and table.key in typed[name].columns:
            ids[name] = typed[name][table.key or ""].drop_nulls()
    for name, frame in typed.items():
        wrong = check_references(SCHEMA[name], places[name], frame, ids, log)
        before = bad[name]
        bad[name] = wrong if before is None else before if wrong is None else before | wrong
    frames = {name: complete(name, typed.get(name), bad.get(name)) for name in SCHEMA}
    known = Known(frames, places, horizon, log)
    for rule in (*ROW_RULES, *TABLE_RULES):
        rule(known)
    if not log.has_errors:
        for rule in WHOLE_RULES:
            rule(known)
