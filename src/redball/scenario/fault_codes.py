"""Every code that the check of a scenario can report: how bad it is and what it means.

``docs/reference/faults.md`` is made from this. Codes are stable: scripts may rely on them.
"""

from __future__ import annotations

from dataclasses import dataclass

from redball.core.errors import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault."""

    severity: Severity
    meaning: str
    remedy: str


def error(meaning: str, remedy: str) -> Code:
    """Return a code that makes a scenario unusable."""
    return Code("error", meaning, remedy)


def warning(meaning: str, remedy: str) -> Code:
    """Return a code that deserves a look."""
    return Code("warning", meaning, remedy)


CODES: dict[str, Code] = {
    # files, workbooks, sheets
    "not-found": error("There is nothing at the path.", "Look at the path."),
    "not-a-scenario": error(
        "The path is neither a folder with scenario.toml nor an .xlsx workbook.", "Start with `redball new`."
    ),
    "unreadable": error(
        "A file cannot be opened or is not of its kind.", "Look at its rights; save it again."
    ),
    "outside-folder": error(
        "A file is a link that leads out of the scenario's folder.", "Put the file itself into the folder."
    ),
    "unknown-file": error(
        "A file or sheet is not a table of a scenario.",
        "Correct its name, or put _ before it: then it is kept.",
    ),
    "encoding": error("A file is not UTF-8 text.", "Save it as CSV UTF-8."),
    "too-large": error(
        "A file, sheet or cell is beyond the limits.", "Split it, or remove what is not needed."
    ),
    "quotes": error("A quotation mark is not closed.", "Close it, or write it twice inside a quoted cell."),
    "separator": error("Cells are separated by something else than comma or semicolon.", "Save it as CSV."),
    "row-length": error(
        "A row has fewer or more cells than the header.", "Give each row a cell for each column."
    ),
    "blank-row": error("A blank row lies between rows.", "Remove it, so that row numbers stay as they are."),
    "no-header": error("A table has no header.", "Put the names of the columns into row 1."),
    "not-kept": warning("A file or sheet with _ is not a table and is left out.", "Keep it elsewhere."),
    "semicolons": warning("A file has semicolons between cells; it is read so.", "Nothing need be done."),
    "decimal-comma": warning("A whole file has decimal commas; it is read so.", "Nothing need be done."),
    "formula-value": error(
        "A formula in a workbook has no stored value. Formulas are never run.",
        "Open and save the workbook in a spreadsheet, or put the value itself.",
    ),
    "cell-error": error(
        "A cell holds a spreadsheet's error such as #REF!.", "Mend the formula or put a value."
    ),
    # settings
    "settings-syntax": error("scenario.toml is not TOML.", "Look at the row that is named."),
    "unknown-setting": error("A setting does not exist.", "Correct its name or remove it."),
    "missing-setting": error("A setting that has no default is missing.", "Add it."),
    "bad-setting": error("A setting's value does not fit.", "See the settings in the reference of tables."),
    # columns
    "unknown-column": error(
        "A column is not in the table.", "Correct its name, or put _ before it: then it is kept."
    ),
    "duplicate-column": error("Two columns have one name.", "Rename or remove one."),
    "missing-column": error("A required column is missing.", "Add it."),
    "blank-column": error("A column with cells has no name.", "Name it, or start its name with _."),
    "wrong-unit": error("The unit in a header is not the column's.", "Convert the numbers."),
    "no-rows": error("A table without which nothing can be planned has no row.", "Fill it."),
    # cells
    "missing-value": error("A required cell is blank.", "Fill it."),
    "not-a-number": error("A cell is not a number.", "Write digits with a point for decimals and no unit."),
    "not-a-date": error("A cell is not a date.", "Write year-month-day, such as 2027-01-31."),
    "not-a-choice": error("A cell is not one of the words that the column knows.", "Use one of them."),
    "not-a-class": error("A list of supply classes has another word in it.", "Write such as I III V."),
    "not-a-point": error(
        "A list of way-points cannot be read.", "Write latitude longitude; latitude longitude."
    ),
    "not-text": error("A cell has a character that text cannot have.", "Remove it."),
    "out-of-range": error("A number lies outside what the column allows.", "See the column's type."),
    "wrong-type": error("A frame's column has a type that the table cannot take.", "Convert it."),
    # between rows and tables
    "duplicate-id": error("Two rows have one id.", "Give each its own."),
    "duplicate-row": error("Two rows speak of the same thing.", "Make one of them."),
    "unknown-reference": error(
        "A cell names something that is not in its table.", "Correct it or add a row."
    ),
    "dates-reversed": error("The first day is after the last.", "Exchange them."),
    "closure-target": error("A closure names both a lane and a location, or neither.", "Name exactly one."),
    "closure-of-unlimited": error(
        "A closure leaves a part of a capacity that has no limit (§3.6).", "Give the capacity, or close to 0."
    ),
    "storage-exceeded": error(
        "The opening stock is heavier than the storage, so that even doing nothing breaks a rule (§2.4, §7.5).",
        "Raise the storage or lower the stock.",
    ),
    "expansion-without-rate": error("An expansion has no rate to reach (§5.3).", "Fill rate_max_per_day."),
    "rate-max-below-rate": error("The rate after expansion is below today's (§5.3).", "Raise it."),
    "order-min-above-max": error("The smallest order is above the largest (§5.5).", "Lower order_min."),
    "quantiles-reversed": error(
        "per_day_low <= per_day <= per_day_high does not hold.", "Put them in order."
    ),
    "lane-to-itself": error("A lane ends where it starts (§3.1).", "Correct one end."),
    "not-whole": error("An item that comes in whole units has a part of one (§7.6).", "Round it."),
    "failures-without-repair": error("A lane fails but its repair time is blank.", "Fill down_days_mean."),
    "horizon-too-late": error(
        "The last day lies beyond the dates that can be written.", "Look at the start."
    ),
    # worth a look
    "reserve-above-stock": warning(
        "A reserve is above the stock; the stock is what is kept (§2.3).", "Look."
    ),
    "recipe-of-itself": warning(
        "A line consumes its own output (§5.4).", "Correct the input if it is a slip."
    ),
    "outside-horizon": warning("A row's dates lie wholly outside the planned days (§1.2).", "Look at them."),
    "too-late": warning("A date after the last day: the row cannot count (§5.1, §6.2).", "Look at it."),
    "transit-rounded": warning("Rounding up to whole days adds more than 20 % to a lane (§1.3).", "Look."),
    "item-unused": warning("An item is used nowhere.", "Remove it, or add what is missing."),
    "location-apart": warning("No lane touches a location.", "Add a lane, or leave it if it needs none."),
    "no-demand": warning(
        "Nothing is asked for, so nothing will be planned (§6).", "Add consumption or needs."
    ),
}
