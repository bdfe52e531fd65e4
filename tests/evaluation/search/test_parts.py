"""What is searched on and what is held back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.search.errors import SearchDataError
from sotc.evaluation.search.parts import divided, shortened
from sotc.evaluation.sequence import FrameFiles, Sequence, Truth, VideoRange


def sequence(name: str, frames: int = 5, known: int = 5) -> Sequence:
    boxes = np.full((frames, 4), np.nan)
    boxes[:known] = (1, 2, 3, 4)
    paths = tuple(Path(f"{name}/{index}.png") for index in range(frames))
    return Sequence(name, FrameFiles(paths), Truth(boxes, np.zeros(frames, dtype=bool)))


FOUR = tuple(sequence(name) for name in ("ant", "bee", "cat", "dog"))


@pytest.mark.parametrize(("given", "count"), [(None, 1), ("0", 0), ("0.1", 1), ("0.5", 2), ("0.75", 3)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_share(given: str | None, count: int, seed: int) -> None:
    halves = divided(FOUR, given, seed)
    assert len(halves.held_back) == count
    assert sorted(each.name for each in halves.all) == ["ant", "bee", "cat", "dog"]
    assert halves == divided(FOUR, given, seed)


def test_the_seed_chooses() -> None:
    chosen = {divided(FOUR, None, seed).held_back[0].name for seed in range(20)}
    assert len(chosen) > 1


def test_names() -> None:
    halves = divided(FOUR, "dog, bee", 0)
    assert [each.name for each in halves.held_back] == ["bee", "dog"]
    assert [each.name for each in halves.searched] == ["ant", "cat"]


def test_of_one_sequence_nothing_is_held_back() -> None:
    assert divided(FOUR[:1], None, 0).held_back == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("1", "none to search on"),
        ("ant,bee,cat,dog", "none to search on"),
        ("1.5", "1.5"),
        ("nan", "nan"),
        ("bea", "`bee`"),
    ],
)
def test_what_cannot_be_held_back(given: str, said: str) -> None:
    with pytest.raises(SearchDataError, match="SOT865") as caught:
        divided(FOUR, given, 0)
    assert said in str(caught.value)


def test_truth_in_the_first_frame_alone_is_none() -> None:
    with pytest.raises(SearchDataError, match="`egg`"):
        divided((*FOUR, sequence("egg", known=1)), "0", 0)


def test_the_first_frames() -> None:
    short = shortened(FOUR[0], 3)
    assert (len(short), len(short.truth), len(short.truth.absent)) == (3, 3, 3)  # type: ignore[arg-type]
    assert shortened(FOUR[0], None) is FOUR[0]
    assert shortened(FOUR[0], 9) is FOUR[0]
    video = Sequence("v", VideoRange(Path("v.mp4"), 7, 5), FOUR[0].truth)
    assert shortened(video, 2).frames == VideoRange(Path("v.mp4"), 7, 2)
