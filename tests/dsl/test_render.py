"""Reports: columns, several lines and files, tabs, wide letters, long lines, colours, JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.dsl.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from sotc.dsl.render import render_human, render_json
from sotc.dsl.screen_text import Line, visible
from sotc.dsl.sources import Sources
from sotc.dsl.span import Span, nowhere


@dataclass(frozen=True)
class Mistake(Diagnostic):
    """A finding for these tests; not one of the language."""

    code: ClassVar[str] = "SOT999"
    words: str = "something is wrong"
    beside: str = ""
    others: tuple[Label, ...] = ()
    remarks: tuple[str, ...] = ()
    advice: str | None = None
    mending: Fix | None = None

    @property
    def title(self) -> str:
        return self.words

    @property
    def label(self) -> str:
        return self.beside

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.others

    @property
    def notes(self) -> tuple[str, ...]:
        return self.remarks

    @property
    def help(self) -> str | None:
        return self.advice

    @property
    def fix(self) -> Fix | None:
        return self.mending


@dataclass(frozen=True)
class Doubt(Mistake):
    code: ClassVar[str] = "SOT998"
    severity: ClassVar[Severity] = Severity.WARNING


def span(text: str, piece: str, path: str = "a.sot", nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(piece, start + 1)
    end = start + len(piece)

    def place(at: int) -> tuple[int, int]:
        return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)

    return Span(path, start, end, *place(start), *place(end))


def report(diagnostic: Diagnostic, text: str, **options: object) -> str:
    return render_human([diagnostic], Sources({"a.sot": text}), **options)


def lines(text: str) -> str:
    """An expected report, written with its margin in this file."""
    return "\n".join(line.removeprefix("        |") for line in text.strip("\n").split("\n")[:-1]) + "\n"


def test_the_look_of_the_language_page() -> None:
    text = "\n" * 12 + "    neck     = ChannelMapper { out_channels = width, kernel_size = 1 }\n" + "\n" * 4
    text += "    cls, reg = head(kernels, features)\n"
    found = Mistake(
        span(text, "features"),
        "`head` needs features of one width",
        "`features` has 512, 1024 and 2048 channels",
        (Label(span(text, "width"), "`kernels` has 256 channels from here"),),
        ("`features` skips `neck`: search -> backbone (line 17)",),
        "send it through the neck: features = search -> backbone -> neck",
    )
    assert report(found, text) == lines("""
        |error[SOT999]: `head` needs features of one width
        |  --> a.sot:18:30
        |   |
        |13 |     neck     = ChannelMapper { out_channels = width, kernel_size = 1 }
        |   |                                               ----- `kernels` has 256 channels from here
        |18 |     cls, reg = head(kernels, features)
        |   |                              ^^^^^^^^ `features` has 512, 1024 and 2048 channels
        |   |
        |   = note: `features` skips `neck`: search -> backbone (line 17)
        |   = help: send it through the neck: features = search -> backbone -> neck
        |
        |1 error
        """)


def test_two_marks_on_one_line_and_two_files() -> None:
    one, two = "alpha beta\n", "gamma\ndelta\n"
    found = Mistake(
        span(one, "beta"),
        others=(Label(span(one, "alpha"), "this"), Label(span(two, "delta", "b.sot"), "and that")),
    )
    assert render_human([found], Sources({"a.sot": one, "b.sot": two})) == lines("""
        |error[SOT999]: something is wrong
        | --> a.sot:1:7
        |  |
        |1 | alpha beta
        |  | ----- this
        |  |       ^^^^
        | ::: b.sot:2:1
        |  |
        |2 | delta
        |  | ----- and that
        |
        |1 error
        """)


def test_tabs_and_wide_letters_are_aligned() -> None:
    text = "\tx = \t日本語 \tname\u0301 z\n"
    for piece, left, wide in (("x", 4, 1), ("日本語", 12, 6), ("z", 25, 1)):
        rendered = report(Mistake(span(text, piece)), text).splitlines()
        assert rendered[3] == "1 |     x =     日本語  name\u0301 z"
        mark = rendered[4].removeprefix("  | ")
        assert (len(mark) - len(mark.lstrip()), mark.strip()) == (left, "^" * wide)


def test_several_lines_are_shortened() -> None:
    text = "head = Head {\n  size = 3\n}\n"
    found = Mistake(span(text, "Head {\n  size = 3\n}"), beside="this one")
    assert report(found, text).splitlines()[3:5] == [
        "1 | head = Head {",
        "  |        ^^^^^^ this one (to line 3)",
    ]


def test_the_end_of_a_file() -> None:
    text = "a = b\n"
    at_end = Span("a.sot", len(text), len(text), 2, 1, 2, 1)
    assert report(Mistake(at_end), text).splitlines()[1:5] == [" --> a.sot:2:1", "  |", "2 |", "  | ^"]
    beyond = Span("a.sot", 90, 99, 40, 1, 40, 9)
    assert report(Mistake(beyond), text).splitlines()[1] == "  --> a.sot:40:1"


def test_a_whole_file_and_an_unread_one() -> None:
    assert report(Mistake(nowhere("a.sot")), "text").splitlines()[1] == " --> a.sot"
    rendered = render_human([Mistake(Span("gone.sot", 3, 5, 1, 4, 1, 6))], Sources())
    assert rendered.splitlines()[:2] == ["error[SOT999]: something is wrong", " --> gone.sot:1:4"]


def test_long_lines_are_cut_around_the_mark() -> None:
    text = "x = " + " + ".join(f"name{i}" for i in range(200)) + "\n"
    for piece in ("name3", "name100", "name199"):
        rendered = report(Mistake(span(text, piece)), text, width=60).splitlines()
        assert len(rendered[3]) <= 60
        at = rendered[4].index("^")
        assert rendered[3][at : at + len(piece)] == piece


def test_the_terminal_is_not_steered() -> None:
    text = 'x = "\x1b[2J\u202e"\n'
    rendered = report(
        Mistake(span(text, "x"), "bad \x1b[31m name", "la\u202ebel", remarks=("no\x07te",)), text
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", rendered)


def test_windows_line_ends() -> None:
    text = "a = b\r\nc = d\r\n"
    assert report(Mistake(span(text, "d")), text).splitlines()[3:5] == ["2 | c = d", "  |     ^"]


def test_order_and_summary() -> None:
    text = "a b c\n"
    found = [Mistake(span(text, "c")), Doubt(span(text, "a")), Mistake(span(text, "b"))]
    rendered = render_human(found, Sources({"a.sot": text}))
    assert re.findall(r"-->.*", rendered) == ["--> a.sot:1:1", "--> a.sot:1:3", "--> a.sot:1:5"]
    assert rendered.endswith("\n2 errors, 1 warning\n")
    assert render_human([], Sources()) == ""


def test_fix_is_told_once() -> None:
    text = "serch\n"
    edit = Edit(span(text, "serch"), "search")
    asked = Mistake(edit.span, advice="did you mean `search`?", mending=Fix("write `search`", (edit,)))
    assert "= fix" not in report(asked, text)
    other = Mistake(edit.span, advice="look again", mending=Fix("write `search`", (edit,)))
    assert "  = fix: write `search`\n" in report(other, text)


def test_colours_only_when_asked_for() -> None:
    text = "a = b\n"
    found = Mistake(
        span(text, "b"), beside="here", others=(Label(span(text, "a"), "there"),), remarks=("n",), advice="h"
    )
    plain, painted = report(found, text), report(found, text, color=True)
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[SOT999]\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


def test_json() -> None:
    text = "a = b\n"
    edit = Edit(span(text, "b"), "c")
    found = Mistake(
        span(text, "b"),
        "wrong",
        "here",
        (Label(span(text, "a"), "there"),),
        ("n",),
        "h",
        Fix("mend", (edit,)),
    )
    at_b = {"file": "a.sot", "line": 1, "column": 5, "endLine": 1, "endColumn": 6}
    at_a = {"file": "a.sot", "line": 1, "column": 1, "endLine": 1, "endColumn": 2}
    assert json.loads(render_json([found])) == [
        {
            "code": "SOT999",
            "severity": "error",
            "message": "wrong",
            **at_b,
            "label": "here",
            "labels": [{**at_a, "message": "there"}],
            "notes": ["n"],
            "help": "h",
            "fix": {"title": "mend", "edits": [{**at_b, "text": "c"}]},
        }
    ]
    assert json.loads(render_json([])) == []


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60), st.integers(20, 80))
def test_any_text_renders(text: str, start: int, length: int, width: int) -> None:
    line = text.split("\n")[0]
    start = min(start, len(line))
    end = min(start + length, len(line))
    found = Mistake(Span("a.sot", start, end, 1, start + 1, 1, end + 1), beside=text, remarks=(text,))
    rendered = render_human([found], Sources({"a.sot": text}), width=width)
    assert all(visible(each) == each for each in rendered.split("\n"))


@given(st.text("ab\t日é\u0301", max_size=30))
def test_places_never_go_back(text: str) -> None:
    line = Line(text, 200)
    places = [line.place(column) for column in range(len(text) + 1)]
    assert places == sorted(places)


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\x85", "\ud800", "\u200f"])
def test_invisible_letters_are_shown(letter: str) -> None:
    assert visible(f"a{letter}b") == "a\N{REPLACEMENT CHARACTER}b"
