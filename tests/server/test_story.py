"""Tried as a new user would: SiamRPN++ out of an empty file with completion alone; broken in six ways and mended by
code actions alone; its graph drawn."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from sotc.dsl import tree
from sotc.dsl.formatter import format_text
from sotc.dsl.parser import parse
from sotc.dsl.references import declared
from sotc.dsl.sources import SHIPPED
from sotc.dsl.walk import tree_children

from .typist import Typist, pieces

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

BREAKS = (
    ("ChannelMapper { out_channels", "ChannelMapper { out_chanels"),
    ("= AnchorGrid", "= AnchorGird"),
    ("match_loc(kernels, fields)", "match_loc(kernels, feilds)"),
    ("part blend_cls", "neck blend_cls"),
    ('size = 127, context = 0.5, color = "bgr"', "size = 127, context = 0.5, color = 'bgr'"),
    ("    pick ", "    spare = search -> backbone\n    pick "),
)


def wanted() -> str:
    """The spec that ships, without its comments; what it freezes stands at its end, where its parts are known."""
    lines = (SHIPPED / "siamrpnpp_r50.sot").read_text(encoding="utf-8").rstrip().split("\n")
    lines = [line.partition("  #")[0] for line in lines if not line.lstrip().startswith("#")]
    late = [line for line in lines if line.lstrip().startswith("freeze ")]
    kept = [line for line in lines if line not in late]
    return format_text("\n".join([*kept[:-1], *late, kept[-1]]), "spec.sot").text


def own_names(text: str) -> frozenset[str]:
    """What only the writer can know: names that are declared. Each is typed there, and to be offered from there on."""
    (tracker,) = parse(text, "spec.sot").file.declarations
    names = {found.name for statement in tracker.body for found in declared(statement)}
    variables = {each.variable.text for each in walked(tracker) if isinstance(each, tree.Comprehension)}
    return frozenset({tracker.name.text, *names, *variables})


def walked(node: tree.Tree) -> Iterator[tree.Tree]:
    yield node
    for child in tree_children(node):
        yield from walked(child)


async def known(document: Any) -> None:
    """Once the whole check knows the wire that is written last."""
    line = next(
        number for number, text in enumerate(document.text.split("\n")) if text.lstrip().startswith("pick")
    )
    for _ in range(600):
        if any(hint.position.line == line for hint in await document.hints()):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the check never came")


async def mended(document: Any) -> None:
    """Apply the first fix that is offered for a finding, one after the other, as many as there are mistakes."""
    for _ in BREAKS:
        fixes: list[types.CodeAction] = []
        while not fixes:
            for found in await document.found(bool):
                every = await document.actions(found.range)
                fixes += [each for each in every if each.kind == types.CodeActionKind.QuickFix]
        document.apply(fixes[0].edit)


async def test_a_spec_is_written_with_completion_broken_mended_and_drawn(spec: Any, tmp_path: Path) -> None:
    target = wanted()
    document = spec("", "mine.sot")
    typist = Typist(document, pieces(target), own_names(target), before={"freeze": known})
    written = await typist.write()
    assert typist.spelled == [], "words that completion did not offer, each with the line before it"
    assert typist.accepted > 100
    assert pieces(written) == pieces(target)
    formatted = format_text(written, "mine.sot").text
    document.write(formatted)
    assert await document.codes() == set()

    for right, wrong in BREAKS:
        assert document.text.count(right) == 1
        document.write(document.text.replace(right, wrong))
    await document.codes("SOT402", "SOT401", "SOT301", "SOT405", "SOT110")  # SOT901 once it can be read
    await mended(document)
    assert document.text == formatted
    assert await document.codes() == set()

    document.path.write_text(document.text, encoding="utf-8")
    page = tmp_path / "mine.html"
    command = [
        sys.executable,
        "-c",
        "from sotc.cli import main; main()",
        "graph",
        str(document.path),
        "-o",
        str(page),
    ]
    drawn = subprocess.run(command, capture_output=True, text=True, check=False)
    assert drawn.returncode == 0, drawn.stderr
    assert "SiamRPNppR50" in page.read_text(encoding="utf-8")
