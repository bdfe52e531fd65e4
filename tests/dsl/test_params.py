"""Params: types, defaults from each other, `where`, and values from outside."""

from __future__ import annotations

import pytest

END = "\n output box = Decode { value = p }(search, template)"


def value_of(lang, declaration: str, **params: str):
    program = lang.program(lang.body(declaration + END, **params))
    (part,) = [each for each in program.parts if each.component == "Decode"]
    return part.setting("value").value


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ("param p: int = 3", 3),
        ("param p: float = 3", 3.0),
        ("param p: float = 0.5", 0.5),
        ("param p: bool = true", True),
        ('param p: str = "rgb"', "rgb"),
        ("param p: list[int] = [1, 2]", (1, 2)),
        ("param p: list[float] = [1, 2.5]", (1.0, 2.5)),
        ("param p: list[list[int]] = [[1], []]", ((1,), ())),
        ("param p: list = [1, true]", (1, True)),
        ("param p = 7", 7),
        ("param p = none", None),
    ],
)
def test_types(lang, declaration: str, value: object) -> None:
    found = value_of(lang, declaration)
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, tuple):
        assert [type(item) for item in found] == [type(item) for item in value]


@pytest.mark.parametrize(
    "declaration",
    [
        "param p: int = 3.0",
        "param p: int = true",
        "param p: float = true",
        "param p: bool = 1",
        "param p: str = 1",
        "param p: list[int] = 1",
        "param p: list[int] = [1, 2.5]",
        "param p: list[list[int]] = [1]",
    ],
)
def test_wrong_types(lang, declaration: str) -> None:
    assert lang.errors(lang.body(declaration + END)) == ["SOT201"]


@pytest.mark.parametrize("name", ["integer", "list[str, int]", "int[3]", "Box", "list[number]"])
def test_unknown_types(lang, name: str) -> None:
    value = "[3]" if name.startswith("list[n") else "3"
    assert lang.errors(lang.body(f"param p: {name} = {value}" + END)) == ["SOT203"]


def test_defaults_from_each_other_in_any_order(lang) -> None:
    declaration = (
        "param p: int = 2 * b\n param b: int = a + len(c)\n param a: int = 3\n param c: list[int] = [1, 2]"
    )
    assert value_of(lang, declaration) == 10
    assert value_of(lang, declaration, a="10") == 24
    assert value_of(lang, declaration, c="[1,2,3]") == 12


@pytest.mark.parametrize(
    ("kind", "default", "text", "value"),
    [
        ("int", "1", "-5", -5),
        ("float", "1.0", "3", 3.0),
        ("float", "1.0", "1e-3", 1e-3),
        ("bool", "true", "false", False),
        ("str", '"rgb"', "bgr", "bgr"),
        ("str", '"rgb"', '"b g r"', "b g r"),
        ("str", '"rgb"', "a b = {", "a b = {"),
        ("list[int]", "[1]", "[1, 2]", (1, 2)),
        ("list[float]", "[1]", "[]", ()),
        ("list[str]", "[]", '["a"]', ("a",)),
        ("int", "1", "2 * 3 + len([1])", 7),
    ],
)
def test_set(lang, kind: str, default: str, text: str, value: object) -> None:
    found = value_of(lang, f"param p: {kind} = {default}", p=text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    ["", "wide", "1 }", "1\n x = 2", "search", "1 where true", "Conv2d", "[1", "1 // 0", "#", "tracker"],
)
def test_set_of_no_constant(lang, text: str) -> None:
    assert lang.errors(lang.body("param p: int = 1" + END, p=text)) == ["SOT205"]


def test_set_of_the_wrong_type(lang) -> None:
    (found,) = lang.body("param p: int = 1" + END, p="2.5").diagnostics
    assert (found.code, found.span.line) == ("SOT201", 4)
    assert "--set" in found.title


def test_set_gives_a_value_to_a_param_without_a_default(lang) -> None:
    assert value_of(lang, "param p: int", p="4") == 4
    assert lang.errors(lang.body("param p: int" + END)) == ["SOT307"]


def test_set_of_an_unknown_param(lang) -> None:
    (found,) = lang.body("param p: int = 1" + END, q="2").diagnostics
    assert (found.code, found.help) == ("SOT306", None)
    (found,) = lang.body("param width: int = 1\n param p: int = width" + END, widht="2").diagnostics
    assert found.help == "did you mean `width`?"


def test_where(lang) -> None:
    declaration = "param p: int = 8 where p % n == 0\n param n: int = 4"
    assert value_of(lang, declaration) == 8
    assert lang.errors(lang.body(declaration + END, n="3")) == ["SOT202"]
    (found,) = lang.body(declaration + END, p="6").diagnostics
    assert found.title == "`p = 6` does not meet `p % n == 0` (--set)"


def test_where_that_is_no_condition(lang) -> None:
    assert lang.errors(lang.body("param p: int = 8 where p + 1" + END)) == ["SOT204"]


@pytest.mark.parametrize("use", ["search", "[x for x in [template]]", "len(search)"])
def test_params_read_params_only(lang, use: str) -> None:
    errors = lang.errors(lang.body(f"param p = {use}" + END))
    assert set(errors) == {"SOT310"}


def test_cycle_of_params(lang) -> None:
    (found,) = lang.body("param p: int = a\n param a: int = b + 1\n param b: int = a" + END).diagnostics
    assert found.code == "SOT303"
    assert "`a` -> `b` -> `a`" in found.title


def test_a_param_that_an_if_reads_is_used(lang) -> None:
    result = lang.body(
        "param p: int = 1\n param deep: bool = true\n if deep {\n x = 1\n } else {\n x = 2\n }\n"
        " output box = Decode { value = p, x }(search, template)"
    )
    assert lang.codes(result) == []


def test_params_of_the_program(lang) -> None:
    program = lang.program(
        lang.body(
            "param p: list[float] = [1]\n param q = 2" + END.replace("value = p", "value = p, q"), q="5"
        )
    )
    assert [(param.name, param.type, param.value) for param in program.params] == [
        ("p", "list[float]", (1.0,)),
        ("q", "int", 5),
    ]


def test_inferred_type_is_held_to(lang) -> None:
    assert lang.errors(lang.body("param p = 2" + END, p="0.5")) == ["SOT201"]
