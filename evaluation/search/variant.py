"""A spec with other settings: the text of one that `extends` it and overrides the statements that hold them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...dsl import tree
from ...dsl.document import flat
from ...dsl.formatter import format_text
from ...dsl.literals import docstring_text, string_text
from ...dsl.sources import SHIPPED, Sources
from ...dsl.statement_text import statement_text
from ...dsl.walk import tree_children
from .errors import SearchSpaceError
from .knobs import Knob
from .space import Point, Value, value_text

if TYPE_CHECKING:
    from ...compiler.graph import ComponentGraph
    from ...dsl.program import Constant
    from ...dsl.span import Span


@dataclass(frozen=True)
class Change:
    """A value within a statement."""

    axis: str
    """whose value it is"""
    component: Span | None
    """where the component stands that has the setting; None for a param"""
    setting: str


@dataclass(frozen=True)
class Line:
    """A statement of the spec, or of one that it extends, and what of it is searched."""

    statement: tree.Statement
    file: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Recipe:
    """All that it takes to write the variants of one tracker."""

    path: str
    """of the spec"""
    base: str
    """the tracker in it"""
    lines: tuple[Line, ...]
    uses: tuple[tuple[str, str, bool], ...] = ()
    """what the statements name beyond registered components: source, name, and whether it is Python"""
    fixed: tuple[tuple[str, Constant], ...] = ()
    """params that were set by hand: every variant has them"""

    @property
    def name(self) -> str:
        """The variant's."""
        return f"{self.base}Tuned"


def recipe_of(
    graph: ComponentGraph, sources: Sources, knobs: Mapping[str, Knob], given: Mapping[str, str]
) -> Recipe:
    """How variants of a checked spec are written; params that were `given` are overridden by what they have now.

    Raises SearchSpaceError for a setting that no variant can change: it is declared within a block.
    """
    program = graph.program
    files: dict[str, tree.File] = {}
    known = {param.name: param for param in program.params}
    fixed = {name: known[name].value for name in given if name in known and name not in knobs}
    wanted = dict(knobs)
    for name, value in fixed.items():
        wanted[name] = Knob(None, name, value, object, known[name].provenance.owner)
    lines: dict[Span, Line] = {}
    for axis, knob in wanted.items():
        if knob.part is None:
            place = known[knob.setting].provenance.span
            change = Change(axis, None, knob.setting)
        else:
            place = graph.parts[knob.part].bound.part.component_span
            change = Change(axis, place, knob.setting)
        file = parsed(place.path, sources, files)
        statement = statement_at(file, place, axis, knob)
        line = lines.get(statement.span) or Line(statement, place.path, ())
        lines[statement.span] = replace(line, changes=(*line.changes, change))
    uses = [use for line in lines.values() for use in uses_of(line, files[line.file])]
    return Recipe(
        str(Path(program.path).absolute()),
        program.name,
        tuple(lines.values()),
        tuple(dict.fromkeys(uses)),
        tuple(fixed.items()),
    )


def parsed(path: str, sources: Sources, files: dict[str, tree.File]) -> tree.File:
    from ...dsl.parser import parse

    if path not in files:
        files[path] = parse(sources.read(path), path).file
    return files[path]


def statement_at(file: tree.File, place: Span, axis: str, knob: Knob) -> tree.Statement:
    """The statement of a tracker that holds this place. Raises SearchSpaceError for one of a block."""
    for declaration in file.declarations:
        if not holds(declaration.span, place):
            continue
        if isinstance(declaration, tree.BlockDecl):
            raise SearchSpaceError(
                f"`{axis}` is set within the block `{knob.owner}`, which a variant cannot change",
                f"give `{knob.owner}` a param for it, and the tracker one that it passes on",
            )
        return innermost(declaration.body, place)
    raise AssertionError(f"no declaration of {file.path} holds {place}")


def innermost(statements: Sequence[tree.Statement], place: Span) -> tree.Statement:
    """The statement itself: what stands in the branch of an `if`, or behind `override`."""
    found = next(statement for statement in statements if holds(statement.span, place))
    if isinstance(found, tree.IfDecl):
        return innermost((*found.then, *found.otherwise), place)
    return found.declaration if isinstance(found, tree.OverrideDecl) else found


def holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def uses_of(line: Line, file: tree.File) -> Iterator[tuple[str, str, bool]]:
    """What of a statement's names its file uses from elsewhere, or declares beside the tracker."""
    names = set(component_names(line.statement))
    for use in file.uses:
        for name in use.names:
            if name.text in names:
                source = use.source if use.python else located(file.path, use.source)
                yield source, name.text, use.python
    for declaration in file.declarations:
        if isinstance(declaration, tree.BlockDecl) and declaration.name.text in names:
            yield str(Path(file.path).absolute()), declaration.name.text, False


def located(path: str, source: str) -> str:
    """The file that a `use` of the file at `path` means."""
    beside = os.path.normpath(Path(path).absolute().parent / source)
    return beside if Path(beside).is_file() else str(SHIPPED / source)


def component_names(node: tree.Tree) -> Iterator[str]:
    if isinstance(node, tree.Configure):
        yield node.component.text
    if isinstance(node, tree.Reference):
        yield node.name
    for child in tree_children(node):
        yield from component_names(child)


# ---------------------------------------------------------------- text


def variant_text(recipe: Recipe, place: str | os.PathLike[str], point: Point, doc: str) -> str:
    """The whole file, as it is to stand at `place`, laid out as `sotc fmt` does.

    An axis that `point` leaves out keeps the spec's value.
    """
    values = {**dict(recipe.fixed), **point}
    lines = [overridden(line, values) for line in recipe.lines]
    uses: dict[tuple[str, bool], list[str]] = {(recipe.path, False): [recipe.base]}
    for source, name, python in recipe.uses:
        uses.setdefault((source, python), []).append(name)
    heads = [use_line(source, names, python, place) for (source, python), names in uses.items()]
    body = "\n".join(f"    {line}" for line in lines if line)
    text = "\n".join(
        [docstring_text(doc), *heads, "", f"tracker {recipe.name} extends {recipe.base} {{", body, "}", ""]
    )
    laid_out = format_text(text, os.fspath(place))
    errors = [finding.title for finding in laid_out.diagnostics if finding.is_error]
    assert not errors, f"the variant does not parse: {errors}"
    return laid_out.text


def use_line(source: str, names: Sequence[str], python: bool, place: str | os.PathLike[str]) -> str:
    listed = ", ".join(names)
    if python:
        return f"use python {source} {{ {listed} }}"
    return f"use {string_text(way_to(source, Path(place).absolute().parent))} {{ {listed} }}"


def way_to(source: str, folder: Path) -> str:
    """From a folder to a spec; one that ships is found by its name from anywhere, unless a file there hides it."""
    file = Path(source)
    if file.is_relative_to(SHIPPED):
        name = file.relative_to(SHIPPED).as_posix()
        if not (folder / name).is_file():
            return name
    return Path(os.path.relpath(file, folder)).as_posix()


def overridden(line: Line, point: Mapping[str, Value | Constant]) -> str:
    """`override pick = PointDecode { ... }(...)` with the values of a point; nothing where it says none of them."""
    changes = [change for change in line.changes if change.axis in point]
    if not changes:
        return ""
    statement = replace(line.statement, doc=None)
    for change in changes:
        value = literal(point[change.axis], statement.span)
        if isinstance(statement, tree.ParamDecl):
            statement = replace(statement, default=value)
        else:
            assert change.component is not None
            statement = cast(tree.Statement, configured(statement, change.component, change.setting, value))
    parts = statement_text(tree.OverrideDecl(statement.span, None, statement))
    return f"{parts.left}{flat(parts.right)}"


def configured(node: Any, component: Span, setting: str, value: tree.Expression) -> Any:
    """The tree with one setting of the component at that place changed, or added."""
    if isinstance(node, tuple):
        return tuple(configured(each, component, setting, value) for each in node)
    if not isinstance(node, tree.Tree) or not holds(node.span, component):
        return node
    if isinstance(node, tree.Reference) and node.span == component:
        name = tree.Name(node.span, node.name)
        return tree.Configure(node.span, name, (setting_tree(setting, value),), True)
    if isinstance(node, tree.Configure) and node.component.span == component:
        others = [
            setting_tree(setting, value) if each.name.text == setting else each for each in node.settings
        ]
        if all(each.name.text != setting for each in node.settings):
            others.append(setting_tree(setting, value))
        return replace(node, settings=tuple(others), braces=True)
    changed = {
        field.name: configured(getattr(node, field.name), component, setting, value)
        for field in fields(node)
        if field.name != "span"
    }
    return replace(node, **changed)


def setting_tree(name: str, value: tree.Expression) -> tree.SettingTree:
    return tree.SettingTree(value.span, tree.Name(value.span, name), value)


def literal(value: Value | Constant, span: Span) -> tree.Expression:
    """A constant as it is written."""
    match value:
        case None:
            return tree.Nothing(span)
        case bool():
            return tree.Truth(span, value)
        case int() | float():
            number = tree.Number(span, abs(value), value_text(abs(value)))
            return tree.Unary(span, "-", number) if value < 0 else number
        case str():
            return tree.Text(span, value)
    return tree.ListExpr(span, tuple(literal(each, span) for each in value))
