"""Programs at work on a CUDA device for one session: CUDA graphs over fixed memory, and nothing that waits.

A program that runs in every frame is run plainly once for each set of input shapes (which is its warm-up), then
captured as a CUDA graph that reads *fixed* tensors, one for each place of the store. What a program writes and some
program reads (the target, states, the cache) is written into its fixed tensor by the graph itself, so that between
steps nothing is copied but the frame.

All work is queued on a stream of the session's own; the caller's current stream is made to wait for it, so that
results are ordinary tensors to the caller while sessions of several threads overlap. The other way round, `put` alone
waits for what the caller has queued: a tensor that the caller made or changed enters through it.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from numpy.typing import NDArray
from torch import Tensor

from ..plan import Signature, Slot
from .frame_ring import FrameRing, Staged, event, pinned, stream_on

Callee: TypeAlias = Callable[..., Sequence[Tensor]]
"""A program: tensors in, a tuple of tensors out."""

Place: TypeAlias = tuple[str, tuple[int, ...], torch.dtype]
"""A fixed tensor: the slot's name, shape and type."""

MOST_GRAPHS = 12
"""Graphs that a session keeps (programs times frame sizes times numbers of targets); the least used go first."""

CAPTURING = threading.Lock()
"""One capture at a time: captures of several sessions would meet in the allocator."""


@dataclass(frozen=True)
class Captured:
    """A program as a CUDA graph."""

    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]
    """the fixed tensors that it reads"""
    results: tuple[Tensor, ...]
    """what it writes: fixed tensors, or memory of the graph"""
    reads: tuple[Place, ...]
    writes: tuple[Place, ...]


class CudaRunner:
    """A `Runner` on a CUDA device. `graphs`: False runs every program plainly (to compare with)."""

    def __init__(
        self,
        programs: Mapping[str, Callee],
        signatures: Mapping[str, Signature],
        device: str,
        note: Callable[[str], None],
        graphs: bool = True,
    ) -> None:
        self._device = cuda_device(device)
        self._programs, self._signatures, self._note = programs, signatures, note
        often = tuple(name for name in signatures if runs_often(name))
        self._often = frozenset(often) if graphs else frozenset()
        self._read = frozenset(slot.name for name in often for slot in signatures[name].inputs)
        self._stream = stream_on(self._device)
        self._down = stream_on(self._device)
        self._done = event()
        self._ring = FrameRing(self._device, self._stream)
        self._fixed: dict[Place, Tensor] = {}
        self._loaded: dict[Place, tuple[weakref.ref[Tensor], int]] = {}
        self._captured: OrderedDict[tuple[Any, ...], Captured] = OrderedDict()
        self._seen: set[tuple[Any, ...]] = set()
        self._pools: dict[str, Any] = {}

    # ------------------------------------------------------------ values

    def put(self, value: NDArray[Any] | Tensor) -> Tensor:
        with torch.cuda.stream(self._stream):
            if isinstance(value, Tensor):
                self._wait_for_caller(value)
                result = value.to(self._device, non_blocking=True)
            else:
                # from memory that is not pinned the driver takes its own copy before it returns
                array = value if value.flags.writeable else value.copy()
                result = torch.from_numpy(array).to(self._device, non_blocking=True)
        self._hand_over()
        return result

    def put_frame(self, pixels: NDArray[Any] | Tensor) -> Tensor:
        """The frame in device memory; it stays valid until frames were put `frame_ring.PLACES` times more."""
        if isinstance(pixels, Tensor) and pixels.is_cuda:
            return self.put(pixels)
        return self._ring.upload(pixels)

    def get(self, value: Tensor) -> NDArray[Any]:
        self._down.wait_stream(torch.cuda.current_stream(self._device))  # the value may be the caller's own
        return self.read_later((value,))()[0]

    def read_later(self, values: Sequence[Tensor]) -> Callable[[], Sequence[NDArray[Any]]]:
        """Start to copy values to the host; the result waits for them and gives them. Nothing else waits.

        The values must not be changed by a later run: those of `keep`, or `get` at once.
        """
        arrived = event()
        with torch.cuda.stream(self._down):
            self._down.wait_event(self._done)
            hosts = [host_copy(value, self._down) for value in values]
            arrived.record(self._down)

        def read() -> Sequence[NDArray[Any]]:
            arrived.synchronize()
            return [host.numpy() for host in hosts]

        return read

    def keep(self, values: Sequence[Tensor]) -> Sequence[Tensor]:
        caller = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._stream):
            kept = [value.clone() for value in values]
        for value in kept:
            value.record_stream(caller)  # the caller drops it while its own stream may still read it
        self._hand_over()
        return kept

    def join(self, values: Sequence[Tensor]) -> Tensor:
        with torch.cuda.stream(self._stream):
            result = torch.cat(list(values))
        self._hand_over()
        return result

    def take(self, value: Tensor, rows: Sequence[int]) -> Tensor:
        with torch.cuda.stream(self._stream):
            index = torch.tensor(list(rows), dtype=torch.int64).to(self._device, non_blocking=True)
            result = value.index_select(0, index)
        self._hand_over()
        return result

    def _wait_for_caller(self, value: Tensor) -> None:
        if value.is_cuda:
            self._stream.wait_stream(torch.cuda.current_stream(self._device))

    def _hand_over(self) -> None:
        """What the caller queues from now on comes after what this session has queued."""
        self._done.record(self._stream)
        torch.cuda.current_stream(self._device).wait_event(self._done)

    # ------------------------------------------------------------ programs

    def run(self, program: str, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        with torch.cuda.stream(self._stream), torch.no_grad():
            results = self._run(program, inputs)
        self._hand_over()
        return results

    def _run(self, name: str, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        if name not in self._often:
            return self._plainly(name, inputs)
        key = (name, *[value.shape for value in inputs])
        captured = self._captured.get(key)
        if captured is None:
            if key not in self._seen:
                self._seen.add(key)
                return self._plainly(name, inputs)
            captured = self._capture(name, inputs)
            if captured is None:
                return self._plainly(name, inputs)
            self._captured[key] = captured
            self._drop_least_used()
        self._captured.move_to_end(key)
        for place, fixed, value in zip(captured.reads, captured.inputs, inputs, strict=True):
            if value is not fixed:
                self._load(place, fixed, value)
        captured.graph.replay()
        for place in captured.writes:
            self._loaded.pop(place, None)
        return captured.results

    def _plainly(self, name: str, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        staged = [found for value in inputs if (found := self._ring.staged(value)) is not None]
        for frame in staged:
            self._stream.wait_event(frame.uploaded)
        results = self._programs[name](*inputs)
        for frame in staged:
            frame.read.record(self._stream)
        return results

    def _load(self, place: Place, fixed: Tensor, value: Tensor) -> None:
        """Copy a value into its fixed tensor, unless it is there already."""
        staged = self._ring.staged(value)
        if staged is not None:
            self._load_frame(place, fixed, staged)
            return
        known = self._loaded.get(place)
        version = -1 if value.is_inference() else value._version
        if known is not None and known[0]() is value and known[1] == version >= 0:
            return
        fixed.copy_(value, non_blocking=True)
        self._loaded[place] = (weakref.ref(value), version)

    def _load_frame(self, place: Place, fixed: Tensor, staged: Staged) -> None:
        """As `_load`, of a frame that is on its way: the copy waits for it, and the next upload for the copy."""
        known = self._loaded.get(place)
        if known is not None and known[0]() is staged.pixels and known[1] == staged.number:
            return
        self._stream.wait_event(staged.uploaded)
        fixed.copy_(staged.pixels, non_blocking=True)
        staged.read.record(self._stream)
        self._loaded[place] = (weakref.ref(staged.pixels), staged.number)

    # ------------------------------------------------------------ capture

    def _capture(self, name: str, inputs: Sequence[Tensor]) -> Captured | None:
        """The program as a graph; None, with a note, where it cannot be captured."""
        before = dict(self._fixed)
        slots = self._signatures[name].inputs
        with torch.inference_mode(False), torch.no_grad(), CAPTURING:
            reads = tuple(place_of(slot, value) for slot, value in zip(slots, inputs, strict=True))
            fixed = tuple(
                self._fixed_tensor(place, value) for place, value in zip(reads, inputs, strict=True)
            )
            graph = torch.cuda.CUDAGraph()
            pool = self._pools.setdefault(name, torch.cuda.graph_pool_handle())
            try:
                results, writes = self._recorded(graph, pool, name, fixed)
            except Exception as error:  # whatever a program does that a graph cannot
                self._fixed = before
                self._often -= {name}
                reason = str(error).partition("\n")[0]
                self._note(f"`{name}` runs operator by operator, not as a CUDA graph: {reason}")
                return None
        return Captured(graph, fixed, results, reads, writes)

    def _fixed_tensor(self, place: Place, like: Tensor) -> Tensor:
        if place not in self._fixed:
            self._fixed[place] = torch.empty_like(like)
        return self._fixed[place]

    def _recorded(
        self, graph: torch.cuda.CUDAGraph, pool: Any, name: str, fixed: tuple[Tensor, ...]
    ) -> tuple[tuple[Tensor, ...], tuple[Place, ...]]:
        graph.capture_begin(pool=pool, capture_error_mode="thread_local")
        try:
            found = self._written(name, fixed, self._programs[name](*fixed))
        except BaseException:
            with contextlib.suppress(RuntimeError):  # what broke the capture is told by the error in flight
                graph.capture_end()
            raise
        graph.capture_end()
        return found

    def _written(
        self, name: str, fixed: tuple[Tensor, ...], results: Sequence[Tensor]
    ) -> tuple[tuple[Tensor, ...], tuple[Place, ...]]:
        """Within a capture: results that some program reads go into their fixed tensors, after all was read."""
        inputs = {tensor.untyped_storage().data_ptr() for tensor in fixed}
        own = [
            result.clone() if result.untyped_storage().data_ptr() in inputs else result for result in results
        ]
        writes = []
        for index, slot in enumerate(self._signatures[name].outputs):
            if slot.name not in self._read:
                continue
            place = place_of(slot, own[index])
            if place in self._fixed:
                self._fixed[place].copy_(own[index])
            else:
                self._fixed[place] = own[index].clone()
            own[index] = self._fixed[place]
            writes.append(place)
        return tuple(own), tuple(writes)

    def _drop_least_used(self) -> None:
        while len(self._captured) > MOST_GRAPHS:
            key, _ = self._captured.popitem(last=False)
            self._seen.discard(key)
        used = {
            place for captured in self._captured.values() for place in (*captured.reads, *captured.writes)
        }
        self._fixed = {place: tensor for place, tensor in self._fixed.items() if place in used}
        self._loaded = {place: source for place, source in self._loaded.items() if place in used}


def cuda_device(name: str) -> torch.device:
    """`cuda` and `cuda:1` as a device with its number."""
    device = torch.device(name)
    return torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)


def runs_often(program: str) -> bool:
    """Whether a program runs after the first frame, again and again."""
    return program in ("step", "next") or program.startswith("refresh.")


def place_of(slot: Slot, value: Tensor) -> Place:
    return slot.name, tuple(value.shape), value.dtype


def host_copy(value: Tensor, stream: torch.cuda.Stream) -> Tensor:
    """Pinned memory that the value is being copied to on `stream`, which must be the current one."""
    if value.dtype == torch.bfloat16:
        value = value.float()  # numpy has no such type
    host = pinned(tuple(value.shape), value.dtype)
    host.copy_(value, non_blocking=True)
    if value.is_cuda:
        value.record_stream(stream)
    return host
