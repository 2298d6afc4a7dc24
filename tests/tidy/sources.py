"""The files that the tidy tests look at."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "redball"


@cache
def modules() -> tuple[Path, ...]:
    """Return every Python file of the package."""
    return tuple(sorted(SRC.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def short(path: Path) -> str:
    """Return a path as seen from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.AST) -> str:
    """Return a name such as ``np.random.default_rng``, or nothing for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else node.attr
    return ""


@cache
def texts() -> tuple[Path, ...]:
    """Return the text files of the project that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    kinds = {".py", ".md", ".toml", ".csv", ".txt", ".html", ".css", ".js", ".j2", ""}
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.suffix in kinds and path.is_file()))
