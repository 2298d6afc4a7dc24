"""The code is tidy: short files and functions, documented, and without anything ambient."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tidy.sources import dotted, modules, short, texts, tree

LINES_MAX = 400
FUNCTION_LINES_MAX = 70
BANNED_MODULES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "managers",
    "tools",
}

CLOCKS = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
}
STOPWATCH = "time.perf_counter"
STOPWATCH_PLACES = {"src/redball/api.py"}
"""A clock for measuring seconds is read only here and in engines/plan."""
SEEDED = {"default_rng", "RandomState", "Generator", "SeedSequence", "PCG64", "Philox"}


def each(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[Path, ast.AST]]:
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, kind):
                yield path, node


def at(path: Path, node: ast.AST) -> str:
    return f"{short(path)}:{getattr(node, 'lineno', 1)}"


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 20


def test_files_are_short() -> None:
    long = {short(path): n for path in modules() if (n := len(path.read_text().splitlines())) > LINES_MAX}
    assert not long


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{at(path, node)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path, node in each((ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not long


def test_no_module_is_named_after_nothing() -> None:
    assert not [
        short(path) for path in modules() if path.stem in BANNED_MODULES or path.parent.name in BANNED_MODULES
    ]


def test_nothing_prints() -> None:
    found = [
        at(path, node)
        for path, node in each(ast.Call)
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]
    assert not found


def ambient(node: ast.Call) -> str:
    """Return what a call takes from its surroundings instead of from an argument."""
    name = dotted(node.func)
    two = ".".join(name.split(".")[-2:])
    if two in CLOCKS or name in {"perf_counter", "monotonic"}:
        return f"{name} reads a clock"
    if name.startswith(("random.", "np.random.", "numpy.random.")) or two == "default_rng":
        if name.split(".")[-1] not in SEEDED:
            return f"{name} has a hidden seed"
        if not node.args and not node.keywords:
            return f"{name} without a seed"
    if name.split(".")[-1] in {"getenv", "uuid1", "uuid4", "urandom"}:
        return f"{name} is ambient"
    return ""


def test_nothing_is_ambient() -> None:
    found = [
        f"{at(path, node)}: {what}"
        for path, node in each(ast.Call)
        if isinstance(node, ast.Call) and (what := ambient(node))
    ]
    found += [
        f"{at(path, node)}: os.environ"
        for path, node in each(ast.Attribute)
        if dotted(node) in {"os.environ", "os.environb"}
    ]
    assert not found


@pytest.mark.parametrize(
    "code",
    [
        "time.time()",
        "datetime.now()",
        "dt.date.today()",
        "dt.datetime.now()",
        "random.random()",
        "np.random.rand(3)",
        "np.random.default_rng()",
        "np.random.seed(1)",
        "os.getenv('A')",
        "uuid.uuid4()",
    ],
)
def test_the_look_for_ambient_things_finds_them(code: str) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert ambient(call)


@pytest.mark.parametrize(
    "code", ["np.random.default_rng(seed)", "solver.time()", "rng.random(3)", "day.date(3)"]
)
def test_the_look_for_ambient_things_leaves_the_rest(code: str) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert not ambient(call)


def test_the_stopwatch_is_read_in_few_places() -> None:
    found = {
        short(path)
        for path, node in each(ast.Attribute)
        if dotted(node) == STOPWATCH
        and short(path) not in STOPWATCH_PLACES
        and not short(path).startswith("src/redball/engines/plan")
    }
    assert not found


def undocumented(path: Path) -> Iterator[str]:
    module = tree(path)
    if not ast.get_docstring(module):
        yield f"{short(path)}:1 the module"
    todo: list[ast.AST] = [module]
    while todo:
        parent = todo.pop()
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                yield f"{at(path, node)} {node.name}"
            if isinstance(node, ast.ClassDef):
                todo.append(node)


def test_every_public_name_is_documented() -> None:
    assert not [line for path in modules() for line in undocumented(path)]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    # written in pieces, so that this file does not find itself
    pattern = re.compile(r"(?<![\w.])/(?:" + "|".join(("tmp", "work", "root", "home", "Users")) + r")/\w")
    found = [
        f"{short(path)}:{k}"
        for path in texts()
        if "vendor" not in path.parts
        for k, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found


def test_what_is_to_be_done_is_done() -> None:
    words = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
    found = [
        f"{short(path)}:{k}"
        for path in texts()
        if path.suffix in {".py", ".toml"} and "vendor" not in path.parts
        for k, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not found
