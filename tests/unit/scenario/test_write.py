"""What is written is whole, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from redball.core.errors import FaultsError
from redball.scenario import write_csv
from redball.scenario.read import check, read
from redball.scenario.scenario import Scenario
from redball.scenario.write import write


def test_a_folder_with_other_files_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_text("meow")
    with pytest.raises(FaultsError, match="left as it is"):
        write(read(folder), other)
    assert [file.name for file in other.iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize("name", ["notes.csv", "book.xls"])
def test_other_kinds_of_files_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(FaultsError):
        write(read(folder), tmp_path / name)


def test_a_file_or_folder_in_the_way_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    (tmp_path / "book.xlsx").mkdir()
    for name in ("taken", "book.xlsx"):
        with pytest.raises(FaultsError):
            write(read(folder), tmp_path / name)


def test_a_scenario_is_replaced_and_what_is_no_part_of_it_stays(folder: Path) -> None:
    scenario = read(folder)
    (folder / "README.md").write_text("about")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.txt").write_text("a")
    smaller = Scenario(
        scenario.settings, {name: scenario.tables[name] for name in scenario.tables if name != "needs"}
    )
    write(smaller, folder)
    assert (folder / "README.md").read_text() == "about"
    assert (folder / "pictures" / "a.txt").read_text() == "a"
    assert not (folder / "needs.csv").exists()
    assert read(folder).digest == smaller.digest
    assert [file.name for file in folder.parent.iterdir()] == ["small"]


def test_nothing_is_left_half_written(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, before = read(folder), {file.name: file.read_bytes() for file in folder.iterdir()}

    def fail(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(write_csv, "csv_bytes", fail)
    for target in (folder, tmp_path / "fresh"):
        with pytest.raises(FaultsError, match="cannot be written"):
            write(scenario, target)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["small"]


def test_the_folder_one_stands_in_can_be_filled(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, here = read(folder), tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    write(scenario, ".")
    assert check(".") == ()
    assert Path("scenario.toml").exists()


def test_parents_are_made(folder: Path, tmp_path: Path) -> None:
    assert check(write(read(folder), tmp_path / "a" / "b" / "book.xlsx")) == ()


def test_a_link_to_a_folder_stays_a_link(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    write(read(folder), link)
    assert link.is_symlink()
    assert check(folder) == ()
