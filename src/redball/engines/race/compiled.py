"""The one door to numba: a typed decorator that compiles a function once and keeps the machine code on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import types
from numba.experimental import structref

P = ParamSpec("P")
T = TypeVar("T")

TEXTS = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
STAMP = hashlib.blake2b(b"".join(text for text in TEXTS if b"@kernel" in text), digest_size=16).hexdigest()
"""What the kept machine code is valid for: the text of every file that has a kernel."""


def kernel(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function of plain arrays; it lets other threads run, and no division raises.

    Notes
    -----
    numba keeps machine code as long as the file of the outermost function is the same. What that function calls may lie in other
    files, so the stamp is taken over all files with kernels: an edit in any of them compiles all again.
    """
    try:
        compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
        compiled._cache._cache_file._source_stamp = STAMP
    except RuntimeError:  # no folder to keep machine code in
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[P, T]", compiled)


def by_reference(record: type[T]) -> type[T]:
    """Make a twin of a named tuple that kernels take as one pointer, filled by a call with the same fields.

    Notes
    -----
    A named tuple of a hundred arrays is a thousand arguments to every function that takes it, and minutes of compiling.
    """
    names = [str(name) for name in record._fields]  # type: ignore[attr-defined]
    kind = type(f"{record.__name__}Type", (types.StructRef,), {"__module__": __name__})
    globals()[kind.__name__] = kind  # kept machine code finds the type by its name
    register: Any = structref.register
    register(kind)
    twin = type(f"{record.__name__}Ref", (structref.StructRefProxy,), {"__module__": __name__})
    globals()[twin.__name__] = twin
    define_proxy: Any = structref.define_proxy
    define_proxy(twin, kind, names)
    return cast("type[T]", twin)
