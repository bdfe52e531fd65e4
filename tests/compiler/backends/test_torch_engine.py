"""What eager, inductor and aoti have in common."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sotc.compiler.backends.cuda_runner import CudaRunner
from sotc.compiler.backends.torch_engine import PlainRunner, TorchEngine, modules_on

from .pretend_cuda import pretend_cuda
from .small_program import boxes, grow

__all__ = ["pretend_cuda"]


def test_the_device_says_how_programs_run(pretend_cuda: None) -> None:
    assert isinstance(TorchEngine("eager", "cpu", "fp32", {}).runner(), PlainRunner)
    assert isinstance(TorchEngine("eager", "cuda:0", "fp32", {}).runner(), CudaRunner)


def test_batches_are_padded_only_where_each_size_costs() -> None:
    assert TorchEngine("eager", "cpu", "fp32", {}).buckets is None
    assert TorchEngine("eager", "cuda", "fp32", {}, graphs=False).buckets is None
    assert TorchEngine("aoti", "cpu", "fp32", {}, targets=4).buckets == (4,)
    sizes = TorchEngine("eager", "cuda", "fp32", {}).buckets
    assert sizes is not None
    assert all(after <= 1.5 * before + 1 for before, after in pairwise(sizes))


def test_values_come_back_when_asked() -> None:
    runner = TorchEngine("eager", "cpu", "fp32", {"step": grow().module}).runner()
    moved, score = runner.keep(runner.run("step", (runner.put(boxes(2).numpy()),)))
    table, scores = runner.read_later([moved, score])()
    np.testing.assert_allclose(table[:, 2:], boxes(2)[:, 2:].numpy() * 1.5)
    np.testing.assert_array_equal(runner.get(runner.take(score, [1, 0])), scores[::-1])
    np.testing.assert_array_equal(runner.get(runner.join([score, score])), [*scores, *scores])


def test_constants_are_on_the_device() -> None:
    """Export leaves numbers that a component writes down on the CPU."""
    modules = modules_on({"step": grow()}, "meta")
    assert {buffer.device.type for buffer in modules["step"].buffers()} == {"meta"}
    assert len(list(modules["step"].buffers())) == 1
