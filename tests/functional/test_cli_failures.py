"""Whatever goes wrong: one line or one JSON shape, the right exit code, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.functional.cli import Cli

from redball import api
from redball.core.errors import InputError, LimitError, VerifyError
from redball.core.version import VERSION

SHAPE = {"ok", "exit_code", "error", "what", "where", "remedy", "faults"}

FAILURES: dict[str, tuple[BaseException, int, str]] = {
    "input": (InputError("it is odd", where="here", remedy="Make it even."), 2, "input"),
    "limit": (LimitError("ran out of time", remedy="Give more."), 3, "limit"),
    "verify": (VerifyError("lane 'road' carries 9 of 8"), 1, "bug"),
    "bug": (KeyError("surprise"), 1, "bug"),
    "rights": (PermissionError(13, "Permission denied", "x.csv"), 2, "input"),
    "disk": (OSError(28, "No space left on device", "x.csv"), 2, "input"),
    "nameless": (OSError("odd"), 1, "bug"),
    "memory": (MemoryError(), 3, "limit"),
    "bottomless": (RecursionError("deep"), 1, "bug"),
}


@pytest.fixture(params=FAILURES)
def failing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[BaseException, int, str]:
    error, code, kind = FAILURES[request.param]

    def check(path: Path) -> None:
        raise error

    monkeypatch.setattr(api, "check", check)
    return error, code, kind


def test_every_failure_is_one_line(cli: Cli, failing: tuple[BaseException, int, str]) -> None:
    told = cli("check", "x")
    assert told.code == failing[1]
    assert told.out == ""
    assert told.err.startswith("redball: ")
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err
    assert ("bug of ours" in told.err) == (told.code == 1)
    assert ("Please report" in told.err) == (told.code == 1)


def test_every_failure_has_one_shape(cli: Cli, failing: tuple[BaseException, int, str]) -> None:
    told = cli("check", "x", "--json")
    assert (told.code, told.err) == (failing[1], "")
    assert set(told.json) == SHAPE
    assert (told.json["ok"], told.json["exit_code"], told.json["error"]) == (False, *failing[1:])


def test_faults_have_that_shape_too(cli: Cli, faulty: Path, tmp_path: Path) -> None:
    for command in (["check"], ["forecast"], ["plan", "--out", tmp_path / "out"]):
        told = cli(*command, faulty, "--json")
        assert set(told.json) == SHAPE
        assert len(told.json["faults"]) == 3


@pytest.mark.parametrize("arguments", [["--debug", "check", "x"], ["check", "x", "--debug"]])
def test_debug_shows_the_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setattr(api, "check", lambda path: {}[path])
    told = cli(*arguments)
    assert told.code == 1
    assert "Traceback (most recent call last)" in told.err
    assert "KeyError" in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["frobnicate"],
        ["check", "x", "--nonsense"],
        ["plan", "x"],
        ["plan", "x", "--out", "y", "--gap", "wide"],
        ["plan", "x", "--out", "y", "--gap", "150%"],
        ["plan", "x", "--out", "y", "--gap", "-0.1"],
        ["plan", "x", "--out", "y", "--threads", "0"],
        ["plan", "x", "--out", "y", "--threads", "two"],
        ["plan", "x", "--out", "y", "--time-limit", "0"],
        ["plan", "x", "--out", "y", "--count-pledges", "some"],
        ["why", "x", "--date", "1.2.2023"],
    ],
)
def test_wrong_use_is_bad_input(cli: Cli, arguments: list[str]) -> None:
    told = cli(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("redball: ")
    data = cli(*arguments, "--json")
    assert data.code == 2
    assert set(data.json) == SHAPE


def test_no_argument_shows_help(cli: Cli) -> None:
    told = cli()
    assert "Usage" in told.out
    assert told.err == ""


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(cli: Cli, flag: str) -> None:
    told = cli(flag)
    assert told.code == 0
    for command in ("check", "plan", "why", "forecast", "brief", "new", "convert", "schema"):
        assert f" {command} " in told.out


def test_version(cli: Cli) -> None:
    told = cli("--version")
    assert (told.code, told.out) == (0, f"redball {VERSION}\n")


def run_module(*arguments: object, deaf: bool = False) -> tuple[int, str, str]:
    """Run ``python -m redball``; `deaf` closes the pipe before anything is said."""
    command = [sys.executable, "-m", "redball", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        out = b"" if deaf else process.stdout.read()
        process.stdout.close()
        err = process.stderr.read()
        code = process.wait(timeout=60)
    return code, out.decode(), err.decode()


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["--help"], ["--version"], ["schema"]])
def test_a_closed_pipe_is_no_drama(faulty: Path, arguments: list[str]) -> None:
    paths = [faulty] if "check" in arguments else []
    assert run_module(*arguments, *paths, deaf=True) == (141, "", "")


def test_the_module_runs_as_the_command_does(faulty: Path, small: Path) -> None:
    assert run_module("check", small) == (0, "No fault. The scenario can be planned.\n", "")
    code, out, err = run_module("check", faulty, "--json")
    assert (code, err) == (2, "")
    assert len(json.loads(out)["faults"]) == 3


def test_a_word_that_is_no_choice_is_told_with_the_choices(cli: Cli) -> None:
    told = cli("plan", "x", "--method", "guess")
    assert (told.code, told.err) == (
        2,
        "redball: Invalid value for '--method': 'guess' is not one of 'auto', 'exact', 'structured'. Try --help.\n",
    )
