"""What each piece of a text is, for colours: keywords, components, parts, wires, params."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..dsl import tree
from ..dsl.keywords import KEYWORDS
from ..dsl.lexing import lex
from .checking import Checked
from .known import stages_of_names
from .names import Occurrence, occurrences
from .positions import Text
from .reading import Reading, levels
from .symbols import body_of, declares

TYPES = (
    "keyword",
    "class",
    "function",
    "variable",
    "parameter",
    "property",
    "string",
    "number",
    "comment",
    "operator",
    "type",
)
STAGES = ("const", "init", "step", "train")
MODIFIERS = ("declaration", "readonly", *STAGES)
"""Of a wire also when it is known, once that was found out."""

KEYWORD_TERMINALS = frozenset(word.upper() for word in KEYWORDS)
STRINGS = frozenset({"STRING", "QUOTED", "UNCLOSED_STRING", "DOCSTRING", "UNCLOSED_DOCSTRING"})
OPERATOR_TERMINALS = frozenset(
    {"ARROW", "EQUAL", "PLUS", "MINUS", "STAR", "SLASH", "FLOOR", "POWER", "PERCENT"}
    | {"SAME", "DIFFERENT", "LESS", "MORE", "LESS_EQUAL", "MORE_EQUAL"}
)


@dataclass(frozen=True)
class Token:
    start: int
    end: int
    type: str
    modifiers: tuple[str, ...] = ()


def tokens(reading: Reading, checked: Checked | None = None) -> list[Token]:
    """In the order of the text; none overlaps another. `checked` is what the last check found out."""
    named = {each.start: each for each in named_tokens(reading, checked)}
    found = [*named.values()]
    for lexeme in lex(reading.text, reading.path):
        start, end = lexeme.span.start, lexeme.span.end
        if start in named:
            continue
        if lexeme.type in KEYWORD_TERMINALS:
            found.append(Token(start, end, "keyword"))
        elif lexeme.type in STRINGS:
            found.append(Token(start, end, "string"))
        elif lexeme.type in ("NUMBER", "ODD_NUMBER"):
            found.append(Token(start, end, "number"))
        elif lexeme.type in OPERATOR_TERMINALS:
            found.append(Token(start, end, "operator"))
    found += [Token(each.span.start, each.span.end, "comment") for each in reading.file.comments]
    return sorted(found, key=lambda each: each.start)


def named_tokens(reading: Reading, checked: Checked | None) -> Iterator[Token]:
    results = checked.results if checked is not None else {}
    stages = {owner: stages_of_names(result) for owner, result in results.items()}
    words = {body.name.text: words_of(reading, body.name.text) for body in reading.file.declarations}
    for each in occurrences(reading.file):
        if each.implied or (each.kind == "setting" and each.shorthand):
            continue  # a keyword, and a name that is read there
        stage = stages.get(each.owner, {}).get(each.name, "") if each.kind == "name" else ""
        yield Token(each.span.start, each.span.end, type_of(each, words), modifiers_of(each, stage))
    for body in reading.file.declarations:
        for statement in body.body:
            kind = getattr(statement, "type", None)
            if isinstance(kind, tree.TypeExpr):
                yield Token(kind.span.start, kind.span.start + len(kind.name), "type")


def words_of(reading: Reading, owner: str) -> dict[str, str]:
    """What kind of statement declares each name that a body sees."""
    body = body_of(reading.module, owner)
    found: dict[str, str] = {}
    for each, _ in levels(reading.module, body) if body is not None else ():
        for name, place in declares(each).items():
            found.setdefault(name, place.word)
    return found


def type_of(place: Occurrence, words: dict[str, dict[str, str]]) -> str:
    match place.kind:
        case "type":
            return "class"
        case "local":
            return "parameter"
        case "setting" | "port" | "field":
            return "property"
    word = words.get(place.owner, {}).get(place.name, place.word)
    if word in ("fn", "backbone", "neck", "head", "loss", "part") and place.kind == "name":
        return "function"
    return "parameter" if word in ("param", "operand") else "variable"


def modifiers_of(place: Occurrence, stage: str) -> tuple[str, ...]:
    declares_it = place.role in ("declare", "override")
    return (*(["declaration"] if declares_it else []), *([stage] if stage in STAGES else []))


def encoded(found: list[Token], text: Text) -> list[int]:
    """As the protocol wants them: each relative to the one before, one a line."""
    data: list[int] = []
    line = column = 0
    for start, end, token in pieces(found, text):
        place = text.position(start)
        length = text.position(end).character - place.character
        if length <= 0:
            continue
        same = place.line == line
        flags = sum(1 << MODIFIERS.index(name) for name in token.modifiers)
        data += [place.line - line, place.character - column if same else place.character, length]
        data += [TYPES.index(token.type), flags]
        line, column = place.line, place.character
    return data


def pieces(found: list[Token], text: Text) -> Iterator[tuple[int, int, Token]]:
    """Tokens cut at the ends of lines."""
    for token in found:
        start = token.start
        for line_end in text.ends_within(token.start, token.end):
            yield start, line_end[0], token
            start = line_end[1]
        yield start, token.end, token
