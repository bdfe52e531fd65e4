"""What may be written at a place: components, settings, ports, names, words, files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..components.registry import ComponentType, all_components, find
from ..dsl import tree
from ..dsl.diagnostics import Edit
from ..dsl.evaluate import FUNCTIONS
from ..dsl.keywords import VALUES
from ..dsl.modules import Block, PythonName, Tracker
from ..dsl.references import declared, word_of
from ..dsl.sources import SHIPPED
from . import snippets
from .context import Context, Wanted, context_at
from .describe import setting_line
from .elsewhere import declared_elsewhere, taking
from .freezing import held_by
from .known import component_behind
from .reading import Body, Reading, levels
from .symbols import body_of, component_of, configured

if TYPE_CHECKING:
    from ..components.registry import SettingSpec
    from .checking import Checked

MOST_FILES = 200
"""of a folder, that are offered"""

TYPES = {"param": ("int", "float", "bool", "str", "list[int]", "list[float]"), "truth": ("Box", "Presence")}


@dataclass(frozen=True)
class Offer:
    """One thing that may be written."""

    label: str
    kind: str
    """`class`, `property`, `variable`, `keyword`, `snippet`, `file` ...: as the editor's icons have it"""
    detail: str = ""
    insert: str = ""
    """what is written, as a snippet where it has places to fill in; the label where empty"""
    rank: int = 5
    """smaller comes first"""
    component: str = ""
    """whose documentation belongs to it"""
    doc: str = ""
    taking: Edit | None = None
    """what else is written, elsewhere in the file"""

    @property
    def text(self) -> str:
        return self.insert or self.label


@dataclass(frozen=True)
class Desired:
    """All that a rule looks at."""

    reading: Reading
    context: Context
    checked: Checked | None = None
    """the last whole check"""

    @property
    def body(self) -> Body | None:
        return body_of(self.reading.module, self.context.owner)


def complete(reading: Reading, offset: int, checked: Checked | None = None) -> tuple[Context, list[Offer]]:
    """What may stand at a place, the likeliest first; each label once."""
    context = context_at(reading.text, offset)
    rule = RULES.get(context.wanted)
    desired = Desired(reading, context, checked)
    offers: dict[str, Offer] = {}
    for offer in rule(desired) if rule is not None else ():
        offers.setdefault(offer.label, offer)
    return context, sorted(offers.values(), key=lambda each: (each.rank, each.label))


# ---------------------------------------------------------------- declarations and statements


def declarations(desired: Desired) -> Iterator[Offer]:
    for label, (text, detail) in snippets.TOP.items():
        yield Offer(label, "snippet", detail, text)


def statements(desired: Desired) -> Iterator[Offer]:
    body = desired.body
    in_block = isinstance(body, tree.BlockDecl)
    extends = isinstance(body, tree.TrackerDecl) and body.base is not None
    own = {"template", "template online", "search", "truth", "output", "loss", "state", "next", "freeze"}
    for label, (text, detail) in snippets.STATEMENTS.items():
        if (label in own and in_block) or (label == "return" and not in_block):
            continue
        if label in ("override", "remove") and not extends:
            continue
        yield Offer(label, "snippet", detail, text)


def after_keyword(desired: Desired) -> Iterator[Offer]:
    keyword = desired.context.keyword
    if keyword != "part":
        for component in of_keyword(keyword):
            text = f"= {snippets.configured(component)}"
            yield Offer(f"= {component.name}", "class", first_line(component), text, 5, component.name)


def overridable(desired: Desired) -> Iterator[Offer]:
    """Names of the base, with the word that declares each; only those of a word that is written already."""
    wanted = desired.context.keyword
    for name, statement, owner in inherited(desired):
        word = word_of(statement)
        if wanted:
            if word == wanted:
                yield Offer(name, "variable", f"{word} of {owner}", f"{name} = $0")
            continue
        lead = "" if word in ("wire", name) else f"{word} "
        yield Offer(f"{lead}{name}", "variable", f"of {owner}", f"{lead}{name} = $0")


def removable(desired: Desired) -> Iterator[Offer]:
    for name, statement, owner in inherited(desired):
        if name not in desired.context.given:
            yield Offer(name, "variable", f"{word_of(statement)} of {owner}")


def freezable(desired: Desired) -> Iterator[Offer]:
    """Parts; behind a dot what the built part holds; and what a base freezes, where that is taken back."""
    context = desired.context
    if context.keyword == "remove":
        yield from frozen_by_bases(desired)
    elif not context.target:
        for name, statement, owner in in_scope(desired):
            if isinstance(statement, tree.PartDecl) and name not in context.given:
                yield Offer(name, "field", f"{statement.keyword} of {owner}", rank=1)
    elif desired.checked is not None and context.owner in desired.checked.results:
        for name, what, weights in held_by(desired.checked.results[context.owner], context.target):
            yield Offer(name, "property", f"{what}, {weights:,} parameters" if weights else what, rank=1)


def frozen_by_bases(desired: Desired) -> Iterator[Offer]:
    context = desired.context
    lead = f"{context.target}." if context.target else ""
    for base, _ in levels(desired.reading.module, desired.body)[1:] if desired.body is not None else ():
        for statement in flattened(base.body):
            for path in statement.paths if isinstance(statement, tree.FreezeDecl) else ():
                if path.text.startswith(lead) and path.text not in context.given:
                    yield Offer(path.text[len(lead) :], "field", f"frozen by {base.name.text}", rank=1)


def inherited(desired: Desired) -> Iterator[tuple[str, tree.Statement, str]]:
    """The names that the bases of a tracker declare."""
    body = desired.body
    if body is None:
        return
    for base, _ in levels(desired.reading.module, body)[1:]:
        for statement in base.body:
            inner = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
            for found in declared(inner):
                if found.space in ("name", "output", "loss", "next"):
                    yield found.name, inner, base.name.text


def states(desired: Desired) -> Iterator[Offer]:
    for name, statement, owner in in_scope(desired):
        if isinstance(statement, tree.StateDecl):
            yield Offer(name, "variable", f"state of {owner}", f"{name} = $0")


def types_of_values(desired: Desired) -> Iterator[Offer]:
    for name in TYPES.get(desired.context.keyword, TYPES["param"]):
        yield Offer(name, "type")


def clauses(desired: Desired) -> Iterator[Offer]:
    keyword = desired.context.keyword
    if keyword == "tracker":
        yield Offer("extends", "keyword", "a variant of a tracker", "extends ")
    elif keyword == "template":
        yield Offer(
            "refresh every", "keyword", "cut it anew", "refresh every ${1:200} when ${2:score} > ${3:0.5}"
        )
    elif keyword == "next":
        yield Offer("when", "keyword", "only in frames in which this holds", "when ")
    elif keyword == "param":
        yield Offer("where", "keyword", "what must hold of it", "where ")
    elif keyword == "[":
        yield Offer("for", "keyword", "one for each of a list", "for ${1:each} in ${2:list}")
    elif keyword == "for":
        yield Offer("in", "keyword", "the list that is gone through", "in ")
    elif keyword == "in":
        yield Offer("if", "keyword", "only those of which this holds", "if ")


# ---------------------------------------------------------------- trackers, files


def bases(desired: Desired) -> Iterator[Offer]:
    for name, named in desired.reading.module.names.items():
        if isinstance(named, Tracker):
            yield Offer(name, "class", "tracker", doc=named.declaration.doc or "")
    yield from from_elsewhere(desired, "tracker")


def from_elsewhere(desired: Desired, word: str) -> Iterator[Offer]:
    """What other files declare, with the `use` that takes it."""
    for found in declared_elsewhere(desired.reading, word):
        edit = taking(desired.reading, found)
        yield Offer(found.name, "class", f"{word} of {found.source}", rank=7, taking=edit)


def files(desired: Desired) -> Iterator[Offer]:
    """Specs beside this file and below the folder that is written; and those that ship."""
    context = desired.context
    if not context.word and context.keyword == "use":
        yield Offer('"..." { }', "snippet", "a file", '"$1" { $2 }')
        yield Offer("python", "keyword", "components of your own", "python ${1:module} { ${2:Class} }")
        return
    folder = context.word.rpartition("/")[0]
    seen = set()
    for root in (Path(desired.reading.path).parent, SHIPPED):
        for entry in entries_of(root / folder):
            name = f"{entry.name}/" if entry.is_dir() else entry.name
            if name not in seen and entry.resolve() != Path(desired.reading.path).resolve():
                seen.add(name)
                where = "that ships" if root == SHIPPED else "beside this file"
                yield Offer(name, "folder" if entry.is_dir() else "file", where, rank=5 + (root == SHIPPED))


def entries_of(folder: Path) -> list[Path]:
    try:
        found = sorted(each for each in folder.iterdir() if not each.name.startswith((".", "_")))
        return [each for each in found if each.suffix == ".sot" or each.is_dir()][:MOST_FILES]
    except OSError:
        return []


def names_of_a_file(desired: Desired) -> Iterator[Offer]:
    from ..dsl.findings import Findings
    from ..dsl.modules import Loader
    from ..dsl.sources import Sources

    beside = Path(os.path.normpath(Path(desired.reading.path).parent / desired.context.target))
    path = beside if beside.is_file() else SHIPPED / desired.context.target
    module = Loader(Sources(), Findings()).load(str(path)) if path.is_file() else None
    for body in module.file.declarations if module is not None else ():
        if body.name.text not in desired.context.given:
            word = "tracker" if isinstance(body, tree.TrackerDecl) else "block"
            yield Offer(body.name.text, "class", word, doc=body.doc or "")


# ---------------------------------------------------------------- components


def components_for_keyword(desired: Desired) -> Iterator[Offer]:
    """What a word declares: components of its categories, and blocks and one's own, which may be of any."""
    keyword = desired.context.keyword
    yield from component_offers(of_keyword(keyword), rank=3)
    if keyword not in ("template", "search"):
        yield from block_offers(desired)
    if keyword == "loss":
        yield from wires(desired)


def of_keyword(keyword: str) -> list[ComponentType]:
    """The components that a word may declare."""
    from ..compiler.bind import KEYWORD_CATEGORIES

    return [each for each in all_components() if each.category in KEYWORD_CATEGORIES.get(keyword, ())]


def component_offers(found: Iterable[ComponentType], rank: int = 6) -> Iterator[Offer]:
    for each in found:
        yield Offer(each.name, "class", first_line(each), snippets.configured(each), rank, each.name)


def first_line(component: ComponentType) -> str:
    return f"{component.category} · {component.doc.partition(chr(10))[0]}"


def block_offers(desired: Desired) -> Iterator[Offer]:
    for name, named in desired.reading.module.names.items():
        if isinstance(named, Block):
            operands = ", ".join(each.text for each in named.declaration.parameters)
            text = snippets.configured_block(named.declaration)
            yield Offer(name, "class", f"block ({operands})", text, 4, doc=named.declaration.doc or "")
        elif isinstance(named, PythonName) and find(name) is None:
            yield Offer(name, "class", "from Python", rank=4)
    yield from from_elsewhere(desired, "block")


# ---------------------------------------------------------------- settings and ports


def settings(desired: Desired) -> Iterator[Offer]:
    """Settings that are not there yet: those that must be written first, then those with a default."""
    context = desired.context
    component = find(context.target)
    for spec in component.settings if component is not None else ():
        if component is not None and spec.name not in context.given:
            yield from shorthand(spec.name, desired, setting_offer(spec, component))
    block = desired.reading.module.find(context.target)
    for statement in block.declaration.body if isinstance(block, Block) else ():
        if isinstance(statement, tree.ParamDecl) and statement.name.text not in context.given:
            name = statement.name.text
            needed = statement.default is None
            kind = statement.type.name if statement.type else "any"
            detail = f"{kind}{', required' if needed else ''}"
            offer = Offer(name, "property", detail, f"{name} = ${{1:...}}", 1 if needed else 3)
            yield from shorthand(name, desired, offer)


def shorthand(name: str, desired: Desired, offer: Offer) -> Iterator[Offer]:
    """A setting; where a param has its name, its name alone as well, which is that param's value."""
    param = next(
        (
            owner
            for found, statement, owner in in_scope(desired)
            if found == name and isinstance(statement, tree.ParamDecl)
        ),
        None,
    )
    if param is None:
        yield offer
        return
    yield Offer(name, "property", f"as the param of {param}", rank=offer.rank, doc=offer.doc)
    yield replace(offer, label=f"{name} =")


def setting_offer(spec: SettingSpec, component: ComponentType) -> Offer:
    from ..compiler.annotations import describe_constant, words
    from ..compiler.bind import example_value, rule_of

    inferred = rule_of(spec, component) is not None
    needed = spec.required and not inferred
    default = "inferred" if inferred else "required" if needed else f"= {describe_constant(spec.default)}"
    value = example_value(spec.annotation) if needed or inferred else describe_constant(spec.default)
    return Offer(
        spec.name,
        "property",
        f"{words(spec.annotation)}, {default}",
        f"{spec.name} = {snippets.stop(1, value)}",
        1 if needed else 7 if inferred else 3,
        doc=setting_line(spec, component),
    )


def values_of_setting(desired: Desired) -> Iterator[Offer]:
    """The choices of a setting that has some; params, which are constants."""
    import typing

    context = desired.context
    component = find(context.target)
    name = context.given[0] if context.given else ""
    spec = next((each for each in component.settings if each.name == name), None) if component else None
    annotation = spec.annotation if spec is not None else None
    for choice in typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ():
        quoted = choice if context.keyword == "text" or not isinstance(choice, str) else f'"{choice}"'
        yield Offer(str(quoted), "value", rank=1)
    if context.keyword == "text":
        return
    if annotation is bool:
        yield from (Offer(word, "keyword", rank=1) for word in ("true", "false"))
    for label, statement, owner in in_scope(desired):
        if isinstance(statement, tree.ParamDecl):
            yield Offer(label, "constant", f"param of {owner}", rank=2)
    yield from functions()


def arguments(desired: Desired) -> Iterator[Offer]:
    yield from ports(desired)
    yield from expressions(desired)


def ports(desired: Desired) -> Iterator[Offer]:
    """Ports by name, of the part or component that is applied."""
    from ..compiler.component_words import type_text

    context = desired.context
    name = component_of(desired.reading.module, context.owner, context.target)
    component = find(name)
    for port in component.ports if component is not None else ():
        if not port.variadic and port.name not in context.given:
            yield Offer(f"{port.name} =", "property", type_text(port.annotation), f"{port.name} = ", 7)
    block = desired.reading.module.find(name)
    for each in block.declaration.parameters if isinstance(block, Block) else ():
        yield Offer(f"{each.text} =", "property", f"operand of {name}", f"{each.text} = ", 7)


def fields(desired: Desired) -> Iterator[Offer]:
    """What stands behind a dot: the outputs of what made the wire, of the part, or of the component."""
    from ..compiler.component_words import fields_of

    context = desired.context
    program = desired.reading.programs.get(context.owner)
    name = context.target if context.target[:1].isupper() else ""
    name = name or (component_behind(program, context.target) if program is not None else "")
    name = name or component_of_wire(desired, context.target)
    component = find(name)
    for each in fields_of(component) if component is not None else ():
        yield Offer(each, "property", f"of {name}", rank=1)


def component_of_wire(desired: Desired, name: str) -> str:
    """The component at the end of what a wire is declared as; for a tracker that cannot be made out."""
    for found, statement, _ in in_scope(desired):
        value = getattr(statement, "value", None)
        if found == name and isinstance(value, tree.Tree):
            last = configured(value)  # type: ignore[arg-type]
            inner = value.step if isinstance(value, tree.Chain) else value
            callee = inner.callee if isinstance(inner, tree.Call) else inner
            if not last and isinstance(callee, tree.Reference):
                return component_of(desired.reading.module, desired.context.owner, callee.name)
            return last
    return ""


# ---------------------------------------------------------------- expressions


def expressions(desired: Desired) -> Iterator[Offer]:
    yield from (
        Offer(name, "variable", "operand of this function", rank=1) for name in desired.context.operands
    )
    yield from wires(desired)
    yield from callables(desired, rank=4)
    applied = (each for each in all_components() if each.category not in ("crop", "backbone", "neck", "head"))
    yield from component_offers(applied, rank=6)
    yield from block_offers(desired)
    yield from (Offer(word, "keyword", rank=8) for word in VALUES)
    yield from functions()


def steps(desired: Desired) -> Iterator[Offer]:
    """What may stand behind an arrow: something that can be applied."""
    yield from callables(desired, rank=2)
    yield from component_offers((each for each in all_components() if each.category != "crop"), rank=6)
    yield from block_offers(desired)


def wires(desired: Desired) -> Iterator[Offer]:
    """Names that stand for values."""
    for name, statement, owner in in_scope(desired):
        if isinstance(statement, tree.PartDecl | tree.FnDecl):
            continue
        word = word_of(statement) if statement is not None else "operand"
        yield Offer(name, "constant" if word == "param" else "variable", f"{word} of {owner}", rank=2)


def callables(desired: Desired, rank: int) -> Iterator[Offer]:
    """Parts and functions."""
    for name, statement, owner in in_scope(desired):
        if isinstance(statement, tree.PartDecl):
            made = configured(statement.value)
            yield Offer(name, "field", f"{statement.keyword} {made} of {owner}", rank=rank)
        elif isinstance(statement, tree.FnDecl):
            operands = ", ".join(each.text for each in statement.parameters)
            yield Offer(name, "function", f"fn ({operands}) of {owner}", f"{name}", rank)


def functions() -> Iterator[Offer]:
    return (Offer(name, "function", "on constants", f"{name}($1)", 9) for name in FUNCTIONS)


def in_scope(desired: Desired) -> Iterator[tuple[str, tree.Statement | None, str]]:
    """The names that the body around a place sees, with what declares them; its own before those of its base."""
    body = desired.body
    if body is None:
        return
    seen: set[str] = set()
    if isinstance(body, tree.BlockDecl):
        for parameter in body.parameters:
            seen.add(parameter.text)
            yield parameter.text, None, body.name.text
    for each, _ in levels(desired.reading.module, body):
        for statement in flattened(each.body):
            for found in declared(statement):
                if found.space == "name" and found.name not in seen:
                    seen.add(found.name)
                    yield found.name, statement, each.name.text


def flattened(statements: Iterable[tree.Statement]) -> Iterator[tree.Statement]:
    """Statements with those in branches; what an `override` declares."""
    for statement in statements:
        if isinstance(statement, tree.OverrideDecl):
            yield statement.declaration
        elif isinstance(statement, tree.IfDecl):
            yield from flattened((*statement.then, *statement.otherwise))
        else:
            yield statement


RULES: Mapping[Wanted, Callable[[Desired], Iterator[Offer]]] = {
    "declaration": declarations,
    "statement": statements,
    "after_keyword": after_keyword,
    "expression": expressions,
    "component": components_for_keyword,
    "step": steps,
    "setting": settings,
    "setting_value": values_of_setting,
    "argument": arguments,
    "field": fields,
    "base": bases,
    "override": overridable,
    "remove": removable,
    "freeze": freezable,
    "next": states,
    "type": types_of_values,
    "file": files,
    "use_names": names_of_a_file,
    "clause": clauses,
}
"""For each place what may stand there."""
