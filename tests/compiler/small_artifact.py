"""A small tracker of two files, compiled and saved as artifacts: what the tests of artifacts share."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sotc.compiler.archive import write_archive
from sotc.compiler.archived_sources import RecordingSources
from sotc.compiler.artifact import Origin, Saved, save_artifact, settled_weights
from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.compiler.driver import compile_checked
from sotc.compiler.network import build
from sotc.compiler.python_use import Allowance
from sotc.runtime.tracker import Tracker

MAIN = """
use "parts/../parts/features.sot" { Features }
use "blocks/nanotrack.sot" { PixelMatch }

tracker Small extends Features {
    param rate: float = 0.3
    part match    = PixelMatch
    part classify = Conv2d { out_channels = 2, kernel_size = 3 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 3 }

    response = match(kernel, field)
    pick     = PointDecode { stride = 8, rate }(response -> classify, response -> regress -> Exp, search.view)
    override output box = pick.box
    output score = pick.score
}
"""

FEATURES = """
tracker Features {
    template = SiameseCrop { size = 31, context = 0.5 }
    search   = SiameseCrop { size = 63, context = 0.5, color = "bgr" }

    part features = Conv2d { out_channels = 6, kernel_size = 5, stride = 8 }

    kernel = template -> features
    field  = search -> features
    output box = search.view.target
}
"""


def write_project(folder: Path) -> None:
    """`trackers/small.sot`, which uses a file of its own and a shipped one, and `weights.pth`."""
    (folder / "trackers" / "parts").mkdir(parents=True)
    (folder / "trackers" / "small.sot").write_text(MAIN)
    (folder / "trackers" / "parts" / "features.sot").write_text(FEATURES)
    (folder / "trackers" / "unused.sot").write_text(FEATURES)
    torch.manual_seed(5)
    state = build(str(folder / "trackers" / "small.sot")).module.state_dict()
    # so small that `Exp` gives sizes of boxes
    torch.save({name: 0.02 * tensor for name, tensor in state.items()}, folder / "weights.pth")


def saved(
    path: Path | str,
    spec: str,
    weights: str | None,
    options: Options | None = None,
    *,
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    **found: Any,
) -> Saved:
    """The spec compiled and written, as `sotc compile` does it, without measuring anything."""
    options = options or Options()
    sources = RecordingSources()
    checked = check(spec, params=params, allow_python=allow_python, sources=sources)
    taken, _ = settled_weights(checked, weights)
    compiled = compile_checked(checked, taken, options)
    return save_artifact(path, Origin(checked, sources, params), taken, compiled, options, **found)


def frames(count: int = 6) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    texture = random.integers(0, 255, (150, 220, 3), dtype=np.uint8)
    return [texture[index : index + 120, 2 * index : 2 * index + 160].copy() for index in range(count)]


def boxes_of(tracker: Tracker) -> np.ndarray:
    """[steps, 4]: where the tracker finds a target in `frames`."""
    first, *rest = frames()
    session = tracker.start(first, (60, 40, 30, 24))
    return np.concatenate([session.step(frame).numpy().boxes for frame in rest])


def tampered(artifact: Path, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy with members changed; its manifest is left as it is unless it is changed, too."""
    with zipfile.ZipFile(artifact) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    write_archive(folder / "tampered.sotx", members)
    return folder / "tampered.sotx"


def rewritten(artifact: Path, folder: Path, name: str, data: bytes) -> Path:
    """A member replaced, with its checksum put right: by somebody who knows the format."""

    def change(members: dict[str, bytes]) -> None:
        table = json.loads(members["manifest.json"])
        table["members"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        members[name] = data
        members["manifest.json"] = json.dumps(table).encode()

    return tampered(artifact, folder, change)


def changed_manifest(artifact: Path, folder: Path, **entries: object) -> Path:
    """A copy of which the manifest says something else."""

    def change(members: dict[str, bytes]) -> None:
        table = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**table, **entries}).encode()

    return tampered(artifact, folder, change)
