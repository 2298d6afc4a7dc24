"""A plan on disk: ``plan.json``, one Parquet file for each table, ``scenario/`` as CSV.

A plan is saved all or nothing: everything is written beside the folder first and then takes its place.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from redball.core.errors import InputError
from redball.results.summary import Summary
from redball.results.tables import RESULTS
from redball.scenario.escape import escape
from redball.scenario.read import read
from redball.scenario.scenario import Scenario
from redball.scenario.write import write

FORMAT = 1
"""Version of the folder's layout; a reader of another version refuses it."""
SUMMARY_FILE, SCENARIO_FOLDER = "plan.json", "scenario"
SUMMARY_BYTES_MAX = 1_000_000
AGAIN = "Plan the scenario again, or restore the folder."


def save(
    folder: Path,
    scenario: Scenario,
    summary: Summary,
    tables: Mapping[str, pl.DataFrame],
    *,
    csv: bool = False,
) -> None:
    """Save the parts of a plan; see `Plan.save`."""
    folder = folder.resolve()
    _refuse_other(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _replace(folder, scenario, summary, tables, csv=csv)
    except OSError as error:
        raise InputError(
            f"the plan cannot be written: {error.strerror or error}.",
            where=str(folder),
            remedy="See to the rights and the space there, or name another folder.",
        ) from error


def _replace(
    folder: Path, scenario: Scenario, summary: Summary, tables: Mapping[str, pl.DataFrame], *, csv: bool
) -> None:
    """Write everything beside the folder, then let it take the folder's place in one move."""
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh, former = beside / "fresh", beside / "former"
        fresh.mkdir()
        _write(fresh, scenario, summary, tables, csv=csv)
        if folder.exists():
            folder.rename(former)
        try:
            fresh.rename(folder)
        except BaseException:
            if former.exists():
                former.rename(folder)
            raise
        if former.exists():
            _keep_other(former, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def load(folder: Path) -> tuple[Scenario, Summary, dict[str, pl.DataFrame]]:
    """Load the parts of a plan; see `load_plan`."""
    summary = _summary(folder / SUMMARY_FILE)
    tables = {name: _table(folder / f"{name}.parquet", name) for name in RESULTS}
    if not (folder / SCENARIO_FOLDER).is_dir():
        raise InputError("the plan's scenario is missing.", where=str(folder / SCENARIO_FOLDER), remedy=AGAIN)
    scenario = read(folder / SCENARIO_FOLDER)
    if scenario.digest != summary.digest:
        raise InputError(
            f"the scenario is not the one that was planned (digest {scenario.digest[:12]}, "
            f"{SUMMARY_FILE} says {summary.digest[:12]}).",
            where=str(folder / SCENARIO_FOLDER),
            remedy="Undo the changes to it, or plan it again.",
        )
    return scenario, summary, tables


def _own(name: str) -> bool:
    """Tell whether a name in a plan folder is one that `save` writes."""
    tables = {f"{table}.{ending}" for table in RESULTS for ending in ("parquet", "csv")}
    return name in tables | {SUMMARY_FILE, SCENARIO_FOLDER}


def _refuse_other(folder: Path) -> None:
    """Refuse to write over what is not a plan."""
    if folder.is_dir():
        if (folder / SUMMARY_FILE).is_file() or not any(folder.iterdir()):
            return
        what = "the folder holds something that is not a plan."
    elif folder.exists():
        what = "this is a file, not a folder."
    else:
        return
    raise InputError(what, where=str(folder), remedy="Name a new or empty folder, or one that holds a plan.")


def _keep_other(former: Path, folder: Path) -> None:
    """Move what others put into the plan's folder (a brief, notes) over to the new one."""
    for entry in sorted(former.iterdir()):
        if not _own(entry.name):
            entry.rename(folder / entry.name)


def _write(
    folder: Path, scenario: Scenario, summary: Summary, tables: Mapping[str, pl.DataFrame], *, csv: bool
) -> None:
    """Write all files of a plan."""
    write(scenario, folder / SCENARIO_FOLDER)
    for name in RESULTS:
        frame = tables[name].rechunk()
        frame.write_parquet(folder / f"{name}.parquet")
        if csv:
            escape(frame).write_csv(folder / f"{name}.csv")
    plain = {"format": FORMAT, **summary.as_dict()}
    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY_FILE).write_text(text + "\n", encoding="utf-8")


def _summary(path: Path) -> Summary:
    """Read ``plan.json``."""
    if not path.is_file():
        raise InputError(
            f"there is no {SUMMARY_FILE}.",
            where=str(path.parent),
            remedy="Name a folder that redball plan wrote.",
        )
    if path.stat().st_size > SUMMARY_BYTES_MAX:
        raise InputError(
            f"the file is larger than {SUMMARY_BYTES_MAX:,} bytes.", where=str(path), remedy=AGAIN
        )
    try:
        plain: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is not JSON: {error}.", where=str(path), remedy=AGAIN) from error
    if not isinstance(plain, dict) or "format" not in plain:
        raise InputError("the file has no format version.", where=str(path), remedy=AGAIN)
    if (version := plain.pop("format")) != FORMAT:
        raise InputError(
            f"the plan has format {version!r}, this version of Redball reads {FORMAT}.",
            where=str(path),
            remedy="Load it with the version that wrote it, or plan the scenario again.",
        )
    try:
        return Summary.from_dict(plain)
    except ValueError as error:
        raise InputError(f"{error}.", where=str(path), remedy=AGAIN) from error


def _table(path: Path, name: str) -> pl.DataFrame:
    """Read one table and check its columns."""
    if not path.is_file():
        raise InputError("the table is missing.", where=str(path), remedy=AGAIN)
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"the table cannot be read: {error}.", where=str(path), remedy=AGAIN) from error
    if dict(frame.schema) != RESULTS[name]:
        stated = ", ".join(f"{column} {dtype}" for column, dtype in frame.schema.items())
        asked = ", ".join(f"{column} {dtype}" for column, dtype in RESULTS[name].items())
        raise InputError(f"the columns are {stated}; must be {asked}.", where=str(path), remedy=AGAIN)
    return frame
