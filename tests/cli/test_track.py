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


def test_boxes_and_video_are_written_and_told(sotc: Any, folder: Path, frames: Path) -> None:
    result = sotc("track", "good.sot", "frames", "--box", BOX, "--save", "out/b.txt", "--render", "out/v.mp4")
    lines = (folder / "out" / "b.txt").read_text().splitlines()
    assert len(lines) == 5 and lines[0] == BOX
    assert np.isfinite(boxes_in(folder / "out" / "b.txt")).all()
    video = cv2.VideoCapture(str(folder / "out" / "v.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 5
    video.release()
    assert "tracked 1 target through 5 frames" in result.stdout
    assert "frames/s tracking" in result.stdout
    assert "given no weights: they are random" in result.stderr


def test_an_artifact_tracks_as_its_spec_does(sotc: Any, folder: Path, frames: Path) -> None:
    """Weights of the artifact are those of the moment it was compiled in, so it is compared with itself and the
    spec's own run from its weights."""
    said = sotc("compile", "good.sot", "-o", "good.sotx").stdout
    assert said.startswith("wrote good.sotx: Good, ")
    for name in ("one.txt", "two.txt"):
        sotc("track", "good.sotx", "frames", "--box", BOX, "--save", name, "-q")
    assert (folder / "one.txt").read_text() == (folder / "two.txt").read_text()
    assert len(boxes_in(folder / "one.txt")) == 5


def test_several_targets_stand_side_by_side(sotc: Any, folder: Path, frames: Path) -> None:
    sotc("track", "good.sot", "frames", "--box", BOX, "--box", "10,10,20,20", "--save", "b.txt")
    assert (folder / "b.txt").read_text().splitlines()[0] == f"{BOX},10,10,20,20"


def test_a_frame_that_cannot_be_read_holds_the_box_and_is_told(sotc: Any, folder: Path, frames: Path) -> None:
    (frames / "002.png").write_bytes(b"no picture")
    output = sotc("track", "good.sot", "frames", "--box", BOX, "--save", "b.txt").stdout
    assert "held     the last box in 1 of the frames" in output and "002.png" in output
    lines = (folder / "b.txt").read_text().splitlines()
    assert len(lines) == 5 and lines[2] == lines[1]


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
