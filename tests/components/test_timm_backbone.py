"""The door to timm: levels by stride, what it says where something is missing, and two backends."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import sotc
from sotc.components.backbones.timm_backbone import TimmBackbone, levels_of

torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("name", "strides", "shapes"),
    [
        ("test_resnet", [4, 8, 16, 32], [(32, 16, 24), (48, 8, 12), (192, 4, 6), (96, 2, 3)]),
        ("mobilenetv3_small_050", [8, 16], [(16, 8, 12), (24, 4, 6)]),
        ("test_convnext", [8], [(32, 8, 12)]),
    ],
)
def test_levels_come_by_their_stride(
    name: str, strides: list[int], shapes: list[tuple[int, ...]], timm: Any
) -> None:
    with torch.device("meta"):
        found = TimmBackbone(name, strides)(torch.empty(2, 3, 64, 96))
        (alone,) = found if len(strides) == 1 else found[-1:]
        single = TimmBackbone(name, strides[-1])(torch.empty(2, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in found] == shapes
    assert single.shape == alone.shape


def test_the_numbers_are_timms(timm: Any) -> None:
    torch.manual_seed(0)
    theirs = timm.create_model("test_resnet").eval()
    ours = TimmBackbone("test_resnet", [8, 32]).eval()
    known = theirs.state_dict()
    ours.network.load_state_dict({name: known[name] for name in ours.network.state_dict()})
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        levels = theirs.forward_intermediates(image, intermediates_only=True)
        for found, index in zip(ours(image), (2, 4), strict=True):
            torch.testing.assert_close(found, levels[index])


def test_levels_behind_the_last_one_are_not_built(timm: Any) -> None:
    with torch.device("meta"):
        counts = [sum(weight.numel() for weight in TimmBackbone("resnet18", s).parameters()) for s in (8, 16)]
    # a stage of ResNet-18 with 128 channels has 525,568 weights, one with 256 has 2,099,712
    assert counts[1] - counts[0] == 2_099_712


def test_models_with_channels_last_give_maps_as_others_do(timm: Any) -> None:
    with torch.device("meta"):
        network = TimmBackbone("swin_tiny_patch4_window7_224", [8, 16])
        found = network(torch.empty(1, 3, 224, 224))
    assert [tuple(level.shape) for level in found] == [(1, 192, 28, 28), (1, 384, 14, 14)]


def test_a_model_may_dilate(timm: Any) -> None:
    with torch.device("meta"):
        assert TimmBackbone("resnet18", 8, output_stride=8)(torch.empty(1, 3, 64, 64)).shape == (1, 512, 8, 8)


def test_the_deepest_level_of_a_stride_is_taken() -> None:
    assert levels_of("x", [2, 4, 8, 8, 8], [4, 8]) == (1, 4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "resnet81"}, "no model `resnet81`; near to it are .*`resnet18`"),
        ({"name": "mobilenet3_small_050"}, "`mobilenetv3_small_050`"),
        ({"name": "resnet18.a1_in1k"}, "`resnet18`"),
        ({"name": "hf-hub:timm/resnet18.a1_in1k"}, "no model"),
        ({"name": "resnet18", "strides": 64}, "no level of stride 64: its strides are 2, 4, 8, 16, 32"),
        ({"name": "test_vit", "strides": [8, 16]}, "no level of stride 8: its strides are 16"),
        ({"name": "resnet18", "strides": []}, "its strides are 2, 4"),
        ({"name": "resnet18", "strides": [16, 8]}, "rising"),
        ({"name": "resnet18", "output_stride": 4}, "8, 16, 32"),
        ({"name": "test_vit", "output_stride": 8}, "`test_vit` gives no feature maps with output_stride = 8"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(settings: dict[str, Any], said: str, timm: Any) -> None:
    with torch.device("meta"), pytest.raises(ValueError, match=said):
        TimmBackbone(**settings)


SPEC = """
tracker Small {{
    template = AreaCrop {{ size = 64, factor = 2.0 }}
    search   = AreaCrop {{ size = 128, factor = 4.0 }}
    backbone      = TimmBackbone {{ name = "{name}", strides = [8, 16] }}
    neck          = FPN {{ out_channels = 16 }}
    head classify = SeparableHead {{ out_channels = 2, kernels = [3] }}
    head regress  = SeparableHead {{ out_channels = 4, kernels = [3] }}
    fn features(image) = (image -> backbone -> neck)[0]
    likeness = XCorrDepthwise {{ padding = 2 }}(features(search), features(template) -> CenterCrop {{ size = 5 }})
    pick = PointDecode {{ stride = 8 }}(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box = pick.box
}}
"""


def titles(path: Path) -> list[str]:
    return [found.title for found in sotc.check(path).diagnostics]


def spec_on(name: str, folder: Path) -> Path:
    path = folder / "small.sot"
    path.write_text(SPEC.format(name=name))
    return path


def test_a_spec_that_asks_for_an_unknown_model_is_told_the_nearest(tmp_path: Path, timm: Any) -> None:
    (found,) = sotc.check(spec_on("mobilenetv3_smal_050", tmp_path)).diagnostics
    assert found.code == "SOT407"
    assert "`mobilenetv3_small_050`" in found.title


def test_without_timm_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    (title,) = titles(spec_on("resnet18", tmp_path))
    assert "timm is not installed: pip install 'sotc[timm]'" in title


class Broken(MetaPathFinder):
    """Importing timm ends with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(self, name: str, *rest: object) -> None:
        if name == "timm":
            raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("operator torchvision::nms does not exist"),
            "operator torchvision::nms does not exist; often torchvision is of another build than torch",
        ),
        (ImportError("half of it is gone"), "half of it is gone; install it anew: pip install 'sotc[timm]'"),
    ],
)
def test_a_timm_that_cannot_be_imported_is_told_so(
    error: Exception, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "timm", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(error), *sys.meta_path])
    (title,) = titles(spec_on("resnet18", tmp_path))
    assert f"timm cannot be imported: {said}" in title


@pytest.mark.parametrize(
    "name", ["mobilenetv3_small_050", pytest.param("test_convnext", marks=pytest.mark.slow)]
)
def test_it_compiles_and_backends_agree(name: str, tmp_path: Path, timm: Any) -> None:
    path = spec_on(name, tmp_path)
    torch.manual_seed(0)
    network = sotc.build(path)
    for norm in network.module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.running_var, 0.5, 2.0)
    save_file(dict(network.module.state_dict()), tmp_path / "weights.safetensors")
    frames = np.random.default_rng(0).integers(0, 255, (3, 120, 160, 3), dtype=np.uint8)
    boxes = []
    for backend in ("eager", "onnx"):
        tracker = sotc.compile(path, tmp_path / "weights.safetensors", backend=backend)
        session = tracker.start(frames[0], (60, 40, 40, 30))
        boxes.append(np.stack([np.asarray(session.step(frame).boxes) for frame in frames[1:]]))
    np.testing.assert_allclose(boxes[0], boxes[1], atol=1e-2)
    assert np.isfinite(boxes[0]).all()
