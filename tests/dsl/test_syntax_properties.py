"""Properties over made-up trees and texts: what is printed reads back, formatting is stable, nothing raises."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from sotc.dsl import tree
from sotc.dsl.build_tree import PYTHON_LITERALS, is_configured
from sotc.dsl.formatter import format_text, print_file
from sotc.dsl.keywords import KEYWORDS, NAMES
from sotc.dsl.literals import docstring_text, docstring_value
from sotc.dsl.parser import parse
from sotc.dsl.printer import print_expression
from sotc.dsl.saved_parser import GRAMMAR_PATH, build
from sotc.dsl.span import nowhere
from sotc.dsl.wrong_parentheses import applied_in_declaration, settings_in_parentheses

HERE = nowhere("x")
SPECS = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).with_name("specs").glob("*.sot"))]
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def outline(node: Any) -> Any:
    """A node without its spans; empty braces count as none."""
    if isinstance(node, tuple):
        return tuple(outline(item) for item in node)
    if not isinstance(node, tree.Tree):
        return node
    left_out = ("span", "source_span", "braces", "comments")
    values = [
        outline(getattr(node, field.name)) for field in dataclasses.fields(node) if field.name not in left_out
    ]
    return (type(node).__name__, *values)


# ---------------------------------------------------------------- trees

words = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(lambda word: word not in KEYWORDS)
soft_words = st.sampled_from(sorted(kind.lower() for kind in NAMES - {"SNAKE"}))
wire_words = words | st.sampled_from(["every", "refresh", "freeze", "python", "block", "tracker"])
any_words = words | st.sampled_from(
    [word for word in KEYWORDS if word not in ("and", "or", "not", "if", "else", "for", "in", "return")]
)
camels = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda word: word not in PYTHON_LITERALS
)


def node(kind: type[tree.Tree], *values: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, st.just(HERE), *values)


def tuples(
    items: st.SearchStrategy[Any], least: int = 0, most: int = 3
) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def names(text: st.SearchStrategy[str]) -> st.SearchStrategy[tree.Name]:
    return node(tree.Name, text)


def number(text: str) -> tree.Number:
    value = float(text) if any(mark in text for mark in ".e") else int(text)
    return tree.Number(HERE, value, text)


name = names(words | soft_words)
camel = names(camels)
number_texts = (
    st.integers(0, 10**30).map(str)
    | st.floats(0, 1e300, allow_nan=False).map(repr).filter(lambda text: "+" not in text or "e" in text)
    | st.sampled_from(["1_000", "0.50", "1e-3", "007"])
)
bare = st.builds(tree.Configure, st.just(HERE), camel, st.just(()), st.just(False))
atoms = st.one_of(
    number_texts.map(number),
    node(tree.Text, st.text(max_size=8)),
    node(tree.Truth, st.booleans()),
    node(tree.Nothing),
    node(tree.Reference, words | soft_words),
    bare,
)
operators = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "and", "or"]
)


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    setting = node(tree.SettingTree, names(any_words), inner) | node(
        tree.SettingTree, names(any_words), st.none()
    )
    argument = node(tree.ArgumentTree, st.none(), inner) | node(
        tree.ArgumentTree, names(any_words | camels), inner
    )
    return st.one_of(
        node(tree.ListExpr, tuples(inner)),
        node(tree.Comprehension, inner, name, inner, st.none() | inner),
        node(tree.Configure, camel, tuples(setting, 1), st.just(True)),
        node(tree.Call, inner, tuples(argument)).filter(lambda call: settings_in_parentheses(call) is None),
        node(tree.Chain, inner, inner),
        node(tree.Attribute, inner, names(any_words)),
        node(tree.Index, inner, inner),
        node(tree.Unary, st.sampled_from(["-", "not"]), inner),
        node(tree.Binary, operators, inner, inner),
    )


expressions = st.recursive(atoms, larger, max_leaves=8)
few = st.recursive(atoms, larger, max_leaves=3)


def clean(text: str) -> str:
    """A text as it is once it has been a docstring."""
    before, after = None, text.replace('"""', "").replace("\r", "").replace("\x00", "")
    while before != after:
        before, after = after, docstring_value(docstring_text(after))
    return after


docs = st.none() | st.text(st.sampled_from('ab "\\\n\t#é{'), max_size=12).map(clean)
configured = st.deferred(lambda: few.filter(is_configured)) | bare
types = st.recursive(
    st.builds(tree.TypeExpr, st.just(HERE), words | camels, st.just(())),
    lambda inner: node(tree.TypeExpr, words | camels, tuples(inner | number_texts.map(number), 1, 2)),
    max_leaves=3,
)
declared = few.filter(lambda value: applied_in_declaration(value, "part") is None)
refresh = st.none() | node(tree.RefreshClause, few, st.none() | few)
wire_names = tuples(names(wire_words), 1, 1) | tuples(name, 2, 3)
inside = st.lists(any_words | camels | st.from_regex("[0-9]{1,3}", fullmatch=True), min_size=1, max_size=4)
paths = tuples(node(tree.PathTree, name, st.none() | names(inside.map(".".join))), 1)
category = st.sampled_from(["backbone", "neck", "head"])


def statements(doc: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        node(tree.ParamDecl, doc, name, st.none() | types, st.none() | few, st.none() | few),
        node(tree.CropDecl, doc, st.just("template"), st.none() | name, declared, refresh),
        node(tree.CropDecl, doc, st.just("search"), st.none() | name, declared, st.none()),
        node(tree.TruthDecl, doc, name, types),
        node(tree.PartDecl, doc, category, st.none() | name, declared),
        node(tree.PartDecl, doc, st.just("part"), name, declared),
        node(tree.PartDecl, doc, st.just("loss"), st.none() | name, configured),
        node(tree.LossDecl, doc, st.none() | name, few.filter(lambda value: not is_configured(value))),
        node(tree.WireDecl, doc, wire_names, few),
        node(tree.OutputDecl, doc, name, few),
        node(tree.StateDecl, doc, name, few),
        node(tree.NextDecl, doc, name, few, st.none() | few),
        node(tree.FnDecl, doc, name, tuples(name), few),
    )


simple = st.one_of(
    statements(docs),
    node(tree.OverrideDecl, docs, statements(st.none())),
    node(tree.RemoveDecl, docs, tuples(name, 1)),
    node(tree.FreezeDecl, docs, paths),
    node(tree.UnfreezeDecl, docs, paths),
)
in_blocks = simple | node(tree.ReturnDecl, docs, tuples(few, 1))


# Composites, whose names stand for them: written out in full these strategies fill pages.
@st.composite
def bodies(draw: st.DrawFn, in_block: bool, depth: int = 2) -> tuple[tree.Statement, ...]:
    statement = in_blocks if in_block else simple
    if depth > 0:
        inner = bodies(in_block, depth - 1)
        statement |= node(tree.IfDecl, docs, few, inner, inner)
    return tuple(draw(st.lists(statement, max_size=3)))


@st.composite
def uses(draw: st.DrawFn) -> tree.UseDecl:
    python = draw(st.booleans())
    module = ".".join(draw(st.lists(words | camels, min_size=1, max_size=3)))
    source = module if python else draw(st.text(max_size=6))
    tolerant = python and draw(st.booleans())
    return tree.UseDecl(HERE, draw(docs), source, HERE, python, tolerant, draw(tuples(camel, 1)))


@st.composite
def files(draw: st.DrawFn) -> tree.File:
    declaration = st.one_of(
        node(tree.TrackerDecl, docs, camel, st.none() | camel, bodies(False)),
        node(tree.BlockDecl, docs, camel, tuples(name), bodies(True)),
    )
    return tree.File(HERE, "x", draw(tuples(uses(), most=2)), draw(tuples(declaration, most=2)), ())


@QUICK
@given(expressions)
def test_a_printed_expression_reads_back(expression: tree.Expression) -> None:
    text = print_expression(expression)
    (declaration,) = parse(f"tracker T {{ x = {text} }}", "x").file.declarations
    (wire,) = declaration.body
    assert isinstance(wire, tree.WireDecl)
    assert outline(wire.value) == outline(expression)


@QUICK
@given(files())
def test_a_printed_file_reads_back(file: tree.File) -> None:
    text = print_file(file)
    result = parse(text, "x")
    assert result.diagnostics == (), text
    assert outline(result.file) == outline(file)


@QUICK
@given(files())
def test_formatting_is_stable(file: tree.File) -> None:
    text = print_file(file)
    result = format_text(text, "x")
    assert result.diagnostics == ()
    assert format_text(result.text, "x").text == result.text
    assert outline(parse(result.text, "x").file) == outline(file)


@QUICK
@given(st.data(), files())
def test_layout_does_not_matter(data: st.DataObject, file: tree.File) -> None:
    """Blank lines, comments at line ends and indentation change nothing of the tree."""
    lines = print_file(file).split("\n")
    quotes = 0
    changed = []
    for line in lines:
        in_docstring = quotes % 2 == 1
        quotes += line.count('"""')
        if in_docstring or quotes % 2 == 1:
            changed.append(line)
        else:
            blanks = data.draw(st.sampled_from(["", " ", "\t", "\n\n  ", "# a comment\n"]))
            ending = data.draw(st.sampled_from(["", "  ", " # a comment", "\r"]))
            changed.append(blanks + line.lstrip(" ") + ending)
    assert outline(parse("\n".join(changed), "x").file) == outline(file)


def check_everything(text: str) -> None:
    """Reading and formatting raise nothing, and every finding lies in the text."""
    result = parse(text, "x")
    for found in result.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert all((found.title, *(label.text for label in found.labels)))
        assert found.help != ""
    done = format_text(text, "x")
    assert done.diagnostics == result.diagnostics
    if not result.ok:
        assert done.text == text


@QUICK
@given(st.text(max_size=200) | st.text(st.sampled_from("{}[]()=->,:\"'#\n ab1A.\\ \t"), max_size=80))
def test_any_text(text: str) -> None:
    check_everything(text)


@QUICK
@given(st.data())
def test_changed_specs(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SPECS))
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(begin, min(len(text), begin + 20)))
        text = (
            text[:begin]
            + data.draw(st.text(max_size=5) | st.sampled_from(["{", "}", '"""', "if"]))
            + text[end:]
        )
    check_everything(text)


@QUICK
@given(
    from_lark(
        build(GRAMMAR_PATH.read_text(encoding="utf-8")),
        start="start",
        explicit={"BODY_OPEN": st.just("{"), "BODY_CLOSE": st.just("}"), "NEWLINE": st.just("\n")},
    )
)
def test_text_made_from_the_grammar(text: str) -> None:
    """Not all of it is a spec (lexemes run together), so that this only looks for exceptions."""
    check_everything(text)
