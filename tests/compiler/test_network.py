"""Any wire by name: the values that the modules give when they are composed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sotc.compiler.network import InputError, Network, UnknownWireError, build
from sotc.components.registry import BACKBONES, HEADS

SPEC = """
tracker Example {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }
    truth gt: Box

    backbone      = MobileNetV3 { blocks = 4 }
    head classify = SeparableHead { out_channels = 2, channels = 32, kernels = [3] }
    head regress  = SeparableHead { out_channels = 4, channels = 32, kernels = [5, 3] }

    response = XCorrPixelwise(search -> backbone, template -> backbone)
    cls      = response -> classify
    loc      = response -> regress -> Exp
    pick     = PointDecode(cls, loc, search.view)
    loss size = 2.0 * L1Loss(pick.box, gt)
    output box   = pick.box
    output score = pick.score
}
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = tmp_path_factory.mktemp("network") / "example.sot"
    path.write_text(SPEC)
    torch.manual_seed(3)
    return build(str(path))


def images(batch: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(batch)
    return {
        "template": torch.rand(batch, 3, 127, 127, generator=generator) * 255,
        "search": torch.rand(batch, 3, 255, 255, generator=generator) * 255,
    }


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_wires_equal_modules_composed_by_hand(network: Network, batch: int) -> None:
    inputs = images(batch)
    got = network.run(inputs, fetch=["cls", "loc", "response"])
    backbone = BACKBONES.build({"type": "MobileNetV3", "blocks": 4}).eval()
    backbone.load_state_dict(network.module.backbone.state_dict())
    settings = {
        "type": "SeparableHead",
        "in_channels": 64,
        "out_channels": 4,
        "channels": 32,
        "kernels": (5, 3),
    }
    regress = HEADS.build(settings).eval()
    regress.load_state_dict(network.module.regress.state_dict())
    with torch.no_grad():
        kernel, field = backbone(inputs["template"]), backbone(inputs["search"])
        response = torch.einsum("ncp,ncq->npq", kernel.flatten(2), field.flatten(2)).reshape(
            got["response"].shape
        )
        loc = regress(response).exp()
    torch.testing.assert_close(got["response"], response, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(got["loc"], loc, rtol=1e-3, atol=1e-3)
    assert got["cls"].shape[:2] == (batch, 2)


def test_fields_and_views_need_the_target(network: Network) -> None:
    with pytest.raises(InputError, match="is needed"):
        network.run(images(1), fetch=["pick.box"])
    where = {
        "target": torch.tensor([[100.0, 80.0, 30.0, 40.0]]).double(),
        "frame_size": torch.tensor([320.0, 240.0]).double(),
    }
    box = network.run({**images(1), **where}, fetch=["pick.box"])["pick.box"]
    assert box.shape == (1, 4)


def test_losses_reach_every_parameter(network: Network) -> None:
    where = {
        "target": torch.tensor([[100.0, 80.0, 30.0, 40.0]]).double(),
        "frame_size": torch.tensor([320.0, 240.0]).double(),
    }
    losses = network.losses({**images(1), **where, "gt": torch.tensor([[90.0, 70.0, 20.0, 20.0]])})
    assert set(losses) == {"size", "total"}
    losses["total"].backward()
    reached = {name for name, parameter in network.module.named_parameters() if parameter.grad is not None}
    assert any(name.startswith("backbone") for name in reached)
    assert any(name.startswith("regress") for name in reached)


def test_unknown_wires_are_told_what_there_is(network: Network) -> None:
    with pytest.raises(UnknownWireError, match="did you mean `cls`"):
        network.run(images(1), fetch=["clss"])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"template": torch.zeros(1, 3, 127, 127)}, "`search` is needed"),
        ({**images(1), "serach": torch.zeros(1)}, "`serach` is no input"),
        ({**images(1), "search": torch.zeros(1, 3, 200, 200)}, "3 200 200"),
    ],
)
def test_inputs_are_checked(network: Network, inputs: dict[str, torch.Tensor], message: str) -> None:
    with pytest.raises(InputError, match=message):
        network.run(inputs, fetch=["cls"])


def test_the_same_spec_and_seed_give_the_same_network(tmp_path: Path) -> None:
    path = tmp_path / "example.sot"
    path.write_text(SPEC)
    results = []
    for _ in range(2):
        torch.manual_seed(11)
        results.append(build(str(path)).run(images(1), fetch=["cls"])["cls"])
    assert torch.equal(*results)


STATEFUL = """
tracker Stateful {
    template = AreaCrop { size = 32 }
    search   = AreaCrop { size = 64 }

    head classify = SeparableHead { out_channels = 1, channels = 8, kernels = [3] }

    state model = template.image
    next model  = Mix { rate = 0.5 }(model, template.image)
    state count = 2.0
    next count  = count + 1

    beyond   = BeyondFrame { stride = 1 }(search, search.view)
    hidden   = BeyondFrame { stride = 1 }(template, template.view)
    response = XCorrDepthwise(search, model) -> classify
    sum      = count + 0.5
    cls      = JoinChannels(response, response)
    loc      = JoinChannels(cls, cls) -> Exp
    output box = PointDecode(cls, loc, search.view).box
}
"""


@pytest.fixture(scope="module")
def stateful(tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = tmp_path_factory.mktemp("stateful") / "example.sot"
    path.write_text(STATEFUL)
    return build(str(path))


def test_a_state_that_is_not_given_is_as_it_begins(stateful: Network) -> None:
    generator = torch.Generator().manual_seed(0)
    template = torch.randn(2, 3, 32, 32, generator=generator)
    inputs = {"template": template, "search": torch.randn(2, 3, 64, 64, generator=generator)}
    found = stateful.run(inputs, ["response", "sum"])
    given = stateful.run(
        {**inputs, "state.model": template, "state.count": torch.full((2,), 2.0)}, ["response", "sum"]
    )
    assert torch.equal(found["response"], given["response"])
    assert found["sum"].tolist() == given["sum"].tolist() == [2.5, 2.5]
    other = stateful.run({**inputs, "state.model": template.flip(3)}, ["response"])
    assert not torch.equal(found["response"], other["response"])


def test_a_crop_may_have_a_target_of_its_own(stateful: Network) -> None:
    """The template within the frame, the search region half beyond it; its 33rd column has a share of that."""
    inputs = {"template": torch.zeros(1, 3, 32, 32), "search": torch.zeros(1, 3, 64, 64)}
    middle, edge = ([[50.0, 50.0, 20.0, 20.0]], [[0.0, 50.0, 20.0, 20.0]])
    view = {"target": torch.tensor(middle, dtype=torch.float64), "frame_size": torch.tensor([101.0, 101.0])}
    alike = stateful.run({**inputs, **view}, ["beyond", "hidden"])
    assert not alike["beyond"].any()
    own = {"search.target": torch.tensor(edge, dtype=torch.float64)}
    found = stateful.run({**inputs, **view, **own}, ["beyond", "hidden"])
    assert found["beyond"][0, 0, 32].tolist() == [True] * 33 + [False] * 31
    assert not found["hidden"].any()
    with pytest.raises(InputError, match=r"`model\.target` is no input"):
        stateful.run({**inputs, "model.target": view["target"]}, ["beyond"])
