"""Compiling with all that users wish for: the gate, `auto`, calibration, the cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from sotc.compiler.backends.find import BackendError, CalibrationError, MissingBackendError
from sotc.compiler.compiled import Compiled, Options
from sotc.measure import make as making
from sotc.measure import tune as tuning
from sotc.measure.clip import ClipError
from sotc.measure.gate import GateError
from sotc.measure.limits import limits_of
from sotc.measure.make import Made, Wishes
from sotc.measure.tune import Candidate, Trial, Tuning, by_speed

from .small import PLAIN, changed, checked, clip, reference, source


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOTC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates make as few steps as tell that they run."""
    monkeypatch.setattr(tuning, "MOST_ROUNDS", tuning.FEWEST_ROUNDS)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs are made once for all tests."""
    monkeypatch.setattr(making, "source_of", lambda *_: source(PLAIN))


def make(options: Options, wishes: Wishes | None = None, notes: list[str] | None = None) -> Made:
    wishes = wishes or Wishes(gate_clip=clip(), gate_frames=12)
    lines = notes if notes is not None else []
    return making.make(checked(PLAIN), None, options, wishes, lines.append)


def test_a_compile_is_gated() -> None:
    made = make(Options(passes="fold-constants,channels-last"))
    assert made.gate is not None
    assert made.gate["passed"] is True
    assert made.gate["frames"] == 12
    assert made.tuning is None
    assert made.options == Options(passes="fold-constants,channels-last")
    json.dumps(made.gate, allow_nan=False)


def test_without_a_gate_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "reference_of", None)
    made = make(Options(), Wishes(gate=False))
    assert (made.gate, made.tuning) == (None, None)


def test_a_failing_gate_fails_the_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = making.build

    def dishonest(source: Any, options: Options, recordings: Any) -> Compiled:
        return changed(honest(source, options, recordings), doubled_cache)

    monkeypatch.setattr(making, "build", dishonest)
    with pytest.raises(GateError, match="the backend `eager` first broke the parity gate"):
        make(Options())


def doubled_cache(program: str, slot: str, value: torch.Tensor) -> torch.Tensor:
    return value * 2 if slot.startswith("cache.") else value


def test_a_limit_of_ones_own_takes_the_place_of_the_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes that are half a pixel off overlap less than bf16 allows, and enough for who says so."""
    honest = making.build

    def shifted(source: Any, options: Options, recordings: Any) -> Compiled:
        return changed(honest(source, replace(options, precision="fp32"), recordings), half_a_pixel)

    monkeypatch.setattr(making, "build", shifted)
    wishes = Wishes(gate_clip=clip(), gate_frames=12)
    options = Options(precision="bf16")
    with pytest.raises(GateError, match=r"overlap by 0\.\d+ in the mean, not by 0\.985"):
        make(options, wishes)
    made = make(options, replace(wishes, gate_limits={"overlap": 0.5}))
    assert made.gate is not None
    assert (made.gate["passed"], made.gate["limits"]["wished"]) == (True, ["overlap"])


def half_a_pixel(program: str, slot: str, value: torch.Tensor) -> torch.Tensor:
    return value + 0.5 if program == "step" and slot == "boxes" else value


# ---------------------------------------------------------------- calibration


def test_int8_needs_frames() -> None:
    with pytest.raises(CalibrationError, match="int8 is calibrated on frames, and there are none") as caught:
        make(Options(precision="int8"))
    assert "--calibrate VIDEO" in caught.value.remedy


def test_boxes_need_a_clip() -> None:
    with pytest.raises(ClipError, match="boxes were given for the gate, and no clip"):
        make(Options(), Wishes(gate_boxes=(1.0, 2.0, 3.0, 4.0)))


def test_int8_is_calibrated_on_what_the_reference_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    honest = making.build

    def spy(source: Any, options: Options, recordings: Any = None) -> Compiled:
        seen[options.precision] = recordings
        return honest(source, replace(options, precision="fp32"), None)

    monkeypatch.setattr(making, "build", spy)
    make(Options(precision="int8"), Wishes(gate=False, calibrate=clip()))
    recordings: Mapping[str, Any] = seen["int8"]
    assert {name: len(calls) for name, calls in recordings.items()} == {
        "begin": 1, "border": 1, "aim": 1, "init": 1, "step": 13
    }  # fmt: skip
    assert recordings["step"][0][1].shape == (1, 3, 127, 127)


# ---------------------------------------------------------------- auto


def pretend_tuning(monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, ...], counts: list[int]) -> None:
    """Three backends, `fast`, `middle` and `eager`, of which some compute something else."""

    def tune(source: Any, options: Options, *_: Any) -> Tuning:
        counts.append(1)
        trials, candidates = [], {}
        for place, name in enumerate(("fast", "middle", "eager")):
            chosen = replace(options, backend="eager")
            compiled = making.build(source, chosen, None)
            if name in wrong:
                compiled = changed(compiled, doubled_cache)
            candidates[name] = Candidate(chosen, compiled, 0.5)
            trials.append(Trial(name, 0.001 * (place + 1), 0.5, None))
        return Tuning((*trials, Trial("absent", None, None, "it is not installed")), candidates)

    monkeypatch.setattr(making, "tune", tune)


def test_the_fastest_that_passes_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_tuning(monkeypatch, ("fast",), [])
    notes: list[str] = []
    made = make(Options(backend="auto"), notes=notes)
    assert made.tuning is not None
    assert made.tuning["chosen"] == "middle"
    rows = {row["backend"]: row for row in made.tuning["trials"]}
    assert rows["fast"]["note"].startswith("it fails the gate: ")
    assert rows["absent"] == {
        "backend": "absent",
        "seconds": None,
        "build_seconds": None,
        "note": "it is not installed",
    }
    assert any(line.startswith("fast: it fails the gate") for line in notes)
    assert made.gate is not None
    assert made.gate["passed"] is True


def test_why_a_faster_one_was_not_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """`near` is measured 5 % faster than `first`: that is noise, and the one that is tried first is taken."""

    def tune(source: Any, options: Options, *_: Any) -> Tuning:
        options = replace(options, backend="eager")
        candidate = Candidate(options, making.build(source, options, None), 0.5)
        times = {"first": 0.00105, "near": 0.001, "far": 0.003}
        trials = tuple(Trial(name, times[name], 0.5, None) for name in by_speed(times))
        return Tuning(trials, dict.fromkeys(times, candidate))

    monkeypatch.setattr(making, "tune", tune)
    made = make(Options(backend="auto"), Wishes(gate=False))
    assert made.tuning is not None
    assert made.tuning["chosen"] == "first"
    told = {row["backend"]: row["note"] for row in made.tuning["trials"]}
    assert told == {
        "first": None,
        "near": "within 10 % of first, which comes first where times are alike",
        "far": None,
    }


def test_one_that_fails_in_the_gate_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of programs that run for one target, and not for several."""
    pretend_tuning(monkeypatch, (), [])
    honest = making.gate
    broken = iter([ValueError("no such shape"), None])

    def gate(*given: Any) -> Any:
        error = next(broken, None)
        if error is not None:
            raise BackendError(str(error), "")
        return honest(*given)

    monkeypatch.setattr(making, "gate", gate)
    made = make(Options(backend="auto"))
    assert made.tuning is not None
    assert made.tuning["chosen"] == "middle"
    assert made.tuning["trials"][0]["note"] == "no such shape"


def test_a_backend_that_fails_to_build_is_told_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its message, and no traceback of a library; ours are raised as they are."""

    def fails(*_: object) -> Compiled:
        raise RuntimeError("no such kernel\nand much more")

    monkeypatch.setattr(making, "build", fails)
    with pytest.raises(
        BackendError, match="`onnx` cannot build the programs: RuntimeError: no such kernel"
    ) as caught:
        make(Options(backend="onnx"), Wishes(gate=False))
    assert "much more" not in str(caught.value)
    with pytest.raises(RuntimeError, match="no such kernel"):
        make(Options(), Wishes(gate=False))


def test_programs_that_fail_to_run_are_told_as_the_backends() -> None:
    """Whatever it raises: the user is told which backend it was."""
    found = reference(PLAIN)

    def fail(program: str, slot: str, value: torch.Tensor) -> torch.Tensor:
        raise ValueError("no such shape\nand more")

    with pytest.raises(
        BackendError, match="programs that `onnx` built fail to run: ValueError: no such shape"
    ):
        making.checked_against(
            found,
            changed(found.compiled, fail),
            Options(backend="onnx"),
            limits_of("fp32"),
            lambda line: None,
        )


def test_where_all_fail_the_fastest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_tuning(monkeypatch, ("fast", "middle", "eager"), [])
    with pytest.raises(GateError, match="first broke the parity gate"):
        make(Options(backend="auto"))


def test_without_a_gate_the_fastest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_tuning(monkeypatch, ("fast",), [])
    made = make(Options(backend="auto"), Wishes(gate=False))
    assert made.tuning is not None
    assert (made.tuning["chosen"], made.gate) == ("fast", None)


def test_a_choice_is_remembered(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    counts: list[int] = []
    pretend_tuning(monkeypatch, ("fast", "middle"), counts)
    first = make(Options(backend="auto"))
    notes: list[str] = []
    second = make(Options(backend="auto"), notes=notes)
    assert counts == [1]
    assert second.options.backend == "eager"
    assert second.tuning == first.tuning
    assert second.gate == first.gate
    assert any("was the fastest when this was compiled before" in line for line in notes)
    (entry,) = folder.glob("*.json")
    entry.write_bytes(entry.read_bytes()[:-20])
    make(Options(backend="auto"))
    assert counts == [1, 1]


def test_a_remembered_choice_that_does_not_hold_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    counts: list[int] = []
    pretend_tuning(monkeypatch, (), counts)
    make(Options(backend="auto"))
    (entry,) = folder.glob("*.json")
    for name in ('"rocket"', "7", '"inductor-of-old"'):
        table = json.loads(entry.read_text())
        table["value"]["chosen"] = json.loads(name)
        entry.write_text(json.dumps(table))
        made = make(Options(backend="auto"))
        assert made.tuning is not None
        assert made.tuning["chosen"] == "fast"
    assert counts == [1] * 4


def test_no_backend_at_all_is_told_with_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        making, "tune", lambda *_: Tuning((Trial("onnx", None, None, "it is not installed"),), {})
    )
    with pytest.raises(MissingBackendError, match="onnx: it is not installed"):
        make(Options(backend="auto"), Wishes(gate=False))


class PanicException(BaseException):
    """As Rust's libraries raise it: of no class that can be imported."""


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0"),
            r"20\.00 GiB more were",
        ),
        (
            RuntimeError("can't allocate memory: you tried to allocate 4838700000 bytes."),
            r"4\.8 GB more were",
        ),
        (PanicException("PyObject pointer is null"), "not enough memory on `cpu`"),
    ],
)
def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch, raised: BaseException, told: str) -> None:
    def greedy(*_: Any) -> Compiled:
        raise raised

    monkeypatch.setattr(making, "build", greedy)
    with pytest.raises(BackendError, match=told) as caught:
        make(Options(targets=64), Wishes(gate=False))
    assert "fewer targets than 64" in caught.value.remedy
