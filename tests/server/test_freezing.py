"""`freeze` in an editor: paths are completed from the built parts, and follow where a part is renamed."""

from __future__ import annotations

from typing import Any

import pytest

from sotc.server.freezing import path_so_far

from .test_features import checked
from .test_server import GOOD

pytestmark = pytest.mark.asyncio(loop_scope="session")

FROZEN = GOOD.replace("    kernel   =", "    freeze backbone.features.0, classify\n\n    kernel   =")
VARIANT = """use "base.sot" { First }

tracker Wide extends First {
    remove freeze backbone.features
}
"""


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("    freeze ", (False, "", "", ())),
        ("    freeze back", (False, "", "back", ())),
        ("    freeze backbone.", (False, "backbone", "", ())),
        ("    freeze neck, backbone.layer1.0.co", (False, "backbone.layer1.0", "co", ("neck",))),
        ("    if x { remove freeze a.b", (True, "a", "b", ())),
        ("    freeze backbone ", None),
        ("    x = freeze back", None),
        ("    freeze = back", None),
    ],
)
async def test_the_path_that_a_text_ends_in(before: str, found: tuple[Any, ...] | None) -> None:
    read = path_so_far(f"tracker A {{\n{before}")
    assert (None if read is None else (read.back, read.path, read.word, read.given)) == found


async def test_paths_are_completed_from_what_the_part_holds(spec: Any) -> None:
    document = await checked(spec(FROZEN))
    offered = await document.complete(document.place("freeze |backbone"))
    assert {"backbone", "classify", "regress"} <= set(offered) and "kernel" not in offered
    document.replace("backbone.features.0, classify", "backbone.")
    assert set(await document.complete(document.place("freeze backbone.|"))) == {"features"}
    document.replace("freeze backbone.", "freeze backbone.features.0.")
    offered = await document.complete(document.place("freeze backbone.features.0.|"))
    assert offered and all("parameters" in (item.detail or "") for item in offered.values())
    document.replace("freeze backbone.features.0.", "freeze classify, ")
    assert "classify" not in await document.complete(document.place("freeze classify, |"))


async def test_what_the_base_freezes_is_offered_to_be_taken_back(spec: Any) -> None:
    spec(FROZEN, "base.sot")
    document = spec(VARIANT, "wide.sot")
    assert set(await document.complete(document.place("remove freeze |backbone"))) == {
        "backbone.features.0",
        "classify",
    }
    assert set(await document.complete(document.place("remove freeze backbone.|features"))) == {"features.0"}


async def test_a_part_of_a_path_is_found_and_renamed(spec: Any) -> None:
    base = spec(FROZEN, "base.sot")
    document = spec(VARIANT, "wide.sot")
    found = await base.definition(base.place("freeze back|bone"))
    assert found.range.start.line == GOOD.split("\n").index("    backbone      = MobileNetV3 { blocks = 8 }")
    edit = await base.rename(base.place("freeze |backbone"), "trunk")
    base.apply(edit)
    document.apply(edit)
    assert "freeze trunk.features.0, classify" in base.text
    assert "remove freeze trunk.features" in document.text
    assert await base.codes() == set()


async def test_hovers_say_what_is_frozen(spec: Any) -> None:
    document = await checked(spec(FROZEN))
    assert "frozen in training: features.0" in await document.hover(document.place("backb|one      ="))
    assert "frozen in training: all" in await document.hover(document.place("head class|ify"))
    assert "frozen" not in await document.hover(document.place("head regr|ess"))
