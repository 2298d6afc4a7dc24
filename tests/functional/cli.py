"""Run the command line in this process, and a scenario small enough to know by heart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from redball.views.cli.app import run

TABLES = {
    "scenario.toml": '[scenario]\nname = "Small"\nstart = 2023-03-01\ndays = 10\ncurrency = "EUR"\n',
    "locations.csv": "location,kind\nDepot,depot\nFront,point\n",
    "items.csv": "item,supply_class,unit,tonnes_per_unit\nshell,V,round,0.05\n",
    "stocks.csv": "location,item,quantity\nDepot,shell,500\nFront,shell,20\n",
    "lanes.csv": "lane,from_location,to_location,mode,transit_days,capacity_t_per_day\nroad,Depot,Front,road,2,0.4\n",
    "consumption.csv": "location,item,per_day,priority\nFront,shell,10,1\n",
}
"""Two days last from stock. From day 2 on the road brings 8 a day where 10 are asked, so that 16 of 100 lack."""

SHORTAGE_DAYS = 1.6


@dataclass(frozen=True)
class Told:
    """What a command said and how it left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Runs commands and keeps apart what they say on each stream."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Told:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return Told(code, said.out, said.err)


def write_small(folder: Path, **changes: str) -> Path:
    """Write the small scenario; a change replaces a table, named without its suffix."""
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(changes.get(name.split(".")[0], text), encoding="utf-8")
    return folder
