"""Boxes over frames: what is drawn where, frames that are gone, files that are whole or not there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.report.entrant import open_entrants
from sotc.evaluation.report.errors import PlayError
from sotc.evaluation.report.palette import TRUTH, rgb
from sotc.evaluation.report.play import rate_of, write_pictures, write_video
from sotc.evaluation.report.scene import Scene, pictures, scene_of, told
from sotc.runtime.errors import WriteError


def scene(folder: Path, name: str = "beta") -> Scene:
    entrants = open_entrants([str(folder / "results")])
    return scene_of(entrants, open_dataset(folder / "own.csv", only=[name]).sequences[0])


def test_boxes_are_drawn_where_they_are(place: Path) -> None:
    """Brief is right in frame 1 of beta alone, Steady in all; the truth is 60, 40, 40, 30."""
    found = list(pictures(scene(place)))
    assert (
        len(found) == 4 and found[0].shape[1] == 480 and found[0].shape[0] > 360
    )  # thrice as large, and a legend
    assert tuple(found[3][120, 180]) == TRUTH and tuple(found[3][210, 300]) == TRUTH
    assert tuple(found[3][120, 240]) == rgb(1)  # in the middle of the upper edge, between the truth's corners
    assert tuple(found[0][120, 240]) == rgb(0)  # both are there; the first is on top
    brief, steady = scene(place).players
    assert told(brief, 0) == "Brief  overlap 1.00" and told(steady, 3) == "Steady  overlap 1.00"
    assert told(brief, 3) == "Brief  overlap 0.00"


def test_a_video_is_written_whole(place: Path, tmp_path: Path) -> None:
    told_of: list[int] = []
    write_video(scene(place), tmp_path / "beta.avi", 25, told_of.append)
    capture = cv2.VideoCapture(str(tmp_path / "beta.avi"))
    assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == 4 and told_of == [1, 2, 3, 4]


@pytest.mark.parametrize("output", ["beta.avi", "pictures"])
def test_what_is_stopped_leaves_nothing(place: Path, tmp_path: Path, output: str) -> None:
    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        if output.endswith(".avi"):
            write_video(scene(place), tmp_path / output, 25, stop)
        else:
            write_pictures(scene(place), tmp_path / output, stop)
    assert list(tmp_path.iterdir()) == []


def test_pictures_go_to_a_folder_of_their_own(place: Path, tmp_path: Path) -> None:
    write_pictures(scene(place), tmp_path / "new" / "beta")
    names = sorted(path.name for path in (tmp_path / "new" / "beta").iterdir())
    assert names == [f"{number:08d}.jpg" for number in (1, 2, 3, 4)]
    with pytest.raises(PlayError, match="not empty"):
        write_pictures(scene(place), tmp_path / "new" / "beta")


def test_a_frame_that_is_gone_shows_the_last(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    beta = scene(tmp_path)
    (tmp_path / "frames" / "1" / "0002.jpg").unlink()
    found = list(pictures(beta))
    assert len(found) == 4
    assert np.array_equal(found[2][:360], found[1][:360])
    assert not np.array_equal(found[2][360:], found[1][360:])  # the legend says it
    shutil.rmtree(tmp_path / "frames")
    with pytest.raises(PlayError, match="frames of `beta` cannot be read"):
        next(iter(pictures(beta)))


def test_what_cannot_be_played_is_told(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    (tmp_path / "results" / "Brief" / "own" / "beta.txt").unlink()
    with pytest.raises(PlayError, match="Brief has no results of `beta`"):
        scene(tmp_path)
    assert rate_of(scene(place)) == 30
    with pytest.raises(WriteError, match="does not name a video"):
        write_video(scene(place), tmp_path / "beta.txt", 25)


def test_boxes_of_data_that_counts_from_one_are_drawn_a_pixel_before(place: Path) -> None:
    from_one = replace(scene(place).sequence, first_pixel=1)
    shifted = next(pictures(replace(scene(place), sequence=from_one)))
    plain = next(pictures(scene(place)))
    assert tuple(shifted[120 - 3, 180 - 3]) == TRUTH and tuple(plain[120 - 3, 180 - 3]) != TRUTH, (
        "pictures are thrice as large"
    )
