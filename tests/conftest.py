"""What all tests share: one thread, the folders of stored data, and which tests run only when asked for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .export_cache import install

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# Before torch is imported, here or in a child process: results repeat, and a busy machine is not slowed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")


# A job in the background is started deaf to Ctrl-C, and so would be every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


def pytest_runtest_setup() -> None:
    install()


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


@pytest.fixture(scope="session")
def torchvision() -> Iterator[Any]:
    """torchvision, for its losses, and because timm imports it; skipped where it cannot be imported.

    Beside a torch without CUDA there is often a torchvision built for it. Its compiled operators are missing then, and
    describing two of them raises at its import: `operator torchvision::nms does not exist`. Declared here, they let
    the rest be imported; no test calls them. The product does no such thing: it says what is wrong.
    """
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")  # its declarations go with it: held to the end
    try:
        found = import_torchvision()
    except RuntimeError:
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        found = import_torchvision()
    yield found


def import_torchvision() -> Any:
    """torchvision, without what an import that failed half-way left of it."""
    if "torchvision" not in sys.modules:
        for name in [name for name in sys.modules if name.startswith("torchvision.")]:
            del sys.modules[name]
    return pytest.importorskip("torchvision")


@pytest.fixture(scope="session")
def timm(torchvision: Any) -> Any:
    """timm, skipped where it is not installed; no test lets it download anything."""
    return pytest.importorskip("timm")
