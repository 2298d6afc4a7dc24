"""Fixtures of the tests from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.functional.cli import Cli, write_small


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """A command line that runs in this process."""
    return Cli(capsys)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with the small scenario."""
    return write_small(tmp_path / "small")


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A folder with three things wrong."""
    return write_small(
        tmp_path / "faulty",
        lanes="lane,from_location,to_location,mode,transit_days\nroad,Depot,Fron,road,2\n",
        consumption="location,item,per_day\nFront,shell,ten\nFront,shel,10\n",
    )
