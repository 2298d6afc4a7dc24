"""The README shows what ``make demo`` prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.functional.cli import Cli

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"<!-- output of make demo -->\n```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = "out/february-2023"


def shown() -> list[str]:
    """Return the lines of the README's example."""
    found = SHOWN.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    return found[1].splitlines()


def skeleton(lines: list[str]) -> list[str]:
    """Return the labels and headings of an answer: what does not depend on the scenario."""
    starts = (
        "Shortage ",
        "Objective ",
        "Proven ",
        "Work ",
        "Location ",
        "Limit ",
        "Runs ",
        "What ",
        "Kept in ",
    )
    found = [line for line in lines if line.startswith(starts)]
    tables = [
        " ".join(line.split()) for line in found if line.startswith(("Location", "Limit", "Runs", "What"))
    ]
    return [line.split()[0] for line in found] + tables


def timeless(lines: list[str]) -> list[str]:
    """Return the lines without the time that the work took."""
    return [re.sub(r"( rows), .*$", r"\1", line).rstrip() for line in lines]


def test_the_readme_has_the_shape_of_an_answer(cli: Cli, small: Path, tmp_path: Path) -> None:
    told = cli("plan", small, "--out", tmp_path / "out")
    assert skeleton(shown()) == skeleton(told.out.splitlines())


def test_the_makefile_does_what_the_readme_shows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"PLAN := {PLACE}" in makefile
    demo = makefile.split("\ndemo:")[1].split("\n\n")[0]
    assert "redball plan examples/february-2023 --out $(PLAN)" in demo
    assert "redball brief $(PLAN) --out brief.html" in demo


@pytest.mark.slow
def test_the_readme_shows_what_make_demo_prints(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    planned = cli("plan", "examples/february-2023", "--out", PLACE)
    briefed = cli("brief", PLACE, "--out", "brief.html")
    assert (planned.code, briefed.code) == (0, 0)
    assert timeless(shown()) == timeless((planned.out + briefed.out).splitlines())
