"""Heads that are built alike and read different features become one head over all their channels."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, fx

from ..programs import StageProgram
from .base import PassResult
from .elementwise import is_elementwise
from .fuse_parallel_convolutions import CONVOLUTION, joined_bias, merged_origin
from .lower_correlation import correlation_of
from .rewrite import (
    Draft,
    add_constant,
    arguments,
    constant_of,
    draft_of,
    erase,
    finish,
    fire,
    insert_call,
    is_call,
    latest_of,
    only_reader,
    origin_of,
    skip,
)  # fmt: skip
from .split import in_order, parts_of, plain, same_apart_from, shape_of, tell_strides

aten = torch.ops.aten


@dataclass(frozen=True)
class BatchHeads:
    """Chains of convolutions that are alike but for their weights (lanes) run as one chain of grouped convolutions.

    A chain goes on through convolutions, activations and depthwise correlations, as long as all lanes have the
    same next step; there the results are split again. Run it after `fold-batchnorm`.

    max_channels: of a lane's widest convolution, above which the lanes are left alone; 0 for no limit.
    min_convolutions: of a lane. Joining and splitting cost a copy, which a single convolution does not win back.

    Measured on one thread of a CPU, fp32, whole steps in PyTorch: NanoTrack v2 (lanes of 96 channels) 1.05 times as
    fast for one target, 0.99 times for four; SiamRPN++ (six lanes of 256 channels) 0.96 to 0.99 times. By themselves
    depthwise lanes are 1.3 to 4 times as fast, 1x1 lanes 0.7 to 0.9 times, as grouped convolutions and as batched
    products alike (`matmul` of stacked weights: 0.8 to 1.1 times); so there is the one spelling, and wide lanes are
    left alone. What a GPU gains was not measured.
    """

    name: ClassVar[str] = "batch-heads"

    max_channels: int = 128
    min_convolutions: int = 2

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        tried: set[fx.Node] = set()
        while lanes := next_lanes(draft, tried):
            tried.update(lanes)
            steps, parting = steps_of(draft, lanes)
            reason = self.why_not(steps, parting)
            if reason:
                skip(draft, lanes[0], reason)
                tried.update(node for step in steps for node in step.nodes)
            else:
                merge(draft, steps, parting)
        return finish(draft)

    def why_not(self, steps: Sequence[Step], parting: str) -> str:
        lanes = ", ".join(node.name for node in steps[0].nodes)
        layers = [step for step in steps if step.kind == "convolution"]
        widest = max(shape_of(step.nodes[0])[1] for step in layers)
        if len(layers) < self.min_convolutions:
            return f"the lanes of {lanes} have {len(layers)} convolutions in common; {parting}"
        if self.max_channels and widest > self.max_channels:
            return f"the lanes of {lanes} have {widest} channels (max_channels={self.max_channels})"
        return ""


@dataclass(frozen=True)
class Step:
    """What all lanes do next."""

    kind: Literal["convolution", "correlation", "elementwise"]
    nodes: tuple[fx.Node, ...]
    """a node for each lane, the one that gives the step's result"""
    kernels: tuple[fx.Node, ...] = ()
    """of a correlation"""


# ---------------------------------------------------------------- finding lanes


def next_lanes(draft: Draft, tried: set[fx.Node]) -> list[fx.Node]:
    """Convolutions that are alike and do not depend on each other: the first such set that was not tried yet."""
    layers: dict[Hashable, list[fx.Node]] = {}
    for node in draft.graph.nodes:
        if is_call(node, CONVOLUTION) and node not in tried and (key := likeness(draft, node)) is not None:
            layers.setdefault(key, []).append(node)
    above = dependencies(draft)
    for group in layers.values():
        for index, first in enumerate(group):
            lanes = [first]
            for other in group[index + 1 :]:
                if all(lane not in above[other] for lane in lanes):
                    lanes.append(other)
            if len(lanes) > 1:
                return lanes
    return []


def dependencies(draft: Draft) -> dict[fx.Node, frozenset[fx.Node]]:
    """All convolutions that each node depends on."""
    above: dict[fx.Node, frozenset[fx.Node]] = {}
    for node in draft.graph.nodes:
        sources = node.all_input_nodes
        own = frozenset(source for source in sources if is_call(source, CONVOLUTION))
        above[node] = own.union(*(above[source] for source in sources))
    return above


def likeness(draft: Draft, node: fx.Node) -> Hashable | None:
    """What must be equal for convolutions to be lanes of one; None where weights are computed."""
    given = arguments(node)
    weight, bias = constant_of(draft, given["weight"]), constant_of(draft, given["bias"])
    if weight is None or (bias is None and given["bias"] is not None) or not isinstance(given["groups"], int):
        return None
    settings = (plain(given[name]) for name in ("stride", "padding", "dilation", "groups"))
    sizes = str(shape_of(given["input"]))
    return (node.target, sizes, tuple(weight.shape), weight.dtype, weight.device, *settings)


def steps_of(draft: Draft, lanes: Sequence[fx.Node]) -> tuple[list[Step], str]:
    """What the lanes have in common from their first convolution on, and what parts them."""
    above = dependencies(draft)
    steps = [Step("convolution", tuple(lanes))]
    while True:
        step, parting = next_step(draft, steps[-1].nodes)
        if step is None:
            return steps, parting
        if any(lane in above[kernel] or lane is kernel for lane in lanes for kernel in step.kernels):
            return steps, "a lane's kernel depends on a lane"
        steps.append(step)


def next_step(draft: Draft, ends: Sequence[fx.Node]) -> tuple[Step | None, str]:
    """The step that all lanes take from `ends`; otherwise what parts them."""
    readers = [reader for end in ends if (reader := only_reader(end)) is not None]
    if len(readers) < len(ends):
        return None, f"a result among {', '.join(end.name for end in ends)} is read by several nodes"
    named = ", ".join(reader.name for reader in readers)
    first = readers[0]
    if all(map(is_elementwise, readers)) and all(same_apart_from(first, other, "self") for other in readers):
        return Step("elementwise", tuple(readers)), ""
    keys = [likeness(draft, reader) if is_call(reader, CONVOLUTION) else None for reader in readers]
    if all(keys) and len(set(keys)) == 1:
        return Step("convolution", tuple(readers)), ""
    if all(keys):
        shapes = dict.fromkeys(str(list(constant_shape(draft, reader))) for reader in readers)
        return None, f"they part at {named}, whose weights are {' and '.join(shapes)}"
    correlated = [unfolded_correlation(end, reader) for end, reader in zip(ends, readers, strict=True)]
    found = [each for each in correlated if each is not None]
    if len(found) == len(ends) and len({str(shape_of(kernel)) for _, kernel in found}) == 1:
        nodes, kernels = zip(*found, strict=True)
        return Step("correlation", nodes, kernels), ""
    return None, f"they part at {named}"


def constant_shape(draft: Draft, layer: fx.Node) -> tuple[int, ...]:
    weight = constant_of(draft, arguments(layer)["weight"])
    assert weight is not None
    return tuple(weight.shape)


def unfolded_correlation(end: fx.Node, folding: fx.Node) -> tuple[fx.Node, fx.Node] | None:
    """The result and the kernel of a depthwise correlation, without padding, of `end` behind its folding."""
    layer = only_reader(folding)
    found = correlation_of(layer) if layer is not None and is_call(layer, CONVOLUTION) else None
    if (
        layer is None
        or found is None
        or isinstance(found, str)
        or found.field is not end
        or not found.depthwise
    ):
        return None
    result = only_reader(layer)
    if result is None or not is_call(result, "aten::reshape", "aten::view") or any(found.padding):
        return None
    wanted = (*shape_of(end)[:2], *found.out)
    return (result, found.kernel) if str(shape_of(result)) == str(wanted) else None


# ---------------------------------------------------------------- one for all


def merge(draft: Draft, steps: Sequence[Step], parting: str) -> None:
    """Run all steps once, over the channels of all lanes, and split what comes out."""
    lanes = steps[0].nodes
    named = ", ".join(lane.name for lane in lanes)
    layers = sum(step.kind == "convolution" for step in steps)
    for lane in lanes:
        fire(draft, lane, f"{layers} convolutions of a lane run once for {named}; {parting}")
    anchor = latest_of(draft, lanes)
    sources = [arguments(lane)["input"] for lane in lanes]
    shared = len(set(sources)) == 1 and arguments(anchor)["groups"] == 1
    whole: fx.Node = sources[0]
    if not shared:
        whole = insert_call(draft, aten.cat.default, (sources, 1), before=anchor, origin=merged_origin(lanes))
    for index, step in enumerate(steps):
        groups = 1 if shared and index == 0 else len(lanes)
        whole = merged_step(draft, step, whole, groups, anchor)
    ends = steps[-1].nodes
    sizes = [shape_of(end)[1] for end in ends]
    parts = parts_of(draft, whole, sizes, 1, [origin_of(end) for end in ends])
    for end, part in zip(ends, parts, strict=True):
        end.replace_all_uses_with(part, propagate_meta=False)
    in_order(draft)
    for end, part in zip(ends, parts, strict=True):
        erase(draft, end)
        tell_strides(draft, part)


def merged_step(draft: Draft, step: Step, whole: fx.Node, groups: int, anchor: fx.Node) -> fx.Node:
    """A step of all lanes, over `whole`, in which their channels stand side by side."""
    first, origin = step.nodes[0], merged_origin(step.nodes)

    def call(target: Callable[..., Any], *args: Any, **kwargs: Any) -> fx.Node:
        return insert_call(draft, target, args, kwargs, before=anchor, origin=origin)

    assert callable(first.target)
    if step.kind == "elementwise":
        return call(first.target, whole, *first.args[1:], **first.kwargs)
    if step.kind == "correlation":
        return merged_correlation(call, step, whole)
    given = [arguments(node) for node in step.nodes]
    weights = [weight for each in given if (weight := constant_of(draft, each["weight"])) is not None]
    biases: list[Tensor | None] = [constant_of(draft, each["bias"]) for each in given]
    bias = joined_bias(biases, weights)
    weight_node = add_constant(draft, torch.cat(weights), anchor, origin)
    bias_node = None if bias is None else add_constant(draft, bias, anchor, origin)
    settings = [given[0][name] for name in ("stride", "padding", "dilation")]
    return call(first.target, whole, weight_node, bias_node, *settings, groups * given[0]["groups"])


def merged_correlation(call: Callable[..., fx.Node], step: Step, whole: fx.Node) -> fx.Node:
    """Field and kernels of all lanes as one depthwise correlation."""
    layer = step.nodes[0].all_input_nodes[0]
    height, width = shape_of(whole)[2:]
    taps = shape_of(step.kernels[0])[2:]
    kernel = call(aten.cat.default, list(step.kernels), 1)
    folded = call(aten.reshape.default, whole, [1, -1, height, width])
    filters = call(aten.reshape.default, kernel, [-1, 1, *taps])
    lanes, groups = len(step.nodes), arguments(layer)["groups"]
    count = groups * lanes if isinstance(groups, int) else call(operator.mul, groups, lanes)
    response = call(aten.conv2d.default, folded, filters, None, [1, 1], [0, 0], [1, 1], count)
    return call(aten.reshape.default, response, [-1, shape_of(whole)[1], *shape_of(response)[2:]])


PASS = BatchHeads
