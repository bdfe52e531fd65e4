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
    return isinstance(error, RuntimeError) and SIGNS.search(str(error)) is not None


@contextmanager
def told_of_memory(options: Options) -> Iterator[None]:
    """Within it, a lack of memory becomes a BackendError with the size that was wanted."""
    try:
        yield
    except Exception as error:
        if not out_of_memory(error):
            raise
        wanted = WANTED.search(str(error))
        size = f": {wanted.group(1)} more were wanted" if wanted else ""
        count = (
            f"fewer targets than {options.targets}" if options.targets else "a fixed, small number of targets"
        )
        raise BackendError(
            f"there is not enough memory on `{options.device}` to build or check the tracker with the backend "
            f"`{options.backend}`{size}",
            f"compile for {count} (--targets N), or a lower precision, or free memory of other programs",
        ) from error
