"""Shapes, found by running every component on meta tensors (no memory, no weights) at two batch sizes.

On the way the settings that components infer are filled in, and what a hand wrote is checked against them.
"""

from __future__ import annotations

import operator
import traceback
import warnings
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..components.crops.crop import Crop
from ..components.registry import ComponentType, find
from ..components.types import Kind
from ..dsl.diagnostics import Diagnostic
from ..dsl.program import (
    Apply,
    Argument,
    Field,
    Input,
    Literal,
    Missing,
    Node,
    Operand,
    Operation,
    Pack,
    Program,
    Select,
    StateRead,
    Truth,
    Wire,
)
from ..dsl.span import Span
from ..dsl.suggest import nearest
from .annotations import describe_constant
from .bind import BoundPart, rule_of
from .component_errors import ConstructorFailed, InlineWeights, UnknownOutput, WrongUnpacking
from .ports import call_arguments, check_kind, match_ports
from .quick_meta import QuickMeta
from .shape_errors import (
    AssertedSetting,
    ListLength,
    NotInferable,
    OperationMismatch,
    Reaching,
    ReadsValue,
    ShapeMismatch,
    SharedPartMismatch,
    UnknownTruth,
)
from .stages import ancestors
from .values import (
    BATCHES,
    Both,
    Patch,
    kind_of_output,
    length_of,
    map_both,
    operand,
    shape_text,
    shapes_of,
    signature,
)

META_FRAME = (240, 320, 3)
"""Height, width and channels of the frame that crops are tried on; no shape may depend on it."""

FAILED = Both(None, None)
"""Stands for a value that could not be made; what reads it is passed over in silence."""

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": operator.and_,
    "or": operator.or_,
    "not": operator.invert,
    "neg": operator.neg,
}
"""What each operator of the language does to tensors."""

TRUTH_SHAPES: dict[str, tuple[int, ...]] = {"Box": (4,), "Presence": (1,)}
"""Shape of a truth beyond the batch, by its type. A `Box` is x, y, w, h in pixels of the search crop, a
`Presence` 1 where the search region holds the target, else 0."""


@dataclass(frozen=True)
class SettledPart:
    """A part with all its settings known, and the module built of it on the meta device."""

    bound: BoundPart
    settings: dict[str, Any]
    inferred: frozenset[str]
    module: nn.Module
    settled_at: Span
    """the application that settled the inferred settings"""

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.module.parameters())

    def text(self) -> str:
        """`ChannelMapper { in_channels = 48, out_channels = 256 }`, inferred settings included."""
        inner = ", ".join(f"{name} = {describe_constant(value)}" for name, value in self.settings.items())
        return f"{self.bound.component.name} {{ {inner} }}" if inner else ""


@dataclass
class ShapeRun:
    """What is being found out; filled node by node."""

    program: Program
    bound: Mapping[str, BoundPart]
    values: dict[str, Both] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    settled: dict[str, SettledPart] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    built: dict[Hashable, nn.Module] = field(default_factory=dict)
    """modules on the meta device, by component and settings: parts that are configured alike share one"""
    known: dict[Hashable, Both] = field(default_factory=dict)
    """what a module gave for operands of these shapes"""
    names: frozenset[str] = frozenset()
    """nodes that a name of the spec stands for"""
    components: dict[str, str] = field(default_factory=dict)
    """the name of each part's component"""

    def component(self, path: str) -> ComponentType | None:
        """What a part is, also where its settings are wrong; None where there is no such component."""
        return find(self.components[path]) if path in self.components else None

    def value(self, source: Operand) -> Both:
        if isinstance(source, Literal):
            return Both(source.value, source.value)
        return self.values.get(source.node, FAILED)

    def made(self, source: Operand) -> Span | None:
        found = self.nodes.get(source.node) if isinstance(source, Wire) else None
        return found.span if found else None


def infer_shapes(program: Program, bound: Mapping[str, BoundPart]) -> ShapeRun:
    """Run every node of the program on meta tensors. Findings are collected; nothing is raised."""
    run = ShapeRun(program, bound)
    run.nodes.update({node.name: node for node in program.nodes})
    run.components.update({part.path: part.component for part in program.parts})
    bindings = (binding.value for binding in program.bindings)
    run.names = frozenset(value.node for value in bindings if isinstance(value, Wire))
    states = {state.name: state for state in program.states}
    rules: dict[type[Node], Callable[[ShapeRun, Any], Both]] = {
        Input: run_input,
        Truth: run_truth,
        Apply: run_apply,
        Select: run_select,
        Field: run_field,
        Operation: run_operation,
        Pack: run_pack,
        Missing: lambda *_: FAILED,
    }
    with torch.no_grad(), QuickMeta():
        for node in initials_first(program):
            if isinstance(node, StateRead):
                begins = run.value(states[node.state].initial) if node.state in states else FAILED
                run.values[node.name] = per_target_state(begins)
            else:
                run.values[node.name] = rules[type(node)](run, node)
    return run


def initials_first(program: Program) -> list[Node]:
    """What states begin with stands before what reads them; otherwise the program's order."""
    early = ancestors(program, [state.initial for state in program.states])
    return sorted(program.nodes, key=lambda node: node.name not in early)


def per_target_state(value: Both) -> Both:
    """A state that begins as a number holds one for each target."""
    if value is FAILED or not isinstance(value.small, (int, float)):
        return value
    dtype = torch.bool if isinstance(value.small, bool) else torch.float32
    return Both(*(torch.empty((batch,), dtype=dtype, device="meta") for batch in BATCHES))


def failed(*values: Both) -> bool:
    return any(value is FAILED for value in values)


# ---------------------------------------------------------------- inputs


def run_input(run: ShapeRun, node: Input) -> Both:
    part = settle(run, node.part, node.span, {}, ())
    if part is None or not isinstance(part.module, Crop):
        return FAILED
    crop = part.module

    def cut(batch: int) -> Patch:
        frame = torch.empty(META_FRAME, dtype=torch.uint8, device="meta")
        target = torch.empty((batch, 4), dtype=torch.float64, device="meta")
        frame_size = torch.empty((2,), dtype=torch.float64, device="meta")
        return Patch(crop(crop.sample(frame, target, crop.border(frame))), crop.view(target, frame_size))

    try:
        return Both(*(cut(batch) for batch in BATCHES))
    except Exception as error:
        run.findings.append(ShapeMismatch(node.span, node.name, complaint(error), (), part.text(), None))
        return FAILED


def run_truth(run: ShapeRun, node: Truth) -> Both:
    shape = TRUTH_SHAPES.get(node.type)
    if shape is None:
        known = tuple(sorted(TRUTH_SHAPES))
        run.findings.append(UnknownTruth(node.type_span, node.type, nearest(node.type, known), known))
        return FAILED
    return Both(*(torch.empty((batch, *shape), device="meta") for batch in BATCHES))


# ---------------------------------------------------------------- applications


def run_apply(run: ShapeRun, node: Apply) -> Both:
    component = run.component(node.part)
    if component is None:
        return FAILED
    taken, problems = match_ports(node, component)
    run.findings.extend(problems)
    values = [(port, argument, run.value(argument.value)) for port, argument in taken]
    if problems:
        return FAILED
    wrong = [
        finding
        for port, argument, value in values
        if not failed(value)
        and (finding := check_kind(component, port, argument, value.small, kind_at(run, argument.value)))
    ]
    run.findings.extend(wrong)
    if wrong or failed(*(value for _, _, value in values)):
        return FAILED
    reaching = tuple(describe_reaching(run, port, argument, value) for port, argument, value in values)
    part = settle(run, node.part, node.span, arriving_shapes(component, values), reaching)
    if part is None:
        return FAILED
    try:
        key = (id(part.module), tuple((port, signature(value)) for port, _, value in values))
        result = run.known.get(key) or Both(*(call(part.module, component, values, side) for side in (0, 1)))
        run.known[key] = result
    except Exception as error:
        run.findings.append(refusal(node, part, error, reaching))
        return FAILED
    if is_empty(result.small):
        message = f"it gives an empty tensor ({shape_text(result)}): what reaches it is too small, or a size is zero"
        run.findings.append(ShapeMismatch(node.span, called(part), message, reaching, part.text(), None))
        return FAILED
    kind = kind_of_output(component.returns, None)
    if kind is not None:
        run.kinds[node.name] = kind
    return result


def call(
    module: nn.Module, component: ComponentType, values: list[tuple[str, Argument, Both]], side: int
) -> Any:
    args, kwargs = call_arguments(component, tuple((port, operand(value[side])) for port, _, value in values))
    return module(*args, **kwargs)


def refusal(node: Apply, part: SettledPart, error: Exception, reaching: tuple[Reaching, ...]) -> Diagnostic:
    """Why a component could not be run: it looks at values, or the shapes do not suit it."""
    if reads_value(error):
        return ReadsValue(node.span, called(part), complaint(error))
    return ShapeMismatch(node.span, called(part), complaint(error), reaching, part.text(), advice_for(error))


def reads_value(error: Exception) -> bool:
    """A meta tensor has no values: what asks for one, or for a size that depends on them, raises so."""
    text = str(error)
    signs = ("item()", "no data", "copy out", "numpy", "data-independent")
    return "meta" in text and any(sign in text for sign in signs)


def called(part: SettledPart) -> str:
    """What a user calls a part: by its name, or by its component's where it has none."""
    return part.bound.part.path if part.bound.part.keyword else part.bound.component.name


def kind_at(run: ShapeRun, source: Operand) -> Kind | None:
    return run.kinds.get(source.node) if isinstance(source, Wire) else None


def arriving_shapes(component: ComponentType, values: list[tuple[str, Argument, Both]]) -> dict[str, Any]:
    variadic = {port.name for port in component.ports if port.variadic}
    shapes: dict[str, Any] = {}
    for port, _, value in values:
        shape = shapes_of(value.small)
        shapes[port] = (*shapes.get(port, ()), shape) if port in variadic else shape
    return shapes


def describe_reaching(run: ShapeRun, port: str, argument: Argument, value: Both) -> Reaching:
    made = run.made(argument.value)
    outside = made is not None and (made.end <= argument.span.start or argument.span.end <= made.start)
    return Reaching(argument.source, port, shape_text(value), argument.span, made if outside else None)


def settle(
    run: ShapeRun, path: str, span: Span, shapes: dict[str, Any], reaching: tuple[Reaching, ...]
) -> SettledPart | None:
    """The part with its inferred settings filled in; built at its first application, checked at later ones."""
    bound = run.bound.get(path)
    if bound is None:
        return None
    inferred = infer_settings(run, bound, span, shapes)
    if inferred is None:
        return None
    known = run.settled.get(path)
    if known is not None:
        return known if check_shared(run, known, inferred, span, reaching) else None
    for name, value in bound.written.items():
        if name in inferred and not same(value, inferred[name]):
            run.findings.append(asserted(bound, name, value, inferred[name], reaching))
            return None
    settings = {**inferred, **bound.written}
    ordered = {spec.name: settings[spec.name] for spec in bound.component.settings if spec.name in settings}
    module = construct(run, bound, ordered)
    if module is None:
        return None
    left_out = frozenset(name for name in inferred if name not in bound.written)
    part = SettledPart(bound, ordered, left_out, module, span)
    if bound.part.keyword is None and part.parameters:
        run.findings.append(InlineWeights(bound.part.component_span, bound.component.name, part.parameters))
        return None
    run.settled[path] = part
    return part


def infer_settings(
    run: ShapeRun, bound: BoundPart, span: Span, shapes: dict[str, Any]
) -> dict[str, Any] | None:
    inferred: dict[str, Any] = {}
    for spec in bound.inferred:
        rule = rule_of(spec, bound.component)
        assert rule is not None
        try:
            inferred[spec.name] = rule.rule(shapes)
        except Exception as error:
            if spec.name in bound.written:
                continue
            name = bound.component.name
            run.findings.append(NotInferable(span, name, spec.name, rule.what, said(error)))
            return None
    return inferred


def check_shared(
    run: ShapeRun, part: SettledPart, inferred: dict[str, Any], span: Span, reaching: tuple[Reaching, ...]
) -> bool:
    for name, value in inferred.items():
        if not same(part.settings[name], value):
            run.findings.append(
                SharedPartMismatch(
                    span,
                    part.bound.part.path,
                    name,
                    describe_constant(value),
                    describe_constant(part.settings[name]),
                    part.settled_at,
                    reaching,
                )
            )
            return False
    return True


def same(one: Any, other: Any) -> bool:
    plain = (
        (tuple(one), tuple(other))
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple))
        else (one, other)
    )
    return bool(plain[0] == plain[1])


def asserted(
    bound: BoundPart, name: str, written: Any, found: Any, reaching: tuple[Reaching, ...]
) -> AssertedSetting:
    setting = bound.part.setting(name)
    spec = next(spec for spec in bound.component.settings if spec.name == name)
    rule = rule_of(spec, bound.component)
    assert setting is not None and rule is not None
    return AssertedSetting(
        setting.span,
        bound.component.name,
        name,
        describe_constant(written),
        describe_constant(found),
        rule.what,
        reaching,
    )


def construct(run: ShapeRun, bound: BoundPart, settings: dict[str, Any]) -> nn.Module | None:
    """Build the component on the meta device, in evaluation mode."""
    key = (bound.component.name, repr(settings))
    if key in run.built:
        return run.built[key]
    try:
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # such as torch's for a layer of no channels: its shapes will tell
            module = bound.component.cls(**settings).eval()
        refuse_empty_weights(module)
        run.built[key] = module
        return module
    except Exception as error:
        run.findings.append(
            ConstructorFailed(bound.part.component_span, bound.component.name, said(error), place(error))
        )
        return None


def refuse_empty_weights(module: nn.Module) -> None:
    """A size of zero (a kernel, a number of channels) is no layer, though PyTorch builds one."""
    for name, parameter in module.named_parameters():
        if parameter.numel() == 0:
            sizes = " x ".join(map(str, parameter.shape))
            raise ValueError(
                f"its weight `{name}` would be empty ({sizes}): a size among its settings is zero"
            )


def is_empty(value: Any) -> bool:
    """Whether a tensor without elements is among the values."""
    if isinstance(value, Tensor):
        return value.numel() == 0
    return isinstance(value, (tuple, list)) and any(map(is_empty, value))


# ---------------------------------------------------------------- everything else


def run_select(run: ShapeRun, node: Select) -> Both:
    value = run.value(node.source)
    if failed(value):
        return FAILED
    length = length_of(value.small)
    what = describe_source(run, node.source)
    if node.of is not None and length != node.of:
        if node.index == 0:
            run.findings.append(WrongUnpacking(node.span, what, node.of, length))
        return FAILED
    if length is None or not -length <= node.index < length:
        run.findings.append(ListLength(node.span, what, node.index, length))
        return FAILED
    remember_kind(run, node, node.source, node.index)
    return map_both(lambda item: item[node.index], value)


def run_field(run: ShapeRun, node: Field) -> Both:
    value = run.value(node.source)
    fields = declared_fields(run, node.source) if failed(value) else getattr(value.small, "_fields", ())
    if failed(value) and (not fields or node.field in fields):
        return FAILED
    if node.field not in fields:
        what = describe_source(run, node.source)
        made = run.made(node.source)
        near = nearest(node.field, fields)
        run.findings.append(UnknownOutput(node.field_span, what, node.field, near, fields, made))
        return FAILED
    remember_kind(run, node, node.source, node.field)
    return map_both(lambda item: getattr(item, node.field), value)


def declared_fields(run: ShapeRun, source: Operand) -> tuple[str, ...]:
    """The results of a component by name, where it could not be run; empty where that is not known."""
    made_by = run.nodes.get(source.node) if isinstance(source, Wire) else None
    component = run.component(made_by.part) if isinstance(made_by, Apply) else None
    return (component.output_fields or ()) if component is not None else ()


def remember_kind(run: ShapeRun, node: Node, source: Operand, which: str | int) -> None:
    """The kind of one output of an application, by the annotation of its component."""
    if not isinstance(source, Wire):
        return
    made_by = run.nodes.get(source.node)
    if not isinstance(made_by, Apply) or made_by.part not in run.bound:
        return
    kind = kind_of_output(run.bound[made_by.part].component.returns, which)
    if kind is not None:
        run.kinds[node.name] = kind


def describe_source(run: ShapeRun, source: Operand) -> str:
    """What made an operand, as a user knows it: a wire's name, or the component that stands there."""
    if not isinstance(source, Wire):
        return "this"
    made_by = run.nodes.get(source.node)
    if isinstance(made_by, Apply) and made_by.part in run.settled and source.node not in run.names:
        return f"`{called(run.settled[made_by.part])}`"
    return f"`{source.node}`"


def run_operation(run: ShapeRun, node: Operation) -> Both:
    values = [run.value(source) for source in node.operands]
    if failed(*values):
        return FAILED
    try:
        return map_both(lambda *items: OPERATORS[node.operator](*map(operand, items)), *values)
    except Exception as error:
        shapes = tuple(shape_text(value) for value in values)
        run.findings.append(OperationMismatch(node.span, node.operator, shapes, said(error)))
        return FAILED


def run_pack(run: ShapeRun, node: Pack) -> Both:
    values = [run.value(source) for source in node.items]
    return FAILED if failed(*values) else map_both(lambda *items: tuple(map(operand, items)), *values)


# ---------------------------------------------------------------- what a component said


def complaint(error: Exception) -> str:
    """The first line of what a component raised, with its own line of code where that is known."""
    return f"{said(error)} ({place(error)})"


def said(error: Exception) -> str:
    """The first line of an exception, with its type where that tells more than the text."""
    lines = str(error).strip().splitlines()
    message = lines[0] if lines else ""
    plain = isinstance(error, (RuntimeError, ValueError)) and message
    return message if plain else f"{type(error).__name__}: {message}"


def place(error: Exception) -> str:
    """`file:line` of the component's own code that raised, rather than of the library beneath it."""
    compiler = Path(__file__).parent
    beneath = (str(Path(torch.__file__).parent), str(compiler / "shapes.py"), str(compiler / "quick_meta.py"))
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(beneath)
    ]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "its constructor"


def advice_for(error: Exception) -> str | None:
    text = str(error)
    if "channels" in text or "size of tensor" in text or "mat1 and mat2" in text:
        return "bring the operands to one width first, for example through a neck"
    return None
