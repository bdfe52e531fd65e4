"""Weights of convolutions that a backend will round to 16 bits: rounded beforehand, each kernel keeping its sum.

The weights stay float32; they hold numbers of the low type, which the backend's own rounding does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from torch import fx

from ..programs import StageProgram
from .base import PassResult
from .kernel_sums import rounded_kernels
from .precision import DTYPES, heavy_nodes, is_kernel, small_last
from .rewrite import Draft, add_constant, arguments, constant_of, draft_of, erase, finish, fire, origin_of


@dataclass(frozen=True)
class RoundKernels:
    """Rounds the weights of convolutions to numbers of `dtype` (see `kernel_sums`), but for small last layers."""

    name: ClassVar[str] = "round-kernels"
    dtype: Literal["bf16", "fp16"] = "bf16"

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        heavy = heavy_nodes(draft)
        heavy -= small_last(draft, heavy)
        for node in list(draft.graph.nodes):
            if node in heavy:
                round_weight(draft, node, self.dtype)
        return finish(draft)


def round_weight(draft: Draft, node: fx.Node, dtype: str) -> None:
    """Let a convolution read a rounded copy of its weight, if that is a constant whose kernels have several taps."""
    source: Any = arguments(node).get("weight")
    weight = constant_of(draft, source)
    if weight is None or not is_kernel(source, node) or weight.shape[2:].numel() < 2:
        return
    rounded = rounded_kernels(weight, DTYPES[dtype]).to(weight.dtype)
    fire(draft, node, f"its weights are rounded to {dtype}, each kernel keeping its sum")
    node.replace_input_with(source, add_constant(draft, rounded, node, origin_of(source)))
    erase(draft, source)


PASS = RoundKernels
