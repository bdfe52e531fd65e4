"""Flips, margins and near-ties, on a decoder whose every choice can be worked out by hand."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

from sotc.compiler.geometry import tidied
from sotc.compiler.plan import CropInput, Plan, Slot
from sotc.compiler.programs import StageProgram
from sotc.measure.choices import Probe, probe_of
from sotc.measure.forced import broken_by, forced
from sotc.measure.limits import limits_of
from sotc.measure.record import Call, Run

FP32 = limits_of("fp32")
SPREAD = float(np.std([0.1, 0.5, 0.9, 0.3], ddof=1))


class Pick(nn.Module):
    """The box of place k is 100 k, 0, 10, 10, and its score the value there; `values` [N, 4]."""

    def forward(self, values: Tensor) -> tuple[Tensor, ...]:
        best = values.argmax(1, keepdim=True)
        boxes = torch.cat((best * 100.0, best * 0.0, best * 0.0 + 10, best * 0.0 + 10), 1).double()
        target = torch.cat((boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]), 1)
        return boxes, target, values.gather(1, best)[:, 0]


class PickByMax(Pick):
    def forward(self, values: Tensor) -> tuple[Tensor, ...]:
        best = values.max(dim=1, keepdim=True).indices
        boxes = torch.cat((best * 100.0, best * 0.0, best * 0.0 + 10, best * 0.0 + 10), 1).double()
        target = torch.cat((boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]), 1)
        return boxes, target, values.gather(1, best)[:, 0]


class PickByTopk(Pick):
    def forward(self, values: Tensor) -> tuple[Tensor, ...]:
        best = values.topk(1, dim=1).indices
        boxes = torch.cat((best * 100.0, best * 0.0, best * 0.0 + 10, best * 0.0 + 10), 1).double()
        target = torch.cat((boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]), 1)
        return boxes, target, values.gather(1, best)[:, 0]


OUTPUTS = (Slot("boxes", "boxes", True), Slot("target", "target", True), Slot("output.score", "output", True))


@functools.cache
def step_program(module: type[nn.Module]) -> StageProgram:
    example = torch.rand(2, 4)
    exported = torch.export.export(module(), (example,), dynamic_shapes=({0: Dim("n", min=1, max=64)},))
    flat = exported.module(check_guards=False)
    assert isinstance(flat, torch.fx.GraphModule)
    return StageProgram("step", tidied(flat), (Slot("search.pixels", "pixels", True),), OUTPUTS)


def outputs(place: int, score: float, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    box = np.array([[100.0 * place + shift, 0.0, 10.0, 10.0]])
    return box, np.concatenate((box[:, :2] + 5, box[:, 2:]), 1), np.array([score], dtype=np.float32)


def run_of(*values: list[float]) -> Run:
    step = step_program(Pick)
    plan = Plan(
        "p", (CropInput("search", "search", None, None),), "host", {"step": step.signature}, ("box", "score")
    )
    calls = [
        Call("step", (np.array([row], dtype=np.float32),), outputs(int(np.argmax(row)), max(row)))
        for row in values
    ]
    return Run(plan, tuple(calls), np.zeros((len(values) + 1, 1, 4)))


@pytest.mark.parametrize("module", [Pick, PickByMax, PickByTopk])
def test_the_probe_tells_what_other_places_would_give(module: type[nn.Module]) -> None:
    probe = probe_of(step_program(module))
    values = np.array([[0.1, 0.5, 0.9, 0.3], [0.7, 0.2, 0.6, 0.1]], dtype=np.float32)
    choices = probe.choices((values,), "cpu")
    assert [(choice.box[:, 0] / 100).tolist() for choice in choices] == [[2, 0], [1, 2], [3, 1], [0, 3]]
    scores = [choice.score for choice in choices if choice.score is not None]
    np.testing.assert_allclose(scores, [[0.9, 0.7], [0.5, 0.6], [0.3, 0.2], [0.1, 0.1]])
    np.testing.assert_allclose(
        [c.margin for c in choices], [[0, 0], [0.4, 0.1], [0.6, 0.5], [0.8, 0.6]], atol=1e-6
    )
    assert choices[1].spread[0] == pytest.approx(SPREAD)


def found_in(run: Run, *answers: tuple[np.ndarray, ...]) -> list[tuple[float, float | None, bool]]:
    probe = probe_of(step_program(Pick))
    found = forced(run, [list(answer) for answer in answers], probe, "cpu", FP32)
    return [(step.overlap, step.flip_margin, step.near_tie) for step in found.steps]


def test_an_equal_step_is_no_flip() -> None:
    run = run_of([0.1, 0.5, 0.9, 0.3])
    assert found_in(run, outputs(2, 0.9)) == [(1.0, None, False)]


def test_another_cell_is_a_flip_with_its_margin() -> None:
    run = run_of([0.1, 0.5, 0.9, 0.3])
    ((overlap, margin, near_tie),) = found_in(run, outputs(1, 0.5))
    assert (overlap, near_tie) == (0.0, False)
    assert margin == pytest.approx(0.4)


def test_a_small_error_of_the_box_is_no_flip() -> None:
    ((overlap, margin, _),) = found_in(run_of([0.1, 0.5, 0.9, 0.3]), outputs(2, 0.9, shift=1.0))
    assert overlap == pytest.approx(9 / 11)
    assert margin is None


def test_a_near_tie_is_a_margin_within_the_error_of_the_score() -> None:
    """Values apart by 1e-4, scores wrong by 1e-4: twice that is more than the margin. In the other step it is not."""
    run = run_of([0.1, 0.8999, 0.9, 0.3], [0.1, 0.5, 0.9, 0.3])
    close, clear = found_in(run, outputs(1, 0.9), outputs(2, 0.9))
    assert close[2]
    assert not clear[2]
    exact, _ = found_in(run, outputs(1, 0.8999), outputs(2, 0.9))
    assert not exact[2]


def test_a_wrong_score_does_not_excuse_itself() -> None:
    """However large the error, what is no near-tie by the limits' share of the spread is none."""
    ((_, _, near_tie),) = found_in(run_of([0.1, 0.88, 0.9, 0.3]), outputs(1, 5.0))
    assert not near_tie


def test_limits_speak_of_clear_steps() -> None:
    probe = probe_of(step_program(Pick))
    clear = [[0.1, 0.5, 0.9, 0.3]] * 99
    close = [0.1, 0.9 - 1e-7, 0.9, 0.3]
    run = run_of(*clear, close)
    answers = [list(outputs(2, 0.9)) for _ in clear]
    fine = forced(run, [*answers, list(outputs(1, 0.9))], probe, "cpu", FP32)
    assert len(fine.flips) == 1
    assert fine.mean == pytest.approx(0.99)
    assert broken_by(fine, FP32) == []
    wrong = forced(run, [list(outputs(1, 0.5)), *answers], probe, "cpu", FP32)
    said = broken_by(wrong, FP32)
    assert ["clear steps" in said[0], "another cell" in said[1]] == [True, True]
    assert broken_by(wrong, limits_of("bf16")) == []


def test_no_number_is_no_overlap() -> None:
    broken = tuple(value * math.nan for value in outputs(2, 0.9))
    ((overlap, _, _),) = found_in(run_of([0.1, 0.5, 0.9, 0.3]), broken)
    assert overlap == 0.0


class Reached(nn.Module):
    """No choice: the box is the input."""

    def forward(self, values: Tensor) -> tuple[Tensor, ...]:
        return values.double(), values.double() * 1.0, values[:, 0]


def test_a_step_without_a_choice_has_no_others() -> None:
    probe: Probe = probe_of(step_program(Reached))
    assert probe.others == 0
    assert len(probe.choices((np.ones((1, 4), dtype=np.float32),), "cpu")) == 1
