"""What compiling is asked for, and what it gives. Data only, and no torch: an opened artifact is one, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from .backends.engine import Engine
from .plan import Plan
from .user_error import UserError

if TYPE_CHECKING:
    from ..dsl.diagnostics import Diagnostic
    from .passes.pipeline import PassReport

CropChoice = Literal["auto", "host", "graph"]
CROP_CHOICES: tuple[str, ...] = get_args(CropChoice)

Precision = Literal["fp32", "bf16", "fp16", "int8"]
PRECISIONS: tuple[str, ...] = get_args(Precision)


class CropChoiceError(UserError):
    """A way to cut patches that there is not."""

    code: ClassVar[str] = "SOT604"


def refuse_crop(choice: str) -> None:
    """Raises CropChoiceError for what is none of `CROP_CHOICES`."""
    if choice not in CROP_CHOICES:
        raise CropChoiceError(
            f"there is no crop lowering `{choice}`", f"choose one of {', '.join(CROP_CHOICES)}"
        )


def refuse_count(name: str, count: int | None) -> None:
    """Raises ValueError for a number of threads or targets that is none; None stands for one not given."""
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"`{name}` is {count!r}: a whole number from 1 on is needed")


@dataclass(frozen=True)
class Options:
    """How a tracker is compiled. Raises ValueError for numbers that are none."""

    device: str = "cpu"
    crop: CropChoice = "auto"
    """`host` cuts with OpenCV, `graph` within the program; `auto` takes the host on the CPU (it is several times
    faster there) and the graph elsewhere"""
    backend: str = "eager"
    precision: Precision = "fp32"
    passes: str | None = None
    """a pipeline, `fold-batchnorm,channels-last`; None for what suits the backend"""
    threads: int = 1
    targets: int | None = None
    """a fixed number of targets; None for any number"""

    def __post_init__(self) -> None:
        for name, count in (("threads", self.threads), ("targets", self.targets)):
            refuse_count(name, count)


@dataclass(frozen=True)
class Compiled:
    """A tracker that is ready to run, and how it came about."""

    plan: Plan
    engine: Engine
    warnings: tuple[Diagnostic, ...] = ()
    report: tuple[PassReport, ...] = ()
    """what each pass did, in order"""
    members: Mapping[str, bytes] = field(default_factory=dict)
    """the backend's files for an artifact"""
    operators: Mapping[str, int] = field(default_factory=dict)
    """how many operators each program has after the passes; empty for an opened artifact"""
