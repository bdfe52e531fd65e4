"""MixFormer on CvT as it is published, spelled out on the names of its authors' checkpoints."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]

KERNELS = (7, 3, 3)
"""Of the embeddings, with strides 4, 2, 2 and paddings 2, 1, 1."""


class Size(NamedTuple):
    """CvT-21, or less."""

    widths: tuple[int, int, int] = (64, 192, 384)
    depths: tuple[int, int, int] = (1, 4, 16)
    heads: tuple[int, int, int] = (1, 3, 6)
    channels: int = 384
    """of the corner head"""


def shapes_of(size: Size) -> dict[str, tuple[int, ...]]:
    """Every tensor of a checkpoint with frozen batch norms in the backbone."""
    shapes: dict[str, tuple[int, ...]] = {}
    for stage, (narrow, wide) in enumerate(pairwise((3, *size.widths))):
        name = f"backbone.stage{stage}"
        kernel = KERNELS[stage]
        shapes |= layer(f"{name}.patch_embed.proj", wide, narrow, kernel, kernel)
        shapes |= layer(f"{name}.patch_embed.norm", wide)
        for block in range(size.depths[stage]):
            shapes |= block_shapes(f"{name}.blocks.{block}", wide)
    width = size.widths[-1]
    shapes |= layer("backbone.norm", width) | layer("backbone.head", 1000, width)
    channels = [width, *(size.channels // 2**index for index in range(4))]
    for corner in ("tl", "br"):
        for index, (wide, narrow) in enumerate(pairwise(channels), start=1):
            shapes |= layer(f"box_head.conv{index}_{corner}.0", narrow, wide, 3, 3)
            shapes |= batch_norm(f"box_head.conv{index}_{corner}.1", narrow)
        shapes |= layer(f"box_head.conv5_{corner}", 1, channels[-1], 1, 1)
    shapes |= {"score_branch.score_token": (1, 1, width)} | layer("score_branch.norm1", width)
    for index in range(2):
        for part in ("proj_q", "proj_k", "proj_v", "proj"):
            shapes |= layer(f"score_branch.{part}.{index}", width, width)
        shapes |= layer(f"score_branch.norm2.{index}", width)
    for index, wide in enumerate((width, width, 1)):
        shapes |= layer(f"score_branch.score_head.layers.{index}", wide, width)
    return shapes


def block_shapes(name: str, width: int) -> dict[str, tuple[int, ...]]:
    shapes = layer(f"{name}.norm1", width) | layer(f"{name}.norm2", width)
    for part in "qkv":
        shapes[f"{name}.attn.conv_proj_{part}.conv.weight"] = (width, 1, 3, 3)
        shapes |= batch_norm(f"{name}.attn.conv_proj_{part}.bn", width)
        shapes |= layer(f"{name}.attn.proj_{part}", width, width)
    shapes |= layer(f"{name}.attn.proj", width, width)
    return shapes | layer(f"{name}.mlp.fc1", 4 * width, width) | layer(f"{name}.mlp.fc2", width, 4 * width)


def layer(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def batch_norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{part}": (width,) for part in ("weight", "bias", "running_mean", "running_var")}


def checkpoint(size: Size, seed: int, contrast: float) -> Weights:
    """Weights under which signals neither grow nor fade; `contrast` is that of the maps of corners."""
    generator = torch.Generator().manual_seed(seed)
    weights: Weights = {}
    for name, shape in shapes_of(size).items():
        drawn = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            drawn = 1 + 0.1 * drawn.abs()
        elif len(shape) > 1:
            drawn *= (2 / math.prod(shape[1:])) ** 0.5
        else:
            drawn = 0.1 * drawn + (1.0 if name.endswith("weight") else 0.0)
        weights[name] = drawn
    for corner in ("tl", "br"):
        weights[f"box_head.conv5_{corner}.weight"] *= contrast
    return weights


def linear(weights: Weights, name: str, features: Tensor) -> Tensor:
    return features @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def layer_norm(weights: Weights, name: str, features: Tensor) -> Tensor:
    mean = features.mean(-1, keepdim=True)
    deviation = (features.var(-1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    return (features - mean) / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def normed(weights: Weights, name: str, features: Tensor) -> Tensor:
    """By statistics that are stored."""
    weight, bias, mean, variance = (
        weights[f"{name}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
    )
    return (features - mean) / (variance + 1e-5).sqrt() * weight + bias


def attended(
    queries: Tensor, keys: Tensor, values: Tensor, heads: int, hidden: Tensor | None = None
) -> Tensor:
    """[N, L, C] of all heads; `hidden` [L, K] are keys that a query does not see. Scaled by the root of C."""
    batch, length, width = queries.shape
    q, k, v = (
        one.reshape(batch, -1, heads, width // heads).transpose(1, 2) for one in (queries, keys, values)
    )
    likeness = torch.einsum("nhld,nhkd->nhlk", q, k) / width**0.5
    likeness = likeness if hidden is None else likeness.masked_fill(hidden, float("-inf"))
    seen = torch.einsum("nhlk,nhkd->nhld", likeness.softmax(-1), v)
    return seen.transpose(1, 2).reshape(batch, length, width)


def block_of(weights: Weights, name: str, row: Tensor, sides: tuple[int, ...], heads: int) -> Tensor:
    """A row of the tokens of three square maps, the first two of which do not see the third."""
    tokens = layer_norm(weights, f"{name}.norm1", row)
    pieces = tokens.split([side**2 for side in sides], 1)
    maps = [
        piece.transpose(1, 2).unflatten(2, (side, side)) for piece, side in zip(pieces, sides, strict=True)
    ]
    rows = []
    for part, stride in (("q", 1), ("k", 2), ("v", 2)):
        kernel = weights[f"{name}.attn.conv_proj_{part}.conv.weight"]
        made = [F.conv2d(one, kernel, stride=stride, padding=1, groups=kernel.shape[0]) for one in maps]
        made = [normed(weights, f"{name}.attn.conv_proj_{part}.bn", one) for one in made]
        joined = torch.cat([one.flatten(2).transpose(1, 2) for one in made], 1)
        rows.append(linear(weights, f"{name}.attn.proj_{part}", joined))
    known = 2 * sides[0] ** 2
    halves = [math.ceil(side / 2) for side in sides]
    hidden = torch.zeros(rows[0].shape[1], rows[1].shape[1], dtype=torch.bool)
    hidden[:known, 2 * halves[0] ** 2 :] = True
    row = row + linear(weights, f"{name}.attn.proj", attended(rows[0], rows[1], rows[2], heads, hidden))
    inner = linear(weights, f"{name}.mlp.fc1", layer_norm(weights, f"{name}.norm2", row))
    return row + linear(weights, f"{name}.mlp.fc2", inner / (1 + (-1.702 * inner).exp()))


def backbone_of(weights: Weights, size: Size, images: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Template, online template and search region -> maps."""
    maps = images
    for stage, (stride, padding) in enumerate(((4, 2), (2, 1), (2, 1))):
        name = f"backbone.stage{stage}"
        kernel, bias = weights[f"{name}.patch_embed.proj.weight"], weights[f"{name}.patch_embed.proj.bias"]
        maps = tuple(F.conv2d(one, kernel, bias, stride, padding) for one in maps)
        sides = tuple(one.shape[-1] for one in maps)
        row = torch.cat([one.flatten(2).transpose(1, 2) for one in maps], 1)
        row = layer_norm(weights, f"{name}.patch_embed.norm", row)
        for block in range(size.depths[stage]):
            row = block_of(weights, f"{name}.blocks.{block}", row, sides, size.heads[stage])
        pieces = row.split([side**2 for side in sides], 1)
        maps = tuple(
            piece.transpose(1, 2).unflatten(2, (side, side))
            for piece, side in zip(pieces, sides, strict=True)
        )
    return maps


def corner_of(weights: Weights, corner: str, features: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of `tl` or `br`, and the mean place [N, 2] as shares of the map."""
    for index in range(1, 5):
        name = f"box_head.conv{index}_{corner}"
        features = F.conv2d(features, weights[f"{name}.0.weight"], weights[f"{name}.0.bias"], padding=1)
        features = normed(weights, f"{name}.1", features).relu()
    name = f"box_head.conv5_{corner}"
    logits = F.conv2d(features, weights[f"{name}.weight"], weights[f"{name}.bias"])
    side = logits.shape[-1]
    likely = logits.flatten(1).softmax(1).unflatten(1, (side, side))
    places = torch.arange(side, dtype=logits.dtype) / side
    return logits, torch.stack(((likely.sum(1) * places).sum(1), (likely.sum(2) * places).sum(1)), 1)


def pooled(features: Tensor, box: Tensor, size: int = 4, samples: int = 400) -> Tensor:
    """The mean of interpolated features over each part of a box [4] in cells, by the middles of many strips."""
    channels, height, width = features.shape
    if (box[2:] <= box[:2]).any():
        return features.new_zeros(channels, size, size)
    padded = F.pad(features, (1, 1, 1, 1))
    across = box[0] + (box[2] - box[0]) * (torch.arange(size * samples, dtype=box.dtype) + 0.5) / (
        size * samples
    )
    down = box[1] + (box[3] - box[1]) * (torch.arange(size * samples, dtype=box.dtype) + 0.5) / (
        size * samples
    )

    def along(values: Tensor, places: Tensor, cells: int) -> Tensor:
        """Linear interpolation of the last axis, whose index 1 is the place 0."""
        held = (places + 1).clamp(0, cells + 1)
        before = held.floor().clamp(max=cells).long()
        share = held - before
        return values[..., before] * (1 - share) + values[..., before + 1] * share

    strips = along(padded, across, width).unflatten(-1, (size, samples)).mean(-1)
    whole = along(strips.transpose(1, 2), down, height).unflatten(-1, (size, samples)).mean(-1)
    assert whole.shape == (channels, size, size)
    return whole.transpose(1, 2)


def score_of(weights: Weights, heads: int, search: Tensor, template: Tensor, box: Tensor) -> Tensor:
    """Logits [N] of a box [N, 4], the corners as shares of the map."""
    within = torch.stack([pooled(*one) for one in zip(search, box * search.shape[-1], strict=True)])
    token = layer_norm(weights, "score_branch.norm1", weights["score_branch.score_token"])
    token = token.expand(len(search), -1, -1)
    for index, seen in enumerate((within, template)):
        tokens = seen.flatten(2).transpose(1, 2)
        q, k, v = (
            linear(weights, f"score_branch.proj_{part}.{index}", one)
            for part, one in (("q", token), ("k", tokens), ("v", tokens))
        )
        token = linear(weights, f"score_branch.proj.{index}", attended(q, k, v, heads))
        token = layer_norm(weights, f"score_branch.norm2.{index}", token)
    for index in range(3):
        token = linear(weights, f"score_branch.score_head.layers.{index}", token.relu() if index else token)
    return token.flatten()


def outputs_of(weights: Weights, size: Size, images: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """By the names of the original, and the logits of both corners."""
    template, _, search = backbone_of(weights, size, images)
    (top_left, first), (bottom_right, last) = (corner_of(weights, corner, search) for corner in ("tl", "br"))
    score = score_of(weights, size.heads[-1], search, template, torch.cat((first, last), 1))
    boxes = torch.cat(((first + last) / 2, last - first), 1)[:, None]
    return {
        "pred_boxes": boxes,
        "pred_scores": score,
        "score_map_tl": top_left,
        "score_map_br": bottom_right,
        "template": template,
        "search": search,
    }
