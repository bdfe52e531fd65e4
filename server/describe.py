"""Components in words, as Markdown: what they are, their settings, what they take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..components.registry import ComponentType, PortSpec, SettingSpec


def component_text(component: ComponentType) -> str:
    """A component's heading, docstring, settings, ports and outputs."""
    parts = [f"**{component.name}** · {component.category}"]
    if component.doc:
        parts.append(component.doc)
    if component.settings:
        lines = [f"- {setting_line(spec, component)}" for spec in component.settings]
        parts.append("\n".join(["**Settings**", "", *lines]))
    if component.ports and component.category != "crop":
        parts.append("\n".join(["**Takes**", "", *(f"- {port_line(port)}" for port in component.ports)]))
    parts.append(f"**Gives** {gives(component)}")
    return "\n\n".join(parts)


def setting_line(spec: SettingSpec, component: ComponentType) -> str:
    """`depth`: a whole number, = 50."""
    from ..compiler.annotations import words

    return f"`{spec.name}`: {words(spec.annotation)}, {default_text(spec, component)}"


def default_text(spec: SettingSpec, component: ComponentType) -> str:
    from ..compiler.annotations import describe_constant
    from ..compiler.bind import rule_of

    rule = rule_of(spec, component)
    if rule is not None:
        return f"inferred: {rule.what}"
    return "required" if spec.required else f"= `{describe_constant(spec.default)}`"


def port_line(port: PortSpec) -> str:
    star = "*" if port.variadic else ""
    optional = "" if port.required or port.variadic else " (may be left out)"
    return f"`{star}{port.name}`: {type_text(port.annotation)}{optional}"


def gives(component: ComponentType) -> str:
    fields = fields_of(component)
    return ", ".join(f"`{name}`" for name in fields) if fields else type_text(component.returns)


def fields_of(component: ComponentType) -> tuple[str, ...]:
    """What may stand behind a dot after the component was applied."""
    if component.category == "crop":
        return ("view",)
    return component.output_fields or ()


def type_text(annotation: Any) -> str:
    """What travels on a wire, as a reader expects it: `Tensor`, `View`."""
    from ..components.registry import REQUIRED

    if annotation is REQUIRED:
        return "Tensor"
    if isinstance(annotation, str):
        return annotation
    name = getattr(annotation, "__name__", None)
    plain = isinstance(annotation, type) and not getattr(annotation, "__args__", ())
    return name if plain and name else str(annotation).replace("typing.", "").replace("collections.abc.", "")
