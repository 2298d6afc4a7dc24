"""The one door to numba: a typed decorator that compiles a function once and keeps the machine code on disk."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import types
from numba.experimental import structref
from numba.extending import intrinsic

P = ParamSpec("P")
T = TypeVar("T")

ANY_ORDER = {"contract", "reassoc", "nsz"}
"""Reorderings of sums that leave infinities what they are."""


def kernel(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function of plain arrays; it lets other threads run, and no division raises."""
    return _compiled(function, False)


def kernel_in_any_order(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function whose sums may be taken in any order that the processor likes; the same one every time."""
    return _compiled(function, ANY_ORDER)


def kernel_apart(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function whose arrays never overlap.

    Notes
    -----
    A loop over many arrays is otherwise not done several numbers at a time: the compiler would have to ask of each pair of them
    whether they overlap, and gives up.
    """
    made: Any = _compiled(function, False)
    made._compiler._customize_flags = _apart
    return cast("Callable[P, T]", made)


def _apart(flags: Any) -> Any:
    """Tell the compiler that arrays do not overlap."""
    flags.noalias = True
    return flags


def _compiled(function: Callable[P, T], fastmath: Any) -> Callable[P, T]:
    """Compile a function and keep the machine code.

    Notes
    -----
    numba keeps machine code as long as the file of the outermost function is the same. What that function calls may lie in other
    files, so the stamp is taken over all files of its folder that have kernels: an edit in any of them compiles all again.
    """
    asked: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    try:
        made: Any = numba.njit(cache=True, **asked)(function)
        made._cache._cache_file._source_stamp = folder_stamp(str(Path(function.__code__.co_filename).parent))
    except RuntimeError:  # no folder to keep machine code in
        made = numba.njit(**asked)(function)
    return cast("Callable[P, T]", made)


@functools.cache
def folder_stamp(folder: str) -> str:
    """Return what the kept machine code of a folder is valid for: the text of every file that has a kernel."""
    texts = [path.read_bytes() for path in sorted(Path(folder).glob("*.py"))]
    return hashlib.blake2b(b"".join(text for text in texts if b"@kernel" in text), digest_size=16).hexdigest()


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


def _unowned(_typing: Any, fields: Any) -> Any:
    """Return a tuple's type, and what makes the tuple anew with arrays that nobody counts the users of."""

    def codegen(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        made = args[0]
        for at, kind in enumerate(fields.types):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, value=builder.extract_value(made, at))
                array.meminfo = array.meminfo.type(None)
                array.parent = array.parent.type(None)
                made = builder.insert_value(made, array._getvalue(), at)
        return made

    return fields(fields), codegen


unowned: Any = intrinsic(_unowned)
"""In a kernel: the same named tuple without ownership of its arrays; who calls must keep them.

A kernel counts the users of every array that it takes out of a twin, and of every row of it: in short loops over many arrays
that costs more than the loops.
"""
