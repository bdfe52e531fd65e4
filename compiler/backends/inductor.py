"""TorchInductor: programs that run in every frame are compiled into fused kernels of C++ (CPU) or Triton (CUDA)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from ..compiled import Precision
from ..node_place import component_place, python_place
from ..passes.defaults import GENERAL
from ..plan import Plan
from ..programs import Programs, StageProgram
from .backend import BuildOptions, Built, Missing
from .cuda_runner import Callee, runs_often
from .examples import examples
from .find import BackendError
from .toolchain import missing_compiler
from .torch_engine import TorchEngine, modules_on

TARGET = re.compile(r"target: (?P<target>\S+)")
"""Where inductor tells which operator it failed to lower."""


@dataclass(frozen=True)
class Inductor:
    name: ClassVar[str] = "inductor"
    title: ClassVar[str] = "torch.compile: fused kernels, made when the tracker is compiled (tens of seconds)"
    torch_free: ClassVar[bool] = False
    native: ClassVar[bool] = False
    passes: ClassVar[str] = GENERAL
    precisions: ClassVar[tuple[Precision, ...]] = ("fp32", "bf16", "fp16")
    precision_pass: ClassVar[bool] = True

    def missing(self, options: BuildOptions) -> Missing | None:
        return missing_compiler()

    def build(
        self, programs: Programs, plan: Plan, options: BuildOptions, note: Callable[[str], None]
    ) -> Built:
        """What runs once (`begin`, `border`, `aim`, `init`) stays as it is: compiling it costs more than it gains.

        With a free number of targets the programs are compiled for one target here, and for several when the first
        session has several.
        """
        modules: dict[str, Callee] = dict(modules_on(programs, options.device))
        for name, program in programs.items():
            if runs_often(name):
                note(f"inductor: {name}")
                modules[name] = compiled(program, modules[name], options)
        engine = TorchEngine(
            self.name, options.device, options.precision, modules, plan.programs, targets=options.targets
        )
        return Built(engine)

    def open(self, plan: Plan, members: Mapping[str, Path], options: BuildOptions) -> TorchEngine:
        raise AssertionError("an inductor tracker has no members: it is made anew from its spec and weights")


def compiled(program: StageProgram, module: Callee, options: BuildOptions) -> Callee:
    """A program as a compiled function, which has run once. Raises BackendError."""
    from torch._inductor import config as inductor_config

    function = torch.compile(module, fullgraph=True, dynamic=None if options.targets is None else False)
    free = free_axes(program, options)

    def call(*inputs: Tensor) -> Sequence[Tensor]:
        for value, axes in zip(inputs, free, strict=True):
            for axis in axes:
                if value.shape[axis] != 1:  # one target is a case of its own
                    torch._dynamo.maybe_mark_dynamic(value, axis)
        # weights as constants of the code, packed as the kernels want them; as an option of torch.compile it has
        # no effect in torch 2.13
        with quiet(), inductor_config.patch(freezing=True):
            results: Sequence[Tensor] = function(*inputs)
        return results

    count = 1 if options.targets is None else options.targets
    try:
        with torch.no_grad():
            call(*examples(program, options.device, count))
    except Exception as error:  # whatever the compiler raises: its message is all there is to tell
        raise BackendError(
            f"`inductor` could not compile the program `{program.name}`{blamed(program, error)}: {first_line(error)}",
            "take another backend; `--backend eager` runs everything",
        ) from error
    return Settled(call, function, free)


class Settled:
    """A compiled function that is called as it is for input shapes that it has seen.

    Only a call with new shapes may compile, and needs the axes marked and torch's warnings kept quiet.
    """

    def __init__(self, first: Callee, function: Callee, free: Sequence[tuple[int, ...]]) -> None:
        self._first, self._function = first, function
        self._where = tuple((index, axis) for index, axes in enumerate(free) for axis in axes)
        self._seen: set[tuple[int, ...]] = set()

    def __call__(self, *inputs: Tensor) -> Sequence[Tensor]:
        shape = tuple([inputs[index].shape[axis] for index, axis in self._where])
        if shape in self._seen:
            return self._function(*inputs)
        results = self._first(*inputs)
        self._seen.add(shape)
        return results


def free_axes(program: StageProgram, options: BuildOptions) -> tuple[tuple[int, ...], ...]:
    """For each input the axes whose size is not settled: the targets', and the frame's height and width."""
    return tuple(
        (0, 1) if slot.kind == "frame" else (0,) if slot.per_target and options.targets is None else ()
        for slot in program.inputs
    )


def first_line(error: Exception) -> str:
    """What an error says, shortly; its kind where it says nothing, as `AssertionError: ` of the compiler does."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    return f"{said.rstrip(': ')}, without a reason" if said.endswith(":") and len(lines) == 1 else said


def blamed(program: StageProgram, error: Exception) -> str:
    """`` at `head` (spec.sot:9:5) at head.py:7 (`...`) ``: the node that torch names in its error, where it names one.

    Torch names the operator alone; of several nodes with that operator it may be any, so none is told then.
    """
    named = TARGET.search(str(error))
    target = named["target"] if named else None
    nodes = [
        node
        for node in program.module.graph.nodes
        if node.op == "call_function" and str(node.target) == target
    ]
    if len(nodes) != 1:
        return ""
    place = component_place(nodes[0])
    return f", in {place}{python_place(nodes[0])}" if place else python_place(nodes[0])


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings that torch gives about itself while it compiles."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"torch\.")
        yield


BACKEND = Inductor()
