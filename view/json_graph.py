"""A picture as JSON, for programs: every node and edge with all that is known of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .picture import Picture, PictureEdge, PictureNode

FORMAT = 1
"""raised when a field changes its meaning or goes away"""


def json_graph(picture: Picture) -> str:
    """`{"format", "name", "parameters", "shared", "nodes": [...], "edges": [...]}`, indented."""
    document = {
        "format": FORMAT,
        "name": picture.title,
        "parameters": picture.parameters,
        "shared": {part: list(names) for part, names in picture.shared_parts.items()},
        "nodes": [plain(node) for node in picture.nodes],
        "edges": [plain(edge) for edge in picture.edges],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def plain(one: PictureNode | PictureEdge) -> dict[str, Any]:
    """All of it but what only pictures of a change, or of times, have."""
    return {name: value for name, value in asdict(one).items() if name not in ("mark", "flows", "timed")}
