"""The numbers of the original toolkits on fixed sequences: `../shared/evaluation`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sotc.evaluation.sequence import Truth

EVALUATION = Path(__file__).resolve().parents[4] / "shared" / "evaluation"


class Fixture:
    """Sequences, and what is expected of them."""

    def __init__(self, folder: Path) -> None:
        self.sequences = folder / "sequences"
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())
        said = json.loads((self.sequences / "sequences.json").read_text())
        self.sizes = {one["name"]: (one["width"], one["height"]) for one in said}

    def read(self, name: str, kind: str) -> Any:
        return np.loadtxt(self.sequences / f"{name}_{kind}.txt", delimiter=",")

    def truth(self, name: str, flags: bool) -> Truth:
        """Read by numpy's own reader, not by the one under test."""
        absent = self.read(name, "absent").astype(bool) if flags else None
        cover = self.read(name, "cover").astype(np.int64)
        return Truth(self.read(name, "gt"), absent, cover, self.sizes[name])


@pytest.fixture(scope="session")
def original() -> Fixture:
    if not EVALUATION.is_dir():
        pytest.skip("the folder shared/evaluation is not there")
    return Fixture(EVALUATION)
