"""What was meant: from the place where a statement cannot be read on to a diagnostic, and how to read on.

`diagnose` asks the functions of `PATTERNS` in turn; the first that knows the mistake answers, else it is said
what was expected and what was found. `mended`, where it is given, is the line as it was meant.
"""

from __future__ import annotations

from collections.abc import Callable

from .expression_errors import (
    ChainedComparison,
    MissingComma,
    OperatorAfterChain,
    PositionalSetting,
)
from .keywords import (
    CLOSERS,
    COMPARISONS,
    DEFAULT_NAMED,
    DOCSTRINGS,
    INFIX,
    NAMED,
    NAMES,
    RESERVED,
    SIGNS,
    STATEMENTS,
    TOP_LEVEL,
    VALUE_ENDS,
    VALUE_STARTS,
)
from .lexing import Lexeme, after
from .mistake import Finding, Mistake
from .span import Span
from .suggest import nearest
from .syntax_errors import (
    LoneDocstring,
    Misplaced,
    MissingName,
    MissingSign,
    MissingValue,
    NameCase,
    ReservedName,
    StatementsOnOneLine,
    UnexpectedText,
    UnknownKeyword,
    UseWithoutNames,
    WrongSign,
)
from .text_errors import BadNumber
from .wording import camel_case, describe, expectation, snake_case

BEHIND_NAME = frozenset({"EQUAL", "COLON", "COMMA", "PAREN_OPEN", "PAREN_CLOSE", "IN"})
"""what may follow a name that is declared"""
STATEMENT_TERMINALS = frozenset(word.upper() for word in STATEMENTS)
ADVICE = {
    "for": "there are no loops: a list is made by [e for x in list]",
    "while": "there are no loops: what goes on from frame to frame is a `state`",
    "def": "a function is written fn name(a) = e, a piece with parts of its own is a `block`",
    "function": "a function is written fn name(a) = e, a piece with parts of its own is a `block`",
    "import": 'write use python module { Name }, or use "file.sot" { Name }',
    "from": 'write use python module { Name }, or use "file.sot" { Name }',
    "include": 'write use "file.sot" { Name }',
    "let": "a wire is declared by its name alone: name = value",
    "var": "a wire is declared by its name alone: name = value",
    "const": "a constant is a param: param name = value",
    "class": "what is described is a `tracker`, or a `block` to be used in one",
    "model": "what is described is a `tracker`, or a `block` to be used in one",
    "elif": "write else if",
    "input": "the inputs of a tracker are its `template` and `search` crops",
    "layer": "what has weights is a `part`",
}


def diagnose(mistake: Mistake) -> Finding:
    """Say what is wrong."""
    for pattern in PATTERNS:
        finding = pattern(mistake)
        if finding is not None:
            return finding
    found, expected = describe(mistake.found), expectation(mistake.expected)
    return Finding(UnexpectedText(_place(mistake), found, expected, _advice(mistake)))


def _advice(mistake: Mistake) -> str | None:
    """A word of help for what has no pattern of its own."""
    head, before = mistake.head, mistake.before
    if head.type == "BLOCK" and before is not None and mistake.expected == {"PAREN_OPEN"}:
        return f"a block names its inputs: block {before.text}(image) {{"
    if head.type == "REFRESH" or (before is not None and before.type == "REFRESH"):
        return "a template is refreshed by: refresh every 200 when score > 0.5"
    return None


def _place(mistake: Mistake) -> Span:
    """The span of what was found; behind the last lexeme where the line ends too early."""
    if mistake.ends_early and mistake.before is not None:
        return after(mistake.before)
    return mistake.found.span


# ---------------------------------------------------------------- how a line begins


def _lone_docstring(mistake: Mistake) -> Finding | None:
    before, found = mistake.before, mistake.found
    if before is None or before.type not in DOCSTRINGS:
        return None
    if mistake.ends_early:
        return Finding(LoneDocstring(before.span))
    if found.type in DOCSTRINGS:
        return Finding(LoneDocstring(before.span), mistake.without(mistake.at - 1))
    return None


def _behind_a_body(mistake: Mistake) -> Finding | None:
    """Something behind the closing brace of a body."""
    if not mistake.goes_on or mistake.at != 0:
        return None
    found = mistake.found
    if found.type == "SNAKE" and "ELSE" in mistake.expected:
        suggestions = nearest(found.text, ("else",))
        if found.text == "elif":
            mended = (Lexeme("ELSE", "else", found.span), Lexeme("IF", "if", found.span), *mistake.line[1:])
            return Finding(UnknownKeyword(found.span, found.text, (), ADVICE["elif"]), mended)
        if suggestions:
            return Finding(
                UnknownKeyword(found.span, found.text, suggestions, None), mistake.replaced(0, "ELSE")
            )
    return Finding(StatementsOnOneLine(found.span))


def _misplaced(mistake: Mistake) -> Finding | None:
    """A statement outside a tracker, or a declaration of the top level inside one."""
    if mistake.at > mistake.head_index + 1:
        return None
    head, following = mistake.head, mistake.type_at(mistake.head_index + 1)
    if mistake.at_top:
        begins_wire = (
            head.type in NAMES and following in ("EQUAL", "COMMA") and head.type not in DEFAULT_NAMED
        )
        if mistake.at != mistake.head_index or not (head.type in STATEMENT_TERMINALS or begins_wire):
            return None
        what = "a wire" if begins_wire and head.type == "SNAKE" else f"`{head.text}`"
        return Finding(Misplaced(head.span, what, "within a tracker or block"))
    declares = head.type in ("TRACKER", "BLOCK") and following in ("CAMEL", "SNAKE")
    if declares or (head.type == "USE" and mistake.at == mistake.head_index):
        what = "`use`" if head.type == "USE" else f"a {head.text}"
        return Finding(Misplaced(head.span, what, "at the top of a file"))
    return None


def _freeze(mistake: Mistake) -> Finding | None:
    """`freeze`, or `remove freeze`, with something else than paths of weights behind it; or `override freeze`."""
    at, head, found = mistake.head_index, mistake.head, mistake.found
    changes = head.type in ("OVERRIDE", "REMOVE")
    words = mistake.line[at : at + 1 + changes]
    following = mistake.type_at(at + len(words))
    if not words or words[-1].type != "FREEZE" or mistake.at <= at or following in ("EQUAL", "COMMA"):
        return None
    if head.type == "OVERRIDE":
        advice = "`freeze` adds to what the base freezes; remove freeze NAME takes it back"
        return Finding(UnexpectedText(words[-1].span, "`override freeze`", (), advice))
    before = mistake.before
    if found.type in NAMES and before is not None and before.type in VALUE_ENDS and before is not words[-1]:
        if mistake.type_at(mistake.at + 1) == "EQUAL":
            return None
        return Finding(MissingComma(found.span, after(before)), mistake.with_inserted(mistake.at, "COMMA"))
    advice = "write freeze backbone, or a piece of it as its weights are called: freeze backbone.layer1"
    return Finding(UnexpectedText(_place(mistake), describe(found), ("the path of weights",), advice))


def _missing_name(mistake: Mistake) -> Finding | None:
    head = mistake.head
    if mistake.at != mistake.head_index + 1 or mistake.found.type not in ("EQUAL", "COLON", "PAREN_OPEN"):
        return None
    if head.text not in NAMED:
        return None
    examples = {
        "param": "param width: int = 256",
        "truth": "truth gt: Box",
        "part": "part encoder = ...",
        "output": "output box = ...",
        "state": "state model = ...",
        "next": "next model = ...",
        "fn": "fn tokens(image) = ...",
    }
    mended = mistake.with_inserted(mistake.at, "SNAKE")
    return Finding(MissingName(head.span, head.text, examples[head.text]), mended, certain=False)


def _unknown_keyword(mistake: Mistake) -> Finding | None:
    """`trakcer Foo {`, `ouput box = ...`."""
    index, head = mistake.head_index, mistake.head
    following = mistake.type_at(index + 1)
    if head.type not in ("SNAKE", "FOR") or mistake.goes_on:
        return None
    at_head = mistake.at == index and (mistake.at_top or head.type == "FOR")
    behind_head = mistake.at == index + 1 and following in (
        NAMES | RESERVED | {"CAMEL", "STRING", "NUMBER", "BODY_OPEN", "PAREN_OPEN"}
    )
    if not (at_head or behind_head):
        return None
    advice = ADVICE.get(head.text)
    suggestions = () if advice else nearest(head.text, TOP_LEVEL if mistake.at_top else STATEMENTS)
    if not suggestions and not advice:
        if following == "CAMEL" and mistake.type_at(index + 2) in (
            "BRACE_OPEN",
            "NEWLINE",
            "BODY_CLOSE",
            "$END",
        ):
            # More likely a wire without its `=`.
            return None
        words = TOP_LEVEL if mistake.at_top else STATEMENTS
        place = "a declaration of a file" if mistake.at_top else "a statement"
        advice = f"{place} begins with {', '.join(words[:-1])} or {words[-1]}"
        if not mistake.at_top:
            advice += ", or is a wire: name = value"
    word = suggestions[0] if len(suggestions) == 1 else None
    mended = mistake.replaced(index, word.upper(), text=word) if word is not None else None
    return Finding(UnknownKeyword(head.span, head.text, suggestions, advice), mended)


TRUTH_TYPES = frozenset({"Box", "Presence"})
"""What a `truth` may be."""

PARAM_TYPES = frozenset({"int", "float", "bool", "str"})


def _missing_keyword(mistake: Mistake) -> Finding | None:
    """`gt: Box`, `width: int = 256`: nothing but the word in front is missing."""
    index, head = mistake.head_index, mistake.head
    if head.type != "SNAKE" or mistake.at != index + 1 or mistake.found.type != "COLON":
        return None
    if mistake.type_at(index + 2) not in ("CAMEL", "SNAKE"):
        return None
    kind = mistake.line[index + 2].text
    if kind in TRUTH_TYPES:
        word, advice = "TRUTH", f"a truth is declared: truth {head.text}: {kind}"
    elif kind in PARAM_TYPES:
        word, advice = "PARAM", f"a param is declared: param {head.text}: {kind} = ..."
    else:
        return None
    return Finding(UnknownKeyword(head.span, head.text, (), advice), mistake.with_inserted(index, word))


# ---------------------------------------------------------------- names


def _name_case(mistake: Mistake) -> Finding | None:
    """A CamelCase name where a snake_case one belongs, or the reverse."""
    found = mistake.found
    if found.type in NAMES and "CAMEL" in mistake.expected and not mistake.expected & {"SNAKE", "NUMBER"}:
        style, suggestion, kind = "CamelCase", camel_case(found.text), "CAMEL"
    elif (
        found.type == "CAMEL"
        and "SNAKE" in mistake.expected
        and mistake.type_at(mistake.at + 1) in BEHIND_NAME
    ):
        style, suggestion, kind = "snake_case", snake_case(found.text), "SNAKE"
    else:
        return None
    role = _role(mistake)
    return Finding(
        NameCase(found.span, found.text, role, style, suggestion),
        mistake.replaced(mistake.at, kind, text=suggestion),
    )


def _role(mistake: Mistake) -> str:
    before = mistake.before
    head = mistake.head.text
    if mistake.inside == "BRACE_OPEN":
        return "what is used" if mistake.head.type == "USE" else "a setting"
    if before is not None and before.type == "EXTENDS":
        return "a tracker"
    if before is mistake.head and head in ("tracker", "block", "part", "param", "output", "state", "fn"):
        return f"an {head}" if head[0] in "aeiou" else f"a {head}"
    if before is mistake.head and head in ("backbone", "neck", "head", "loss"):
        return "a part"
    return "a wire" if before is None else "this"


def _lower_case_component(mistake: Mistake) -> Finding | None:
    """`backbone = resnet { depth = 50 }`."""
    before = mistake.before
    if mistake.found.type != "BRACE_OPEN" or before is None or before.type not in NAMES:
        return None
    if before is mistake.head:
        return None
    suggestion = camel_case(before.text)
    finding = NameCase(before.span, before.text, "a component", "CamelCase", suggestion)
    return Finding(finding, mistake.replaced(mistake.at - 1, "CAMEL", text=suggestion))


def _reserved_name(mistake: Mistake) -> Finding | None:
    found = mistake.found
    if found.type not in RESERVED or "SNAKE" not in mistake.expected:
        return None
    following = mistake.type_at(mistake.at + 1)
    value_due = "NUMBER" in mistake.expected and mistake.at > mistake.head_index
    if value_due or following not in ("EQUAL", "COLON", "COMMA", "PAREN_CLOSE", "PAREN_OPEN"):
        return None
    return Finding(ReservedName(found.span, found.text), mistake.replaced(mistake.at, "SNAKE"))


# ---------------------------------------------------------------- signs


def _wrong_sign(mistake: Mistake) -> Finding | None:
    """A sign for another, each mistake certain by what is expected."""
    found, at, expected = mistake.found, mistake.at, mistake.expected
    following = mistake.type_at(at + 1)
    before = mistake.before
    if before is not None and found.type == "MORE" and before.type in ("EQUAL", "MINUS"):
        span = before.span.to(found.span)
        text = SIGNS[before.type] + ">"
        mended = mistake.replaced(at - 1, "ARROW", 2)
        return Finding(WrongSign(span, text, "->", "a chain is written a -> b"), mended)
    if found.type == "EQUAL" and following == "MORE":
        span = found.span.to(mistake.line[at + 1].span)
        mended = mistake.replaced(at, "ARROW", 2)
        return Finding(WrongSign(span, "=>", "->", "a chain is written a -> b"), mended)
    if found.type == "COLON" and following == "EQUAL" and "EQUAL" in expected:
        span = found.span.to(mistake.line[at + 1].span)
        return Finding(
            WrongSign(span, ":=", "=", "a value is given by `=`"), mistake.replaced(at, "EQUAL", 2)
        )
    if found.type in ("SAME", "COLON", "ARROW") and "EQUAL" in expected:
        why = "`==` compares, `=` gives a value" if found.type == "SAME" else "a value is given by `=`"
        return Finding(WrongSign(found.span, SIGNS[found.type], "=", why), mistake.replaced(at, "EQUAL"))
    if (
        found.type == "EQUAL"
        and "SAME" in expected
        and (mistake.inside or mistake.head.type in ("IF", "PARAM"))
    ):
        why = "`=` gives a value, `==` compares"
        return Finding(WrongSign(found.span, "=", "==", why), mistake.replaced(at, "SAME"))
    if found.type == "EQUAL" and "COLON" in expected:
        why = "the type of a truth stands behind a colon: truth gt: Box"
        return Finding(WrongSign(found.span, "=", ":", why), mistake.replaced(at, "COLON"))
    return None


def _missing_colon(mistake: Mistake) -> Finding | None:
    """`param width int`."""
    found, before, at = mistake.found, mistake.before, mistake.at
    if before is None or at != mistake.head_index + 2 or "COLON" not in mistake.expected:
        return None
    if mistake.head.type not in ("PARAM", "TRUTH") or found.type not in ("CAMEL", "SNAKE"):
        return None
    return Finding(
        MissingSign(found.span, ":", before.text, found.text, after(before)),
        mistake.with_inserted(at, "COLON"),
    )


def _missing_equal(mistake: Mistake) -> Finding | None:
    """`backbone ResNet { }`, `{ depth 50 }`."""
    found, before, at = mistake.found, mistake.before, mistake.at
    if before is None or "EQUAL" not in mistake.expected or found.type not in VALUE_STARTS:
        return None
    following = mistake.type_at(at + 1)
    if found.type in NAMES and following == "EQUAL":
        return None
    if mistake.inside == "BRACE_OPEN":
        if found.type in NAMES and following not in ("COMMA", "BRACE_CLOSE", "DOT", *INFIX):
            return None
    elif mistake.inside is not None:
        return None
    value = found.text if following in ("NEWLINE", "BODY_CLOSE", "COMMA", "BRACE_CLOSE", "$END") else "..."
    return Finding(
        MissingSign(found.span, "=", before.text, value, after(before)), mistake.with_inserted(at, "EQUAL")
    )


def _missing_comma(mistake: Mistake) -> Finding | None:
    found, before = mistake.found, mistake.before
    if mistake.inside is None or "COMMA" not in mistake.expected or before is None:
        return None
    if before.type not in VALUE_ENDS or found.type not in VALUE_STARTS:
        return None
    return Finding(MissingComma(found.span, after(before)), mistake.with_inserted(mistake.at, "COMMA"))


# ---------------------------------------------------------------- expressions


def _positional_setting(mistake: Mistake) -> Finding | None:
    """`ResNet { 50 }`, `{ width * 2 }`."""
    found, before = mistake.found, mistake.before
    if mistake.inside != "BRACE_OPEN" or before is None or mistake.head.type == "USE":
        return None
    if before.type in ("BRACE_OPEN", "COMMA") and found.type in VALUE_STARTS:
        return Finding(
            PositionalSetting(found.span, found.text),
            mistake.with_inserted(mistake.at, "SNAKE", "EQUAL"),
            certain=False,
        )
    if "EQUAL" in mistake.expected and found.type in INFIX | {"DOT", "PAREN_OPEN", "BRACKET_OPEN"}:
        return Finding(
            PositionalSetting(before.span, f"{before.text} ..."),
            mistake.with_inserted(mistake.at - 1, "SNAKE", "EQUAL"),
            certain=False,
        )
    return None


def _operator_in_a_row(mistake: Mistake) -> Finding | None:
    """An operator behind a chain, or a second comparison."""
    found = mistake.found
    if found.type not in INFIX or mistake.before is None or mistake.before.type not in VALUE_ENDS:
        return None
    level = mistake.same_level()
    if "ARROW" in mistake.expected and any(lexeme.type == "ARROW" for lexeme in level):
        return Finding(OperatorAfterChain(found.span, found.text))
    if found.type in COMPARISONS and any(lexeme.type in COMPARISONS for lexeme in level):
        return Finding(ChainedComparison(found.span, found.text))
    return None


def _number_without_zero(mistake: Mistake) -> Finding | None:
    """`.5`."""
    found, at = mistake.found, mistake.at
    if found.type != "DOT" or mistake.type_at(at + 1) != "NUMBER" or "NUMBER" not in mistake.expected:
        return None
    number = mistake.line[at + 1]
    text = f".{number.text}"
    span = found.span.to(number.span)
    return Finding(
        BadNumber(span, text, f"0{text}", "a digit is missing before the point"),
        (*mistake.line[:at], Lexeme("NUMBER", f"0{text}", span), *mistake.line[at + 2 :]),
    )


def _missing_value(mistake: Mistake) -> Finding | None:
    """A line, bracket or item that ends where a value is due."""
    found, before = mistake.found, mistake.before
    if before is None or not {"NUMBER", "PAREN_OPEN", "CAMEL"} <= mistake.expected:
        return None
    if not (mistake.ends_early or found.type in CLOSERS or found.type == "COMMA"):
        return None
    mended = mistake.with_inserted(mistake.at, "NONE") if not mistake.ends_early else None
    return Finding(MissingValue(after(before), before.text), mended, certain=False)


def _statements_on_one_line(mistake: Mistake) -> Finding | None:
    found, before, at = mistake.found, mistake.before, mistake.at
    if mistake.inside is not None or before is None or before.type not in VALUE_ENDS or mistake.at_top:
        return None
    if found.type not in NAMES | STATEMENT_TERMINALS:
        return None
    following = mistake.type_at(at + 1)
    is_wire = found.type in NAMES and following == "EQUAL"
    is_declared = found.type in STATEMENT_TERMINALS and (following in NAMES or following == "CAMEL")
    if not (is_wire or is_declared) or before is mistake.head:
        return None
    return Finding(StatementsOnOneLine(found.span), mistake.with_inserted(at, "NEWLINE"))


def _use_without_names(mistake: Mistake) -> Finding | None:
    if mistake.head.type != "USE" or not mistake.ends_early or mistake.at <= mistake.head_index + 1:
        return None
    if "BRACE_OPEN" not in mistake.expected:
        return None
    source = " ".join(lexeme.text for lexeme in mistake.line[mistake.head_index + 1 :])
    source = source.replace(" . ", ".").replace("python ?", "python?")
    return Finding(UseWithoutNames(_place(mistake), source))


Pattern = Callable[[Mistake], Finding | None]
PATTERNS: tuple[Pattern, ...] = (
    _lone_docstring,
    _behind_a_body,
    _misplaced,
    _freeze,
    _missing_name,
    _number_without_zero,
    _missing_keyword,
    _wrong_sign,
    _reserved_name,
    _unknown_keyword,
    _lower_case_component,
    _name_case,
    _positional_setting,
    _missing_colon,
    _missing_equal,
    _missing_comma,
    _operator_in_a_row,
    _statements_on_one_line,
    _missing_value,
    _use_without_names,
)
