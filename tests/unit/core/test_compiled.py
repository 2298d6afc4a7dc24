"""Machine code that is kept must be of the code that is there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from redball.core.compiled import by_reference, folder_stamp, kernel, kernel_apart, unowned
from redball.engines.plan.structured.kernels import move_items
from redball.engines.race.decide import decide
from redball.engines.race.kernel import morning, run_blocks


class Pair(NamedTuple):
    """Two arrays for a twin."""

    one: np.ndarray
    two: np.ndarray


PairReference = by_reference(Pair)


@kernel
def lent(pair: Pair) -> Pair:
    return PairReference(*unowned(pair))


@kernel
def double(pair: Pair) -> None:
    pair.two[:] = 2.0 * pair.one[0]


@kernel_apart
def many(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, e: np.ndarray) -> None:
    for k in range(len(a)):
        a[k] += e[k]
        b[k] -= e[k]
        c[k] *= e[k]
        d[k] = a[k] - b[k] + c[k]


def test_a_twin_of_arrays_that_it_does_not_own_works_on_the_same_arrays() -> None:
    pair = Pair(np.ones(3), np.zeros(3))
    users = sys.getrefcount(pair.two)
    reference = lent(pair)
    users_after = sys.getrefcount(pair.two)
    assert users_after == users
    double(reference)
    assert pair.two.tolist() == [2.0, 2.0, 2.0]


def test_arrays_apart_are_done_several_at_a_time() -> None:
    rows = [np.arange(1.0, 10.0) + k for k in range(5)]
    a, b, c, _, e = (row.copy() for row in rows)
    many(*rows)
    assert rows[3].tolist() == ((a + e) - (b - e) + c * e).tolist()
    many.recompile()  # what was kept from an earlier run cannot be looked into
    (text,) = many.inspect_llvm().values()
    # no loop over single numbers stands beside it for rows that overlap
    assert "vector.memcheck" not in text
    assert "vector.body" in text


def test_kept_machine_code_is_of_every_file_of_its_folder() -> None:
    for function in (morning, decide, run_blocks, move_items):
        folder = str(Path(function.__code__.co_filename).parent)
        assert function._cache._cache_file._source_stamp == folder_stamp(folder)


def test_an_edit_in_any_file_with_a_kernel_changes_the_stamp(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "outer.py").write_text("@kernel\ndef outer(): inner()\n")
        (folder / "inner.py").write_text("@kernel\ndef inner(): pass\n")
        (folder / "words.py").write_text("what = 1\n")
    (tmp_path / "b" / "inner.py").write_text("@kernel\ndef inner(): return 1\n")
    (tmp_path / "c" / "words.py").write_text("what = 2\n")
    stamps = [folder_stamp(str(tmp_path / name)) for name in ("a", "b", "c")]
    assert stamps[0] != stamps[1]
    assert stamps[0] == stamps[2]
