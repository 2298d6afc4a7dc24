"""Templates, the JSON Schema and the reference pages all come from the one definition."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.scenario.conftest import TABLES

from redball.core.errors import FaultsError
from redball.scenario import document
from redball.scenario.fault_codes import CODES
from redball.scenario.json_schema import json_schema
from redball.scenario.read import check, read
from redball.scenario.schema import SCHEMA
from redball.scenario.template import new

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["fresh", "fresh.xlsx"])
def test_a_template_lacks_rows_and_nothing_else(tmp_path: Path, name: str) -> None:
    faults = check(new(tmp_path / name))
    assert {fault.code for fault in faults if fault.severity == "error"} == {"no-rows"}
    assert {fault.place.removesuffix(".csv") for fault in faults} == {"locations", "items"}


def test_a_template_passes_once_it_is_filled(tmp_path: Path) -> None:
    folder = new(tmp_path / "fresh")
    for name, text in TABLES.items():
        header = (folder / f"{name}.csv").read_text().strip().split(",")
        lines = [
            dict(zip(text.splitlines()[0].split(","), line.split(","), strict=True))
            for line in text.splitlines()[1:]
        ]
        rows = [",".join(line.get(column, "") for column in header) for line in lines]
        (folder / f"{name}.csv").write_text("\n".join([",".join(header), *rows, ""]))
    assert check(folder) == ()
    assert read(folder).settings.name == "fresh"


def test_every_column_is_in_the_template(tmp_path: Path) -> None:
    folder = new(tmp_path / "fresh")
    for name, table in SCHEMA.items():
        assert (folder / f"{name}.csv").read_text().strip().split(",") == [
            column.name for column in table.columns
        ]


@pytest.mark.parametrize("name", ["fresh", "fresh.xlsx"])
def test_a_template_never_replaces_anything(tmp_path: Path, name: str) -> None:
    path = new(tmp_path / name)
    with pytest.raises(FaultsError, match="there already"):
        new(path)


def test_the_json_schema_knows_every_column() -> None:
    schema = json_schema()
    for name, table in SCHEMA.items():
        items = schema["properties"][name]["items"]
        assert list(items["properties"]) == [column.name for column in table.columns]
        assert items["required"] == [column.name for column in table.columns if column.required]
    assert schema["properties"]["lanes"]["items"]["properties"]["transit_days"] == {
        "type": "number",
        "description": "§1.3",
        "exclusiveMinimum": 0,
        "x-unit": "day",
    }
    assert schema["properties"]["settings"]["properties"]["objective"]["$ref"] == "#/$defs/Objective"
    assert "Objective" in schema["$defs"]


@pytest.mark.parametrize(
    ("page", "text"), [("tables", document.tables_page()), ("faults", document.faults_page())]
)
def test_the_reference_pages_are_what_the_code_says(page: str, text: str) -> None:
    found = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    assert found == text, "run: make docs"


def test_every_code_that_is_used_is_defined_and_every_defined_code_is_used() -> None:
    source = "\n".join(
        path.read_text()
        for path in (ROOT / "src/redball/scenario").glob("*.py")
        if path.stem != "fault_codes"
    )
    used = set(re.findall(r'"([a-z]+(?:-[a-z0-9]+)*)"', source))
    assert set(CODES) <= used
    called = set(re.findall(r'(?:log\.add|\.report|FaultsError\.one|add_rows)\(\s*"([a-z0-9-]+)"', source))
    assert called <= set(CODES)


def test_spreadsheet_libraries_are_not_loaded_until_they_are_needed() -> None:
    code = (
        "import sys, redball.scenario.read, redball.scenario.write, redball.scenario.template;"
        "assert not {'python_calamine', 'xlsxwriter'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "src")
