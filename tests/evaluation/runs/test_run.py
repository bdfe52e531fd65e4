"""Runs: resumed, repeated, in processes and in batches, refused over another's results; the same boxes always."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sotc.evaluation.runs import work as work_module
from sotc.evaluation.runs.errors import OtherRunError, WorkerError
from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.manifest import read_manifest
from sotc.evaluation.runs.news import Done, Failed, News, Ready
from sotc.evaluation.runs.run import RunPlan, RunReport, execute, prepare
from sotc.evaluation.sequence import FrameFiles
from sotc.runtime.errors import WriteError
from sotc.runtime.tracker import Tracker

from . import tiny
from .conftest import IDENTITY, Open, Plan


def ran(plan: RunPlan, opens: Open, fresh: bool = False) -> tuple[RunReport, list[News]]:
    told: list[News] = []
    report = execute(prepare(plan, fresh), opens, told.append)
    return report, told


@pytest.fixture(scope="module")
def wanted(
    tmp_path_factory: pytest.TempPathFactory, jobs: tuple[Job, ...], tracker: Tracker
) -> dict[str, bytes]:
    """The files of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("wanted")
    for job in jobs:
        work_module.work(tracker, [job], folder, lambda news: None)
    return tiny.files(folder)


def boxes_of(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tiny.files(folder).items() if name.endswith(".txt")}


def test_a_run_is_whole_and_a_second_one_has_nothing_to_do(
    plan: Plan, tracker: Tracker, wanted: dict[str, bytes]
) -> None:
    report, told = ran(plan(), lambda: tracker)
    assert (report.ran, report.before, report.frames, dict(report.failed)) == (4, 0, 42, {})
    assert isinstance(told[0], Ready) and sum(isinstance(news, Done) for news in told) == 4
    assert boxes_of(plan().folder) == wanted
    before = tiny.files(plan().folder, times=True)

    def never() -> Tracker:
        raise AssertionError("there is nothing to run")

    report, told = ran(plan(), never)
    assert (report.ran, report.before, told) == (0, 4, [])
    assert tiny.files(plan().folder, times=True) == before, "not even the manifest changes"


def test_the_manifest_says_what_it_is_of(plan: Plan, tracker: Tracker) -> None:
    ran(plan(profiles=("pysot",)), lambda: tracker)
    stored = read_manifest(plan().folder / "manifest.json")
    assert stored.tracker == IDENTITY and stored.profiles == ("pysot",) and stored.complete
    assert dict(stored.sequences) == tiny.LENGTHS and not stored.failed
    (where,) = stored.environments
    assert where["machine"]["processor"] and where["versions"]["sotc"] and where["options"]["jobs"] == 1


@pytest.mark.parametrize("after", [1, 3])
def test_a_stopped_run_goes_on(
    plan: Plan, tracker: Tracker, wanted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """What was done is left as it is, what was begun is swept away, and the end is the same."""
    told: list[News] = []

    def interrupt(news: News) -> None:
        told.append(news)
        if sum(isinstance(one, Done) for one in told) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(prepare(plan()), lambda: tracker, interrupt)
    folder = plan().folder
    done = boxes_of(folder)
    assert len(done) == 2 * after and done.items() <= wanted.items()
    assert not read_manifest(folder / "manifest.json").complete
    (folder / ".gamma-0123abcd.txt").write_text("1,2,3")  # what a killed process leaves
    (folder / "gamma.txt").write_text("21.0,19.0,24.0,20.5\n")  # what another program left half way
    stamps = {name: (folder / name).stat().st_mtime_ns for name in done}
    report, _ = ran(plan(), lambda: tracker)
    assert (report.ran, report.before) == (4 - after, after)
    assert boxes_of(folder) == wanted and not list(folder.glob(".*"))
    assert {name: (folder / name).stat().st_mtime_ns for name in done} == stamps


def test_processes_give_the_same_files(
    plan: Plan, opens: Open, tmp_path: Path, wanted: dict[str, bytes]
) -> None:
    report, told = ran(plan(processes=2), opens)
    assert report.ran == 4 and sum(isinstance(news, Ready) for news in told) == 2
    assert boxes_of(plan().folder) == wanted


def test_repeats_have_files_of_their_own(plan: Plan, tracker: Tracker, wanted: dict[str, bytes]) -> None:
    report, _ = ran(plan(repeats=2, batch=3), lambda: tracker)
    assert report.ran == 8
    again = {
        name.removeprefix("repeat-2/") for name in boxes_of(plan().folder) if name.startswith("repeat-2/")
    }
    assert again == set(wanted)
    report, _ = ran(plan(), lambda: tracker)
    assert (report.ran, report.before, report.manifest.repeats) == (0, 4, 2), "fewer repeats take none away"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights_sha256": "b" * 64}, "weights: none there, bbbbbbbbbbbb"),
        ({"spec_sha256": "c" * 64}, "spec: aaaaaaaaaaaa"),
        ({"backend": "openvino"}, "backend: onnx there, openvino now"),
    ],
)
def test_results_of_another_tracker_are_refused(
    plan: Plan, tracker: Tracker, change: dict[str, str], said: str
) -> None:
    ran(plan(), lambda: tracker)
    before = tiny.files(plan().folder, times=True)
    other = plan(identity=replace(IDENTITY, **change))  # type: ignore[arg-type]
    with pytest.raises(OtherRunError) as raised:
        prepare(other)
    assert said in str(raised.value) and "--fresh" in raised.value.remedy
    assert tiny.files(plan().folder, times=True) == before
    prepared = prepare(other, fresh=True)
    assert prepared.done == 0 and list(tiny.files(plan().folder)) == ["manifest.json"]


def test_another_data_set_is_refused_and_strangers_are(
    plan: Plan, tracker: Tracker, jobs: tuple[Job, ...]
) -> None:
    ran(plan(sequences=jobs[:2]), lambda: tracker)
    with pytest.raises(OtherRunError, match="sequences, lengths or first boxes"):
        prepare(plan())
    (plan().folder / "manifest.json").unlink()
    with pytest.raises(OtherRunError, match=r"such as `alpha\.txt`"):
        prepare(plan())


def test_a_failed_sequence_is_marked_and_tried_again(
    plan: Plan, tracker: Tracker, jobs: tuple[Job, ...], wanted: dict[str, bytes], tmp_path: Path
) -> None:
    bad = tmp_path / "first.png"
    bad.write_bytes(b"")
    frames = jobs[1].frames
    assert isinstance(frames, FrameFiles)
    broken = (jobs[0], replace(jobs[1], frames=FrameFiles((bad, *frames.paths[1:]))), *jobs[2:])
    report, told = ran(plan(sequences=broken), lambda: tracker)
    assert report.ran == 3 and list(report.failed) == ["beta"]
    assert report.failed["beta"].startswith("frame 0: the first frame of `beta` cannot be read")
    assert [news.key for news in told if isinstance(news, Failed)] == [(1, "beta")]
    stored = read_manifest(plan().folder / "manifest.json")
    assert stored.complete and dict(stored.failed) == dict(report.failed)
    bad.write_bytes(frames.paths[0].read_bytes())
    report, _ = ran(plan(sequences=broken), lambda: tracker)
    assert (report.ran, report.before, dict(report.failed)) == (1, 3, {})
    assert boxes_of(plan().folder) == wanted


def test_a_full_disk_stops_the_run_and_nothing_counts(
    plan: Plan, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if "delta" in path.name and "_" not in path.name:
            real(path, data[:20])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WriteError, match="the disk is full"):
        ran(plan(), lambda: tracker)
    monkeypatch.undo()
    assert not list(plan().folder.glob("delta.txt")) and not list(plan().folder.glob(".*"))
    report, _ = ran(plan(), lambda: tracker)
    assert (report.before, report.ran) == (1, 3)


def test_a_run_that_gave_nothing_stands_in_nobodys_way(plan: Plan, tracker: Tracker) -> None:
    """Weights that did not fit were mended: the folder is not refused for what never came of it."""
    prepare(plan(identity=replace(IDENTITY, weights_sha256="b" * 64)))
    report, _ = ran(plan(), lambda: tracker)
    assert report.ran == 4 and report.manifest.tracker == IDENTITY


def test_no_memory_is_told_with_a_remedy(plan: Plan) -> None:
    with pytest.raises(WorkerError, match="no memory left") as raised:
        ran(plan(), Refuses(MemoryError()))
    assert "--batch" in raised.value.remedy


# ---------------------------------------------------------------- processes that go wrong


class DiesOnce:
    """Opens the tracker; the process that is the first to leave its mark ends as if it were killed in its work."""

    def __init__(self, opens: Callable[[], Tracker], mark: Path) -> None:
        self.opens, self.mark = opens, mark

    def __call__(self) -> Tracker:
        tracker = self.opens()
        try:
            self.mark.mkdir()
        except FileExistsError:
            return tracker
        streams = type(tracker).streams

        def dying(own: Tracker) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)
            return streams(own)

        type(tracker).streams = dying  # type: ignore[method-assign]
        return tracker


class Refuses:
    """Cannot open the tracker."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self) -> Tracker:
        raise self.error


@pytest.mark.slow
def test_a_process_that_dies_takes_one_sequence_with_it(plan: Plan, opens: Open, tmp_path: Path) -> None:
    report, _ = ran(plan(processes=2), DiesOnce(opens, tmp_path / "mark"))
    assert report.ran == 3 and len(report.failed) == 1
    assert "killed by signal 9 (SIGKILL)" in next(iter(report.failed.values()))
    report, _ = ran(plan(), opens)
    assert (report.ran, dict(report.failed)) == (1, {})


def test_what_a_process_cannot_open_is_told(plan: Plan) -> None:
    with pytest.raises(WorkerError, match="no such thing"):
        ran(plan(processes=2), Refuses(WorkerError("no such thing", "look again")))
