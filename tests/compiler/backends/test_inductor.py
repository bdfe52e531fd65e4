"""Compiled programs give what the operators give, for any number of targets, and failures are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import BackendError, MissingBackendError, find_backend, refuse_missing
from sotc.compiler.backends.inductor import compiled

from .small_program import boxes, grow, plan_of

torch.set_num_threads(1)


def test_any_number_of_targets() -> None:
    begin, step = grow("begin"), grow()
    notes: list[str] = []
    built = find_backend("inductor").build(
        {"begin": begin, "step": step}, plan_of(begin, step), BuildOptions(), notes.append
    )
    assert notes == ["inductor: step"], "what runs once is not compiled"
    runner = built.engine.runner()
    for count in (1, 2, 5):
        target = boxes(count)
        moved, score = runner.run("step", (target,))
        torch.testing.assert_close(moved, target * torch.tensor([1, 1, 1.5, 1.5], dtype=torch.float64))
        torch.testing.assert_close(score, (target[:, 2] * target[:, 3]).sqrt().float())
    assert not built.members


def test_a_compiler_that_is_not_there_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/nowhere/c++")
    for name in ("inductor", "aoti"):
        with pytest.raises(MissingBackendError, match="/nowhere/c") as caught:
            refuse_missing(find_backend(name), BuildOptions())
        assert "onnx" in str(caught.value)


def test_without_any_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingBackendError, match="there is no C\\+\\+ compiler"):
        refuse_missing(find_backend("inductor"), BuildOptions())


def test_a_program_that_cannot_be_compiled() -> None:
    def flip(target: Tensor) -> tuple[Tensor, ...]:
        return (target * 2,) if float(target.sum()) > 0 else (target,)

    step = grow()
    with pytest.raises(BackendError, match="`inductor` could not compile the program `step`") as caught:
        compiled(replace(step), flip, BuildOptions())
    assert "--backend eager" in str(caught.value)
