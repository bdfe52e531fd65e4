"""The gate: equal trackers pass, each kind of error fails, and what broke it is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from sotc.compiler.backends import eager
from sotc.compiler.compiled import Options
from sotc.compiler.driver import build
from sotc.compiler.passes import find, pipeline
from sotc.compiler.passes.find import PASSES, find_pass
from sotc.measure.bisect import find_culprit
from sotc.measure.clip import Clip
from sotc.measure.gate import FreeRun, GateError, broken_free, clip_name, gate, reference_of, refuse, to_json
from sotc.measure.limits import limits_of
from sotc.measure.record import shaken_boxes

from .small import PLAIN, STATEFUL, Honest, Wrong, changed, clip, reference, source

FP32 = limits_of("fp32")


@pytest.fixture
def wrong_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more passes: `honest`, and `wrong`."""
    more: dict[str, Any] = {"honest": Honest, "wrong": Wrong}
    monkeypatch.setattr(find, "PASSES", (*PASSES, *more))
    monkeypatch.setattr(pipeline, "find_pass", lambda name: more.get(name) or find_pass(name))


@pytest.mark.parametrize("text", [PLAIN, STATEFUL], ids=["plain", "stateful"])
def test_the_reference_is_itself(text: str) -> None:
    found = reference(text)
    result = gate(found, found.compiled, FP32)
    assert result.passed
    assert {error.largest for error in result.wires} == {0.0}
    assert [step.overlap for step in result.forced.steps] == pytest.approx([1.0] * 13, abs=1e-12)
    assert not result.forced.flips


def test_passes_that_only_round_pass() -> None:
    found = reference()
    result = gate(found, build(found.source, Options(passes="fold-constants,channels-last")), FP32)
    assert result.failures == ()


ERRORS = {
    "box": ("boxes", 2.0, "boxes of forced steps overlap"),
    "target": ("target", 2.0, "boxes of forced steps overlap"),
    "score": ("output.score", 0.2, "`output.score` of the program `step`"),
    "windows": ("search.windows", 30, "`search.windows` of the program `step`"),
    "state": ("state.memory", 0.5, "`state.memory` of the program `step`"),
    "nan": ("boxes", float("nan"), "boxes of forced steps overlap"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_one_value_fails(name: str) -> None:
    slot, error, said = ERRORS[name]
    found = reference(STATEFUL)

    def change(program: str, place: str, value: torch.Tensor) -> torch.Tensor:
        return value + error if (program, place) == ("step", slot) else value

    result = gate(found, changed(found.compiled, change), FP32)
    assert any(said in line or "clear steps" in line for line in result.failures), result.failures


def test_an_error_in_the_cache_fails() -> None:
    """The candidate's own cache is used in forced steps: an error of `init` reaches the boxes."""
    found = reference()

    def change(program: str, place: str, value: torch.Tensor) -> torch.Tensor:
        return value * 3 if place.startswith("cache.") else value

    result = gate(found, changed(found.compiled, change), FP32)
    assert any("of the program `init`" in line for line in result.failures)
    assert any("forced steps" in line or "clear steps" in line for line in result.failures)


def test_an_error_for_several_targets_alone_fails() -> None:
    """As of an engine that was built for one: the clip has one target, the batch has three."""
    found = reference()

    def change(program: str, place: str, value: torch.Tensor) -> torch.Tensor:
        return value * 2 if place.startswith("cache.") and len(value) > 1 else value

    result = gate(found, changed(found.compiled, change), FP32)
    assert len(result.failures) == 1
    assert "of the program `init`" in result.failures[0]


def test_a_failure_is_an_error_with_all_findings() -> None:
    found = reference()
    result = replace(gate(found, found.compiled, FP32), failures=("this", "that"))
    with pytest.raises(GateError) as caught:
        refuse(result, lambda: ("the moon", "wait"))
    assert caught.value.code == "SOT617"
    assert "the moon first broke the parity gate\n  - this\n  - that" in caught.value.message
    assert caught.value.remedy == "wait"


def test_results_are_plain_and_the_same_again() -> None:
    found = reference(STATEFUL)
    made = build(found.source, Options(passes="fold-constants,channels-last"))
    texts = {json.dumps(to_json(gate(found, made, FP32)), allow_nan=False) for _ in range(2)}
    assert len(texts) == 1
    table = json.loads(texts.pop())
    assert table["passed"] is True
    assert table["limits"]["forced_least"] == 0.999
    assert {row["program"] for row in table["wires"]} == {"begin", "border", "aim", "init", "step"}
    assert table["forced"]["steps"] == 13


def test_several_targets_are_compared_where_they_are_compiled_for() -> None:
    found = reference_of(source(), Options(targets=3), clip())
    result = gate(found, found.compiled, FP32, 3)
    assert (result.targets, len(result.forced.steps)) == (3, 39)
    assert {step.target for step in result.forced.steps} == {0, 1, 2}


# ---------------------------------------------------------------- free runs


def test_a_reference_that_follows_nothing_is_not_compared() -> None:
    free = FreeRun(reference=0.2, candidate=0.1, still=0.15, frames=20)
    assert not free.says_something
    assert broken_free(free, FP32) == []


def test_a_loss_of_success_fails() -> None:
    free = FreeRun(reference=0.8, candidate=0.79, still=0.1, frames=20)
    assert "0.7900, 0.0100 less" in broken_free(free, FP32)[0]
    assert broken_free(replace(free, candidate=0.9), FP32) == []
    assert broken_free(free, replace(FP32, auc_loss=0.02)) == []


def test_chaos_of_the_reference_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss within what errors of the candidate's size make of the reference itself is granted, and told."""
    free = FreeRun(reference=0.8, candidate=0.79, still=0.1, frames=20, shaken=(0.81, 0.793, 0.8))
    assert free.loss == pytest.approx(0.003)
    assert broken_free(free, FP32) == []
    assert broken_free(replace(free, shaken=(0.81, 0.8)), FP32) != []


def test_shaken_runs_are_shaken_by_so_much() -> None:
    found = reference()
    none = shaken_boxes(found.compiled, found.clip, 0.0, 0)
    np.testing.assert_allclose(none, found.run.boxes, atol=1e-6)
    little = shaken_boxes(found.compiled, found.clip.first(2), 0.01, 0)[1] - found.run.boxes[1]
    assert 1e-4 < np.abs(little).max() < 0.05


def test_free_runs_need_labels() -> None:
    labelled = clip()
    bare = Clip(labelled.name, labelled.frames, labelled.boxes)
    found = reference_of(source(), Options(), bare, frames=12)
    result = gate(found, found.compiled, FP32)
    assert result.free is None
    assert result.frames == 12
    assert reference().clip.labelled
    with_labels = gate(reference(), reference().compiled, FP32).free
    assert with_labels is not None
    assert with_labels.loss == 0
    truth = labelled.truth
    assert truth is not None
    assert with_labels.frames == int(np.isfinite(truth).all(axis=1).sum())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/videos/clip.mp4", "clip.mp4"),
        ("otb/Crossing/img", "Crossing/img"),
        ("../Basketball/img/", "Basketball/img"),
        ("img", "img"),
        ("/img", "img"),
        ("otb/Crossing", "Crossing"),
        ("the bundled generated clip", "the bundled generated clip"),
    ],
)
def test_a_clip_is_known_by_its_name_and_not_by_where_it_lies(path: str, name: str) -> None:
    assert clip_name(path) == name


# ---------------------------------------------------------------- who did it


@pytest.mark.usefixtures("wrong_passes")
@pytest.mark.parametrize(
    "passes",
    [
        "wrong",
        "fold-constants,wrong",
        "honest,wrong,honest",
        "wrong,honest,channels-last",
        "honest,honest,honest,wrong",
    ],
)
def test_a_wrong_pass_is_found(passes: str) -> None:
    options = Options(passes=passes)
    found = reference()
    assert not gate(found, build(found.source, options), FP32).passed
    lines: list[str] = []
    who, remedy = find_culprit(found, options, FP32, None, lines.append)
    assert who == "the pass `wrong`"
    left = ",".join(name for name in passes.split(",") if name != "wrong")
    assert f'--passes "{left}"' in remedy
    assert lines


def test_a_wrong_pass_of_the_users_own_is_theirs_to_mend() -> None:
    """It is called what it was asked for by, and nobody is asked to report it."""
    found, own = reference(), f"{Wrong.__module__}:Wrong"
    options = Options(passes=f"fold-constants,{own},channels-last")
    who, remedy = find_culprit(found, options, FP32, None, lambda line: None)
    assert who == f"the pass `{own}`"
    assert remedy.startswith('leave it out, --passes "fold-constants,channels-last", or mend it: ')


@pytest.mark.usefixtures("wrong_passes")
def test_an_honest_pass_passes() -> None:
    found = reference()
    assert gate(found, build(found.source, Options(passes="honest,honest")), FP32).passed


def test_a_wrong_backend_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that doubles a cache whatever the precision is."""
    found = reference()
    make_pretend(monkeypatch, found, low_only=False)
    who, remedy = find_culprit(found, Options(backend="pretend"), FP32, None, lambda line: None)
    assert who == "the backend `pretend`"
    assert "another backend" in remedy


def test_a_precision_that_the_backend_makes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = reference()
    make_pretend(monkeypatch, found, low_only=True)
    options = Options(backend="pretend", precision="int8")
    who, remedy = find_culprit(found, options, limits_of("int8"), None, lambda line: None)
    assert who == "the precision int8, as the backend `pretend` computes it,"
    assert "higher precision" in remedy


def make_pretend(monkeypatch: pytest.MonkeyPatch, found: Any, low_only: bool) -> None:
    """A backend `pretend`, which is eager but for a cache that it gets wrong."""
    from sotc.compiler import driver
    from sotc.compiler.backends.find import find_backend
    from sotc.measure import bisect

    class Pretend(eager.Eager):
        def build(self, programs: Any, plan: Any, options: Any, note: Any) -> Any:
            built = super().build(programs, plan, options, note)
            wrong = options.precision != "fp32" or not low_only

            def change(program: str, place: str, value: torch.Tensor) -> torch.Tensor:
                return value * 2 if wrong and place.startswith("cache.") else value

            compiled = replace(found.compiled, plan=plan, engine=built.engine)
            return replace(built, engine=changed(compiled, change).engine)

    for module in (driver, bisect):
        monkeypatch.setattr(
            module, "find_backend", lambda name: Pretend() if name == "pretend" else find_backend(name)
        )
