"""Sizes of batches, rows put back into their batch, and values that cross from one engine to another."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sotc.compiler.backends.numpy_engine import NumpyEngine
from sotc.compiler.backends.torch_engine import PlainRunner
from sotc.runtime.rows import batch_size, merged, pad, put_as, taken

RUNNERS = [PlainRunner({}, "cpu"), NumpyEngine("numpy", "cpu", "fp32", {})]


@pytest.mark.parametrize(
    ("count", "preferred", "size"),
    [(3, (), 3), (3, (1, 2, 4), 4), (4, (1, 2, 4), 4), (1, (8,), 8), (9, (1, 2, 4), 12), (0, (4,), 0)],
)
def test_the_size_of_a_batch(count: int, preferred: tuple[int, ...], size: int) -> None:
    assert batch_size(count, preferred) == size


def test_padding_repeats_the_first_row() -> None:
    assert pad(np.array([[5], [6]]), 4).tolist() == [[5], [6], [5], [5]]


@pytest.mark.parametrize("runner", RUNNERS, ids=["torch", "numpy"])
def test_rows_go_back_to_their_places(runner) -> None:
    """Two of three live rows are new, the last of four is padding: it repeats the first."""
    old = runner.put(np.array([[1.0], [2.0], [3.0], [1.0]]))
    new = runner.put(np.array([[30.0], [10.0], [99.0]]))
    assert merged(runner, old, new, [2, 0], 3).tolist() == [[10.0], [2.0], [30.0], [10.0]]
    assert taken(runner, old, [2, 0]).tolist() == [[3.0], [1.0]]
    assert taken(runner, old, range(4)) is old


@pytest.mark.parametrize("conjugate", [False, True])
def test_complex_numbers_cross_engines(conjugate: bool) -> None:
    on_torch, on_numpy = RUNNERS
    numbers = torch.tensor([[1 + 2j, 3 - 4j]], dtype=torch.complex64)
    given = numbers.conj() if conjugate else numbers
    expected = [[[1, -2], [3, 4]]] if conjugate else [[[1, 2], [3, -4]]]
    pairs = put_as(on_numpy, given, 3)
    assert (pairs.dtype, pairs.tolist()) == (np.float32, expected)
    back = put_as(on_torch, pairs, 2)
    assert back.dtype == torch.complex64
    assert torch.equal(back, given)
