"""Every code is documented, and every code has a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redball.core.errors import InputError, LimitError
from redball.ledger.errors import CODES, fail

ROOT = Path(__file__).resolve().parents[3]


def test_the_reference_says_of_every_code_what_the_program_says() -> None:
    page = (ROOT / "docs" / "reference" / "ledger-errors.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z_]+)` (\|.*)$", page, re.MULTILINE))
    wanted = {name: f"| {c.http} | {c.retry} | {c.meaning} | {c.remedy} |" for name, c in CODES.items()}
    assert rows == wanted


def test_every_code_is_raised_by_the_ledger_and_asserted_by_a_test() -> None:
    tests = "".join(
        path.read_text()
        for path in (ROOT / "tests").rglob("*ledger*/*.py")
        if path.name != Path(__file__).name
    )
    tests += "".join(path.read_text() for path in (ROOT / "tests" / "functional").glob("test_ledger*.py"))
    source = "".join(
        path.read_text()
        for path in (ROOT / "src" / "redball" / "ledger").glob("*.py")
        if path.name != "errors.py"
    )
    assert [code for code in CODES if f'"{code}"' not in source and f"'{code}'" not in source] == []
    assert [code for code in CODES if code not in tests] == []


@pytest.mark.parametrize("code", CODES)
def test_an_error_says_what_where_remedy_and_whether_to_retry(code: str) -> None:
    error = fail(code, where="aid.db", seq=7)
    assert str(error) == f"aid.db: {code}: {CODES[code].meaning}. {CODES[code].remedy}"
    told = error.as_dict()
    assert (told["code"], told["status"], told["retry"], told["seq"]) == (
        code,
        CODES[code].http,
        CODES[code].retry,
        7,
    )
    retry = CODES[code].retry != "no"
    assert isinstance(error, LimitError if retry else InputError)
    assert error.exit_code == (3 if retry else 2)
