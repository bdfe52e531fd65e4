"""Specs in colour: a lexer for Pygments, which documentation sites and rich ask by the name `sot`."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

from .keywords import CLAUSES, DEFAULT_NAMED, NAMED, OPERATORS, OTHER_STATEMENTS, TOP_LEVEL, VALUES

DECLARES = (*NAMED, *DEFAULT_NAMED)
"""what stands before a name that it declares"""


class SotLexer(RegexLexer):  # type: ignore[misc]  # Pygments has no types
    """The tokens of a spec, from the same table of words as the parser's."""

    name = "sot"
    aliases: ClassVar[list[str]] = ["sot"]
    filenames: ClassVar[list[str]] = ["*.sot"]
    mimetypes: ClassVar[list[str]] = ["text/x-sot"]
    url = "docs/guide/language.md"

    tokens: ClassVar[dict[str, object]] = {
        "root": [
            (rf"^([ \t]*)({'|'.join(DEFAULT_NAMED)})(?=[ \t]*=)", bygroups(Whitespace, Keyword.Declaration)),
            (r"\n|[^\S\n]+", Whitespace),
            (r"#.*", Comment.Single),
            (r'"""', String.Doc, "docstring"),
            (r'"(\\.|[^"\\\n])*"?', String.Double),
            (
                r"(tracker|block)(\s+)([A-Z]\w*)",
                bygroups(Keyword.Declaration, Whitespace, Name.Class),
            ),
            (
                rf"({'|'.join(DECLARES)})([ \t]+)([a-z_]\w*)",
                bygroups(Keyword.Declaration, Whitespace, Name.Variable),
            ),
            (words((*TOP_LEVEL, "fn"), suffix=r"\b"), Keyword.Declaration),
            (words(OTHER_STATEMENTS, suffix=r"\b"), Keyword),
            (words(CLAUSES, suffix=r"\b"), Keyword),
            (words(VALUES, suffix=r"\b"), Keyword.Constant),
            (words(OPERATORS, suffix=r"\b"), Operator.Word),
            (r"[A-Z]\w*", Name.Class),
            (r"(\.)([a-z_]\w*)", bygroups(Punctuation, Name.Attribute)),
            (r"[a-z_]\w*(?=\s*=[^=])", Name.Attribute),
            (r"[a-z_]\w*", Name),
            (r"\d[\d_]*(\.\d+)?([eE][+-]?\d+)?", Number),
            (r"->|==|!=|<=|>=|\*\*|//|[-+*/%<>=]", Operator),
            (r"[{}()\[\],:.?]", Punctuation),
        ],
        "docstring": [
            (r'"""', String.Doc, "#pop"),
            (r'[^"]+|"', String.Doc),
        ],
    }
