"""A stand-in for the parts of `torch.cuda` that the runner uses, on the CPU: work is done at once, in order.

Its graph records the operators that run between `capture_begin` and `capture_end`, and `replay` runs them again on the
same memory; what waits for the device during a capture breaks it, as on a device.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from sotc.compiler.backends import cuda_runner, frame_ring


class Stream:
    def __init__(self, *_: Any) -> None: ...
    def wait_stream(self, stream: Stream) -> None: ...
    def wait_event(self, event: Event) -> None: ...


class Event:
    def record(self, stream: Stream | None = None) -> None: ...
    def synchronize(self) -> None: ...


class Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []
        self.before: list[tuple[Tensor, Tensor]] = []
        """what was written into, and what it held: a capture computes nothing"""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing")
        if func._schema.is_mutable:
            self.before.append((args[0], args[0].clone()))
        result = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, result))
        return result


class Graph:
    captures = 0

    def capture_begin(self, pool: Any, capture_error_mode: str) -> None:
        Graph.captures += 1
        self.recorder = Recorder()
        self.recorder.__enter__()

    def capture_end(self) -> None:
        self.recorder.__exit__(None, None, None)
        for tensor, content in reversed(self.recorder.before):
            tensor.copy_(content)

    def replay(self) -> None:
        for func, args, kwargs, result in self.recorder.calls:
            again = func(*args, **kwargs)
            for old, new in zip(tree_flatten(result)[0], tree_flatten(again)[0], strict=True):
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


@pytest.fixture
def pretend_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caller = Stream()
    for name, value in {
        "Stream": Stream,
        "Event": Event,
        "CUDAGraph": Graph,
        "stream": lambda stream: contextlib.nullcontext(),
        "current_stream": lambda device=None: caller,
        "graph_pool_handle": lambda: (0, 1),
    }.items():
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(Tensor, "record_stream", lambda self, stream: None)
    monkeypatch.setattr(cuda_runner, "cuda_device", lambda name: torch.device("cpu"))
    for module in (cuda_runner, frame_ring):
        monkeypatch.setattr(module, "pinned", lambda shape, dtype: torch.empty(shape, dtype=dtype))
    Graph.captures = 0
    yield
