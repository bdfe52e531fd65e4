"""A small tracker and its artifacts, made once for all tests of artifacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.compiled import Options

from .small_artifact import saved, write_project


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec that uses one of its own files and a shipped one, and with weights."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    return folder


@pytest.fixture(scope="session")
def small_spec(small_project: Path) -> str:
    return str(small_project / "trackers" / "small.sot")


@pytest.fixture(scope="session")
def small_weights(small_project: Path) -> str:
    return str(small_project / "weights.pth")


@pytest.fixture(scope="session")
def eager_artifact(small_project: Path, small_spec: str, small_weights: str) -> Path:
    """It has weights and no programs: it is compiled anew where it is opened."""
    return Path(saved(small_project / "eager.sotx", small_spec, small_weights).path)


@pytest.fixture(scope="session")
def onnx_artifact(small_project: Path, small_spec: str, small_weights: str) -> Path:
    """It has programs, and runs without torch."""
    pytest.importorskip("onnxruntime", reason="the backend onnx is not installed")
    return Path(saved(small_project / "onnx.sotx", small_spec, small_weights, Options(backend="onnx")).path)
