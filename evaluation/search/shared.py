"""One compile for many settings: numbers of a decoder become inputs of the programs, and need no new ones.

Compiling takes as long as a run over a few short sequences, and all candidates of a search have the same network.
A setting is opened where its part keeps it as a plain number and makes nothing else of it beforehand; any other
setting (a size, a switch, a param of the spec) gets a compile of its own for each value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from ...compiler.backends.engine import Engine, Runner, Value
from ...compiler.backends.wrapped import PassingRunner, WrappedEngine
from ...compiler.plan import Plan, Signature, Slot
from .network_cut import SETTING, STEP, NetworkCut, NoCut, cut_at_network
from .recall import Memory, RecallRunner

if TYPE_CHECKING:
    from torch import nn

    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from ...compiler.graph import ComponentGraph
    from ...compiler.programs import Programs, StageProgram
    from .knobs import Knob

Opening: TypeAlias = "Callable[[StageProgram, Mapping[str, str]], StageProgram]"
"""Makes the buffers of settings (and the axis of each) inputs of a program."""


@dataclass(frozen=True)
class SharedPrograms:
    """Programs that wait for the values of some settings."""

    plan: Plan
    """as a session sees it: without the settings"""
    engine: Engine
    settings: Mapping[str, tuple[str, ...]]
    """which settings a program reads, behind its other inputs"""
    step: Signature
    """of the whole step, with its settings"""
    cut: NetworkCut | NoCut
    """where the step was cut in two, or why not"""

    def with_values(self, values: Mapping[str, float], memory: Memory, compiled: str = "") -> Engine:
        """The engine of one candidate: a value for each setting that is open.

        What the network gives is kept in `memory` and taken from it; `compiled` tells apart these programs from
        others that share the memory.
        """

        def tuned(runner: Runner) -> TunedRunner:
            if isinstance(self.cut, NetworkCut):
                runner = cast(Runner, RecallRunner(runner, self.step, self.cut, memory, compiled))
            put = {name: runner.put(np.array(value, dtype=np.float64)) for name, value in values.items()}
            return TunedRunner(
                runner, {name: [put[key] for key in keys] for name, keys in self.settings.items()}
            )

        return WrappedEngine(self.engine, tuned)


class TunedRunner(PassingRunner):
    """Programs that read settings get them."""

    def __init__(self, runner: Runner, settings: Mapping[str, Sequence[Value]]) -> None:
        super().__init__(runner)
        self._settings = settings

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        return self._runner.run(program, [*inputs, *self._settings.get(program, ())])


# ---------------------------------------------------------------- which settings


def openable(graph: ComponentGraph, knob: Knob) -> bool:
    """Whether a part keeps this setting as a number, and nothing else that follows from it.

    No setting of a crop: OpenCV and the programs that aim it know it from elsewhere.
    """
    from ...components.crops.crop import Crop

    if knob.part is None:
        return False
    part = graph.parts[knob.part]
    if isinstance(part.module, Crop):
        return False
    value = getattr(part.module, knob.setting, None)
    if part.parameters or type(value) is not float:
        return False
    component = part.bound.component.cls
    try:
        other = component(**{**part.settings, knob.setting: value * 0.75 + 0.125})
        same = component(**part.settings)
    except Exception:  # whatever a constructor asks of its settings
        return False
    return without(same, knob.setting) == without(other, knob.setting)


def without(module: nn.Module, setting: str) -> dict[str, Any]:
    """All that a module holds, but for one attribute, in a form that compares."""
    held = {name: repr(value) for name, value in vars(module).items() if name != setting and name[0] != "_"}
    tensors = {name: tensor.tolist() for name, tensor in module.state_dict().items()}
    buffers = {name: tensor.tolist() for name, tensor in module.named_buffers()}
    children = {name: repr(child) for name, child in module.named_modules() if name}
    return {**held, "tensors": tensors, "buffers": buffers, "children": children}


# ---------------------------------------------------------------- the compile


def shared_programs(
    checked: CheckResult,
    weights: str | None,
    options: Options,
    knobs: Mapping[str, Knob],
    remembers: bool = True,
) -> SharedPrograms:
    """Compile a checked spec with these settings open, by axis. All of them are `openable`.

    `remembers`: cut at the network where that can be, so that what it gives can be kept.

    Raises what compiling raises; LoweringError, too, where a component asks for the value while it is exported.
    """
    plan, programs = opened_programs(checked, weights, options, knobs, with_inputs)
    whole = {name: program.signature for name, program in programs.items()}
    cut: NetworkCut | NoCut = NoCut("nothing is to be remembered")
    if remembers:
        programs, cut = cut_at_network(programs, options)
    engine = built(programs, plan, options)
    settings = {
        name: tuple(slot.name for slot in signature.inputs if slot.kind == SETTING)
        for name, signature in whole.items()
    }
    session = {
        name: replace(signature, inputs=tuple(slot for slot in signature.inputs if slot.kind != SETTING))
        for name, signature in whole.items()
    }
    plan = replace(plan, programs=session, max_targets=options.targets)
    return SharedPrograms(plan, engine, settings, whole[STEP], cut)


def built(programs: Programs, plan: Plan, options: Options) -> Engine:
    """The backend's engine of programs that are not quite those of the plan. Raises what a backend raises."""
    from ...compiler.backends.find import find_backend, refuse_missing
    from ...compiler.driver import build_options

    backend, wanted = find_backend(options.backend), build_options(options, None, None)
    refuse_missing(backend, wanted)
    made = {name: program.signature for name, program in programs.items()}
    return backend.build(programs, replace(plan, programs=made), wanted, lambda line: None).engine


def opened_programs(
    checked: CheckResult, weights: str | None, options: Options, knobs: Mapping[str, Knob], opening: Opening
) -> tuple[Plan, Programs]:
    """The programs, after the backend's passes, with these settings as inputs; and the plan of the spec as it is.

    Raises what `opening` raises.
    """
    import torch

    from ...compiler.backends.find import find_backend
    from ...compiler.driver import pipeline_of, source_of
    from ...compiler.passes.pipeline import run_pipeline

    def prepare(modules: Mapping[str, nn.Module]) -> None:
        for knob in knobs.values():
            assert knob.part is not None
            module = modules[knob.part]
            value = getattr(module, knob.setting)
            delattr(module, knob.setting)
            module.register_buffer(knob.setting, torch.tensor(value, dtype=torch.float64))

    source = source_of(checked, weights, options.device, options.crop, prepare)
    buffers = {identifier(f"{knob.part}.{knob.setting}"): axis for axis, knob in knobs.items()}
    programs = {name: opening(program, buffers) for name, program in source.programs.items()}
    piped, _ = run_pipeline(pipeline_of(find_backend(options.backend), options), programs)
    return source.plan, piped


def identifier(path: str) -> str:
    """As the lowered module names a buffer."""
    return path.replace(".", "_")


def with_inputs(program: StageProgram, buffers: Mapping[str, str]) -> StageProgram:
    """The program with these buffers as its last inputs."""
    graph = program.module.graph
    opened = [node for node in graph.find_nodes(op="get_attr") if str(node.target) in buffers]
    if not opened:
        return program
    last = [node for node in graph.nodes if node.op == "placeholder"][-1]
    slots = []
    for node in opened:
        with graph.inserting_after(last):
            entrance = graph.placeholder(f"setting_{node.name}")
        entrance.meta = dict(node.meta)
        node.replace_all_uses_with(entrance)
        graph.erase_node(node)
        slots.append(Slot(buffers[str(node.target)], SETTING))
        last = entrance
    program.module.recompile()
    return replace(program, inputs=(*program.inputs, *slots))
