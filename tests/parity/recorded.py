"""The fixtures as what `sotc verify` takes: a recorded file, and boxes of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fixtures import fill_module, meta_of, normalised, stored_of

Arrays = dict[str, NDArray[Any]]

SPECS = {"ostrack_vitb256": "ostrack_256", "ostrack_vitb256_ce": "ostrack_256_ce"}
"""Fixtures whose spec has another name."""

SUMMARIES = ("feat_", "patch_embed_", "pos_")

EVERY = slice(None)

SAMPLED = {
    "feat_backbone_tokens": ("backbone_feat", (EVERY, slice(None, None, 16), slice(16))),
    "encoder_memory": ("encoder_memory", (EVERY, slice(None, None, 16), slice(32))),
    "tokens_last": ("feat_block3", (EVERY, slice(None, None, 16), slice(16))),
    "kernel": ("feat_z", (EVERY, slice(None, None, 4))),
}
"""Stored in part only: the output that each is a part of, by an alias of the spec, and which part."""

DECODED = ("decoded_", "points", "window", "removed_indexes_")
"""What the originals made of their outputs; our decoders have no wire for it, and the clips are held to their boxes."""

INSIDE = {"ostrack_vitb256_ce": {"feat_block3", "feat_block6"}}
"""Blocks that eliminate tokens give no summary by themselves: the tests of that tracker look at them."""


def spec_of(name: str) -> str:
    """The spec of a fixture."""
    return SPECS.get(name, name)


def recorded_inputs(name: str, folder: Path) -> Arrays:
    """`in_0` ... of a fixture, made as its recipe says: templates first, then the search region."""
    told: Mapping[str, Any] = meta_of(name, folder)["input"]
    shapes = [tuple(shape) for shape in told.values() if isinstance(shape, list)]
    shapes = shapes[:1] * (told.get("templates", 1) - 1) + shapes
    images = fill_module(folder).images(*shapes)
    raw = told["range"].startswith("raw")
    seen = [image * np.float32(255) if raw else normalised(image).numpy() for image in images]
    return {f"in_{index}": image for index, image in enumerate(seen)}


def recorded_outputs(name: str, folder: Path) -> Arrays:
    """`out_NAME` and `sum_NAME` of a fixture: all that an original's network gave, but what was stored in part."""
    arrays: Arrays = {}
    for key, array in stored_of(name, folder).items():
        if key in SAMPLED or key in INSIDE.get(name, ()) or key.startswith((*DECODED, "masked_")):
            continue
        arrays[f"{'sum' if key.startswith(SUMMARIES) else 'out'}_{key}"] = array
    return arrays


def write_recorded(name: str, folder: Path, path: Path, **more: NDArray[Any]) -> Path:
    """A fixture as the file that `sotc verify --recorded` takes; `more` arrays are added, or stand for others."""
    np.savez(path, **{**recorded_inputs(name, folder), **recorded_outputs(name, folder), **more})
    return path


def write_masked(folder: Path, path: Path, with_masks: bool = True) -> Path:
    """STARK's second set of outputs: the masks of the fixture, of the crops' pixels, stand for what the spec would
    find of the crops' places.
    """
    template, search = np.zeros((1, 128, 128), bool), np.zeros((1, 320, 320), bool)
    template[:, :, :20] = True
    search[:, :, 250:] = True
    search[:, :37] = True
    masks = {"in_beyond_known": template, "in_beyond_newer": template, "in_beyond_field": search}
    stored = stored_of("stark_st50", folder)
    masked = {f"out_{key.removeprefix('masked_')}": one for key, one in stored.items() if "masked_" in key}
    inputs = recorded_inputs("stark_st50", folder)
    np.savez(path, **{**inputs, **(masks if with_masks else {}), **masked})
    return path


def write_boxes(boxes: NDArray[np.float64], path: Path) -> Path:
    """Boxes [T, 4] as the file that `sotc verify --boxes` takes."""
    np.savetxt(path, boxes, fmt="%.9f", delimiter=",")
    return path
