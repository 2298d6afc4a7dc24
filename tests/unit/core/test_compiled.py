"""Machine code that is kept must be of the code that is there."""

from __future__ import annotations

from pathlib import Path

from redball.core.compiled import folder_stamp
from redball.engines.plan.structured.kernels import move_items
from redball.engines.race.decide import decide
from redball.engines.race.kernel import morning, run_blocks


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
