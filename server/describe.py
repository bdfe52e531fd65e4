"""Components as Markdown: what they are, their settings, what they take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..components.registry import ComponentType, PortSpec, SettingSpec


def component_text(component: ComponentType) -> str:
    """A component's heading, docstring, settings, ports and outputs."""
    from ..compiler.component_words import gives

    parts = [f"**{component.name}** · {component.category}"]
    if component.doc:
        parts.append(component.doc)
    if component.settings:
        lines = [f"- {setting_line(spec, component)}" for spec in component.settings]
        parts.append("\n".join(["**Settings**", "", *lines]))
    if component.ports and component.category != "crop":
        parts.append("\n".join(["**Takes**", "", *(f"- {port_line(port)}" for port in component.ports)]))
    parts.append(f"**Gives** {', '.join(f'`{each}`' for each in gives(component))}")
    return "\n\n".join(parts)


def setting_line(spec: SettingSpec, component: ComponentType) -> str:
    """`depth`: a whole number, `= 50`."""
    from ..compiler.annotations import words
    from ..compiler.component_words import default_text

    default = default_text(spec, component)
    shown = f"`{default}`" if default.startswith("=") else default
    return f"`{spec.name}`: {words(spec.annotation)}, {shown}"


def port_line(port: PortSpec) -> str:
    from ..compiler.component_words import type_text

    star = "*" if port.variadic else ""
    optional = "" if port.required or port.variadic else " (may be left out)"
    return f"`{star}{port.name}`: {type_text(port.annotation)}{optional}"
