"""The house stands: layers hold, and ``import redball`` is light."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tidy.sources import ROOT

HEAVY = (
    "altair",
    "vl_convert",
    "python_calamine",
    "xlsxwriter",
    "highspy",
    "fastapi",
    "dask",
    "distributed",
    "numba",
    "scipy",
    "sqlalchemy",
    "typer",
    "rich",
)
IMPORT_SECONDS_MAX = 1.0


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light() -> None:
    code = "import redball, sys; redball.read, redball.plan, redball.why; print(*(n.split('.')[0] for n in sys.modules))"
    loaded = python(code).split()
    assert "polars" in loaded
    assert not sorted(set(HEAVY) & set(loaded))


def test_import_takes_well_under_a_second() -> None:
    code = "import time; before = time.perf_counter(); import redball; print(time.perf_counter() - before)"
    assert min(float(python(code)) for _ in range(3)) < IMPORT_SECONDS_MAX


def test_the_public_names_are_there_and_are_all() -> None:
    names = python(
        "import redball; print(*redball.__all__); [getattr(redball, n) for n in redball.__all__]"
    ).split()
    assert {"read", "write", "check", "new", "plan", "load_plan", "forecast", "why", "brief"} <= set(names)
    assert {"Scenario", "Plan", "PlanParams", "Fault"} <= set(names)


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("line", ["from redball.views import cli", "import redball.api"])
def test_core_that_looks_up_breaks_the_contract(line: str, tmp_path: Path) -> None:
    # the contract itself is tried on a copy of the house with one wrong import in it
    house = tmp_path / "src"
    shutil.copytree(ROOT / "src", house, ignore=shutil.ignore_patterns("__pycache__", "vendor"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    wrong = house / "redball" / "core" / "horizon.py"
    wrong.write_text(wrong.read_text().replace("import math", f"import math\n{line}", 1))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(house), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "core" in done.stdout
