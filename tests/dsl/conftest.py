"""How the tests of the language resolve small specs in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest

from sotc.dsl.program import Apply, Node, Operand, Program, Wire
from sotc.dsl.render import render_human
from sotc.dsl.resolver import ResolveResult, resolve
from sotc.dsl.sources import Sources

CROPS = """
    template = SiameseCrop { size = 127 }
    search = SiameseCrop { size = 255 }
"""


def resolve_text(
    text: str,
    files: Mapping[str, str] | None = None,
    tracker: str | None = None,
    **params: str,
) -> ResolveResult:
    """Resolve a whole spec, with further files by name."""
    sources = Sources({**(files or {}), "spec.sot": text})
    return resolve("spec.sot", sources=sources, tracker=tracker, params=params)


def resolve_body(body: str, after: str = "", **params: str) -> ResolveResult:
    """Resolve a tracker with a template, a search region and these lines."""
    return resolve_text(f"tracker Small {{{CROPS}{body}\n}}\n{after}", **params)


def program_of(result: ResolveResult) -> Program:
    """The program of a spec without errors."""
    assert result.ok, render_human(result.diagnostics, result.sources)
    assert result.program is not None
    return result.program


def codes(result: ResolveResult) -> list[str]:
    return [found.code for found in result.diagnostics]


def errors(result: ResolveResult) -> list[str]:
    return [found.code for found in result.diagnostics if found.is_error]


def node(program: Program, name: str) -> Node:
    return next(each for each in program.nodes if each.name == name)


def formula(program: Program, operand: Operand | str) -> str:
    """What a wire is computed from, written out: `neck(backbone(template))`."""
    from sotc.dsl.show import value_text

    if isinstance(operand, str):
        operand = next((each.value for each in program.bindings if each.name == operand), Wire(operand))
    if not isinstance(operand, Wire):
        return repr(operand.value)
    found = node(program, operand.node)
    if isinstance(found, Apply):
        part = program.part(found.part)
        callee = part.path if part.keyword else part.component
        inner = (
            f"{argument.port}={formula(program, argument.value)}"
            if argument.port
            else formula(program, argument.value)
            for argument in found.arguments
        )
        return f"{callee}({', '.join(inner)})"
    kind = type(found).__name__
    if kind == "Select":
        return f"{formula(program, found.source)}[{found.index}]"
    if kind == "Field":
        return f"{formula(program, found.source)}.{found.field}"
    if kind == "Pack":
        return f"[{', '.join(formula(program, item) for item in found.items)}]"
    if kind == "Operation":
        operands = [formula(program, each) for each in found.operands]
        return (
            f"({f' {found.operator} '.join(operands)})"
            if len(operands) > 1
            else f"{found.operator}({operands[0]})"
        )
    assert kind in ("Input", "Truth", "StateRead"), value_text(found, {})
    return found.name


def in_order(program: Program) -> bool:
    """Whether every node comes after the nodes that it reads, and has a name of its own."""
    seen: set[str] = set()
    for each in program.nodes:
        read: list[Operand] = []
        for field in ("source", "operands", "items", "arguments"):
            value = getattr(each, field, ())
            values = value if isinstance(value, tuple) else (value,)
            read += [getattr(one, "value", one) if hasattr(one, "port") else one for one in values]
        if any(isinstance(one, Wire) and one.node not in seen for one in read) or each.name in seen:
            return False
        seen.add(each.name)
    return True


@pytest.fixture(scope="session")
def lang() -> SimpleNamespace:
    """The helpers of this file."""
    helpers: dict[str, Callable[..., object]] = {
        "text": resolve_text,
        "body": resolve_body,
        "program": program_of,
        "codes": codes,
        "errors": errors,
        "node": node,
        "formula": formula,
        "in_order": in_order,
    }
    return SimpleNamespace(**helpers)
