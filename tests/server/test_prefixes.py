"""A spec that is being written: every prefix of specs that ship is survived, and offers what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pygls.workspace import PositionCodec

from sotc import components
from sotc.compiler.check import check
from sotc.dsl.lexing import lex
from sotc.dsl.sources import SHIPPED, Sources
from sotc.server.completion import complete
from sotc.server.hints import hints
from sotc.server.hover import Sight, hover
from sotc.server.options import Hints
from sotc.server.outline import folds, outline
from sotc.server.positions import Text
from sotc.server.reading import Reading, Trees, read
from sotc.server.signature import signature
from sotc.server.tokens import encoded, tokens

FAST = ("nanotrack_v2", "stark_st50")
SPECS = sorted(path.stem for path in SHIPPED.glob("*.sot"))


@pytest.fixture(scope="module", autouse=True)
def registry() -> None:
    components.load()


def survive(path: str, text: str, trees: Trees) -> Reading:
    """Everything that an editor may ask at the end of a text."""
    reading = read(path, text, {}, trees)
    end = len(text)
    complete(reading, end)
    signature(reading, end)
    hover(Sight(reading, None), end)
    outline(reading.file)
    folds(reading.file, text)
    encoded(tokens(reading), Text(text, PositionCodec()))
    hints(reading, None, Hints())
    return reading


@pytest.mark.parametrize(
    ("name", "step"), [("stark_st101", 1), ("siamrpnpp_r50_mm", 3), ("nanotrack_v2", 31), ("stark_st50", 31)]
)
def test_a_spec_is_survived_wherever_its_writing_stops(name: str, step: int) -> None:
    path = SHIPPED / f"{name}.sot"
    text = path.read_text(encoding="utf-8")
    trees = Trees()
    for offset in range(0, len(text) + 1, step):
        survive(str(path), text[:offset], trees)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_every_prefix_of_every_spec_is_survived(name: str) -> None:
    path = SHIPPED / f"{name}.sot"
    text = path.read_text(encoding="utf-8")
    trees = Trees()
    for offset in range(len(text) + 1):
        survive(str(path), text[:offset], trees)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_the_whole_check_survives_where_a_spec_breaks_off(name: str) -> None:
    path = str(SHIPPED / f"{name}.sot")
    text = Path(path).read_text(encoding="utf-8")
    for offset in range(len(text) // 12, len(text), len(text) // 6):
        found = check(path, sources=Sources({path: text[:offset]}))
        assert not found.ok and found.diagnostics


def words_to_complete(path: Path) -> Iterator[tuple[int, int, str]]:
    """Each name behind something that says what may follow: where it begins, a place within it, and itself."""
    text = path.read_text(encoding="utf-8")
    lexemes = [each for each in lex(text, str(path)) if each.type != "NEWLINE"]
    for before, lexeme in pairwise(lexemes):
        follows = before.type in ("EQUAL", "ARROW", "DOT", "PAREN_OPEN", "BRACE_OPEN", "COMMA")
        if follows and lexeme.type in ("CAMEL", "SNAKE") and before.span.line == lexeme.span.line:
            yield lexeme.span.start, lexeme.span.start + 1, lexeme.text


@pytest.mark.parametrize("name", SPECS)
def test_nearly_every_name_of_a_spec_is_offered_where_it_is_written(name: str) -> None:
    """From the text before it and the rest of the file behind it, as when a word is written anew."""
    path = SHIPPED / f"{name}.sot"
    text = path.read_text(encoding="utf-8")
    trees = Trees()
    places = list(words_to_complete(path))
    missed = []
    for start, cursor, word in places if name in FAST else places[::7]:
        written = text[:cursor] + text[start + len(word) :]
        _, offers = complete(read(str(path), written, {}, trees), cursor)
        if word not in {offer.label.removesuffix(" =") for offer in offers}:
            missed.append((text.count("\n", 0, start) + 1, word))
    assert len(missed) <= 0.05 * len(places), missed
