"""A picture as JSON, for programs: every node and edge with all that is known of it."""

from __future__ import annotations

import json
from dataclasses import asdict

from .picture import Picture

FORMAT = 1
"""raised when a field changes its meaning or goes away"""


def json_graph(picture: Picture) -> str:
    """`{"format", "name", "parameters", "shared", "nodes": [...], "edges": [...]}`, indented."""
    document = {
        "format": FORMAT,
        "name": picture.title,
        "parameters": picture.parameters,
        "shared": {part: list(names) for part, names in picture.shared_parts.items()},
        "nodes": [asdict(node) for node in picture.nodes],
        "edges": [asdict(edge) for edge in picture.edges],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
