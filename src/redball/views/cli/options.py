"""Options and arguments that several commands share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Write JSON, for machines.")]
ScenarioPath = Annotated[
    Path,
    typer.Argument(metavar="PATH", help="A folder with scenario.toml and CSV files, or an .xlsx workbook."),
]
PlanDir = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that redball plan wrote.")]


def share(text: str) -> float:
    """Read a share, written as a share or in per cent.

    >>> share("0.005"), share("0.5%"), share("0.5 %")
    (0.005, 0.005, 0.005)
    """
    body = text.strip()
    try:
        return float(body.removesuffix("%")) / 100 if body.endswith("%") else float(body)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a share; write 0.005 or 0.5%.") from None


def date(text: str) -> dt.date:
    """Read a date in ISO form."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write 2023-02-28.") from None
