"""What a backend is: programs in, something callable with the same inputs and outputs out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from numpy.typing import NDArray

from ..compiled import Precision
from ..plan import Plan
from .engine import Engine

if TYPE_CHECKING:
    from ..programs import Programs

Recordings: TypeAlias = Mapping[str, Sequence[tuple[NDArray[Any], ...]]]
"""Program -> inputs that it was called with, call by call: what int8 quantisation is calibrated on."""


Tried: TypeAlias = Callable[[Mapping[str, bytes]], None]
"""Looks whether an artifact's members run, elsewhere. Raises BackendError where they do not."""


@dataclass(frozen=True)
class Missing:
    """Why a backend cannot be used here."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class BuildOptions:
    """For what programs are built."""

    device: str = "cpu"
    precision: Precision = "fp32"
    threads: int = 1
    targets: int | None = None
    """a fixed number of targets; None for any number"""
    calibration: Recordings | None = None
    """needed for int8"""
    tried: Tried | None = None
    """takes an artifact's members before they are opened in this process: what crashes shall do so in another"""


@dataclass(frozen=True)
class Built:
    """Programs that were built."""

    engine: Engine
    members: Mapping[str, bytes] = field(default_factory=dict)
    """what an artifact must hold to open the engine again (`programs/step.onnx` ...); empty where the engine is
    made anew from spec and weights"""


class Backend(Protocol):
    """One way to run programs. A backend is a frozen dataclass without fields, in a file of its own."""

    name: ClassVar[str]
    title: ClassVar[str]
    """one line on what it is"""
    torch_free: ClassVar[bool]
    """its members run without torch"""
    native: ClassVar[bool]
    """its members are machine code: opened only where the user trusts them"""
    passes: ClassVar[str]
    """the default pipeline of passes for it (see `passes.pipeline`)"""
    precisions: ClassVar[tuple[Precision, ...]]
    precision_pass: ClassVar[bool]
    """bf16 and fp16 are put into its programs by the pass `precision`; else the backend sees to it itself"""

    def missing(self, options: BuildOptions) -> Missing | None:
        """Why it cannot be used for `options` on this machine; None where it can."""

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        """Build all programs; `note` takes a line on what is being done. Raises BackendError."""

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> Engine:
        """An engine from the members of an artifact. Must not import torch where `torch_free`."""
