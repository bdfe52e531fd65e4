"""What tests of passes share: programs of zoo specs and of small modules, inputs of the right kind, comparing."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import Dim

from sotc.compiler.check import check
from sotc.compiler.driver import source_of
from sotc.compiler.geometry import tidied
from sotc.compiler.passes.base import Pass, PassResult
from sotc.compiler.passes.rewrite import arguments
from sotc.compiler.passes.verify import verify
from sotc.compiler.plan import Slot
from sotc.compiler.programs import Programs, StageProgram
from sotc.specs import locate

FRAME = (240, 320, 3)


def program_of(module: nn.Module, *inputs: Tensor) -> StageProgram:
    """A module with one result as a program; the first axis of every input is that of the targets."""
    free = {0: Dim("targets", min=1, max=4096)}
    with torch.no_grad():
        exported = torch.export.export(
            OneResult(module).eval(), inputs, dynamic_shapes=((free,) * len(inputs),)
        )
    flat = exported.module(check_guards=False)
    assert isinstance(flat, torch.fx.GraphModule)
    slots = tuple(Slot(f"state.{index}", "state", per_target=True) for index in range(len(inputs)))
    return StageProgram("step", tidied(flat), slots, (Slot("output.result", "output", per_target=True),))


class OneResult(nn.Module):
    """A network whose result is the program's only one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor]:
        return (self.network(*inputs),)


@functools.cache
def zoo(name: str) -> Programs:
    """The programs of a shipped spec with crops cut on the host, with weights and statistics that are not trivial."""
    torch.manual_seed(0)
    programs = source_of(check(locate(name)), None, "cpu", "auto").programs
    done: set[int] = set()
    generator = torch.Generator().manual_seed(1)
    for program in programs.values():
        shake(program, done, generator)
    return programs


def shake(program: StageProgram, done: set[int], generator: torch.Generator) -> None:
    """Give batch norms statistics other than 0 and 1."""
    rules = {"running_mean": (0.0, 0.1), "running_var": (1.2, 0.1), "weight": (1.0, 0.1), "bias": (0.0, 0.1)}
    for node in program.module.graph.nodes:
        if node.target is not torch.ops.aten.batch_norm.default:
            continue
        for key, (middle, spread) in rules.items():
            value = getattr(program.module, arguments(node)[key].target)
            if value.data_ptr() not in done:
                done.add(value.data_ptr())
                value.copy_(middle + spread * torch.randn(value.shape, generator=generator))


def inputs_of(program: StageProgram, batch: int, seed: int) -> list[Tensor]:
    """Random values of the right kind for what a program takes."""
    generator = torch.Generator().manual_seed(seed)
    nodes = [node for node in program.module.graph.nodes if node.op == "placeholder"]
    return [
        value_for(slot, node.meta["val"], batch, generator)
        for slot, node in zip(program.inputs, nodes, strict=True)
    ]


def value_for(slot: Slot, like: Tensor, batch: int, generator: torch.Generator) -> Tensor:
    shape = [size if isinstance(size, int) else batch for size in like.shape]
    if slot.kind == "frame":
        return torch.randint(0, 256, FRAME, generator=generator).to(torch.uint8)
    if slot.kind == "frame_size":
        return torch.tensor([FRAME[1], FRAME[0]], dtype=torch.float64)
    if slot.kind in ("target", "boxes"):
        places = 80 + 100 * torch.rand(batch, 2, generator=generator, dtype=torch.float64)
        return torch.cat(
            (places, 20 + 40 * torch.rand(batch, 2, generator=generator, dtype=torch.float64)), 1
        )
    if like.dtype == torch.uint8:
        return torch.randint(0, 256, shape, generator=generator).to(torch.uint8)
    if like.dtype == torch.bool:
        return torch.rand(shape, generator=generator) > 0.5
    return torch.randn(shape, generator=generator).to(like.dtype)


SETTLED = {
    "relu",
    "hardtanh",
    "hardswish",
    "hardsigmoid",
    "sigmoid",
    "softmax",
    "exp",
    "cat",
    "gelu",
    "layer_norm",
}
"""Operators whose results no pass may change: whatever it makes of the layers before them."""


class Recorder(fx.Interpreter):
    """Runs a program and keeps what its operators of SETTLED gave, up to the first `argmax`."""

    def __init__(self, program: StageProgram) -> None:
        super().__init__(program.module)
        self.program = program.name
        self.wires: dict[str, Tensor] = {}
        self.picks: dict[str, Tensor] = {}

    def run_node(self, node: fx.Node) -> Any:
        value = super().run_node(node)
        kind = str(node.target).removeprefix("aten.").partition(".")[0]
        if kind == "argmax":
            self.picks[f"{self.program}: {node.name}"] = value
        elif kind in SETTLED and not self.picks and value.dtype == torch.float32:
            self.wires[f"{self.program}: {node.name}"] = value.clone()
        return value


@dataclass
class Trace:
    """What all programs gave, one after the other: the step read what `init` wrote."""

    wires: dict[str, Tensor] = field(default_factory=dict)
    picks: dict[str, Tensor] = field(default_factory=dict)
    results: dict[str, Tensor] = field(default_factory=dict)


def trace(programs: Programs, batch: int, seed: int) -> Trace:
    store: dict[str, Tensor] = {}
    found = Trace()
    for name, program in programs.items():
        given = inputs_of(program, batch, seed)
        filled = [
            store.get(slot.name, value) if slot.kind in ("cache", "state", "carry") else value
            for slot, value in zip(program.inputs, given, strict=True)
        ]
        recorder = Recorder(program)
        with torch.no_grad():
            made = recorder.run(*filled)
        written = {slot.name: value for slot, value in zip(program.outputs, made, strict=True)}
        store |= written
        found.wires |= recorder.wires
        found.picks |= recorder.picks
        found.results |= {f"{name}: {slot}": value for slot, value in written.items()}
    return found


def assert_same_numbers(before: Programs, after: Programs, tolerance: float) -> None:
    """The networks agree on every wire; so do results, where both pick the same cell (networks of random weights
    hardly prefer one)."""
    compared, agreed = 0, 0
    for batch, seed in ((1, 0), (3, 1), (2, 2)):
        old, new = trace(before, batch, seed), trace(after, batch, seed)
        both = old.wires.keys() & new.wires.keys()
        assert_near({key: old.wires[key] for key in both}, {key: new.wires[key] for key in both}, tolerance)
        compared += len(both)
        if all(torch.equal(old.picks[key], new.picks[key]) for key in old.picks):
            agreed += 1
            assert_near(old.results, new.results, tolerance)
    assert compared
    assert agreed


def apply(made: Pass, programs: Programs) -> dict[str, PassResult]:
    """A pass over all programs; what comes out is sound and what went in is as it was."""
    found = {}
    for name, program in programs.items():
        before = str(program.module.graph), {key: id(value) for key, value in program.module.named_buffers()}
        found[name] = made.run(program)
        after = str(program.module.graph), {key: id(value) for key, value in program.module.named_buffers()}
        assert before == after, "the pass changed the program that it was given"
        assert found[name].program is program or found[name].fired
        verify(found[name].program, program)
    return found


def programs_in(outcome: Mapping[str, PassResult]) -> Programs:
    return {name: result.program for name, result in outcome.items()}


def kinds(program: StageProgram) -> Counter[str]:
    """How many operators of each kind a program has: `{"conv2d": 26, "batch_norm": 26}`."""
    names = [
        getattr(node.target, "_schema").name.split("::")[1]  # noqa: B009
        for node in program.module.graph.nodes
        if node.op == "call_function" and hasattr(node.target, "_schema")
    ]
    return Counter(names)


def constants(program: StageProgram) -> dict[str, Tensor]:
    return dict(program.module.named_buffers())


def assert_near(before: Mapping[str, Tensor], after: Mapping[str, Tensor], tolerance: float) -> None:
    """Equal within a tolerance, relative to the largest number of each result."""
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert value.dtype == after[name].dtype, name
        assert value.shape == after[name].shape, name
        scale = float(value.double().abs().max()) if value.numel() else 0.0
        torch.testing.assert_close(
            after[name],
            value,
            rtol=0,
            atol=tolerance * max(scale, 1e-3),
            msg=lambda text, name=name: f"{name}: {text}",
        )


def run(program: StageProgram, *inputs: Tensor) -> Tensor:
    with torch.no_grad():
        result: Tensor = program.module(*inputs)[0]
    return result


def texts(reasons: Sequence[Any]) -> list[str]:
    return [reason.text for reason in reasons]
