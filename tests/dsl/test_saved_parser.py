"""The saved tables are those of the grammar, are used, and are quick."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lark.parsers.lalr_analysis import Shift

from sotc.dsl import saved_parser
from sotc.dsl.saved_parser import GRAMMAR_PATH, SAVED_PATH, build, key_of, loaded_parser, read_saved, wrap

GRAMMAR = GRAMMAR_PATH.read_text(encoding="utf-8")
SPEC = Path(__file__).with_name("specs") / "siamrpnpp.sot"
WRITE_ANEW = "write it anew: python -m sotc.dsl.saved_parser"


def test_saved_tables_belong_to_the_grammar() -> None:
    saved_for = json.loads(SAVED_PATH.read_text(encoding="utf-8"))["key"]["grammar"]
    assert saved_for == key_of(GRAMMAR)["grammar"], f"grammar.lalr is stale; {WRITE_ANEW}"


def test_saved_tables_are_used_where_lark_is_the_same() -> None:
    saved_for = json.loads(SAVED_PATH.read_text(encoding="utf-8"))["key"]["lark"]
    if saved_for != key_of(GRAMMAR)["lark"]:
        pytest.skip(
            f"the tables were saved by lark {saved_for}, another is installed: they are built instead"
        )
    assert loaded_parser().saved


def test_saved_tables_equal_those_built_now() -> None:
    """State numbers may differ from one build to another; what each state accepts may not."""
    saved = read_saved(SAVED_PATH, GRAMMAR)
    if saved is None:
        pytest.skip("saved by another version of lark")
    built = wrap(build(GRAMMAR))

    def outline(table: Any) -> list[tuple[str, ...]]:
        rows = []
        for row in table.states.values():
            actions = (
                (symbol, "shift" if action is Shift else str(rule)) for symbol, (action, rule) in row.items()
            )
            rows.append(tuple(sorted(" ".join(action) for action in actions)))
        return sorted(rows)

    assert outline(saved.table) == outline(built.table)
    assert len(saved.table.states) > 100


@pytest.mark.parametrize("changed", ["grammar", "lark"])
def test_other_tables_are_not_used(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads(SAVED_PATH.read_text(encoding="utf-8"))
    content["key"][changed] = "another"
    path = tmp_path / "grammar.lalr"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_saved(path, GRAMMAR) is None
    monkeypatch.setattr(saved_parser, "SAVED_PATH", path)
    fallback = loaded_parser.__wrapped__()
    assert not fallback.saved
    assert [token.type for token in fallback.lark.lex("a -> b")] == ["SNAKE", "ARROW", "SNAKE"]


def test_without_a_file_the_tables_are_built(tmp_path: Path) -> None:
    assert read_saved(tmp_path / "grammar.lalr", GRAMMAR) is None


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "grammar.lalr"
    for damage in ("", "{", "[]", '{"key": 3}', SAVED_PATH.read_text(encoding="utf-8")[:-200]):
        path.write_text(damage, encoding="utf-8")
        assert read_saved(path, GRAMMAR) is None


def test_the_same_grammar_gives_the_same_file() -> None:
    """Whatever the order of sets in a process: the file in the repository is what writing it anew gives."""
    if read_saved(SAVED_PATH, GRAMMAR) is None:
        pytest.skip("saved by another version of lark")
    assert saved_parser.saved_text(GRAMMAR) == SAVED_PATH.read_text(encoding="utf-8"), WRITE_ANEW


def test_saving_gives_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "grammar.lalr"
    path.write_text(saved_parser.saved_text(GRAMMAR), encoding="utf-8")
    assert read_saved(path, GRAMMAR) is not None


@pytest.mark.slow
def test_a_fresh_process_reads_a_spec_quickly() -> None:
    """Aim: 30 ms after import for a spec of 50 lines. Held at 100 here, for a machine busy with other things."""
    program = (
        "import sys, time\n"
        "from sotc.dsl.parser import parse\n"
        "text = open(sys.argv[1], encoding='utf-8').read()\n"
        "begin = time.perf_counter()\n"
        "assert parse(text, 'x').ok\n"
        "print(time.perf_counter() - begin)\n"
    )
    times = []
    for _ in range(3):
        command = [sys.executable, "-c", program, str(SPEC)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append(float(done.stdout))
    assert min(times) < 0.1
