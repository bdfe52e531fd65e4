"""Trackers that run without torch, and without what only building needs (`onnx`): every import of these is blocked, in
a process of its own, and nothing is missed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.compiler.compiled import Options

from .compiler.small_artifact import boxes_of, frames, saved, write_project

BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "onnx"):
            raise ModuleNotFoundError(f"No module named {name!r}, as on a machine without it", name="torch")

sys.meta_path.insert(0, Blocked())
"""

COMMAND = """
from sotc.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert "torch" not in sys.modules
    sys.exit(end.code)
"""

SESSION = """
import sotc
import numpy as np
tracker = sotc.load(sys.argv[1])
frames = np.load("frames.npy")
session = tracker.start(frames[0], (60, 40, 30, 24))
boxes = np.concatenate([session.step(frame).boxes for frame in frames[1:]])
assert "torch" not in sys.modules
np.save("boxes.npy", boxes)
"""

BACKENDS = {"onnx": "onnxruntime", "openvino": "openvino"}


def without_torch(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec with weights, and frames as an array and as pictures."""
    folder = tmp_path_factory.mktemp("torch_free")
    write_project(folder)
    np.save(folder / "frames.npy", np.stack(frames()))
    (folder / "frames").mkdir()
    for index, frame in enumerate(frames()):
        assert cv2.imwrite(str(folder / "frames" / f"{index}.png"), frame[:, :, ::-1])
    return folder


def artifact_for(backend: str, project: Path) -> Path:
    path = project / f"{backend}.sotx"
    if not path.exists():
        options = Options(backend=backend)
        saved(path, str(project / "trackers" / "small.sot"), str(project / "weights.pth"), options)
    return path


@pytest.fixture(params=sorted(BACKENDS))
def artifact(request: pytest.FixtureRequest, project: Path) -> Path:
    if importlib.util.find_spec(BACKENDS[request.param]) is None:
        pytest.skip(f"{BACKENDS[request.param]} is not installed")
    return artifact_for(request.param, project)


def test_the_block_holds(project: Path) -> None:
    assert "as on a machine without it" in without_torch("import torch", project).stderr


def test_a_tracker_is_opened_and_run(artifact: Path, project: Path) -> None:
    """Its boxes are those that it gives where torch is at hand."""
    import sotc

    done = without_torch(SESSION, project, str(artifact))
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(project / "boxes.npy"), boxes_of(sotc.load(artifact)))


def test_a_video_is_tracked(artifact: Path, project: Path) -> None:
    options = ("--box", "60,40,30,24", "--save", "boxes.txt", "--render", "tracked.mp4")
    done = without_torch(COMMAND, project, "track", str(artifact), "frames", *options)
    assert done.returncode == 0, done.stderr
    written = np.loadtxt(project / "boxes.txt", delimiter=",")
    import sotc

    assert np.abs(written[1:] - boxes_of(sotc.load(artifact))).max() < 1e-6
    assert (project / "tracked.mp4").stat().st_size > 0


def test_it_can_be_looked_into(artifact: Path, project: Path) -> None:
    done = without_torch(COMMAND, project, "inspect", str(artifact))
    assert done.returncode == 0, done.stderr
    assert "no torch is needed" in done.stdout


def test_what_needs_torch_says_so(project: Path) -> None:
    done = without_torch(
        COMMAND, project, "track", str(artifact_for("eager", project)), "frames", "--box", "60,40,30,24"
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error[SOT822]: ")
    assert "torch" in done.stderr and "Traceback" not in done.stderr
