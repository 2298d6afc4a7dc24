"""How much a scenario may hold: more is refused with a clear fault before it is read.

The limits lie far above any scenario that can be planned and far below what would fill a machine's memory.
"""

from __future__ import annotations

import datetime as dt

FILE_BYTES_MAX = 128 * 1024 * 1024
SETTINGS_BYTES_MAX = 1024 * 1024
FILES_MAX = 200
"""CSV files in a folder, or sheets in a workbook."""
ROWS_MAX = 2_000_000
COLUMNS_MAX = 300
HEADER_BYTES_MAX = 64 * 1024
CELLS_MAX = 5_000_000
"""Cells of a workbook, counted as a spreadsheet does: the rectangle of each sheet up to its last cell in use."""
CELL_CHARS_MAX = 10_000

WORKBOOK_BYTES_MAX = 100 * 1024 * 1024
WORKBOOK_PARTS_MAX = 2_000
UNZIPPED_BYTES_MAX = 768 * 1024 * 1024
RATIO_MAX = 100
"""Unzipped over zipped bytes of a large part of a workbook; honest sheets stay below 20."""
RATIO_FREE_BYTES = 16 * 1024 * 1024
"""Parts up to this size may be packed as tightly as they like."""

DATE_MIN = dt.date(1901, 1, 1)
DATE_MAX = dt.date(2199, 12, 31)
"""Dates outside are slips such as 0027 or 20270; spreadsheets cannot hold dates before 1900 either."""

FAULTS_KEPT_MAX = 1_000
"""Faults kept for one place, column and code; the rest are counted."""
NEAREST_ASKED_MAX = 50
"""Distinct typos of one column for which the nearest name is looked up."""
NEAREST_POOL_MAX = 20_000
"""Names among which a nearest one is looked up."""


def megabytes(size: int) -> str:
    """Return a size in words.

    >>> megabytes(256 * 1024 * 1024)
    '256 MB'
    """
    return f"{size / 1024 / 1024:.0f} MB"
