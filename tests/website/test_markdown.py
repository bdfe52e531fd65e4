"""Pieces of Markdown, held against python-markdown, which the site is rendered by."""

from __future__ import annotations

from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.website.markdown import code, fenced, pieces, prose, table


class Text(HTMLParser):
    """What of a rendered page is read: its text, and that of its code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.code: list[str] = []
        self.tags: list[str] = []
        self.within = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == "code":
            self.code.append("")
            self.within = True

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag != "code"

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        if self.within:
            self.code[-1] += data


def rendered(text: str) -> Text:
    return Text(markdown.markdown(text, extensions=["tables", "fenced_code"]))


@pytest.mark.parametrize(
    "text",
    [
        "field [N, C, H, W], kernel [N, C, h, w] -> [N, h w, H, W]",
        "a square of `factor` * sqrt(w h), 2 * 3 * 4",
        "names_with_lines and _one_ alone",
        "less < more, a <tag> that is none, A & B, &lt; and &amp;",
        "[a](b) is no link, # is no heading",
        r"a \backslash",
    ],
)
def test_a_docstring_reads_as_it_stands(text: str) -> None:
    found = rendered(prose(text))
    assert "".join(found.parts).strip() == text.replace("`", "").replace("->", "→")
    assert set(found.tags) <= {"p", "code"}


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="abXY09 []()*_#|<>{}=,.:-", min_size=1, max_size=30))
def test_code_is_code_whatever_it_is(text: str) -> None:
    wanted = " ".join(text.split())
    if not wanted or wanted.startswith("`"):
        return
    assert rendered(f"x {code(wanted)} x").code == [wanted]


@pytest.mark.parametrize("cell", ["--submit [a|b|c]", "a", '["x", 1]'])
def test_a_table_keeps_its_cells(cell: str) -> None:
    lines = "\n".join(table(("option", "what"), [(code(cell), "one | two\nthree"), ("", "x")]))
    found = rendered(lines)
    assert found.code == [cell]
    assert found.tags.count("td") == 4 and found.tags.count("th") == 2
    assert "one | two three" in "".join(found.parts)


def test_a_fence_is_longer_than_those_within() -> None:
    text = "before\n```sot\ntracker\n```\nafter"
    found = rendered("\n".join(fenced(text, "markdown")))
    assert [part.strip("\n") for part in found.code] == [text]


def test_a_page_falls_into_prose_and_code() -> None:
    page = "one\n```sot fails\ntwo\n```\nthree\n````text\nfour\n```\nfive\n````\n"
    assert list(pieces(page)) == [
        ("prose", "one\n"),
        ("fence", "```sot fails\n"),
        ("code", "two\n```\n"),
        ("prose", "three\n"),
        ("fence", "````text\n"),
        ("code", "four\n```\nfive\n````\n"),
        ("prose", ""),
    ]


@given(
    st.lists(st.sampled_from(["", "a", "```", "```sot", "````", "~~~", "> ```", "  ```", "# b"]), max_size=12)
)
def test_pieces_are_the_page(lines: list[str]) -> None:
    for end in ("", "\n"):
        text = "\n".join(lines) + end
        assert "".join(piece for _, piece in pieces(text)) == text
