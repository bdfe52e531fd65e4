"""The small tracker of the tests of runs, and frames for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import sotc
from sotc.runtime.tracker import Tracker

from ..runs import tiny

LENGTH = 8


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.shared_artifact(tmp_path_factory)


@pytest.fixture(scope="session")
def tracker(artifact: Path) -> Tracker:
    return sotc.load(artifact)


@pytest.fixture(scope="session")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Images of 96 x 72 pixels with a square that moves."""
    folder = tmp_path_factory.mktemp("frames")
    tiny.write_data(folder, {"alpha": LENGTH})
    return sorted((folder / "alpha").glob("*.png"))
