"""What a session needs of tensors and programs, so that it needs no tensor library by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = Any
"""A tensor of the engine: a torch tensor on its device, or a numpy array."""


class Runner(Protocol):
    """Programs at work for one session; it may keep memory of its own between calls (buffers, CUDA graphs)."""

    def put(self, value: NDArray[Any] | Value) -> Value:
        """A small array as a value of this engine; what is one already is moved to the device, or passed on."""

    def put_frame(self, pixels: NDArray[np.uint8] | Value) -> Value:
        """A frame [H, W, 3] as a value; the caller may overwrite `pixels` once the step has returned."""

    def get(self, value: Value) -> NDArray[Any]:
        """The value on the host; waits for the device."""

    def read_later(self, values: Sequence[Value]) -> Callable[[], Sequence[NDArray[Any]]]:
        """Start to bring values of `keep` to the host; what is returned waits for them and gives them."""

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        """Results in the order of the program's outputs. They stay valid until the same program runs again."""

    def keep(self, values: Sequence[Value]) -> Sequence[Value]:
        """The values in memory that no later run changes (the same objects where `run` makes new ones anyway)."""

    def join(self, values: Sequence[Value]) -> Value:
        """Values one behind the other along the first axis."""

    def take(self, value: Value, rows: Sequence[int]) -> Value:
        """These rows of the first axis, in this order."""


class Engine(Protocol):
    """Programs that are ready to run on one device.

    An engine whose programs are fast, or run at all, for certain numbers of targets only has an attribute `buckets`,
    these numbers as a tuple: sessions pad their targets to the next of them.
    """

    @property
    def backend(self) -> str:
        """`eager`, `onnx` ..."""

    @property
    def device(self) -> str:
        """`cpu`, `cuda:0`"""

    @property
    def precision(self) -> str:
        """`fp32`, `bf16`, `fp16` or `int8`"""

    def runner(self) -> Runner:
        """A runner for one session."""
