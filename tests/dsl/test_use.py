"""`use`: other files, those that ship, Python, and what goes wrong with them."""

from __future__ import annotations

import os
import sys

import pytest

from sotc.dsl.resolver import resolve
from sotc.dsl.sources import SHIPPED, Sources, UnreadableSource

BLOCK = "block Match(x) {\n part c = C\n return x -> c\n}\n"


def spec(path: str, name: str = "Match") -> str:
    return f'use "{path}" {{ {name} }}\ntracker T {{\n search = Crop\n part m = {name}\n output box = search -> m\n}}\n'


def test_relative_to_the_file_that_uses(lang) -> None:
    assert lang.text(spec("a/b.sot"), files={"a/b.sot": BLOCK}).ok
    files = {"a/b.sot": 'use "../c.sot" { Match }\nblock Other(x) {\n return x -> Match\n}\n', "c.sot": BLOCK}
    assert lang.text(spec("a/b.sot", "Other"), files=files).ok


def test_files_on_disk(tmp_path, lang) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "match.sot").write_text(BLOCK)
    (tmp_path / "t.sot").write_text(spec("blocks/match.sot"))
    result = resolve(str(tmp_path / "t.sot"))
    assert result.ok
    assert result.sources.text(str(tmp_path / "blocks" / "match.sot")) == BLOCK


def test_shipped_files_come_second(tmp_path) -> None:
    shipped = sorted(SHIPPED.glob("blocks/*.sot"))
    assert shipped
    name = f"blocks/{shipped[0].name}"
    (tmp_path / "t.sot").write_text(spec(name, "NotThere"))
    result = resolve(str(tmp_path / "t.sot"))
    assert [found.code for found in result.diagnostics if found.is_error] == ["SOT327"]
    (tmp_path / "blocks").mkdir()
    (tmp_path / name).write_text(BLOCK.replace("Match", "NotThere"))
    assert resolve(str(tmp_path / "t.sot")).ok


def test_a_file_used_twice_is_read_once(lang) -> None:
    files = {
        "match.sot": BLOCK,
        "other.sot": 'use "match.sot" { Match }\nblock Other(x) {\n part m = Match\n return x -> m\n}\n',
    }
    text = 'use "other.sot" { Other }\n' + spec("match.sot").replace("search -> m", "search -> m -> Other")
    assert lang.text(text, files=files).ok


def test_names_that_are_taken(lang) -> None:
    assert lang.errors(lang.text(spec("m.sot") + BLOCK, files={"m.sot": BLOCK})) == ["SOT302"]
    text = "use python lab { Match }\n" + spec("m.sot")
    assert lang.errors(lang.text(text, files={"m.sot": BLOCK})) == ["SOT302"]


@pytest.mark.parametrize(
    ("files", "path", "code"),
    [
        ({}, "m.sot", "SOT801"),
        ({"m.sot": BLOCK.replace("Match", "Mach")}, "m.sot", "SOT327"),
        ({"m.sot": 'use "spec.sot" { T }\n' + BLOCK}, "m.sot", "SOT322"),
        ({}, "spec.sot", "SOT322"),
    ],
)
def test_mistakes(lang, files: dict[str, str], path: str, code: str) -> None:
    result = lang.text(spec(path), files=files)
    assert lang.errors(result) == [code]


def test_mistakes_of_syntax_in_a_used_file_are_told_there(lang) -> None:
    result = lang.text(spec("m.sot"), files={"m.sot": BLOCK.replace("part c = C", "part c = = C")})
    assert {found.span.path for found in result.diagnostics} == {"m.sot"}
    assert all(code.startswith("SOT1") for code in lang.errors(result))


def test_files_deep_in_each_other(lang) -> None:
    files = {
        f"f{i}.sot": f'use "f{i + 1}.sot" {{ B{i + 1} }}\nblock B{i}(x) {{\n return x -> B{i + 1}\n}}\n'
        for i in range(200)
    }
    assert "SOT318" in lang.errors(lang.text(spec("f0.sot", "B0"), files=files))


def test_unused_use(lang) -> None:
    result = lang.text(
        'use "m.sot" { Match }\ntracker T {\n search = Crop\n output box = search\n}\n',
        files={"m.sot": BLOCK},
    )
    assert lang.codes(result) == ["SOT904"]


def test_unreadable_spec(tmp_path) -> None:
    (tmp_path / "binary.sot").write_bytes(b"tracker \xff\xfe {}")
    (tmp_path / "large.sot").write_bytes(b"#" * (17 * 2**20))
    for path, words in (
        (tmp_path / "missing.sot", "no such file"),
        (tmp_path, "a folder"),
        (tmp_path / "binary.sot", "not UTF-8"),
        (tmp_path / "large.sot", "larger than 16 MB"),
        (tmp_path / ("x" * 300), "file name too long"),
        ("nul\0byte", "no such file"),
    ):
        result = resolve(str(path))
        assert result.program is None
        (found,) = result.diagnostics
        assert found.code == "SOT801"
        assert words in found.title


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything"
)
def test_spec_without_permission(tmp_path) -> None:
    path = tmp_path / "secret.sot"
    path.write_text(BLOCK)
    path.chmod(0)
    assert "permission" in resolve(str(path)).diagnostics[0].title


def test_byte_order_mark_is_no_text(tmp_path) -> None:
    path = tmp_path / "bom.sot"
    path.write_bytes(b"\xef\xbb\xbf" + BLOCK.encode())
    assert Sources().read(str(path)) == BLOCK


def test_sources_remember_and_prefer_what_is_in_memory(tmp_path) -> None:
    path = tmp_path / "a.sot"
    path.write_text("old")
    sources = Sources()
    assert sources.text(str(path)) is None
    assert sources.read(str(path)) == "old"
    path.write_text("new")
    assert sources.read(str(path)) == "old"
    sources.add(str(path), "mine")
    assert (sources.read(str(path)), sources.text(str(path))) == ("mine", "mine")
    with pytest.raises(UnreadableSource, match="there is no such file"):
        sources.read(str(tmp_path / "gone"))


def test_choosing_a_tracker(lang) -> None:
    text = "tracker A {\n search = C\n output box = search\n}\ntracker B {\n search = C\n output box = search\n}\n"
    assert lang.text(text).program.name == "B"
    assert lang.text(text, tracker="A").program.name == "A"
    assert lang.errors(lang.text(text, tracker="C")) == ["SOT329"]
    assert lang.errors(lang.text(BLOCK)) == ["SOT328"]
    assert lang.errors(lang.text("")) == ["SOT328"]


def test_resolving_imports_neither_torch_nor_networkx() -> None:
    import subprocess

    code = (
        "import sys\nfrom sotc.dsl import resolve, render_human, Sources\n"
        "resolve('x', sources=Sources({'x': 'tracker A {}'}))\n"
        "print([name for name in ('torch', 'networkx', 'numpy', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
