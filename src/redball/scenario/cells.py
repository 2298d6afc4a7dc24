"""Turns the text of cells into what their columns hold, and reports every cell that cannot be.

Columns are taken whole: a cast that fails leaves a blank, and only failed cells are looked at one by one.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from redball.scenario.cell_words import choice_words, date_words, number_words, range_words
from redball.scenario.columns import Column, Table
from redball.scenario.fault_log import FaultLog, Words, shown
from redball.scenario.limits import CELL_CHARS_MAX, DATE_MAX, DATE_MIN
from redball.scenario.lists import canonical_classes, canonical_points

NOT_TEXT = r"[\x00-\x08\x0b-\x1f\x7f\u{fffe}\u{ffff}]"
NOT_TEXT_OR_LINE = r"[\x00-\x1f\x7f\u{fffe}\u{ffff}]"
FREE = ("text",)
"""Kinds whose cells may have several lines."""


@dataclass
class Caster:
    """Casts the columns of one table; remembers the rows in which something was wrong."""

    table: Table
    place: str
    log: FaultLog
    decimal_comma: bool = False
    bad: dict[str, pl.Series] = field(default_factory=dict)

    def report(
        self,
        code: str,
        column: str,
        cells: pl.Series,
        wrong: pl.Series,
        words: Words | Callable[[str], Words],
    ) -> None:
        """Report the cells of a column where `wrong`, with the same words for all or found for each."""
        self.bad[column] = self.bad[column] | wrong if column in self.bad else wrong
        rows = wrong.arg_true()
        found = pl.DataFrame({"row": rows.cast(pl.Int64) + 2, column: cells.gather(rows)})

        def cell_words(row: dict[str, object]) -> Words:
            return words(str(row[column])) if callable(words) else words

        self.log.add_rows(code, self.place, column, found, cell_words)

    def cast(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame typed, in which every cell that was reported is blank."""
        series = []
        for cells in frame.iter_columns():
            column = self.table.by_name.get(cells.name)
            if column is None:
                series.append(self.keep(cells))
                continue
            if cells.dtype != pl.String():
                typed = self.typed(column, cells)
            else:
                typed = getattr(self, f"cast_{column.kind}")(column, cells)
            if column.required and cells.null_count():
                self.report("missing-value", cells.name, cells, cells.is_null(), ("is blank", "Fill it."))
            series.append(typed.alias(column.name))
        return pl.DataFrame(series)

    def keep(self, cells: pl.Series) -> pl.Series:
        """Return a ``_`` column as text, as long as it can be written again."""
        text = as_text(cells)
        self.check_text(Column(cells.name, "text", "blank", ""), text)
        return text

    def check_text(self, column: Column, cells: pl.Series) -> pl.Series:
        """Report text that no file can hold; return which cells are so."""
        pattern = NOT_TEXT if column.kind in FREE else NOT_TEXT_OR_LINE
        wrong = cells.str.contains(pattern).fill_null(False)
        if wrong.any():
            problem = (
                "has a line break or a control character"
                if column.kind not in FREE
                else "has a control character"
            )
            self.report("not-text", cells.name, cells, wrong, (problem, "Remove it."))
        if (longest := cells.str.len_bytes().max()) is not None and int(str(longest)) > CELL_CHARS_MAX:
            long = (cells.str.len_chars() > CELL_CHARS_MAX).fill_null(False)
            problem = f"has more than {CELL_CHARS_MAX:,} characters"
            if long.any():
                self.report("too-large", cells.name, cells, long, (problem, "Shorten it."))
                wrong = wrong | long
        return wrong

    def cast_text(self, column: Column, cells: pl.Series) -> pl.Series:
        """Check free text."""
        wrong = self.check_text(column, cells)
        return cells.zip_with(~wrong, pl.Series([None], dtype=pl.String())) if wrong.any() else cells

    def cast_id(self, column: Column, cells: pl.Series) -> pl.Series:
        """Check ids: text on one line, each but once."""
        self.check_text(column, cells)
        if cells.drop_nulls().n_unique() < cells.len() - cells.null_count():
            # the first of several keeps the id; its row number helps to find it
            again = (~cells.is_first_distinct()) & cells.is_not_null()
            self.report_again(column, cells, again)
        return cells

    def report_again(self, column: Column, cells: pl.Series, again: pl.Series) -> None:
        """Report ids that stand a second time."""
        self.bad[column.name] = self.bad[column.name] | again if column.name in self.bad else again
        numbered = pl.DataFrame({"row": pl.int_range(2, cells.len() + 2, eager=True), column.name: cells})
        first = numbered.unique(column.name, keep="first").rename({"row": "first"})
        found = numbered.filter(again).join(first, on=column.name, how="left", maintain_order="left")
        self.log.add_rows(
            "duplicate-id",
            self.place,
            column.name,
            found,
            lambda row: (
                f"{shown(row[column.name])} stands in row {row['first']} already.",
                "Give each its own.",
            ),
        )

    def cast_ref(self, column: Column, cells: pl.Series) -> pl.Series:
        """Leave references as they are: what is no id of the other table is reported later."""
        return cells

    def cast_number(self, column: Column, cells: pl.Series) -> pl.Series:
        """Read numbers; neither ``nan`` nor infinity is one."""
        plain = cells.str.replace(",", ".", literal=True) if self.decimal_comma else cells
        return self.check_number(column, cells, plain.cast(pl.Float64(), strict=False))

    def check_number(self, column: Column, cells: pl.Series, numbers: pl.Series) -> pl.Series:
        """Report what is not a number or out of range; return the rest, without a negative zero."""
        finite = numbers.is_finite().fill_null(False)
        if finite.sum() < cells.len() - cells.null_count():
            wrong = cells.is_not_null() & ~finite
            self.report("not-a-number", cells.name, cells, wrong, lambda text: number_words(text, column))
            numbers = numbers.zip_with(finite, pl.Series([None], dtype=pl.Float64()))
        lowest, highest = bounds(numbers)
        outside = pl.Series([False]).new_from_index(0, cells.len())
        if column.low is not None and lowest <= column.low:
            outside = numbers <= column.low if column.low_open else numbers < column.low
        if column.high is not None and highest > column.high:
            outside = outside | (numbers > column.high)
        outside = outside.fill_null(False)
        if outside.any():
            self.report("out-of-range", cells.name, cells, outside, lambda text: range_words(text, column))
            numbers = numbers.zip_with(~outside, pl.Series([None], dtype=pl.Float64()))
        return numbers + 0.0

    def cast_date(self, column: Column, cells: pl.Series) -> pl.Series:
        """Read dates written as year-month-day."""
        dates = cells.str.to_date("%Y-%m-%d", strict=False)
        return self.check_date(column, cells, dates)

    def check_date(self, column: Column, cells: pl.Series, dates: pl.Series) -> pl.Series:
        """Report what is not a date of these centuries."""
        good = dates.is_between(DATE_MIN, DATE_MAX).fill_null(False)
        if good.sum() < cells.len() - cells.null_count():
            self.report("not-a-date", cells.name, cells, cells.is_not_null() & ~good, date_words)
            dates = dates.zip_with(good, pl.Series([None], dtype=pl.Date()))
        return dates

    def cast_choice(self, column: Column, cells: pl.Series) -> pl.Series:
        """Check words against those that the column knows."""
        good = cells.is_in(column.choices).fill_null(False)
        if good.sum() < cells.len() - cells.null_count():
            words = choice_words(column.choices)
            self.report("not-a-choice", cells.name, cells, cells.is_not_null() & ~good, words)
            return cells.zip_with(good, pl.Series([None], dtype=pl.String()))
        return cells

    def cast_flag(self, column: Column, cells: pl.Series) -> pl.Series:
        """Read yes and no."""
        words = Column(column.name, "choice", column.default, column.meaning, choices=("yes", "no"))
        return self.cast_choice(words, cells) == "yes"

    def cast_classes(self, column: Column, cells: pl.Series) -> pl.Series:
        """Read lists of supply classes."""
        return self.cast_list(column, cells, "not-a-class")

    def cast_points(self, column: Column, cells: pl.Series) -> pl.Series:
        """Read lists of way-points."""
        return self.cast_list(column, cells, "not-a-point")

    def cast_list(self, column: Column, cells: pl.Series, code: str) -> pl.Series:
        """Read lists, each distinct writing once."""
        self.check_text(column, cells)
        new: dict[str, str] = {}
        wrong: dict[str, Words] = {}
        for text in cells.drop_nulls().unique(maintain_order=True):
            if code == "not-a-class":
                canonical, words = canonical_classes(text)
            else:
                canonical, words = canonical_points(text, self.decimal_comma)
            if canonical is None:
                wrong[text] = words
            else:
                new[text] = canonical
        if wrong:
            where = cells.is_in(list(wrong)).fill_null(False)
            self.report(code, cells.name, cells, where, wrong.__getitem__)
        return (
            cells.replace_strict(new, default=None, return_dtype=pl.String())
            if new
            else cells.clear(cells.len())
        )

    def typed(self, column: Column, cells: pl.Series) -> pl.Series:
        """Take a column of a frame that is typed already."""
        dtype = cells.dtype
        text = as_text(cells)
        if dtype == pl.Null():
            return cells.cast(column.dtype)
        if column.kind == "number" and dtype.is_numeric():
            return self.check_number(column, text, cells.cast(pl.Float64()))
        if column.kind == "date" and dtype == pl.Date():
            return self.check_date(column, text, cells)
        if (
            column.kind == "date"
            and isinstance(dtype, pl.Datetime)
            and (cells == cells.dt.truncate("1d")).all()
        ):
            return self.check_date(column, text, cells.dt.date())
        if column.kind == "flag" and dtype == pl.Boolean():
            return cells
        if column.dtype == pl.String() and (
            dtype.is_integer() or isinstance(dtype, pl.Categorical | pl.Enum)
        ):
            series: pl.Series = getattr(self, f"cast_{column.kind}")(column, text)
            return series
        self.log.add("wrong-type", self.place, f"the frame's type {dtype} does not fit", column=column.name)
        return pl.Series([None], dtype=column.dtype).new_from_index(0, cells.len())

    def bad_rows(self) -> pl.Series | None:
        """Return in which rows something was wrong, or none where nothing was."""
        masks = list(self.bad.values())
        return functools.reduce(operator.or_, masks) if masks else None


def as_text(cells: pl.Series) -> pl.Series:
    """Return cells as text; what has no text is blank."""
    if cells.dtype.is_nested() or cells.dtype == pl.Object():
        return pl.Series(cells.name, [None], dtype=pl.String()).new_from_index(0, cells.len())
    return cells.cast(pl.String(), strict=False)


def bounds(numbers: pl.Series) -> tuple[float, float]:
    """Return the smallest and the largest number; infinitely far inside where there is none."""
    low, high = numbers.min(), numbers.max()
    return (
        float(low) if isinstance(low, int | float) else math.inf,
        float(high) if isinstance(high, int | float) else -math.inf,
    )


def stripped(frame: pl.DataFrame, table: Table, plain: bool = False) -> pl.DataFrame:
    """Return the frame without spaces around its cells; what is left empty is blank. ``_`` columns stay as they are.

    Where spaces are the only blanks (`plain`), only columns that have one at an edge are made anew.
    """
    names = [name for name in frame.columns if name in table.by_name and frame[name].dtype == pl.String()]
    if plain and frame.height:
        edges = pl.col(names).str.starts_with(" ") | pl.col(names).str.ends_with(" ")
        found = frame.select(edges.any()).row(0)
        names = [name for name, loose in zip(names, found, strict=True) if loose]
    cell = pl.col(names).str.strip_chars()
    return frame.with_columns(pl.when(cell != "").then(cell).name.keep()) if names else frame


def has_decimal_commas(frame: pl.DataFrame, table: Table) -> bool:
    """Return whether numbers of a table have decimal commas, and none has a point."""
    names = [name for name in frame.columns if name in table.by_name and table.by_name[name].kind == "number"]
    commas, points = (
        any(frame[name].str.contains(mark, literal=True).any() for name in names) for mark in (",", ".")
    )
    return commas and not points
