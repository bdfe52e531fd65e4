"""What tests of `sotc verify` share: a tracker of a few weights, and a file as its original would have recorded it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sotc.compiler.network import Network, build

SPEC = """
tracker Tiny {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    backbone      = ResNet { depth = 18, out_levels = [2] }
    part features = Conv2d { out_channels = 6, kernel_size = 3 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    fn seen(image) = (image -> backbone)[0] -> features
    kernel   = seen(template)
    field    = seen(search)
    likeness = XCorrDepthwise(field, kernel)
    cls      = likeness -> classify
    loc      = likeness -> regress -> Exp

    pick = PointDecode { stride = 8 }(cls, loc, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

KEYS = """
[alias]
logits = "cls"
distances = { wire = "loc", permute = [0, 2, 3, 1] }
target = { wire = "cls", channel = 1 }
tokens = { wire = "field", tokens = true }
both = { wire = ["kernel", "field"] }
level = { wire = "field.backbone", item = 0 }
block_z = { module = "backbone.layer1.0" }
block_x = { module = "backbone.layer1.0", call = 1 }
"""

Arrays = dict[str, NDArray[Any]]


def written_spec(folder: Path, keys: str = KEYS) -> Path:
    """The tracker and its key map in a folder."""
    (folder / "tiny.keys.toml").write_text(keys)
    path = folder / "tiny.sot"
    path.write_text(SPEC)
    return path


def built(folder: Path) -> Network:
    """The tracker with weights of its own, which say something of every input."""
    torch.manual_seed(3)
    return build(str(written_spec(folder)))


def images(count: int = 1, seed: int = 0) -> Arrays:
    """`in_0` and `in_1`, as the crops would give them."""
    random = np.random.default_rng(seed)
    shapes = {"in_0": (count, 3, 31, 31), "in_1": (count, 3, 63, 63)}
    return {key: random.uniform(0, 4, shape).astype(np.float32) for key, shape in shapes.items()}


def given(network: Network, wires: list[str], arrays: Arrays) -> dict[str, Any]:
    """What the network gives for these images, in single precision: the original, as it were."""
    with torch.no_grad():
        return network.run(
            {name: torch.from_numpy(arrays[key]) for key, name in (("in_0", "template"), ("in_1", "search"))},
            wires,
        )


def saved(path: Path, arrays: Arrays) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path
