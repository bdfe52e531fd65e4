"""One compile for many settings: numbers of a decoder become inputs of the programs, and need no new ones.

Compiling takes as long as a run over a few short sequences, and all candidates of a search have the same network.
A setting is opened where its part keeps it as a plain number and makes nothing else of it beforehand; any other
setting (a size, a switch, a param of the spec) gets a compile of its own for each value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...compiler.backends.engine import Engine, Runner, Value
from ...compiler.plan import Plan, Slot

if TYPE_CHECKING:
    from torch import nn

    from ...compiler.check import CheckResult
    from ...compiler.compiled import Options
    from ...compiler.graph import ComponentGraph
    from ...compiler.programs import StageProgram
    from .knobs import Knob

KIND = "setting"


@dataclass(frozen=True)
class SharedPrograms:
    """Programs that wait for the values of some settings."""

    plan: Plan
    """as a session sees it: without the settings"""
    engine: Engine
    settings: Mapping[str, tuple[str, ...]]
    """which settings a program reads, behind its other inputs"""

    def with_values(self, values: Mapping[str, float]) -> TunedEngine:
        """The engine of one candidate: a value for each setting that is open."""
        return TunedEngine(self.engine, self.settings, values)


@dataclass(frozen=True)
class TunedEngine:
    """An engine whose programs are given the values of settings beside their other inputs."""

    inner: Engine
    settings: Mapping[str, tuple[str, ...]]
    values: Mapping[str, float]

    @property
    def backend(self) -> str:
        return self.inner.backend

    @property
    def device(self) -> str:
        return self.inner.device

    @property
    def precision(self) -> str:
        return self.inner.precision

    @property
    def buckets(self) -> tuple[int, ...] | None:
        return getattr(self.inner, "buckets", None)

    def runner(self) -> Runner:
        import numpy as np

        inner = self.inner.runner()
        values = {name: inner.put(np.array(value, dtype=np.float64)) for name, value in self.values.items()}
        return TunedRunner(
            inner, {name: [values[key] for key in keys] for name, keys in self.settings.items()}
        )


class TunedRunner:
    """Passes everything on; programs that read settings get them."""

    def __init__(self, inner: Runner, settings: Mapping[str, Sequence[Value]]) -> None:
        self._inner, self._settings = inner, settings
        self.put, self.put_frame, self.get = inner.put, inner.put_frame, inner.get
        self.read_later, self.keep = inner.read_later, inner.keep
        self.join, self.take = inner.join, inner.take

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        return self._inner.run(program, [*inputs, *self._settings.get(program, ())])


# ---------------------------------------------------------------- which settings


def openable(graph: ComponentGraph, knob: Knob) -> bool:
    """Whether a part keeps this setting as a number, and nothing else that follows from it."""
    if knob.part is None:
        return False
    part = graph.parts[knob.part]
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
    checked: CheckResult, weights: str | None, options: Options, knobs: Mapping[str, Knob]
) -> SharedPrograms:
    """Compile a checked spec with these settings open, by axis. All of them are `openable`.

    Raises what compiling raises; LoweringError, too, where a component asks for the value while it is exported.
    """
    import torch

    from ...compiler.backends.find import find_backend, refuse_missing
    from ...compiler.driver import build_options, pipeline_of, source_of
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
    programs = {name: with_inputs(program, buffers) for name, program in source.programs.items()}
    backend = find_backend(options.backend)
    piped, _ = run_pipeline(pipeline_of(backend, options), programs)
    wanted = build_options(options, None, None)
    refuse_missing(backend, wanted)
    signatures = {name: program.signature for name, program in piped.items()}
    built = backend.build(piped, replace(source.plan, programs=signatures), wanted, lambda line: None)
    settings = {
        name: tuple(slot.name for slot in signature.inputs if slot.kind == KIND)
        for name, signature in signatures.items()
    }
    session = {
        name: replace(signature, inputs=tuple(slot for slot in signature.inputs if slot.kind != KIND))
        for name, signature in signatures.items()
    }
    plan = replace(source.plan, programs=session, max_targets=options.targets)
    return SharedPrograms(plan, built.engine, settings)


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
        slots.append(Slot(buffers[str(node.target)], KIND))
        last = entrance
    program.module.recompile()
    return replace(program, inputs=(*program.inputs, *slots))
