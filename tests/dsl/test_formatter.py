"""The formatter writes one way, changes nothing but blanks, and loses no comment."""

from __future__ import annotations

import dataclasses
import random
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from sotc.dsl import tree
from sotc.dsl.document import WIDTH
from sotc.dsl.formatter import format_text
from sotc.dsl.parser import parse
from sotc.dsl.printer import print_expression

SPECS = sorted(Path(__file__).with_name("specs").glob("*.sot"))


def outline(node: Any) -> Any:
    """A node without its spans, its braces left empty and its comments."""
    if isinstance(node, tuple):
        return tuple(outline(item) for item in node)
    if not isinstance(node, tree.Tree):
        return node
    left_out = ("span", "source_span", "braces", "comments")
    values = [
        outline(getattr(node, field.name)) for field in dataclasses.fields(node) if field.name not in left_out
    ]
    return (type(node).__name__, *values)


def formatted(text: str) -> str:
    """The canonical text; formatting it again must change nothing."""
    once = format_text(text, "x")
    assert once.diagnostics == ()
    again = format_text(once.text, "x")
    assert again.diagnostics == ()
    assert again.text == once.text
    before, after = parse(text, "x").file, parse(once.text, "x").file
    assert outline(before) == outline(after)
    assert sorted(found.text for found in before.comments) == sorted(found.text for found in after.comments)
    assert all(line == line.rstrip() for line in once.text.split("\n"))
    return once.text


def body(text: str) -> str:
    """The canonical text of statements."""
    lines = formatted(f"tracker T {{\n{dedent(text)}\n}}").split("\n")
    assert (lines[0], lines[-2:]) == ("tracker T {", ["}", ""])
    return dedent("\n".join(lines[1:-2]))


def same(text: str) -> None:
    """This is how it is written."""
    text = dedent(text).strip("\n")
    assert body(text) == text


# ---------------------------------------------------------------- whole specs


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_is_written_canonically(path: Path) -> None:
    """As the examples of the design are, but for the column of one comment."""
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text.replace("neck              # same", "neck  # same")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_without_its_layout_gets_it_back(path: Path) -> None:
    """Indentation, alignment and blanks between lexemes are the formatter's alone."""
    text = path.read_text(encoding="utf-8")
    canonical = formatted(text)
    pieces = re.split(r'("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*)', canonical)
    squeezed = "".join(
        piece if index % 2 else re.sub(r"[ ]+", " ", piece) for index, piece in enumerate(pieces)
    )
    assert squeezed != canonical
    assert formatted(re.sub(r"(?m)^ +", "", squeezed)) == canonical


# ---------------------------------------------------------------- one rule each


def test_alignment_is_among_neighbours_of_one_kind() -> None:
    same(
        """
        template        = A
        template online = B
        search          = C
        backbone  = D
        head fine = E
        part x    = F
        a    = b
        c, d = e
        loss one   = f(a)
        loss three = f(b)
        output box   = c
        output score = d
        state model = a
        next model  = b
        fn f(x) = x
        abc = d
        param a: int = 3
        param abc: int = 4
        override a   = b
        override abc = c
        override backbone = D
        """
    )


@pytest.mark.parametrize("between", ["", "# a comment", '"""A docstring."""', "fn f(x) = x", "if a {\n}"])
def test_alignment_ends_where_something_stands_between(between: str) -> None:
    same(f"a = b\n{between}\nabc = d")


def test_empty_braces_are_left_out() -> None:
    assert body("a = A { }(b) -> C {}\nd = [E { } for f in g]") == "a = A(b) -> C\nd = [E for f in g]"


def test_redundant_parentheses_are_left_out() -> None:
    assert body("a = ((b + (c * d)) -> (E))(f)") == "a = (b + c * d -> E)(f)"


def test_blank_lines() -> None:
    text = "\n\n# top\n\n\n\ntracker A {\n\n\n  a = 1\n\n\n  # why\n\n  b = 2\n\n}\ntracker B{}\n# end\n\n\n"
    expected = "# top\n\ntracker A {\n    a = 1\n\n    # why\n\n    b = 2\n}\n\ntracker B { }\n\n# end\n"
    assert formatted(text) == expected


def test_a_comment_stays_with_the_declaration_below_it() -> None:
    text = "tracker A { }\n\n# of B\ntracker B { }\n"
    assert formatted(text) == text


def test_headers_and_branches() -> None:
    text = "if a\n{ x=1 } else if (b) { y = 2 }\nelse\n{\n}\nif c { if d {} else { z = 3 } }"
    expected = """
        if a {
            x = 1
        } else if b {
            y = 2
        }
        if c {
            if d {
            } else {
                z = 3
            }
        }
    """
    assert body(text) == dedent(expected).strip("\n")


def test_if_within_else_keeps_its_braces() -> None:
    same("if a {\n    x = 1\n} else {\n    if b {\n        x = 2\n    }\n}")


def test_long_lines_are_broken_at_brackets() -> None:
    names = [f"a_rather_long_name_{number}" for number in range(6)]
    arguments = "".join(f"    {name},\n" for name in names)
    same(f"x = encoder(\n{arguments})")
    settings = "".join(f"    {name} = {number},\n" for number, name in enumerate(names))
    same(f"x = Encoder {{\n{settings}}}(a, b)")
    assert body(f"x = encoder({', '.join(names)})") == f"x = encoder(\n{arguments})"
    same(f"x = [\n{arguments}]")


def test_long_chains_are_broken_at_arrows() -> None:
    steps = [f"Step {{ a_setting_of_this_step = {number} }}" for number in range(4)]
    broken = "\n    -> ".join(["x = search", *steps])
    assert body(f"x = search -> {' -> '.join(steps)}") == broken


def test_a_line_of_exactly_the_width_is_kept_whole() -> None:
    for extra in (0, 1):
        line = "    x = f(" + "a" * (WIDTH - 14 + extra) + ", b)"
        lines = formatted(f"tracker T {{\n{line}\n}}").split("\n")
        assert (lines[1] == line) == (extra == 0)
        assert all(len(found) <= WIDTH for found in lines)


def test_comments_stay_where_they_are() -> None:
    same(
        """
        # before
        x = f(
            a,  # one
            # above b
            b,
            # at the end
        )  # behind
        chain = a  # source
            -> b  # step
            # above
            -> c
        settings = C {
            a = 1,  # one
            b = [
                2,  # two
            ],
        }
        if a {  # header
            # alone
        } else {  # other
            y = 1  # inside
        }  # after
        # last
        """
    )


def test_comments_behind_neighbours_are_aligned() -> None:
    same(
        "a   = 1        # one\nbcd = 2 + f(x)  # two\n# other\ne = 3  # three".replace(
            "1        #", "1         #"
        )
    )


def test_a_comment_without_a_place_moves_before_its_statement() -> None:
    assert body("x = (a # why\n + b)") == "# why\nx = a + b"
    assert body("if (a # why\n) { }") == "# why\nif a {\n}"
    assert formatted("tracker T # why\n{ }") == "# why\ntracker T { }\n"


def test_docstrings_are_kept() -> None:
    same('"""One line."""\nx = 1\n\n"""Several:\n\n    indented\nlines.\n"""\ny = 2')
    assert body('"""\n   Hello\n   world\n   """\nx = 1') == '"""Hello\nworld\n"""\nx = 1'
    assert body('"""Say "hi" """\nx = 1') == '"""Say "hi" """\nx = 1'


def test_line_ends_and_last_newline() -> None:
    assert formatted("\ufefftracker A {\r\n\ta = 1 # b\r\n}") == "tracker A {\n    a = 1  # b\n}\n"
    assert formatted("") == ""
    assert formatted("\n# a\n") == "# a\n"


def test_a_text_with_mistakes_comes_back_untouched() -> None:
    text = "tracker  A {\n  x=1\n  y = = 2\n}"
    result = format_text(text, "x")
    assert result.text == text
    assert [found.code for found in result.diagnostics] == ["SOT101"]


@pytest.mark.parametrize("seed", range(4))
def test_comments_and_line_breaks_anywhere(seed: int) -> None:
    """Put in at random; where the text is still a spec, nothing is lost and formatting is stable."""
    source = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in SPECS]
    kept = 0
    for number in range(25):
        pieces = re.findall(
            r'"""[\s\S]*?"""|#[^\n]*|"(?:\\.|[^"\\\n])*"|\w+|->|[^\w\s]|\s+', source.choice(texts)
        )
        for _ in range(source.choice([1, 2, 6])):
            added = source.choice([f" # {number}\n", f"\n# {number}\n", "\n", "\n\n\n", "   "])
            pieces.insert(source.randrange(len(pieces)), added)
        text = "".join(pieces)
        if parse(text, "x").diagnostics == ():
            formatted(text)
            kept += 1
    assert kept > 5


# ---------------------------------------------------------------- expressions


@pytest.mark.parametrize(
    "text",
    [
        "a + b * (c - d) - (e + f)",
        "a - (b - c)",
        "(a * b) ** c ** -d",
        "--a",
        "not (a and b) or c == d",
        "(a < b) == (c < d)",
        "(a -> b) + 1",
        "a -> (b -> c) -> d[0].e(f)",
        "(not a)(b)",
        "(3).a",
        '"a\\n\\"\\\\\\u0000é🙂"',
        "[a -> b for c in (d -> e) if f or g]",
        "C { a = b -> c, d }(e, f = g)",
        "[true, false, none, 0.50, 1e-3]",
    ],
)
def test_expressions_print_as_they_are_written(text: str) -> None:
    (tracker,) = parse(f"tracker T {{ x = {text} }}", "x").file.declarations
    (wire,) = tracker.body
    assert isinstance(wire, tree.WireDecl)
    assert print_expression(wire.value) == text
