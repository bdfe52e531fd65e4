"""Shards: each runs its own part, in a folder of its own or in one that all share, and together they are the whole."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sotc.evaluation.runs.errors import MergeError, ResultsError
from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.manifest import manifest_name, read_manifest, write_manifest
from sotc.evaluation.runs.merge import merge
from sotc.evaluation.runs.results import open_results
from sotc.evaluation.runs.run import RunPlan, execute, prepare
from sotc.evaluation.runs.shard import Shard, share_of
from sotc.runtime.tracker import Tracker

from . import tiny
from .conftest import IDENTITY, Plan

PLACE = Path("Tiny") / "own"


@pytest.fixture
def shard(plan: Plan, tracker: Tracker) -> object:
    """Runs a shard into OUT/Tiny/own."""

    def run(out: Path, index: int, count: int = 2, **change: object) -> RunPlan:
        part = Shard(index, count)
        own = share_of(tiny.LENGTHS, part)
        one = plan(folder=out / PLACE, shard=part, own=own, **change)
        execute(prepare(one), lambda: tracker, lambda news: None)
        return one

    return run


@pytest.fixture
def whole(plan: Plan, tracker: Tracker, tmp_path: Path) -> dict[str, bytes]:
    execute(prepare(plan(folder=tmp_path / "whole")), lambda: tracker, lambda news: None)
    return tiny.files(tmp_path / "whole")


def test_shards_in_folders_of_their_own_are_merged(
    shard: object, whole: dict[str, bytes], tmp_path: Path
) -> None:
    outs = [tmp_path / f"out-{index}" for index in (1, 2)]
    for index, out in enumerate(outs, start=1):
        shard(out, index)  # type: ignore[operator]
        assert 0 < len(list((out / PLACE).glob("*_time.txt"))) < 4
        with pytest.raises(ResultsError, match="shards of a run"):
            open_results(out / PLACE)
    assert merge(outs, tmp_path / "all") == (tmp_path / "all" / PLACE,)
    assert tiny.files(tmp_path / "all" / PLACE) == whole, "manifest and all"
    assert merge(outs) == (outs[0] / PLACE,), "into the first"
    assert tiny.files(outs[0] / PLACE) == whole
    assert set(open_results(outs[0]).boxes) == set(tiny.LENGTHS)


def test_shards_that_share_a_folder_become_whole_by_themselves(
    shard: object, whole: dict[str, bytes], tmp_path: Path
) -> None:
    shard(tmp_path / "out", 2)  # type: ignore[operator]
    assert not (tmp_path / "out" / PLACE / "manifest.json").exists()
    shard(tmp_path / "out", 1)  # type: ignore[operator]
    assert tiny.files(tmp_path / "out" / PLACE) == whole
    prepared = prepare(replace(shard(tmp_path / "out", 1)))  # type: ignore[operator]
    assert prepared.pending == (), "a shard that is started again finds itself done"


def test_more_shards_than_sequences_are_fine(shard: object, whole: dict[str, bytes], tmp_path: Path) -> None:
    for index in range(1, 7):
        shard(tmp_path / "out", index, 6)  # type: ignore[operator]
    assert tiny.files(tmp_path / "out" / PLACE) == whole


def test_what_is_missing_stopped_or_foreign_is_told(
    shard: object, tmp_path: Path, jobs: tuple[Job, ...]
) -> None:
    first, second = tmp_path / "out-1", tmp_path / "out-2"
    with pytest.raises(MergeError, match="there are no shards below"):
        first.mkdir()
        merge([first])
    one = shard(first, 1)  # type: ignore[operator]
    with pytest.raises(MergeError, match="the shards 2/2 are missing"):
        merge([first])
    two = shard(second, 2)  # type: ignore[operator]
    stored = read_manifest(two.folder / manifest_name(Shard(2, 2)))
    write_manifest(two.folder, replace(stored, complete=False))
    with pytest.raises(MergeError, match="did not come to its end"):
        merge([first, second])
    write_manifest(two.folder, replace(stored, tracker=replace(IDENTITY, weights_sha256="b" * 64)))
    with pytest.raises(MergeError, match="weights: none there, bbbbbbbbbbbb"):
        merge([first, second])
    write_manifest(two.folder, stored)
    shutil.copytree(one.folder, tmp_path / "out-3" / PLACE)
    with pytest.raises(MergeError, match="is there twice"):
        merge([first, second, tmp_path / "out-3"])
    next(two.folder.glob("*a.txt")).unlink()
    with pytest.raises(MergeError, match="is missing"):
        merge([first, second])
    assert not (one.folder / "manifest.json").exists(), "nothing counts that is not whole"
