"""Python configs read as data: what is understood, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.importers.base_files import load_config
from sotc.importers.errors import ConfigError, ConfigLogicError, UnreadableConfigError
from sotc.importers.mmtracking import import_mmtracking
from sotc.importers.python_config import parse_python, read_module
from sotc.importers.table import Place, Table


def read(text: str) -> Table:
    return read_module(
        parse_python(text, "a.py"), text, "a.py", Table({"x": 3, "deep": Table({"list": [4, 5]})})
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(1, 2.5, -3, 'a', None, True, not 1)", (1, 2.5, -3, "a", None, True, False)),
        ("dict(a=1, b=dict(c=[1, *[2, 3]]))", {"a": 1, "b": {"c": [1, 2, 3]}}),
        ("{'a': 1, **dict(b=2), 3: 4}", {"a": 1, "b": 2, 3: 4}),
        ("dict(a=1, **{'b': 2})", {"a": 1, "b": 2}),
        ("2 * 3 + 10 // 4 - 7 % 4 + 2 ** 3 / 4", 7.0),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("f'{1 + 1}/{\"x\"}.py'", "2/x.py"),
        ("[10, 20, 30][1:]", [20, 30]),
        ("dict(a=[7])['a'][0]", 7),
        ("{{_base_.x}}", 3),
        ("{{ _base_.deep.list }}[1]", 5),
        ("_base_.x + 1", 4),
        ("'{{_base_.x}}'", 3),
        ("'{{ _base_.deep.list }}'", [4, 5]),
        ("'n{{_base_.x}}-{{_base_.deep.list.0}}'", "n3-4"),
    ],
)
def test_an_expression_of_data_has_its_value(expression: str, value: object) -> None:
    assert read(f"import os\n'a docstring'\nname: object = {expression}\n")["name"] == value


def test_names_from_above_are_known_and_their_places_kept() -> None:
    assert read("a, (b, c) = 1, [2, 3]\n") == {"a": 1, "b": 2, "c": 3}
    found = read("size = 3\nmodel = dict(\n    a=size,\n    b=dict(c=1))\nsize += 1\n")
    assert found == {"size": 4, "model": {"a": 3, "b": {"c": 1}}}
    assert found.places == {"size": Place("a.py", 5), "model": Place("a.py", 2)}
    assert found["model"].places == {"a": Place("a.py", 3), "b": Place("a.py", 4)}


@pytest.mark.parametrize(
    ("line", "told_of"),
    [
        ("x = [i for i in (1, 2)]", "a comprehension"),
        ("x = open('/etc/passwd')", "a call"),
        ("x = dict(a=os.path.join('a', 'b'))", "a call"),
        ("x = int('3')", "a call"),
        ("x = 1 if True else 2", "a condition"),
        ("x = 1 < 2", "a comparison"),
        ("x = lambda: 1", "a function"),
        ("x = os.environ", "an attribute"),
        ("x = {1, 2}", "a set"),
        ("x = y", "`y` is not defined above"),
        ("x = {{_base_.nothing}}", "holds `nothing`"),
        ("x = [1][3]", "no such element"),
        ("x = 3 * [1]", "more than arithmetic"),
        ("x = 1 / 0", "cannot be worked out"),
        ("x = 9 ** 9 ** 9", "too large"),
        ("x = 2.5 ** 64 ** 2", "too large"),
        ("x = -'a'", "only a number can have a sign"),
        ("x = dict([('a', 1)])", "settings by name only"),
        ("x = f'{1:>9}'", "a format of its own"),
        ("x = f'{a}'", "only plain texts and numbers"),
        ("x = '{{_base_.deep}}.'", "only plain texts and numbers"),
        ("import torch", "imports Python"),
        ("from mmengine.config import read_base", "imports Python"),
        ("if True: x = 1", "a condition"),
        ("for i in (1, 2): x = i", "a loop"),
        ("def f(): pass", "a function"),
        ("class A: pass", "a class"),
        ("a['b'] = 1", "changes a value"),
        ("a, b = 1, 2, 3", "cannot be taken apart"),
        ("a, b = 1", "cannot be taken apart"),
        ("a.update(b=1)", "a call"),
        ("del a", "a deletion"),
        ("x = [1][[1]]", "no such element"),
        ("x = {}[{}]", "no such element"),
        ("x = {(1, 2): 3}", "a key should be"),
    ],
)
def test_what_would_have_to_be_run_is_refused_with_its_line(line: str, told_of: str) -> None:
    with pytest.raises(ConfigLogicError) as caught:
        read(f"a = dict(b=2)\n\n{line}\n")
    assert told_of in caught.value.message
    assert caught.value.message.startswith("a.py:3: ")
    assert caught.value.message.endswith(f"\n    {line}")
    assert caught.value.remedy


def test_nothing_of_a_config_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = tmp_path / "a.py"
    path.write_text(f"x = __import__('pathlib').Path({str(mark)!r}).touch()\n")
    with pytest.raises(ConfigLogicError):
        load_config(str(path))
    assert not mark.exists()


def test_values_that_double_line_by_line_stay_small() -> None:
    growing = "a = [1] + [1]\n" + "a = a + a\n" * 60
    with pytest.raises(ConfigLogicError, match="too large"):
        read(growing)
    with pytest.raises(ConfigLogicError, match="too large"):
        read("a = 3\n" + "a = a * a\n" * 60)
    for line in ("a = [*a, *a]\n", "a = f'{a}{a}'\n"):
        with pytest.raises(ConfigLogicError, match="too large"):
            read("a = [1, 2]\n" * ("*" in line) + "a = 'ab'\n" * ("*" not in line) + line * 60)


def test_a_table_that_stands_in_itself_many_times_over_is_read_once(tmp_path: Path) -> None:
    doubling = "a = dict(x=1)\n" + "a = dict(x=a, y=a)\n" * 60
    (tmp_path / "base.py").write_text(doubling)
    (tmp_path / "top.py").write_text(
        f"_base_ = 'base.py'\n{doubling}model = dict(type='SiamRPN', backbone=a, head=a)\n"
    )
    found = load_config(str(tmp_path / "top.py"))
    assert len(found["a"]) == 2
    with pytest.raises(ConfigError):
        import_mmtracking(tmp_path / "top.py")


@pytest.mark.parametrize(
    ("data", "told_of"),
    [
        (b"\x00\x01\x02", r"a\.py`: it is not text"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"x = (1,\ny = 2\n", r"a\.py:1: this is not Python"),
        (b"x = 1\nmodel = dict(a=1,, b=2)\n", r"a\.py:2: this is not Python"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "not Python"),
        (b"# " + b"a" * 2**20, "larger than 1 MB"),
        (b"a = dict(x=1)\n" + b"a = dict(x=a)\n" * 5000 + b"model = dict(x=a)\n", "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, data: bytes, told_of: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    with pytest.raises(UnreadableConfigError, match=told_of):
        load_config(str(path))


@pytest.mark.parametrize("path", ["nowhere.py", ".", "a" * 5000])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(UnreadableConfigError, match="cannot read"):
        load_config(path)


leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(values.filter(lambda value: "_base_" not in repr(value)))
def test_any_literal_is_read_as_python_reads_it(value: object) -> None:
    assert read(f"x = {value!r}\n")["x"] == value
