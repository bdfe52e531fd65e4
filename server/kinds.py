"""What an editor shows an icon of, in the words of the protocol; and what it hands back to us as it got it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

COMPLETION_KINDS = {
    "class": types.CompletionItemKind.Class,
    "property": types.CompletionItemKind.Property,
    "variable": types.CompletionItemKind.Variable,
    "constant": types.CompletionItemKind.Constant,
    "keyword": types.CompletionItemKind.Keyword,
    "snippet": types.CompletionItemKind.Snippet,
    "file": types.CompletionItemKind.File,
    "folder": types.CompletionItemKind.Folder,
    "function": types.CompletionItemKind.Function,
    "field": types.CompletionItemKind.Field,
    "value": types.CompletionItemKind.Value,
    "type": types.CompletionItemKind.TypeParameter,
}

SYMBOL_KINDS = {
    "tracker": types.SymbolKind.Class,
    "block": types.SymbolKind.Class,
    "component": types.SymbolKind.Class,
    "param": types.SymbolKind.Constant,
    "fn": types.SymbolKind.Function,
    "output": types.SymbolKind.Event,
    "loss": types.SymbolKind.Event,
    "state": types.SymbolKind.Variable,
    "wire": types.SymbolKind.Variable,
    "truth": types.SymbolKind.Variable,
}
"""Anything else is a part: a field."""


def data_of(item: Any) -> Mapping[str, Any]:
    """What was given along with an item; pygls makes a named tuple of it."""
    data = item.data
    return data if isinstance(data, Mapping) else data._asdict() if hasattr(data, "_asdict") else {}
