"""What `sotc eval` tells of sequences that it cannot score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..evaluation.datasets.find import Dataset

SHOWN = 5
"""so many sequences are named one by one"""


def unjudged(dataset: Dataset) -> str:
    """Of a data set that has first boxes alone: a server keeps the rest, or nobody has drawn it."""
    from ..evaluation.datasets.catalogue import by_name

    start = f"{dataset.name} has no more truth than first boxes:"
    if dataset.name in by_name():
        return f"{start} its server scores (--submit writes what it takes)"
    return f"{start} nothing is scored; `boxes` can name files with a line x,y,w,h for each frame"


def without_truth(dataset: Dataset) -> Iterator[str]:
    """The sequences that are left out of the scores."""
    from ..evaluation.runs.scoring import is_judged

    names = [sequence.name for sequence in dataset.sequences if not is_judged(sequence)]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"unscored {', '.join(names[:SHOWN])}{more}: no more is known of them than the first box"
