"""One body of tests for every component that is registered.

A new component needs an entry in `EXAMPLES` (or, for a crop, in `CROP_EXAMPLES`): its settings, and inputs
for a batch of n. What they are made of may differ between n only in the sizes that depend on the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from sotc import components
from sotc.compiler.annotations import accepts
from sotc.components.registry import ComponentType, all_components, find
from sotc.components.types import View

torch.set_num_threads(1)

HOST_SYNCS = ("_local_scalar_dense", "item", "nonzero", "masked_select", "_assert_async")
"""Operators by which a program waits for the device, or whose result's shape depends on values."""


@dataclass(frozen=True)
class Example:
    """Settings of a component (inferred ones included), and its operands for a batch of n."""

    settings: dict[str, Any]
    inputs: Callable[[int], tuple[Any, ...]]
    half: tuple[torch.dtype, ...] = field(default=(torch.float16, torch.bfloat16))
    """in which of the half precisions it makes sense"""


def values(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


def maps(n: int) -> tuple[Tensor, ...]:
    return (values(n, 8, 9, 11),)


def two_maps(n: int) -> tuple[Tensor, ...]:
    return values(n, 8, 9, 11), values(n, 8, 9, 11, seed=1)


def template_and_search(n: int) -> tuple[Tensor, ...]:
    return values(n, 8, 9, 11), values(n, 8, 4, 3)


def score_maps(n: int) -> tuple[Tensor, ...]:
    return values(n, 1, 9, 11), values(n, 1, 9, 11, seed=1).sigmoid()


def heat_maps(n: int) -> tuple[Tensor, ...]:
    """Scores within 0..1, and what they should be: 1 here and there."""
    return values(n, 1, 9, 11).sigmoid(), values(n, 1, 9, 11, seed=1).exp().clamp(max=1)


def centre_maps(n: int) -> tuple[Tensor, ...]:
    return values(n, 1, 8, 8).sigmoid(), values(n, 2, 8, 8).sigmoid(), values(n, 2, 8, 8, seed=1)


def two_boxes(n: int) -> tuple[Tensor, ...]:
    """Corners that overlap."""
    corner, size = values(n, 2, 9), values(n, 2, 9, seed=1).exp() + 1
    return torch.cat((corner, corner + size), 1), torch.cat((corner + 0.5, corner + size * 1.25), 1)


def image(n: int) -> tuple[Tensor, ...]:
    return (values(n, 3, 40, 48).sigmoid(),)


def targets(n: int) -> Tensor:
    rows = torch.arange(n, dtype=torch.float64)[:, None]
    return torch.tensor([[60.0, 40.0, 24.0, 18.0]], dtype=torch.float64) + rows * 3


def view(n: int) -> View:
    return View(targets(n), targets(n)[:, 2:] / 20, torch.tensor([160.0, 120.0], dtype=torch.float64))


def point_maps(n: int) -> tuple[Any, ...]:
    return values(n, 2, 7, 7), values(n, 4, 7, 7).exp(), view(n)


def levels(n: int) -> tuple[Any, ...]:
    """Maps of three levels, two of them of one size."""
    return ((values(n, 8, 9, 11), values(n, 12, 5, 6), values(n, 16, 5, 6)),)


def anchors() -> Tensor:
    """Three shapes at 7 x 7 cells."""
    grid = torch.arange(7.0) * 8 - 24
    sides = torch.tensor([[32.0, 64.0], [64.0, 64.0], [104.0, 32.0]])[:, :, None, None].expand(-1, -1, 7, 7)
    centres = torch.stack((grid[None, :].expand(7, 7), grid[:, None].expand(7, 7)))
    return torch.cat((centres.expand(3, -1, -1, -1), sides), 1).transpose(0, 1).contiguous()


def anchor_maps(n: int) -> tuple[Any, ...]:
    return values(n, 2, 3, 7, 7), values(n, 4, 3, 7, 7) * 0.3, anchors(), view(n)


def scales_view(n: int, patches: int = 3, size: int = 32) -> View:
    """The view of a crop that gives several patches of `size` pixels, each about twice the target's side."""
    side = (targets(n)[:, 2] * targets(n)[:, 3]).sqrt()[:, None] * torch.tensor([1.9, 2.0, 2.1])[:patches]
    scale = (size / side)[:, :, None].expand(-1, -1, 2)
    return View(targets(n), scale, torch.tensor([160.0, 120.0], dtype=torch.float64))


def patches(n: int, count: int = 3) -> Tensor:
    return values(n, count, 3, 32, 32).sigmoid()


def spectrum(n: int) -> tuple[Tensor, ...]:
    return values(n, 1, 4, 8, 5, 2), values(n, 3, 4, 8, 8, seed=1)


def histograms(n: int) -> Tensor:
    return values(n, 1, 2, 4**3).softmax(-1)


def tokens(n: int) -> tuple[Tensor, ...]:
    """What they are, where they lie, and which of them nobody looks at."""
    return values(n, 12, 8), values(n, 12, 8, seed=1), values(n, 12, 1, seed=2) > 1


FRAME = torch.tensor([160.0, 120.0], dtype=torch.float64)

TRANSFORMER = {"layers": 2, "heads": 2, "hidden": 16}

SINGLE: tuple[torch.dtype, ...] = ()
"""For what only makes sense in single precision: transforms, histograms, states."""

EXAMPLES: dict[str, Example] = {
    "BinaryCrossEntropyLoss": Example({"reduction": "none"}, score_maps),
    "CIoULoss": Example({"reduction": "none"}, two_boxes),
    "CrossEntropyLoss": Example(
        {"reduction": "none"}, lambda n: (values(n, 8, 9), values(n, 9).gt(0).long())
    ),
    "DIoULoss": Example({"reduction": "none"}, two_boxes),
    "FocalLoss": Example({"reduction": "none"}, score_maps),
    "GaussianFocalLoss": Example({"reduction": "none"}, heat_maps),
    "GIoULoss": Example({"reduction": "none"}, two_boxes),
    "IoULoss": Example({"reduction": "none", "mode": "linear"}, two_boxes),
    "KLGridLoss": Example(
        {"reduction": "none"}, lambda n: (values(n, 9, 11), values(n, 9, 11, seed=1).exp())
    ),
    "L1Loss": Example({"reduction": "none"}, two_maps),
    "SmoothL1Loss": Example({"reduction": "none"}, two_maps),
    "PointAssign": Example({"size": 127}, lambda n: (values(n, 2, 7, 7), targets(n).float()), SINGLE),
    "AnchorAssign": Example({"size": 127}, lambda n: (anchors(), targets(n).float()), SINGLE),
    "AnchorDecode": Example({}, anchor_maps),
    "AnchorGrid": Example({"ratios": (0.5, 1.0), "scales": (4.0, 8.0)}, maps),
    "AlexNet": Example(
        {"groups": 2, "width": 0.125},
        lambda n: (values(n, 3, 3, 95, 95),),
    ),
    "LightTrackNet": Example({"stages": 3}, lambda n: (values(n, 3, 63, 63),)),
    "ChannelMapper": Example({"in_channels": (8, 12, 16), "out_channels": 6}, levels),
    "FPN": Example({"in_channels": (8, 12, 16), "out_channels": 6, "num_outs": 4}, levels),
    "ResNet": Example(
        {"out_levels": (1, 2), "output_stride": 4, "style": "siamese"},
        lambda n: (values(n, 3, 63, 63) / 100,),  # what it adds up is about 1 then
    ),
    "SplitChannels": Example({"groups": 4}, maps),
    "WeightedSum": Example({"count": 2}, lambda n: (two_maps(n),)),
    "FBNet": Example({"stages": 2}, lambda n: (values(n, 3, 63, 63),)),
    "MobileNetV2": Example(
        {"out_levels": (2, 4), "output_stride": 8, "width": 0.5}, lambda n: (values(n, 3, 63, 63),)
    ),
    "MobileNetV3": Example({"blocks": 9}, lambda n: (values(n, 3, 63, 63),)),
    "TimmBackbone": Example(
        {"name": "mobilenetv3_small_050", "strides": (8, 16)}, lambda n: (values(n, 3, 63, 63),)
    ),
    "VisionTransformer": Example(
        {"template_size": 16, "search_size": 32, "patch": 8, "width": 24, "depth": 2, "heads": 3},
        lambda n: (values(n, 3, 16, 16), values(n, 3, 32, 32)),
    ),
    "DiscAssign": Example({"size": 127}, lambda n: (values(n, 3, 7, 7), targets(n).float()), SINGLE),
    "MixedVisionTransformer": Example(
        {"template_size": 16, "search_size": 32, "patch": 8, "width": 24, "depth": 2, "heads": 3},
        lambda n: (values(n, 3, 16, 16), values(n, 3, 16, 16, seed=1), values(n, 3, 32, 32)),
    ),
    "MixedConvolutionalTransformer": Example(
        {"widths": (4, 6, 8), "depths": (1, 1, 1), "heads": (1, 3, 2)},
        lambda n: (values(n, 3, 32, 32), values(n, 3, 32, 32, seed=1), values(n, 3, 48, 48)),
    ),
    "CentreHead": Example({"in_channels": 8, "channels": 16}, maps),
    "CentreBox": Example({}, centre_maps),
    "CentreDecode": Example({"stride": 4}, lambda n: (*centre_maps(n), view(n))),
    "CentreAssign": Example({}, lambda n: (values(n, 1, 8, 8), targets(n).float()), SINGLE),
    "CornerAssign": Example({"size": 160}, lambda n: (targets(n).float(),), SINGLE),
    "CornerDecode": Example({"size": 160}, lambda n: (values(n, 4).sigmoid(), view(n))),
    "CornerHead": Example({"in_channels": 8, "channels": 16}, maps),
    "CornerPredictorHead": Example(
        {"width": 8, "channels": 16}, lambda n: (values(n, 1, 8), values(n, 40, 8), values(n, 2, 5, 7))
    ),
    "EdgeHead": Example({"width": 11, "bins": 8}, lambda n: (values(n, 4, 11),)),
    "ScorePredictionHead": Example(
        {"width": 12, "heads": 3}, lambda n: (values(n, 5, 12), values(n, 7, 12, seed=1))
    ),
    "ScoreHead": Example({"width": 11, "hidden": 8}, lambda n: (values(n, 5, 11),)),
    "SeparableHead": Example({"in_channels": 8, "out_channels": 2, "channels": 12, "kernels": (3, 5)}, maps),
    "Add": Example({}, two_maps),
    "BatchNorm2d": Example({"in_channels": 8}, maps),
    "CenterCrop": Example({"size": 4}, maps),
    "ChannelAttention": Example({"in_channels": 8}, maps),
    "Concat": Example({}, two_maps),
    "Conv2d": Example({"in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2}, maps),
    "ConvBN": Example({"in_channels": 8}, maps),
    "ConvBNReLU": Example({"in_channels": 8, "out_channels": 16, "depthwise": True}, maps),
    "DepthwiseConv2d": Example({"in_channels": 8}, maps),
    "BeyondFrame": Example(
        {}, lambda n: (values(n, 8, 3, 3), View(targets(n), targets(n)[:, 2:] / 20, FRAME))
    ),
    "BestFrame": Example(
        {"every": 3}, lambda n: (values(n).sigmoid(), values(n, seed=1), values(n, seed=2) * 2 + 1), SINGLE
    ),
    "Choose": Example({}, lambda n: (values(n) > 0, values(n, 8, 9), values(n, 8, 9, seed=1))),
    "Detach": Example({}, maps),
    "Exp": Example({}, maps),
    "Flatten": Example({}, maps),
    "GELU": Example({}, maps),
    "GlobalAveragePool": Example({}, maps),
    "HardSwish": Example({}, maps),
    "Identity": Example({}, maps),
    "LayerNorm": Example({"width": 11}, maps),
    "Linear": Example({"in_features": 11, "out_features": 5}, maps),
    "MaxPool2d": Example({}, maps),
    "Multiply": Example({}, two_maps),
    "ReLU": Example({}, maps),
    "ReLU6": Example({}, maps),
    "Resize": Example({"scale": 2.0}, maps),
    "ScaleShift": Example({"in_channels": 8, "scale": 0.1, "shift": 1.0}, maps),
    "SiLU": Example({}, maps),
    "Sigmoid": Example({}, maps),
    "Softmax": Example({}, maps),
    "XCorr": Example({}, lambda n: (values(n, 3, 8, 9, 11), values(n, 8, 4, 3))),
    "XCorrDepthwise": Example({"padding": 1}, template_and_search),
    "XCorrPixelwise": Example({}, template_and_search),
    "PreciseRoIPool": Example({"size": 3}, lambda n: (values(n, 8, 9, 11), two_boxes(n)[0][:, :, 0] / 4)),
    "AsymmetricEncoder": Example(
        {"width": 8, "template_side": 4, "search_side": 6, "depth": 2, "heads": 2},
        lambda n: (values(n, 8, 4, 4), values(n, 8, 6, 6)),
    ),
    "DetrTransformerDecoder": Example({"width": 8, "queries": 2, **TRANSFORMER}, tokens),
    "DetrTransformerEncoder": Example({"width": 8, **TRANSFORMER}, tokens),
    "SinePositionalEncoding": Example({"num_feats": 4}, lambda n: (values(n, 1, 5, 7) > 1,), SINGLE),
    "PointDecode": Example({}, point_maps),
    "BestCellDecode": Example({}, point_maps, SINGLE),
    "ColourNames": Example({}, image),
    "GradientHistogram": Example({}, image),
    "CosineWindow": Example({}, maps),
    "JoinChannels": Example({}, two_maps),
    "Mix": Example({"rate": 0.1}, two_maps),
    "LearntMix": Example({"share": 0.3}, two_maps),
    "CosineSimilarity": Example({}, two_maps),
    "TrackState": Example({"uncertain": 0.5, "lost": -0.2}, lambda n: (values(n),)),
    "Push": Example({"size": 3}, lambda n: (values(n, 3, 8, 9), values(n, 8, 9))),
    "ApplyFilter": Example({}, spectrum, SINGLE),
    "SolveFilter": Example({}, lambda n: (values(n, 1, 4, 8, 8), scales_view(n, 1)), SINGLE),
    "PeakDecode": Example({}, lambda n: (values(n, 3, 8, 8), scales_view(n)), SINGLE),
    "ResponseDecode": Example({"stride": 4}, lambda n: (values(n, 3, 8, 8), scales_view(n)), SINGLE),
    "ColourHistogram": Example({"bins": 4}, lambda n: (patches(n), scales_view(n)), SINGLE),
    "ColourContrast": Example({}, lambda n: (histograms(n), patches(n), scales_view(n)), SINGLE),
}

CROP_EXAMPLES: dict[str, dict[str, Any]] = {
    "StretchedCrop": {"size": 64},
    "SiameseCrop": {"size": 63, "color": "bgr", "scales": 3},
    "AreaCrop": {"size": 48, "factor": 2.5},
    "ScaleCrop": {"size": 32, "scales": 3},
}

components.load()
OURS = [found for found in all_components() if found.cls.__module__.startswith("sotc.components.")]
PLAIN = [found.name for found in OURS if found.category != "crop" and found.name in EXAMPLES]
CROPS = [found.name for found in OURS if found.category == "crop" and found.name in CROP_EXAMPLES]


@pytest.fixture(autouse=True)
def libraries(request: pytest.FixtureRequest) -> None:
    """What stands on timm is left out where that cannot be imported."""
    if "TimmBackbone" in request.node.name:
        request.getfixturevalue("timm")


def type_of(name: str) -> ComponentType:
    found = find(name)
    assert found is not None
    return found


def built(name: str) -> nn.Module:
    """The component with weights that repeat, and under which signals neither grow nor fade."""
    torch.manual_seed(0)
    settings = EXAMPLES[name].settings if name in EXAMPLES else CROP_EXAMPLES[name]
    module = type_of(name).cls(**settings).eval()
    for weight in module.parameters():
        if weight.ndim > 1:
            nn.init.kaiming_normal_(weight)
    return module


def leaves(value: Any) -> list[Tensor]:
    return [leaf for leaf in pytree.tree_leaves(value) if isinstance(leaf, Tensor)]


def batch_axes(one: Any, other: Any) -> Any:
    """Which axes differ between two batches, in the structure of the inputs, as `torch.export` wants it."""

    def axes(small: Tensor, large: Tensor) -> dict[int, Any]:
        return {
            axis: torch.export.Dim.DYNAMIC
            for axis, sizes in enumerate(zip(small.shape, large.shape, strict=True))
            if sizes[0] != sizes[1]
        }

    return pytree.tree_map(axes, one, other)


def assert_same(one: Any, other: Any, tolerance: float = 1e-5) -> None:
    pairs = list(zip(leaves(one), leaves(other), strict=True))
    assert pairs
    for left, right in pairs:
        assert left.dtype == right.dtype
        assert torch.allclose(left, right, rtol=tolerance, atol=tolerance, equal_nan=True)


@pytest.mark.parametrize("component", OURS, ids=lambda found: found.name)
def test_has_an_example_and_a_description(component: ComponentType) -> None:
    table = CROP_EXAMPLES if component.category == "crop" else EXAMPLES
    assert component.name in table, f"add `{component.name}` to the examples at the top of this file"
    assert vars(component.cls).get("__doc__"), f"`{component.name}` has no docstring of its own"


def test_no_example_is_left_over() -> None:
    assert {*EXAMPLES, *CROP_EXAMPLES} == {found.name for found in OURS}


@pytest.mark.parametrize("name", PLAIN + CROPS)
def test_settings_fit_their_annotations(name: str) -> None:
    given = EXAMPLES[name].settings if name in EXAMPLES else CROP_EXAMPLES[name]
    settings = {setting.name: setting for setting in type_of(name).settings}
    for key, value in given.items():
        assert accepts(settings[key].annotation, value)
    for setting in settings.values():
        if setting.name not in given and not setting.required and setting.inferred is None:
            assert accepts(setting.annotation, setting.default)


@pytest.mark.parametrize("name", PLAIN)
def test_shapes_on_meta_are_the_real_ones(name: str) -> None:
    module, example = built(name), EXAMPLES[name]
    for batch in (2, 3):
        inputs = example.inputs(batch)
        with torch.no_grad():
            real = leaves(module(*inputs))
        with torch.device("meta"), torch.no_grad():
            hollow = type_of(name).cls(**example.settings).eval()
            dry = leaves(hollow(*pytree.tree_map(lambda leaf: leaf.to("meta"), inputs)))
        assert [(item.shape, item.dtype) for item in dry] == [(item.shape, item.dtype) for item in real]
        assert all(item.device.type == "meta" for item in dry)


@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # torch's own, within run_decompositions
@pytest.mark.parametrize("name", PLAIN)
def test_exports_with_a_dynamic_batch_and_without_host_syncs(name: str) -> None:
    module, example = built(name), EXAMPLES[name]
    inputs, others = example.inputs(2), example.inputs(3)
    axes = batch_axes(inputs, others)
    variadic = any(port.variadic for port in type_of(name).ports)
    with torch.no_grad():
        exported = torch.export.export(module, inputs, dynamic_shapes=(axes,) if variadic else axes)
        flat = exported.run_decompositions()
        for program in (exported, flat):
            for node in program.graph.nodes:
                operator = str(node.target)
                assert not any(f"aten.{sync}." in f"{operator}." for sync in HOST_SYNCS), operator
        for batch in (1, 3):
            assert_same(flat.module()(*example.inputs(batch)), module(*example.inputs(batch)))


@pytest.mark.parametrize("name", PLAIN)
def test_a_batch_is_its_targets_one_by_one(name: str) -> None:
    """No target sees another one: the first of three is what it is alone."""
    module, example = built(name), EXAMPLES[name]
    three, two = example.inputs(3), example.inputs(2)

    def first(large: Tensor, small: Tensor) -> Tensor:
        return large[:1] if large.shape[0] != small.shape[0] else large

    alone = pytree.tree_map(first, three, two)
    with torch.no_grad():
        together, single = leaves(module(*three)), leaves(module(*alone))
    for whole, part in zip(together, single, strict=True):
        assert torch.allclose(whole[:1], part[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", PLAIN)
def test_repeats_itself_and_leaves_its_inputs_alone(name: str) -> None:
    module, inputs = built(name), EXAMPLES[name].inputs(2)
    copies = pytree.tree_map(torch.clone, inputs)
    with torch.no_grad():
        first, second, rebuilt = module(*inputs), module(*inputs), built(name)(*inputs)
    assert_same(first, second, 0.0)
    assert_same(first, rebuilt, 0.0)
    assert_same(inputs, copies, 0.0)


@pytest.mark.parametrize(
    ("name", "dtype"), [(name, dtype) for name in PLAIN for dtype in EXAMPLES[name].half], ids=str
)
def test_runs_in_half_precision(name: str, dtype: torch.dtype) -> None:
    """Close to single precision, by the size of the result; boxes in the frame stay in double."""
    module, inputs = built(name), EXAMPLES[name].inputs(2)

    def halved(leaf: Tensor) -> Tensor:
        return leaf.to(dtype) if leaf.dtype == torch.float32 else leaf

    with torch.no_grad():
        whole = leaves(module(*inputs))
        half = leaves(module.to(dtype)(*pytree.tree_map(halved, inputs)))
    for exact, rough in zip(whole, half, strict=True):
        assert rough.dtype in (dtype, exact.dtype)
        error = (rough.double() - exact.double()).norm() / exact.double().norm().clamp(min=1e-6)
        assert error < (0.03 if dtype == torch.float16 else 0.15)


@pytest.mark.parametrize("name", CROPS)
def test_crops_agree_with_themselves(name: str) -> None:
    """Both lowerings, on meta tensors and on real ones, for one and for three targets."""
    crop: Any = built(name)
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    frame = cv2.GaussianBlur(noise, (0, 0), 1.0)  # as smooth as a photograph
    size = torch.tensor([160.0, 120.0], dtype=torch.float64)
    border = crop.border(torch.from_numpy(frame))
    boxes = targets(3) - 2
    start = crop.start(boxes)
    assert start.dtype == torch.float64
    assert torch.equal(start[:, 2:], boxes[:, 2:])
    whole = crop.sample(torch.from_numpy(frame), start, border)
    for count in (1, 3):
        target = start[:count]
        graph = crop.sample(torch.from_numpy(frame), target, border)
        host = crop.sample_host(frame, target.numpy(), border.numpy())
        assert graph.dtype == torch.uint8
        assert graph.shape[0] == count
        assert graph.shape[-3:] == (3, crop.size, crop.size)
        assert torch.equal(graph, whole[:count])
        assert (torch.from_numpy(host).int() - graph.int()).abs().max() <= 1
        dry = crop.sample(*map(to_meta, (torch.from_numpy(frame), target, border)))
        assert (dry.shape, dry.dtype) == (graph.shape, graph.dtype)
        image = crop(graph)
        assert (image.shape, image.dtype) == (graph.shape, torch.float32)
        view_ = crop.view(target, size)
        assert view_.scale.shape == (*graph.shape[:-3], 2)
        assert view_.scale.dtype == torch.float64
        assert torch.equal(view_.target, target)
        assert torch.equal(view_.frame_size, size)


def to_meta(tensor: Tensor) -> Tensor:
    return tensor.to("meta")


@pytest.mark.parametrize("name", CROPS)
def test_a_crops_view_says_where_things_lie(name: str) -> None:
    """A bright dot in the frame is found in the patch where the view puts it, within a pixel of the crop."""
    crop: Any = built(name)
    frame = np.zeros((120, 160, 3), np.uint8)
    x, y = 68, 47
    frame[y - 2 : y + 3, x - 2 : x + 3] = 255
    target = torch.tensor([[60.0, 40.0, 24.0, 18.0]], dtype=torch.float64)
    border = torch.zeros(3, dtype=torch.uint8)
    pixels = crop.sample(torch.from_numpy(frame), target, border).flatten(0, -4)[:, 0].double()
    scale = crop.view(target, torch.tensor([160.0, 120.0])).scale.reshape(-1, 2)
    axis = torch.arange(crop.size, dtype=torch.float64) + 0.5 - crop.size / 2
    for patch, (scale_x, scale_y) in zip(pixels, scale.tolist(), strict=True):
        weight = patch / patch.sum()
        found_x, found_y = float((weight.sum(0) * axis).sum()), float((weight.sum(1) * axis).sum())
        assert found_x == pytest.approx((x + 0.5 - 60.0) * scale_x, abs=scale_x + 0.5)
        assert found_y == pytest.approx((y + 0.5 - 40.0) * scale_y, abs=scale_y + 0.5)
