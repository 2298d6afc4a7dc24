"""Time and peak memory of one piece of work in a process of its own."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MIB = 1024


def _memory_kib(field: str) -> int:
    """Read a memory figure of this process: VmRSS (now) or VmHWM (peak)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise SystemExit(f"no {field} in /proc/self/status: this benchmark measures memory on Linux")


def measured(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return the result of `work` and what it took.

    Figures: ``seconds`` on the clock, ``cpu_seconds`` of the processor over all threads (steadier on a busy machine),
    ``memory_mib`` by which the peak rose above what was in use before.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # start the peak from what is in use now
    before = _memory_kib("VmRSS")
    began, worked = time.perf_counter(), time.process_time()
    result = work()
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "memory_mib": (_memory_kib("VmHWM") - before) / MIB,
    }
    return result, figures


def report(**figures: float | str) -> None:
    """Print figures as one line of JSON for the process that asked."""
    print(json.dumps(figures))
