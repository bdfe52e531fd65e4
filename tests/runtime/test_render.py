"""Videos that are written here play: they are read back, frame for frame."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.runtime.drawing import COLORS, HELD, draw
from sotc.runtime.errors import WriteError
from sotc.runtime.render import CODECS, fit, playable_frames, video_beside, working_codec
from sotc.runtime.video import open_source


def shaded(shade: int, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    frame = np.full((size[1], size[0], 3), shade, np.uint8)
    frame[..., 0] = 200
    return frame


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_what_is_written_plays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tracked{suffix}"
    with video_beside(path, rate=24.0) as video:
        for index in range(30):
            video.write(shaded(8 * index))
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    source = open_source(path)
    frames = [frame.pixels for frame in source]
    assert source.rate == pytest.approx(24, abs=0.01)
    assert len(frames) == 30
    for index, pixels in enumerate(frames):
        assert pixels is not None
        assert pixels.shape == (64, 96, 3)
        assert np.abs(pixels.reshape(-1, 3).mean(axis=0) - (200, 8 * index, 8 * index)).max() < 10, index


@pytest.mark.parametrize("size", [(97, 65), (96, 65), (97, 64), (33, 17)])
def test_odd_sizes_lose_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    """The edge is repeated: every pixel of the frame is in the video."""
    frame = shaded(40, size)
    frame[-1] = frame[:, -1] = 255
    with video_beside(tmp_path / "odd.avi") as video:
        video.write(frame)
    (read,) = open_source(tmp_path / "odd.avi")
    width, height = size
    assert read.pixels.shape == (height + height % 2, width + width % 2, 3)
    assert read.pixels[height - 1, 4:-4].min() > 180


def test_another_size_is_fitted_in() -> None:
    assert np.array_equal(fit(shaded(9), (96, 64)), shaded(9))
    tall = fit(shaded(9, (32, 64)), (96, 64))
    assert tall.shape == (64, 96, 3)
    assert (tall[:, :32] == 0).all()
    assert (tall[:, 64:] == 0).all()
    assert np.array_equal(tall[:, 32:64], shaded(9, (32, 64)))
    wide = fit(shaded(9, (960, 64)), (96, 64))
    assert (wide[:28] == 0).all()
    assert (wide[36:] == 0).all()
    assert (wide[31, :, 0] == 200).all()


def test_sizes_may_change_within_a_video(tmp_path: Path) -> None:
    with video_beside(tmp_path / "a.mp4") as video:
        for size in ((96, 64), (200, 30), (10, 90)):
            video.write(shaded(50, size))
    assert [frame.pixels.shape for frame in open_source(tmp_path / "a.mp4")] == [(64, 96, 3)] * 3


@pytest.mark.parametrize("name", ["boxes.txt", "tracked", "tracked.gif"])
def test_names_that_are_no_video(tmp_path: Path, name: str) -> None:
    with pytest.raises(WriteError, match="does not name a video") as caught, video_beside(tmp_path / name):
        pass
    assert ".mp4" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_no_frames(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="without frames"), video_beside(tmp_path / "a.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_after_an_exception(tmp_path: Path, problem: type[BaseException]) -> None:
    (tmp_path / "a.mp4").write_text("old")
    with pytest.raises(problem), video_beside(tmp_path / "a.mp4") as video:
        video.write(shaded(1))
        raise problem
    assert [found.name for found in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "old"


FULL = """
import resource, sys
import numpy as np
from sotc.runtime.errors import WriteError
from sotc.runtime.render import video_beside
noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    with video_beside(sys.argv[1]) as video:
        for shift in range(60):
            video.write(np.roll(noise, shift, axis=1))
except WriteError as error:
    print(error.message)
"""


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".webm"])
def test_no_room_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    """The encoder tells nobody that it could not write: the file, read back, shows it."""
    path = tmp_path / f"a{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), "300000"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert f"`{path}` was not written whole: " in done.stdout
    assert "of 60 frames" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_codec_is_one_that_works(tmp_path: Path) -> None:
    codec = working_codec("x.mp4", (64, 48), 30.0)
    assert codec in CODECS[".mp4"]
    assert playable_frames(tmp_path / "missing.mp4") == 0
    (tmp_path / "text.mp4").write_text("no video" * 100)
    assert playable_frames(tmp_path / "text.mp4") == 0


def test_rates_out_of_reach_are_brought_in(tmp_path: Path) -> None:
    for rate, expected in ((0.01, 1.0), (9000.0, 240.0), (None, 30.0), (30000 / 1001, 29.97)):
        with video_beside(tmp_path / "a.mp4", rate) as video:
            for _ in range(3):
                video.write(shaded(1))
        assert open_source(tmp_path / "a.mp4").rate == pytest.approx(expected, abs=0.01)


def test_a_box_is_drawn_on_its_edge_in_a_copy() -> None:
    frame = np.zeros((240, 320, 3), np.uint8)
    picture = draw(frame, [(50.2, 60.4, 100, 80)])
    assert not frame.any()
    changed = np.argwhere(picture.any(axis=2))
    assert changed.min(axis=0).tolist() == [59, 49]
    assert changed.max(axis=0).tolist() == [141, 151]
    assert tuple(picture[60, 100]) == COLORS[0]
    assert not picture[64:136, 54:146].any(), "the inside is free"


def test_targets_differ_in_color_and_scores_are_written() -> None:
    frame = np.zeros((240, 320, 3), np.uint8)
    boxes = [(20, 100, 40, 40), (200, 100, 40, 40)]
    plain = draw(frame, boxes)
    assert (tuple(plain[140, 40]), tuple(plain[140, 220])) == COLORS[:2]
    scored, other = draw(frame, boxes, [0.9, 0.25]), draw(frame, boxes, [0.9, 0.75])
    assert (scored != plain).any()
    assert (scored[:, 160:] != other[:, 160:]).any()
    assert np.array_equal(scored[:, :160], other[:, :160])
    assert np.array_equal(draw(frame, boxes, [float("nan")] * 2), plain), "a score that is none is left out"


def test_a_held_box_is_grey_with_a_note() -> None:
    frame = np.zeros((240, 320, 3), np.uint8)
    picture = draw(frame, [(20, 100, 40, 40)], note="frame 7: box held")
    assert tuple(picture[140, 40]) == HELD
    assert picture[200:].any()


@pytest.mark.parametrize(
    "box",
    [(-50, -50, 20, 20), (-1e9, 0, 3e9, 10), (float("nan"), 0, 1, 1), (310, 230, 500, 500), (5, 5, 0.1, 0.1)],
)
@pytest.mark.parametrize("size", [(320, 240), (8, 8), (1, 1), (1920, 1080)])
def test_any_box_can_be_drawn(box: tuple[float, ...], size: tuple[int, int]) -> None:
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    assert draw(frame, [box], [0.5], note="x").shape == frame.shape


def test_the_video_shows_the_box(tmp_path: Path) -> None:
    with video_beside(tmp_path / "a.mp4") as video:
        video.write(draw(np.zeros((240, 320, 3), np.uint8), [(50, 60, 100, 80)]))
    capture = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    read = capture.read()[1][..., ::-1].astype(int)
    capture.release()
    assert read[60, 60:140, 1].mean() > 100
    assert read[100, 80:120].mean() < 30
