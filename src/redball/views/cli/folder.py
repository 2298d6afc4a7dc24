"""The folder for results, looked at before the long work rather than after it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from redball.core.errors import InputError
from redball.results.store import Kind, refuse_other


def check_folder(out: Path, kind: Kind[Any] | None) -> None:
    """Refuse a folder that results cannot be written to.

    Parameters
    ----------
    out
        The folder; need not exist.
    kind
        What it may hold already; anything where none is given.

    Raises
    ------
    InputError
        If it is a file, holds something else, or may not be written.
    """
    if kind is not None:
        refuse_other(kind, out)
    place = out.absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise InputError(f"{place} is a file", where=str(out), remedy="Give a folder for the tables.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError("no permission to write here", where=str(out), remedy="Give another folder.")
