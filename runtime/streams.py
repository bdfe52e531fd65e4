"""Several videos at once, their targets in one batch."""

from __future__ import annotations

from collections.abc import Mapping

from ..compiler.backends.engine import Engine
from ..compiler.plan import Plan
from .boxes import BoxesLike
from .errors import StreamError
from .frames import FrameLike, checked_frame
from .result import Result
from .session import Session
from .sight import Seen
from .targets import Targets


class Streams:
    """Sessions that step together: the targets of all their frames are the rows of one batch.

    Where OpenCV cuts the crops (`crop="host"`), targets of frames of one size run in one batch; frames of several
    sizes make a batch for each size. Where programs cut them (`crop="graph"`), a program reads one frame: every
    stream then runs by itself, with the same results.
    """

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self.plan = plan
        self.engine = engine
        self._batches: dict[tuple[int, int], Targets] = {}
        self._open: dict[Session, Targets] = {}

    def open(self, frame: FrameLike, boxes: BoxesLike) -> Session:
        """Begin to follow targets of one more video, as `Tracker.start` does; what is given is its session.

        The session takes `add`, `remove`, `snapshot` as any other, and `close` when its video has ended.

        Raises FrameError, BoxError, and TooManyTargetsError where the batch has no room for them.
        """
        self._forget_closed()
        pixels = checked_frame(frame)
        batch = self._batch((pixels.shape[1], pixels.shape[0]))
        session = Session(self.plan, self.engine, pixels, boxes, batch)
        self._open[session] = batch
        return session

    def _batch(self, size: tuple[int, int]) -> Targets:
        if self.plan.crop_lowering != "host":
            return Targets(self.plan, self.engine)
        if size not in self._batches:
            self._batches[size] = Targets(self.plan, self.engine)
        return self._batches[size]

    def step(self, frames: Mapping[Session, FrameLike]) -> dict[Session, Result]:
        """Give some streams their next frame, and get the results of those; the others keep still.

        Raises FrameError, and StreamError for a stream that was closed or belongs to other streams; then no stream
        has taken a step.
        """
        self._forget_closed()
        for session, frame in frames.items():
            if session not in self._open:
                raise StreamError(
                    "the stream was closed" if session.closed else "the stream belongs to other streams",
                    "open it: streams.open(frame, boxes)",
                )
            checked_frame(frame)
        together: dict[tuple[Targets, tuple[int, ...]], list[Session]] = {}
        results: dict[Session, Result] = {}
        for session, frame in frames.items():
            if session.ids:
                session.show(frame)
                together.setdefault((self._open[session], tuple(frame.shape)), []).append(session)
            else:
                results[session] = session.step(frame)
        for (batch, _), sessions in together.items():
            seen: Seen = [(session.sight, session.rows) for session in sessions]
            found = batch.step(seen)
            results |= {session: session.result_of(found, session.rows) for session in sessions}
        return {session: results[session] for session in frames}

    def close(self) -> None:
        """Close all streams."""
        for session in list(self._open):
            session.close()
        self._forget_closed()

    def __len__(self) -> int:
        """How many are open."""
        return sum(not session.closed for session in self._open)

    def _forget_closed(self) -> None:
        self._open = {session: batch for session, batch in self._open.items() if not session.closed}
        used = {id(batch) for batch in self._open.values()}
        self._batches = {size: batch for size, batch in self._batches.items() if id(batch) in used}
