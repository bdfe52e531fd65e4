"""One run of a tracker over one video: targets come and go, frames follow each other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType

import numpy as np

from ..compiler.backends.engine import Engine, Value
from ..compiler.plan import Plan
from .boxes import BoxesLike, boxes_array, centre_size
from .errors import BoxError, StreamError, TargetError
from .frames import FrameLike, checked_frame
from .read_ahead import AHEAD, read_frames
from .result import LOST, Result
from .sight import Sight, Store
from .snapshot import Snapshot
from .source import FrameSource
from .targets import Found, Row, Targets, refuse_more

STATE = "state."


class Session:
    """Targets followed through one video. Made by `Tracker.start`; `step` takes the frames in order.

    It holds current values only, so memory does not grow with the number of frames. N targets are N rows of one
    batch. Nothing in a step waits for the device, except where OpenCV cuts the crops of a tracker that does not run
    on the CPU. Values are those of the engine: torch tensors on its device, or numpy arrays where the tracker runs
    without torch.

    A session belongs to one thread at a time; sessions of one tracker may run in several threads at once.
    """

    def __init__(
        self, plan: Plan, engine: Engine, frame: FrameLike, boxes: BoxesLike, targets: Targets | None = None
    ) -> None:
        """Start on the first frame, RGB `uint8` [H, W, 3], with boxes [4] or [N, 4]: x, y, w, h in pixels.

        `targets`: a batch to share with other sessions.

        Raises FrameError and BoxError for frames and boxes that are none, TooManyTargetsError.
        """
        pixels = checked_frame(frame)
        table = boxes_array(boxes, (pixels.shape[1], pixels.shape[0]))
        refuse_more(len(table), plan.max_targets)
        self.plan = plan
        self.frame_index = 0
        self.closed = False
        self._targets = Targets(plan, engine) if targets is None else targets
        self.sight: Sight = self._targets.look(pixels)
        self._next_number = 0
        self._begin(table)

    def _begin(self, table: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[int, ...]:
        numbers = tuple(range(self._next_number, self._next_number + len(table)))
        self._targets.begin(self.sight, table, [Row(self, number) for number in numbers])
        self._next_number += len(table)
        return numbers

    # ------------------------------------------------------------ frames

    def step(self, frame: FrameLike) -> Result:
        """Find the targets in the next frame, RGB `uint8` [H, W, 3]; its size may differ from the last one's.

        Where a step gives no usable box for a target (NaN, infinite, no size), the target's box is held, and
        `Result.held` says so: the decision is made on the device, without waiting for it. A frame on the CPU
        is not copied: it may be overwritten once the step has returned (pinned: once its result was read).

        Raises FrameError for anything else than such a frame, StreamError for a session that was closed.
        """
        self.show(frame)
        rows = self.rows
        if not rows:
            self.frame_index += 1
            return self._nothing()
        return self.result_of(self._targets.step([(self.sight, rows)]), rows)

    def step_many(
        self,
        frames: str | os.PathLike[str] | FrameSource | Iterable[FrameLike],
        *,
        skip: int = 0,
        ahead: int = AHEAD,
        decoder: str = "opencv",
    ) -> Iterator[Result]:
        """A result for each frame of a video, a folder, a pattern of images, or an iterable of frames.

        Frames are decoded in a thread of their own, at most `ahead` of them beforehand; so those of an iterable must
        be arrays of their own, not one buffer filled anew. A video file is decoded by `decoder`: `opencv`, or, where
        it is installed, `torchcodec` (the same pixels) or `nvdec` (torchcodec on a CUDA device). `skip` leaves out so
        many at the beginning: 1 where the session was started on the video's first. A frame that cannot be read holds
        all boxes. The thread ends with the iterator, however that ends.

        Raises SourceError, and what the iterable raises.
        """
        for pixels in read_frames(frames, skip, ahead, decoder):
            yield self.hold() if pixels is None else self.step(pixels)

    def hold(self) -> Result:
        """A frame that was lost: every target keeps its box, scores are NaN, and `held` is true. Nothing is run."""
        self._refuse_closed()
        self.frame_index += 1
        return self._nothing()

    def show(self, frame: FrameLike) -> None:
        """Take a frame without a step; targets that are added begin on it."""
        self._refuse_closed()
        self._targets.show(self.sight, checked_frame(frame))

    def result_of(self, found: Found, rows: Sequence[int]) -> Result:
        """This session's share of a step."""
        self.frame_index += 1
        boxes, held, outputs = found.boxes, found.held, found.outputs
        if len(rows) != len(found.rows):
            take, places = self._targets.runner.take, [found.rows.index(row) for row in rows]
            boxes, held = take(boxes, places), take(held, places)
            outputs = {name: take(value, places) for name, value in outputs.items()}
        named = MappingProxyType(outputs)
        return Result(boxes, outputs.get("score"), held, named, self.ids, self._targets.runner)

    def _nothing(self) -> Result:
        """What a frame gives in which nothing was looked for."""
        put, count = self._targets.runner.put, len(self.ids)
        nan = np.full(count, np.nan)
        kinds = {"box": np.full((count, 4), np.nan), "state": np.full(count, LOST, dtype=np.int64)}
        outputs = {name: put(kinds.get(name, nan.astype(np.float32))) for name in self.plan.outputs}
        held = put(np.ones(count, dtype=bool))
        return Result(
            self.boxes,
            outputs.get("score"),
            held,
            MappingProxyType(outputs),
            self.ids,
            self._targets.runner,
        )

    # ------------------------------------------------------------ targets

    @property
    def ids(self) -> tuple[int, ...]:
        """The targets' numbers, in the order of all results: 0, 1 ... as they began; none is given twice."""
        return tuple(row.number for row in self._targets.rows if row.owner is self)

    @property
    def rows(self) -> list[int]:
        """Where the targets stand in the batch, which other sessions may share."""
        return [place for place, row in enumerate(self._targets.rows) if row.owner is self]

    def add(self, box: BoxesLike, frame: FrameLike | None = None) -> int:
        """Follow one more target, given as x, y, w, h where it is now; its number. Nothing is compiled anew.

        It begins on the last frame given, or on `frame`. A last frame whose memory was overwritten since must be
        given again. What lies beyond the frame keeps the colour that it had in the session's first frame.

        Raises BoxError, FrameError, TooManyTargetsError, StreamError.
        """
        self._refuse_closed()
        pixels = self.sight.pixels if frame is None else checked_frame(frame)
        table = boxes_array(box, (pixels.shape[1], pixels.shape[0]))
        if len(table) != 1:
            raise BoxError(f"{len(table)} boxes for one target", "add targets one by one: each gets a number")
        refuse_more(len(self._targets.rows) + 1, self.plan.max_targets)
        if frame is not None:
            self._targets.show(self.sight, pixels)
        return self._begin(table)[0]

    def remove(self, target: int) -> None:
        """Follow a target no longer. The others keep their numbers; with none left, steps give empty results.

        Raises TargetError for a number that no target of this session has.
        """
        self._refuse_closed()
        if target not in self.ids:
            known = ", ".join(str(number) for number in self.ids) or "none"
            was = isinstance(target, int) and 0 <= target < self._next_number
            raise TargetError(
                f"there is no target {target}" + (": it was removed" if was else ""),
                f"targets of this session: {known}",
            )
        self._targets.remove([self.rows[self.ids.index(target)]])

    def close(self) -> None:
        """Let all targets go. A closed session takes no more frames; closing it again does nothing."""
        if not self.closed:
            self._targets.remove(self.rows)
            self.closed = True

    def _refuse_closed(self) -> None:
        if self.closed:
            raise StreamError("the session was closed", "start another with a frame and boxes")

    # ------------------------------------------------------------ values

    @property
    def _store(self) -> Store:
        return self._targets.store

    def _own(self, value: Value) -> Value:
        rows = self.rows
        return value if len(rows) == value.shape[0] else self._targets.runner.take(value, rows)

    @property
    def boxes(self) -> Value:
        """The targets now, [N, 4] float64 on the device: x, y, w, h; before the first step, as given."""
        return self._own(self._targets.boxes)

    @property
    def state(self) -> dict[str, Value]:
        """The spec's states by name, as the next frame will read them."""
        return {
            key.removeprefix(STATE): self._own(self._store[key])
            for key in sorted(self._store)
            if key.startswith(STATE)
        }

    def set_boxes(self, boxes: BoxesLike) -> None:
        """Say where the targets are: [4] or [N, 4], x, y, w, h; the next step starts from there.

        A box becomes the target with centre x + w/2, y + h/2, as a step that found it would have left it.
        Every other state stays as it is.

        Raises BoxError for boxes that are none, and for another number of them than there are targets.
        """
        self._refuse_closed()
        table, rows = boxes_array(boxes), self.rows
        if table.shape[0] != len(rows):
            raise BoxError(
                f"{table.shape[0]} boxes for {len(rows)} targets",
                "give a box for each target, in their order",
            )
        self._targets.put_targets(rows, table, centre_size(table))

    def snapshot(self) -> Snapshot:
        """All that the next step starts from, in memory that later steps do not change."""
        targets, rows = self._targets, self.rows
        borders = {name: value for name, value in self.sight.values.items() if name.endswith(".border")}
        return Snapshot(
            self.frame_index,
            self.ids,
            tuple(targets.rows[row].age for row in rows),
            targets.runner.keep([self.boxes])[0],
            MappingProxyType(targets.values_of(rows)),
            MappingProxyType(borders),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot: of this session, or of another of the same tracker, under whatever engine.

        The targets are those of the snapshot, with their numbers. The last frame given stays what it was.

        Raises TargetError for a snapshot of another tracker, StreamError for a session that was closed.
        """
        self._refuse_closed()
        targets = self._targets
        borders = {name for name in self.sight.values if name.endswith(".border")}
        if borders != snapshot.borders.keys() or (snapshot.ids and snapshot.targets.keys() != targets.places):
            raise TargetError(
                "the snapshot is of another tracker: its places are not those of this one",
                "restore it in a session of the same spec with the same params",
            )
        targets.remove(self.rows)
        rows = [Row(self, number, age) for number, age in zip(snapshot.ids, snapshot.ages, strict=True)]
        if rows:
            targets.append(dict(snapshot.targets), snapshot.boxes, rows)
        targets.set_borders(self.sight, snapshot.borders)
        self.frame_index = snapshot.frame_index
        self._next_number = max(self._next_number, *(number + 1 for number in snapshot.ids), 0)
