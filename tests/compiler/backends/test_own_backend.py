"""A backend of the user's own at work: what it raises in a session is told with its name and its line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import sotc
from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import (
    BackendError,
    UnknownBackendError,
    find_backend,
    is_auto,
    own_beside_auto,
)
from sotc.compiler.own import OwnClassError, OwnRaisedError, own_source

from ..own_code import TINY, line_of, working_folder

BACKENDS = """
from dataclasses import replace
from sotc.compiler.backends.eager import Eager
from sotc.compiler.backends.find import BackendError
from sotc.compiler.backends.wrapped import PassingRunner, WrappedEngine

class Runner(PassingRunner):
    steps = 0
    def run(self, program, inputs):
        self.steps += program == "step"
        if self.steps == 2:
            self.fail()
        return self._runner.run(program, inputs)
    def fail(self):
        raise RuntimeError("the licence ran out")

class Polite(Runner):
    def fail(self):
        raise BackendError("no frame is left", "buy some")

class Late(PassingRunner):
    def read_later(self, values):
        def later():
            return values[0].no_such_member
        return later

class Mine(Eager):
    runner = Runner
    def build(self, programs, plan, options, note):
        built = super().build(programs, plan, options, note)
        return replace(built, engine=WrappedEngine(built.engine, lambda inner: Mine.runner(inner)))

class Unsure(Eager):
    def missing(self, options):
        return {}["licence"]

class Wordy(Eager):
    def missing(self, options):
        raise ValueError("no licence\\nfound in four places")
"""

FRAMES = np.random.default_rng(0).integers(0, 255, (4, 120, 160, 3), dtype=np.uint8)
BOX = (60.0, 40.0, 20.0, 20.0)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the module `own_shop` and a small spec, which is the working folder."""
    with working_folder(tmp_path_factory.mktemp("shop"), "own_shop", BACKENDS, TINY) as folder:
        yield folder


@pytest.fixture(scope="module")
def tracker(shop: Path) -> sotc.Tracker:
    """Of that spec, compiled by such a backend."""
    return sotc.compile(shop / "tiny.sot", backend="own_shop:Mine")


def session_with(runner: str, tracker: sotc.Tracker) -> sotc.Session:
    """One whose programs run in a runner of this name."""
    own_shop = sys.modules["own_shop"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_shop.Mine, "runner", getattr(own_shop, runner))
        return tracker.start(FRAMES[0], BOX)


def test_what_it_raises_in_a_step_is_told_with_its_line(tracker: sotc.Tracker) -> None:
    session = session_with("Runner", tracker)
    session.step(FRAMES[1])
    place = f"own_shop.py:{line_of(BACKENDS, 'licence ran out')}"
    with pytest.raises(
        OwnRaisedError, match=rf"`own_shop:Mine` raised at {place} .*the licence ran out"
    ) as caught:
        session.step(FRAMES[2])
    assert isinstance(caught.value.__cause__, RuntimeError), "its own traceback is kept"


def test_what_it_raises_when_a_result_is_read_is_told_too(tracker: sotc.Tracker) -> None:
    result = session_with("Late", tracker).step(FRAMES[1])
    with pytest.raises(
        OwnRaisedError, match=rf"own_shop.py:{line_of(BACKENDS, 'no_such_member')} .*AttributeError"
    ):
        result.numpy()


def test_its_own_word_to_the_user_is_left_as_it_is(tracker: sotc.Tracker) -> None:
    session = session_with("Polite", tracker)
    session.step(FRAMES[1])
    with pytest.raises(BackendError, match="no frame is left"):
        session.step(FRAMES[2])


def test_the_boxes_are_those_of_the_engine_within(shop: Path, tracker: sotc.Tracker) -> None:
    own = session_with("Runner", tracker).step(FRAMES[1])
    ours = sotc.compile(shop / "tiny.sot", backend="eager").start(FRAMES[0], BOX).step(FRAMES[1])
    assert np.array_equal(own.boxes.numpy(), ours.boxes.numpy())


def test_what_it_raises_when_it_is_asked_is_told(shop: Path) -> None:
    with pytest.raises(OwnRaisedError, match=r"`own_shop:Unsure` raised .*KeyError: 'licence'"):
        sotc.compile(shop / "tiny.sot", backend="own_shop:Unsure")


@pytest.mark.usefixtures("shop")
def test_what_it_says_is_told_in_one_line() -> None:
    with pytest.raises(OwnRaisedError) as caught:
        find_backend("own_shop:Wordy").missing(BuildOptions())
    assert caught.value.message.endswith(": ValueError: no licence")


@pytest.mark.usefixtures("shop")
def test_it_may_stand_beside_auto() -> None:
    assert own_beside_auto("auto") == ()
    assert own_beside_auto("auto, own_shop:Mine,own_shop:Mine") == ("own_shop:Mine",)
    assert is_auto("auto") and is_auto("auto,own_shop:Mine")
    assert not is_auto("automatic") and not is_auto("own_shop:Mine")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("auto,onnx", UnknownBackendError, "`onnx` beside `auto` is no backend of your own"),
        ("auto,", UnknownBackendError, "`` beside `auto`"),
        ("auto,own_shop:Min", OwnClassError, "did you mean `Mine`"),
    ],
)
def test_what_may_not_stand_beside_auto(text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        own_beside_auto(text)


@pytest.mark.parametrize("text", ["onnx,eager", "own_shop:Mine,auto", "auto,own_shop:Mine"])
def test_several_are_no_backend(text: str) -> None:
    with pytest.raises(UnknownBackendError, match="names several") as caught:
        find_backend(text)
    assert "auto,my_backend:Mine" in caught.value.remedy


def test_a_module_is_known_by_what_is_in_it(shop: Path) -> None:
    find_backend("own_shop:Mine")
    before = own_source("own_shop:Mine")
    assert before and own_source("absent:Mine") == "" and own_source("sys:Mine") == ""
    (shop / "own_shop.py").write_text(BACKENDS + "# more\n")
    assert own_source("own_shop:Mine") != before
