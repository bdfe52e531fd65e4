"""Anchors of VOT's sequences."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.evaluation.datasets.errors import SequenceError
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.datasets.read import read_anchors

from . import trees


def test_anchors(tmp_path: Path) -> None:
    trees.vot_masks(tmp_path)
    (sequence,) = open_dataset("vot2022", tmp_path).sequences
    assert read_anchors(sequence).tolist() == [1, 0, 0, -1]
    trees.text(tmp_path / "sequences/agility/anchor.value", "1\n0\n")
    assert read_anchors(sequence).tolist() == [1, 0, 0, 0]
    (tmp_path / "sequences/agility/anchor.value").unlink()
    assert read_anchors(sequence).tolist() == [1, 0, 0, 0], "without anchors, one run from the first frame"


@pytest.mark.parametrize("content", ["1\n0\n0\n0\n0\n", "0\n0\n", "x\n", ""])
def test_anchors_that_are_wrong(content: str, tmp_path: Path) -> None:
    trees.vot_masks(tmp_path)
    (sequence,) = open_dataset("vot2022", tmp_path).sequences
    trees.text(tmp_path / "sequences/agility/anchor.value", content)
    with pytest.raises(SequenceError, match=r"anchor\.value"):
        read_anchors(sequence)
