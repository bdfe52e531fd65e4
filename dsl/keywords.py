"""The words of the language and what they are for, by the name of their terminal in the grammar."""

from __future__ import annotations

TOP_LEVEL = ("use", "tracker", "block")
"""what begins a declaration of a file"""

NAMED = ("param", "truth", "part", "output", "state", "next", "fn")
"""what begins a statement and must be followed by a name"""

DEFAULT_NAMED = ("backbone", "neck", "head", "loss", "template", "search")
"""what begins a statement and is also the default name"""

OTHER_STATEMENTS = ("return", "if", "freeze", "override", "remove")

STATEMENTS = (*NAMED, *DEFAULT_NAMED, *OTHER_STATEMENTS)
"""what begins a statement in a tracker or block, beside the name of a wire"""

CLAUSES = ("extends", "python", "where", "refresh", "every", "when", "else", "for", "in")
VALUES = ("true", "false", "none")
OPERATORS = ("and", "or", "not")

KEYWORDS = (*TOP_LEVEL, *STATEMENTS, *CLAUSES, *VALUES, *OPERATORS)

NAMES = frozenset(
    {"SNAKE", "TRACKER", "BLOCK", "PYTHON", "REFRESH", "EVERY", "BACKBONE", "NECK", "HEAD", "LOSS", "PART"}
    | {"TEMPLATE", "SEARCH", "TRUTH", "OUTPUT", "STATE", "NEXT", "FREEZE"}
)
"""terminals that may stand for a declared name: words of the field are not reserved"""

RESERVED = frozenset(word.upper() for word in KEYWORDS) - NAMES
"""terminals of words that cannot be declared as names"""

DOCSTRINGS = frozenset({"DOCSTRING", "UNCLOSED_DOCSTRING"})

OPENERS = {"PAREN_OPEN": "PAREN_CLOSE", "BRACKET_OPEN": "BRACKET_CLOSE", "BRACE_OPEN": "BRACE_CLOSE"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}

SIGNS = {
    "ARROW": "->",
    "EQUAL": "=",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "QUESTION": "?",
    "PAREN_OPEN": "(",
    "PAREN_CLOSE": ")",
    "BRACKET_OPEN": "[",
    "BRACKET_CLOSE": "]",
    "BRACE_OPEN": "{",
    "BRACE_CLOSE": "}",
    "BODY_OPEN": "{",
    "BODY_CLOSE": "}",
    "SAME": "==",
    "DIFFERENT": "!=",
    "LESS_EQUAL": "<=",
    "MORE_EQUAL": ">=",
    "LESS": "<",
    "MORE": ">",
    "PLUS": "+",
    "MINUS": "-",
    "POWER": "**",
    "STAR": "*",
    "FLOOR": "//",
    "SLASH": "/",
    "PERCENT": "%",
}

INFIX = frozenset(
    {"SAME", "DIFFERENT", "LESS_EQUAL", "MORE_EQUAL", "LESS", "MORE", "PLUS", "MINUS", "POWER", "STAR"}
    | {"FLOOR", "SLASH", "PERCENT", "AND", "OR"}
)
COMPARISONS = frozenset({"SAME", "DIFFERENT", "LESS_EQUAL", "MORE_EQUAL", "LESS", "MORE"})

VALUE_ENDS = NAMES | {
    "CAMEL",
    "NUMBER",
    "ODD_NUMBER",
    "STRING",
    "QUOTED",
    "UNCLOSED_STRING",
    "TRUE",
    "FALSE",
    "NONE",
    "PAREN_CLOSE",
    "BRACKET_CLOSE",
    "BRACE_CLOSE",
}
"""terminals that an expression may end with"""

VALUE_STARTS = (VALUE_ENDS - set(CLOSERS)) | {"PAREN_OPEN", "BRACKET_OPEN", "MINUS", "NOT"}
"""terminals that an expression may begin with"""
