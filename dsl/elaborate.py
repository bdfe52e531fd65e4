"""Expressions become values: constants are computed, dataflow becomes nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from . import apply, evaluate, tree
from .blocks import configure_block
from .body import Body
from .builder import Builder, TooManyNodesError
from .composition_errors import WrongKind
from .evaluate import FUNCTIONS, ConstantError
from .findings import Findings
from .modules import Block, Lost, Tracker
from .name_errors import DuplicateName, NoField, NotApplied, NotConstant, TooLarge, UnknownName
from .operands import index_of, item_of, operand_of
from .program import Constant, Field, Literal, Operand, Operation, Provenance, Setting, Unsettled, Wire
from .references import is_type_name
from .scope import Here, Naming, Scope
from .sources import Sources
from .span import Span
from .value_errors import NoValue
from .values import (
    BROKEN,
    BlockValue,
    Broken,
    ComponentValue,
    FunctionValue,
    ListValue,
    PartValue,
    Value,
    describe,
    is_constant,
)

DEEPEST = 120
"""Expressions, functions and blocks within each other."""

MOST_STEPS = 1_000_000
"""Expressions evaluated in all; more is a slip (comprehensions of long lists within each other)."""

SHOWN = 60
"""Letters of an operand that a message repeats."""


class Elaborator:
    """Evaluates expressions, adds parts and nodes to a builder, and reports what is wrong."""

    def __init__(self, builder: Builder, findings: Findings, sources: Sources) -> None:
        self.builder = builder
        self.findings = findings
        self.sources = sources
        self.depth = 0
        self.steps = 0
        self.exhausted = False
        self.blocks: list[tuple[Block, Span]] = []
        """blocks being applied, and where"""
        self.entered: dict[Block, None] = {}
        """blocks that were applied"""
        self.bodies: dict[Block, Body] = {}
        """bodies of blocks that are the same for all params"""
        self.uncalled: dict[Span, FunctionValue] = {}
        """functions that nothing has called so far, by where they are declared"""
        self.packs: dict[int, tuple[ListValue, Operand]] = {}
        """lists that were packed into a node already"""

    def apart(self) -> Elaborator:
        """One that reports nowhere and builds nothing that is kept."""
        return Elaborator(Builder(), Findings(), self.sources)

    def aside(self) -> Elaborator:
        """One that reports where this one does and builds nothing that is kept."""
        return Elaborator(Builder(), self.findings, self.sources)

    # ------------------------------------------------------------ doors

    def value(self, expression: tree.Expression, here: Here, naming: Naming) -> Value:
        """What an expression stands for; Broken where that could not be made out (and was reported)."""
        self.steps += 1
        if self.exhausted or self.steps > MOST_STEPS or self.depth >= DEEPEST:
            return self._exhaust(expression.span)
        self.depth += 1
        try:
            return CASES[type(expression)](self, expression, here, naming)
        except ConstantError as error:
            self.findings.add(NoValue(expression.span, str(error)))
            return BROKEN
        except TooManyNodesError:
            return self._exhaust(expression.span)
        finally:
            self.depth -= 1

    def _exhaust(self, span: Span) -> Broken:
        if not self.exhausted:
            deep = self.depth >= DEEPEST
            message = (
                f"this is nested more than {DEEPEST} deep" if deep else "this expands to too many values"
            )
            advice = "give its pieces names of their own" if deep else None
            self.findings.add(TooLarge(span, message, advice))
        self.exhausted = True
        return BROKEN

    def constant(self, expression: tree.Expression, here: Here, where: str) -> Constant | Broken:
        """The value of an expression that must be known at compile time."""
        value = self.value(expression, here, Naming(""))
        if is_constant(value) or isinstance(value, Broken):
            return value
        self.not_constant(expression.span, value, where)
        return BROKEN

    def not_constant(self, span: Span, value: Value, where: str) -> None:
        """Report a value that is not known at compile time."""
        what = "an operand of the block" if isinstance(value, Literal) else describe(value)
        finding = NotConstant(span, self.text(span), what, where, advice_on_constant(value, where))
        self.findings.add(finding)

    def plain_constant(self, expression: tree.Expression) -> Constant | Broken:
        """The value of an expression that reads no names (see `apart`)."""
        nowhere = Here(Scope(), None, Provenance("", expression.span))  # type: ignore[arg-type]
        return self.constant(expression, nowhere, "it")

    def truth(self, expression: tree.Expression, here: Here, where: str) -> bool | Broken:
        """The value of a condition that decides at compile time."""
        value = self.constant(expression, here, where)
        if not isinstance(value, (bool, Broken)):
            self.findings.add(NoValue(expression.span, f"{where} is true or false, not {describe(value)}"))
            return BROKEN
        return value

    def operand(self, expression: tree.Expression, here: Here, naming: Naming) -> Operand | None:
        """An expression as an operand; None where it is broken."""
        return operand_of(self, self.value(expression, here, naming), expression.span)

    def enter(self, naming: Naming, label: str) -> Naming:
        """For the result of a function, block or list called `label`: a name that no other one has."""
        if naming.targets:
            return naming
        name = self.builder.groups.take(naming.name(label))
        return Naming(name, (name,))

    def text(self, span: Span) -> str:
        """The text of a span, on one line, shortened."""
        text = self.sources.text(span.path) or ""
        piece = text[span.start : min(span.end, span.start + 4 * SHOWN)]
        line = " ".join(piece.split())
        return (
            line if len(line) <= SHOWN and span.end - span.start <= 4 * SHOWN else line[: SHOWN - 3] + "..."
        )

    # ------------------------------------------------------------ one kind of expression each

    def _plain(self, node: tree.Number | tree.Text | tree.Truth, here: Here, naming: Naming) -> Value:
        return evaluate.bounded(node.value)

    def _reference(self, node: tree.Reference, here: Here, naming: Naming) -> Value:
        if here.scope.has(node.name):
            return here.scope.get(node.name)
        if is_type_name(node.name):
            return self._component(node.name, node.span, node.span, (), here)
        if node.name in FUNCTIONS:
            self.findings.add(UnknownName(node.span, node.name, (), f"it is a function: {node.name}(...)"))
        return BROKEN  # reported where the names of the body were bound

    def _configure(self, node: tree.Configure, here: Here, naming: Naming) -> Value:
        return self._component(node.component.text, node.span, node.component.span, node.settings, here)

    def _component(
        self, name: str, span: Span, name_span: Span, settings: tuple[tree.SettingTree, ...], here: Here
    ) -> Value:
        """A component or block with its settings."""
        evaluated, unsettled = self.settings(settings, here)
        found = here.module.find(name) if here.module else None
        if isinstance(found, Lost):
            return BROKEN
        if isinstance(found, Tracker):
            self.findings.add(WrongKind(name_span, name, "tracker", "component", found.declaration.name.span))
            return BROKEN
        if isinstance(found, Block):
            return configure_block(self, found, evaluated, unsettled, name_span, span)
        return ComponentValue(name, evaluated, span, name_span, here.provenance, unsettled)

    def settings(
        self, settings: tuple[tree.SettingTree, ...], here: Here
    ) -> tuple[tuple[Setting, ...], tuple[Unsettled, ...]]:
        """Evaluated settings; and those that are broken."""
        result: dict[str, Setting] = {}
        broken: dict[str, Unsettled] = {}
        for setting in settings:
            name = setting.name
            expression = setting.value or tree.Reference(name.span, name.text)
            value = self.constant(expression, here, f"setting `{name.text}`")
            if name.text in result:
                self.findings.add(DuplicateName(name.span, name.text, result[name.text].name_span, "setting"))
            if isinstance(value, Broken):
                broken.setdefault(name.text, Unsettled(name.text, name.span))
                continue
            source = self.text(expression.span)
            result.setdefault(name.text, Setting(name.text, value, name.span, expression.span, source))
        return tuple(result.values()), tuple(broken.values())

    def _list(self, node: tree.ListExpr, here: Here, naming: Naming) -> Value:
        items = []
        count = len(node.items)
        for number, item in enumerate(node.items):
            items.append(self.value(item, here, naming_of_item(naming, number, count)))
        spans = tuple(item.span for item in node.items)
        return list_of(items, naming, node.span, spans)

    def _comprehension(self, node: tree.Comprehension, here: Here, naming: Naming) -> Value:
        source = self.value(node.source, here, naming.middle)
        if isinstance(source, Broken):
            self._look_into(node.element, here.inside({node.variable.text: BROKEN}), naming)
            return BROKEN
        if not isinstance(source, (tuple, ListValue)):
            self.not_constant(node.source.span, source, "the list that a comprehension runs over")
            return BROKEN
        items: tuple[Value, ...] = source.items if isinstance(source, ListValue) else source
        evaluate.check_length(len(items))
        kept = []
        for item in items:
            inner = here.inside({node.variable.text: item})
            if node.condition is not None:
                condition = self.truth(node.condition, inner, "the condition of a comprehension")
                if isinstance(condition, Broken):
                    return BROKEN
                if not condition:
                    continue
            kept.append(inner)
        elements = [
            self.value(node.element, inner, naming_of_item(naming, number, len(kept)))
            for number, inner in enumerate(kept)
        ]
        return list_of(elements, naming, node.span, (node.element.span,) * len(elements))

    def _look_into(self, element: tree.Expression, here: Here, naming: Naming) -> None:
        """What is wrong with the elements of a list whose length could not be made out."""
        value = self.value(element, here, naming.middle)
        if isinstance(value, ComponentValue):
            apply.inline_part(self, value, naming)

    def _call(self, node: tree.Call, here: Here, naming: Naming) -> Value:
        return self._applied(node, (), here, naming)

    def _applied(self, node: tree.Call, first: tuple[apply.Given, ...], here: Here, naming: Naming) -> Value:
        """A call, with what a chain puts before its arguments."""
        callee = node.callee
        given = [*first]
        for argument in node.arguments:
            value = self.value(argument.value, here, naming.middle)
            given.append(
                apply.Given(value, argument.port, argument.value.span, self.text(argument.value.span))
            )
        builtin = (
            isinstance(callee, tree.Reference)
            and callee.name in FUNCTIONS
            and not here.scope.has(callee.name)
        )
        if builtin and isinstance(callee, tree.Reference):
            return self._compute(callee, tuple(given), here)
        value = self.value(callee, here, naming.middle)
        return apply.apply(self, value, tuple(given), naming, node.span, callee.span)

    def _compute(self, callee: tree.Reference, given: tuple[apply.Given, ...], here: Here) -> Value:
        """`len(list)` and the like."""
        values: list[Constant] = []
        for argument in given:
            if isinstance(argument.value, Broken):
                return BROKEN
            if isinstance(argument.value, ListValue) and callee.name == "len":
                return len(argument.value.items)
            if not is_constant(argument.value) or argument.port:
                self.not_constant(argument.span, argument.value, f"what `{callee.name}` is called on")
                return BROKEN
            values.append(argument.value)
        return evaluate.call(callee.name, tuple(values))

    def _chain(self, node: tree.Chain, here: Here, naming: Naming) -> Value:
        steps: list[tree.Expression] = []
        source: tree.Expression = node
        while isinstance(source, tree.Chain):
            steps.append(source.step)
            source = source.source
        steps.reverse()
        value = self.value(source, here, naming.middle)
        start = span = source.span
        for number, step in enumerate(steps, start=1):
            given = apply.Given(value, None, span, self.text(start.to(span)))
            value = self._step(step, given, here, naming if number == len(steps) else naming.middle)
            span = step.span
        return value

    def _step(self, step: tree.Expression, given: apply.Given, here: Here, naming: Naming) -> Value:
        """One step of a chain: what came so far is the first operand of the innermost call."""
        if isinstance(step, tree.Call):
            return self._applied(step, (given,), here, naming)
        if isinstance(step, tree.Attribute):
            value = self._step(step.value, given, here, naming.middle)
            return self._field(value, step, naming)
        if isinstance(step, tree.Index) and not chooses_a_part(step, here):
            value = self._step(step.value, given, here, naming.middle)
            return self._item(value, step, here, naming)
        callee = self.value(step, here, naming.middle)
        return apply.apply(self, callee, (given,), naming, step.span, step.span)

    def _attribute(self, node: tree.Attribute, here: Here, naming: Naming) -> Value:
        return self._field(self.value(node.value, here, naming.middle), node, naming)

    def _field(self, value: Value, node: tree.Attribute, naming: Naming) -> Value:
        if isinstance(value, Broken):
            return BROKEN
        if not isinstance(value, Wire):
            self.findings.add(NoField(node.name.span, describe(value), node.name.text))
            return BROKEN
        found = self.builder.selected(value, node.name.text)
        if found is not None:
            return found
        wanted = naming.name_selected(f"{value.node}.{node.name.text}")
        name = self.builder.node_names.take(wanted)
        return self.builder.field(Field(name, node.span, value, node.name.text, node.name.span))

    def _index(self, node: tree.Index, here: Here, naming: Naming) -> Value:
        return self._item(self.value(node.value, here, naming.middle), node, here, naming)

    def _item(self, value: Value, node: tree.Index, here: Here, naming: Naming) -> Value:
        position = self.constant(node.index, here, "a position in a list")
        if isinstance(value, Broken) or isinstance(position, Broken):
            return BROKEN
        if is_constant(value):
            return evaluate.index(value, position)
        if isinstance(value, Wire):
            return item_of(self, value, index_of(position), node.span, naming)
        if isinstance(value, ListValue):
            number = evaluate.index(tuple(range(len(value.items))), position)
            return value.items[number] if isinstance(number, int) else BROKEN
        self.findings.add(NotApplied(node.value.span, describe(value), self.text(node.value.span)))
        return BROKEN

    def _unary(self, node: tree.Unary, here: Here, naming: Naming) -> Value:
        value = self.value(node.operand, here, naming.middle)
        if is_constant(value):
            return evaluate.unary(node.operator, value)
        if isinstance(value, Literal):
            return Literal(evaluate.unary(node.operator, value.value))
        operand = operand_of(self, value, node.operand.span)
        if operand is None:
            return BROKEN
        symbol = "neg" if node.operator == "-" else node.operator
        return self._operation(symbol, (operand,), node.span, naming)

    def _binary(self, node: tree.Binary, here: Here, naming: Naming) -> Value:
        spine: list[tree.Binary] = []
        left: tree.Expression = node
        while isinstance(left, tree.Binary):
            spine.append(left)
            left = left.left
        value = self.value(left, here, naming.middle)
        span = left.span
        for joined in reversed(spine):
            other = self.value(joined.right, here, naming.middle)
            named = naming if joined is node else naming.middle
            value = self._join(joined, (value, span), (other, joined.right.span), named)
            span = joined.span
        return value

    def _join(
        self, node: tree.Binary, left: tuple[Value, Span], right: tuple[Value, Span], naming: Naming
    ) -> Value:
        one, other = left[0], right[0]
        if is_constant(one) and is_constant(other):
            return evaluate.binary(node.operator, one, other)
        plain = [value.value if isinstance(value, Literal) else value for value in (one, other)]
        if is_constant(plain[0]) and is_constant(plain[1]):
            return Literal(evaluate.binary(node.operator, plain[0], plain[1]))
        operands = (operand_of(self, one, left[1]), operand_of(self, other, right[1]))
        if operands[0] is None or operands[1] is None:
            return BROKEN
        return self._operation(node.operator, (operands[0], operands[1]), node.span, naming)

    def _operation(self, symbol: str, operands: tuple[Operand, ...], span: Span, naming: Naming) -> Wire:
        name = self.builder.node_names.take(naming.name(OPERATION_NAMES[symbol]))
        return self.builder.add(Operation(name, span, symbol, operands))


CASES: Mapping[type, Callable[[Elaborator, Any, Here, Naming], Value]] = MappingProxyType(
    {
        tree.Number: Elaborator._plain,
        tree.Text: Elaborator._plain,
        tree.Truth: Elaborator._plain,
        tree.Nothing: lambda *_: None,
        tree.Reference: Elaborator._reference,
        tree.ListExpr: Elaborator._list,
        tree.Comprehension: Elaborator._comprehension,
        tree.Configure: Elaborator._configure,
        tree.Call: Elaborator._call,
        tree.Chain: Elaborator._chain,
        tree.Attribute: Elaborator._attribute,
        tree.Index: Elaborator._index,
        tree.Unary: Elaborator._unary,
        tree.Binary: Elaborator._binary,
    }
)
"""how each kind of expression is evaluated; not kept by an elaborator, which would then hold itself"""


def chooses_a_part(step: tree.Index, here: Here) -> bool:
    """Whether `parts[0]` takes an item of a list of parts; else `x -> part[0]` is one of the part's results."""
    root: tree.Expression = step
    while isinstance(root, tree.Index):
        root = root.value
    if isinstance(root, (tree.ListExpr, tree.Comprehension)):
        return True
    if not isinstance(root, tree.Reference) or not here.scope.has(root.name):
        return False
    return isinstance(here.scope.get(root.name), (ListValue, Broken))


OPERATION_NAMES = {
    "+": "sum",
    "-": "difference",
    "*": "product",
    "/": "quotient",
    "//": "floor",
    "%": "remainder",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "more",
    ">=": "more_equal",
    "==": "same",
    "!=": "different",
    "and": "both",
    "or": "either",
    "not": "opposite",
    "neg": "negative",
}
"""What the nodes of operations in the middle of an expression are called."""


def naming_of_item(naming: Naming, number: int, count: int) -> Naming:
    """What an item of a list is called: the name it is unpacked into, or the list's with its number."""
    if len(naming.targets) > 1 and len(naming.targets) == count:
        name = naming.targets[number]
        return Naming(name, (name,))
    name = f"{naming.name('list')}.{number}"
    return Naming(name, (name,))


def list_of(items: list[Value], naming: Naming, span: Span, spans: tuple[Span, ...]) -> Value:
    """A constant list where all items are constants."""
    if any(isinstance(item, Broken) for item in items):
        return BROKEN
    constants = [item for item in items if is_constant(item)]
    if len(constants) == len(items):
        return tuple(constants)
    return ListValue(tuple(items), naming.name("list"), span, spans)


def advice_on_constant(value: Value, where: str) -> str | None:
    """What to do where `value` stands in the place of a constant."""
    if isinstance(value, Literal):
        return "make it a `param` of the block"
    if isinstance(value, (Wire, ListValue)) and where.startswith("setting"):
        return "braces configure; a wire is passed in parentheses: Component { ... }(wire)"
    if isinstance(value, (ComponentValue, PartValue, BlockValue, FunctionValue)):
        return "a constant is a number, a text, true, false, none or a list of them"
    return None
