"""ResNet in both styles: names, shapes and numbers of the originals, strides, and a block's arithmetic."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from sotc.components.backbones.resnet import BasicBlock, BlockShape, Bottleneck, ResNet, stage_shapes

torch.set_num_threads(1)

ORIGINALS = {
    "siamrpnpp_r50": ("backbone.", {"out_levels": (2, 3, 4), "output_stride": 8, "style": "siamese"}),
    "stark_st50": ("backbone.0.body.", {"out_levels": 3}),
}
"""What the weights' names begin with there, and our settings; STARK's is torchvision's."""


def entries_of(folder: Path, name: str) -> list[tuple[str, list[int], str]]:
    """The original's weights by their names within the backbone; how often a norm was run says nothing."""
    prefix = ORIGINALS[name][0]
    entries = json.loads((folder / f"{name}.json").read_text())["state_dict"]
    return [
        (entry, shape, dtype)
        for entry, shape, dtype in entries
        if entry.startswith(prefix) and not entry.endswith("num_batches_tracked")
    ]


@pytest.mark.parametrize("name", ORIGINALS)
def test_weights_are_those_of_the_originals(parity_folder: Path, name: str) -> None:
    prefix, settings = ORIGINALS[name]
    theirs = {entry.removeprefix(prefix): shape for entry, shape, _ in entries_of(parity_folder, name)}
    with torch.device("meta"):
        network = ResNet(**settings)
    ours = {entry: list(tensor.shape) for entry, tensor in network.state_dict().items()}
    assert {entry: ours[entry] for entry in ours if not entry.endswith("num_batches_tracked")} == theirs


def test_the_standard_one_computes_what_starks_does(parity_folder: Path) -> None:
    """Its features of the third stage; the siamese one is held by the test of SiamRPN++."""
    found = spec_from_file_location("fill_resnet", parity_folder / "fill.py")
    assert found is not None and found.loader is not None
    fill: Any = module_from_spec(found)
    found.loader.exec_module(fill)
    meta = json.loads((parity_folder / "stark_st50.json").read_text())
    weights = fill.filled_state_dict(entries_of(parity_folder, "stark_st50"), meta["fill"]["overrides"])
    prefix, settings = ORIGINALS["stark_st50"]
    network = ResNet(**settings).eval()
    named = {name.removeprefix(prefix): torch.from_numpy(array) for name, array in weights.items()}
    assert network.load_state_dict(named, strict=False).unexpected_keys == []
    image = torch.from_numpy(fill.images((1, 3, 128, 128), (1, 3, 128, 128), (1, 3, 320, 320))[0])
    mean, deviation = (
        torch.tensor(three)[:, None, None] for three in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    with torch.no_grad():
        features = network((image - mean) / deviation)
    assert features.shape == (1, 1024, 8, 8)
    numbers = [features.mean(), features.std(unbiased=False), *features[0, :64, 4, 4]]
    stored = np.load(parity_folder / "stark_st50.npz")["feat_backbone_z0"]
    np.testing.assert_allclose(torch.stack(numbers).numpy(), stored, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "side", "sides"),
    [
        ({"out_levels": (1, 2, 3, 4)}, 224, (56, 28, 14, 7)),
        ({"out_levels": (1, 2, 3, 4), "output_stride": 16}, 224, (56, 28, 14, 14)),
        ({"out_levels": (1, 2, 3, 4), "output_stride": 4, "depth": 101}, 224, (56, 56, 56, 56)),
        ({"out_levels": (2, 4), "output_stride": 8, "style": "siamese"}, 127, (15, 15)),
        ({"out_levels": (2, 4), "output_stride": 8, "style": "siamese"}, 255, (31, 31)),
        ({"out_levels": (2, 4), "output_stride": 8, "style": "siamese", "depth": 18}, 127, (15, 15)),
        ({"out_levels": (1, 2, 3, 4), "output_stride": 8, "depth": 34}, 224, (56, 28, 28, 28)),
    ],
)
def test_strides(settings: dict[str, Any], side: int, sides: tuple[int, ...]) -> None:
    with torch.device("meta"):
        found = ResNet(**settings)(torch.empty(2, 3, side, side))
    widest = 64 if settings.get("depth") in (18, 34) else 256
    channels = [widest * 2 ** (level - 1) for level in settings["out_levels"]]
    expected = [(2, width, size, size) for width, size in zip(channels, sides, strict=True)]
    assert [tuple(features.shape) for features in found] == expected


@pytest.mark.parametrize(
    ("depth", "parameters"),
    [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)],
)
def test_as_many_weights_as_the_papers(depth: int, parameters: int) -> None:
    """Torchvision's counts, less the classifier: for each of 1000 classes the last channels, and a bias."""
    with torch.device("meta"):
        network = ResNet(depth)
    assert (
        sum(weight.numel() for weight in network.parameters())
        == parameters - (513 if depth < 50 else 2049) * 1000
    )


def test_a_number_gives_a_map_a_list_a_tuple_and_later_levels_are_not_built() -> None:
    image = torch.empty(1, 3, 64, 64, device="meta")
    with torch.device("meta"):
        network, listed = ResNet(out_levels=2), ResNet(out_levels=[2])
    assert isinstance(network(image), Tensor)
    assert [tuple(features.shape) for features in listed(image)] == [(1, 512, 8, 8)]
    assert not hasattr(network, "layer3")


@pytest.mark.parametrize(
    ("style", "stride", "dilation", "padding"),
    [("standard", 2, 1, 1), ("siamese", 2, 1, 0), ("siamese", 1, 2, 2), ("standard", 1, 1, 1)],
)
def test_a_block_is_its_formula(style: Any, stride: int, dilation: int, padding: int) -> None:
    """Against the operations written out, in double precision."""
    torch.manual_seed(stride + dilation)
    shape = BlockShape(4, stride, dilation, dilation)
    shortcut = nn.Conv2d(6, 16, 3, stride, padding, dilation=dilation, bias=False)
    block = Bottleneck(6, shape, style, shortcut).double().eval()
    trained(block)
    features = torch.randn(2, 6, 9, 11, dtype=torch.float64)

    value = normalised(block.bn1, functional.conv2d(features, block.conv1.weight)).clamp(min=0)
    middle = functional.conv2d(value, block.conv2.weight, None, stride, padding, dilation)
    value = normalised(block.bn2, middle).clamp(min=0)
    value = normalised(block.bn3, functional.conv2d(value, block.conv3.weight))
    beside = functional.conv2d(features, shortcut.weight, None, stride, padding, dilation)
    torch.testing.assert_close(block(features), (value + beside).clamp(min=0))


@pytest.mark.parametrize(
    ("style", "stride", "entry", "dilation", "padding"),
    [("standard", 2, 1, 1, 1), ("siamese", 2, 1, 1, 0), ("siamese", 1, 1, 2, 1), ("standard", 1, 2, 4, 2)],
)
def test_a_basic_block_is_its_formula(
    style: Any, stride: int, entry: int, dilation: int, padding: int
) -> None:
    torch.manual_seed(stride + dilation)
    block = BasicBlock(6, BlockShape(4, stride, entry, dilation), style, None).double().eval()
    trained(block)
    features = torch.randn(2, 6, 9, 11, dtype=torch.float64)
    value = functional.conv2d(features, block.conv1.weight, None, stride, padding, entry)
    value = normalised(block.bn1, value).clamp(min=0)
    value = normalised(block.bn2, functional.conv2d(value, block.conv2.weight, None, 1, dilation, dilation))
    block.downsample = nn.Identity()
    beside = torch.randn(value.shape, dtype=torch.float64)
    block.downsample.forward = lambda features: beside  # type: ignore[method-assign]
    torch.testing.assert_close(block(features), (value + beside).clamp(min=0))


def trained(block: nn.Module) -> None:
    """Norms as training leaves them: none of their numbers is 0 or 1."""
    for norm in block.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.running_mean)
            nn.init.uniform_(norm.running_var, 0.5, 2.0)
            nn.init.uniform_(norm.weight)
            nn.init.normal_(norm.bias)


def normalised(norm: nn.BatchNorm2d, value: Tensor) -> Tensor:
    scale = norm.weight / torch.sqrt(norm.running_var + 1e-5)
    return (value - norm.running_mean[:, None, None]) * scale[:, None, None] + norm.bias[:, None, None]


@pytest.mark.parametrize("depth", [18, 50])
def test_it_is_torchvisions(depth: int, torchvision: Any) -> None:
    """Names, and with its weights, numbers."""
    torch.manual_seed(depth)
    theirs = getattr(torchvision.models, f"resnet{depth}")().eval()
    trained(theirs)
    ours = ResNet(depth).eval()
    names = [name for name in theirs.state_dict() if not name.startswith("fc.")]
    ours.load_state_dict({name: theirs.state_dict()[name] for name in names})
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        features = theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(image))))
        for layer in (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4):
            features = layer(features)
        torch.testing.assert_close(ours(image), features, rtol=1e-4, atol=1e-4)


def test_a_template_sees_what_the_search_region_shows_there() -> None:
    """No border is added where the stride is 2, so that a part of an image gives a part of its features."""
    torch.manual_seed(0)
    network = ResNet(out_levels=2, style="siamese").eval()
    image = torch.randn(1, 3, 255, 255)
    with torch.no_grad():
        whole, part = network(image), network(image[:, :, 64:191, 64:191])
    torch.testing.assert_close(part[:, :, 5:10, 5:10], whole[:, :, 13:18, 13:18], rtol=1e-3, atol=1e-4)


def test_the_dilation_takes_the_place_of_the_stride() -> None:
    assert [(shape.stride, shape.dilation) for shape in stage_shapes(50, 8)] == [
        (1, 1),
        (2, 1),
        (1, 2),
        (1, 4),
    ]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"depth": 35}, "18, 34, 50, 101, 152"),
        ({"out_levels": ()}, "rising"),
        ({"out_levels": (3, 2)}, "rising"),
        ({"out_levels": 0}, r"1\.\.4"),
        ({"output_stride": 12}, "4, 8, 16 or 32"),
        ({"style": "sot"}, "standard"),
    ],
)
def test_impossible_settings_say_what_is_possible(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ResNet(**settings)


# ---------------------------------------------------------------- norms in training


def trained_once(norms: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The state before and after a step of training."""
    torch.manual_seed(2)
    network = ResNet(18, out_levels=2, norms=norms).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.SGD([weight for weight in network.parameters() if weight.requires_grad], lr=0.1)
    network(torch.randn(2, 3, 64, 64)).square().mean().backward()
    optimiser.step()
    return before, network.state_dict()


@pytest.mark.parametrize(
    ("norms", "statistics", "scales"),
    [("learnt", True, True), ("kept", False, True), ("frozen", False, False)],
)
def test_norms_learn_as_they_are_told_to(norms: str, statistics: bool, scales: bool) -> None:
    before, after = trained_once(norms)
    for name, value in after.items():
        is_norm = ".bn" in f".{name}" or ".downsample.1." in name
        changes = not torch.equal(value, before[name])
        if "running_" in name or "num_batches" in name:
            assert changes == statistics, name
        else:
            assert changes == (scales or not is_norm), name


def test_norms_change_neither_names_nor_what_is_computed() -> None:
    torch.manual_seed(3)
    plain = ResNet(18, out_levels=2).eval()
    image = torch.randn(1, 3, 64, 64)
    for norms in ("kept", "frozen"):
        other = ResNet(18, out_levels=2, norms=norms)
        other.load_state_dict(plain.state_dict())
        assert torch.equal(other.eval()(image), plain(image))


@pytest.mark.parametrize(
    ("depth", "style", "norms"),
    [(18, "standard", "kept"), (50, "siamese", "frozen"), (101, "standard", "frozen")],
)
def test_signals_keep_their_size_where_norms_do_not_normalise(depth: int, style: str, norms: str) -> None:
    """Without loaded weights: what an image's places differ by neither fades nor grows from level to level."""
    torch.manual_seed(4)
    network = ResNet(depth, out_levels=(1, 2, 3), output_stride=16, norms=norms, style=style).train()
    with torch.no_grad():
        levels = network(torch.randn(1, 3, 127, 127))
    spreads = [float((level - level.mean((2, 3), keepdim=True)).std()) for level in levels]
    assert min(spreads) > 0.3 and max(spreads) < 3, spreads
    assert max(spreads) < 2 * min(spreads), spreads


def test_unknown_norms_are_refused() -> None:
    with pytest.raises(ValueError, match="`norms` are"):
        ResNet(18, norms="melted")
