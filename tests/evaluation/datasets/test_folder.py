"""Folders of own sequences, and the manifests that are written for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.evaluation.datasets.errors import DataRootError
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.datasets.folder import scan_folder, scan_own, write_manifest

from . import trees


def test_what_people_have(tmp_path: Path) -> None:
    trees.own(tmp_path)
    trees.video(tmp_path / "clip.avi", 3)
    trees.text(tmp_path / "clip_gt.txt", "1,2,3,4\n")
    scanned = scan_folder(tmp_path)
    assert [(files.name, files.boxes) for files in scanned.sequences] == [
        ("clip", tmp_path / "clip_gt.txt"),
        ("cup", tmp_path / "cup/groundtruth.txt"),
        ("dog", tmp_path / "dog.txt"),
    ]
    assert scanned.without_boxes == (tmp_path / "nobody",)


def test_one_sequence_alone(tmp_path: Path) -> None:
    trees.own(tmp_path)
    (files,) = scan_own(tmp_path / "cup").sequences
    assert (files.name, files.frames) == ("cup", tmp_path / "cup/img")


def test_the_manifest_gives_the_same(tmp_path: Path) -> None:
    trees.own(tmp_path / "data, with a comma")
    folder = tmp_path / "data, with a comma"
    trees.text(folder / "cup/absent.txt", "0\n0\n0\n0\n1\n")
    manifest = tmp_path / "lists" / "data.csv"
    write_manifest(scan_own(folder).sequences, manifest)
    assert '"../data, with a comma/cup/img"' in manifest.read_text()
    one, other = open_dataset(folder).sequences, open_dataset(manifest).sequences
    assert [sequence.name for sequence in one] == [sequence.name for sequence in other] == ["cup", "dog"]
    for first, second in zip(one, other, strict=True):
        assert len(first) == len(second) and first.start == second.start
    assert other[0].truth.absent is not None and other[0].truth.absent.tolist() == [False] * 4 + [True]
    assert other[1].truth.absent is None


def test_nothing_to_be_found(tmp_path: Path) -> None:
    with pytest.raises(DataRootError, match="neither videos nor folders of images"):
        scan_own(tmp_path)
    trees.images(tmp_path / "clip", "%d.jpg", range(2))
    with pytest.raises(DataRootError, match=r"has frames, and no boxes[\s\S]*clip\.txt"):
        scan_own(tmp_path)
    with pytest.raises(DataRootError, match=r"has frames, and no boxes[\s\S]*clip\.txt"):
        scan_own(tmp_path / "clip")


def test_the_four_real_sequences(data_folder: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "real.csv"
    write_manifest(scan_own(data_folder / "sequences").sequences, manifest)
    dataset = open_dataset(manifest)
    assert [(sequence.name, len(sequence)) for sequence in dataset.sequences] == [
        ("Basketball", 300),
        ("Crossing", 120),
        ("Human3", 199),
        ("bag", 196),
    ]
    assert dataset.sequences[1].start == (205, 151, 17, 50)
    assert dataset.sequences[3].start == (312.6421, 146.8878, 106.1309, 96.4144)
