"""A tracker's way through a clip beside a recorded one: deviations by hand, forced steps, files that do not belong."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import sotc
from sotc.measure.clip import ClipError
from sotc.measure.trajectory import Trajectory, TrajectoryError, follow
from sotc.runtime.demo_clip import make_clip
from sotc.runtime.tracker import Tracker

FRAMES = 8


@pytest.fixture(scope="module")
def tracker() -> Tracker:
    return sotc.compile("correlation_filter")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NDArray[np.float64]]:
    """A folder of frames, and the true boxes."""
    folder = tmp_path_factory.mktemp("clip")
    frames, boxes = make_clip(FRAMES)
    for index, frame in enumerate(frames):
        assert cv2.imwrite(str(folder / f"{index:03d}.png"), frame[:, :, ::-1])
    return folder, np.asarray(boxes)


def free_run(tracker: Tracker, first: NDArray[np.float64]) -> NDArray[np.float64]:
    frames, _ = make_clip(FRAMES)
    session = tracker.start(frames[0], tuple(first))
    return np.stack([first, *(np.asarray(session.step(frame).boxes)[0] for frame in frames[1:])])


def written(path: Path, boxes: NDArray[np.float64]) -> Path:
    np.savetxt(path, boxes, fmt="%.12f", delimiter=",")
    return path


def test_its_own_way_is_equal(
    tracker: Tracker, clip: tuple[Path, NDArray[np.float64]], tmp_path: Path
) -> None:
    folder, truth = clip
    boxes = free_run(tracker, truth[0])
    seen: list[int] = []
    found = follow(tracker, folder, written(tmp_path / "a.txt", boxes), on_frame=seen.append)
    assert seen == list(range(1, FRAMES))
    assert found.first_beyond is None and found.largest < 1e-6 and found.mean_overlap > 0.999999
    boxes[4, 2] += 3
    boxes[6, 1] = np.nan
    found = follow(tracker, folder, written(tmp_path / "b.txt", boxes), within=1.0)
    assert (found.first_beyond, len(found.compared)) == (4, FRAMES - 2)
    assert found.largest == pytest.approx(3, abs=1e-6)


def test_forced_steps_begin_at_the_recorded_boxes(
    tracker: Tracker, clip: tuple[Path, NDArray[np.float64]], tmp_path: Path
) -> None:
    """What `set_boxes` before each step gives, and no free run."""
    folder, truth = clip
    frames, _ = make_clip(FRAMES)
    found = follow(tracker, folder, written(tmp_path / "a.txt", truth), forced=True)
    session = tracker.start(frames[0], tuple(truth[0]))
    for index in range(1, FRAMES):
        if index > 1:
            session.set_boxes(truth[index - 1])
        expected = np.asarray(session.step(frames[index]).boxes)[0]
        np.testing.assert_allclose(found.boxes[index], expected, rtol=0, atol=1e-9)
    assert np.abs(found.boxes - free_run(tracker, truth[0])).max() > 1e-3


def test_numbers_by_hand() -> None:
    """Off by 0, 2 and 1 pixels; overlaps 1, 8/12 and 0.9; the first frame does not count, nor does one of NaN."""
    ours = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [2, 0, 10, 10], [0, 0, 10, 9], [0, 0, 1, 1]], float)
    theirs = np.array([[9, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [np.nan] * 4])
    found = Trajectory(ours, theirs, False, 1.0)
    assert found.compared.tolist() == [1, 2, 3]
    assert (found.largest, found.first_beyond) == (2.0, 2)
    assert found.mean_overlap == pytest.approx((1 + 8 / 12 + 0.9) / 3)
    assert found.to_json()["equal"] is False
    ours[3] = np.nan
    assert Trajectory(ours, theirs, False, 5.0).first_beyond == 3


def test_boxes_that_do_not_belong_to_the_clip(
    tracker: Tracker, clip: tuple[Path, NDArray[np.float64]], tmp_path: Path
) -> None:
    folder, truth = clip
    nothing = np.full((FRAMES, 4), np.nan)
    nothing[0] = truth[0]
    late = truth.copy()
    late[0] = np.nan
    cases = {
        "short": (
            truth[:-1],
            TrajectoryError,
            f"has {FRAMES - 1} boxes, and .* has at least {FRAMES} frames",
        ),
        "long": (np.repeat(truth, 2, 0), TrajectoryError, f"has {FRAMES} frames"),
        "nothing": (nothing, TrajectoryError, "no box behind the first frame"),
        "late": (late, TrajectoryError, "the first line of .* is no box"),
        "three": (truth[:, :3], ClipError, "its line 1 is no box"),
    }
    for name, (boxes, kind, says) in cases.items():
        with pytest.raises(kind, match=says):
            follow(tracker, folder, written(tmp_path / f"{name}.txt", boxes))
    assert follow(tracker, folder, tmp_path / "late.txt", truth[0]).boxes.shape == (FRAMES, 4)
