"""Candidates at work: settings that are inputs of shared programs give what a compile of their own gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.runs.follow import Recording
from sotc.evaluation.runs.job import Job, frames_of
from sotc.evaluation.search.knobs import knobs_of, settled
from sotc.evaluation.search.parts import Halves, shortened
from sotc.evaluation.search.pool import Here
from sotc.evaluation.search.shared import openable
from sotc.evaluation.search.space import Point, Space, parse_axis
from sotc.evaluation.search.trial import Bench, Outcome, Setup, Task, checked_variant, recorded
from sotc.evaluation.search.variant import recipe_of
from sotc.runtime.tracker import Tracker

from ..runs import tiny

AXES = ("pick.penalty=0.0:0.3", "decode.window=0:1", "pick.rate=0:1", "pick.twice={true,false}")
POINT: Point = {"pick.penalty": 0.21, "decode.window": 0.3, "pick.rate": 0.8, "pick.twice": False}
OTHER: Point = {**POINT, "decode.window": 0.9, "pick.rate": 0.1}


@pytest.fixture(scope="module", params=["eager", pytest.param("onnx", marks=pytest.mark.slow)])
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    if request.param == "onnx":
        pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("search")
    (folder / "tiny.sot").write_text(tiny.SPEC)
    data = open_dataset(tiny.write_data(folder / "data", {"alpha": 8, "beta": 6}))
    checked = check(str(folder / "tiny.sot"))
    _, knobs = settled(Space(tuple(map(parse_axis, AXES))), checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {})
    halves = Halves(tuple(shortened(each, 6) for each in data.sequences[:1]), data.sequences[1:])
    options = Options(backend=request.param)
    return Setup(
        recipe, knobs, str(folder / "new.sot"), {}, False, None, options, halves, "own", "pysot", "success"
    )


def tried(setup: Setup, *tasks: Task) -> list[Outcome]:
    waiting = iter(tasks)
    return list(Here(setup).run(lambda: next(waiting, None)))


def boxes(setup: Setup, tracker: Tracker) -> NDArray[np.float64]:
    (sequence,) = setup.halves.searched
    frames = frames_of(Job(sequence.name, sequence.frames, sequence.start))
    found = recorded(tracker, sequence, frames)
    assert isinstance(found, Recording)
    return found.boxes


def test_a_shared_compile_gives_the_boxes_of_one_alone(setup: Setup) -> None:
    bench = Bench(setup)
    shared, other = boxes(setup, bench.tracker(POINT)), boxes(setup, bench.tracker(OTHER))
    assert np.array_equal(shared, boxes(setup, bench.alone(POINT)))
    assert not np.array_equal(shared, other)
    assert bench.tracker(POINT).plan is bench.tracker(OTHER).plan, "one compile for both"


def test_settings_of_crops_are_compiled(setup: Setup) -> None:
    """The programs that aim a crop hold its numbers as constants: as inputs, candidates would not differ in them."""
    graph = checked_variant(setup, {}).expect()
    knobs = knobs_of(graph)
    opened = {
        name: openable(graph, knobs[name]) for name in ("template.context", "search.context", "pick.rate")
    }
    assert opened == {"template.context": False, "search.context": False, "pick.rate": True}


def test_a_candidate_that_raises_is_told_and_the_next_is_tried(setup: Setup) -> None:
    broken, fine = tried(setup, Task(1, {**POINT, "pick.twice": "odd"}, alone=True), Task(2, {}))
    assert broken.score is None
    assert broken.error is not None
    assert "SpecError" in broken.error
    assert fine.score is not None
    assert list(fine.sequences) == ["alpha"], "what is held back is not run while searching"
    assert fine.held_back is None


@pytest.mark.slow
def test_frames_that_are_gone_fail_the_candidate(setup: Setup) -> None:
    paths = setup.halves.searched[0].frames.paths  # type: ignore[union-attr]
    kept = Path(paths[0]).read_bytes()
    Path(paths[0]).write_bytes(b"no image")
    try:
        (gone,) = tried(setup, Task(1, {}))
    finally:
        Path(paths[0]).write_bytes(kept)
    assert gone.error is not None
    assert "alpha, frame 0" in gone.error
