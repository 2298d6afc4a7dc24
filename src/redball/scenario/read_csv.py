"""Reads a folder of CSV files as text, as people have them."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import stat
from pathlib import Path

import polars as pl

from redball.core.errors import FaultsError
from redball.scenario.escape import unescape
from redball.scenario.fault_log import FaultLog, nearest, shown
from redball.scenario.limits import (
    CELL_CHARS_MAX,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    FILES_MAX,
    HEADER_BYTES_MAX,
    ROWS_MAX,
    SETTINGS_BYTES_MAX,
    megabytes,
)
from redball.scenario.raw import Raw, RawScenario, is_extra_name, positions, text_frame
from redball.scenario.read_toml import parse_toml
from redball.scenario.schema import SCHEMA

SETTINGS_FILE = "scenario.toml"
AS_UTF8 = "Save it as CSV UTF-8."


def read_folder(folder: Path, log: FaultLog) -> RawScenario:
    """Read ``scenario.toml`` and every CSV file of a folder."""
    log.open(SETTINGS_FILE)
    data = read_bytes(folder, folder / SETTINGS_FILE, SETTINGS_BYTES_MAX, log)
    settings = None if data is None else parse_toml(data, SETTINGS_FILE, log)
    files = {path.name: path for path in sorted(folder.iterdir()) if is_table_file(path)}
    if len(files) > FILES_MAX:
        log.add("too-large", folder.name, f"has {len(files):,} CSV files; the limit is {FILES_MAX}")
        return RawScenario(SETTINGS_FILE, settings, suffix=".csv")
    tables = []
    for name in SCHEMA:
        path = files.pop(f"{name}.csv", None)
        if path is not None and (raw := read_file(folder, path, log)) is not None:
            tables.append(raw)
    extras = {}
    for file, path in files.items():
        if not file.startswith("_"):
            report_unknown(file, log)
        elif not is_extra_name(path.stem):
            log.add("not-kept", file, "has a name that no sheet can have, so it is ignored")
        elif (grid := read_extra(folder, path, log)) is not None:
            extras[path.stem] = grid
    return RawScenario(SETTINGS_FILE, settings, tables, extras, ".csv")


def is_table_file(path: Path) -> bool:
    """Return whether a file counts: all CSV files, and what has a table's name and another suffix."""
    return path.suffix.lower() == ".csv" or (path.stem in SCHEMA and not path.is_dir())


def report_unknown(file: str, log: FaultLog) -> None:
    """Report a file that is no table."""
    names = [f"{name}.csv" for name in SCHEMA]
    hint = nearest(file, names) or "Put _ before its name: then it is kept and ignored."
    log.add("unknown-file", file, "is not a table of a scenario.", hint)


def read_bytes(folder: Path, path: Path, bytes_max: int, log: FaultLog) -> bytes | None:
    """Read a regular file that lies within the folder and the limit; report anything else."""
    place = path.name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            log.add("outside-folder", place, "is a link that leads out of the folder")
            return None
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            log.add("unreadable", place, "is not a file", "Put a file there.")
            return None
        if about.st_size > bytes_max:
            problem = f"has {megabytes(about.st_size)}; the limit is {megabytes(bytes_max)}"
            log.add("too-large", place, problem)
            return None
        with path.open("rb") as file:
            # one byte more than stat said: a file that grows meanwhile is refused, not read
            data = file.read(about.st_size + 1)
        if len(data) > about.st_size:
            log.add("unreadable", place, "changes while it is read", "Try again when it is saved.")
            return None
    except (OSError, RuntimeError):
        log.add("unreadable", place, "cannot be opened", "Look whether it is there and may be read.")
        return None
    return data


def read_file(folder: Path, path: Path, log: FaultLog) -> Raw | None:
    """Read one table; none where nothing could be read."""
    log.open(path.name)
    data = read_bytes(folder, path, FILE_BYTES_MAX, log)
    if data is None:
        return None
    try:
        return parse(data, path.stem, path.name, log)
    except FaultsError as stop:
        log.take(stop.faults)
        return None


def read_extra(folder: Path, path: Path, log: FaultLog) -> pl.DataFrame | None:
    """Read a ``_`` file as a grid; whatever is wrong with it is no fault of the scenario."""
    log.open(path.name)
    aside = FaultLog()
    raw = read_file(folder, path, aside)
    outside = [fault for fault in aside.kept if fault.code == "outside-folder"]
    if outside:
        log.take(outside)
    elif raw is None:
        log.add("not-kept", path.name, "cannot be read as CSV, so it is ignored and not written again")
    return None if raw is None else raw.grid()


def parse(data: bytes, name: str, place: str, log: FaultLog) -> Raw:
    """Read the bytes of a CSV file into text.

    Raises
    ------
    FaultsError
        If nothing can be made of them.
    """
    body = clean(data, place)
    head, _, body = body.partition(b"\n")
    if len(head) > HEADER_BYTES_MAX:
        problem = f"row 1 has {len(head):,} bytes; the limit is {HEADER_BYTES_MAX:,}"
        raise FaultsError.one("too-large", place, problem, "Is it a table with a header?")
    separator = separator_of(head, place, log)
    header = header_cells(head.decode(), separator, place)
    if body and not body.endswith(b"\n"):
        body += b"\n"
    if (n_lines := body.count(b"\n")) > ROWS_MAX:
        raise FaultsError.one(
            "too-large", place, f"has {n_lines:,} rows; the limit is {ROWS_MAX:,}", "Split it."
        )
    frame = parse_fast(body, len(header), separator)
    if frame is None:
        frame = parse_slow(body, header, separator, place, log)
    plain_header = unescape(pl.DataFrame({"header": header})).to_series().to_list()
    if b"'" in body:
        frame = unescape(frame)
    return Raw(name, place, tuple(plain_header), frame, separator == ";", is_plain(body))


def is_plain(body: bytes) -> bool:
    """Return whether a space is the only blank that cells can have at their edges, and no cell is empty text."""
    return body.isascii() and not any(mark in body for mark in (b'"', b"\t", b"\x0b", b"\x0c"))


def clean(data: bytes, place: str) -> bytes:
    """Return UTF-8 without mark and with plain line ends, or raise what is wrong with it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FaultsError.one("encoding", place, "is written in UTF-16, not UTF-8", AS_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FaultsError.one("unreadable", place, "is a workbook, not CSV", "Save the sheet as CSV UTF-8.")
    if b"\0" in data:
        raise FaultsError.one("unreadable", place, "is not a text file", AS_UTF8)
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        problem = f"is not UTF-8 (first in row {row}); it may be Windows or Latin-1 text"
        raise FaultsError.one("encoding", place, problem, AS_UTF8) from None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def separator_of(head: bytes, place: str, log: FaultLog) -> str:
    """Return what separates cells, judged by the header."""
    plain = re.sub(rb'"[^"]*"', b"", head)
    if b";" in plain and b"," not in plain:
        log.add("semicolons", place, "has semicolons between cells and is read so")
        return ";"
    if b"\t" in plain and b"," not in plain:
        raise FaultsError.one("separator", place, "has tabs between cells", "Separate them by commas.")
    return ","


def header_cells(head: str, separator: str, place: str) -> list[str]:
    """Return the cells of row 1."""
    try:
        header = next(csv.reader([head], delimiter=separator, strict=True), [])
    except csv.Error:
        raise FaultsError.one("quotes", place, "row 1 has a quotation mark that is not closed") from None
    if not any(name.strip() for name in header):
        raise FaultsError.one("no-header", place, "has no header", "Put the names of the columns into row 1.")
    if len(header) > COLUMNS_MAX:
        problem = f"has {len(header):,} columns; the limit is {COLUMNS_MAX}"
        raise FaultsError.one("too-large", place, problem)
    return header


def parse_fast(body: bytes, n_columns: int, separator: str) -> pl.DataFrame | None:
    """Read rows by polars; none unless it is sure that every row has `n_columns` cells on one line.

    Sure means: as many rows as lines, and each separator is either between two cells or inside of one.
    """
    names = positions(n_columns)
    if not body or body.isspace():
        return text_frame([[] for _ in names])
    # blank lines at the end would be short rows; those in between are for the careful reader
    if body.endswith(b"\n\n"):
        body = body.rstrip(b"\n") + b"\n"
    schema = dict.fromkeys(names, pl.String())
    try:
        frame = pl.read_csv(body, has_header=False, schema=schema, separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    inside = 0
    if b'"' in body:
        count = pl.all().str.count_matches(separator, literal=True).sum()
        inside = sum(frame.select(count).fill_null(0).row(0))
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    regular = body.count(separator.encode()) - inside == (n_columns - 1) * frame.height
    return frame if regular and body.count(b"\n") == frame.height else None


def parse_slow(body: bytes, header: list[str], separator: str, place: str, log: FaultLog) -> pl.DataFrame:
    """Read rows one by one: those of uneven length are reported, cells may have several lines."""
    n_columns, rows = len(header), []
    reader = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=separator, strict=True)
    try:
        for index, row in enumerate(reader):
            # separators without cells at the end of a row are what spreadsheets leave behind
            while len(row) > n_columns and not row[-1].strip():
                row.pop()
            if len(row) != n_columns and any(cell.strip() for cell in row):
                problem = f"has {len(row)} cells, the header has {n_columns}"
                log.add("row-length", place, problem, row=index + 2)
            rows.append(row[:n_columns])
    except csv.Error:
        first = shown((rows[-1] or [""])[0]) if rows else "the header"
        problem = f"a quotation mark is not closed, or a cell is longer than {CELL_CHARS_MAX:,} characters"
        raise FaultsError.one("quotes", place, f"after {first} (row {len(rows) + 1}) {problem}") from None
    columns = itertools.zip_longest(*rows, [None] * n_columns)
    return text_frame([[cell or None for cell in column[:-1]] for column in columns])
