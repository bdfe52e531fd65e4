"""What the originals call their outputs, beside every spec that ships: each name leads to a value."""

from __future__ import annotations

import pytest

import sotc
from sotc.compiler.key_map import key_map_of
from sotc.compiler.modules import Parts
from sotc.compiler.network import Network
from sotc.measure.recorded_values import find_place
from sotc.specs import locate, names

ALIASED = [name for name in names() if (found := key_map_of(locate(name))) is not None and found.aliases]


@pytest.mark.slow
@pytest.mark.parametrize("name", ALIASED)
def test_every_alias_leads_somewhere(name: str) -> None:
    keymap = key_map_of(locate(name))
    assert keymap is not None
    network = Network(sotc.check(name).expect(), Parts({}))
    for alias, entry in keymap.aliases.items():
        assert find_place(network, keymap.aliases, alias).alias == entry
