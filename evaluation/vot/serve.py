"""A tracker that answers a client's requests, beginning anew as often as it is asked to."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compiler.user_error import UserError
from ...runtime.images import read_image
from ...runtime.session import Session
from ...runtime.source import VideoFrame
from ...runtime.steps import MOST_WITHOUT, Finding, broken, finding_of
from ...runtime.tracker import Tracker
from .conversation import Answer, Begin, Box, Connection, Goodbye, Step
from .errors import ConversationError

HELD = 0.0
"""The confidence in a box that was not found but kept, since a frame could not be read or gave none."""

GIVEN = 1.0
"""The confidence in a box that the client gave."""

WARM_FRAME = (240, 320, 3)
WARM_BOX = (140, 100, 40, 40)


@dataclass
class Following:
    """The targets of one beginning, and how the tracker does."""

    session: Session
    stepped: int = 0
    usable: int = 0


def serve(tracker: Tracker, connection: Connection, note: Callable[[str], None]) -> None:
    """Answer every request until the client says goodbye.

    A frame that cannot be read holds the boxes with no confidence, and is told by `note`. What cannot be answered ends
    the conversation, with the reason told to the client: a request to begin on an image that cannot be read or with a
    box that is none, and a tracker that raises. Raises ConversationError, SourceError, BoxError and whatever the
    tracker raises.
    """
    reason: str | None = "the tracker was interrupted"
    try:
        answer_requests(tracker, connection, note)
        reason = None
    except UserError as error:
        reason = error.message
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise
    finally:
        connection.close(reason)


def answer_requests(tracker: Tracker, connection: Connection, note: Callable[[str], None]) -> None:
    following: Following | None = None
    index = 0
    while not isinstance(request := connection.receive(), Goodbye):
        frame = read_image(index, request.image)
        if isinstance(request, Begin):
            following = begin(tracker, frame, request)
            connection.answer([given(tracker, box) for box in request.boxes])
        elif following is None:
            raise ConversationError(
                "the client sends a frame before any target", "it must initialize the tracker first"
            )
        else:
            connection.answer(step(tracker, following, frame, request, note))
        index += 1


def begin(tracker: Tracker, frame: VideoFrame, request: Begin) -> Following:
    """Raises ConversationError where there is nothing to begin on, BoxError."""
    return Following(tracker.start(pixels_to_begin_on(frame, request), request.boxes))


def pixels_to_begin_on(frame: VideoFrame, request: Begin | Step) -> NDArray[np.uint8]:
    """Raises ConversationError."""
    if frame.pixels is None:
        raise ConversationError(
            f"a target is to begin on `{request.image}`, and {frame.problem}",
            "the target is learnt from that frame: mend the data set",
        )
    return frame.pixels


def step(
    tracker: Tracker, following: Following, frame: VideoFrame, request: Step, note: Callable[[str], None]
) -> list[Answer]:
    """The targets in the next frame; those that begin in it come last. Raises TrackingError, ConversationError."""
    session = following.session
    if frame.pixels is None:
        note(f"held     the boxes in {request.image}: {frame.problem}")
        answers = answers_of(finding_of(session.hold()))
    else:
        finding = finding_of(session.step(frame.pixels))
        answers = answers_of(finding)
        following.stepped += 1
        following.usable += finding.problem is None
        if following.stepped >= MOST_WITHOUT and not following.usable:
            raise broken(tracker, following.stepped)
    for box in request.boxes:
        session.add(box, pixels_to_begin_on(frame, request))
        answers.append(given(tracker, box))
    return answers


def given(tracker: Tracker, box: Box) -> Answer:
    return Answer(box, GIVEN if "score" in tracker.outputs else None)


def answers_of(finding: Finding) -> list[Answer]:
    scores = [None] * len(finding.boxes) if finding.scores is None else finding.scores
    return [
        Answer((box[0], box[1], box[2], box[3]), HELD if score is not None and math.isnan(score) else score)
        for box, score in zip(finding.boxes, scores, strict=True)
    ]


def warm_up(tracker: Tracker) -> None:
    """Run a beginning and a step on a grey frame: what compiles or loads on first use does it before the hello."""
    frame = np.full(WARM_FRAME, 128, np.uint8)
    finding_of(tracker.start(frame, WARM_BOX).step(frame))
