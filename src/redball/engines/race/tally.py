"""What a race counts: nothing whose sum depends on the order, so that parts merge to the same bytes in any order."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

BATCHES = 64
"""Replication `n` belongs to batch ``n % BATCHES``: differences are taken between batches of two races."""
UNIT = 2.0**32
"""Shares between 0 and 1 are summed in this many parts: exact, and a billion of them fit 63 bits."""
MERGES = {"least": np.minimum, "most": np.maximum}
"""How counts merge, by the end of their name; all others are whole numbers and add up."""


@dataclass(frozen=True, slots=True)
class RaceTally:
    """Counts by name: all that a race keeps of its replications.

    Parameters
    ----------
    counts
        See ``counts.Counts`` for the arrays, their shapes and units.
    """

    counts: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", MappingProxyType(dict(self.counts)))

    @property
    def replications(self) -> int:
        """How many replications are counted."""
        return int(self.counts["batch_replications"].sum())

    def merged(self, other: Self) -> RaceTally:
        """Return the tally of both; the order does not matter."""
        return RaceTally(
            {
                name: MERGES.get(name.rpartition("_")[2], np.add)(count, other.counts[name])
                for name, count in self.counts.items()
            }
        )

    def to_bytes(self) -> bytes:
        """Return the tally as bytes that `from_bytes` reads; the same counts give the same bytes."""
        stream = io.BytesIO()
        for name in sorted(self.counts):
            array = np.ascontiguousarray(self.counts[name])
            if array.dtype == np.int64 and array.size:
                # most counts are small: an eighth to a half of the bytes that go through a cluster
                array = array.astype(np.min_scalar_type(int(array.max())))
            np.lib.format.write_array(stream, np.frombuffer(name.encode(), dtype=np.uint8))
            np.lib.format.write_array(stream, array)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        stream = io.BytesIO(data)
        counts: dict[str, NDArray[Any]] = {}
        while stream.tell() < len(data):
            name = np.lib.format.read_array(stream, allow_pickle=False).tobytes().decode()
            array = np.lib.format.read_array(stream, allow_pickle=False)
            counts[name] = array if array.dtype == np.float64 else array.astype(np.int64)
        return cls(counts)
