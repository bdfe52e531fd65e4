"""One run of a tracker over one video: the store of its current values, and the order of its programs."""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from ..compiler.backends.engine import Engine, Value
from ..compiler.plan import CropInput, Plan
from ..components.crops.host_patch import cut
from .boxes import BoxesLike, boxes_array, centre_size
from .errors import BoxError
from .frames import FrameLike, checked_frame, host_pixels
from .result import Result

Store: TypeAlias = dict[str, Value]

STATE = "state."


class Session:
    """N targets followed through one video. Made by `Tracker.start`; `step` takes the frames in order.

    The store holds the current values only, so memory does not grow with the number of frames. N targets are
    the N rows of one batch. Nothing in a step waits for the device, except where OpenCV cuts the crops of a
    tracker that does not run on the CPU. Values are those of the engine: torch tensors on its device, or numpy
    arrays where the tracker runs without torch.
    """

    def __init__(self, plan: Plan, engine: Engine, frame: FrameLike, boxes: BoxesLike) -> None:
        """Start on the first frame, RGB `uint8` [H, W, 3], with boxes [4] or [N, 4]: x, y, w, h in pixels.

        Raises FrameError and BoxError for frames and boxes that are none.
        """
        pixels = checked_frame(frame)
        table = boxes_array(boxes, (pixels.shape[1], pixels.shape[0]))
        self.plan = plan
        self.frame_index = 0
        self._runner = engine.runner()
        self._searches = tuple(crop for crop in plan.crops if crop.keyword == "search")
        self._refreshed = tuple(crop for crop in plan.crops if crop.refresh_every is not None)
        self._on_host = plan.crop_lowering == "host"
        self._reads_frame = plan.reads_frame(*later(plan))
        self._pixels = pixels
        self._size = (-1, -1)
        self._store: Store = {"boxes": self._runner.put(table)}
        self._begin(pixels)

    def _begin(self, pixels: FrameLike) -> None:
        store = self._store
        self._enter(pixels)
        store["frame"] = self._runner.put_frame(pixels)
        self._run("begin")
        self._run("border")
        self._aim()
        self._cut(tuple(crop for crop in self.plan.crops if crop.keyword == "template"))
        self._run("init")
        if not self._reads_frame:
            del store["frame"]

    def step(self, frame: FrameLike) -> Result:
        """Find the targets in the next frame, RGB `uint8` [H, W, 3]; its size may differ from the last one's.

        Where a step gives no usable box for a target (NaN, infinite, no size), the target's box is held, and
        `Result.held` says so: the decision is made on the device, without waiting for it. A frame on the CPU
        is not copied: it may be overwritten once the step has returned (pinned: once its result was read).

        Raises FrameError for anything else than such a frame.
        """
        store = self._store
        self._enter(checked_frame(frame))
        self._cut(self._searches)
        self._run("step")
        self.frame_index += 1
        result = self._result()
        self._refresh()
        if "next" in self.plan.programs:
            self._run("next")
        store["boxes"] = result.boxes
        return result

    def _result(self) -> Result:
        """What the step gave, in memory of the caller's own."""
        store, names = self._store, self.plan.outputs
        places = ("boxes", "held", *(f"output.{name}" for name in names))
        boxes, held, *values = self._runner.keep([store[place] for place in places])
        outputs = dict(zip(names, values, strict=True))
        return Result(boxes, outputs.get("score"), held, MappingProxyType(outputs), self._runner)

    def _refresh(self) -> None:
        due = tuple(crop for crop in self._refreshed if self.frame_index % (crop.refresh_every or 1) == 0)
        self._cut(due)
        for crop in due:
            self._run(f"refresh.{crop.name}")

    def _run(self, name: str) -> None:
        """Read the program's inputs from the store, run it, write its outputs back."""
        program, store = self.plan.programs[name], self._store
        results = self._runner.run(name, [store[slot.name] for slot in program.inputs])
        for slot, value in zip(program.outputs, results, strict=True):
            store[slot.name] = value

    def _aim(self) -> None:
        if "aim" in self.plan.programs:
            self._run("aim")

    def _enter(self, pixels: FrameLike) -> None:
        """Put a frame, where a program reads it, and its size, where that is another, into the store."""
        self._pixels = pixels
        if self._reads_frame:
            self._store["frame"] = self._runner.put_frame(pixels)
        height, width = pixels.shape[:2]
        if self._size != (width, height):
            self._size = (width, height)
            self._store["frame_size"] = self._runner.put(np.array((width, height), dtype=np.float64))

    def _cut(self, crops: tuple[CropInput, ...]) -> None:
        """With the host lowering, cut these crops around the targets; in the graph the programs do."""
        if not self._on_host or not crops:
            return
        frame, store, runner = host_pixels(self._pixels), self._store, self._runner
        for crop in crops:
            assert crop.rule is not None
            windows, border = runner.get(store[f"{crop.name}.windows"]), runner.get(store[f"{crop.name}.border"])
            store[f"{crop.name}.pixels"] = runner.put(cut(crop.rule, frame, windows, border))

    @property
    def boxes(self) -> Value:
        """The targets now, [N, 4] float64 on the device: x, y, w, h; before the first step, as given."""
        return self._store["boxes"]

    @property
    def state(self) -> dict[str, Value]:
        """The spec's states by name, as the next frame will read them."""
        return {
            key.removeprefix(STATE): self._store[key] for key in sorted(self._store) if key.startswith(STATE)
        }

    def set_boxes(self, boxes: BoxesLike) -> None:
        """Say where the targets are: [4] or [N, 4], x, y, w, h; the next step starts from there.

        A box becomes the target with centre x + w/2, y + h/2, as a step that found it would have left it.
        Every other state stays as it is.

        Raises BoxError for boxes that are none, and for another number of them than at the start.
        """
        table = boxes_array(boxes)
        count = self.boxes.shape[0]
        if table.shape[0] != count:
            raise BoxError(
                f"{table.shape[0]} boxes for {count} targets", "give a box for each target, in their order"
            )
        self._store["boxes"] = self._runner.put(table)
        self._store["target"] = self._runner.put(centre_size(table))
        self._aim()


def later(plan: Plan) -> tuple[str, ...]:
    """The programs that run after the first frame."""
    return tuple(name for name in plan.programs if name not in ("begin", "border", "aim", "init"))
