"""A folder of configs, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .configs import write_configs


@pytest.fixture(scope="session")
def configs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_configs(tmp_path_factory.mktemp("configs"))
