"""Parts meet the registry: which class each one names, and whether its settings fit the constructor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from ..components.registry import ComponentType, SettingSpec, all_components, find
from ..components.types import Inferred
from ..dsl.diagnostics import Diagnostic
from ..dsl.name_errors import NotApplied
from ..dsl.program import Constant, Part, Program, Setting, Unsettled
from ..dsl.span import Span
from ..dsl.suggest import nearest
from .annotations import accepts, convert, kind_of_constant, words
from .component_errors import (
    MissingSetting,
    TakenName,
    UnknownComponent,
    UnknownSetting,
    WrongCategory,
    WrongSettingType,
)

KEYWORD_CATEGORIES: dict[str, tuple[str, ...]] = {
    "backbone": ("backbone",),
    "neck": ("neck",),
    "head": ("head",),
    "loss": ("loss",),
    "part": ("part", "decoder"),
    "template": ("crop",),
    "search": ("crop",),
}
"""Under which categories a component may be registered for each word that declares a part."""

DECLARING_KEYWORD = {"backbone": "backbone", "neck": "neck", "head": "head", "loss": "loss", "part": "part"}


OF_MODULES = frozenset(dir(nn.Module()))
"""What every module has: `train`, `half`, `type`, `parameters` ..."""


@dataclass(frozen=True)
class BoundPart:
    """A part whose component exists and whose written settings fit it."""

    part: Part
    component: ComponentType
    written: dict[str, Any]
    """settings as the constructor gets them"""

    @property
    def inferred(self) -> tuple[SettingSpec, ...]:
        """Settings to fill (or to check, where they are written) from the shapes that arrive."""
        return tuple(spec for spec in self.component.settings if rule_of(spec, self.component) is not None)


def rule_of(spec: SettingSpec, component: ComponentType) -> Inferred | None:
    """How a setting is inferred. A required `in_channels` always is: from the first port."""
    if spec.inferred is not None:
        return spec.inferred
    if spec.name != "in_channels" or not spec.required or not component.ports:
        return None
    return channels_of_first(component)


def channels_of_first(component: ComponentType) -> Inferred:
    from ..components.types import channels_of

    return channels_of(component.ports[0].name)


def bind_parts(
    program: Program, absent: Collection[str], blocks: Collection[str] = ()
) -> tuple[dict[str, BoundPart], tuple[Diagnostic, ...]]:
    """Bind every part; `absent` are names whose absence was reported already, `blocks` are those in sight."""
    bound: dict[str, BoundPart] = {}
    findings: list[Diagnostic] = []
    for part in program.parts:
        problems = problems_of(part, absent, blocks)
        findings += problems
        component = find(part.component)
        if component is not None and fits(part, component, problems):
            specs = {spec.name: spec for spec in component.settings}
            written = {
                setting.name: convert(specs[setting.name].annotation, setting.value)
                for setting in part.settings
            }
            bound[part.path] = BoundPart(part, component, written)
    return bound, tuple(findings)


def problems_of(part: Part, absent: Collection[str], blocks: Collection[str]) -> list[Diagnostic]:
    """What is wrong with a part as it is written."""
    component = find(part.component)
    if component is not None:
        return [*check_category(part, component), *check_settings(part, component), *check_name(part)]
    if part.component in absent:
        return []
    names = nearest(part.component, [*(found.name for found in all_components()), *blocks])
    return [UnknownComponent(part.component_span, part.component, names)]


def fits(part: Part, component: ComponentType, problems: Collection[Diagnostic]) -> bool:
    """Whether a part can be looked into further. One under the wrong word can, unless one of the two is a crop's."""
    of_a_crop = "crop" in (component.category, *KEYWORD_CATEGORIES.get(part.keyword or "", ()))
    only_misplaced = all(isinstance(problem, WrongCategory) for problem in problems)
    return not part.unsettled and only_misplaced and not (problems and of_a_crop)


def check_name(part: Part) -> list[Diagnostic]:
    """Parts lie under their paths in one module, which has attributes of its own."""
    taken = [name for name in part.path.split(".") if name in OF_MODULES]
    return [TakenName(part.span, taken[0], part.keyword)] if taken else []


def check_category(part: Part, component: ComponentType) -> list[Diagnostic]:
    keyword = part.keyword
    if keyword is None or component.category in KEYWORD_CATEGORIES.get(keyword, (component.category,)):
        return []
    right = DECLARING_KEYWORD.get(component.category) if keyword not in ("template", "search") else None
    written = keyword_span(part, keyword)
    return [WrongCategory(part.component_span, part.component, keyword, component.category, right, written)]


def in_its_category(found: Diagnostic) -> Diagnostic:
    """The fix of a component named like a wire declares it by the right word, which the language alone cannot know."""
    meant = found.declared if isinstance(found, NotApplied) else None
    component = find(meant.component) if meant is not None and meant.word == "part" else None
    word = DECLARING_KEYWORD.get(component.category) if component is not None else None
    if not isinstance(found, NotApplied) or meant is None or word is None:
        return found
    return replace(found, declared=replace(meant, word=word))


def keyword_span(part: Part, keyword: str) -> Span | None:
    """The word that declares the part, where a fix may replace it: not where it is also the part's name."""
    if part.path == keyword:
        return None
    span = part.span
    end = span.start + len(keyword)
    return Span(span.path, span.start, end, span.line, span.column, span.line, span.column + len(keyword))


def check_settings(part: Part, component: ComponentType) -> list[Diagnostic]:
    specs = {spec.name: spec for spec in component.settings}
    every: tuple[Setting | Unsettled, ...] = (*part.settings, *part.unsettled)
    written = {setting.name for setting in every}
    findings: list[Diagnostic] = []
    for setting in every:
        spec = specs.get(setting.name)
        if spec is None:
            near = nearest(setting.name, [name for name in specs if name not in written])
            findings.append(
                UnknownSetting(setting.name_span, component.name, setting.name, near, tuple(specs))
            )
        elif isinstance(setting, Setting) and not accepts(spec.annotation, setting.value):
            findings.append(wrong_type(component, spec, setting.value, setting.span))
    meant = {name for found in findings if isinstance(found, UnknownSetting) for name in found.nearest}
    missing = [
        spec
        for spec in component.settings
        if spec.required and rule_of(spec, component) is None and spec.name not in written | meant
    ]
    if missing:
        example = ", ".join(f"{spec.name} = {example_value(spec.annotation)}" for spec in missing)
        names = tuple(spec.name for spec in missing)
        findings.append(MissingSetting(part.component_span, component.name, names, example))
    return findings


def wrong_type(component: ComponentType, spec: SettingSpec, value: Constant, span: Span) -> WrongSettingType:
    return WrongSettingType(span, component.name, spec.name, words(spec.annotation), kind_of_constant(value))


def example_value(annotation: Any) -> str:
    """Something a user could write there."""
    return next(
        (
            text
            for value, text in ((1, "1"), (0.5, "0.5"), ("x", '"..."'), ((1,), "[...]"))
            if accepts(annotation, value)
        ),
        "...",
    )
