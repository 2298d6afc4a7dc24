"""What is written is what was known: CSV -> Excel -> CSV changes no cell, whatever the text."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.strategies import scenarios

from redball.scenario.escape import escape, unescape
from redball.scenario.read import assemble, read
from redball.scenario.scenario import Scenario
from redball.scenario.write import write

# each example writes and reads files: making a failing one smaller would take minutes
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
LAW = settings(max_examples=12, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])

ODD = [
    "=1+1",
    "'=1+1",
    "''@x",
    "+380 44",
    "-5",
    "'-5",
    "@SUM(A1)",
    "'quoted'",
    '"',
    'a "b", c',
    "a;b",
    "a\nb",
    "_x0041_",
]
ODD += ["007", "1e5", "12.50", "#REF!", "yes", "2027-01-31", "Київ", "𝔘", "tab\tinside", "a\u2028b", "nan"]
texts = st.sampled_from(ODD) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
).map(str.strip).filter(bool)
grids = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.none() | texts, min_size=width, max_size=width), min_size=1, max_size=4
    )
)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def same(one: Scenario, other: Scenario) -> bool:
    tables = one.tables.keys() == other.tables.keys()
    return tables and all(one.tables[name].equals(other.tables[name]) for name in one.tables)


@LAW
@given(scenarios(max_days=4, texts=texts), grids, st.data())
def test_csv_to_excel_to_csv_changes_no_cell(
    scenario: Scenario, grid: list[list[str | None]], data: st.DataObject
) -> None:
    column = pl.Series(
        "_mine", [data.draw(st.none() | texts) for _ in range(scenario.tables["items"].height)], pl.String()
    )
    tables = {**scenario.tables, "items": scenario.tables["items"].with_columns(column)}
    extra = pl.DataFrame(
        [["top", *("x" for _ in grid[0][1:])], *grid],
        orient="row",
        schema=[str(n) for n in range(1, len(grid[0]) + 1)],
    )
    scenario = Scenario(scenario.settings, tables, {"_extra": extra.cast(pl.String())})
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        first = read(write(scenario, here / "first"))
        assert same(first, scenario)
        assert first.digest == scenario.digest
        second = read(write(first, here / "book.xlsx"))
        assert same(second, first)
        write(second, here / "second")
        assert folder_bytes(here / "second") == folder_bytes(here / "first")
        before = (here / "book.xlsx").read_bytes()
        assert write(second, here / "again.xlsx").read_bytes() == before


@LAW
@given(scenarios(max_days=4))
def test_a_drawn_scenario_has_no_errors(scenario: Scenario) -> None:
    assert same(assemble(scenario.settings, scenario.tables), scenario)


@given(st.lists(st.none() | texts | st.text("'=+-@\t\r1e.", max_size=6)))
def test_escaping_is_undone_and_leaves_nothing_to_run(cells: list[str | None]) -> None:
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String()})
    safe = escape(frame)
    assert unescape(safe).equals(frame)
    for cell in safe["cell"].drop_nulls():
        assert not cell.startswith(("=", "@", "\t", "\r"))
        assert not cell.startswith(("+", "-")) or float(cell) is not None


@LAW
@given(scenarios(max_days=4), st.sampled_from(["\r\n", "\n"]), st.booleans(), st.booleans())
def test_files_as_people_have_them_read_the_same(
    scenario: Scenario, line_end: str, mark: bool, shuffled: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(scenario, Path(name) / "plain")
        for path in folder.glob("*.csv"):
            frame = pl.read_csv(path, infer_schema=False)
            if shuffled:
                frame = frame.select(reversed(frame.columns))
            text = frame.write_csv().replace("\n", line_end) + line_end * 3
            path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.encode())
        found = read(folder)
        for table in scenario.tables:
            assert found.table(table).equals(scenario.table(table))
