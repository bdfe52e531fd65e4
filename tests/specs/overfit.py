"""One generated batch for any spec that trains, and the loop that learns it by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from sotc.compiler.network import Network
from sotc.dsl.program import Input, Program, Truth

COUNT = 2
"""Images of a batch: batch norms want two."""

VIEW: Mapping[str, Tensor] = {
    "target": torch.tensor([[5000.0, 5000.0, 64.0, 64.0]], dtype=torch.float64).expand(COUNT, 4),
    "frame_size": torch.tensor([1e4, 1e4], dtype=torch.float64),
}
"""Every crop lies within its frame: for the specs that look at what lies beyond it."""

PLACES = ((0.3, 0.35, 0.3, 0.25), (0.45, 0.4, 0.25, 0.3))
"""Of the targets in the search region: x, y, width, height as shares of its side."""

BRIGHT = 2.0
"""What a target has more than its ground, in deviations of the ground."""


def batch_for(network: Network) -> dict[str, Tensor]:
    """Noise with a brighter box where the target is, in all inputs; what the spec declares as truth; and views."""
    generator = torch.Generator().manual_seed(0)
    program, found = network.graph.program, dict(VIEW)
    for node in inputs_of(program):
        side = network.graph.values[node.name].small.image.shape[-1]
        image = torch.randn(COUNT, 3, side, side, generator=generator)
        places = PLACES if node.keyword == "search" else ((0.25, 0.25, 0.5, 0.5),) * COUNT
        for one, (x, y, w, h) in zip(image, places, strict=True):
            left, top, right, bottom = (round(side * edge) for edge in (x, y, x + w, y + h))
            one[:, top:bottom, left:right] += BRIGHT
        found[node.name] = image * 60 + 110 if sees_pixels(network, node) else image
        if node.keyword == "search":
            found |= truths_of(program, side)
    return found


def inputs_of(program: Program) -> list[Input]:
    return [node for node in program.nodes if isinstance(node, Input)]


def sees_pixels(network: Network, node: Input) -> bool:
    """Whether the crop leaves pixels as they are, 0..255, and does not normalise them."""
    crop = network.module.get_submodule(node.part)
    return float(crop(torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)).max()) > 100


def truths_of(program: Program, side: int) -> dict[str, Tensor]:
    """Boxes in pixels of the search region; the target is in the first image, and is said not to be in the second."""
    known = {
        "Box": torch.tensor(PLACES) * side,
        "Presence": torch.tensor([[1.0], [0.0]]),
    }
    return {node.name: known[node.type] for node in program.nodes if isinstance(node, Truth)}


def learn(
    network: Network,
    batch: Mapping[str, Tensor],
    steps: int,
    rate: float,
    enough: float = 0.0,
    uncounted: Sequence[str] = (),
) -> Sequence[float]:
    """The loss of each step, until it has fallen to `enough` of the first, or the steps are over.

    `uncounted` losses are trained with the others, and are not in the numbers.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    network.train()
    history: list[float] = []
    for _ in range(steps):
        optimiser.zero_grad()
        losses = network.losses(batch)
        losses["total"].backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        counted = [one for name, one in losses.items() if name not in ("total", *uncounted)]
        history.append(sum(float(one.detach().sum()) for one in counted))
        if history[-1] <= enough * history[0]:
            break
    return history
