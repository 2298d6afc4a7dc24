"""Every block of the docs that is marked ``python run`` runs; blocks of one page share their names."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = re.compile(r"^```python run\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str]]:
    """Return the blocks to run, each with the line on which it begins."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start(1)) + 1, found[1]) for found in RUN.finditer(text)]


PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if blocks(page)]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples in it, so that what a page writes stays out of the project."""
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_code_in_the_docs_runs(page: Path, workplace: Path) -> None:
    names: dict[str, object] = {"__name__": "docs"}
    for line, block in blocks(page):
        padded = "\n" * (line - 1) + block  # so that a traceback shows the line of the page
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(compile(padded, str(page), "exec"), names)  # noqa: S102 - these pages are ours
        assert ("print(" in block) == bool(said.getvalue()), f"{page.name}:{line}"


def test_there_is_code_to_run() -> None:
    assert {page.name for page in PAGES} >= {"README.md", "notebook.md", "read-a-shortage.md"}
