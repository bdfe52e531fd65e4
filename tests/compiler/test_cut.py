"""The programs together compute what the language says, frame by frame.

The reference keeps no cache: in every step it evaluates the whole uncut graph of modules, with the template's
pixels of the first frame (or of the last refresh).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from sotc.compiler.check import check
from sotc.compiler.driver import Options, Source, build, run_time_targets, source_of
from sotc.compiler.graph import ComponentGraph
from sotc.compiler.lower import Lowered, lower
from sotc.compiler.modules import build_modules
from sotc.runtime.targets import FIRST
from sotc.runtime.tracker import Tracker

CPU = torch.device("cpu")

HEADER = """
tracker Example {
    template = SiameseCrop { size = 63 } %(refresh)s
    search   = SiameseCrop { size = 127 }

    part backbone = ConvBNReLU { out_channels = 12, kernel_size = 5, stride = 16 }
    head classify = SeparableHead { out_channels = 2, channels = 16, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 16, kernels = [5, 3] }

    kernel   = template -> backbone
    field    = search -> backbone
    %(more)s
    pick     = PointDecode { rate = 0.9 }(response -> classify, response -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

PLAIN = "response = XCorrPixelwise(field, kernel)"
STATEFUL = """state memory = kernel
    next memory = 0.5 * memory + 0.5 * kernel
    response = XCorrPixelwise(field, memory)"""
COUNTED = """state trust = 1.0
    next trust = 0.5 * trust + 0.5 * pick.score
    response = XCorrPixelwise(field, kernel)
    output trust = trust"""

SPECS = {
    "plain": HEADER % {"refresh": "", "more": PLAIN},
    "counted": HEADER % {"refresh": "", "more": COUNTED},
    "refreshed": HEADER % {"refresh": "refresh every 2", "more": PLAIN},
    "refreshed_when": HEADER % {"refresh": "refresh every 1 when pick.score > 0.5", "more": PLAIN},
    "stateful": HEADER % {"refresh": "", "more": STATEFUL},
    "stateful_refreshed": HEADER % {"refresh": "refresh every 1", "more": STATEFUL},
}


@dataclass
class Reference:
    """The language's rules on the uncut graph."""

    graph: ComponentGraph
    modules: dict[str, Any]
    frame: Tensor
    target: Tensor
    template: dict[str, Tensor] = field(default_factory=dict)
    states: dict[str, Tensor] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        self.border = self.modules["template"].border(self.frame)
        self.template = self.cut_here(self.frame)
        targets = run_time_targets(self.graph)
        first = {name: operand for name, operand in targets.items() if name.endswith(".initial")}
        self.lowered: Lowered = lower(self.graph, self.modules, first, "frame")
        begins = self.evaluate(self.frame) if first else {}
        self.states = {
            name.removeprefix("state.").removesuffix(".initial"): value for name, value in begins.items()
        }
        self.lowered = lower(self.graph, self.modules, targets, "frame")

    def cut_here(self, frame: Tensor) -> dict[str, Tensor]:
        pixels = self.modules["template"].sample(frame, self.target, self.border)
        return {"pixels": pixels, "target": self.target}

    def evaluate(self, frame: Tensor) -> dict[str, Tensor]:
        """Run the whole graph; the template's pixels are those that were kept."""
        module = self.lowered.module
        module.get_submodule("glue").template_sample = Fixed(self.template["pixels"])
        given = []
        for node in [node for node in module.graph.nodes if node.op == "placeholder"]:
            place = next(found for found in self.lowered.placeholders if found.name == node.name)
            given.append(self.value(place.slot.kind, place.slot.name, place.crop, frame))
        return dict(zip(self.lowered.outputs, module(*given), strict=True))

    def value(self, kind: str, name: str, crop: str | None, frame: Tensor) -> Tensor:
        if kind == "state":
            return self.states[name.removeprefix("state.")]
        if kind == "target":
            return self.template["target"] if crop == "template" and self.template else self.target
        size = torch.tensor([frame.shape[1], frame.shape[0]], dtype=torch.float64)
        return {"frame": frame, "border": self.border, "frame_size": size}[kind]

    def step(self, frame: Tensor) -> dict[str, Tensor]:
        values = self.evaluate(frame)
        self.count += 1
        input_ = next(node for node in self.graph.program.nodes if node.name == "template")
        refresh = input_.refresh  # type: ignore[attr-defined]
        before = self.target
        self.target = values["output.box"]
        if refresh is not None and self.count % refresh.every == 0:
            new = self.cut_here(frame)
            accept = values.get("refresh.template", torch.ones(len(before), dtype=torch.bool))
            self.template = {
                key: torch.where(
                    accept.reshape(-1, *(1 for _ in new[key].shape[1:])), new[key], self.template[key]
                )
                for key in new
            }
        if refresh is not None and self.states:
            moved, self.target = self.target, before
            later = self.evaluate(frame)
            self.target = moved
        else:
            later = values
        self.states = {name: later[f"next.{name}"] for name in self.states}
        return values


class Fixed(torch.nn.Module):
    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value

    def forward(self, *_: Any) -> Tensor:
        return self.value


def frames(count: int, height: int = 120, width: int = 160) -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    still = np.kron(coarse, np.ones((8, 8, 1), dtype=np.uint8))
    return [np.roll(still, 3 * index, axis=1) for index in range(count)]


Compiled = tuple[Source, ComponentGraph, dict[str, Any]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Compiled]:
    """Each spec compiled once for each lowering of crops, with the same weights."""
    folder = tmp_path_factory.mktemp("cut")
    return functools.cache(lambda name, crop: compile_one(folder / f"{name}.sot", SPECS[name], crop))


def compile_one(path: Path, text: str, crop: str) -> Compiled:
    path.write_text(text)
    result = check(str(path))
    graph = result.expect()
    torch.manual_seed(7)
    source = source_of(result, None, "cpu", crop)  # type: ignore[arg-type]
    torch.manual_seed(7)
    modules, _ = build_modules(graph, None, CPU)
    return source, graph, modules


def running(source: Source) -> Tracker:
    compiled = build(source, Options())
    return Tracker(compiled.plan, compiled.engine)


@pytest.mark.parametrize("crop", ["host", "graph"])
@pytest.mark.parametrize("name", sorted(SPECS))
def test_programs_follow_the_language(name: str, crop: str, compiled: Callable[[str, str], Compiled]) -> None:
    source, graph, modules = compiled(name, crop)
    video = frames(6)
    boxes = [[60.0, 40.0, 30.0, 24.0], [20.0, 70.0, 18.0, 33.0]]
    session = running(source).start(video[0], boxes)
    with torch.no_grad():
        start = modules[graph.program.nodes[0].part].start(torch.tensor(boxes, dtype=torch.float64))
        reference = Reference(graph, modules, torch.from_numpy(video[0].copy()), start)
        for frame in video[1:]:
            result = session.step(frame)
            values = reference.step(torch.from_numpy(frame.copy()))
            centre = torch.cat([result.boxes[:, :2] + result.boxes[:, 2:] / 2, result.boxes[:, 2:]], dim=1)
            torch.testing.assert_close(centre, values["output.box"], rtol=0, atol=1e-3)
            for state, value in reference.states.items():
                torch.testing.assert_close(session.state[state], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_many_targets_are_as_single_runs(name: str, compiled: Callable[[str, str], Compiled]) -> None:
    source, _, _ = compiled(name, "graph")
    video = frames(5)
    boxes = [[60.0, 40.0, 30.0, 24.0], [20.0, 70.0, 18.0, 33.0], [120.0, 10.0, 60.0, 60.0]]
    together = running(source).start(video[0], boxes)
    alone = [running(source).start(video[0], [box]) for box in boxes]
    for frame in video[1:]:
        many = together.step(frame).boxes
        single = torch.cat([session.step(frame).boxes for session in alone])
        torch.testing.assert_close(many, single, rtol=0, atol=1e-3)


def test_the_template_branch_leaves_the_step(compiled: Callable[[str, str], Compiled]) -> None:
    source, _, modules = compiled("plain", "graph")

    def convolutions(module: torch.fx.GraphModule) -> int:
        return sum("conv2d" in str(node.target) for node in module.graph.nodes)

    def layers(path: str) -> int:
        return sum(isinstance(module, torch.nn.Conv2d) for module in modules[path].modules())

    backbone, heads = layers("backbone"), layers("classify") + layers("regress")
    assert convolutions(source.programs["init"].module) == backbone
    assert convolutions(source.programs["step"].module) == backbone + heads


def test_the_step_never_waits_for_the_host(compiled: Callable[[str, str], Compiled]) -> None:
    for name in SPECS:
        source, _, _ = compiled(name, "graph")
        for program in (program for name, program in source.programs.items() if name not in FIRST):
            targets = {str(node.target) for node in program.module.graph.nodes}
            waits = {target for target in targets if "local_scalar" in target or "item" in target.split(".")}
            assert not waits, (name, program.name, waits)
            assert not any("_to_copy" in target and "device" in target for target in targets)


def test_frames_may_change_their_size(compiled: Callable[[str, str], Compiled]) -> None:
    source, _, _ = compiled("plain", "graph")
    session = running(source).start(frames(1)[0], [60.0, 40.0, 30.0, 24.0])
    for height, width in ((120, 160), (96, 200), (48, 48)):
        assert session.step(frames(1, height, width)[0]).boxes.shape == (1, 4)


MEETING = """
tracker Meeting {
    %s
    search = SiameseCrop { size = 127 }

    head classify = SeparableHead { out_channels = 2, channels = 8, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 8, kernels = [3] }

    field = search -> MaxPool2d { kernel_size = 16, stride = 16 }
    pick  = PointDecode { rate = 0.9 }(field -> classify, field -> regress -> Exp, search.view)
    output box  = pick.box
    output both = (second -> GlobalAveragePool) + (third -> GlobalAveragePool) + (once -> GlobalAveragePool)
}
"""
TEMPLATES = (
    "template once = SiameseCrop { size = 32 }",
    "template second = SiameseCrop { size = 32 } refresh every 2",
    "template third = SiameseCrop { size = 32 } refresh every 3",
)


@pytest.mark.parametrize(
    ("crop", "order"),
    [
        pytest.param(crop, order, marks=[pytest.mark.slow] if crop == "graph" and place else [])
        for crop in ("host", "graph")
        for place, order in enumerate(list(itertools.permutations(range(3)))[::2])
    ],
)
def test_refreshed_templates_that_meet_are_each_renewed(
    order: tuple[int, ...], crop: str, tmp_path: Path
) -> None:
    """The sum of three means, each of the patch that its template was last cut to."""
    lines = "\n    ".join(TEMPLATES[index] for index in order)
    source, _, modules = compile_one(tmp_path / "meeting.sot", MEETING % lines, crop)
    video = frames(8)
    session = running(source).start(video[0], [60.0, 40.0, 30.0, 24.0])
    target = modules["once"].start(torch.tensor([[60.0, 40.0, 30.0, 24.0]], dtype=torch.float64))
    border = modules["once"].border(torch.from_numpy(video[0].copy()))

    def mean(frame: np.ndarray[Any, Any]) -> Tensor:
        return modules["once"].sample(torch.from_numpy(frame.copy()), target, border).float().mean((2, 3))

    means = dict.fromkeys(("once", "second", "third"), mean(video[0]))
    for index, frame in enumerate(video[1:], start=1):
        result = session.step(frame)
        torch.testing.assert_close(
            result.outputs["both"].flatten(1), sum(means.values()), rtol=1e-5, atol=1e-3
        )
        target = torch.cat([result.boxes[:, :2] + result.boxes[:, 2:] / 2, result.boxes[:, 2:]], dim=1)
        means |= {"second": mean(frame)} if index % 2 == 0 else {}
        means |= {"third": mean(frame)} if index % 3 == 0 else {}
