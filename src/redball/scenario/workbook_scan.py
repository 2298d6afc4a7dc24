"""Looks through a workbook before it is opened, so that none can eat the machine or hide a formula.

A workbook is a zip of XML. A few kilobytes can unpack to gigabytes, and one cell in the far corner makes a reader
lay out seventeen billion cells. So every part is unpacked as a stream and measured first, whatever the zip's directory
claims, and the cells of every sheet are counted before a reader lays them out.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from redball.core.errors import FaultsError
from redball.scenario.limits import (
    CELLS_MAX,
    COLUMNS_MAX,
    FILES_MAX,
    RATIO_FREE_BYTES,
    RATIO_MAX,
    UNZIPPED_BYTES_MAX,
    WORKBOOK_BYTES_MAX,
    WORKBOOK_PARTS_MAX,
    megabytes,
)

CHUNK = 256 * 1024
XML = (".xml", ".rels", ".vml")
FOREIGN = ("externallinks/", "vbaproject")
"""Parts that link to other workbooks, or hold a program."""
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
DIGITS = "0123456789"
CELLS_NOTED_MAX = 1_000

Cell = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True)
class Limits:
    """How much a workbook may hold, and what it must not; as given here, what a scenario may."""

    book_bytes: int = field(default_factory=lambda: WORKBOOK_BYTES_MAX)
    unzipped_bytes: int = field(default_factory=lambda: UNZIPPED_BYTES_MAX)
    cells: int = field(default_factory=lambda: CELLS_MAX)
    """Of the rectangles up to the last cell in use."""
    elements: int | None = None
    """Of all parts together; where there is a limit all parts are looked at, otherwise the sheets."""
    has_formulas: bool = True
    """Whether formulas are allowed; a value that is computed could be another one tomorrow."""
    has_links: bool = True
    """Whether links to other workbooks and programs are allowed."""


@dataclass
class Part:
    """What was seen in one part of the workbook."""

    name: str
    without_value: list[Cell] = field(default_factory=list)
    """Formulas that no spreadsheet has stored a value for."""
    with_error: list[Cell] = field(default_factory=list)
    """Cells with an error such as #REF!."""


@dataclass
class Scan:
    """What was seen in a workbook: by sheet, the cells whose value cannot be trusted."""

    parts: dict[str, Part] = field(default_factory=dict)
    from_1904: bool = False
    """Whether days are counted from 1904, as old Macintosh workbooks do."""
    sheets: list[tuple[str, str]] = field(default_factory=list)
    """Name and relation of each sheet."""
    relations: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Target and kind by relation."""
    n_cells: int = 0
    """Cells of the sheets that are done with, and of their rectangles."""
    n_elements: int = 0
    """Elements of all parts, where they are limited."""
    limits: Limits = field(default_factory=Limits)

    def sheet(self, name: str) -> Part:
        """Return what was seen in the sheet of a name."""
        for sheet, relation in self.sheets:
            if sheet == name:
                target = self.relations.get(relation, ("", ""))[0]
                return self.parts.get(target, Part(target))
        return Part(name)


def scan(data: bytes, place: str, limits: Limits | None = None) -> Scan:
    """Look through a workbook.

    Parameters
    ----------
    data
        The workbook.
    place
        Its name, for what is said of it.
    limits
        What it may hold; what a scenario may if left out.

    Raises
    ------
    FaultsError
        If it is no workbook, is broken, or is beyond the limits.
    """
    limits = limits or Limits()
    if len(data) > limits.book_bytes:
        refuse(place, f"has {megabytes(len(data))}; the limit is {megabytes(limits.book_bytes)}")
    seen = Scan(limits=limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            check_directory(book, limits, place)
            measure(book, limits, place)
            look_through(book, seen, place)
    except FaultsError:
        raise
    except expat.ExpatError:
        broken(place, "has a part that is not valid XML")
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ):
        protected = data.startswith(b"\xd0\xcf\x11\xe0")
        broken(
            place, "is protected by a password, or an old .xls" if protected else "is broken, or no workbook"
        )
    return seen


def look_through(book: zipfile.ZipFile, seen: Scan, place: str) -> None:
    """Go through the parts of a workbook whose sizes are known to be bearable."""
    if seen.limits.elements is not None:
        for info in book.infolist():
            if info.filename.lower().endswith(XML):
                count_elements(book, info, seen, seen.limits.elements, place)
    for name in (BOOK, RELATIONS):
        look(book, name, seen, place)
    if len(seen.sheets) > FILES_MAX:
        refuse(place, f"has {len(seen.sheets):,} sheets; the limit is {FILES_MAX}")
    for name in sheet_parts(seen, place):
        look(book, name, seen, place)


def sheet_parts(seen: Scan, place: str) -> list[str]:
    """Return the part of every sheet that a reader could open; what is not looked at must not be opened."""
    used = {relation for _, relation in seen.sheets}
    if not used <= seen.relations.keys():
        broken(place, "has a sheet that cannot be found")
    parts = [
        target for key, (target, kind) in seen.relations.items() if key in used or kind.endswith("/worksheet")
    ]
    return sorted(set(parts))


def refuse(place: str, problem: str) -> NoReturn:
    """Stop at a limit."""
    raise FaultsError.one("too-large", place, problem, "Delete empty rows, columns and sheets, or split it.")


def broken(place: str, problem: str, remedy: str = "Save it again as .xlsx without a password.") -> NoReturn:
    """Stop at a workbook that cannot be read."""
    raise FaultsError.one("unreadable", place, problem, remedy)


def check_directory(book: zipfile.ZipFile, limits: Limits, place: str) -> None:
    """Check the number, the names and the claimed sizes of the parts."""
    parts = book.infolist()
    if len(parts) > WORKBOOK_PARTS_MAX:
        refuse(place, f"has {len(parts):,} parts; the limit is {WORKBOOK_PARTS_MAX:,}")
    if len({part.filename for part in parts}) < len(parts):
        broken(place, "has two parts of one name")
    foreign = [part.filename for part in parts if any(word in part.filename.lower() for word in FOREIGN)]
    if foreign and not limits.has_links:
        broken(
            place, f"links to other files or holds a program ({foreign[0]})", "Save a copy with values only."
        )
    size = sum(part.file_size for part in parts)
    if size > limits.unzipped_bytes:
        refuse(place, f"unpacks to {megabytes(size)}; the limit is {megabytes(limits.unzipped_bytes)}")


def measure(book: zipfile.ZipFile, limits: Limits, place: str) -> None:
    """Unpack every part as a stream and keep nothing of it, to know how large it is."""
    left = limits.unzipped_bytes
    for info in book.infolist():
        most = min(left, max(RATIO_FREE_BYTES, RATIO_MAX * info.compress_size))
        for chunk in chunks(book, info):
            most, left = most - len(chunk), left - len(chunk)
            if most < 0:
                refuse(place, f"part {info.filename} unpacks to much more than it weighs, or than is allowed")


def count_elements(book: zipfile.ZipFile, info: zipfile.ZipInfo, seen: Scan, most: int, place: str) -> None:
    """Go through a part only to count its elements; few bytes can make many, and each costs a reader memory."""
    parser = expat.ParserCreate()

    def start(*_: object) -> None:
        seen.n_elements += 1
        if seen.n_elements > most:
            refuse(place, f"holds more than {most:,} elements")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = lambda *_: broken(place, f"has definitions in part {info.filename}")
    for chunk in chunks(book, info):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def chunks(book: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked bytes of a part."""
    # the directory may lie about the size: unpack until the packed bytes end, not until the claim is met
    info.file_size = UNZIPPED_BYTES_MAX + CHUNK
    with book.open(info) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def look(book: zipfile.ZipFile, name: str, seen: Scan, place: str) -> None:
    """Go through the XML of one part."""
    looker = Looker(name, seen, place)
    for chunk in chunks(book, book.getinfo(name)):
        looker.parser.Parse(chunk, False)
    looker.parser.Parse(b"", True)
    looker.finish()
    seen.parts[name] = looker.part


class Looker:
    """Counts cells and notes formulas while expat goes through one part."""

    def __init__(self, name: str, seen: Scan, place: str) -> None:
        self.part, self.seen, self.place = Part(name), seen, place
        self.row = self.column = self.row_max = self.column_max = 0
        self.n_cells = 0
        self.column_of: dict[str, int] = {}
        self.formula: Cell | None = None
        self.is_text = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        """Refuse definitions of entities: no spreadsheet writes them."""
        broken(self.place, f"has definitions in part {self.part.name}")

    def start(self, tag: str, about: dict[str, str]) -> None:
        """Take one element."""
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self.cell(about)
        elif tag == "row":
            self.row = int(about["r"]) if "r" in about else self.row + 1
            self.column = 0
        elif tag == "v":
            if self.formula and self.is_text:
                self.formula = None  # the stored value may be the empty text
            elif self.formula:
                self.parser.CharacterDataHandler = self.value
        elif tag == "f":
            if not self.seen.limits.has_formulas:
                broken(self.place, f"holds a formula in part {self.part.name}", "Paste the values only.")
            self.formula = (self.row, self.column)
        elif self.part.name in (BOOK, RELATIONS):
            self.index(tag, about)

    def index(self, tag: str, about: dict[str, str]) -> None:
        """Take what says which part is which sheet."""
        if tag == "sheet":
            relation = next((value for key, value in about.items() if key.endswith(":id")), "")
            self.seen.sheets.append((about.get("name", ""), relation))
        elif tag == "Relationship":
            if about.get("Id", "") in self.seen.relations:
                broken(self.place, "has two sheets of one name")
            target = posixpath.normpath(posixpath.join("xl", about.get("Target", ""))).lstrip("/")
            self.seen.relations[about.get("Id", "")] = (target, about.get("Type", ""))
        elif tag == "workbookPr":
            self.seen.from_1904 = about.get("date1904", "0") in ("1", "true")

    def cell(self, about: dict[str, str]) -> None:
        """Take one cell: where it is, and whether it holds an error."""
        if self.formula:
            self.note(self.part.without_value, self.formula)
            self.formula = None
        self.parser.CharacterDataHandler = None
        at = about.get("r")
        if at is None:
            self.column += 1
        else:
            letters = at.rstrip(DIGITS)
            self.row = int(at[len(letters) :])
            self.column = self.column_of.get(letters) or self.number(letters)
        self.n_cells += 1
        if self.column > self.column_max or self.row > self.row_max:
            self.grow()
        elif self.n_cells > self.seen.limits.cells:  # the same cell over and over
            self.count(self.n_cells)
        kind = about.get("t")
        self.is_text = kind == "str"
        if kind == "e":
            self.note(self.part.with_error, (self.row, self.column))

    def number(self, letters: str) -> int:
        """Return the number of a column from its letters."""
        number = 0
        for letter in letters[:8].upper():
            number = number * 26 + ord(letter) - 64
        self.column_of[letters] = number
        return number

    def grow(self) -> None:
        """Take a cell that lies outside the rectangle seen so far, unless that grows beyond the limits."""
        self.column_max, self.row_max = max(self.column, self.column_max), max(self.row, self.row_max)
        if self.column_max > COLUMNS_MAX:
            refuse(
                self.place,
                f"part {self.part.name} has {self.column_max:,} columns; the limit is {COLUMNS_MAX}",
            )
        self.count(self.column_max * self.row_max)

    def count(self, n_cells: int) -> None:
        """Take the number of cells of this part so far, unless there are too many in the workbook."""
        if self.seen.n_cells + n_cells > self.seen.limits.cells:
            size = f"{self.row_max:,} rows x {self.column_max:,} columns"
            refuse(
                self.place,
                f"part {self.part.name} has {size}; the limit of a workbook is {self.seen.limits.cells:,} cells",
            )

    def value(self, text: str) -> None:
        """Take the stored value of a formula."""
        if text.strip():
            self.formula = None
            self.parser.CharacterDataHandler = None

    def note(self, cells: list[Cell], cell: Cell) -> None:
        """Note a cell, up to a limit."""
        if len(cells) < CELLS_NOTED_MAX:
            cells.append(cell)

    def finish(self) -> None:
        """Take the end of the part."""
        self.seen.n_cells += max(self.n_cells, self.column_max * self.row_max)
        if self.formula:
            self.note(self.part.without_value, self.formula)
