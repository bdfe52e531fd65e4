"""What all tests share: one thread, the folders of stored data, and which tests run only when asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# Before torch is imported, here or in a child process: results repeat, and a busy machine is not slowed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        skip = pytest.mark.skip(reason="slow: runs with --slow (make test-all)")
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(skip)
    marked = [item for item in items if "gpu" in item.keywords]
    if marked and not has_gpu():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def folder(path: Path) -> Path:
    if not path.is_dir():
        pytest.skip(f"the folder {path.parent.name}/{path.name} is not there")
    return path


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real weights, sequences and the originals' boxes: `$SOTC_DATA`, or `../shared/data`."""
    return folder(Path(os.environ.get("SOTC_DATA", SHARED / "data")))


@pytest.fixture(scope="session")
def parity_folder() -> Path:
    """Outputs of the originals under procedural weights: `../shared/parity`."""
    return folder(SHARED / "parity")
