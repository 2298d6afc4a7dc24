"""A small valid folder to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from redball.core.errors import Fault
from redball.scenario.read import check

SETTINGS = '[scenario]\nname = "small"\nstart = 2027-01-01\ndays = 30\n'
TABLES = {
    "locations": "location,kind,storage_t,throughput_t_per_day\nAlfa,depot,100,50\nBravo,point,,\n",
    "items": "item,supply_class,unit,tonnes_per_unit,whole\nbread,I,tonne,1,\ntank,VII,vehicle,50,yes\n",
    "stocks": "location,item,quantity,reserve\nAlfa,bread,40,5\n",
    "lanes": "lane,from_location,to_location,mode,transit_days,capacity_t_per_day\nAB,Alfa,Bravo,road,1,10\n",
    "consumption": "location,item,per_day\nBravo,bread,2\n",
    "needs": "need,location,item,quantity,due_date\nN1,Bravo,tank,1,2027-01-20\n",
}

Broken = Callable[..., tuple[Fault, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a valid scenario."""
    here = tmp_path / "small"
    here.mkdir()
    (here / "scenario.toml").write_text(SETTINGS, encoding="utf-8")
    for name, text in TABLES.items():
        (here / f"{name}.csv").write_text(text, encoding="utf-8")
    return here


@pytest.fixture
def broken(folder: Path) -> Broken:
    """Check the folder after some of its tables were written anew."""

    def look(**tables: str | bytes) -> tuple[Fault, ...]:
        for name, text in tables.items():
            data = text if isinstance(text, bytes) else text.encode()
            (folder / f"{name}.csv").write_bytes(data)
        return check(folder)

    return look
