"""What may stand at a place of a text that is being written, read off what stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..dsl.keywords import CLOSERS, OPENERS, STATEMENTS, VALUE_ENDS
from ..dsl.layout import lay_out
from ..dsl.lexing import Lexeme
from ..dsl.odd_text import lex_and_mend
from .freezing import path_so_far

Wanted: TypeAlias = Literal[
    "nothing",
    "declaration",  # at the top of a file
    "statement",  # at the beginning of a line in a body
    "after_keyword",  # `head `: a name, or `=`
    "expression",
    "component",  # what a declaring word is followed by: `backbone = `
    "step",  # behind an arrow
    "setting",
    "setting_value",
    "argument",
    "field",
    "base",
    "override",
    "remove",
    "freeze",
    "next",
    "type",
    "file",
    "use_names",
    "clause",
]

WORD_BEFORE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
BODY_OPENERS = {**OPENERS, "BODY_OPEN": "BODY_CLOSE"}
BODY_CLOSERS = {**CLOSERS, "BODY_CLOSE": "BODY_OPEN"}
DECLARING = ("BACKBONE", "NECK", "HEAD", "LOSS", "PART", "TEMPLATE", "SEARCH")
OPERATORS_BEFORE = frozenset(
    {
        "EQUAL",
        "COMMA",
        "ARROW",
        "PAREN_OPEN",
        "BRACKET_OPEN",
        "DOT",
        "COLON",
        "PLUS",
        "MINUS",
        "STAR",
        "SLASH",
    }
    | {"FLOOR", "POWER", "PERCENT", "SAME", "DIFFERENT", "LESS", "MORE", "LESS_EQUAL", "MORE_EQUAL"}
    | {"AND", "OR", "NOT", "IF", "IN", "WHEN", "EVERY", "WHERE", "RETURN"}
)
STATEMENT_WORDS = frozenset(word.upper() for word in STATEMENTS)


@dataclass(frozen=True)
class Frame:
    """Brackets that are open: what stands before them, and what stands in them so far."""

    opener: Lexeme | None
    head: tuple[Lexeme, ...]
    inside: tuple[Lexeme, ...]


@dataclass(frozen=True)
class Context:
    wanted: Wanted
    start: int
    """where the word begins that is being written"""
    word: str = ""
    keyword: str = ""
    """the word that declares what is being written: `backbone`"""
    target: str = ""
    """the component that is configured, the name that is called, or what stands before the dot"""
    given: tuple[str, ...] = ()
    """settings and ports that stand there already"""
    owner: str = ""
    """the tracker or block around"""
    position: int = 0
    """which item of a list of settings or arguments is being written"""
    operands: tuple[str, ...] = ()
    """names that only this statement knows: those of a function"""


def context_at(text: str, offset: int) -> Context:
    """What is being written at an offset."""
    before = text[:offset]
    layout = lay_out(lex_and_mend(before, "")[0])
    lexemes = [each for each in layout.lexemes if each.text or each.type == "NEWLINE"]
    if layout.comments and layout.comments[-1].span.end >= len(before):
        return Context("nothing", offset)
    last = lexemes[-1] if lexemes else None
    if (
        last is not None
        and last.span.end >= len(before)
        and last.type in ("STRING", "UNCLOSED_STRING", "QUOTED")
    ):
        return in_text(before, lexemes)
    if last is not None and last.type == "UNCLOSED_DOCSTRING":
        return Context("nothing", offset)
    written = path_so_far(before)
    if written is not None and lexemes:
        place = offset - len(written.word)
        owner = owner_of(frames_of([each for each in lexemes if each.span.start < place]))
        keyword = "remove" if written.back else ""
        return Context("freeze", place, written.word, keyword, written.path, written.given, owner)
    word = WORD_BEFORE.search(before)
    if (
        word is None
        and last is not None
        and last.type in ("NUMBER", "ODD_NUMBER")
        and last.span.end >= len(before)
    ):
        return Context("nothing", offset)
    start = word.start() if word is not None else offset
    known = [each for each in lexemes if each.span.start < start and each.type != "DOCSTRING"]
    frames = frames_of(known)
    fresh = new_line(before[:start], known)
    found = in_frame(frames, fresh, before, start)
    return Context(**{**vars(found), "start": start, "word": before[start:], "owner": owner_of(frames)})


def in_text(before: str, lexemes: list[Lexeme]) -> Context:
    """Within a text: a path where `use` stands before it; or a setting's choice."""
    last = lexemes[-1]
    if last.type != "UNCLOSED_STRING" and len(last.text) > 1 and last.span.end == len(before):
        return Context("nothing", len(before))
    if len(lexemes) > 1 and lexemes[-2].type == "USE":
        return Context("file", last.span.start + 1, before[last.span.start + 1 :])
    frame = frames_of(lexemes[:-1])[-1]
    if frame.opener is not None and frame.opener.type == "BRACE_OPEN":
        value = value_of_setting(frame)
        if value is not None:
            return Context(
                "setting_value", last.span.start + 1, before[last.span.start + 1 :], "text", *value
            )
    return Context("nothing", len(before))


def value_of_setting(frame: Frame) -> tuple[str, tuple[str, ...]] | None:
    """The component and the setting whose value is being written."""
    item = items_of(frame.inside)[-1]
    if len(item) >= 2 and item[1].type == "EQUAL" and frame.head:
        return frame.head[-1].text, (item[0].text,)
    return None


def frames_of(lexemes: list[Lexeme]) -> list[Frame]:
    """What is open at the end, the file itself first."""
    opened: list[tuple[Lexeme | None, list[Lexeme], list[Lexeme]]] = [(None, [], [])]
    for lexeme in lexemes:
        if lexeme.type in BODY_OPENERS:
            opened.append((lexeme, statement_of(opened[-1][2]), []))
        elif lexeme.type in BODY_CLOSERS and len(opened) > 1:
            opener, _, _ = opened.pop()
            outer = opened[-1][2]
            if opener is not None and opener.type == "BODY_OPEN":
                del outer[len(outer) - len(statement_of(outer)) :]
            else:
                outer.append(lexeme)
        else:
            opened[-1][2].append(lexeme)
    return [Frame(opener, tuple(head), tuple(inside)) for opener, head, inside in opened]


def statement_of(lexemes: list[Lexeme]) -> list[Lexeme]:
    """The statement that is being written at the end of a body."""
    ends = [index for index, each in enumerate(lexemes) if each.type == "NEWLINE"]
    return lexemes[ends[-1] + 1 :] if ends else lexemes


def new_line(before: str, lexemes: list[Lexeme]) -> bool:
    """Whether the statement before is done: a line ended after something that can stand at an end."""
    if not lexemes:
        return True
    last = lexemes[-1]
    return "\n" in before[last.span.end :] and last.type not in OPERATORS_BEFORE


def owner_of(frames: list[Frame]) -> str:
    for frame in frames:
        words = [each.type for each in frame.head]
        for keyword in ("TRACKER", "BLOCK"):
            if keyword in words[:-1] and frame.opener is not None and frame.opener.type == "BODY_OPEN":
                return frame.head[words.index(keyword) + 1].text
    return ""


def in_frame(frames: list[Frame], fresh: bool, before: str, start: int) -> Context:
    frame = frames[-1]
    if frame.opener is None:
        return at_top([] if fresh else statement_of(list(frame.inside)), start)
    operands = operands_of(frames)
    match frame.opener.type:
        case "BODY_OPEN":
            statement = [] if fresh else statement_of(list(frame.inside))
            return in_body(statement, start)
        case "BRACE_OPEN":
            return in_braces(frame, start)
        case "PAREN_OPEN":
            return in_parentheses(frame, start, operands)
    return in_brackets(frame, start, operands)


def ends_with(lexemes: tuple[Lexeme, ...] | list[Lexeme], kind: str) -> bool:
    return bool(lexemes) and lexemes[-1].type == kind


def operands_of(frames: list[Frame]) -> tuple[str, ...]:
    """The operands of a function whose value is being written."""
    for frame in frames[1:]:
        head = statement_of([*frame.head])
        if ends_with(head[:1], "FN"):
            return tuple(each.text for each in head[2:] if each.type == "SNAKE")
    return ()


def at_top(statement: list[Lexeme], start: int) -> Context:
    kinds = [each.type for each in statement]
    match kinds:
        case []:
            return Context("declaration", start)
        case ["USE"] | ["USE", "PYTHON", *_]:
            return Context("file" if kinds == ["USE"] else "nothing", start, keyword="use")
        case ["TRACKER", "CAMEL", "EXTENDS"]:
            return Context("base", start)
        case ["TRACKER", "CAMEL"]:
            return Context("clause", start, keyword="tracker")
    return Context("nothing", start)


def in_body(statement: list[Lexeme], start: int) -> Context:
    """What may follow what a line of a body begins with."""
    kinds = [each.type for each in statement]
    if not kinds:
        return Context("statement", start)
    if kinds[0] == "OVERRIDE" and "EQUAL" not in kinds:
        return Context("override", start, keyword=statement[1].text if len(kinds) > 1 else "")
    if kinds[0] == "REMOVE":
        return Context("remove", start, given=tuple(each.text for each in statement[1:]))
    if kinds == ["NEXT"]:
        return Context("next", start)
    if kinds[-1] == "COLON" and kinds[0] in ("PARAM", "TRUTH", "OVERRIDE"):
        return Context("type", start, keyword=statement[0].text)
    if kinds[-1] == "DOT":
        return Context("field", start, target=before_dot(statement))
    if "EQUAL" in kinds:
        return in_value(statement, kinds, start)
    if kinds[0] in ("IF", "RETURN"):
        return Context("expression", start)
    if len(kinds) == 1 and kinds[0] in DECLARING:
        return Context("after_keyword", start, keyword=statement[0].text)
    return Context("nothing", start)


def in_value(statement: list[Lexeme], kinds: list[str], start: int) -> Context:
    """Behind the `=` of a declaration."""
    declared = kinds[1:] if kinds[0] == "OVERRIDE" else kinds
    words = statement[1:] if kinds[0] == "OVERRIDE" else statement
    keyword = words[0].text if words and declared[0] in DECLARING and declared[1] != "COMMA" else ""
    if kinds[-1] == "ARROW":
        return Context("step", start)
    if kinds[-1] == "EQUAL":
        named = keyword and (declared[1] == "EQUAL" or declared[2:3] == ["EQUAL"])
        return Context("component" if named else "expression", start, keyword=keyword)
    if kinds[-1] in OPERATORS_BEFORE:
        operands = (
            tuple(each.text for each in words[2:] if each.type == "SNAKE") if declared[0] == "FN" else ()
        )
        return Context("expression", start, operands=operands)
    if kinds[-1] in VALUE_ENDS:
        return Context("clause", start, keyword=keyword or words[0].text)
    return Context("expression", start)


def in_braces(frame: Frame, start: int) -> Context:
    """Settings; or the names that a file is used for."""
    kinds = [each.type for each in frame.head]
    if kinds[:1] == ["USE"]:
        source = next((each.text.strip('"') for each in frame.head if each.type in ("STRING", "QUOTED")), "")
        given = tuple(each.text for each in frame.inside if each.type == "CAMEL")
        return Context("use_names" if source else "nothing", start, target=source, given=given)
    component = frame.head[-1].text if ends_with(frame.head, "CAMEL") else ""
    items = items_of(frame.inside)
    given = tuple(item[0].text for item in items if item)
    if not items[-1]:
        return Context("setting", start, target=component, given=given, position=len(items) - 1)
    value = value_of_setting(frame)
    if value is None or not items[-1]:
        return Context("nothing", start, target=component)
    if items[-1][-1].type not in OPERATORS_BEFORE:
        return Context("nothing", start, target=component)
    return Context("setting_value", start, target=value[0], given=value[1], position=len(items) - 1)


def in_brackets(frame: Frame, start: int, operands: tuple[str, ...]) -> Context:
    """An item of a list, or what a comprehension goes on with; a position behind what gives several."""
    item = items_of(frame.inside)[-1]
    kinds = [each.type for each in item]
    if "FOR" in kinds:
        operands += tuple(each.text for each in item[kinds.index("FOR") + 1 :][:1])
    if not kinds or kinds[-1] in OPERATORS_BEFORE:
        if kinds[-1:] == ["DOT"]:
            return Context("field", start, target=before_dot(item), operands=operands)
        return Context("step" if kinds[-1:] == ["ARROW"] else "expression", start, operands=operands)
    if kinds[-1] == "FOR" or kinds[-1] not in VALUE_ENDS:
        return Context("nothing", start)
    if "FOR" not in kinds:
        return Context("clause", start, keyword="[")
    return Context("clause", start, keyword="in" if "IN" in kinds else "for")


def in_parentheses(frame: Frame, start: int, operands: tuple[str, ...]) -> Context:
    """What something is applied to."""
    items = items_of(frame.inside)
    target = callee_of(frame.head)
    item = items[-1]
    given = tuple(each[0].text for each in items if len(each) > 1 and each[1].type == "EQUAL")
    if ends_with(item, "DOT"):
        return Context("field", start, target=before_dot(list(item)), operands=operands)
    if ends_with(item, "ARROW"):
        return Context("step", start, operands=operands)
    wanted: Wanted = "argument" if not item else "expression"
    if item and item[-1].type not in OPERATORS_BEFORE:
        wanted = "nothing"
    return Context(wanted, start, target=target, given=given, position=len(items) - 1, operands=operands)


def callee_of(head: tuple[Lexeme, ...]) -> str:
    """The name before an opening parenthesis: `Conv2d` in `Conv2d { kernel_size = 3 }(`."""
    for lexeme in reversed(head):
        if lexeme.type in ("CAMEL", "SNAKE") or lexeme.type in STATEMENT_WORDS:
            return lexeme.text
        if lexeme.type not in ("BRACE_CLOSE", "BRACKET_CLOSE", "BRACE_OPEN"):
            return ""
    return ""


def before_dot(lexemes: list[Lexeme]) -> str:
    """The name before a dot at the end: of a wire, or of what is applied last."""
    return callee_of(tuple(each for each in lexemes[:-1] if each.type != "PAREN_CLOSE"))


def items_of(lexemes: tuple[Lexeme, ...]) -> list[list[Lexeme]]:
    """What stands between commas."""
    items: list[list[Lexeme]] = [[]]
    for lexeme in lexemes:
        if lexeme.type == "COMMA":
            items.append([])
        elif lexeme.type != "NEWLINE":
            items[-1].append(lexeme)
    return items
