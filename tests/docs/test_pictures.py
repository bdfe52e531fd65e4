"""The pictures in the documents are those that `sotc graph` draws today."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.check import check
from sotc.specs import locate
from sotc.view.picture import picture
from sotc.view.svg import svg

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCS.glob("*.svg")))
def test_a_picture_is_up_to_date(name: str) -> None:
    drawn = svg(picture(check(locate(name)).expect()))
    assert (DOCS / f"{name}.svg").read_text() == drawn, f"make it anew: sotc graph {name} -o docs/{name}.svg"
