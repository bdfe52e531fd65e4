"""Choosing a backend: what is tried, what is passed over and why."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from sotc.compiler import driver
from sotc.compiler.backends import eager
from sotc.compiler.backends.backend import BuildOptions, Missing
from sotc.compiler.backends.find import BackendError
from sotc.compiler.compiled import Options
from sotc.measure import tune as tuning
from sotc.measure.tune import Trial, by_speed, promising, tune

from .small import changed_engine, clip, source


@dataclass(frozen=True)
class Absent(eager.Eager):
    name: ClassVar[str] = "absent"

    def missing(self, options: BuildOptions) -> Missing | None:
        return Missing("there is no C++ compiler", "install one")


@dataclass(frozen=True)
class Broken(eager.Eager):
    name: ClassVar[str] = "broken"
    error: ClassVar[Exception] = BackendError("operator `spin` is unknown", "take another")

    def build(self, programs: Any, plan: Any, options: Any, note: Any) -> Any:
        raise self.error


class Strange(Broken):
    error = ValueError("first line\nsecond line")


class Greedy(Broken):
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")


class WholeNumbers(eager.Eager):
    precisions = ("int8",)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few steps as tell that something runs: which is the faster is nothing that a test can hold."""
    monkeypatch.setattr(tuning, "MOST_ROUNDS", tuning.FEWEST_ROUNDS)


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The backends that there are: `eager`, and what a test adds."""
    table: dict[str, Any] = {"eager": eager.BACKEND}

    def find(name: str) -> Any:
        if table[name] is None:
            raise ImportError("No module named 'rocket'")
        return table[name]

    monkeypatch.setattr(tuning, "find_backend", find)
    monkeypatch.setattr(driver, "find_backend", find)
    monkeypatch.setattr(tuning, "BACKENDS", table)
    return table


def tried(seconds: float = 60) -> tuple[dict[str, Trial], list[str]]:
    notes: list[str] = []
    found = tune(source(), Options(), clip(), None, seconds, notes.append)
    return {trial.backend: trial for trial in found.trials}, notes


def test_a_backend_that_runs_is_measured(backends: dict[str, Any]) -> None:
    backends["second"] = eager.BACKEND
    trials, notes = tried()
    assert all(trial.seconds is not None and trial.seconds > 0 for trial in trials.values())
    assert set(trials) == {"eager", "second"}
    assert notes[-1] == "measuring eager, second in turns", "its time is not told as that of the build before"


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        (Absent(), "there is no C++ compiler"),
        (Broken(), "it failed to build: operator `spin` is unknown"),
        (Strange(), "it failed to build: ValueError: first line"),
        (Greedy(), "there was not enough memory to build it"),
        (WholeNumbers(), "it has no fp32"),
        (None, "it cannot be imported: No module named 'rocket'"),
    ],
)
def test_one_that_does_not_is_noted_and_passed_over(
    backends: dict[str, Any], backend: Any, said: str
) -> None:
    backends["other"] = backend
    trials, notes = tried()
    assert trials["other"] == Trial("other", None, None, said)
    assert f"other: {said}" in notes
    assert trials["eager"].seconds is not None


def test_one_that_fails_to_run_is_noted(backends: dict[str, Any]) -> None:
    def fail(program: str, slot: str, value: torch.Tensor) -> torch.Tensor:
        if program == "step":
            raise RuntimeError("bad operand\nand more")
        return value

    class Failing(eager.Eager):
        def build(self, programs: Any, plan: Any, options: Any, note: Any) -> Any:
            built = super().build(programs, plan, options, note)
            return replace(built, engine=changed_engine(plan, built.engine, fail))

    backends["other"] = Failing()
    trials, _ = tried()
    assert trials["other"].note == "it fails to run: RuntimeError: bad operand"
    assert trials["eager"].seconds is not None


def test_machine_code_is_left_out_where_it_is_not_wanted(backends: dict[str, Any]) -> None:
    class Native(eager.Eager):
        native = True

    backends["other"] = Native()
    found = tune(source(), Options(), clip(), None, 60, lambda line: None, native=False)
    notes = {trial.backend: trial.note for trial in found.trials}
    assert notes["other"] == "it gives machine code, which was not asked for (--native)"
    assert tried()[0]["other"].seconds is not None


def test_what_takes_long_is_not_begun_with_too_little_left(
    backends: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    backends["slow"] = eager.BACKEND
    monkeypatch.setattr(tuning, "BUILD_SECONDS", {"slow": 30.0})
    trials, _ = tried(seconds=5)
    assert trials["slow"].note is not None
    assert trials["slow"].note.startswith("not tried: ")
    assert trials["eager"].seconds is not None


def test_the_fastest_comes_first(backends: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    backends |= {"first": eager.BACKEND, "second": eager.BACKEND}
    times = {"eager": 3.0, "first": 2.0, "second": 1.0}
    monkeypatch.setattr(tuning, "step_times", lambda *_: (times, {}))
    found = tune(source(), Options(), clip(), None, 60, lambda line: None)
    assert found.order == ("second", "first", "eager")


def test_times_that_are_alike_are_noise() -> None:
    """The one that is tried first is taken, though the second is a little faster; the others go by their times."""
    assert by_speed({"a": 1.05, "b": 1.0, "c": 3.0, "d": 2.0}) == ["a", "b", "d", "c"]
    assert by_speed({"a": 1.2, "b": 1.0}) == ["b", "a"]
    assert by_speed({}) == []


def test_every_backend_has_its_place() -> None:
    for device in ("cpu", "cuda"):
        assert sorted(promising(device)) == sorted(tuning.BACKENDS)


OWN = """
from sotc.compiler.backends.eager import Eager

class Mine(Eager):
    pass

class Broken(Eager):
    def build(self, programs, plan, options, note):
        raise ValueError("no licence")
"""


def test_backends_of_the_user_s_own_are_measured_where_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_tuned.py").write_text(OWN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(tuning, "BACKENDS", ("eager",))
    options = Options(backend="auto,own_tuned:Mine,own_tuned:Broken")
    notes: list[str] = []
    found = tune(source(), options, clip(), None, 60, notes.append)
    sys.modules.pop("own_tuned")
    assert set(found.order) == {"eager", "own_tuned:Mine"}
    assert found.candidates["own_tuned:Mine"].options.backend == "own_tuned:Mine"
    (broken,) = [trial for trial in found.trials if trial.seconds is None]
    assert broken.backend == "own_tuned:Broken"
    assert "raised at own_tuned.py:9" in (broken.note or "") and "no licence" in (broken.note or "")
