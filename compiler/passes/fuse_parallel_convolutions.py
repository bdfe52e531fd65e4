"""Several convolutions of one input become one, and its result is split."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, fx

from ..programs import StageProgram
from .base import PassResult
from .elementwise import is_elementwise
from .rewrite import (
    Draft,
    add_constant,
    arguments,
    constant_of,
    draft_of,
    earliest_of,
    erase,
    finish,
    fire,
    insert_call,
    is_call,
    only_reader,
    origin_of,
    skip,
)  # fmt: skip
from .split import parts_of, plain, same_apart_from, tell_strides

CONVOLUTION = "aten::conv2d"


@dataclass(frozen=True)
class FuseParallelConvolutions:
    """Convolutions that read the same input with the same geometry become one with all their channels.

    What follows each of them alike (an activation) is applied once, before the split. Run it after
    `fold-batchnorm`, which leaves a convolution where a norm stood between it and its activation.

    Measured on one thread of a CPU, fp32, input maps of 16 to 31 cells: 1.2 to 1.3 times as fast for two
    convolutions of 10 channels, 0.95 to 1.03 times for 48 channels and more, where a convolution fills the machine
    by itself, and 0.85 times in channels-last layout, where the parts must be copied out. So wide convolutions
    are left alone; what a GPU gains was not measured.
    """

    name: ClassVar[str] = "fuse-parallel-convolutions"

    max_channels: int = 32
    """output channels of a convolution, above which it is left alone; 0 for no limit"""

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        for group in convolutions_by_input(draft):
            merge_readers(draft, group, self.max_channels)
        return finish(draft)


def convolutions_by_input(draft: Draft) -> list[list[fx.Node]]:
    """Convolutions that share an input with another one, in the graph's order."""
    readers: dict[fx.Node, list[fx.Node]] = {}
    for node in draft.graph.nodes:
        if is_call(node, CONVOLUTION) and isinstance(arguments(node)["input"], fx.Node):
            readers.setdefault(arguments(node)["input"], []).append(node)
    return [group for group in readers.values() if len(group) > 1]


def merge_readers(draft: Draft, group: Sequence[fx.Node], max_channels: int) -> None:
    """Merge those convolutions of one input that can be merged, and say of the others why not."""
    alike: dict[Hashable, list[fx.Node]] = {}
    for node in group:
        reason = why_not(draft, node, max_channels)
        if reason:
            skip(draft, node, reason)
        else:
            alike.setdefault(geometry(draft, node), []).append(node)
    for nodes in alike.values():
        if len(nodes) > 1:
            merge(draft, nodes)
        else:
            others = ", ".join(node.name for node in group if node is not nodes[0])
            skip(draft, nodes[0], f"its geometry differs from that of {others}, which read the same input")


def why_not(draft: Draft, node: fx.Node, max_channels: int) -> str:
    given = arguments(node)
    weight = constant_of(draft, given["weight"])
    if weight is None:
        return "its weights are computed, not constant"
    if given["bias"] is not None and constant_of(draft, given["bias"]) is None:
        return "its bias is computed, not constant"
    if given["groups"] != 1:
        return f"it has {given['groups']} groups, which would come out interleaved"
    if max_channels and weight.shape[0] > max_channels:
        return f"its {weight.shape[0]} channels fill the machine alone (max_channels={max_channels})"
    return ""


def geometry(draft: Draft, node: fx.Node) -> Hashable:
    """What must be equal for convolutions of one input to be merged."""
    given = arguments(node)
    weight = constant_of(draft, given["weight"])
    assert weight is not None
    return (
        node.target,
        tuple(weight.shape[1:]),
        weight.dtype,
        weight.device,
        *(plain(given[name]) for name in ("stride", "padding", "dilation")),
    )


def merge(draft: Draft, nodes: Sequence[fx.Node]) -> None:
    """One convolution for several, the activations that follow them all, and a part for each."""
    first = earliest_of(draft, nodes)
    given, origin = arguments(first), merged_origin(nodes)
    weights = [
        weight for node in nodes if (weight := constant_of(draft, arguments(node)["weight"])) is not None
    ]
    biases = [constant_of(draft, arguments(node)["bias"]) for node in nodes]
    names = ", ".join(node.name for node in nodes)
    for node in nodes:
        fire(draft, node, f"one convolution for {names}")
    weight_node = add_constant(draft, torch.cat(weights), first, origin)
    bias = joined_bias(biases, weights)
    bias_node = None if bias is None else add_constant(draft, bias, first, origin)
    assert callable(first.target)
    whole = insert_call(
        draft,
        first.target,
        (given["input"], weight_node, bias_node, given["stride"], given["padding"], given["dilation"], 1),
        before=first,
        origin=origin,
    )
    whole, ends = through_activations(draft, whole, list(nodes))
    parts = parts_of(draft, whole, [len(each) for each in weights], 1, [origin_of(end) for end in ends])
    for end, part in zip(ends, parts, strict=True):
        end.replace_all_uses_with(part, propagate_meta=False)
        erase(draft, end)
        tell_strides(draft, part)


def joined_bias(biases: Sequence[Tensor | None], weights: Sequence[Tensor]) -> Tensor | None:
    """All biases in a row; zeros for who has none, and None where nobody has one."""
    if all(bias is None for bias in biases):
        return None
    filled = [
        weight.new_zeros(len(weight)) if bias is None else bias
        for bias, weight in zip(biases, weights, strict=True)
    ]
    return torch.cat(filled)


def through_activations(draft: Draft, whole: fx.Node, ends: list[fx.Node]) -> tuple[fx.Node, list[fx.Node]]:
    """Apply once what every one of `ends` goes through next, as long as it is the same for all."""
    while True:
        readers = [only_reader(end) for end in ends]
        following = [reader for reader in readers if reader is not None and is_elementwise(reader)]
        if len(following) < len(ends) or not all(
            same_apart_from(following[0], reader, "self", "input") for reader in following
        ):
            return whole, ends
        model = following[0]
        assert callable(model.target)
        whole = insert_call(
            draft,
            model.target,
            (whole, *model.args[1:]),
            model.kwargs,
            before=whole.next,
            origin=merged_origin(following),
        )
        ends = following


def merged_origin(nodes: Sequence[fx.Node]) -> str:
    """The origins of all nodes, in order, each once."""
    return " + ".join(dict.fromkeys(filter(None, map(origin_of, nodes))))


PASS = FuseParallelConvolutions
