"""Specs in colour in editors: a TextMate grammar, from the same table of words as the parser's.

`python -m sotc.dsl.textmate` prints the grammar that the extension for VS Code ships; a test holds the two equal.
"""

from __future__ import annotations

import json
from typing import Any

from .keywords import CLAUSES, DEFAULT_NAMED, NAMED, OPERATORS, OTHER_STATEMENTS, TOP_LEVEL, VALUES


def words(names: tuple[str, ...]) -> str:
    return rf"\b(?:{'|'.join(sorted(names, key=lambda name: (-len(name), name)))})\b"


def grammar() -> dict[str, Any]:
    """The grammar, as JSON holds it."""
    return {
        "name": "sot",
        "scopeName": "source.sot",
        "patterns": [
            {"include": f"#{name}"}
            for name in ("comment", "docstring", "string", "declaration", "words", "names", "number", "signs")
        ],
        "repository": {
            "comment": {"name": "comment.line.number-sign.sot", "match": "#.*$"},
            "docstring": {"name": "string.quoted.docstring.sot", "begin": '"""', "end": '"""'},
            "string": {
                "name": "string.quoted.double.sot",
                "begin": '"',
                "end": '"|$',
                "patterns": [{"name": "constant.character.escape.sot", "match": r"\\."}],
            },
            "declaration": declaration(),
            "words": {
                "patterns": [
                    {"name": "keyword.declaration.sot", "match": words((*TOP_LEVEL, "fn"))},
                    {"name": "keyword.control.sot", "match": words((*OTHER_STATEMENTS, *CLAUSES))},
                    {"name": "constant.language.sot", "match": words(VALUES)},
                    {"name": "keyword.operator.word.sot", "match": words(OPERATORS)},
                ]
            },
            "names": {
                "patterns": [
                    {"name": "support.class.component.sot", "match": r"\b[A-Z]\w*"},
                    {"name": "variable.other.property.sot", "match": r"(?<=\.)[a-z_]\w*"},
                    {"name": "variable.parameter.sot", "match": r"\b[a-z_]\w*(?=\s*=[^=])"},
                    {"name": "variable.other.sot", "match": r"\b[a-z_]\w*"},
                ]
            },
            "number": {"name": "constant.numeric.sot", "match": r"\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?"},
            "signs": {
                "patterns": [
                    {"name": "keyword.operator.arrow.sot", "match": "->"},
                    {"name": "keyword.operator.sot", "match": r"==|!=|<=|>=|\*\*|//|[-+*/%<>=]"},
                ]
            },
        },
    }


def declaration() -> dict[str, Any]:
    """What is declared: a tracker or a block, or the name behind the first word of a line."""
    declares = "|".join((*NAMED, *DEFAULT_NAMED))
    unnamed = "|".join(DEFAULT_NAMED)
    return {
        "patterns": [
            {
                "match": r"\b(tracker|block)\s+([A-Z]\w*)",
                "captures": {
                    "1": {"name": "keyword.declaration.sot"},
                    "2": {"name": "entity.name.type.sot"},
                },
            },
            {
                "match": rf"^\s*(?:(override)\s+)?({declares})\s+([a-z_]\w*)",
                "captures": {
                    "1": {"name": "keyword.control.sot"},
                    "2": {"name": "keyword.declaration.sot"},
                    "3": {"name": "variable.other.declaration.sot"},
                },
            },
            {
                "match": rf"^\s*(?:(override)\s+)?({unnamed})(?=\s*=)",
                "captures": {
                    "1": {"name": "keyword.control.sot"},
                    "2": {"name": "keyword.declaration.sot"},
                },
            },
        ]
    }


if __name__ == "__main__":
    print(json.dumps(grammar(), indent=2))
