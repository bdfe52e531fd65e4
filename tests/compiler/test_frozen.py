"""`freeze` at work: what training may change, what stays in evaluation mode, and that tracking knows nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import sotc
from sotc.compiler.network import Network
from sotc.components.registry import HEADS
from sotc.view.picture import picture

from .test_train import batch

torch.set_num_threads(1)


@HEADS.register_module()
class TestDropHead(nn.Module):
    """A convolution with a batch norm, dropout, and a scale of its own: everything that has a mode or a weight."""

    __test__ = False

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.Dropout(0.5)
        )
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """[N, C, H, W] -> [N, out_channels, H, W]."""
        found: torch.Tensor = self.layers(features) * self.scale
        return found


SPEC = """
tracker Small {
    param hold: bool = false
    template = SiameseCrop { size = 63 }
    search   = SiameseCrop { size = 127 }
    truth gt: Box
    backbone      = MobileNetV3 { blocks = 4 }
    head classify = TestDropHead { out_channels = 2 }
    head regress  = TestDropHead { out_channels = 4 }
    FREEZE

    kernel = template -> backbone -> CenterCrop { size = 4 }
    match  = XCorrDepthwise(search -> backbone, kernel)
    cls    = match -> classify
    loc    = match -> regress -> Exp
    target = PointAssign(cls, gt)
    loss classify = CrossEntropyLoss(cls, target.labels, weight = target.label_weight)
    loss overlap  = IoULoss { form = "distances" }(loc, target.distances, weight = target.box_weight)
    pick = PointDecode { stride = 8 }(cls, loc, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

FROZEN = "freeze backbone.features.0, classify, regress.layers.1, regress.scale"


def spec(folder: Path, freeze: str, name: str = "small.sot") -> str:
    path = folder / name
    path.write_text(SPEC.replace("FREEZE", freeze), encoding="utf-8")
    return str(path)


def is_frozen(name: str) -> bool:
    return (
        name.startswith(("backbone.features.0.", "classify.", "regress.layers.1.")) or name == "regress.scale"
    )


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    torch.manual_seed(0)
    return sotc.build(spec(tmp_path_factory.mktemp("frozen"), FROZEN)).train()


def test_what_is_frozen_asks_for_no_gradient_and_is_no_parameter(network: Network) -> None:
    weights = dict(network.module.named_parameters())
    assert {name for name, weight in weights.items() if not weight.requires_grad} == set(
        filter(is_frozen, weights)
    )
    trained = {id(weight) for weight in network.parameters()}
    assert trained == {id(weight) for name, weight in weights.items() if not is_frozen(name)}


def test_what_is_frozen_stays_in_evaluation_mode(network: Network) -> None:
    for mode in (True, False, True):
        network.train(mode)
        for name, module in network.module.named_modules():
            held = f"{name}.".startswith(("backbone.features.0.", "classify.", "regress.layers.1."))
            assert module.training == (mode and not held), name
    network.module.train()
    assert not network.module.classify.layers[1].training


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_training_changes_all_but_what_is_frozen(tmp_path: Path, decay: float) -> None:
    torch.manual_seed(1)
    network = sotc.build(spec(tmp_path, FROZEN)).train()
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=decay)
    for seed in (1, 2):
        data = batch(network, 2 + seed)
        optimiser.zero_grad()
        network.losses(data)["total"].backward()
        optimiser.step()
    changed = {
        name for name, value in network.module.state_dict().items() if not torch.equal(value, before[name])
    }
    assert not list(filter(is_frozen, changed))
    moving = {name for name in before if not is_frozen(name)}
    assert moving - changed == set()


def test_gradients_pass_through_what_is_frozen(tmp_path: Path) -> None:
    """A frozen head still teaches the backbone before it."""
    network = sotc.build(spec(tmp_path, "freeze classify, regress")).train()
    network.losses(batch(network, 2))["total"].backward()
    assert all(
        weight.grad is not None and weight.grad.any() for weight in network.module.backbone.parameters()
    )
    assert all(weight.grad is None for weight in network.module.classify.parameters())


def test_weights_and_wires_are_those_of_the_spec_without_it(tmp_path: Path) -> None:
    plain = sotc.build(spec(tmp_path, "", "plain.sot"))
    held = sotc.build(spec(tmp_path, FROZEN, "held.sot"), plain.module.state_dict())
    assert list(plain.module.state_dict()) == list(held.module.state_dict())
    inputs = batch(plain, 2)
    inputs |= {"target": torch.tensor([[60.0, 60, 30, 20]] * 2), "frame_size": torch.tensor([200.0, 200])}
    for name in ("cls", "loc", "box"):
        found = [network.run(inputs, [name])[name] for network in (plain, held)]
        torch.testing.assert_close(*found, rtol=0, atol=0)


def test_a_param_decides(tmp_path: Path) -> None:
    path = spec(tmp_path, "if hold { freeze backbone }")
    counts = [len(sotc.build(path, params={"hold": hold}).parameters()) for hold in (False, True)]
    backbone = len(list(sotc.build(path).module.backbone.parameters()))
    assert counts[0] - counts[1] == backbone > 0


def test_pictures_say_what_is_frozen(network: Network) -> None:
    notes = {
        node.part: node.note for node in picture(network.graph).nodes if node.kind == "apply" and node.note
    }
    assert notes == {
        "backbone": "frozen: features.0",
        "classify": "frozen",
        "regress": "frozen: layers.1, scale",
    }


@pytest.mark.parametrize(
    ("freeze", "old", "new", "codes"),
    [
        ("freeze backbone.features.0, classify, regress", "blocks", "block", ["SOT402"]),
        ("freeze backbone, backbone.featurs", "", "", ["SOT230"]),
        (
            "freeze classify.layers, regress.layer",
            "XCorrDepthwise(search",
            "XCorrDepthwise(serch",
            ["SOT301"],
        ),
    ],
)
def test_nothing_follows_from_a_mistake(
    tmp_path: Path, freeze: str, old: str, new: str, codes: list[str]
) -> None:
    """A part that was not built may hold what is frozen; and what is not there is not frozen twice."""
    path = Path(spec(tmp_path, freeze))
    path.write_text(path.read_text().replace(old, new) if old else path.read_text())
    unused, *found = sotc.check(str(path)).diagnostics
    assert unused.code == "SOT902" and [each.code for each in found] == codes


def test_a_part_that_was_removed_is_called_so(tmp_path: Path) -> None:
    path = Path(spec(tmp_path, ""))
    path.write_text(
        f"{path.read_text()}\ntracker Light extends Small {{\n    remove classify\n    freeze classify\n}}\n"
    )
    found = [
        each
        for each in sotc.check(str(path)).diagnostics
        if each.span.line == len(path.read_text().splitlines()) - 1
    ]
    assert [each.code for each in found] == ["SOT326"]
