"""Operands meet ports: by position or by name, and of the kind that the port declares."""

from __future__ import annotations

import collections.abc
import typing
from typing import Any

from torch import Tensor

from ..components.registry import ComponentType
from ..components.types import Kind, View
from ..dsl.diagnostics import Diagnostic
from ..dsl.program import Apply, Argument
from ..dsl.suggest import nearest
from .component_errors import PortTwice, UnknownPort, WrongArity
from .shape_errors import WrongOperandKind
from .values import Patch, kind_of


def match_ports(
    node: Apply, component: ComponentType
) -> tuple[tuple[tuple[str, Argument], ...], tuple[Diagnostic, ...]]:
    """Each argument with the name of its port, in the order of `forward`'s parameters.

    A port `*features` takes all positional operands that are left; they come out under its one name.
    """
    ports = {port.name: port for port in component.ports}
    names = tuple(f"*{port.name}" if port.variadic else port.name for port in component.ports)
    variadic = next((port.name for port in component.ports if port.variadic), None)
    single = [port.name for port in component.ports if not port.variadic]
    taken: list[tuple[str, Argument]] = []
    findings: list[Diagnostic] = []
    positional = [argument for argument in node.arguments if argument.port is None]
    if variadic is None and len(positional) > len(single):
        return (), (WrongArity(node.span, component.name, names, len(node.arguments), ()),)
    for position, argument in enumerate(positional):
        taken.append((single[position] if position < len(single) else str(variadic), argument))
    for argument in node.arguments:
        if argument.port is None:
            continue
        if argument.port not in ports:
            near = nearest(argument.port, list(ports))
            findings.append(UnknownPort(argument.span, component.name, argument.port, near, tuple(ports)))
        elif any(name == argument.port for name, _ in taken):
            findings.append(PortTwice(argument.span, component.name, argument.port))
        else:
            taken.append((argument.port, argument))
    given = {name for name, _ in taken}
    missing = tuple(port.name for port in component.ports if port.required and port.name not in given)
    if missing and not findings:
        findings.append(WrongArity(node.span, component.name, names, len(node.arguments), missing))
    order = [port.name for port in component.ports]
    return tuple(sorted(taken, key=lambda pair: order.index(pair[0]))), tuple(findings)


def check_kind(
    component: ComponentType, port: str, argument: Argument, value: Any, kind: Kind | None
) -> Diagnostic | None:
    """Whether a value is of the kind that a port declares: a view, one tensor, several, a box in a crop."""
    annotation = next(spec.annotation for spec in component.ports if spec.name == port)
    base = typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation

    def wrong(wanted: str, found: str, advice: str | None = None) -> WrongOperandKind:
        return WrongOperandKind(argument.span, component.name, port, wanted, found, advice)

    if base is View and not isinstance(value, View):
        advice = f"write `{argument.source}.view`" if isinstance(value, Patch) else "write `search.view`"
        return wrong("a view (the map between a crop and the frame)", describe_kind(value), advice)
    if base is not View and isinstance(value, View) and base is not Any:
        return wrong("a tensor", "a view")
    wants_one = base is Tensor or is_shaped(base)
    if wants_one and isinstance(value, (tuple, list)) and not isinstance(value, Patch):
        return wrong("one tensor", describe_kind(value), f"choose one of them: `{argument.source}[0]`")
    if is_sequence(base) and isinstance(value, (Tensor, Patch)):
        return wrong("a list of tensors", "a single tensor", f"write `[{argument.source}]`")
    declared = kind_of(annotation)
    if declared is not None and kind is not None and kind != declared:
        return wrong(f"a {declared.name}", f"a {kind.name}")
    image = value.image if isinstance(value, Patch) else value
    if is_shaped(base) and isinstance(image, Tensor) and not isinstance(image, base):
        return wrong(f"a tensor [{base.dim_str}]", f"[{' '.join(map(str, image.shape))}]")
    return None


def is_shaped(annotation: Any) -> bool:
    """A jaxtyping annotation: `Float[Tensor, "b 3 h w"]`."""
    return hasattr(annotation, "dim_str") and hasattr(annotation, "array_type")


def is_sequence(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    return annotation in (tuple, list) or origin in (tuple, list, collections.abc.Sequence)


def describe_kind(value: Any) -> str:
    if isinstance(value, (Tensor, Patch)):
        return "a tensor"
    if isinstance(value, View):
        return "a view"
    fields = getattr(value, "_fields", None)
    if fields is not None:
        return f"a {type(value).__name__} with {', '.join(f'`{name}`' for name in fields)}"
    return f"a list of {len(value)} tensors" if isinstance(value, (tuple, list)) else f"`{value!r}`"


def call_arguments(
    component: ComponentType, taken: tuple[tuple[str, Any], ...]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of `forward`: by position as far as the ports are given without a gap, by name from there on."""
    positional: list[Any] = []
    remaining = list(taken)
    for port in component.ports:
        here = [value for name, value in remaining if name == port.name]
        if not here and not port.variadic:
            break
        positional.extend(here)
        remaining = [(name, value) for name, value in remaining if name != port.name]
    return tuple(positional), dict(remaining)
