"""Reads a scenario: a folder of CSV files, or a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from redball.core.errors import Fault, FaultsError
from redball.core.horizon import Horizon
from redball.scenario.check import check_raw, check_tables
from redball.scenario.fault_log import FaultLog, nearest
from redball.scenario.raw import Raw, RawScenario, is_extra_name
from redball.scenario.read_csv import SETTINGS_FILE, read_folder
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.settings import Settings

HOW_TO_START = "Give a folder with scenario.toml or an .xlsx workbook; `redball new` makes either."


def read(path: str | Path) -> Scenario:
    """Read a scenario and check it.

    Parameters
    ----------
    path
        A folder with ``scenario.toml`` and one CSV file for each table, or an ``.xlsx`` workbook with a sheet
        ``scenario`` and one sheet for each table.

    Raises
    ------
    FaultsError
        If anything is wrong; it carries every fault that was found, not the first.
    """
    scenario, faults = look(Path(path))
    if scenario is None:
        raise FaultsError(faults)
    return scenario


def check(path: str | Path) -> tuple[Fault, ...]:
    """Return everything that is wrong with a scenario, warnings included; never raise for what is in the files."""
    return look(Path(path))[1]


def look(path: Path) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """Return the scenario, or none where it has errors, and all faults."""
    log = FaultLog()
    raw = find(path, log)
    scenario = None if raw is None else check_raw(raw, log)
    return (None if log.has_errors else scenario), log.faults()


def find(path: Path, log: FaultLog) -> RawScenario | None:
    """Read what is at the path, whatever it is."""
    place = path.name or str(path)
    try:
        if path.is_dir():
            if (path / SETTINGS_FILE).exists() or (path / SETTINGS_FILE).is_symlink():
                return read_folder(path, log)
            names = sorted(file.name for file in path.iterdir())[:1000]
            log.add(
                "not-a-scenario",
                place,
                f"the folder has no {SETTINGS_FILE}.",
                nearest(SETTINGS_FILE, names) or HOW_TO_START,
            )
            return None
        if not path.exists():
            log.add("not-found", place, "there is nothing at this path.", HOW_TO_START)
            return None
    except (OSError, ValueError):
        log.add("unreadable", place, "cannot be opened.", "Look at its name and whether it may be read.")
        return None
    if path.suffix.lower() == ".xlsx" and path.is_file():
        # the border: only who reads a workbook pays for the library
        from redball.scenario.read_excel import read_workbook

        return read_workbook(path, log)
    is_old = path.suffix.lower() in (".xls", ".xlsm", ".xlsb", ".ods")
    log.add("not-a-scenario", place, "is not a scenario.", "Save it as .xlsx." if is_old else HOW_TO_START)
    return None


def assemble(
    settings: Settings,
    tables: Mapping[str, pl.DataFrame],
    extras: Mapping[str, pl.DataFrame] | None = None,
) -> Scenario:
    """Make a scenario from frames in memory, with the same checks as `read`.

    Parameters
    ----------
    settings
        Name, start, days, currency and objective.
    tables
        Frames by table; columns may be typed or text as in a file. A fault's place is the name of the table, its
        row that of the file which `write` would make.
    extras
        Grids of text that are kept and ignored; their names begin with ``_``.

    Raises
    ------
    FaultsError
        If anything is wrong; it carries every fault that was found.
    """
    log = FaultLog()
    log.open("scenario")
    for name in tables:
        if name not in SCHEMA:
            log.add("unknown-file", name, "is not a table of a scenario.", nearest(name, SCHEMA))
    for name in extras or {}:
        if not is_extra_name(name):
            log.add("unknown-file", name, "cannot be the name of an extra.", "Call it such as _prices.")
    raws = [frame_raw(name, tables[name]) for name in SCHEMA if name in tables]
    typed = check_tables(raws, "", Horizon(settings.start, settings.days), log)
    if log.has_errors:
        raise FaultsError(log.faults())
    return Scenario(settings, typed, extras or {})


def frame_raw(name: str, frame: pl.DataFrame) -> Raw:
    """Return a frame in memory as a table that was read."""
    body = frame.rename({column: str(index) for index, column in enumerate(frame.columns, 1)})
    return Raw(name, name, tuple(frame.columns), body)
