"""An engine around another one is told from it by its runners alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sotc.compiler.backends.numpy_engine import NumpyEngine
from sotc.compiler.backends.wrapped import PassingRunner, WrappedEngine


@dataclass(frozen=True)
class Bucketed(NumpyEngine):
    buckets: tuple[int, ...] = (1, 4)


class Loud(PassingRunner):
    def get(self, value: object) -> object:
        return f"got {value}"


@pytest.mark.parametrize(("kind", "buckets"), [(NumpyEngine, None), (Bucketed, (1, 4))])
def test_all_but_the_runner_is_the_others(kind: type[NumpyEngine], buckets: tuple[int, ...] | None) -> None:
    engine = kind("onnx", "cpu", "fp32", {"double": lambda values: [2 * value for value in values]})
    wrapped = WrappedEngine(engine, Loud)
    assert (wrapped.backend, wrapped.device, wrapped.precision) == ("onnx", "cpu", "fp32")
    assert wrapped.buckets == buckets
    runner = wrapped.runner()
    assert runner.get(3) == "got 3"
    assert runner.run("double", [4]) == [8]
