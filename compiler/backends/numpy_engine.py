"""Programs that run on numpy arrays, in the CPU's memory. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Callee = Callable[[Sequence[Array]], Sequence[Array]]
"""A program: arrays in, arrays out, new ones at every call."""


@dataclass(frozen=True)
class NumpyEngine:
    """Programs as callables of arrays. Every run makes new arrays, so that the engine is its own runner."""

    backend: str
    device: str
    precision: str
    programs: Mapping[str, Callee]
    buckets: tuple[int, ...] | None = None
    """numbers of targets that batches are padded to; None where none is preferred"""

    def runner(self) -> NumpyEngine:
        return self

    def put(self, value: Any) -> Array:
        """Numpy takes arrays, and tensors of the CPU, as they are."""
        return value if isinstance(value, np.ndarray) else np.asarray(on_host(value))

    def put_frame(self, pixels: Any) -> Array:
        return self.put(pixels)

    def get(self, value: Array) -> Array:
        return value

    def read_later(self, values: Sequence[Array]) -> Callable[[], Sequence[Array]]:
        return lambda: values

    def run(self, program: str, inputs: Sequence[Array]) -> Sequence[Array]:
        return self.programs[program](inputs)

    def keep(self, values: Sequence[Array]) -> Sequence[Array]:
        return values

    def join(self, values: Sequence[Array]) -> Array:
        return np.concatenate(values)

    def take(self, value: Array, rows: Sequence[int]) -> Array:
        taken: Array = value[list(rows)]
        return taken


def on_host(value: Any) -> Any:
    """A torch tensor, known by what it can do: torch itself is not imported here."""
    return value.detach().cpu() if hasattr(value, "detach") else value
