"""Every form of the language gives the tree that it should, each node with its span."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sotc.dsl import tree
from sotc.dsl.parser import parse

SPECS = sorted(Path(__file__).with_name("specs").glob("*.sot"))


def outline(node: Any) -> Any:
    """A node without its spans, as nested tuples, to be compared with what is expected."""
    if isinstance(node, tuple):
        return tuple(outline(item) for item in node)
    if not isinstance(node, tree.Tree):
        return node
    if isinstance(node, tree.Name):
        return node.text
    if isinstance(node, tree.Reference):
        return f"${node.name}"
    if isinstance(node, tree.Number):
        return node.value
    values = [
        outline(getattr(node, field.name))
        for field in dataclasses.fields(node)
        if field.name not in ("span", "source_span", "doc")
    ]
    return (type(node).__name__, *values)


def statements(text: str) -> tuple[tree.Statement, ...]:
    result = parse(f"tracker T {{\n{text}\n}}", "x")
    assert result.diagnostics == ()
    return result.file.declarations[0].body


def statement(text: str) -> Any:
    (only,) = statements(text)
    return outline(only)


def expression(text: str) -> Any:
    (wire,) = statements(f"x = {text}")
    assert isinstance(wire, tree.WireDecl)
    return outline(wire.value)


def component(name: str) -> tuple[Any, ...]:
    return ("Configure", name, (), False)


# ---------------------------------------------------------------- expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3),
        ("1_000", 1000),
        ("0.50", 0.5),
        ("1e-3", 0.001),
        ("2.5E+2", 250.0),
        ("true", ("Truth", True)),
        ("false", ("Truth", False)),
        ("none", ("Nothing",)),
        ('"a\\n\\"b\\" \\u00e9 \\\\"', ("Text", 'a\n"b" é \\')),
        ('"größer → 🙂"', ("Text", "größer → 🙂")),
        ("backbone", "$backbone"),
        ("state", "$state"),
        ("Sigmoid", component("Sigmoid")),
        ("Sigmoid { }", ("Configure", "Sigmoid", (), True)),
        (
            "Foo { a = 1, b, head = true, }",
            (
                "Configure",
                "Foo",
                (
                    ("SettingTree", "a", 1),
                    ("SettingTree", "b", None),
                    ("SettingTree", "head", ("Truth", True)),
                ),
                True,
            ),
        ),
        ("[]", ("ListExpr", ())),
        ("[1, 2,]", ("ListExpr", (1, 2))),
        ("[a for s in b]", ("Comprehension", "$a", "s", "$b", None)),
        (
            "[A for s in [1] if s > 1]",
            ("Comprehension", component("A"), "s", ("ListExpr", (1,)), ("Binary", ">", "$s", 1)),
        ),
        ("f()", ("Call", "$f", ())),
        ("f(a, p = b,)", ("Call", "$f", (("ArgumentTree", None, "$a"), ("ArgumentTree", "p", "$b")))),
        ("f(a)(b)[0].c", None),
        ("search.view", ("Attribute", "$search", "view")),
        ("a.where", ("Attribute", "$a", "where")),
        ("parts[1]", ("Index", "$parts", 1)),
        ("(a)", "$a"),
    ],
)
def test_values(text: str, expected: Any) -> None:
    if expected is None:
        call = ("Call", ("Call", "$f", (("ArgumentTree", None, "$a"),)), (("ArgumentTree", None, "$b"),))
        expected = ("Attribute", ("Index", call, 0), "c")
    assert expression(text) == expected


def binary(left: Any, operator: str, right: Any) -> tuple[Any, ...]:
    return ("Binary", operator, left, right)


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a + b + c", "(a + b) + c"),
        ("a - b * c", "a - (b * c)"),
        ("a * b // c % d / e", "(((a * b) // c) % d) / e"),
        ("-a ** b", "-(a ** b)"),
        ("a ** -b", "a ** (-b)"),
        ("a ** b ** c", "a ** (b ** c)"),
        ("-a * b", "(-a) * b"),
        ("not a == b", "not (a == b)"),
        ("not a and b", "(not a) and b"),
        ("a or b and c", "a or (b and c)"),
        ("a < b + 1", "a < (b + 1)"),
        ("a > b and c <= d", "(a > b) and (c <= d)"),
        ("a -> b -> c", "(a -> b) -> c"),
        ("a + b -> c", "(a + b) -> c"),
        ("not a -> b", "(not a) -> b"),
        ("a or b -> c", "(a or b) -> c"),
        ("f(a -> b, c -> d) -> e", "(f((a -> b), (c -> d))) -> e"),
        ("a -> b.c", "a -> (b.c)"),
        ("a -> b[0](c)", "a -> (b[0](c))"),
        ("-a.b", "-(a.b)"),
        ("2 * f(x)", "2 * (f(x))"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert expression(text) == expression(grouped)


def test_grouping_differs_where_it_matters() -> None:
    assert expression("(a + b) * c") == binary(binary("$a", "+", "$b"), "*", "$c")
    assert expression("a + b * c") == binary("$a", "+", binary("$b", "*", "$c"))
    assert expression("a -> (b -> c)") == ("Chain", "$a", ("Chain", "$b", "$c"))


@pytest.mark.parametrize(
    "operator", ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
)
def test_every_operator(operator: str) -> None:
    assert expression(f"a {operator} b") == binary("$a", operator, "$b")


# ---------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("param a", ("ParamDecl", "a", None, None, None)),
        (
            "param a: list[float] = [1] where a",
            ("ParamDecl", "a", ("TypeExpr", "list", (("TypeExpr", "float", ()),)), ("ListExpr", (1,)), "$a"),
        ),
        ("template = C", ("CropDecl", "template", None, component("C"), None)),
        (
            "template online = C refresh every 200 when t > 0.5",
            (
                "CropDecl",
                "template",
                "online",
                component("C"),
                ("RefreshClause", 200, binary("$t", ">", 0.5)),
            ),
        ),
        ("search wide = C", ("CropDecl", "search", "wide", component("C"), None)),
        ("truth gt: Box", ("TruthDecl", "gt", ("TypeExpr", "Box", ()))),
        ("truth gt: Image[1]", ("TruthDecl", "gt", ("TypeExpr", "Image", (1,)))),
        ("backbone = ResNet", ("PartDecl", "backbone", None, component("ResNet"))),
        ("head corner = H", ("PartDecl", "head", "corner", component("H"))),
        ("part search = H", ("PartDecl", "part", "search", component("H"))),
        ("loss = L1Loss", ("PartDecl", "loss", None, component("L1Loss"))),
        ("loss a = L1Loss { }", ("PartDecl", "loss", "a", ("Configure", "L1Loss", (), True))),
        (
            "loss a = [L for s in b]",
            ("PartDecl", "loss", "a", ("Comprehension", component("L"), "s", "$b", None)),
        ),
        ("loss a = [L, L]", ("PartDecl", "loss", "a", ("ListExpr", (component("L"), component("L"))))),
        ("loss a = 1.0 * b", ("LossDecl", "a", binary(1.0, "*", "$b"))),
        ("loss = L(x)", ("LossDecl", None, ("Call", component("L"), (("ArgumentTree", None, "$x"),)))),
        ("loss a = x -> L", ("LossDecl", "a", ("Chain", "$x", component("L")))),
        ("loss a = []", ("LossDecl", "a", ("ListExpr", ()))),
        ("x = y", ("WireDecl", ("x",), "$y")),
        ("a, head, state = y", ("WireDecl", ("a", "head", "state"), "$y")),
        ("backbone, neck = y", ("WireDecl", ("backbone", "neck"), "$y")),
        ("tracker = y", ("WireDecl", ("tracker",), "$y")),
        ("block, every = y", ("WireDecl", ("block", "every"), "$y")),
        ("output box = y", ("OutputDecl", "box", "$y")),
        ("state s = y", ("StateDecl", "s", "$y")),
        ("next s = y", ("NextDecl", "s", "$y", None)),
        ("next s = y when c", ("NextDecl", "s", "$y", "$c")),
        ("fn f() = a", ("FnDecl", "f", (), "$a")),
        ("fn f(image, state,) = a", ("FnDecl", "f", ("image", "state"), "$a")),
        ("override backbone = B", ("OverrideDecl", ("PartDecl", "backbone", None, component("B")))),
        ("override param a = 1", ("OverrideDecl", ("ParamDecl", "a", None, 1, None))),
        ("override a, b = y", ("OverrideDecl", ("WireDecl", ("a", "b"), "$y"))),
        ("remove a, neck", ("RemoveDecl", ("a", "neck"))),
        ("remove freeze, a", ("RemoveDecl", ("freeze", "a"))),
        ("freeze neck, a.b", ("FreezeDecl", (("PathTree", "neck", None), ("PathTree", "a", "b")))),
        ("freeze a.layer1.0.conv1", ("FreezeDecl", (("PathTree", "a", "layer1.0.conv1"),))),
        ("freeze a.0.1, b.2 . true", ("FreezeDecl", (("PathTree", "a", "0.1"), ("PathTree", "b", "2.true")))),
        ("freeze freeze", ("FreezeDecl", (("PathTree", "freeze", None),))),
        ("remove freeze a.0.Conv", ("UnfreezeDecl", (("PathTree", "a", "0.Conv"),))),
        ("freeze = y", ("WireDecl", ("freeze",), "$y")),
        ("freeze, b = y", ("WireDecl", ("freeze", "b"), "$y")),
        ("if a { }", ("IfDecl", "$a", (), ())),
    ],
)
def test_statements(text: str, expected: Any) -> None:
    assert statement(text) == expected


def test_if_with_all_its_branches() -> None:
    wire = ("WireDecl", ("x",), 1)
    inner = ("IfDecl", "$b", (wire,), (wire, wire))
    text = "if a { x = 1 }\nelse if b {\n x = 1\n}\nelse\n{\n x = 1\n\n x = 1 }"
    assert statement(text) == ("IfDecl", "$a", (wire,), (inner,))


def test_condition_may_hold_braces_only_in_parentheses() -> None:
    configured = ("Configure", "C", (("SettingTree", "a", 1),), True)
    assert statement("if (C { a = 1 }) { }") == ("IfDecl", configured, (), ())


def test_block_returns() -> None:
    result = parse("block B(a, neck) {\n return a, b -> c\n}", "x")
    assert result.diagnostics == ()
    (block,) = result.file.declarations
    returned = ("ReturnDecl", ("$a", ("Chain", "$b", "$c")))
    assert outline(block) == ("BlockDecl", "B", ("a", "neck"), (returned,))


def test_uses() -> None:
    text = 'use "a/b.sot" { A,\n B, }\nuse python my_lab.Heads.head { C }\nuse python? lab { D }'
    result = parse(text, "x")
    assert result.diagnostics == ()
    assert [outline(use)[1:] for use in result.file.uses] == [
        ("a/b.sot", False, False, ("A", "B")),
        ("my_lab.Heads.head", True, False, ("C",)),
        ("lab", True, True, ("D",)),
    ]
    sources = [text[use.source_span.start : use.source_span.end] for use in result.file.uses]
    assert sources == ['"a/b.sot"', "my_lab.Heads.head", "lab"]


def test_extends() -> None:
    result = parse("tracker A extends B { }", "some/path.sot")
    assert outline(result.file.declarations) == (("TrackerDecl", "A", "B", ()),)
    assert result.file.path == "some/path.sot"
    assert result.file.declarations[0].span.path == "some/path.sot"


# ---------------------------------------------------------------- lines, comments, docstrings


@pytest.mark.parametrize(
    "text",
    [
        "x = f(\n  a,\n\n  b\n)",
        "x = f(a,  # one\n  b  # two\n)",
        "x = [\n1,\n2\n]",
        "x = C {\n  a = 1,\n  b\n}",
        "x = a\n  -> b  # why\n  # alone\n  -> c",
        "x = a ->\n  b",
        "x = (a\n + b)",
        "if a\n{\n}",
        "\n\n  x = 1 \t \r\n\r\n",
    ],
)
def test_where_a_line_may_be_broken(text: str) -> None:
    assert len(statements(text)) == 1


def test_a_line_end_ends_a_statement() -> None:
    assert len(statements("x = a\ny = b")) == 2
    assert not parse("tracker T {\n x = a\n + b\n}", "x").ok


def test_docstrings_go_with_what_follows() -> None:
    text = (
        '"""Of a use."""\nuse "a" { A }\n\n"""  Of a tracker:\n\n      more.\n    """\n# between\ntracker T {\n'
        '    """Of a wire."""\n    x = 1\n    y = 2\n    """Of a branch.""" if a { }\n}\n'
    )
    result = parse(text, "x")
    assert result.diagnostics == ()
    (tracker,) = result.file.declarations
    assert result.file.uses[0].doc == "Of a use."
    assert tracker.doc == "Of a tracker:\n\nmore."
    assert [inner.doc for inner in tracker.body] == ["Of a wire.", None, "Of a branch."]
    assert text[tracker.span.start :].startswith("tracker T")


def test_comments_are_kept_with_their_places() -> None:
    text = "# a\ntracker T { # b\n  x = f(1, # c\n   2)\n  #d  \n\n}# e\n#"
    comments = parse(text, "x").file.comments
    assert [(comment.text, comment.own_line) for comment in comments] == [
        ("# a", True),
        ("# b", False),
        ("# c", False),
        ("#d", True),
        ("# e", False),
        ("#", True),
    ]
    for comment in comments:
        span = comment.span
        assert text[span.start : span.end] == comment.text
        assert text.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1] == comment.text


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("beginning", ["", "\ufeff", "\n\n", "# c\n"])
@pytest.mark.parametrize("ending", ["", "\n", "  # c", "\n\n  "])
def test_line_ends_marks_and_missing_last_newline(line_end: str, beginning: str, ending: str) -> None:
    text = beginning + 'tracker T {\n  x = "é" # ü\n  """dok"""\n  y = 2\n}' + ending
    result = parse(text.replace("\n", line_end), "x")
    assert result.diagnostics == ()
    wires = (("WireDecl", ("x",), ("Text", "é")), ("WireDecl", ("y",), 2))
    assert outline(result.file.declarations) == (("TrackerDecl", "T", None, wires),)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "\ufeff", "   \r\n\t"])
def test_an_empty_file_is_no_mistake(text: str) -> None:
    result = parse(text, "x")
    assert result.diagnostics == ()
    assert result.file.declarations == ()


# ---------------------------------------------------------------- whole specs


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_has_no_mistakes(path: Path) -> None:
    assert parse(path.read_text(encoding="utf-8"), str(path)).diagnostics == ()


def test_the_first_example_of_the_design() -> None:
    text = next(path for path in SPECS if path.stem == "siamrpnpp").read_text(encoding="utf-8")
    base, mobile = parse(text, "x").file.declarations
    assert base.doc == "SiamRPN++ with a ResNet-50 backbone (Li et al., CVPR 2019)."
    kinds = [type(inner).__name__ for inner in base.body]
    assert (
        kinds
        == ["ParamDecl"] * 2
        + ["CropDecl"] * 2
        + ["TruthDecl"]
        + ["PartDecl"] * 3
        + ["WireDecl"] * 5
        + ["LossDecl"] * 2
        + ["WireDecl"]
        + ["OutputDecl"] * 2
    )
    assert isinstance(mobile, tree.TrackerDecl)
    assert mobile.base is not None
    assert mobile.base.text == "SiamRPNpp"


def nodes(node: Any) -> Iterator[tree.Tree]:
    if isinstance(node, tuple):
        for item in node:
            yield from nodes(item)
    if isinstance(node, tree.Tree):
        yield node
        for field in dataclasses.fields(node):
            yield from nodes(getattr(node, field.name))


EXPRESSIONS = (
    tree.Number,
    tree.Text,
    tree.Truth,
    tree.Nothing,
    tree.Reference,
    tree.ListExpr,
    tree.Comprehension,
    tree.Configure,
    tree.Call,
    tree.Chain,
    tree.Attribute,
    tree.Index,
    tree.Unary,
    tree.Binary,
)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spans_cut_out_what_they_stand_for(path: Path) -> None:
    """Every name is its text; every expression and statement reads back as itself."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    seen = set()
    for node in nodes(parse(text, "x").file.declarations):
        span = node.span
        cut = text[span.start : span.end]
        assert span.start == sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
        assert span.end == sum(len(line) + 1 for line in lines[: span.end_line - 1]) + span.end_column - 1
        seen.add(type(node).__name__)
        if isinstance(node, tree.Name):
            assert cut == node.text
        elif isinstance(node, EXPRESSIONS):
            assert expression(f"({cut})") == outline(node)
        elif isinstance(node, tree.ReturnDecl):
            (block,) = parse(f"block B(a) {{\n{cut}\n}}", "x").file.declarations
            assert outline(block.body) == (outline(node),)
        elif isinstance(node, tree.Statement) and not isinstance(node, tree.TrackerDecl | tree.BlockDecl):
            assert statement(cut) == outline(node)
    assert len(seen) > 10


# ---------------------------------------------------------------- limits


def codes(text: str) -> list[str]:
    return [found.code for found in parse(text, "x").diagnostics]


def test_a_file_too_large() -> None:
    assert codes("#" * 1_000_001) == ["SOT128"]
    assert codes("#" * 1_000_000) == []


@pytest.mark.parametrize(
    "value",
    [
        "(" * 101 + "a" + ")" * 101,
        "[" * 5000,
        "-" * 3000 + "a",
        "not " * 3000 + "a",
        "a" + " + a" * 3000,
        "a" + " -> b" * 3000,
        "a" + " ** a" * 3000,
        "a" + ".b" * 3000,
        "a" + "()" * 3000,
        "A { a = " * 2000,
        "f(" * 99 + "a -> b -> c" + ")" * 99,
    ],
    ids=lambda value: value[:9],
)
def test_nesting_too_deep_is_a_diagnostic(value: str) -> None:
    result = parse(f"tracker T {{\n x = {value}\n}}", "x")
    assert "SOT129" in [found.code for found in result.diagnostics]
    assert result.file.declarations == ()


def test_else_if_too_deep_is_a_diagnostic() -> None:
    text = "tracker T {\n" + "if a { } else " * 300 + "{ }\n}"
    assert "SOT129" in codes(text)


def test_long_is_not_deep() -> None:
    items = ", ".join(["a"] * 3000)
    assert codes(f"tracker T {{\n x = [{items}]\n" + "y = a\n" * 3000 + "}") == []
    assert codes("tracker T {\n x = a" + " -> b" * 90 + "\n}") == []
