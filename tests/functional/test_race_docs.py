"""The tutorial of the race shows what its commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.functional.cli import Cli

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorials" / "race-february-2023.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[list[list[str]], list[str]]]:
    """Return of each block its commands, and what the last of them is said to print."""
    found = []
    for text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        lines = text.splitlines()
        commands = [shlex.split(line)[2:] for line in lines if line.startswith("$ redball ")]
        found.append((commands, [line for line in lines if not line.startswith("$ ")]))
    return found


def timeless(lines: list[str]) -> list[str]:
    """Return the lines without the time that the work took and without blanks at their ends."""
    return [re.sub(r"^(Work .* %), .*$", r"\1", line).rstrip() for line in lines]


def test_the_commands_of_the_tutorial_are_commands(cli: Cli) -> None:
    commands = [command for found, _ in blocks() for command in found]
    assert [command[0] for command in commands] == ["plan", "race", "brief", "race", "sweep", "sweep"]
    for command in commands:
        options = {word for word in command if word.startswith("--")}
        assert options <= set(cli(command[0], "--help").out.replace(",", " ").split()), command


@pytest.mark.slow
def test_the_tutorial_shows_what_its_commands_print(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for commands, shown in blocks():
        told = [cli(*command) for command in commands]
        assert [one.code for one in told] == [0] * len(told), told[-1].err
        printed = iter(timeless(told[-1].out.splitlines()))
        # three dots stand for lines that are left out
        missing = [line for line in timeless(shown) if line != "..." and line not in printed]
        assert not missing
