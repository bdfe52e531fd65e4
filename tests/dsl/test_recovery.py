"""All mistakes of a file at once, each on its line with words of the language, and the rest of the tree whole."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path
from textwrap import indent

import pytest

from sotc.compiler.shapes import TRUTH_SHAPES
from sotc.dsl import tree
from sotc.dsl.mistakes import TRUTH_TYPES
from sotc.dsl.parser import ParseResult, parse

SPECS = sorted(Path(__file__).with_name("specs").glob("*.sot"))


def within(text: str) -> ParseResult:
    """The result for statements on lines of their own in a tracker, the first on line 2."""
    return parse(f"tracker T {{\n{indent(text, '    ')}\n}}\n", "x")


def found(text: str) -> list[tuple[str, int]]:
    """Codes and lines."""
    return [(diagnostic.code, diagnostic.span.line) for diagnostic in within(text).diagnostics]


def mended(text: str) -> str:
    """The text with every fix of its diagnostics applied, the last first."""
    whole = f"tracker T {{\n{text}\n}}\n"
    edits = [
        edit
        for diagnostic in parse(whole, "x").diagnostics
        if diagnostic.fix
        for edit in diagnostic.fix.edits
    ]
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        whole = whole[: edit.span.start] + edit.text + whole[edit.span.end :]
    assert parse(whole, "x").diagnostics == ()
    return "\n".join(whole.split("\n")[1:-2])


ONE_MISTAKE = [
    # statement, code, words that the report must hold
    ("gt: Box", "SOT119", "a truth is declared: truth gt: Box"),
    ("width: int = 3", "SOT119", "a param is declared: param width: int = ..."),
    ("x = a b", "SOT101", "expected an operator or the end of the line, found `b`"),
    ("x = a +", "SOT126", "a value is missing after `+`"),
    ("x =", "SOT126", "a value is missing after `=`"),
    ("x = f(a, , b)", "SOT126", "a value is missing after `,`"),
    ("x = [a for in b]", "SOT101", "expected a name, found `in`"),
    ("x = a → b", "SOT102", "`→` has no meaning here"),
    ("x = “a”", "SOT102", "`“` has no meaning here"),
    ("x = a\u00a0+ b", "SOT102", "a no-break space has no place here"),
    ("x = a && b", "SOT102", "`&&` has no meaning here"),
    ("größe = 1", "SOT102", "`größe` has no meaning here"),
    ("x = 1; y = 2", "SOT102", "a line break ends a statement"),
    ("x = @a", "SOT102", "`@` has no meaning here"),
    ('x = "abc', "SOT103", "this string does not end on its line"),
    ('"""abc\nx = 1', "SOT104", "this docstring is not closed"),
    ("x = f(a, b", "SOT105", "`(` is not closed"),
    ("x = C { a = 1", "SOT105", "`{` is not closed"),
    ("x = a)", "SOT106", "`)` closes nothing"),
    ("x = f(a]", "SOT107", "`]` closes a bracket of another kind"),
    ("x = 1.", "SOT108", "digits are missing after the point"),
    ("x = .5", "SOT108", "a digit is missing before the point"),
    ("x = 0x10", "SOT108", "numbers are decimal"),
    ("x = 1e999", "SOT108", "too large"),
    ("x = " + "9" * 5000, "SOT108", "too long"),
    ("x = 7x7", "SOT108", "`7x7` is not a number"),
    ('x = "a\\d"', "SOT109", "`\\d` means nothing in a string"),
    ("x = 'a'", "SOT110", "strings are written in double quotes"),
    ("backbone = ResNet(depth = 50)", "SOT111", "write ResNet { depth = 50 }"),
    ("backbone = ResNet(x)", "SOT111", "a `backbone` is configured, not applied"),
    ("x = y -> CenterCrop(size = 7)", "SOT111", "braces configure, parentheses apply"),
    ("override template = Crop(size = 127)", "SOT111", "write Crop { size = 127 }"),
    ("x == a", "SOT112", "`==` compares, `=` gives a value"),
    ("x := a", "SOT112", "expected `=`, found `:=`"),
    ("backbone: ResNet", "SOT112", "expected `=`, found `:`"),
    ("x = C { a: 1 }", "SOT112", "expected `=`, found `:`"),
    ("x = a => b", "SOT112", "expected `->`, found `=>`"),
    ("x = a - > b", "SOT112", "expected `->`, found `->`"),
    ("truth gt = Box", "SOT112", "expected `:`, found `=`"),
    ("if a = 3 { }", "SOT112", "expected `==`, found `=`"),
    ("backbone ResNet { depth = 50 }", "SOT113", "`=` is missing after `backbone`"),
    ("head corner CornerHead", "SOT113", "`=` is missing after `corner`"),
    ("x = C { depth 50 }", "SOT113", "write depth = 50"),
    ("param width int", "SOT113", "write width: int"),
    ("part Encoder = C", "SOT114", "a part is named in snake_case, not `Encoder`"),
    ("Kernels = a", "SOT114", "write `kernels`"),
    ("backbone = resnet_fpn { depth = 50 }", "SOT114", "write `ResnetFpn`"),
    ("param if: int", "SOT115", "`if` is a word of the language and cannot be a name"),
    ("when = 3", "SOT115", "`when` is a word of the language"),
    ("part = C", "SOT116", "`part` needs a name"),
    ("output = x", "SOT116", "write output box = ..."),
    ("param: int", "SOT116", "`param` needs a name"),
    ("fn(a) = a", "SOT116", "`fn` needs a name"),
    ("return a", "SOT117", "`return` stands within a block"),
    ('use "a" { A }', "SOT117", "`use` stands at the top of a file"),
    ("block B(a) {\n x = 1\n}", "SOT117", "a block stands at the top of a file"),
    ('"""one"""\n"""two"""\nx = 1', "SOT118", "no declaration follows this docstring"),
    ("ouput box = x", "SOT119", "did you mean `output`?"),
    ("bakbone resnet = C", "SOT119", "did you mean `backbone`?"),
    ("for x in y {\n}", "SOT119", "there are no loops"),
    ("while x {\n}", "SOT119", "what goes on from frame to frame is a `state`"),
    ("def f(a) {\n}", "SOT119", "a function is written fn name(a) = e"),
    ("let x = 3", "SOT119", "a wire is declared by its name alone"),
    ("if a {\n} els {\n}", "SOT119", "did you mean `else`?"),
    ("if a {\n} elif b {\n}", "SOT119", "write else if"),
    ("x = f(a b)", "SOT120", "a comma is missing"),
    ("x = [1 2]", "SOT120", "a comma is missing"),
    ("x = C { a = 1 b = 2 }", "SOT120", "a comma is missing"),
    ("x = C { a b = 2 }", "SOT120", "a comma is missing"),
    ("x = C { 50 }", "SOT121", "a setting has a name"),
    ("x = C { width * 2 }", "SOT121", "a setting has a name"),
    ("x = a -> b + 1", "SOT122", "write (a -> b) + c"),
    ("x = a -> b > 0.5", "SOT122", "`>` cannot follow a chain"),
    ("x = a < b < c", "SOT123", "compare in pairs"),
    ("x = a y = b", "SOT124", "a statement begins in the middle of a line"),
    ("x = a output box = b", "SOT124", "a statement begins in the middle of a line"),
    ("x = True", "SOT125", "`True` is written `true`"),
    ("x = C { a = None }", "SOT125", "`None` is written `none`"),
    ("search = C refresh every 3", "SOT127", "a search region cannot be refreshed"),
    ("template = C refresh 200", "SOT101", "refresh every 200 when score > 0.5"),
]


@pytest.mark.parametrize(
    ("text", "code", "words"), ONE_MISTAKE, ids=[f"{row[1]} {row[0][:30]}" for row in ONE_MISTAKE]
)
def test_one_mistake_is_one_finding(text: str, code: str, words: str) -> None:
    """One diagnostic, on the right line, that says the right thing; what stands around it is in the tree."""
    before, after = "before = 1\n", "\nafter_it = 2"
    result = within(before + text + after)
    codes = {diagnostic.code for diagnostic in result.diagnostics}
    assert codes == {code}
    first = result.diagnostics[0]
    assert 3 <= first.span.line <= 3 + text.count("\n")
    said = [first.title, first.label, first.help or "", *first.notes, *(label.text for label in first.labels)]
    assert words in "\n".join(said)
    names = [
        statement.names[0].text
        for statement in result.file.declarations[0].body
        if isinstance(statement, tree.WireDecl)
    ]
    assert names[0] == "before"
    assert names[-1] == "after_it"


TOP_MISTAKES = [
    ("trakcer A { x = 1 }", "SOT119", "did you mean `tracker`?"),
    ("import lab", "SOT119", "use python module { Name }"),
    ("backbone = C", "SOT117", "`backbone` stands within a tracker or block"),
    ("x = 3", "SOT117", "a wire stands within a tracker or block"),
    ("tracker siam_rpn { x = 1 }", "SOT114", "write `SiamRpn`"),
    ("tracker A extends base { x = 1 }", "SOT114", "write `Base`"),
    ("tracker A extend B { x = 1 }", "SOT101", "found `extend`"),
    ("tracker { x = 1 }", "SOT101", "expected a CamelCase name, found `{`"),
    ("block B { x = 1 }", "SOT101", "block B(image) {"),
    ("block B(image field) { x = 1 }", "SOT120", "a comma is missing"),
    ('use "a.sot"', "SOT130", 'write use "a.sot" { Name }'),
    ("use python a.b", "SOT130", "write use python a.b { Name }"),
    ("use python? a", "SOT130", "write use python? a { Name }"),
    ("use python a { b }", "SOT114", "write `B`"),
    ("use a { B }", "SOT101", "expected a string or `python`, found `a`"),
    ("tracker A { } tracker B { }", "SOT124", "a statement begins in the middle of a line"),
]


@pytest.mark.parametrize(("text", "code", "words"), TOP_MISTAKES, ids=[row[0][:30] for row in TOP_MISTAKES])
def test_mistakes_at_the_top_of_a_file(text: str, code: str, words: str) -> None:
    result = parse(f"tracker Before {{ }}\n{text}\ntracker After {{ }}\n", "x")
    assert [(diagnostic.code, diagnostic.span.line) for diagnostic in result.diagnostics] == [(code, 2)]
    first = result.diagnostics[0]
    assert words in f"{first.title}\n{first.help}"
    names = [declaration.name.text for declaration in result.file.declarations]
    assert names[0] == "Before"
    assert names[-1] == "After"


@pytest.mark.parametrize(
    "header",
    [
        "trakcer A",
        "tracker siam",
        "tracker A extend B",
        "tracker",
        "block B",
        "block B(a b)",
        "something A(3)",
        "",
    ],
)
def test_a_bad_header_does_not_hide_its_body(header: str) -> None:
    result = parse(f"{header} {{\n  x = 1\n  y = \n  if a b {{\n    z = 2\n  }}\n}}\n", "x")
    assert {diagnostic.span.line for diagnostic in result.diagnostics} == {1, 3, 4}
    (declaration,) = result.file.declarations
    kinds = [type(statement).__name__ for statement in declaration.body]
    # What a header lost is an error statement at the beginning of its body.
    assert kinds[-3:] == ["WireDecl", "ErrorStatement", "IfDecl"]
    assert kinds[:-3] in ([], ["ErrorStatement"])


def test_all_mistakes_of_a_file_on_their_lines() -> None:
    lines = [
        "tracker A {",
        "    param width int = 256",
        "    backbone = ResNet(depth = 50)",
        "    neck = ChannelMapper { out_channels width }",
        "    good = template -> backbone",
        "    if width > 3 {",
        "        x = = 3",
        "        fine = 1",
        "    } else {",
        "        ouput box = 3",
        "    }",
        "    y = head(a",
        "    output score = 'high'",
        "}",
        "trakcer B {",
        "    z = 1 2",
        "}",
    ]
    result = parse("\n".join(lines), "x")
    expected = {2: "SOT113", 3: "SOT111", 4: "SOT113", 7: "SOT101", 10: "SOT119", 12: "SOT105", 13: "SOT110"}
    expected |= {15: "SOT119", 16: "SOT101"}
    assert {diagnostic.span.line: diagnostic.code for diagnostic in result.diagnostics} == expected
    assert len(result.diagnostics) == len(expected)
    assert [declaration.name.text for declaration in result.file.declarations] == ["A", "B"]


def test_a_docstring_at_the_end_of_a_body() -> None:
    assert found('x = 1\n"""lone"""') == [("SOT118", 3)]


@pytest.mark.parametrize("guessed", ["part = C", "x = C { 50 }", "x = f(a, , b)", "if (a + ) {\n}"])
def test_what_is_only_guessed_is_not_in_the_tree(guessed: str) -> None:
    """A guess serves to find further mistakes of the line; names made up for it must not be resolved."""
    result = within(f"before = 1\n{guessed}\nafter_it = 2")
    kinds = [type(statement).__name__ for statement in result.file.declarations[0].body]
    assert kinds == ["WireDecl", "ErrorStatement", "WireDecl"]


def test_several_mistakes_of_one_line() -> None:
    codes = [code for code, _ in found("part Encoder = Foo { 3, depth 50, a: 1 b = True }")]
    assert codes == ["SOT114", "SOT121", "SOT113", "SOT112", "SOT120", "SOT125"]


# ---------------------------------------------------------------- brackets


@pytest.mark.parametrize("opening", ["f(", "C {", "[", "f(g([", "C { a = [1,"])
@pytest.mark.parametrize(
    "following", ["y = 2", "output box = 3", "part a = C", "a, b = f(x)", '"""doc"""\ny = 2', "return 3"]
)
def test_a_bracket_left_open_ends_with_its_statement(opening: str, following: str) -> None:
    result = within(f"x = {opening} 1\n{following}\nz = 3")
    codes = {diagnostic.code for diagnostic in result.diagnostics} - {"SOT117", "SOT121"}
    assert codes == {"SOT105"}
    assert {diagnostic.span.line for diagnostic in result.diagnostics if diagnostic.code == "SOT105"} == {2}
    last = result.file.declarations[0].body[-1]
    assert isinstance(last, tree.WireDecl)
    assert last.names[0].text == "z"
    assert len(result.file.declarations[0].body) == 3


def test_lines_within_brackets_are_no_statements() -> None:
    text = "x = f(\na,\nhead = b,\nC {\ndepth = 3,\nneck = 4\n}\n)"
    assert found(text) == []


def test_a_body_left_open_ends_before_the_next_declaration() -> None:
    text = "tracker A {\n  x = 1\n\ntracker B {\n  y = 2\n}\n\nuse python a { C }\n"
    result = parse(text, "x")
    assert [(diagnostic.code, diagnostic.span.line) for diagnostic in result.diagnostics] == [("SOT105", 1)]
    assert result.diagnostics[0].labels[0].span.line == 4
    assert [declaration.name.text for declaration in result.file.declarations] == ["A", "B"]
    assert len(result.file.uses) == 1


def test_the_body_blamed_is_the_one_that_was_left_open() -> None:
    text = "tracker A {\n  if a {\n    x = 1\n  y = 2\n  if b {\n    z = 3\n  }\n}\n"
    (only,) = parse(text, "x").diagnostics
    assert (only.code, only.span.line) == ("SOT105", 2)


def test_one_closing_brace_too_many() -> None:
    text = "tracker A {\n  x = 1\n}\n}\ntracker B {\n  y = = 2\n}\n"
    lines = [(diagnostic.code, diagnostic.span.line) for diagnostic in parse(text, "x").diagnostics]
    assert lines == [("SOT106", 4), ("SOT101", 6)]


# ---------------------------------------------------------------- strings


def test_a_docstring_left_open_ends_before_the_next_line_of_code() -> None:
    text = '"""A tracker.\nIt is said more.\ntracker A {\n  x = 1\n}\n\n"""Closed."""\ntracker B {\n  y = = 2\n}\n'
    result = parse(text, "x")
    assert [(found.code, found.span.line) for found in result.diagnostics] == [("SOT104", 1), ("SOT101", 9)]
    docs = [declaration.doc for declaration in result.file.declarations]
    assert docs == ["A tracker.\nIt is said more.", "Closed."]


def test_a_string_left_open_spoils_one_line() -> None:
    assert found('x = "abc\ny = "d"\nz = f("e, g)\nv = = 1') == [
        ("SOT103", 2),
        ("SOT103", 4),
        ("SOT101", 5),
    ]


# ---------------------------------------------------------------- fixes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x == a", "x = a"),
        ("x = a => b -> c", "x = a -> b -> c"),
        ("backbone = ResNet(depth = 50)", "backbone = ResNet { depth = 50 }"),
        ("x = y -> Crop(size = 7, a = [1]) -> z", "x = y -> Crop { size = 7, a = [1] } -> z"),
        ("x = C { depth 50 }", "x = C { depth = 50 }"),
        ("param width int = 3", "param width: int = 3"),
        ("x = f(a b, c d)", "x = f(a, b, c, d)"),
        ("ouput box = 'a\"b'", 'output box = "a\\"b"'),
        ("x = 1. + 1__0 + 0xff", "x = 1.0 + 1_0 + 255"),
        ("x = a → b", "x = a -> b"),
        ("x = a && !b", "x = a and not b"),
        ("x = f(a]", "x = f(a)"),
        ("x = True or None", "x = true or none"),
    ],
)
def test_fixes_mend(text: str, expected: str) -> None:
    assert mended(text) == expected


# ---------------------------------------------------------------- any text at all


def mutate(text: str, source: random.Random) -> str:
    pieces = re.findall(r"\w+|[^\w\s]|\s+", text)
    for _ in range(source.choice([1, 1, 2, 4, 30])):
        place = source.randrange(len(pieces))
        action = source.randrange(4)
        if action == 0:
            pieces[place] = ""
        elif action == 1:
            pieces.insert(place, source.choice(pieces))
        elif action == 2:
            pieces[place] = source.choice(
                ["{", "}", "(", ")", "[", "]", '"', '"""', "'", "->", "=", "\n", "→", "if"]
            )
        else:
            other = source.randrange(len(pieces))
            pieces[place], pieces[other] = pieces[other], pieces[place]
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(6))
def test_mutated_specs_give_findings_in_place_and_never_an_exception(seed: int) -> None:
    source = random.Random(seed)
    texts = [path.read_text(encoding="utf-8") for path in SPECS]
    for _ in range(25):
        text = mutate(source.choice(texts), source)
        lines = text.split("\n")
        for diagnostic in parse(text, "x").diagnostics:
            span = diagnostic.span
            assert 0 <= span.start <= span.end <= len(text)
            assert span.line <= len(lines)
            assert span.start == sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
            assert diagnostic.title
            assert "\n" not in diagnostic.title
            assert not re.search(
                r"\b[A-Z]+_[A-Z]+\b", f"{diagnostic.title} {diagnostic.label}".replace("SOT", "")
            )


def test_messages_name_no_terminals() -> None:
    """What is expected is said in words of the language, whatever the state of the parser."""
    terminals = {"NEWLINE", "BODY_OPEN", "SNAKE", "CAMEL", "$END", "SKIPPED", "NUMBER", "STRING"}
    for text in ["", "x", "x = (", "param", "template online", "fn f(", "next", "use", "}", "x = [a for"]:
        for diagnostic in (*within(text).diagnostics, *parse(text, "x").diagnostics):
            assert not terminals & set(re.findall(r"[$\w]+", diagnostic.title))


@pytest.mark.parametrize(
    "text", ["\x00" * 2000, "}" * 2000, '"""' * 999, "ä" * 20000, "'" * 999, "\\" * 500, ";" * 3000]
)
def test_garbage(text: str) -> None:
    result = parse(text, "x")
    assert not result.ok or text.startswith(";")
    assert result.file.declarations == ()


def test_python_source_is_refused_without_an_exception() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert ast.parse(text)
    assert not parse(text, "x").ok


def test_the_types_that_a_truth_may_have_are_those_that_can_be_checked() -> None:
    assert set(TRUTH_SHAPES) == TRUTH_TYPES
