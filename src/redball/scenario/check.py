"""Checks a scenario at the door: text becomes typed tables, and every fault is written down."""

from __future__ import annotations

import functools
import operator
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
    tables = check_tables(raw.tables, raw.suffix, horizon, log)
    if settings is None or log.has_errors:
        return None
    return Scenario(settings, tables, raw.extras)


def check_tables(
    raws: Sequence[Raw], suffix: str, horizon: Horizon | None, log: FaultLog
) -> Mapping[str, pl.DataFrame]:
    """Return the typed tables; all faults in and between them are written down.

    A table that is neither among `raws` nor has a fault so far is blank; one with a fault could not be read, and
    nothing is said about what refers to it.
    """
    unread = {fault.place.removesuffix(suffix) for fault in log.kept} - {raw.name for raw in raws}
    typed: dict[str, pl.DataFrame] = {}
    bad: dict[str, pl.Series | None] = {}
    for raw in raws:
        log.open(raw.place)
        typed[raw.name], bad[raw.name] = check_cells(raw, log)
    for name, table in SCHEMA.items():
        if table.required and name not in unread and not (name in typed and typed[name].height):
            log.add("no-rows", name + suffix, f"has no rows; it holds {table.meaning}.", "Fill it.")
    ids = {
        name: typed[name][key].drop_nulls()
        for name in typed
        if (key := SCHEMA[name].key) in typed[name].columns
    }
    ids |= {name: pl.Series(dtype=pl.String()) for name in SCHEMA if name not in typed and name not in unread}
    for name, frame in typed.items():
        wrong = check_references(SCHEMA[name], name + suffix, frame, ids, log)
        masks = [mask for mask in (bad[name], wrong) if mask is not None]
        bad[name] = functools.reduce(operator.or_, masks) if masks else None
    frames = {name: complete(name, typed.get(name), bad.get(name)) for name in SCHEMA}
    check_rules(Known(frames, suffix, horizon, log))
    return typed


def check_rules(known: Known) -> None:
    """Check the rules between rows and tables; those on the whole only if nothing else is wrong."""
    for rule in (*ROW_RULES, *TABLE_RULES):
        rule(known)
    if not known.log.has_errors:
        for rule in WHOLE_RULES:
            rule(known)


def check_cells(raw: Raw, log: FaultLog) -> tuple[pl.DataFrame, pl.Series | None]:
    """Return one table typed, and in which of its rows something was wrong."""
    table = SCHEMA[raw.name]
    frame = trim_rows(stripped(name_columns(raw, table, log), table, raw.plain))
    report_blank_rows(frame, raw.place, log)
    decimal_comma = raw.semicolons and has_decimal_commas(frame, table)
    if decimal_comma:
        log.add("decimal-comma", raw.place, "has decimal commas throughout and is read so")
    caster = Caster(table, raw.place, log, decimal_comma)
    return caster.cast(frame), caster.bad_rows()
