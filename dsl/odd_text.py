"""Lexemes that are no part of the language: each is reported, and mended so that the rest can be read."""

from __future__ import annotations

import re
from itertools import pairwise

from .diagnostics import Diagnostic
from .lexing import Lexeme, lex
from .literals import LONGEST_NUMBER, bad_escapes, is_number, string_text, string_value
from .span import Span
from .text_errors import BadEscape, BadNumber, OddCharacter, SingleQuotes, UnclosedDocstring, UnclosedString

LOOKALIKES = {
    "→": ("ARROW", "->"),
    "⇒": ("ARROW", "->"),
    "−": ("MINUS", "-"),
    "–": ("MINUS", "-"),
    "×": ("STAR", "*"),
    "·": ("STAR", "*"),
    "÷": ("SLASH", "/"),
    "≤": ("LESS_EQUAL", "<="),
    "≥": ("MORE_EQUAL", ">="),
    "≠": ("DIFFERENT", "!="),
    "，": ("COMMA", ","),
    "：": ("COLON", ":"),
    "＝": ("EQUAL", "="),
    "（": ("PAREN_OPEN", "("),
    "）": ("PAREN_CLOSE", ")"),
    "｛": ("BRACE_OPEN", "{"),
    "｝": ("BRACE_CLOSE", "}"),
    "!": ("NOT", "not "),
    "&&": ("AND", "and"),
    "||": ("OR", "or"),
}
BLANKS = frozenset("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000")
QUOTES = frozenset("“”„‟‘’`«»")
CODE_LINE = re.compile(
    r"^[ \t]*((tracker|block)[ \t]+[A-Z]|use[ \t]+(python\b|\")|(param|truth)[ \t]+\w+[ \t]*[:=]"
    r"|[a-z_]\w*([ \t]+[a-z_]\w*)?[ \t]*=[^=]|\})",
    re.MULTILINE,
)
"""a line that is code rather than prose"""
PATH_PIECE = re.compile(r"[0-9]+(\.[A-Za-z0-9_]+)+")
"""what a path of weights goes on with behind a number"""
MOST_UNCLOSED = 20
"""docstrings that are looked for the end of, in one file"""


def lex_and_mend(text: str, path: str) -> tuple[list[Lexeme], list[Diagnostic]]:
    """The lexemes of a text, and a diagnostic for each that is no part of the language."""
    lexemes, diagnostics = _end_docstrings(text, path)
    mended: list[Lexeme] = []
    for lexeme in _join(lexemes):
        if not (lexeme.type == "ODD_NUMBER" and PATH_PIECE.fullmatch(lexeme.text) and _in_path(mended)):
            mended.extend(_mend(lexeme, diagnostics))
        else:
            mended.append(lexeme)
    return mended, diagnostics


def _in_path(before: list[Lexeme]) -> bool:
    """Whether a lexeme goes on with a path of `freeze`: `.0.conv1` behind `backbone.layer1`."""
    if not before or before[-1].type != "DOT":
        return False
    for lexeme in reversed(before):
        if lexeme.type == "FREEZE":
            return True
        if lexeme.type in ("NEWLINE", "EQUAL"):
            return False
    return False


# ---------------------------------------------------------------- docstrings without an end


def _end_docstrings(text: str, path: str) -> tuple[list[Lexeme], list[Diagnostic]]:
    """Lex a text; a docstring that is not closed ends before the next line of code."""
    done: list[Lexeme] = []
    diagnostics: list[Diagnostic] = []
    lexemes = lex(text, path)
    for _ in range(MOST_UNCLOSED):
        culprit = _culprit(lexemes)
        if culprit is None:
            break
        span = lexemes[culprit].span
        code = CODE_LINE.search(text, text.find("\n", span.start) + 1 or len(text))
        resume = code.start() if code is not None else len(text)
        line = span.line + text.count("\n", span.start, resume)
        opening = Span(path, span.start, span.start + 3, span.line, span.column, span.line, span.column + 3)
        diagnostics.append(UnclosedDocstring(opening))
        docstring = text[span.start : resume].rstrip("\n")
        end_line = span.line + docstring.count("\n")
        whole = Span(path, span.start, span.start + len(docstring), span.line, span.column, end_line, 1)
        done += [*lexemes[:culprit], Lexeme("UNCLOSED_DOCSTRING", docstring, whole)]
        lexemes = [_shifted(lexeme, resume, line - 1) for lexeme in lex(text[resume:], path)]
    return done + lexemes, diagnostics


def _culprit(lexemes: list[Lexeme]) -> int | None:
    """The docstring that lacks its end: the first whose end is followed by text at once, as a beginning would be.

    Where one is not closed, the next one's beginning closes it, so that it shows in the odd place only.
    """
    for position, (lexeme, following) in enumerate(pairwise(lexemes)):
        touches = lexeme.span.end == following.span.start and following.type != "NEWLINE"
        if lexeme.type == "DOCSTRING" and "\n" in lexeme.text and touches:
            return position
    return len(lexemes) - 1 if lexemes and lexemes[-1].type == "UNCLOSED_DOCSTRING" else None


def _shifted(lexeme: Lexeme, offset: int, lines: int) -> Lexeme:
    """A lexeme of a later part of the text, in its place in the whole."""
    span = lexeme.span
    moved = Span(
        span.path,
        span.start + offset,
        span.end + offset,
        span.line + lines,
        span.column,
        span.end_line + lines,
        span.end_column,
    )
    return Lexeme(lexeme.type, lexeme.text, moved)


# ---------------------------------------------------------------- odd characters


def _join(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Put together the odd characters that belong together, and words with odd letters in them."""
    if all(lexeme.type != "SKIPPED" for lexeme in lexemes):
        return lexemes
    runs: list[list[Lexeme]] = []
    for lexeme in lexemes:
        if runs and _belong_together(runs[-1], lexeme):
            runs[-1].append(lexeme)
        else:
            runs.append([lexeme])
    return [_joined(run) for run in runs]


def _belong_together(run: list[Lexeme], lexeme: Lexeme) -> bool:
    last = run[-1]
    if last.span.end != lexeme.span.start:
        return False
    if last.text + lexeme.text in LOOKALIKES:
        return last.type == lexeme.type == "SKIPPED"
    if last.text in LOOKALIKES or lexeme.text in LOOKALIKES:
        return False
    if ("_" + last.text).isidentifier() and ("_" + lexeme.text).isidentifier():
        # Two words side by side, with nothing between them, are one word with an odd letter in it.
        return run[0].text.isidentifier()
    return last.type == lexeme.type == "SKIPPED" and last.text == lexeme.text


def _joined(run: list[Lexeme]) -> Lexeme:
    if len(run) == 1:
        return run[0]
    return Lexeme("SKIPPED", "".join(lexeme.text for lexeme in run), run[0].span.to(run[-1].span))


def _mend(lexeme: Lexeme, diagnostics: list[Diagnostic]) -> list[Lexeme]:
    """Report a lexeme that is no part of the language; what is to be read in its place."""
    match lexeme.type:
        case "SKIPPED":
            return _mend_character(lexeme, diagnostics)
        case "ODD_NUMBER" | "NUMBER":
            if not is_number(lexeme.text):
                diagnostics.append(_bad_number(lexeme))
        case "QUOTED":
            diagnostics.append(SingleQuotes(lexeme.span, string_text(string_value(lexeme.text))))
        case "UNCLOSED_STRING":
            diagnostics.append(UnclosedString(lexeme.span))
        case "STRING":
            for offset, text in bad_escapes(lexeme.text):
                diagnostics.append(BadEscape(_within(lexeme.span, offset, len(text)), text))
    return [lexeme]


def _mend_character(lexeme: Lexeme, diagnostics: list[Diagnostic]) -> list[Lexeme]:
    text = lexeme.text
    if text in LOOKALIKES:
        kind, instead = LOOKALIKES[text]
        diagnostics.append(OddCharacter(lexeme.span, text, instead, None))
        return [Lexeme(kind, instead.strip(), lexeme.span)]
    if text == ";":
        diagnostics.append(OddCharacter(lexeme.span, text, None, "a line break ends a statement"))
        return [Lexeme("NEWLINE", "", lexeme.span)]
    if text.isidentifier():
        advice = "names are made of the letters a to z and A to Z, digits and `_`"
        diagnostics.append(OddCharacter(lexeme.span, text, None, advice))
        return [Lexeme("CAMEL" if text[0].isupper() else "SNAKE", text, lexeme.span)]
    plain = " " if text in BLANKS else '"' if text in QUOTES else None
    diagnostics.append(OddCharacter(lexeme.span, text, plain, None))
    return []


def _bad_number(lexeme: Lexeme) -> BadNumber:
    text = lexeme.text
    if len(text) > LONGEST_NUMBER:
        return BadNumber(lexeme.span, text, None, "too long")
    plain = text.replace("__", "_").strip("_")
    if text.endswith(".") and is_number(text[:-1]):
        return BadNumber(lexeme.span, text, f"{text}0", "digits are missing after the point")
    if is_number(plain):
        return BadNumber(lexeme.span, text, plain, "`_` stands between two digits")
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", text):
        return BadNumber(lexeme.span, text, None, "too large")
    if text[:2].lower() in ("0x", "0b", "0o"):
        try:
            return BadNumber(lexeme.span, text, str(int(text, 0)), "numbers are decimal")
        except ValueError:
            pass
    return BadNumber(lexeme.span, text, None, "not a number")


def _within(span: Span, offset: int, length: int) -> Span:
    """A piece of a span that lies on one line."""
    start, column = span.start + offset, span.column + offset
    return Span(span.path, start, start + length, span.line, column, span.line, column + length)
