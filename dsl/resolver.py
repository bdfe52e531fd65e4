"""A spec, read and bound: the door of the language. Gives one flat tracker and everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import tree
from .blocks import body_of
from .body import Body, analyse
from .builder import Builder
from .composition import Level, flatten, param_declarations
from .composition_errors import ExtendsCycle, NoTracker, UnknownBase, UnknownTracker, WrongKind
from .diagnostics import Diagnostic
from .elaborate import Elaborator
from .findings import Findings
from .finish import Finish
from .freezing import freezes_of
from .idle import Idle, idle_in
from .lint import Own, states_without_next, unused_in, unused_uses
from .modules import Block, Loader, Lost, Module, PythonName, Tracker
from .name_errors import NoBox, UnknownParam
from .params import Evaluated, Given, evaluate_params
from .program import Program, PythonUse
from .sources import Sources
from .span import nowhere
from .statements import Frame, execute
from .suggest import nearest
from .values import BROKEN


@dataclass(frozen=True)
class ResolveResult:
    program: Program | None
    """None only where there is no tracker to speak of; with errors it holds what could be made out"""
    diagnostics: tuple[Diagnostic, ...]
    sources: Sources
    trackers: tuple[str, ...] = ()
    """trackers that the file declares"""
    blocks: tuple[str, ...] = ()
    """blocks that the file can see, its own and those that it uses"""
    idle: Idle = field(default_factory=Idle)
    """what is declared and nothing applies"""

    @property
    def ok(self) -> bool:
        return self.program is not None and not any(found.is_error for found in self.diagnostics)


def resolve(
    path: str,
    *,
    sources: Sources | None = None,
    tracker: str | None = None,
    params: Mapping[str, str] | None = None,
) -> ResolveResult:
    """Resolve the tracker called `tracker`, by default the last one declared, of the spec at `path`.

    `params` are values for its params as text, as `--set` gives them. Never raises on a user's mistake: all of
    them, syntax included, are in `diagnostics`.
    """
    sources = sources or Sources()
    findings = Findings()
    module = Loader(sources, findings).load(path)
    if module is None:
        return ResolveResult(None, findings.sorted(), sources)
    blocks = tuple(sorted(name for name, named in module.names.items() if isinstance(named, Block)))
    unused_uses(module, findings)
    elaborator = Elaborator(Builder(), findings, sources)
    chosen = choose(module, tracker, findings)
    program = None
    if chosen is not None:
        program = resolve_tracker(chosen, params or {}, elaborator)
    check_other_blocks(module, elaborator)
    idle = idle_in(module, elaborator)
    return ResolveResult(program, findings.sorted(), sources, module.trackers, blocks, idle)


def resolve_each(
    path: str,
    *,
    sources: Sources | None = None,
    tracker: str | None = None,
    params: Mapping[str, str] | None = None,
) -> Iterator[ResolveResult]:
    """What `resolve` gives; then, where no tracker was asked for, the same of the file's other trackers."""
    first = resolve(path, sources=sources, tracker=tracker, params=params)
    yield first
    chosen = first.program.name if first.program is not None else None
    for name in first.trackers if tracker is None else ():
        if name != chosen:
            yield resolve(path, sources=first.sources, tracker=name)


def choose(module: Module, name: str | None, findings: Findings) -> Tracker | None:
    """The tracker to resolve."""
    names = module.trackers
    top = nowhere(module.path)
    if name is not None and name not in names:
        if not isinstance(module.find(name), Lost):
            findings.add(UnknownTracker(top, name, nearest(name, names), names))
        return None
    if not names:
        if not module.damaged:
            findings.add(NoTracker(top, module.blocks))
        return None
    found = module.declared(name or names[-1])
    return found if isinstance(found, Tracker) else None


# ---------------------------------------------------------------- extends


def line_of(tracker: Tracker, findings: Findings) -> tuple[tuple[Level, ...], bool]:
    """The tracker and what it extends, the base first; and whether a base is missing."""
    line = [tracker]
    while (base := line[-1].declaration.base) is not None:
        current = line[-1]
        found = current.module.find(base.text)
        if isinstance(found, Tracker) and found not in line:
            line.append(found)
            continue
        if isinstance(found, Tracker):
            around = line[line.index(found) :]
            steps = tuple(
                (each.name, each.declaration.base.span)
                for each in around
                if each.declaration.base is not None
            )
            first = steps.index(min(steps, key=lambda step: step[1]))
            steps = (*steps[first:], *steps[:first])  # the same finding from wherever it is met
            findings.add(ExtendsCycle(steps[0][1], steps))
        elif isinstance(found, Block):
            place = found.declaration.name.span
            findings.add(WrongKind(base.span, base.text, "block", "tracker", place))
        elif isinstance(found, PythonName) or found is None:
            names = [name for name, each in current.module.names.items() if isinstance(each, Tracker)]
            near = nearest(base.text, [name for name in names if name != current.name])
            findings.add(UnknownBase(base.span, base.text, near))
        return levels_of(line), True
    return levels_of(line), False


def levels_of(line: list[Tracker]) -> tuple[Level, ...]:
    return tuple(Level(each.declaration, each.module) for each in reversed(line))


# ---------------------------------------------------------------- one tracker


def resolve_tracker(tracker: Tracker, texts: Mapping[str, str], elaborator: Elaborator) -> Program:
    findings = elaborator.findings
    levels, base_missing = line_of(tracker, findings)
    evaluated = params_of(tracker, levels, base_missing, texts, elaborator)
    flat = flatten(levels, evaluated.scope, elaborator, base_missing)
    entries = tuple(entry for entry in flat.entries if not isinstance(entry.statement, tree.ReturnDecl))
    body = analyse(entries, (), flat, findings)
    frame = Frame(evaluated.scope)
    for index in body.order:
        execute(elaborator, body.entries[index], frame, broken=index in body.circular)
    finish = Finish(elaborator, body, frame)
    states = finish.states()
    outputs = finish.outputs()
    losses = finish.losses()
    finish.refreshes()
    own = Own(len(levels) - 1, tracker.module.text, tracker.declaration.name.span)
    unused_in(body, findings, own, [name for name in body.declared if frame.scope.get(name) is BROKEN])
    states_without_next(body, findings)
    check_box(body, tracker, findings)
    return Program(
        name=tracker.name,
        path=tracker.module.path,
        doc=tracker.declaration.doc,
        span=tracker.declaration.span,
        params=evaluated.params,
        parts=tuple(elaborator.builder.parts),
        nodes=tuple(elaborator.builder.nodes),
        bindings=finish.bindings(),
        outputs=outputs,
        losses=losses,
        states=states,
        python_uses=python_uses(modules_of(levels, elaborator)),
        blocks=tuple(elaborator.builder.blocks),
        freezes=freezes_of(body, findings),
    )


def params_of(
    tracker: Tracker,
    levels: tuple[Level, ...],
    base_missing: bool,
    texts: Mapping[str, str],
    elaborator: Elaborator,
) -> Evaluated:
    declarations, elsewhere, missing = param_declarations(levels, elaborator, base_missing)
    known = tuple(declaration.name for declaration in declarations)
    given = {}
    for name, text in texts.items():
        if name in known:
            given[name] = Given(None, None, text)
        elif not base_missing and name not in missing.lost:
            span = tracker.declaration.name.span
            near = nearest(name, known)
            elaborator.findings.add(
                UnknownParam(span, tracker.name, name, near, known, from_command_line=True)
            )
    return evaluate_params(tracker.name, declarations, given, elsewhere, missing, elaborator)


def check_box(body: Body, tracker: Tracker, findings: Findings) -> None:
    outputs = {
        entry.statement.name.text for entry in body.entries if isinstance(entry.statement, tree.OutputDecl)
    }
    damaged = any(entry.module.damaged for entry in body.entries)
    if "box" in outputs or body.missing.everything or damaged:
        return
    findings.add(NoBox(tracker.declaration.name.span, tracker.name))


# ---------------------------------------------------------------- around the tracker


def modules_of(levels: tuple[Level, ...], elaborator: Elaborator) -> list[Module]:
    """The files that what was written comes from, in the order met."""
    modules = [level.module for level in reversed(levels)]
    modules += [block.module for block in elaborator.entered]
    return list(dict.fromkeys(modules))


def python_uses(modules: list[Module]) -> tuple[PythonUse, ...]:
    return tuple(
        PythonUse(
            use.source,
            tuple(name.text for name in use.names),
            tuple(name.span for name in use.names),
            use.tolerant,
            use.source_span,
        )
        for module in modules
        for use in module.file.uses
        if use.python
    )


def check_other_blocks(module: Module, elaborator: Elaborator) -> None:
    """Bind the names of blocks, those that nothing applied included, and report what they declare in vain."""
    for named in module.names.values():
        if not isinstance(named, Block) or named.module is not module:
            continue
        decided = any(isinstance(each, tree.IfDecl) for each in named.declaration.body)
        if decided and named not in elaborator.entered:
            continue
        returns = any(isinstance(each, tree.ReturnDecl) for each in named.declaration.body)
        if not decided and returns:
            body = body_of(elaborator, named, {})
            unused_in(body, elaborator.findings, Own(0, module.text, named.declaration.name.span))
