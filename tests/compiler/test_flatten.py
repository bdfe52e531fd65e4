"""Flat operators: equal to the modules they came from, functional, and each with its origin."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.check import check
from sotc.compiler.driver import flat_tracker
from sotc.compiler.flatten import Flat
from sotc.compiler.graph import ComponentGraph
from sotc.compiler.lowering_errors import LoweringError
from sotc.compiler.modules import build_modules
from sotc.components.registry import PARTS

CPU = torch.device("cpu")

SPEC = """
tracker Example {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }

    backbone      = MobileNetV3 { blocks = 2 }
    part changed  = %s
    head classify = SeparableHead { out_channels = 2, channels = 32, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 32, kernels = [3] }

    kernel   = template -> backbone -> changed -> CenterCrop { size = 4 }
    response = XCorrDepthwise(search -> backbone -> changed, kernel)
    pick     = PointDecode(response -> classify, response -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@PARTS.register_module(name="TestChangesInPlace")
class ChangesInPlace(nn.Module):
    """Changes its own intermediate value, and reads it before and after."""

    def forward(self, features: Tensor) -> Tensor:
        doubled = features * 2
        before = doubled + 1
        doubled.relu_()
        doubled += 3
        return doubled - before


@PARTS.register_module(name="TestChangesView")
class ChangesView(nn.Module):
    """Changes a tensor through a view of it."""

    def forward(self, features: Tensor) -> Tensor:
        copy = features * 1
        copy[:, 0] += 1
        return copy


@PARTS.register_module(name="TestFixesTheBatch")
class FixesTheBatch(nn.Module):
    """Takes another way for two targets than for any other number."""

    def forward(self, features: Tensor) -> Tensor:
        return features * 2 if features.shape[0] == 2 else features


def flat(
    path: Path, component: str, crop: str = "graph"
) -> tuple[Flat, ComponentGraph, dict[str, nn.Module]]:
    path.write_text(SPEC % component)
    graph = check(str(path)).expect()
    torch.manual_seed(1)
    modules, _ = build_modules(graph, None, CPU)
    return flat_tracker(graph, modules, crop, CPU)[0], graph, modules


def test_changes_in_place_become_functional(tmp_path: Path) -> None:
    found, graph, modules = flat(tmp_path / "a.sot", "TestChangesInPlace", "host")
    mutable = [
        node
        for node in found.module.graph.nodes
        if isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable
    ]
    assert mutable == []
    values = {
        "template_pixels": torch.randint(0, 255, (1, 3, 127, 127), dtype=torch.uint8),
        "search_pixels": torch.randint(0, 255, (1, 3, 255, 255), dtype=torch.uint8),
        "search_target": torch.tensor([[90.0, 60.0, 30.0, 20.0]], dtype=torch.float64),
        "move_target": torch.tensor([[90.0, 60.0, 30.0, 20.0]], dtype=torch.float64),
        "search_frame_size": torch.tensor([320.0, 240.0], dtype=torch.float64),
    }
    order = [node.name for node in found.module.graph.nodes if node.op == "placeholder"]
    with torch.no_grad():
        box, score, *_ = found.module(*(values[name] for name in order))
        features = [
            modules["changed"](modules["backbone"](modules[name](values[f"{name}_pixels"])))
            for name in ("template", "search")
        ]
        kernel = features[0][:, :, 6:10, 6:10]
        response = torch.stack(
            [torch.conv2d(features[1][:, c : c + 1], kernel[:, c : c + 1])[:, 0] for c in range(24)], 1
        )
        logits = modules["classify"](response)
    assert graph.values["kernel"].small.shape[-2:] == (4, 4)
    assert (
        float(score) in logits.softmax(1)[:, 1].flatten().tolist()
        or torch.isclose(logits.softmax(1)[:, 1].flatten(), score, atol=1e-5).any()
    )
    assert box.shape == (1, 4)


def test_a_change_through_a_view_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(LoweringError, match="in place") as caught:
        flat(tmp_path / "a.sot", "TestChangesView")
    assert "without the change in place" in str(caught.value)


def test_every_operator_knows_its_origin(tmp_path: Path) -> None:
    found, graph, _ = flat(tmp_path / "a.sot", "TestChangesInPlace")
    computed = [node for node in found.module.graph.nodes if node.op == "call_function"]
    known = [node for node in computed if found.origins.get(node.name) in graph.graph]
    strange = [
        node.name for node in computed if node not in known and "number_of_targets" not in str(node.target)
    ]
    assert strange == []
    convolutions = [found.origins[node.name] for node in computed if "conv2d" in str(node.target)]
    both = [name for name in dict.fromkeys(convolutions) if graph.graph.nodes[name]["part"] == "backbone"]
    assert len(both) == 2, "the shared backbone's two applications keep their own origins"


def test_a_batch_that_is_fixed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoweringError) as caught:
        flat(tmp_path / "a.sot", "TestFixesTheBatch")
    assert "targets" in str(caught.value)
