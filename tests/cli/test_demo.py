"""`sotc demo`: what it leaves, and that what it says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from sotc.runtime.success import success_auc

FRAMES = "8"


def test_its_own_clip_is_tracked_and_measured(sotc: Any, folder: Path) -> None:
    output = sotc("demo", "--frames", FRAMES).stdout
    out = folder / "out" / "demo"
    assert sorted(path.name for path in out.iterdir()) == [
        "boxes.txt",
        "clip.mp4",
        "graph.svg",
        "tracked.mp4",
        "truth.txt",
    ]
    boxes, truth = (np.loadtxt(out / name, delimiter=",") for name in ("boxes.txt", "truth.txt"))
    assert boxes.shape == truth.shape == (8, 4)
    np.testing.assert_allclose(boxes[0], truth[0], atol=1e-6)
    said = re.search(r"success  AUC (\d\.\d{3})", output)
    assert said is not None
    assert float(said[1]) == pytest.approx(success_auc(boxes, truth), abs=6e-4)
    assert float(said[1]) > 0.7
    for name in ("clip.mp4", "tracked.mp4"):
        video = cv2.VideoCapture(str(out / name))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 8
        video.release()
    ElementTree.parse(out / "graph.svg")
    assert "frames/s tracking" in output

    again = sotc("demo", str(out / "clip.mp4"), "--box", "136,121,48,60", "--out", "yours").stdout
    assert "success" not in again, "nobody knows the truth of a user's video"
    assert sorted(path.name for path in (folder / "yours").iterdir()) == [
        "boxes.txt",
        "graph.svg",
        "tracked.mp4",
    ]


@pytest.mark.parametrize("arguments", [("clip.mp4",), ("--box", "1,2,3,4")])
def test_a_video_and_its_box_go_together(sotc: Any, folder: Path, arguments: tuple[str, ...]) -> None:
    assert "go together" in sotc("demo", *arguments, code=2).output
    assert not (folder / "out").exists()


def test_a_missing_video_leaves_nothing(sotc: Any, folder: Path) -> None:
    assert "nowhere.mp4" in sotc("demo", "nowhere.mp4", "--box", "1,2,3,4", code=1).stderr
    assert not (folder / "out").exists()
