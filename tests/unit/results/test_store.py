"""A plan on disk: it comes back as it was, all or nothing, and what was tampered with is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.unit.results.books import bakery_plan, edited, summed

from redball.core.errors import InputError
from redball.results import store
from redball.results.plan import Plan, load_plan
from redball.results.tables import RESULTS
from redball.results.verify import verify


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def same(one: Plan, other: Plan) -> bool:
    """Tell whether two plans say the same."""
    tables = all(one.tables[name].equals(other.tables[name]) for name in RESULTS)
    return tables and one.summary == other.summary and one.scenario.digest == other.scenario.digest


@pytest.mark.parametrize("csv", [False, True])
def test_a_plan_comes_back_as_it_was(tmp_path: Path, csv: bool) -> None:
    plan = bakery_plan()
    plan.save(tmp_path / "deep" / "plan", csv=csv)
    loaded = load_plan(tmp_path / "deep" / "plan")
    assert same(plan, loaded)
    assert verify(loaded) == ()


def test_the_files_are_those_of_the_contract(tmp_path: Path) -> None:
    bakery_plan().save(tmp_path, csv=True)
    names = {path.name for path in tmp_path.iterdir()}
    tables = {f"{name}.{ending}" for name in RESULTS for ending in ("parquet", "csv")}
    assert names == tables | {"plan.json", "scenario"}
    bakery_plan().save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {name for name in names if not name.endswith(".csv")}


def test_the_same_plan_gives_the_same_bytes_but_for_seconds(tmp_path: Path) -> None:
    bakery_plan().save(tmp_path / "a", csv=True)
    summed(bakery_plan(), seconds={"build": 9.0}).save(tmp_path / "b", csv=True)
    one, other = contents(tmp_path / "a"), contents(tmp_path / "b")
    summaries = [json.loads(files.pop("plan.json")) for files in (one, other)]
    assert one == other
    assert [summary.pop("seconds") for summary in summaries] == [{"build": 0.25}, {"build": 9.0}]
    assert summaries[0] == summaries[1]


def test_a_new_plan_takes_the_place_of_the_old_and_leaves_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    bakery_plan().save(folder, csv=True)
    (folder / "brief.html").write_text("read me")
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("keep")
    other = bakery_plan(orders=[])
    other.save(folder)
    assert same(load_plan(folder), other)
    assert (folder / "brief.html").read_text() == "read me"
    assert (folder / "notes" / "mine.txt").read_text() == "keep"
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_an_empty_folder_is_taken_and_any_other_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    bakery_plan().save(tmp_path / "empty")
    assert same(load_plan(tmp_path / "empty"), bakery_plan())
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("ten years")
    with pytest.raises(InputError, match=r"not a plan\. Name a new or empty folder"):
        bakery_plan().save(tmp_path / "home")
    assert contents(tmp_path / "home") == {"thesis.txt": b"ten years"}
    with pytest.raises(InputError, match="this is a file"):
        bakery_plan().save(tmp_path / "home" / "thesis.txt")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("at", ["summary", "tables", "swap"])
def test_an_interrupted_save_leaves_the_old_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, stop: type[BaseException]
) -> None:
    folder = tmp_path / "plan"
    bakery_plan().save(folder)
    before = contents(folder)
    target = {
        "summary": (store.json, "dumps"),
        "tables": (pl.DataFrame, "write_parquet"),
        "swap": (Path, "rename"),
    }
    holder, name = target[at]
    original: Callable[..., Any] = getattr(holder, name)

    def interrupted(*given: Any, **named: Any) -> Any:
        if at != "swap" or given[0].name == "fresh":
            raise stop
        return original(*given, **named)

    monkeypatch.setattr(holder, name, interrupted)
    with pytest.raises(stop):
        bakery_plan(orders=[]).save(folder)
    with pytest.raises(stop):
        bakery_plan(orders=[]).save(tmp_path / "new")
    monkeypatch.undo()
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="the plan cannot be written"):
        bakery_plan().save(tmp_path / "file" / "plan")


def test_numbers_without_end_and_odd_texts_survive(tmp_path: Path) -> None:
    plan = summed(bakery_plan(), bound=float("-inf"), gap=float("inf"), solver='Löser "1.0"')
    plan.save(tmp_path)
    assert load_plan(tmp_path).summary == plan.summary
    json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_csv_tables_hold_no_formula(tmp_path: Path) -> None:
    edited(bakery_plan(), "take_up", 0, pledge="=1+1").save(tmp_path, csv=True)
    assert (tmp_path / "take_up.csv").read_text().splitlines()[1].startswith("'=1+1,")


def rewrite(**changes: Any) -> Callable[[Path], None]:
    """Return an edit of ``plan.json``; ``None`` takes an entry out."""

    def edit(folder: Path) -> None:
        plain = json.loads((folder / "plan.json").read_text())
        plain = {name: value for name, value in (plain | changes).items() if value is not None}
        (folder / "plan.json").write_text(json.dumps(plain))

    return edit


def replaced(name: str, text: str) -> Callable[[Path], None]:
    """Return an edit that replaces a file."""
    return lambda folder: (folder / name).write_text(text) and None


def other_columns(folder: Path) -> None:
    bakery_plan().stocks.drop("date").write_parquet(folder / "stocks.parquet")


def other_types(folder: Path) -> None:
    bakery_plan().stocks.with_columns(pl.col("date").cast(pl.String)).write_parquet(folder / "stocks.parquet")


def other_scenario(folder: Path) -> None:
    path = folder / "scenario" / "stocks.csv"
    path.write_text(path.read_text().replace("20", "21"))


def no_scenario(folder: Path) -> None:
    (folder / "scenario").rename(folder.parent / "gone")


def cut(folder: Path) -> None:
    path = folder / "served.parquet"
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "plan.json").unlink(), "there is no plan.json"),
        (replaced("plan.json", "{"), "not JSON"),
        (replaced("plan.json", "[" * 100_000), "not JSON"),
        (replaced("plan.json", "[]"), "no format version"),
        (replaced("plan.json", " " * 1_000_001), "larger than"),
        (rewrite(format=2), "the plan has format 2, this version of Redball reads 1"),
        (rewrite(gap=None), "missing or unknown: gap"),
        (rewrite(more=1), "missing or unknown: more"),
        (rewrite(gap="small"), "could not convert"),
        (rewrite(gap=True), "gap is not a number"),
        (rewrite(n_rows=1.5), "n_rows is not a whole number"),
        (rewrite(digest=7), "digest is not text"),
        (rewrite(cost=[1]), "cost is not a table"),
        (rewrite(cost={"shortage": []}), "cost, shortage is not a number"),
        (rewrite(status="perfect"), "status is 'perfect'"),
        (rewrite(bottlenecks_from="guess"), "bottlenecks_from is 'guess'"),
        (lambda folder: (folder / "stocks.parquet").unlink(), "the table is missing"),
        (replaced("stocks.parquet", "no parquet"), "the table cannot be read"),
        (cut, "the table cannot be read"),
        (other_columns, "the columns are location String, item String, quantity Float64; must be"),
        (other_types, "the columns are"),
        (no_scenario, "the plan's scenario is missing"),
        (other_scenario, "the scenario is not the one that the plan was made for"),
        (replaced("scenario/stocks.csv", "location,itm\n"), "fault"),
    ],
)
def test_what_was_tampered_with_is_refused(tmp_path: Path, harm: Callable[[Path], None], words: str) -> None:
    folder = tmp_path / "plan"
    bakery_plan().save(folder)
    harm(folder)
    with pytest.raises(InputError, match=words):
        load_plan(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no plan\.json"):
        load_plan(tmp_path / "nowhere")
