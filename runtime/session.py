"""One run of a tracker over one video: the store of its current values, and the order of its programs."""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeAlias

import torch
from torch import Tensor

from ..compiler.plan import CropInput, Plan, StageProgram
from .boxes import BoxesLike, boxes_tensor, centre_size, corner_size
from .errors import BoxError
from .frames import FrameLike, frame_tensor
from .result import Result

Store: TypeAlias = dict[str, Tensor]

FARTHEST = 1e6
"""A coordinate or size beyond this many pixels is no box of any frame: the step has diverged."""

STATE = "state."


class Session:
    """N targets followed through one video. Made by `Tracker.start`; `step` takes the frames in order.

    The store holds the current values only, so memory does not grow with the number of frames. N targets are
    the N rows of one batch. Nothing in a step waits for the device, except where OpenCV cuts the crops of a
    tracker that does not run on the CPU.
    """

    def __init__(self, plan: Plan, frame: FrameLike, boxes: BoxesLike) -> None:
        """Start on the first frame, RGB `uint8` [H, W, 3], with boxes [4] or [N, 4]: x, y, w, h in pixels.

        Raises FrameError and BoxError for frames and boxes that are none.
        """
        pixels = frame_tensor(frame)
        table = boxes_tensor(boxes, (pixels.shape[1], pixels.shape[0]))
        self.plan = plan
        self.frame_index = 0
        self._searches = tuple(crop for crop in plan.crops if crop.keyword == "search")
        self._refreshed = tuple(crop for crop in plan.crops if crop.refresh_every is not None)
        self._refreshes = {program.name: program for program in plan.refresh}
        self._on_host = plan.crop_lowering == "host"
        self._reads_frame = any(slot.kind == "frame" for program in later(plan) for slot in program.inputs)
        self._pixels = pixels
        self._size = (-1, -1)
        self._store: Store = {}
        self._lowest = torch.tensor([-FARTHEST, -FARTHEST, 0.0, 0.0], dtype=torch.float64, device=plan.device)
        with torch.no_grad():
            self._boxes = table.to(plan.device)
            self._begin(pixels)

    def _begin(self, pixels: Tensor) -> None:
        first = next(iter(self._searches), self.plan.crops[0])
        self._store["target"] = first.module.start(self._boxes)
        self._enter(pixels)
        frame = self._store["frame"] = pixels.to(self.plan.device, non_blocking=True)
        for crop in self.plan.crops:
            self._store[f"{crop.name}.border"] = crop.module.border(frame)
        self._cut(tuple(crop for crop in self.plan.crops if crop.keyword == "template"))
        run(self.plan.init, self._store)
        if not self._reads_frame:
            del self._store["frame"]

    def step(self, frame: FrameLike) -> Result:
        """Find the targets in the next frame, RGB `uint8` [H, W, 3]; its size may differ from the last one's.

        Where a step gives no usable box for a target (NaN, infinite, no size), the target's box is held, and
        `Result.held` says so: the decision is made on the device, without waiting for it. A frame on the CPU
        is not copied: it may be overwritten once the step has returned (pinned: once its result was read).

        Raises FrameError for anything else than such a frame.
        """
        pixels = frame_tensor(frame)
        # no_grad, not inference_mode: results are ordinary tensors, which users may change in place and train
        # on; inference_mode would save 1 to 4 % of a small net's step (docs/benchmarks.md)
        with torch.no_grad():
            return self._advance(pixels)

    def _advance(self, pixels: Tensor) -> Result:
        store = self._store
        self._enter(pixels)
        self._cut(self._searches)
        run(self.plan.step, store)
        box = store["output.box"]
        usable = ((box > self._lowest) & (box < FARTHEST)).all(dim=1)
        outputs = {name: store[f"output.{name}"] for name in self.plan.outputs}
        store["target"] = store["output.box"] = torch.where(usable[:, None], box, store["target"])
        self._boxes = corner_size(store["target"])
        self.frame_index += 1
        self._refresh()
        if self.plan.next is not None:
            run(self.plan.next, store)
        return Result(self._boxes, outputs.get("score"), ~usable, MappingProxyType(outputs))

    def _refresh(self) -> None:
        due = tuple(crop for crop in self._refreshed if self.frame_index % (crop.refresh_every or 1) == 0)
        self._cut(due)
        for crop in due:
            run(self._refreshes[f"refresh.{crop.name}"], self._store)

    def _enter(self, pixels: Tensor) -> None:
        """Put a frame, where a program reads it, and its size, where that is another, into the store."""
        self._pixels = pixels
        if self._reads_frame:
            self._store["frame"] = pixels.to(self.plan.device, non_blocking=True)
        height, width = pixels.shape[:2]
        if self._size != (width, height):
            self._size = (width, height)
            self._store["frame_size"] = torch.tensor(
                (width, height), dtype=torch.float64, device=self.plan.device
            )

    def _cut(self, crops: tuple[CropInput, ...]) -> None:
        """With the host lowering, cut these crops around the targets; in the graph the programs do."""
        if not self._on_host or not crops:
            return
        # free on the CPU: the arrays share the tensors' memory
        frame = self._pixels.cpu().numpy()
        target = self._store["target"].cpu().numpy()
        for crop in crops:
            border = self._store[f"{crop.name}.border"].cpu().numpy()
            patches = torch.from_numpy(crop.module.sample_host(frame, target, border))
            self._store[f"{crop.name}.pixels"] = patches.to(self.plan.device, non_blocking=True)

    @property
    def boxes(self) -> Tensor:
        """The targets now, [N, 4] float64 on the device: x, y, w, h; before the first step, as given."""
        return self._boxes

    @property
    def state(self) -> dict[str, Tensor]:
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
        table = boxes_tensor(boxes)
        count = self._boxes.shape[0]
        if table.shape[0] != count:
            raise BoxError(
                f"{table.shape[0]} boxes for {count} targets", "give a box for each target, in their order"
            )
        self._boxes = table.to(self.plan.device)
        self._store["target"] = centre_size(self._boxes)


def later(plan: Plan) -> tuple[StageProgram, ...]:
    """The programs that run after the first frame."""
    return (plan.step, *plan.refresh, *(() if plan.next is None else (plan.next,)))


def run(program: StageProgram, store: Store) -> None:
    """Read the program's inputs from the store, run it, write its outputs back."""
    results = program.module(*[store[slot.name] for slot in program.inputs])
    for slot, value in zip(program.outputs, results, strict=True):
        store[slot.name] = value
