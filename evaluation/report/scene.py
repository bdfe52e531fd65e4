"""A sequence with the boxes of one or several trackers over it, as pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...dsl.suggest import did_you_mean, nearest
from ...runtime.drawing import Picture
from ..runs.job import Job, frames_of
from ..runs.scoring import matched
from ..sequence import Sequence as DataSequence
from .contest import listed
from .entrant import Entrant
from .errors import PlayError
from .film import corner_of, fitted
from .overlay import Drawn, can_be_drawn, draw_boxes, draw_truth, legend, overlap_of_each
from .palette import TRUTH, rgb

Floats = NDArray[np.float64]


LEAST_WIDTH = 480
"""of a picture, in pixels"""


@dataclass(frozen=True)
class Player:
    """A tracker in this sequence; T frames."""

    name: str
    boxes: Floats
    """[T, 4]; NaN where it gave none"""
    scores: Floats | None
    """[T]; None where none were kept"""
    overlaps: Floats
    """[T] with the truth; NaN where that has no box"""


@dataclass(frozen=True)
class Scene:
    """What is played."""

    sequence: DataSequence
    players: tuple[Player, ...]

    def __len__(self) -> int:
        return len(self.sequence)


def scene_of(entrants: Sequence[Entrant], sequence: DataSequence) -> Scene:
    """The scene of these trackers. Raises PlayError where one has no results of the sequence."""
    return Scene(sequence, tuple(player_of(entrant, sequence) for entrant in entrants))


def player_of(entrant: Entrant, sequence: DataSequence) -> Player:
    results, frames = entrant.results, len(sequence)
    found = matched(results.boxes, [sequence.name])
    if sequence.name not in found:
        meant = did_you_mean(nearest(sequence.name, results.boxes))
        raise PlayError(
            f"{entrant.name} has no results of `{sequence.name}` in `{results.folder}`",
            meant or f"it has {listed(sorted(results.boxes)) or 'none'}",
        )
    name = found[sequence.name]
    boxes = fitted(results.boxes[name], frames)
    if frames and np.isnan(boxes[0]).all():
        boxes[0] = sequence.truth.boxes[0]  # VOT's files have a mark there
    truth = fitted(sequence.truth.boxes, frames)
    absent = sequence.truth.absent if len(sequence.truth) == frames else None
    return Player(entrant.name, boxes, results.scores.get(name), overlap_of_each(boxes, truth, absent))


def pictures(scene: Scene) -> Iterator[Picture]:
    """Each frame with its boxes. One that cannot be read is told of on the last that could.

    Raises SourceError for a video that cannot be opened, PlayError where no frame can be read.
    """
    last: Picture | None = None
    sequence = scene.sequence
    source = frames_of(Job(sequence.name, sequence.frames, sequence.start))
    for index, frame in enumerate(source):
        note = ""
        if frame.pixels is not None:
            last = frame.pixels
        else:
            note = f"{frame.name} cannot be read"
        if last is None:
            raise PlayError(
                f"the frames of `{sequence.name}` cannot be read: {frame.name}: {frame.problem}",
                "are they where the data set was when it was run? --data and --root say where it is",
            )
        yield picture(scene, index, last, note)


def picture(scene: Scene, index: int, frame: Picture, note: str = "") -> Picture:
    """One frame with its boxes; below it a legend: each tracker's overlap and score.

    A small frame is enlarged, so that the legend has room and boxes can be seen.
    """
    scale = math.ceil(LEAST_WIDTH / frame.shape[1])
    if scale > 1:
        size = (frame.shape[1] * scale, frame.shape[0] * scale)
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    thickness = max(2, round(min(frame.shape[:2]) / 240))
    corner = corner_of(scene.sequence)
    boxes = [
        Drawn((scale * (player.boxes[index] - corner)).tolist(), rgb(place))
        for place, player in enumerate(scene.players)
    ]
    drawn = draw_boxes(frame, boxes[::-1], thickness)
    truth = scene.sequence.truth.boxes
    title = [note or f"{scene.sequence.name}  {index + 1}/{len(scene)}"]
    if index < len(truth) and can_be_drawn(truth[index].tolist()):
        drawn = draw_truth(drawn, (scale * (truth[index] - corner)).tolist(), thickness)
        title.append("corners: truth")
    lines = [("  ".join(title), TRUTH)]
    lines += [(told(player, index), rgb(place)) for place, player in enumerate(scene.players)]
    return np.concatenate((drawn, legend(lines, drawn.shape[1], thickness)))


def told(player: Player, index: int) -> str:
    """`NanoTrackV2  overlap 0.71  score 0.98`"""
    parts = [player.name]
    if np.isfinite(player.overlaps[index]):
        parts.append(f"overlap {player.overlaps[index]:.2f}")
    if player.scores is not None and index < len(player.scores) and np.isfinite(player.scores[index]):
        parts.append(f"score {player.scores[index]:.2f}")
    return "  ".join(parts)
