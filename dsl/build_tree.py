"""From the rules of the grammar to the nodes of the tree: a method per rule, called as the rule is recognised.

Children come as the rule lists them, every lexeme included, None for an optional piece that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from . import tree
from .diagnostics import Diagnostic
from .expression_errors import LiteralSpelling
from .lexing import Lexeme
from .literals import docstring_value, number_value, string_value
from .span import Span, nowhere
from .walk import tree_children
from .wrong_parentheses import applied_in_declaration, as_configured, settings_in_parentheses

PYTHON_LITERALS = ("True", "False", "None")
Children = list[Any]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Body:
    """The statements between braces."""

    span: Span
    statements: tuple[tree.Statement, ...]


@dataclass(frozen=True)
class Used:
    """The names in the braces of a `use`."""

    span: Span
    names: tuple[tree.Name, ...]


def _every(children: Children, kind: type[Found]) -> tuple[Found, ...]:
    return tuple(child for child in children if isinstance(child, kind))


def _expressions(children: Children) -> tuple[tree.Expression, ...]:
    return tuple(child for child in children if isinstance(child, tree.Tree))  # type: ignore[misc]


def _first(children: Children, kind: type[Found]) -> Found | None:
    return next((child for child in children if isinstance(child, kind)), None)


def _is_made_up(condition: tree.Tree) -> bool:
    """Whether recovery has put a value into a condition: one that takes no place in the text."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if node.span.start == node.span.end:
            return True
        waiting.extend(tree_children(node))
    return False


def _span(children: Children) -> Span:
    present = [child for child in children if child is not None]
    first: Span = present[0].span
    return first.to(present[-1].span)


@dataclass(frozen=True)
class TreeBuilder:
    """Builds the tree of one file, noting in `diagnostics` what shows only here."""

    path: str
    diagnostics: list[Diagnostic]

    # ------------------------------------------------------------ files

    def start(self, children: Children) -> tree.File:
        statements = _every(children, tree.Statement)
        span = _span(children) if statements else nowhere(self.path)
        uses = _every(children, tree.UseDecl)
        declarations = tuple(
            statement for statement in statements if isinstance(statement, tree.TrackerDecl | tree.BlockDecl)
        )
        return tree.File(span, self.path, uses, declarations, ())

    def entry(self, children: Children) -> tree.Statement:
        doc, statement = children
        documented: tree.Statement = statement if doc is None else replace(statement, doc=doc)
        return documented

    item = entry

    def doc(self, children: Children) -> str:
        return docstring_value(children[0].text)

    def body(self, children: Children) -> Body:
        return Body(_span(children), _every(children, tree.Statement))

    def skipped(self, children: Children) -> tree.ErrorStatement:
        return tree.ErrorStatement(children[0].span, None)

    def use_file(self, children: Children) -> tree.UseDecl:
        _, source, used = children
        return tree.UseDecl(_span(children), None, source.value, source.span, False, False, used.names)

    def use_python(self, children: Children) -> tree.UseDecl:
        _, _, question, module, used = children
        return tree.UseDecl(
            _span(children), None, module.text, module.span, True, question is not None, used.names
        )

    def module(self, children: Children) -> tree.Name:
        return tree.Name(_span(children), "".join(child.text for child in children))

    def module_word(self, children: Children) -> tree.Name:
        return tree.Name(children[0].span, children[0].text)

    def used_names(self, children: Children) -> Used:
        return Used(_span(children), _every(children, tree.Name))

    def tracker(self, children: Children) -> tree.TrackerDecl:
        _, name, _, base, body = children
        return tree.TrackerDecl(_span(children), None, name, base, body.statements)

    def block(self, children: Children) -> tree.BlockDecl:
        _, name, parameters, body = children
        return tree.BlockDecl(_span(children), None, name, parameters.names, body.statements)

    def parameters(self, children: Children) -> Used:
        return Used(_span(children), _every(children, tree.Name))

    # ------------------------------------------------------------ statements

    def param(self, children: Children) -> tree.ParamDecl:
        _, name, _, type_, _, default, _, condition = children
        return tree.ParamDecl(_span(children), None, name, type_, default, condition)

    def crop(self, children: Children) -> tree.CropDecl:
        keyword, name, _, value, refresh = children
        return tree.CropDecl(
            _span(children), None, keyword.text, name, self._declared(value, keyword), refresh
        )

    def refresh(self, children: Children) -> tree.RefreshClause:
        return tree.RefreshClause(_span(children), children[2], children[4])

    def truth(self, children: Children) -> tree.TruthDecl:
        return tree.TruthDecl(_span(children), None, children[1], children[3])

    def part(self, children: Children) -> tree.PartDecl | tree.LossDecl:
        keyword, name, value = children[0].text, _first(children[:-1], tree.Name), children[-1]
        if keyword == "loss" and not is_configured(value):
            return tree.LossDecl(_span(children), None, name, value)
        return tree.PartDecl(_span(children), None, keyword, name, self._declared(value, children[0]))

    def wire(self, children: Children) -> tree.WireDecl:
        return tree.WireDecl(_span(children), None, _every(children[:-1], tree.Name), children[-1])

    def output(self, children: Children) -> tree.OutputDecl:
        return tree.OutputDecl(_span(children), None, children[1], children[3])

    def state(self, children: Children) -> tree.StateDecl:
        return tree.StateDecl(_span(children), None, children[1], children[3])

    def next_value(self, children: Children) -> tree.NextDecl:
        return tree.NextDecl(_span(children), None, children[1], children[3], children[5])

    def fn(self, children: Children) -> tree.FnDecl:
        _, name, parameters, _, value = children
        return tree.FnDecl(_span(children), None, name, parameters.names, value)

    def result(self, children: Children) -> tree.ReturnDecl:
        return tree.ReturnDecl(_span(children), None, _expressions(children))

    def choice(self, children: Children) -> tree.IfDecl | tree.ErrorStatement:
        condition, then, otherwise = children[1], children[2], children[-1]
        if _is_made_up(condition):
            return tree.ErrorStatement(_span(children), None)
        rest: tuple[tree.Statement, ...] = () if otherwise is None else (otherwise,)
        if isinstance(otherwise, Body):
            rest = otherwise.statements
        return tree.IfDecl(_span(children), None, condition, then.statements, rest)

    def override(self, children: Children) -> tree.OverrideDecl:
        return tree.OverrideDecl(_span(children), None, children[1])

    def remove(self, children: Children) -> tree.RemoveDecl:
        return tree.RemoveDecl(_span(children), None, _every(children, tree.Name))

    def freeze(self, children: Children) -> tree.FreezeDecl:
        return tree.FreezeDecl(_span(children), None, _every(children, tree.PathTree))

    def unfreeze(self, children: Children) -> tree.UnfreezeDecl:
        return tree.UnfreezeDecl(_span(children), None, _every(children, tree.PathTree))

    def weights(self, children: Children) -> tree.PathTree:
        part, *rest = children
        inside = [piece for piece in rest if isinstance(piece, tree.Name)]
        if not inside:
            return tree.PathTree(_span(children), part, None)
        text = ".".join(piece.text for piece in inside)
        return tree.PathTree(_span(children), part, tree.Name(inside[0].span.to(inside[-1].span), text))

    weights_word = module_word

    def type(self, children: Children) -> tree.TypeExpr:
        arguments = tuple(child for child in children[1:] if isinstance(child, tree.TypeExpr | tree.Number))
        return tree.TypeExpr(_span(children), children[0].text, arguments)

    # ------------------------------------------------------------ expressions

    def chain(self, children: Children) -> tree.Chain:
        return tree.Chain(_span(children), children[0], children[2])

    def binary(self, children: Children) -> tree.Binary:
        return tree.Binary(_span(children), children[1].text, children[0], children[2])

    def unary(self, children: Children) -> tree.Unary:
        return tree.Unary(_span(children), children[0].text, children[1])

    def call(self, children: Children) -> tree.Expression:
        call = tree.Call(_span(children), children[0], _every(children[1:], tree.ArgumentTree))
        finding = settings_in_parentheses(call)
        if finding is None:
            return call
        self.diagnostics.append(finding)
        return as_configured(call)

    def index(self, children: Children) -> tree.Index:
        return tree.Index(_span(children), children[0], children[2])

    def attribute(self, children: Children) -> tree.Attribute:
        name = tree.Name(children[2].span, children[2].text)
        return tree.Attribute(_span(children), children[0], name)

    def truth_value(self, children: Children) -> tree.Truth:
        return tree.Truth(children[0].span, children[0].type == "TRUE")

    def nothing(self, children: Children) -> tree.Nothing:
        return tree.Nothing(children[0].span)

    def reference(self, children: Children) -> tree.Reference:
        return tree.Reference(children[0].span, children[0].text)

    def component(self, children: Children) -> tree.Expression:
        name = children[0]
        if name.text in PYTHON_LITERALS:
            self.diagnostics.append(LiteralSpelling(name.span, name.text))
            return (
                tree.Nothing(name.span) if name.text == "None" else tree.Truth(name.span, name.text == "True")
            )
        return tree.Configure(children[0].span, children[0], (), braces=False)

    def configured(self, children: Children) -> tree.Configure:
        settings = _every(children, tree.SettingTree)
        return tree.Configure(_span(children), children[0], settings, braces=True)

    def list_of(self, children: Children) -> tree.ListExpr:
        return tree.ListExpr(_span(children), _expressions(children))

    def comprehension(self, children: Children) -> tree.Comprehension:
        _, element, _, variable, _, source, _, condition, _ = children
        return tree.Comprehension(_span(children), element, variable, source, condition)

    def grouped(self, children: Children) -> tree.Tree:
        # With its parentheses, so that what is cut out of the text by a span is whole.
        inner: tree.Tree = children[1]
        return replace(inner, span=_span(children))

    def argument(self, children: Children) -> tree.ArgumentTree:
        port = self._word(children[0]) if len(children) > 1 else None
        return tree.ArgumentTree(_span(children), port, children[-1])

    def setting(self, children: Children) -> tree.SettingTree:
        value = children[2] if len(children) > 1 else None
        return tree.SettingTree(_span(children), self._word(children[0]), value)

    def number(self, children: Children) -> tree.Number:
        text = children[0].text
        return tree.Number(children[0].span, number_value(text), text)

    def text(self, children: Children) -> tree.Text:
        return tree.Text(children[0].span, string_value(children[0].text))

    # ------------------------------------------------------------ names

    def name(self, children: Children) -> tree.Name:
        return self._word(children[0])

    wire_name = word = camel = name

    def _declared(self, value: tree.Expression, keyword: Lexeme) -> tree.Expression:
        """The value of a declaration, which is configured."""
        finding = applied_in_declaration(value, keyword.text)
        if finding is None or not isinstance(value, tree.Call):
            return value
        self.diagnostics.append(finding)
        return as_configured(value)

    def _word(self, word: tree.Name | Lexeme) -> tree.Name:
        return word if isinstance(word, tree.Name) else tree.Name(word.span, word.text)


def is_configured(value: tree.Tree) -> bool:
    """Whether a value is only configured, not applied: a component, or a list of components."""
    if isinstance(value, tree.Comprehension):
        return is_configured(value.element)
    if isinstance(value, tree.ListExpr):
        return bool(value.items) and all(is_configured(item) for item in value.items)
    return isinstance(value, tree.Configure)
