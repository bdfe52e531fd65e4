"""The search for cyclic garbage is as it was before, however a compile ends."""

from __future__ import annotations

import gc

import pytest

from sotc.compiler.collector import collector_paused


@pytest.mark.parametrize("enabled", [True, False])
def test_it_waits_within_and_is_as_it_was_afterwards(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with collector_paused(), collector_paused():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
        with pytest.raises(ValueError, match="x"), collector_paused():
            raise ValueError("x")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_a_function_may_be_decorated() -> None:
    @collector_paused()
    def within() -> bool:
        return gc.isenabled()

    assert [within(), within()] == [False, False]
    assert gc.isenabled()
