"""The commands of the tutorial work, as they stand, and say what the page says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from tests.functional.cli import Cli

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorials" / "ledger-february-2023.md"
LIST = ROOT / "tests" / "functional" / "pledges_as_of_2023-02-28.csv"


def test_the_tutorial_does_what_it_says(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / LIST.name).write_bytes(LIST.read_bytes())
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("$ redball ")]
    told = [(line, cli(*shlex.split(line)[2:])) for line in lines]
    failed = [line for line, told_one in told if told_one.code]
    assert failed == [line for line, _ in told if " reverse " in line]
    by_line = {line: told_one.out + told_one.err for line, told_one in told}
    preview = next(text for line, text in by_line.items() if "--preview" in line)
    assert "170 posted" in preview
    assert "28 blank" in preview
    assert "1 skipped" in preview
    again = [told_one.out for line, told_one in told if " import " in line][-1]
    assert "170 replayed" in again
    owed = next(text for line, text in by_line.items() if " suspense " in line)
    assert "2023-03-01    27" in owed
    assert len(owed.splitlines()) == 2
    assert "GOODS_MOVED_ON" in next(text for line, text in by_line.items() if " reverse " in line)
    assert "Whole: 174 entries" in next(text for line, text in by_line.items() if " verify " in line)
