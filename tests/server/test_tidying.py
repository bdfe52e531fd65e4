"""The full search for cyclic garbage waits for a pause."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from sotc.server import tidying
from sotc.server.tidying import RARELY, Tidying

SOON = 0.01


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python's collector, as it was before at the end. What other tests left is not searched: that takes long."""
    monkeypatch.setattr(tidying, "PAUSE", SOON)
    before = gc.get_threshold()
    gc.disable()
    gc.freeze()
    yield
    gc.enable()
    gc.unfreeze()
    gc.set_threshold(*before)


def old_circle() -> weakref.ref[Circle]:
    """One that only a full search finds."""
    made = Circle()
    gc.collect()
    return weakref.ref(made)


@pytest.mark.asyncio
async def test_it_is_made_at_a_pause(collector: None) -> None:
    found = Tidying()
    circle = old_circle()
    found.at_a_pause()
    gc.collect(1)
    assert circle() is not None
    await asyncio.sleep(5 * SOON)
    assert circle() is None


@pytest.mark.asyncio
async def test_it_is_not_made_while_somebody_types(collector: None) -> None:
    found = Tidying()
    circle = old_circle()
    found.at_a_pause()
    found.not_now()
    await asyncio.sleep(5 * SOON)
    assert circle() is not None


@pytest.mark.asyncio
async def test_what_is_loaded_is_searched_no_more_and_what_comes_later_is(collector: None) -> None:
    found = Tidying()
    loaded, before = Circle(), gc.get_freeze_count()
    assert any(each is loaded for each in gc.get_objects())
    found.begin()
    assert gc.get_freeze_count() > before
    assert not any(each is loaded for each in gc.get_objects())
    assert gc.get_threshold()[2] == RARELY
    found.at_a_pause()
    await asyncio.sleep(5 * SOON)
    settled = gc.get_freeze_count()
    circle = old_circle()
    found.at_a_pause()
    await asyncio.sleep(5 * SOON)
    assert circle() is None
    assert gc.get_freeze_count() <= settled, "only what the first check brought is left out for good"
