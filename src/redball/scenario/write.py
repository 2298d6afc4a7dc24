"""Writes a scenario: a folder of CSV files, or a workbook. Nothing is left half written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from redball.core.errors import FaultsError
from redball.scenario.read_csv import SETTINGS_FILE
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA


def write(scenario: Scenario, path: str | Path, *, comments: bool = False) -> Path:
    """Write a scenario.

    Parameters
    ----------
    scenario
        What to write.
    path
        An ``.xlsx`` file, or a folder. A folder that is not empty is only replaced if it is a scenario.
    comments
        Whether ``scenario.toml`` says what each setting means.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    FaultsError
        If the path is taken by something else, or cannot be written.
    """
    asked, path = Path(path), Path(path).resolve()
    check_target(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".redball-", dir=path.parent) as beside:
            new = Path(beside) / "new"
            if is_workbook(path):
                # the border: only who writes a workbook pays for the library
                from redball.scenario.write_excel import write_workbook

                write_workbook(scenario, new)
                new.replace(path)
            else:
                from redball.scenario.write_csv import write_folder

                new.mkdir()
                write_folder(scenario, new, comments)
                put_folder(new, path, Path(beside) / "old")
    except OSError:
        raise FaultsError.one("unreadable", path.name, "cannot be written.", "Look at its rights.") from None
    return asked


def is_workbook(path: Path) -> bool:
    """Return whether a path asks for a workbook, by its suffix."""
    return path.suffix.lower() == ".xlsx"


def check_target(path: Path) -> None:
    """Refuse to write over what is not a scenario."""
    if is_workbook(path):
        if path.is_dir():
            raise FaultsError.one("not-a-scenario", path.name, "is a folder.", "Choose another name.")
        return
    if path.suffix.lower() in (".xls", ".xlsm", ".ods", ".csv", ".zip"):
        raise FaultsError.one(
            "not-a-scenario", path.name, "is neither a folder nor .xlsx.", "Choose one of them."
        )
    if path.exists() and not path.is_dir():
        raise FaultsError.one("not-a-scenario", path.name, "is a file, not a folder.", "Choose another name.")
    if path.is_dir() and not (path / SETTINGS_FILE).exists() and any(path.iterdir()):
        problem = f"is a folder with other files and no {SETTINGS_FILE}; it is left as it is."
        raise FaultsError.one("not-a-scenario", path.name, problem, "Choose another name, or empty it.")


def put_folder(new: Path, path: Path, old: Path) -> None:
    """Put a new folder where an old one may be.

    An empty folder is filled, ``scenario.toml`` last: until then it is no scenario. Another scenario is replaced by two
    renames; whatever in it is no part of a scenario moves along. Between the renames the path is empty for an
    instant, but both the old and the new folder are whole.
    """
    if not path.is_dir():
        new.replace(path)
        return
    if not any(path.iterdir()):
        for file in sorted(new.iterdir(), key=lambda file: (file.name == SETTINGS_FILE, file.name)):
            file.replace(path / file.name)
        return
    for file in path.iterdir():
        if not is_part(file):
            copy(file, new / file.name)
    path.replace(old)
    try:
        new.replace(path)
    except OSError:
        old.replace(path)
        raise


def is_part(file: Path) -> bool:
    """Return whether a file is part of a scenario: its settings, a table, or a ``_`` file."""
    is_table = file.suffix == ".csv" and (file.stem in SCHEMA or file.name.startswith("_"))
    return file.name == SETTINGS_FILE or is_table


def copy(source: Path, target: Path) -> None:
    """Copy a file, a link or a folder."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
