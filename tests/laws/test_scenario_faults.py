"""Whatever cell of a valid scenario is spoilt, the fault names its file, row and column; and rubbish never raises."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.strategies import scenarios

from redball.core.errors import Fault
from redball.scenario.columns import Column
from redball.scenario.read import check
from redball.scenario.scenario import Scenario
from redball.scenario.schema import SCHEMA
from redball.scenario.write import write

# each example writes and reads files: making a failing one smaller would take minutes
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
LAW = settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])

SPOILT = {
    "number": ["x", "1,5", "1 000", "nan", "inf", "--1", "1e999", "12 t", "=1+1"],
    "date": ["x", "31/12/2027", "2027-02-30", "2027-13-01", "0001-01-01", "2027-01-01 10:00", "46418"],
    "choice": ["x", "Road", "?"],
    "flag": ["x", "maybe", "1"],
    "ref": ["x", "Alfa ?", "=1"],
    "classes": ["I Q", "I-V"],
    "points": ["1", "1 2 3", "99 0", "0 181", "a b"],
}


def spoilt(column: Column) -> list[str]:
    """Return cells that the column cannot hold."""
    below = ["-1"] if column.kind == "number" and column.low == 0 else []
    return SPOILT.get(column.kind, []) + below + ([""] if column.required else [])


def rewrite(path: Path, column: str, index: int, text: str) -> None:
    """Put another cell into a file."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    rows[index + 1][rows[0].index(column)] = text
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows(rows)
    path.write_text(target.getvalue(), encoding="utf-8", newline="")


@LAW
@given(scenarios(max_days=4), st.data())
def test_a_spoilt_cell_is_reported_at_its_own_place(scenario: Scenario, data: st.DataObject) -> None:
    places = [
        (name, SCHEMA[name].by_name[column])
        for name, frame in scenario.tables.items()
        for column in frame.columns
        if spoilt(SCHEMA[name].by_name[column])
    ]
    name, column = data.draw(st.sampled_from(places), label="column")
    index = data.draw(st.integers(0, scenario.tables[name].height - 1), label="row")
    text = data.draw(st.sampled_from(spoilt(column)), label="cell")
    with tempfile.TemporaryDirectory() as here:
        folder = write(scenario, Path(here) / "folder")
        before = {
            (fault.place, fault.row, fault.column) for fault in check(folder) if fault.severity == "error"
        }
        rewrite(folder / f"{name}.csv", column.name, index, text)
        after = [fault for fault in check(folder) if fault.severity == "error"]
    assert not before
    expected = (f"{name}.csv", index + 2, column.name)
    blank = Fault("blank-row", "error", expected[0], "", row=index + 2)
    assert expected in {(fault.place, fault.row, fault.column) for fault in after} or blank.code in {
        fault.code for fault in after if fault.row == blank.row
    }


@LAW
@given(
    st.sampled_from(sorted(SCHEMA)),
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | st.text('a,";\n\r\t 1\ufeff', max_size=40).map(str.encode),
    st.booleans(),
)
def test_rubbish_gives_faults_and_never_raises(name: str, data: bytes, with_header: bool) -> None:
    header = ",".join(column.name for column in SCHEMA[name].columns) + "\n"
    with tempfile.TemporaryDirectory() as here:
        folder = Path(here)
        (folder / "scenario.toml").write_text("[scenario]\nstart = 2027-01-01\ndays = 3\n")
        (folder / f"{name}.csv").write_bytes((header.encode() if with_header else b"") + data)
        faults = check(folder)
    assert faults
    assert all(isinstance(fault, Fault) and fault.remedy for fault in faults)


@LAW
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_rubbish_settings_give_faults_and_never_raise(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as here:
        (Path(here) / "scenario.toml").write_bytes(data)
        assert any(fault.place == "scenario.toml" for fault in check(here))


@given(st.data())
@settings(max_examples=60, deadline=None, phases=PHASES)
def test_a_workbook_with_bytes_changed_never_raises(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as here:
        path = Path(here) / "book.xlsx"
        whole = bytearray(BOOK)
        for _ in range(data.draw(st.integers(1, 4))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(bytes(whole))
        assert all(isinstance(fault, Fault) for fault in check(path))


def book() -> bytes:
    """Return a small workbook."""
    from redball.scenario.template import blank
    from redball.scenario.write_excel import workbook_bytes

    return workbook_bytes(blank("small"))


BOOK = book()
