"""A tracker's programs while they are being compiled: fx graphs over named places of a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from torch.fx import GraphModule

from .plan import Signature, Slot


@dataclass(frozen=True)
class StageProgram:
    """One program: called with the tensors of `inputs`, in order; gives a tuple in the order of `outputs`.

    Its graph is flat (operators of `torch.ops`, `get_attr` for constants held as buffers of `module`) and
    functional but for what `in_place.restore_in_place` allows. `node.meta["val"]` is a fake tensor of the node's
    shape, the number of targets being a symbol; `node.meta["origin"]` is the component-graph node it came from,
    and where there is one `node.meta["span"]` is its place in the spec.
    """

    name: str
    """`begin`, `border`, `aim`, `init`, `step`, `refresh.online`, `next`"""
    module: GraphModule
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]

    @property
    def signature(self) -> Signature:
        return Signature(self.name, self.inputs, self.outputs)


Programs: TypeAlias = Mapping[str, StageProgram]
"""All programs of a tracker by name, in the order in which they first run."""
