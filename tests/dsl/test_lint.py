"""What is never used, and when nobody need hear of it."""

from __future__ import annotations

import pytest

END = "\n output box = Add(search, template)"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("x = search -> F", ["SOT901"]),
        ("_x = search -> F", []),
        ("_, y = Two(search)", ["SOT901"]),
        ("_, _y = Two(search)", []),
        ("fn f(x) = x -> F", ["SOT901"]),
        ("truth gt: Box", ["SOT901"]),
        ("template more = C", ["SOT901"]),
        ("param p: int = 3", ["SOT902"]),
        ("part p = C", ["SOT304"]),
        ("neck = C", ["SOT304"]),
        ("part p = [C, D]", ["SOT304"]),
        ("state s = search", ["SOT903", "SOT901"]),
        ("n = 3", ["SOT901"]),
        ("x = search -> mising", ["SOT301"]),
        ("param width: int = 3\n x = F { size = widht }(search)\n output y = x", ["SOT301"]),
    ],
)
def test_unused(lang, body: str, found: list[str]) -> None:
    assert sorted(lang.codes(lang.body(body + END))) == sorted(found)


def test_what_is_inherited_and_read_no_more(lang) -> None:
    text = """
tracker Base {
    param size: int = 7
    search = C { size }
    neck = N
    soft = search -> neck
    output box = soft
}
tracker Light extends Base {
    override output box = search
}
"""
    assert lang.codes(lang.text(text)) == []
    text = text.replace("override output", "override soft = search -> F\n    override output")
    result = lang.text(text)
    assert lang.errors(result) == ["SOT304"]
    (edit,) = next(found for found in result.diagnostics if found.code == "SOT304").fix.edits
    source = result.sources.text("spec.sot")
    mended = source[: edit.span.start] + edit.text + source[edit.span.end :]
    assert lang.errors(lang.text(mended)) == []


def test_nothing_is_unused_beside_a_mistake_of_syntax(lang) -> None:
    codes = lang.codes(lang.body("part p = C\n x = search -> -> p" + END))
    assert all(code.startswith("SOT1") for code in codes)
    assert codes
