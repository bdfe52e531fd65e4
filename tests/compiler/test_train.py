"""The train program: everything that the losses need, batched, with gradients for every weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import sotc
from sotc.compiler.network import Network


def batch(network: Network, size: int) -> dict[str, torch.Tensor]:
    """Images with a bright patch where the truth is, in both regions."""
    generator = torch.Generator().manual_seed(size)
    sides = [network.graph.values[name].small.image.shape[-1] for name in ("search", "template")]
    search, template = (torch.rand(size, 3, side, side, generator=generator) * 60 for side in sides)
    boxes = torch.tensor([[60.0 + 20 * index, 90.0, 70.0, 60.0] for index in range(size)])
    template[:, :, 32:95, 32:95] += 150
    for index, (x, y, w, h) in enumerate(boxes.int().tolist()):
        search[index, :, y : y + h, x : x + w] += 150
    return {"template": template, "search": search, "gt": boxes}


@pytest.mark.parametrize(
    ("name", "losses", "params"),
    [
        ("nanotrack_v1", {"classify", "overlap"}, {}),
        ("nanotrack_v2", {"classify", "overlap"}, {}),
        ("nanotrack_v3", {"classify", "overlap"}, {}),
        ("siamfc_alexnet", {"classify"}, {"width": 0.25}),
        ("siamrpnpp_mobilev2", {"classify", "regress"}, {"levels": [3], "scale": 0.5, "width": 32}),
        ("siamrpn_alex", {"classify", "regress"}, {"width": 0.25}),
        ("lighttrack_mobile", {"classify", "overlap"}, {}),
        ("fear_xs", {"classify", "overlap"}, {}),
        (
            "siamrpnpp_r50",
            {"classify", "regress"},
            {"levels": [2], "width": 32},
        ),  # smaller, of the same parts
    ],
)
def test_gradients_reach_every_weight_that_is_not_frozen(
    name: str, losses: set[str], params: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    network = sotc.build(name, params=params).train()
    found = network.losses(batch(network, 2))
    assert set(found) == {*losses, "total"}
    found["total"].backward()
    for parameter_name, parameter in network.module.named_parameters():
        assert (parameter.grad is None) == (not parameter.requires_grad), parameter_name
        assert parameter.grad is None or torch.isfinite(parameter.grad).all(), parameter_name


def test_parts_stay_in_the_mode_that_they_were_put_into() -> None:
    """The graph is lowered in the first call, behind `train`: batch norms learn from the first batch on."""
    network = sotc.build("nanotrack_v1").train()
    counters = {name: one for name, one in network.module.named_buffers() if name.endswith("batches_tracked")}
    assert counters
    network.losses(batch(network, 2))
    assert all(module.training for module in network.module.modules())
    assert all(counter > 0 for counter in counters.values())
    network.train(False).losses(batch(network, 2))
    assert not any(module.training for module in network.module.modules())


def test_one_batch_can_be_learnt() -> None:
    torch.manual_seed(0)
    network = sotc.build("nanotrack_v1").train()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    data = batch(network, 2)
    values = []
    for _ in range(30):
        optimiser.zero_grad()
        total = network.losses(data)["total"]
        total.backward()
        optimiser.step()
        values.append(float(total.detach()))
    assert values[-1] < 0.5 * values[0], values


def test_the_state_dict_goes_back_in(tmp_path: Path) -> None:

    torch.manual_seed(4)
    trained = sotc.build("nanotrack_v1")
    path = tmp_path / "mine.safetensors"
    save_file(dict(trained.module.state_dict()), path)
    again = sotc.build("nanotrack_v1", weights=str(path))
    images = {"template": torch.rand(1, 3, 127, 127), "search": torch.rand(1, 3, 255, 255)}
    assert torch.equal(trained.run(images, ["cls"])["cls"], again.run(images, ["cls"])["cls"])
