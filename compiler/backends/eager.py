"""The reference: every program's operators called one by one, by PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..compiled import Precision
from ..passes.defaults import REFERENCE
from ..plan import Plan
from ..programs import Programs
from .backend import BuildOptions, Built, Missing
from .torch_engine import TorchEngine, modules_on


@dataclass(frozen=True)
class Eager:
    name: ClassVar[str] = "eager"
    title: ClassVar[str] = "PyTorch, operator by operator: the reference that all others are held to"
    torch_free: ClassVar[bool] = False
    native: ClassVar[bool] = False
    passes: ClassVar[str] = REFERENCE
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "fp16")
    precision_pass: ClassVar[bool] = True

    def missing(self, options: BuildOptions) -> Missing | None:
        return None

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        modules = modules_on(programs, options.device)
        return Built(TorchEngine(self.name, options.device, options.precision, modules, plan.programs))

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> TorchEngine:
        raise AssertionError("an eager tracker has no members: it is made anew from its spec and weights")


BACKEND = Eager()
