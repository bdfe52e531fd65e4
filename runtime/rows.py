"""Which rows of a batch go where: padding to a size that an engine prefers, and rows put back into their batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiler.backends.engine import Runner, Value
from .frames import is_tensor


def batch_size(count: int, preferred: Sequence[int]) -> int:
    """The least preferred size that holds `count` rows; `count` itself without a preference.

    Beyond the largest preferred size: the next multiple of it.
    """
    if not preferred or count == 0:
        return count
    fitting = [size for size in preferred if size >= count]
    largest = max(preferred)
    return min(fitting) if fitting else -(-count // largest) * largest


def padded(rows: Sequence[int], size: int) -> list[int]:
    """The rows, and the first of them again until there are `size`."""
    return [*rows, *[rows[0]] * (size - len(rows))]


def pad(table: NDArray[Any], size: int) -> NDArray[Any]:
    """The array's rows, and the first of them again until there are `size`."""
    return table if len(table) == size else table[padded(range(len(table)), size)]


def taken(runner: Runner, value: Value, rows: Sequence[int]) -> Value:
    """These rows; the value itself where they are all of them in order."""
    return value if list(rows) == list(range(value.shape[0])) else runner.take(value, rows)


def merged(runner: Runner, old: Value, new: Value, places: Sequence[int], live: int) -> Value:
    """`old` with `new`'s rows at `places`, of its `live` first rows; what pads it repeats the first row."""
    size = old.shape[0]
    source = list(range(live))
    for row, place in enumerate(places):
        source[place] = size + row
    return runner.take(runner.join([old, new]), padded(source, size))


def put_as(runner: Runner, value: Value, axes: int) -> Value:
    """A value of any engine's as one of this runner's, with so many axes.

    Some engines keep complex numbers, others pairs of real ones along one more axis.
    """
    more = axes - len(value.shape)
    if more == 0:
        return runner.put(value)
    numbers = value.detach().cpu().resolve_conj().numpy() if is_tensor(value) else value
    if more > 0:
        return runner.put(np.stack((numbers.real, numbers.imag), axis=-1))
    return runner.put(np.ascontiguousarray(numbers).view(numbers.dtype.char.upper())[..., 0])
