"""A result on disk: a summary such as ``plan.json``, one Parquet file for each table, ``scenario/`` as CSV.

A result is saved all or nothing: everything is written beside the folder first and then takes its place.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import polars as pl

from redball.core.errors import InputError
from redball.scenario.escape import escape
from redball.scenario.read import read
from redball.scenario.scenario import Scenario
from redball.scenario.write import write

FORMAT = 1
"""Version of the folder's layout; a reader of another version refuses it."""
SCENARIO_FOLDER = "scenario"
PARTS_FOLDER = "parts"
"""Where a run keeps what it has done while it is not at its end."""
SUMMARY_BYTES_MAX = 1_000_000


class Told(Protocol):
    """A summary: what it answers, and itself as plain data."""

    @property
    def digest(self) -> str:
        """Digest of the scenario."""

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data that JSON can hold."""


Summary = TypeVar("Summary", bound=Told)


@dataclass(frozen=True)
class Kind(Generic[Summary]):
    """What is kept: plans, or races."""

    what: str
    """``plan``: the command that makes it, the name of its summary's file, and what people call it."""
    tables: Mapping[str, Mapping[str, pl.DataType]]
    summary: Callable[[Mapping[str, Any]], Summary]
    """Reads a summary from plain data; raises a ValueError that names the entry."""

    @property
    def summary_file(self) -> str:
        """Name of the file with the summary."""
        return f"{self.what}.json"

    @property
    def again(self) -> str:
        """How to mend a folder."""
        return f"Run redball {self.what} again, or restore the folder."


def save(
    kind: Kind[Summary],
    folder: Path,
    scenario: Scenario,
    summary: Summary,
    tables: Mapping[str, pl.DataFrame],
    *,
    csv: bool = False,
) -> None:
    """Save the parts of a result, all or nothing.

    Parameters
    ----------
    kind
        What is saved.
    folder
        A new or empty folder, or one that holds a result of this kind, which this one replaces.
    scenario, summary, tables
        The parts.
    csv
        Write each table as CSV too.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be written.
    """
    folder = folder.resolve()
    refuse_other(kind, folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _replace(kind, folder, scenario, summary, tables, csv=csv)
    except OSError as error:
        raise InputError(
            f"the {kind.what} cannot be written: {error.strerror or error}.",
            where=str(folder),
            remedy="See to the rights and the space there, or name another folder.",
        ) from error


def _replace(
    kind: Kind[Summary],
    folder: Path,
    scenario: Scenario,
    summary: Summary,
    tables: Mapping[str, pl.DataFrame],
    *,
    csv: bool,
) -> None:
    """Write everything beside the folder, then let it take the folder's place in one move."""
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh, former = beside / "fresh", beside / "former"
        fresh.mkdir()
        _write(kind, fresh, scenario, summary, tables, csv=csv)
        if folder.exists():
            folder.rename(former)
        try:
            fresh.rename(folder)
        except BaseException:
            if former.exists():
                former.rename(folder)
            raise
        if former.exists():
            _keep_other(kind, former, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def load(kind: Kind[Summary], folder: Path) -> tuple[Scenario, Summary, dict[str, pl.DataFrame]]:
    """Load the parts of a result that `save` wrote.

    Raises
    ------
    InputError
        If the folder holds none, or one that was edited or cut short.
    """
    summary = _summary(kind, folder / kind.summary_file)
    tables = {name: _table(kind, folder / f"{name}.parquet", name) for name in kind.tables}
    if not (folder / SCENARIO_FOLDER).is_dir():
        where = str(folder / SCENARIO_FOLDER)
        raise InputError(f"the {kind.what}'s scenario is missing.", where=where, remedy=kind.again)
    scenario = read(folder / SCENARIO_FOLDER)
    if scenario.digest != summary.digest:
        raise InputError(
            f"the scenario is not the one that the {kind.what} was made for (digest {scenario.digest[:12]}, "
            f"{kind.summary_file} says {summary.digest[:12]}).",
            where=str(folder / SCENARIO_FOLDER),
            remedy=f"Undo the changes to it, or run redball {kind.what} again.",
        )
    return scenario, summary, tables


def _own(kind: Kind[Summary], name: str) -> bool:
    """Tell whether a name in a folder is one that `save` writes."""
    tables = {f"{table}.{ending}" for table in kind.tables for ending in ("parquet", "csv")}
    return name in tables | {kind.summary_file, SCENARIO_FOLDER}


def refuse_other(kind: Kind[Summary], folder: Path) -> None:
    """Refuse to write over what is not of this kind.

    Raises
    ------
    InputError
        If the folder holds something that is neither a result of this kind nor a run of one that was begun.
    """
    if folder.is_dir():
        begun = all(entry.name == PARTS_FOLDER for entry in folder.iterdir())
        if (folder / kind.summary_file).is_file() or begun:
            return
        what = f"the folder holds something that is not a {kind.what}."
    elif folder.exists():
        what = "this is a file, not a folder."
    else:
        return
    remedy = f"Name a new or empty folder, or one that holds a {kind.what}."
    raise InputError(what, where=str(folder), remedy=remedy)


def _keep_other(kind: Kind[Summary], former: Path, folder: Path) -> None:
    """Move what others put into the folder (a brief, notes) over to the new one."""
    for entry in sorted(former.iterdir()):
        if not _own(kind, entry.name):
            entry.rename(folder / entry.name)


def _write(
    kind: Kind[Summary],
    folder: Path,
    scenario: Scenario,
    summary: Summary,
    tables: Mapping[str, pl.DataFrame],
    *,
    csv: bool,
) -> None:
    """Write all files of a result."""
    write(scenario, folder / SCENARIO_FOLDER)
    for name in kind.tables:
        frame = tables[name].rechunk()
        frame.write_parquet(folder / f"{name}.parquet")
        if csv:
            escape(frame).write_csv(folder / f"{name}.csv")
    plain = {"format": FORMAT, **summary.as_dict()}
    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / kind.summary_file).write_text(text + "\n", encoding="utf-8")


def _summary(kind: Kind[Summary], path: Path) -> Summary:
    """Read the summary."""
    if not path.is_file():
        raise InputError(
            f"there is no {kind.summary_file}.",
            where=str(path.parent),
            remedy=f"Name a folder that redball {kind.what} wrote.",
        )
    if path.stat().st_size > SUMMARY_BYTES_MAX:
        raise InputError(
            f"the file is larger than {SUMMARY_BYTES_MAX:,} bytes.", where=str(path), remedy=kind.again
        )
    try:
        plain: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is not JSON: {error}.", where=str(path), remedy=kind.again) from error
    if not isinstance(plain, dict) or "format" not in plain:
        raise InputError("the file has no format version.", where=str(path), remedy=kind.again)
    if (version := plain.pop("format")) != FORMAT:
        raise InputError(
            f"the {kind.what} has format {version!r}, this version of Redball reads {FORMAT}.",
            where=str(path),
            remedy=f"Load it with the version that wrote it, or run redball {kind.what} again.",
        )
    try:
        return kind.summary(plain)
    except ValueError as error:
        raise InputError(f"{error}.", where=str(path), remedy=kind.again) from error


def _table(kind: Kind[Summary], path: Path, name: str) -> pl.DataFrame:
    """Read one table and check its columns."""
    if not path.is_file():
        raise InputError("the table is missing.", where=str(path), remedy=kind.again)
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"the table cannot be read: {error}.", where=str(path), remedy=kind.again) from error
    if dict(frame.schema) != kind.tables[name]:
        stated = ", ".join(f"{column} {dtype}" for column, dtype in frame.schema.items())
        asked = ", ".join(f"{column} {dtype}" for column, dtype in kind.tables[name].items())
        raise InputError(f"the columns are {stated}; must be {asked}.", where=str(path), remedy=kind.again)
    return frame
