"""Threads that share out a loop; what comes out does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

N_PARTS = 8
"""Parts of every loop; fixed, so that sums are taken in the same order on any number of threads."""


class Team:
    """A number of threads.

    Numba's own parallel loops are not used: in version 0.68 they take writes to an array of a tuple for dead code.
    A kernel that a team runs ends with two arguments, the first index of its part and the one after the last, and returns a
    number to be added up.
    """

    def __init__(self, threads: int) -> None:
        self.threads = min(threads, N_PARTS)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def each(self, loop: Callable[..., float], n: int, *arguments: Any) -> float:
        """Run the loop from 0 to `n` and return the sum over its parts."""
        sums = [0.0] * N_PARTS

        def share(thread: int) -> None:
            for part in range(thread, N_PARTS, self.threads):
                begin, end = n * part // N_PARTS, n * (part + 1) // N_PARTS
                if end > begin:
                    sums[part] = loop(*arguments, begin, end)

        others = [] if self._pool is None else [self._pool.submit(share, t) for t in range(1, self.threads)]
        share(0)
        for other in others:
            other.result()
        return sum(sums)
