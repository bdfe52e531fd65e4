"""The programs around the network: boxes to targets, the frame's border, and where the crops lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, fx, nn
from torch.export import Dim

from ..components.crops.crop import Crop
from .flatten import FRAME, MAX_TARGETS, moved
from .plan import Slot
from .programs import StageProgram
from .values import BATCHES


class Begin(nn.Module):
    """The user's boxes [N, 4], x, y, w, h, as targets, by the convention of a crop."""

    def __init__(self, crop: Crop) -> None:
        super().__init__()
        self.crop = (crop,)

    def forward(self, boxes: Tensor) -> tuple[Tensor, ...]:
        return (self.crop[0].start(boxes),)


class Border(nn.Module):
    """What each crop sees beyond the frame, taken from the first one."""

    def __init__(self, crops: Sequence[Crop]) -> None:
        super().__init__()
        self.crops = tuple(crops)

    def forward(self, frame: Tensor) -> tuple[Tensor, ...]:
        return tuple(crop.border(frame) for crop in self.crops)


class Aim(nn.Module):
    """Where each crop lies for given targets."""

    def __init__(self, crops: Sequence[Crop]) -> None:
        super().__init__()
        self.crops = tuple(crops)

    def forward(self, target: Tensor) -> tuple[Tensor, ...]:
        return tuple(crop.windows(target) for crop in self.crops)


TARGET = Slot("target", "target", per_target=True)
BOXES = Slot("boxes", "boxes", per_target=True)
FRAME_SLOT = Slot("frame", "frame")


def geometry_programs(
    crops: Mapping[str, Crop], start: Crop, on_host: bool, device: torch.device
) -> dict[str, StageProgram]:
    """`begin` and `border`, and with crops cut on the host `aim`, for one device.

    `start` is the crop that boxes go by.
    """
    count = BATCHES[0]
    boxes = torch.tensor([[140.0, 105.0, 40.0, 30.0]], dtype=torch.float64).repeat(count, 1)
    frame = torch.zeros(FRAME, dtype=torch.uint8)
    targets = {0: Dim("targets", min=1, max=MAX_TARGETS)}
    parts = tuple(crops.values())
    programs = {
        "begin": exported("begin", Begin(start), boxes, targets, (BOXES,), (TARGET,), device),
        "border": exported(
            "border",
            Border(parts),
            frame,
            {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
            (FRAME_SLOT,),
            tuple(Slot(f"{name}.border", "border") for name in crops),
            device,
        ),
    }
    if on_host:
        windows = tuple(Slot(f"{name}.windows", "windows", per_target=True) for name in crops)
        programs["aim"] = exported("aim", Aim(parts), boxes, targets, (TARGET,), windows, device)
    return programs


def exported(
    name: str,
    module: nn.Module,
    example: Tensor,
    axes: object,
    reads: tuple[Slot, ...],
    writes: tuple[Slot, ...],
    device: torch.device,
) -> StageProgram:
    program = torch.export.export(module, (example,), dynamic_shapes=(axes,))
    flat = moved(program, device).module(check_guards=False)
    assert isinstance(flat, fx.GraphModule)
    return StageProgram(name, tidied(flat), reads, writes)


def tidied(module: fx.GraphModule) -> fx.GraphModule:
    """A plain module: positional placeholders and a tuple of results, without what export checks at run time."""
    for node in list(module.graph.nodes):
        if node.op == "call_function" and "_assert" in str(node.target):
            module.graph.erase_node(node)
    module.graph.eliminate_dead_code()
    graph, holder = fx.Graph(), nn.Module()
    copies: dict[fx.Node, fx.Node] = {}
    for node in module.graph.nodes:
        if node.op == "output":
            results = node.args[0]
            graph.output(tuple(copies[result] for result in results))
        else:
            copies[node] = graph.node_copy(node, copies.__getitem__)
            copies[node].meta.setdefault("origin", "")  # geometry comes from no one node of the spec
            if node.op == "get_attr":
                value = module
                for piece in str(node.target).split("."):
                    value = getattr(value, piece)
                assert isinstance(value, Tensor)
                holder.register_buffer(str(node.target).replace(".", "_"), value.detach())
                copies[node].target = str(node.target).replace(".", "_")
    graph.lint()
    return fx.GraphModule(holder, graph)
