"""Elements of a page. What a user named is put in as text or as an attribute's value, and is escaped with them."""

from __future__ import annotations

from xml.etree import ElementTree

Element = ElementTree.Element
Child = Element | str | None


def element(name: str, /, *children: Child, **attributes: object) -> Element:
    """An element; None among its children is left out.

    In the names of attributes `_` stands for `-`, and a `_` at the end is dropped (`class_`). One that is None or
    False is left out; True gives it without a value.
    """
    made = Element(
        name, {attribute_name(key): text_of(value) for key, value in attributes.items() if is_set(value)}
    )
    append(made, *children)
    return made


def append(parent: Element, *children: Child) -> None:
    """Put elements and texts at the end of an element."""
    for child in children:
        if child is None:
            continue
        if not isinstance(child, str):
            parent.append(child)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + clean(child)
        else:
            parent.text = (parent.text or "") + clean(child)


def attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key not in ("viewBox",) else key


def is_set(value: object) -> bool:
    return value is not None and value is not False


def text_of(value: object) -> str:
    if value is True:
        return ""
    return number(value) if isinstance(value, float) else clean(str(value))


def number(value: float) -> str:
    """A coordinate: hundredths of a pixel are enough."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def clean(text: str) -> str:
    """Without what cannot be in a page: control characters, and bytes of file names that are no text."""
    printable = "".join(sign if sign.isprintable() or sign in "\n\t " else "\ufffd" for sign in text)
    return printable.encode("utf-8", "replace").decode("utf-8")


def written(root: Element) -> str:
    """A whole page."""
    return "<!DOCTYPE html>\n" + ElementTree.tostring(root, encoding="unicode", method="html") + "\n"
