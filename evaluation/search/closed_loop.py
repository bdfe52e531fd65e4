"""A pass over a sequence in which each step starts from what the last one found: of one candidate, or of several.

Several are the rows of one batch: each frame is decoded, and brought to the device, once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...runtime.session import Session
from ...runtime.source import VideoFrame
from ...runtime.steps import MOST_WITHOUT, broken, finding_of
from ...runtime.tracker import Tracker
from ..runs.follow import Failure, Lane, Recording, ended, failure_of, run_lanes
from ..runs.job import Job
from ..sequence import Sequence


def recorded(tracker: Tracker, sequence: Sequence, frames: Iterator[VideoFrame]) -> Recording | Failure:
    """One pass over one sequence."""
    lane = Lane(Job(sequence.name, sequence.frames, sequence.start), frames)
    try:
        (found,) = run_lanes(tracker, [lane], lambda key, done: None)
    except MemoryError:
        raise
    except Exception as error:  # whatever a tracker raises
        return failure_of(lane, error)
    return found


def side_by_side(
    tracker: Tracker, sequence: Sequence, frames: Iterator[VideoFrame], count: int
) -> list[Recording | Failure]:
    """One pass over one sequence with `count` rows that begin at the same target; a result for each, in order.

    A row that gives no usable box for long fails, and the others go on without it. What the tracker raises comes
    through: it cannot be told whose fault it was.
    """
    job = Job(sequence.name, sequence.frames, sequence.start)
    lanes = [Lane(job, iter(())) for _ in range(count)]
    first = next(frames, None)
    if first is None or first.pixels is None:
        rest = frames if first is None else chain((first,), frames)
        return [recorded(tracker, sequence, rest)] * count
    session = tracker.start(first.pixels, [list(sequence.start)] * count)
    for lane in lanes:
        lane.note(list(sequence.start), 0.0)
    failed: dict[int, Failure] = {}
    for item in frames:
        if len(failed) == count:
            break
        step_all(tracker, session, lanes, failed, item)
    session.close()
    return [failed.get(row) or ended(lane) for row, lane in enumerate(lanes)]


def step_all(
    tracker: Tracker, session: Session, lanes: list[Lane], failed: dict[int, Failure], item: VideoFrame
) -> None:
    """The next frame of all rows that did not fail; a row's number is that of its target."""
    alive = session.ids
    if item.pixels is None:
        session.hold()
        for row in alive:
            lanes[row].held.append(f"{item.name}: {item.problem}")
            lanes[row].note(lanes[row].boxes[-1], 0.0)
        return
    finding = finding_of(session.step(item.pixels))
    for place, row in enumerate(alive):
        lane = lanes[row]
        score = finding.scores[place] if finding.scores is not None else float("nan")
        lane.note(finding.boxes[place], 0.0, score)
        lane.has_scores |= finding.scores is not None
        lane.stepped += 1
        lane.usable += place not in finding.held
        if lane.stepped >= MOST_WITHOUT and not lane.usable:
            failed[row] = failure_of(lane, broken(tracker, lane.stepped))
            session.remove(row)
