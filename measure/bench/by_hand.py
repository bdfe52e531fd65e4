"""The tracker as one would write it without a compiler: its PyTorch modules called one by one, OpenCV for the crops.

In every frame: cut the search region (OpenCV), hand it over, call the modules, decode with PyTorch, move the target,
read the boxes. `by-hand` keeps what follows from the template alone (at the border of whole modules), as careful
authors do; `uncut` computes the template's features in every frame again, as a plain `forward(template, search)` does.
All targets of a frame are one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn
from torch.utils.hooks import RemovableHandle

from ...compiler.check import CheckResult
from ...compiler.driver import run_time_targets
from ...compiler.lower import GLUE, Lowered, Placeholder, lower
from ...compiler.modules import build_modules
from ...compiler.plan import Slot
from ...compiler.stages import Stage
from ...compiler.weights import Weights
from ...components.crops.crop import Crop
from ...dsl.program import Input
from .clock import Clock, no_clock
from .errors import BenchError

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Half:
    """A part of the lowered graph: a module, what it reads from outside, and from the other half."""

    module: fx.GraphModule
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Modules:
    """A tracker's modules, joined as the spec joins them, in two halves."""

    first: Half
    later: Half
    outputs: tuple[str, ...]
    """names of what `later` gives"""
    crops: Mapping[str, Crop]
    template: tuple[str, ...]
    search: tuple[str, ...]
    device: str


def modules_of(checked: CheckResult, weights: Weights | None, device: str) -> Modules:
    """Raises BenchError for a tracker with states or refreshed templates: there is no one way to write these."""
    graph = checked.expect()
    inputs = [node for node in graph.program.nodes if isinstance(node, Input)]
    if graph.program.states or any(node.refresh is not None for node in inputs):
        raise BenchError("not written by hand for trackers with states or refreshed templates")
    parts, _ = build_modules(graph, weights, torch.device(device))
    lowered = lower(graph, parts, run_time_targets(graph), "image", ())
    lowered.module.to(device)
    first, later = halves(lowered)
    crops = {node.name: parts[node.part] for node in inputs}
    found = {name: crop for name, crop in crops.items() if isinstance(crop, Crop) and crop.rule is not None}
    if len(found) < len(crops):
        raise BenchError("not written by hand for crops that OpenCV cannot cut")
    template = tuple(node.name for node in inputs if node.keyword == "template")
    search = tuple(node.name for node in inputs if node.keyword == "search")
    return Modules(first, later, lowered.outputs, found, template, search, device)


def halves(lowered: Lowered) -> tuple[Half, Half]:
    """What is known at the first frame, and the rest; `first` gives what `later` reads after its own slots."""
    entrances = {found.name: found for found in lowered.placeholders}
    stages: dict[fx.Node, Stage] = {}
    for node in lowered.module.graph.nodes:
        own = entrances[node.name].stage if node.op == "placeholder" else Stage.CONST
        stages[node] = max([own, *(stages[source] for source in node.all_input_nodes)])
    output = next(node for node in lowered.module.graph.nodes if node.op == "output")
    late = [node for node in stages if stages[node] >= Stage.STEP and node is not output]
    read = [source for node in (*late, output) for source in node.all_input_nodes]
    border = [node for node in dict.fromkeys(read) if stages[node] == Stage.INIT]
    early = [node for node in stages if stages[node] <= Stage.INIT and node is not output]
    const = [node for node in stages if stages[node] == Stage.CONST and node is not output]
    root = lowered.module
    first = piece(root, early, [], entrances, tuple(border))
    later = piece(root, [*const, *late], border, entrances, output.args[0])
    return first, later


def piece(
    root: nn.Module,
    nodes: list[fx.Node],
    given: list[fx.Node],
    entrances: Mapping[str, Placeholder],
    results: Any,
) -> Half:
    """A module of these nodes, which reads their placeholders and then what the other half gives."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    slots: list[Slot] = []
    for node in [node for node in nodes if node.op == "placeholder"]:
        copies[node] = graph.placeholder(node.name)
        slots.append(entrances[node.name].slot)
    for node in given:
        copies[node] = graph.placeholder(f"kept_{node.name}")
    for node in nodes:
        if node not in copies:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    graph.output(fx.node.map_arg(results, copies.__getitem__))
    module = fx.GraphModule(root, graph)
    module.graph.eliminate_dead_code()
    module.recompile()
    return Half(module, tuple(slots))


class ByHand:
    """A tracker's modules following the targets of one video."""

    def __init__(
        self,
        modules: Modules,
        frame: Picture,
        boxes: NDArray[np.float64],
        keep: bool = True,
        clock: Clock = no_clock,
    ) -> None:
        """Start on RGB `uint8` [H, W, 3] with boxes [N, 4]. `keep`: the template's features, from now on."""
        self._modules, self._keep, self.clock = modules, keep, clock
        device = modules.device
        with torch.no_grad():
            start = modules.crops[modules.search[0] if modules.search else modules.template[0]]
            self._target = start.start(torch.from_numpy(boxes).to(device))
            pixels = torch.from_numpy(frame)
            self._borders = {name: crop.border(pixels).numpy() for name, crop in modules.crops.items()}
            height, width = frame.shape[:2]
            self._values: dict[str, Tensor] = {
                "frame_size": torch.tensor([width, height], dtype=torch.float64, device=device)
            }
            for name in modules.template:
                self._values[name] = self._image(name, frame)
            self._first_target = self._target
            self._kept = self._template()

    def step(self, frame: Picture) -> NDArray[np.float64]:
        """The boxes [N, 4] x, y, w, h in the next frame, on the host."""
        modules, clock = self._modules, self.clock
        with torch.no_grad():
            for name in modules.search:
                self._values[name] = self._image(name, frame)
            with clock("network"):
                kept = self._kept if self._keep else self._template()
                self._values["target"] = self._target
                given = [self._values[slot.name] for slot in modules.later.slots]
                results = self._later(*given, *kept)
            self._target = results["target"]
            with clock("read"):
                boxes: NDArray[np.float64] = results["boxes"].cpu().numpy()
        return boxes

    def _later(self, *given: Tensor) -> dict[str, Tensor]:
        module = self._modules.later.module
        hooks = [] if self.clock is no_clock else clocked(module, self.clock)
        try:
            return dict(zip(self._modules.outputs, module(*given), strict=True))
        finally:
            for hook in hooks:
                hook.remove()

    def _template(self) -> tuple[Tensor, ...]:
        values = {**self._values, "target": self._first_target}
        kept: tuple[Tensor, ...] = self._modules.first.module(
            *(values[slot.name] for slot in self._modules.first.slots)
        )
        return kept

    def _image(self, name: str, frame: Picture) -> Tensor:
        """What the network sees of the frame, by OpenCV."""
        crop = self._modules.crops[name]
        with self.clock("crop"):
            pixels = crop.sample_host(frame, self._target.cpu().numpy(), self._borders[name])
        with self.clock("upload"):
            handed = torch.from_numpy(pixels).to(self._modules.device)
        with self.clock("network"):
            image: Tensor = crop(handed)
        return image


def clocked(module: nn.Module, clock: Clock) -> list[RemovableHandle]:
    """Hooks by which the clock tells decoders, and the moving of the targets, from the rest of the network."""
    running: list[AbstractContextManager[Any]] = []

    def begin(part: str) -> Callable[..., None]:
        def hook(*call: Any) -> None:
            running.append(clock(part))
            running[-1].__enter__()

        return hook

    def end(*call: Any) -> None:
        running.pop().__exit__(None, None, None)

    hooks = []
    for path, child in module.named_modules():
        part = part_of(path, child)
        if part is not None:
            hooks += [child.register_forward_pre_hook(begin(part)), child.register_forward_hook(end)]
    return hooks


def part_of(path: str, module: nn.Module) -> str | None:
    """`decode` for the components of decoders, `state` for what moves the targets."""
    if ".components.decoders." in type(module).__module__:
        return "decode"
    return "state" if path == f"{GLUE}.move" else None
