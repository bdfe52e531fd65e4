"""Memory that did not suffice, told as such."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..compiler.backends.find import BackendError
from ..compiler.compiled import Options
from ..compiler.user_error import UserError

SIGNS = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory|bad_alloc|failed to allocate", re.I
)
WANTED = re.compile(
    r"(?:tried to allocate|you tried to allocate|size(?: of)?|requested)\D{0,20}?([\d.]+ ?[KMGT]?i?B(?:ytes)?)",
    re.I,
)


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception, of whatever library, says that memory did not suffice."""
    if isinstance(error, UserError) and error.__cause__ is not None:
        return out_of_memory(error.__cause__)
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    if type(error).__name__ == "PanicException":  # of Rust (safetensors), which is no Exception
        return "pointer is null" in str(error)
    return isinstance(error, RuntimeError) and SIGNS.search(str(error)) is not None


def readable(size: str) -> str:
    """`4.8 GB` for `4838700000 bytes`; what has a larger unit stays."""
    count = size.split()[0]
    return (
        f"{int(count) / 1e9:.1f} GB" if size.endswith("ytes") and count.isdigit() and len(count) > 8 else size
    )


@contextmanager
def told_of_memory(options: Options) -> Iterator[None]:
    """Within it, a lack of memory becomes a BackendError with the size that was wanted."""
    try:
        yield
    except BaseException as error:  # a Rust panic is no Exception; what is no lack of memory goes on as it is
        if not out_of_memory(error):
            raise
        wanted = WANTED.search(str(error))
        size = f": {readable(wanted.group(1))} more were wanted" if wanted else ""
        count = (
            f"fewer targets than {options.targets}" if options.targets else "a fixed, small number of targets"
        )
        raise BackendError(
            f"there is not enough memory on `{options.device}` to build or check the tracker with the backend "
            f"`{options.backend}`{size}",
            f"compile for {count} (--targets N), or a lower precision, or free memory of other programs",
        ) from error
