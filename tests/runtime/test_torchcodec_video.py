"""torchcodec beside OpenCV: the same pixels where it is installed, and a word where it is not."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.runtime.errors import SourceError
from sotc.runtime.read_ahead import read_frames
from sotc.runtime.video import open_source


def starts() -> bool:
    try:
        importlib.import_module("torchcodec.decoders")
    except (ImportError, RuntimeError, OSError):
        return False
    return True


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "moving.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20, (96, 64))
    picture = np.random.default_rng(2).integers(0, 255, (64, 96, 3), np.uint8)
    picture = cv2.GaussianBlur(picture, (9, 9), 2)
    for index in range(12):
        writer.write(np.roll(picture, 4 * index, axis=1))
    writer.release()
    return path


@pytest.mark.skipif(not starts(), reason="torchcodec is not installed, or does not start")
def test_its_pixels_are_those_of_opencv(clip: Path) -> None:
    ours, theirs = open_source(clip), open_source(clip, "torchcodec")
    assert (theirs.length, theirs.rate) == (ours.length, ours.rate) == (12, 20.0)
    pairs = list(zip(ours, theirs, strict=True))
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in pairs)
    assert [one.index for one, _ in pairs] == list(range(12))
    ahead = list(read_frames(clip, skip=3, decoder="torchcodec"))
    assert len(ahead) == 9 and np.array_equal(ahead[0], pairs[3][0].pixels)


@pytest.mark.skipif(not starts(), reason="torchcodec is not installed, or does not start")
def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all, whatever the name says" * 40)
    with pytest.raises(SourceError, match="torchcodec cannot open the video"):
        open_source(path, "torchcodec")


def test_without_it_the_remedy_is_told(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchcodec.decoders", None)
    with pytest.raises(SourceError, match="the decoder torchcodec is not installed") as caught:
        open_source(clip, "torchcodec")
    assert "pip install torchcodec" in caught.value.remedy


def test_another_decoder_there_is_not(clip: Path) -> None:
    with pytest.raises(SourceError, match="there is no decoder `torchcodek`") as caught:
        open_source(clip, "torchcodek")
    assert "torchcodec" in caught.value.remedy
