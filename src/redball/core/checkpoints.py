"""Results of tasks in a folder, so that a run that was stopped or killed takes up what it had done."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from redball.core.source_stamp import source_stamp


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Results in a folder, each in a file of its own named by a digest of what it is of.

    Parameters
    ----------
    folder
        Where the files lie; made with the first of them.
    of
        All that the results depend on beside the task itself and the code, such as the scenario's digest and the
        parameters. Another `of`, or code that has changed in any file, takes up none of the files.
    """

    folder: Path
    of: str

    def path(self, key: str) -> Path:
        """Return where the result of task `key` lies."""
        name = hashlib.sha256(f"{source_stamp()} {len(self.of)} {self.of} {key}".encode()).hexdigest()
        return self.folder / f"{name}.part"

    def load(self, key: str) -> bytes | None:
        """Return the result of task `key`, or nothing where it is not there or not whole."""
        try:
            content = self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        seal, result = content[:32], content[32:]
        return result if hashlib.sha256(result).digest() == seal else None

    def keep(self, key: str, result: bytes) -> None:
        """Keep the result of task `key`, all or nothing: a file is whole or not there under its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".part-", delete=False) as beside:
            beside.write(hashlib.sha256(result).digest() + result)
        Path(beside.name).replace(self.path(key))
