"""`sotc play` as a user meets it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from ..evaluation.report import made

Cli = Callable[..., Any]


@pytest.fixture
def here(folder: Path) -> Path:
    made.write_all(folder)
    return folder


def test_a_video_and_a_folder(sotc: Cli, here: Path) -> None:
    done = sotc("play", "results", "beta", "-o", "beta.mp4", "--rate", "10")
    assert done.stdout == "wrote    beta.mp4: 4 frames of beta, Brief, Steady\n"
    capture = cv2.VideoCapture("beta.mp4")
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 4 and capture.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    assert sotc("play", "results/Brief/own", "beta", "-q", "-o", "pictures/").stdout == ""
    assert len(list((here / "pictures").iterdir())) == 4


def test_mistakes_are_told(sotc: Cli, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "did you mean `beta`" in sotc("play", "results", "betta", "-o", "x.mp4", code=1).stderr
    assert "exclude" in sotc("play", "results", "beta", "--window", "-o", "x.mp4", code=2).stderr
    again = sotc("play", "results", "beta", "-o", "truth", code=1).stderr
    assert "SOT859" in again and "name a new folder" in again
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert "-o FILE.mp4" in sotc("play", "results", "beta", code=1).stderr
    assert sorted(path.suffix for path in here.glob("x*")) == []
