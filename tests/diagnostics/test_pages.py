"""The examples on the pages of `sotc explain` do what the pages say.

Fences: ```sot fails and ```sot mends hold whole specs (options may follow: `sot fails --set width=3`);
```sot file=NAME holds a file that they use; ```sot skip REASON is not run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from sotc.dsl import explain
from sotc.dsl.sources import Sources

FENCE = re.compile(r"^```sot *(\S*) *(.*)\n([\s\S]*?)^```$", re.MULTILINE)
FAMILIES_OF_THE_LANGUAGE = ("SOT1", "SOT20", "SOT3", "SOT801", "SOT901", "SOT902", "SOT903", "SOT904")


@dataclass(frozen=True)
class Example:
    code: str
    kind: str
    flags: str
    text: str


def blocks_of(code: str) -> list[Example]:
    return [Example(code, *found) for found in FENCE.findall(explain.page(code) or "")]


def examples(kind: str) -> list[Example]:
    return [block for code in explain.codes() for block in blocks_of(code) if block.kind == kind]


def run(example: Example, cases: SimpleNamespace, in_full: bool = False) -> Any:
    """Findings about the language show without looking at components, unless asked for `in_full`."""
    files = {
        block.kind.removeprefix("file="): block.text
        for block in blocks_of(example.code)
        if block.kind.startswith("file=")
    }
    sources = Sources({**files, "example.sot": example.text})
    options = cases.options_of(example.text, example.flags)
    if not in_full and example.code.startswith(FAMILIES_OF_THE_LANGUAGE):
        options = replace(options, resolve_only=True)
    return cases.run("example.sot", options, sources)


@pytest.mark.parametrize("code", explain.codes())
def test_fences_are_known(code: str) -> None:
    for block in blocks_of(code):
        known = block.kind in ("fails", "mends", "skip") or block.kind.startswith("file=")
        assert known, f"what is a fence `sot {block.kind}`?"
        assert block.kind != "skip" or block.flags, "`sot skip` says why"


@pytest.mark.parametrize("example", examples("fails"), ids=lambda example: example.code)
def test_failing_example_gives_its_code_and_no_other_error_of_the_language(
    example: Example, cases: SimpleNamespace
) -> None:
    outcome = run(example, cases)
    assert example.code in outcome.codes
    others = outcome.error_codes - {example.code}
    assert {code for code in others if code.startswith(FAMILIES_OF_THE_LANGUAGE)} == set()


@pytest.mark.parametrize("example", examples("mends"), ids=lambda example: example.code)
def test_mended_example_is_mended(example: Example, cases: SimpleNamespace) -> None:
    outcome = run(example, cases)
    assert example.code not in outcome.codes
    assert outcome.error_codes == set(), outcome.report


@pytest.mark.slow
@pytest.mark.parametrize("example", examples("mends"), ids=lambda example: example.code)
def test_mended_example_passes_the_whole_check(example: Example, cases: SimpleNamespace) -> None:
    outcome = run(example, cases, in_full=True)
    assert outcome.error_codes == set(), outcome.report
