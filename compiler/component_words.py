"""What is known of a component, in words: for the command line, the editor and the pages of the documentation."""

from __future__ import annotations

from typing import Any

from ..components.registry import REQUIRED, ComponentType, SettingSpec
from .annotations import describe_constant
from .bind import rule_of


def default_text(setting: SettingSpec, component: ComponentType) -> str:
    """Where the value of a setting comes from where none is written: `required`, `= 50`, `inferred: ...`."""
    rule = rule_of(setting, component)
    if rule is not None:
        return f"inferred: {rule.what}"
    return "required" if setting.required else f"= {describe_constant(setting.default)}"


def type_text(annotation: Any) -> str:
    """What travels on a wire, as a reader expects it: `Tensor`, `View`."""
    if annotation is REQUIRED:
        return "Tensor"
    if isinstance(annotation, str):
        return annotation
    name = getattr(annotation, "__name__", None)
    plain = isinstance(annotation, type) and not getattr(annotation, "__args__", ())
    return name if plain and name else str(annotation).replace("typing.", "").replace("collections.abc.", "")


def fields_of(component: ComponentType) -> tuple[str, ...]:
    """What may stand behind a dot after the component was applied."""
    return ("view",) if component.category == "crop" else component.output_fields or ()


def gives(component: ComponentType) -> tuple[str, ...]:
    """The results by name; of one without names what it is."""
    if component.category == "crop":
        return ("the image", "view")
    return component.output_fields or (type_text(component.returns),)
