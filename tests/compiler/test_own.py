"""Passes and backends of the user's own: found by `module:Class`, and by an artifact only where they are allowed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sotc
from sotc.compiler.backends.find import find_backend
from sotc.compiler.opening import backend_of
from sotc.compiler.own import OwnClassError, OwnNotAllowedError, OwnRaisedError, own_code, refuse_own
from sotc.compiler.passes.find import find_pass
from sotc.compiler.passes.pipeline import parse_pipeline, run_pipeline, spelled

from .own_code import TINY

LAB = """
from dataclasses import dataclass
from typing import ClassVar
from sotc.compiler.backends.eager import Eager
from sotc.compiler.passes.base import PassResult

@dataclass(frozen=True)
class Nothing:
    name: ClassVar[str] = "nothing"
    limit: int = 3
    def run(self, program):
        return PassResult(program)

@dataclass(frozen=True)
class Taken(Nothing):
    name: ClassVar[str] = "fold-constants"

class Loose:
    name = "loose"
    def run(self, program):
        return PassResult(program)

@dataclass(frozen=True)
class Hasty(Nothing):
    fails: bool = True
    def run(self, program):
        return 1 / 0 if self.fails else None

@dataclass(frozen=True)
class Odd(Nothing):
    sides: tuple[int, ...] = ()

@dataclass(frozen=True)
class Choosy(Nothing):
    def __post_init__(self):
        if self.limit < 0:
            raise ValueError("limit is below nothing")

class Locked(Eager):
    def __init__(self):
        raise RuntimeError("no licence")

class Mine(Eager):
    name: ClassVar[str] = "mine"

constant = 3
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the module `own_lab`, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_lab.py").write_text(LAB)
    (tmp_path / "own_broken.py").write_text("raise ValueError('not today')\n")
    yield tmp_path
    for name in ("own_lab", "own_broken"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("lab")
def test_a_pass_is_found_with_its_options_and_written_as_it_is_read() -> None:
    text = "fold-constants,own_lab:Nothing{limit=4},own_lab:Nothing"
    passes = parse_pipeline(text)
    assert [made.name for made in passes] == ["fold-constants", "nothing", "nothing"]
    assert [getattr(made, "limit", None) for made in passes[1:]] == [4, 3]
    assert ",".join(map(spelled, passes)) == text


@pytest.mark.usefixtures("lab")
def test_a_backend_is_found() -> None:
    assert find_backend("own_lab:Mine").name == "mine"


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("own_lab:Nothin", "did you mean `Nothing`"),
        ("own_lab:constant", "has no class `constant`"),
        ("own_lab:Mine", "is no pass: it has no `run`"),
        ("own_lab:Loose", "@dataclass"),
        ("own_lab:Taken", "calls itself `fold-constants`"),
        ("own_lab:Odd", "cannot write the option `sides`"),
        ("own_absent:Nothing", "No module named 'own_absent'"),
        ("own_broken:Nothing", "not today"),
    ],
)
def test_a_pass_that_is_none_is_told(name: str, said: str) -> None:
    with pytest.raises(OwnClassError, match=said) as caught:
        find_pass(name)
    assert caught.value.code == "SOT885" and caught.value.remedy


@pytest.mark.usefixtures("lab")
def test_a_backend_that_is_none_is_told() -> None:
    with pytest.raises(OwnClassError, match="`own_lab:Nothing` is no backend"):
        find_backend("own_lab:Nothing")


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("own_lab:Hasty", r"at own_lab.py:27 \(`return 1 / 0 .*`\): ZeroDivisionError: division by zero"),
        ("own_lab:Hasty{fails=false}", "of the program `step` it made `None`, which is no PassResult"),
        ("own_lab:Choosy{limit=-1}", r"at own_lab.py:37 .*: ValueError: limit is below nothing"),
    ],
)
def test_a_pass_that_raises_is_told_with_its_place(text: str, said: str) -> None:
    programs: Any = {"step": SimpleNamespace()}
    with pytest.raises(OwnRaisedError, match=said) as caught:
        run_pipeline(f"own_lab:Nothing,{text}" if "Choosy" in text else text, programs)
    assert caught.value.code == "SOT887" and caught.value.__cause__ is not None


@pytest.mark.usefixtures("lab")
def test_a_backend_that_raises_is_told_with_its_place() -> None:
    with pytest.raises(
        OwnRaisedError, match=r"`own_lab:Locked` raised at own_lab.py:\d+ .*: RuntimeError: no licence"
    ):
        find_backend("own_lab:Locked")


def test_what_one_of_ours_raises_is_left_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), own_code("fold-constants", "pass"):
        raise ZeroDivisionError


@pytest.mark.parametrize("allowance", [True, ("own_lab",), ("own_*", "other")])
def test_what_is_allowed_is_not_refused(allowance: bool | tuple[str, ...]) -> None:
    refuse_own("a.sotx", "fold-constants,own_lab:Nothing{limit=3}", allowance)


@pytest.mark.parametrize(
    "text", ["own_lab:Mine", "fold-constants,own_lab:Nothing", "own_lab:Nothing{limit=3}"]
)
def test_what_is_not_allowed_is_refused(text: str) -> None:
    with pytest.raises(OwnNotAllowedError, match="own_lab") as caught:
        refuse_own("a.sotx", text, ("other",))
    assert caught.value.code == "SOT886"


def test_names_of_ours_need_no_leave() -> None:
    refuse_own("a.sotx", "fold-constants,precision{dtype=bf16}", False)


def test_an_artifact_imports_no_pass_unless_it_is_allowed(lab: Path) -> None:
    """One that is compiled anew where it is opened; with the user's word it runs."""
    from sotc.cli import main

    (lab / "tiny.sot").write_text(TINY)
    arguments = ["compile", "tiny.sot", "--no-gate", "--backend", "eager", "--passes", "own_lab:Nothing"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "-o", "tiny.sotx"])
    assert ended.value.code == 0
    del sys.modules["own_lab"]
    with pytest.raises(OwnNotAllowedError, match="own_lab:Nothing"):
        sotc.load("tiny.sotx")
    assert "own_lab" not in sys.modules
    assert sotc.load("tiny.sotx", allow_python=("own_lab",)) is not None
    assert "own_lab" in sys.modules


@pytest.mark.usefixtures("lab")
def test_an_artifact_imports_no_backend_unless_it_is_allowed() -> None:
    manifest: Any = SimpleNamespace(backend="own_lab:Mine", kind="portable")
    with pytest.raises(OwnNotAllowedError, match="own_lab:Mine"):
        backend_of("tiny.sotx", manifest)
    assert "own_lab" not in sys.modules
    assert backend_of("tiny.sotx", manifest, allow_python=("own_lab",)).name == "mine"
