"""What a reading leaves behind: at every keystroke one is made and an older one forgotten."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from sotc.dsl.sources import read_file
from sotc.server.reading import Trees, read
from sotc.specs import locate

BROKEN = "tracker A {\n    part twice = Twice { width = }\n    x = search -> -> twice\n    output box = y\n"
USED = 'use "blocks.sot" { Twice, Lacking }\n\ntracker A extends B {\n    y = x -> Twice -> Twice\n}\n'
BLOCKS = (
    'use "spec.sot" { A }\n\nblock Twice(field, width = 3) {\n    return field -> Conv { out = width }\n}\n'
)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", ["nanotrack_v2", "stark_st101", "fear_xs_dual", "asymmetric_vit"])
def test_a_forgotten_reading_goes_at_once(no_collector: None, name: str) -> None:
    """Without Python's search for cyclic garbage: none is left, of the spec or of what it uses and extends."""
    path = locate(name)
    left_behind(path, read_file(path), {})


@pytest.mark.parametrize(
    "text",
    ["", BROKEN, USED, 'use "spec.sot" { A }\n\ntracker A extends A {\n}\n'],
    ids=["empty", "broken", "using", "in circles"],
)
def test_one_with_mistakes_goes_too(no_collector: None, text: str) -> None:
    left_behind("/specs/spec.sot", text, {"/specs/blocks.sot": BLOCKS})


def left_behind(path: str, text: str, others: dict[str, str]) -> None:
    trees = Trees()
    reading = read(path, text, others, trees)
    parts = [weakref.ref(each) for each in (reading.module, reading.file, *reading.programs.values())]
    trees.clear()
    del reading
    assert [each() for each in parts] == [None] * len(parts)
