"""Candidates at work: settings that are inputs of shared programs give what a compile of their own gives.

So do candidates that are rows of one batch, within rounding.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from sotc.compiler.backends.wrapped import PassingRunner, WrappedEngine
from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.runs.follow import Failure, Recording
from sotc.evaluation.runs.job import Job, frames_of
from sotc.evaluation.search.bench import Bench
from sotc.evaluation.search.closed_loop import recorded, side_by_side
from sotc.evaluation.search.compiles import ASKED
from sotc.evaluation.search.knobs import knobs_of, settled
from sotc.evaluation.search.parts import Halves
from sotc.evaluation.search.rows import RowPrograms
from sotc.evaluation.search.shared import openable
from sotc.evaluation.search.shelf import Shelf
from sotc.evaluation.search.space import Point, Space, parse_axis
from sotc.evaluation.search.trial import Setup, Task, checked_variant
from sotc.evaluation.search.variant import recipe_of
from sotc.runtime.steps import MOST_WITHOUT
from sotc.runtime.tracker import Tracker

from ..runs import tiny

AXES = ("pick.penalty=0.0:0.3", "decode.window=0:1", "pick.rate=0:1", "pick.twice={true,false}")
POINT: Point = {"pick.penalty": 0.21, "decode.window": 0.3, "pick.rate": 0.8, "pick.twice": False}
OTHER: Point = {**POINT, "decode.window": 0.9, "pick.rate": 0.1}


LONG = MOST_WITHOUT + 3
"""Frames in which a row without a box is noticed."""


@pytest.fixture(
    scope="module",
    params=["eager", *(pytest.param(name, marks=pytest.mark.slow) for name in ("onnx", "openvino"))],
)
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    if request.param != "eager":
        pytest.importorskip({"onnx": "onnxruntime"}.get(request.param, request.param))
    folder = tmp_path_factory.mktemp("search")
    (folder / "tiny.sot").write_text(tiny.SPEC)
    data = open_dataset(tiny.write_data(folder / "data", {"alpha": LONG, "beta": 6}))
    checked = check(str(folder / "tiny.sot"))
    _, knobs = settled(Space(tuple(map(parse_axis, AXES))), checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {})
    halves = Halves(data.sequences[:1], data.sequences[1:])
    options, place = Options(backend=request.param), str(folder / "new.sot")
    return Setup(recipe, knobs, place, {}, False, None, options, halves, "own", "pysot", "success")


@pytest.fixture(scope="module")
def bench(setup: Setup) -> Bench:
    """One by one."""
    return Bench(setup)


@pytest.fixture(scope="module")
def batched(setup: Setup) -> Bench:
    """Up to four rows."""
    return Bench(replace(setup, batch=4))


def boxes(setup: Setup, tracker: Tracker) -> NDArray[np.float64]:
    (sequence,) = setup.halves.searched
    frames = frames_of(Job(sequence.name, sequence.frames, sequence.start))
    found = recorded(tracker, sequence, frames)
    assert isinstance(found, Recording)
    return found.boxes


def test_a_shared_compile_gives_the_boxes_of_one_alone(setup: Setup, bench: Bench) -> None:
    shared, other = boxes(setup, bench.compiles.tracker(POINT)), boxes(setup, bench.compiles.tracker(OTHER))
    assert np.array_equal(shared, boxes(setup, bench.compiles.alone(POINT)))
    assert not np.array_equal(shared, other)
    assert bench.compiles.tracker(POINT).plan is bench.compiles.tracker(OTHER).plan, "one compile for both"


def test_settings_of_crops_are_compiled(setup: Setup) -> None:
    """The programs that aim a crop hold its numbers as constants: as inputs, candidates would not differ in them."""
    graph = checked_variant(setup, {}).expect()
    knobs = knobs_of(graph)
    opened = {
        name: openable(graph, knobs[name]) for name in ("template.context", "search.context", "pick.rate")
    }
    assert opened == {"template.context": False, "search.context": False, "pick.rate": True}


def test_a_candidate_that_raises_is_told_and_the_next_is_tried(bench: Bench) -> None:
    broken, fine = bench.tried(Task(1, {**POINT, "pick.twice": "odd"}, alone=True), Task(2, POINT))
    assert broken.score is None
    assert broken.error is not None
    assert "SpecError" in broken.error
    assert fine.score is not None
    assert list(fine.sequences) == ["alpha"], "what is held back is not run while searching"
    assert fine.held_back is None


def test_candidates_score_as_without_a_memory(setup: Setup, bench: Bench) -> None:
    """Boxes and scores, over two sequences and candidates that look at the same crops, in part or everywhere."""
    without, (searched,) = Bench(setup, 0), setup.halves.searched
    for number, (window, rate) in enumerate(((0.4, 0.3), (0.45, 0.3), (0.9, 0.8), (0.4, 0.3))):
        point: Point = {**POINT, "decode.window": window, "pick.rate": rate}
        for sequence in setup.halves.all:
            one, other = (
                recorded(each.compiles.tracker(point), sequence, Shelf(0).frames(sequence))
                for each in (bench, without)
            )
            assert isinstance(one, Recording)
            assert isinstance(other, Recording)
            assert one.scores is not None
            assert other.scores is not None
            assert np.array_equal(one.boxes, other.boxes)
            assert np.array_equal(one.scores, other.scores, equal_nan=True)
        (outcome,) = bench.tried(Task(number + 1, point))
        assert outcome.steps == outcome.recorded == len(searched.truth.boxes) - 1, "it was run a moment ago"
    assert [one.steps for one in without.tried(Task(1, POINT))] == [0]


@pytest.mark.slow
def test_frames_that_are_gone_fail_the_candidate(setup: Setup) -> None:
    paths = setup.halves.searched[0].frames.paths  # type: ignore[union-attr]
    kept = Path(paths[0]).read_bytes()
    Path(paths[0]).write_bytes(b"no image")
    try:
        (gone,) = Bench(setup).tried(Task(1, POINT))
    finally:
        Path(paths[0]).write_bytes(kept)
    assert gone.error is not None
    assert "alpha, frame 0" in gone.error


# ---------------------------------------------------------------- rows of one batch


def test_rows_give_the_boxes_of_candidates_alone(setup: Setup, bench: Bench, batched: Bench) -> None:
    (sequence,) = setup.halves.searched
    points = [POINT, OTHER, {**POINT, "pick.penalty": 0.02}]
    tracker = batched.compiles.tracker(*points)
    found = side_by_side(tracker, sequence, Shelf(0).frames(sequence), len(points))
    for point, one in zip(points, found, strict=True):
        alone = recorded(bench.compiles.tracker(point), sequence, Shelf(0).frames(sequence))
        assert isinstance(one, Recording)
        assert isinstance(alone, Recording)
        assert one.scores is not None
        assert alone.scores is not None
        np.testing.assert_allclose(one.boxes, alone.boxes, atol=1e-3)
        np.testing.assert_allclose(one.scores, alone.scores, atol=1e-5)


def test_a_row_without_a_box_stops_and_the_others_go_on(bench: Bench, batched: Bench) -> None:
    lost: Point = {**POINT, "pick.penalty": float("nan")}
    outcomes = list(batched.tried(Task(1, POINT), Task(2, lost), Task(3, OTHER)))
    assert [(one.way, one.rows, one.reason) for one in outcomes] == [("batched", 3, ASKED)] * 3
    first, broken, last = outcomes
    (same,) = bench.tried(Task(2, lost))
    assert broken.score is None
    assert broken.error == same.error
    assert f"alpha, frame {MOST_WITHOUT + 1}" in str(broken.error)
    for outcome, point in ((first, POINT), (last, OTHER)):
        (alone,) = bench.tried(Task(outcome.number, point))
        assert outcome.score == pytest.approx(alone.score, abs=1e-6)
        assert outcome.sequences == pytest.approx(alone.sequences, abs=1e-6)
        assert alone.way == "recorded"


def test_a_batch_that_stops_is_run_one_by_one(batched: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*arguments: object) -> NoReturn:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr("sotc.evaluation.search.bench.side_by_side", stops)
        outcomes = list(batched.tried(Task(4, POINT), Task(5, OTHER)))
    assert [one.way for one in outcomes] == ["single"] * 2
    assert outcomes[0].reason == "a batch of 2 stopped with RuntimeError: out of memory"
    rows = batched.tried(Task(4, POINT), Task(5, OTHER))
    assert [one.score for one in rows] == pytest.approx([one.score for one in outcomes], abs=1e-6)


def test_only_what_shares_a_compile_goes_together(batched: Bench) -> None:
    other_compile: Point = {**POINT, "pick.twice": True}
    tasks = [Task(1, POINT), Task(2, other_compile), Task(3, OTHER), Task(4, {}), Task(5, POINT, alone=True)]
    groups = batched._groups(tasks)
    assert [[task.number for task in group] for group in groups] == [[1, 3], [2], [4], [5]]


class Padded(WrappedEngine):
    """An engine that wants four rows or eight, as those on a GPU do."""

    @property
    def buckets(self) -> tuple[int, ...]:
        return (4, 8)


def test_padded_rows_keep_their_settings_when_one_stops(setup: Setup, bench: Bench, batched: Bench) -> None:
    (sequence,) = setup.halves.searched
    programs = batched.compiles.ready(POINT).programs
    assert isinstance(programs, RowPrograms)
    programs = replace(programs, engine=Padded(programs.engine, PassingRunner))
    lost: Point = {**POINT, "pick.penalty": float("nan")}
    rows = [{name: float(value) for name, value in point.items()} for point in (lost, POINT, OTHER)]
    first, *rest = side_by_side(programs.tracker(rows), sequence, Shelf(0).frames(sequence), 3)
    assert isinstance(first, Failure)
    for point, one in zip((POINT, OTHER), rest, strict=True):
        alone = recorded(bench.compiles.tracker(point), sequence, Shelf(0).frames(sequence))
        assert isinstance(one, Recording)
        assert isinstance(alone, Recording)
        np.testing.assert_allclose(one.boxes, alone.boxes, atol=1e-3)
