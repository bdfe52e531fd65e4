"""An operator that fails while a program runs: who is told to have raised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import fx

import sotc
from sotc.compiler.backends.run_errors import ProgramRaisedError, told_of_component
from sotc.compiler.backends.torch_engine import PlainRunner
from sotc.compiler.user_error import UserError
from sotc.dsl.span import Span

from ..own_code import line_of, working_folder

PARTS = """
import torch
from torch import Tensor, nn
from sotc.components.registry import PARTS

@torch.library.custom_op("own_run_parts::half", mutates_args=())
def half(image: torch.Tensor) -> torch.Tensor:
    if float(image.amax()) > 200:
        raise ValueError("too bright")
    return image / 2

@half.register_fake
def shape_of_half(image):
    return torch.empty_like(image)

@PARTS.register_module()
class OwnHalf(nn.Module):
    \"\"\"Half of it, by an operator of its own.\"\"\"
    def forward(self, image: Tensor) -> Tensor:
        return torch.ops.own_run_parts.half(image)
"""

SPEC = """use python own_run_parts { OwnHalf }
tracker Tiny {
    template = SiameseCrop { size = 32 }
    search   = SiameseCrop { size = 64 }
    part dim = OwnHalf
    likeness = XCorr(search -> dim, template -> CenterCrop { size = 16 })
    side     = 0 * likeness + 8
    pick     = PointDecode { stride = 1 }(likeness, JoinChannels(side, side, side, side), search.view)
    output box = pick.box
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a component that fails on bright frames, which is the working folder."""
    with working_folder(tmp_path_factory.mktemp("own"), "own_run_parts", PARTS, SPEC) as found:
        yield found


def test_a_component_that_raises_in_a_step_is_told_with_its_lines(folder: Path) -> None:
    tracker = sotc.compile(folder / "tiny.sot", backend="eager", allow_python=("own_run_parts",))
    dark, bright = np.full((120, 160, 3), 90, np.uint8), np.full((120, 160, 3), 250, np.uint8)
    session = tracker.start(dark, (60, 40, 20, 20))
    session.step(dark)
    with pytest.raises(ProgramRaisedError, match="too bright") as caught:
        session.step(bright)
    said = caught.value.message
    assert said.startswith("`likeness.dim` (") and "tiny.sot:6:" in said and "the program `step`" in said
    assert f"at own_run_parts.py:{line_of(PARTS, 'too bright')} (`raise ValueError" in said
    assert isinstance(caught.value.__cause__, ValueError)
    assert np.isfinite(session.step(dark).boxes.numpy()).all(), "the session goes on"


def test_a_network_s_error_is_left_with_a_note_of_the_place(folder: Path) -> None:
    network = sotc.build(folder / "tiny.sot", allow_python=("own_run_parts",))
    images = {"template": torch.zeros(1, 3, 32, 32), "search": torch.full((1, 3, 64, 64), 250.0)}
    with pytest.raises(ValueError, match="too bright") as caught:
        network.run(images, ["likeness"])
    (note,) = caught.value.__notes__
    assert note.startswith("raised in `dim` (") and "tiny.sot:6:" in note


# ---------------------------------------------------------------- on programs made by hand


def root(value: torch.Tensor) -> torch.Tensor:
    return torch.linalg.cholesky(value)


def program(origin: str) -> fx.GraphModule:
    """Twice the input, and of that the factor of Cholesky."""
    module = fx.symbolic_trace(lambda value: root(value * 2))
    for node in module.graph.nodes:
        node.meta |= {
            "origin": "twice" if node.name == "mul" else origin,
            "span": Span("a.sot", 0, 1, 3, 5, 3, 9),
        }
    return module


def test_the_operator_that_failed_is_found_not_another() -> None:
    with pytest.raises(
        ProgramRaisedError, match=r"`solid` \(a.sot:3:5\) raised in the program `next`"
    ) as caught:
        PlainRunner({"next": program("solid")}, "cpu").run("next", [-torch.eye(3)])
    assert "_LinAlgError" in caught.value.message
    assert len(caught.value.message.splitlines()) == 1


def test_what_no_component_stands_for_is_ours_and_left() -> None:
    with pytest.raises(torch.linalg.LinAlgError):
        PlainRunner({"next": program("")}, "cpu").run("next", [-torch.eye(3)])


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("20 GiB"), UserError("no")])
def test_memory_and_words_to_the_user_are_left(error: Exception) -> None:
    assert told_of_component(error, program("solid"), "step", [-torch.eye(3)]) is None


@pytest.mark.parametrize("callee", [root, program("solid")])
def test_what_does_not_fail_again_is_left(callee: Any) -> None:
    assert told_of_component(ValueError("once"), callee, "step", [torch.eye(3)]) is None
