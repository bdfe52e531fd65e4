"""What a tracker answers to a client's requests, without a process or a protocol between."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sotc.evaluation.vot.conversation import Answer, Begin, Box, Goodbye, Request, Step
from sotc.evaluation.vot.errors import ConversationError
from sotc.evaluation.vot.serve import serve, warm_up
from sotc.runtime.errors import BoxError, TrackingError
from sotc.runtime.images import read_image
from sotc.runtime.tracker import Tracker

BOX: Box = (21.0, 19.0, 24.0, 20.5)
OTHER: Box = (40.0, 30.0, 18.0, 22.0)


class Client:
    """Asks what it was told to, and keeps the answers."""

    def __init__(self, *requests: Request | BaseException) -> None:
        self.requests = list(requests)
        self.answers: list[list[Answer]] = []
        self.reason: str | None = "still open"

    def receive(self) -> Request:
        request = self.requests.pop(0)
        if isinstance(request, BaseException):
            raise request
        return request

    def answer(self, targets: Sequence[Answer]) -> None:
        self.answers.append(list(targets))

    def close(self, reason: str | None = None) -> None:
        self.reason = reason


def boxes_of(tracker: Tracker, frames: list[Path], boxes: Sequence[Box]) -> list[list[list[float]]]:
    """What the tracker gives without a client."""
    session = tracker.start(read_image(0, frames[0]).pixels, boxes)
    return [session.step(read_image(0, path).pixels).numpy().boxes.tolist() for path in frames[1:]]


def talk(tracker: Tracker, *requests: Request | BaseException) -> tuple[Client, list[str]]:
    client, notes = Client(*requests, Goodbye()), []
    serve(tracker, client, notes.append)
    return client, notes


def boxes_in(client: Client) -> list[list[list[float]]]:
    return [[list(answer.box) for answer in answers] for answers in client.answers]


def test_every_request_is_answered_with_what_the_tracker_gives(tracker: Tracker, frames: list[Path]) -> None:
    client, notes = talk(tracker, Begin(frames[0], (BOX,)), *map(Step, frames[1:]))
    assert boxes_in(client) == [[list(BOX)], *boxes_of(tracker, frames, [BOX])]
    assert client.answers[0][0].confidence == 1.0
    later = [answers[0].confidence for answers in client.answers[1:]]
    assert all(score is not None and 0 < score < 1 for score in later) and len(set(later)) > 1
    assert (client.reason, notes) == (None, [])


def test_a_new_beginning_forgets_the_one_before(tracker: Tracker, frames: list[Path]) -> None:
    first = (Begin(frames[3], (OTHER,)), *map(Step, frames[4:6]))
    client, _ = talk(tracker, *first, Begin(frames[0], (BOX,)), *map(Step, frames[1:]))
    assert boxes_in(client)[3:] == [[list(BOX)], *boxes_of(tracker, frames, [BOX])]


def test_several_targets_are_answered_in_their_order(tracker: Tracker, frames: list[Path]) -> None:
    client, _ = talk(tracker, Begin(frames[0], (BOX, OTHER)), Step(frames[1]), Step(frames[2]))
    assert boxes_in(client) == [[list(BOX), list(OTHER)], *boxes_of(tracker, frames[:3], [BOX, OTHER])]


def test_a_target_may_begin_later(tracker: Tracker, frames: list[Path]) -> None:
    client, _ = talk(tracker, Begin(frames[0], (BOX,)), Step(frames[1], (OTHER,)), Step(frames[2]))
    assert boxes_in(client)[1][1] == list(OTHER)
    alone = boxes_of(tracker, frames[1:3], [OTHER])[0][0]
    assert boxes_in(client)[2][1] == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xd8 no image"])
def test_a_frame_that_cannot_be_read_holds_the_box(
    tracker: Tracker, frames: list[Path], tmp_path: Path, content: bytes | None
) -> None:
    bad = tmp_path / "bad.jpg"
    if content is not None:
        bad.write_bytes(content)
    client, notes = talk(tracker, Begin(frames[0], (BOX,)), Step(frames[1]), Step(bad), Step(frames[2]))
    before, held, after = client.answers[1:]
    assert held == [Answer(before[0].box, 0.0)]
    assert list(after[0].box) == boxes_of(tracker, frames[:3], [BOX])[1][0]
    assert len(notes) == 1 and str(bad) in notes[0]


def refused(
    tracker: Tracker, kind: type[BaseException], *requests: Request | BaseException
) -> tuple[Client, str]:
    client = Client(*requests)
    with pytest.raises(kind) as caught:
        serve(tracker, client, lambda line: None)
    return client, str(caught.value)


def test_no_beginning_on_an_image_that_cannot_be_read(tracker: Tracker, tmp_path: Path) -> None:
    client, told = refused(tracker, ConversationError, Begin(tmp_path / "none.jpg", (BOX,)))
    assert str(tmp_path / "none.jpg") in told and "SOT861" in told
    assert client.answers == [] and client.reason is not None and "none.jpg" in client.reason


def test_no_later_beginning_on_such_an_image(tracker: Tracker, frames: list[Path], tmp_path: Path) -> None:
    requests = (Begin(frames[0], (BOX,)), Step(tmp_path / "none.jpg", (OTHER,)))
    client, told = refused(tracker, ConversationError, *requests)
    assert str(tmp_path / "none.jpg") in told and len(client.answers) == 1


def test_no_beginning_outside_the_frame(tracker: Tracker, frames: list[Path]) -> None:
    client, _ = refused(tracker, BoxError, Begin(frames[0], ((500.0, 500.0, 10.0, 10.0),)))
    assert client.reason is not None and "outside" in client.reason


def test_no_frame_before_a_target(tracker: Tracker, frames: list[Path]) -> None:
    client, _ = refused(tracker, ConversationError, Step(frames[0]))
    assert client.reason == "the client sends a frame before any target"


def test_ctrl_c_says_goodbye(tracker: Tracker, frames: list[Path]) -> None:
    client, _ = refused(tracker, KeyboardInterrupt, Begin(frames[0], (BOX,)), KeyboardInterrupt())
    assert client.reason == "the tracker was interrupted"


class Raises:
    """A tracker that fails."""

    outputs = ("box",)

    def start(self, *_: Any) -> Any:
        raise RuntimeError("the network is on fire")


def test_a_tracker_that_raises_tells_the_client(frames: list[Path]) -> None:
    client, _ = refused(Raises(), RuntimeError, Begin(frames[0], (BOX,)))  # type: ignore[arg-type]
    assert client.reason == "RuntimeError: the network is on fire"


def test_a_tracker_that_never_gives_a_box_is_broken(
    tracker: Tracker, frames: list[Path], monkeypatch: Any
) -> None:
    """25 frames in a row from the beginning on, as everywhere."""
    from sotc.evaluation.vot import serve as module
    from sotc.runtime.steps import Finding

    monkeypatch.setattr(module, "finding_of", lambda _: Finding([list(BOX)], [float("nan")], (0,), "no box"))
    client, told = refused(tracker, TrackingError, Begin(frames[0], (BOX,)), *[Step(frames[1])] * 25)
    assert len(client.answers) == 25 and {each[0].confidence for each in client.answers[1:]} == {0.0}
    assert "Tiny" in told


def test_warming_up_leaves_nothing_behind(tracker: Tracker, frames: list[Path]) -> None:
    before = boxes_of(tracker, frames, [BOX])
    warm_up(tracker)
    assert boxes_of(tracker, frames, [BOX]) == before
