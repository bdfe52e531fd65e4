"""What tests of the gate share: small trackers, their programs, and passes and engines that are wrong on purpose."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import torch

from sotc.compiler.backends.engine import Engine, Runner, Value
from sotc.compiler.backends.wrapped import PassingRunner, WrappedEngine
from sotc.compiler.check import CheckResult, check
from sotc.compiler.compiled import Compiled, Options
from sotc.compiler.driver import Source, source_of
from sotc.compiler.modules import Parts, build_modules
from sotc.compiler.passes.base import PassResult
from sotc.compiler.passes.rewrite import draft_of, finish, fire, insert_call
from sotc.compiler.plan import Plan
from sotc.compiler.programs import StageProgram
from sotc.measure.clip import Clip, generated_clip
from sotc.measure.gate import Reference, reference_of

PLAIN = """
tracker Plain {
    template = SiameseCrop { size = 63 }
    search   = SiameseCrop { size = 127 }

    head classify = SeparableHead { out_channels = 2, channels = 8, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }

    part even = BatchNorm2d
    kernel = template -> MaxPool2d { kernel_size = 16, stride = 16 } -> even
    field  = search -> MaxPool2d { kernel_size = 8, stride = 8 } -> even
    likeness = XCorrPixelwise(field, kernel)
    pick     = PointDecode { stride = 8, rate = 0.9 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

STATEFUL = PLAIN.replace("likeness = XCorr", "state memory = kernel\n    next memory = 0.9 * memory + 0.1 * kernel\n"
                         "    likeness = XCorr").replace("(field, kernel)", "(field, memory)")  # fmt: skip

CONVOLUTION = "aten::conv2d"


@functools.cache
def checked(text: str = PLAIN) -> CheckResult:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.sot"
        path.write_text(text, encoding="utf-8")
        return check(str(path))


@functools.cache
def source(text: str = PLAIN) -> Source:
    return source_of(checked(text), lively(text), "cpu", "auto")


def lively(text: str) -> dict[str, torch.Tensor]:
    """Weights under which boxes and scores depend on what is seen: fresh ones give almost the same everywhere."""
    generator = torch.Generator().manual_seed(3)
    modules, _ = build_modules(checked(text).expect(), None, torch.device("cpu"))
    state = Parts(modules).state_dict()
    for name, value in state.items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_mean"):
            state[name] = 128 + 0 * noise if name.startswith("even") else 0.3 * noise
        elif name.endswith("running_var"):
            state[name] = 60.0**2 + 0 * noise if name.startswith("even") else 1 + 0.2 * noise.abs()
        elif value.ndim == 4:
            state[name] = noise * 1.5 / value[0].numel() ** 0.5
        elif name.endswith("bias"):
            state[name] = 0.1 * noise
    return state


@functools.cache
def clip(frames: int = 14) -> Clip:
    return generated_clip(frames)


@functools.cache
def reference(text: str = PLAIN) -> Reference:
    return reference_of(source(text), Options(), clip())


# ---------------------------------------------------------------- wrong on purpose


@dataclass(frozen=True)
class Honest:
    """A pass that changes the graph and no number: it multiplies the first convolution's result by one."""

    name: ClassVar[str] = "honest"
    factor: ClassVar[float] = 1.0

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        first = next((node for node in draft.graph.nodes if "conv2d" in str(node.target)), None)
        if first is None:
            return finish(draft)
        fire(draft, first, f"times {self.factor}")
        after = first.next
        made = insert_call(draft, torch.ops.aten.mul.Tensor, (first, self.factor), before=after, origin="")
        first.replace_all_uses_with(made, delete_user_cb=lambda user: user is not made, propagate_meta=False)
        return finish(draft)


@dataclass(frozen=True)
class Wrong(Honest):
    """A pass that makes the first convolution's result half as large again."""

    name: ClassVar[str] = "wrong"
    factor: ClassVar[float] = 1.5


Change = Callable[[str, str, Any], Any]
"""Program, slot and value -> what the engine gives instead."""


class ChangedRunner(PassingRunner):
    """A runner that gives other results than the one that it stands on."""

    def __init__(self, plan: Plan, runner: Runner, change: Change) -> None:
        super().__init__(runner)
        self._plan, self._change = plan, change

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        slots = self._plan.programs[program].outputs
        results = self._runner.run(program, inputs)
        return [self._change(program, slot.name, value) for slot, value in zip(slots, results, strict=True)]


def changed_engine(plan: Plan, engine: Engine, change: Change) -> Engine:
    return WrappedEngine(engine, lambda runner: ChangedRunner(plan, runner, change))


def changed(compiled: Compiled, change: Change) -> Compiled:
    return replace(compiled, engine=changed_engine(compiled.plan, compiled.engine, change))
