"""``redball`` and ``python -m redball``."""

from __future__ import annotations

import io
import os
import sys
import threading

from redball.views.cli.app import run
from redball.views.cli.failures import READER_GONE


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that lacks a character gets a substitute, not an exception
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = READER_GONE
    if code == READER_GONE:
        # what is still buffered has no reader; without this Python would complain about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if threading.active_count() > 1:
        # an aborted solve still runs in foreign code and would hold up, or crash, an orderly exit
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
