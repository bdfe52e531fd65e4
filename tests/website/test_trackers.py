"""Which components a tracker is made of, held against its graph."""

from __future__ import annotations

import pytest

from sotc.specs import FOLDER
from sotc.website.trackers import checked, is_open, uses_in


@pytest.mark.parametrize("name", ["nanotrack_v2", "lighttrack_mobile", "ostrack_256_ce"])
def test_uses_are_those_of_the_graph_with_their_lines(name: str) -> None:
    found = list(uses_in(name))
    nodes = checked(name).expect().graph.nodes.values()
    assert {use.component for use in found} == {node["component"] for node in nodes if node["component"]}
    for use in found:
        lines = (FOLDER / use.file).read_text(encoding="utf-8").splitlines()
        assert use.component in lines[use.line - 1]
        assert use.component in use.text and not is_open(use.text)
        assert use.in_block == use.file.startswith("blocks/")


def test_a_declaration_of_several_lines_is_whole() -> None:
    (use, _) = [use for use in uses_in("lighttrack_mobile") if use.component == "SeparableHead"]
    assert use.text.startswith(
        "head classify = SeparableHead {\n    out_channels = 1,"
    ) and use.text.endswith("\n}")


def test_a_base_is_named_where_its_lines_stand() -> None:
    assert {use.file for use in uses_in("ostrack_256_ce")} == {"ostrack_256.sot", "ostrack_256_ce.sot"}
