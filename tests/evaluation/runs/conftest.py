"""One small tracker and one small data set for all tests of runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import sotc
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.runs.identity import DataIdentity, TrackerIdentity, data_digest, environment
from sotc.evaluation.runs.job import Job
from sotc.evaluation.runs.manifest import RunManifest
from sotc.evaluation.runs.run import RunPlan
from sotc.runtime.tracker import Tracker

from . import tiny

Open = Callable[[], Tracker]


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.shared_artifact(tmp_path_factory)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of the small data set; tests leave it as it is."""
    return tiny.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def opens(artifact: Path) -> Open:
    """What opens the tracker, in any process."""
    return partial(sotc.load, artifact)


@pytest.fixture(scope="session")
def tracker(opens: Open) -> Tracker:
    return opens()


@pytest.fixture(scope="session")
def jobs(data: Path) -> tuple[Job, ...]:
    return tuple(Job(each.name, each.frames, each.start) for each in open_dataset(data).sequences)


IDENTITY = TrackerIdentity("Tiny", "tiny.sotx", "a" * 64, None, None, "onnx", "fp32", "cpu", "auto")

Plan = Callable[..., RunPlan]


@pytest.fixture
def plan(tmp_path: Path, jobs: tuple[Job, ...]) -> Plan:
    """Plans into the test's own folder."""

    def make(
        folder: Path | None = None,
        identity: TrackerIdentity = IDENTITY,
        sequences: tuple[Job, ...] = jobs,
        processes: int = 1,
        batch: int = 1,
        **of_manifest: object,
    ) -> RunPlan:
        data = DataIdentity("own", None, "own.csv", None, data_digest(sequences))
        lengths = {job.name: len(job) for job in sequences}
        manifest = RunManifest(identity, data, lengths, **of_manifest)  # type: ignore[arg-type]
        where = environment(1, 1, 1)
        return RunPlan(folder or tmp_path / "results", manifest, sequences, processes, batch, where)

    return make
