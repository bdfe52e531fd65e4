"""`sotc track` and `sotc compile`: from a spec and frames to boxes, by the command line alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

BOX = "40,30,30,24"


@pytest.fixture
def frames(folder: Path) -> Path:
    """Five frames with a bright target that moves by three pixels a frame."""
    place = folder / "frames"
    place.mkdir()
    chance = np.random.default_rng(0)
    background = chance.integers(0, 80, (96, 128, 3), dtype=np.uint8)
    patch = chance.integers(120, 255, (24, 30, 3), dtype=np.uint8)
    for number in range(5):
        frame = background.copy()
        frame[30:54, 40 + 3 * number : 70 + 3 * number] = patch
        assert cv2.imwrite(str(place / f"{number:03d}.png"), frame)
    return place


def boxes_in(path: Path) -> list[list[float]]:
    return [[float(number) for number in line.split(",")] for line in path.read_text().splitlines()]


def test_two_targets_through_a_folder_with_a_broken_frame(sotc: Any, folder: Path, frames: Path) -> None:
    """Boxes and video are written, the broken frame holds the boxes, and all of it is told."""
    (frames / "002.png").write_bytes(b"no picture")
    outputs = ("--save", "out/b.txt", "--render", "out/v.mp4")
    result = sotc("track", "good.sot", "frames", "--box", BOX, "--box", "10,10,20,20", *outputs)
    lines = (folder / "out" / "b.txt").read_text().splitlines()
    assert len(lines) == 5 and lines[0] == f"{BOX},10,10,20,20"
    assert lines[2] == lines[1]
    assert np.isfinite(boxes_in(folder / "out" / "b.txt")).all()
    video = cv2.VideoCapture(str(folder / "out" / "v.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 5
    video.release()
    assert "tracked 2 targets through 5 frames" in result.stdout
    assert "frames/s tracking" in result.stdout
    assert "held     the last box in 1 of the frames" in result.stdout and "002.png" in result.stdout
    assert "wrote    out/b.txt" in result.stdout
    assert "given no weights: they are random" in result.stderr


def test_an_artifact_takes_the_place_of_a_spec(sotc: Any, folder: Path, frames: Path) -> None:
    said = sotc("compile", "good.sot", "-o", "good.sotx", "--backend", "eager", "--no-gate").stdout
    assert said.startswith("wrote good.sotx: Good, ")
    assert sotc("track", "good.sotx", "frames", "--box", BOX, "--save", "b.txt", "-q").output == ""
    found = boxes_in(folder / "b.txt")
    assert len(found) == 5 and np.isfinite(found).all()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("good.sot", "nowhere.mp4", "--box", BOX), 1, "nowhere.mp4"),
        (("good.sot", "frames", "--box", "1,2,3"), 1, "not a box"),
        (("good.sot", "frames", "--box", "1,2,0,3"), 1, "has no size"),
        (("good.sot", "frames", "--box", "500,500,10,10"), 1, "outside the frame"),
        (("good.sot", "frames", "--box", BOX, "--weights", "no.pth"), 1, "no.pth"),
        (("good.sot", "frames", "--box", BOX, "--device", "gpu"), 1, "gpu"),
        (("bad.sot", "frames", "--box", BOX), 1, "SOT401"),
        (("good.sot", "frames", "--box", BOX, "--save", "frames"), 1, "frames"),
        (("no.sotx", "frames", "--box", BOX), 1, "no.sotx"),
        (("no.sotx", "frames", "--box", BOX, "--set", "a=1"), 2, "an artifact holds its own"),
        (("nanotrak_v2", "frames", "--box", BOX), 1, "did you mean `nanotrack_v2`?"),
        (("good.sot", "frames"), 2, "--box"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_gets_a_message_and_leaves_nothing(
    sotc: Any, folder: Path, frames: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = sorted(str(path) for path in folder.rglob("*"))
    assert said in sotc("track", *arguments, code=code).stderr
    assert sorted(str(path) for path in folder.rglob("*")) == before


def test_an_artifact_has_its_suffix(sotc: Any, folder: Path) -> None:
    assert ".sotx" in sotc("compile", "good.sot", "-o", "good.zip", code=2).output
    assert not (folder / "good.zip").exists()


def test_a_bad_spec_gives_no_artifact(sotc: Any, folder: Path) -> None:
    assert "SOT401" in sotc("compile", "bad.sot", "-o", "bad.sotx", code=1).stderr
    assert not (folder / "bad.sotx").exists()


def test_an_interrupt_leaves_nothing_behind(
    sotc: Any, folder: Path, frames: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sotc.runtime.session import Session

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "step", interrupted)
    sotc("track", "good.sot", "frames", "--box", BOX, "--save", "b.txt", "--render", "v.mp4", code=130)
    assert sorted(path.name for path in folder.iterdir()) == ["bad.sot", "frames", "good.sot"]
