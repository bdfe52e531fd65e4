"""A tracker that opens in a moment, and a data set of a few frames, for tests of runs.

The tracker is an ONNX artifact with random weights: boxes depend on every pixel, and torch is not imported for it.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from sotc.cli import main

SPEC = """\
tracker Tiny {
    template = SiameseCrop { size = 32 }
    search   = SiameseCrop { size = 64 }

    part features = Conv2d { out_channels = 8, kernel_size = 8, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    likeness = 0.0002 * XCorrDepthwise(search -> features, template -> features)
    sides    = 16 * (likeness -> regress -> Sigmoid -> Exp)
    pick     = PointDecode { stride = 8 }(likeness -> classify, sides, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

LENGTHS = {"alpha": 14, "beta": 10, "gamma": 6, "delta": 12}
"""Frames of each sequence; those of gamma have a size of their own."""


PATIENCE = 300.0
"""Seconds that one process waits for another to compile the tracker."""


def shared_artifact(factory: pytest.TempPathFactory) -> Path:
    """The tracker, compiled once for all processes of a test run: whoever comes first makes it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, building = base / "tiny", base / "tiny-building"
    until = time.monotonic() + PATIENCE
    while not made.is_dir():
        assert time.monotonic() < until, "another process does not come to an end with the tracker"
        try:
            building.mkdir()
        except FileExistsError:
            time.sleep(0.1)
            continue
        try:
            if not made.is_dir():
                write_artifact(building)
                building.rename(made)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return made / "tiny.sotx"


def write_artifact(folder: Path) -> Path:
    """`tiny.sotx`, of `tiny.sot`."""
    spec, artifact = folder / "tiny.sot", folder / "tiny.sotx"
    spec.write_text(SPEC)
    arguments = ["compile", str(spec), "-o", str(artifact), "--backend", "onnx", "--no-gate"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return artifact


def write_data(folder: Path, lengths: dict[str, int] | None = None, seed: int = 0) -> Path:
    """Frames with a square that moves over noise, its boxes, and `own.csv`, which names them."""
    random = np.random.default_rng(seed)
    rows = ["name,frames,boxes"]
    for name, length in (lengths or LENGTHS).items():
        height, width = (64, 80) if name == "gamma" else (72, 96)
        ground = random.integers(0, 255, (height, width, 3), dtype=np.uint8)
        images = folder / name
        images.mkdir(parents=True)
        boxes = []
        for index in range(length):
            frame = ground.copy()
            step = min(index % 40, 40 - index % 40)  # to and fro
            left, top = 20 + step, 18 + step // 2
            frame[top : top + 20, left : left + 24] = (40, 200 - step, 120)
            assert cv2.imwrite(str(images / f"{index:04d}.png"), frame)
            boxes.append(f"{left + 1},{top + 1},24,20.5\n")
        (folder / f"{name}.txt").write_text("".join(boxes))
        rows.append(f"{name},{name},{name}.txt")
    manifest = folder / "own.csv"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def files(folder: Path, times: bool = False) -> dict[str, bytes]:
    """What is in a folder of results, by name; without times, which differ from run to run."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (times or not path.stem.endswith("_time"))
    }
