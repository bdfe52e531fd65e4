"""A component's page says what its class says."""

from __future__ import annotations

import inspect
import re

import pytest

from sotc.cli.components import CATEGORIES
from sotc.components.registry import ComponentType
from sotc.website.components import ABOUT, component_lines, field_docs, index, listed, source_of, wire_type
from sotc.website.trackers import uses_in

COMPONENTS = listed()


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by the name in their first cell."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = [
        re.split(r"(?<!\\) \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| `")
    ]
    return {cells[0].strip("`."): cells[1:] for cells in found}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {found.name: "\n".join(component_lines(found, [])) for found in COMPONENTS}


@pytest.mark.parametrize("found", COMPONENTS, ids=lambda found: found.name)
def test_settings_and_ports_are_those_of_the_class(found: ComponentType, pages: dict[str, str]) -> None:
    text = pages[found.name]
    constructor = list(inspect.signature(found.cls).parameters.values())
    settings = rows(text, "Settings")
    assert list(settings) == [parameter.name for parameter in constructor]
    for parameter in constructor:
        default = settings[parameter.name][1]
        if default.startswith("inferred"):
            continue
        if parameter.default is parameter.empty:
            assert default == "**required**"
        elif isinstance(parameter.default, bool | None):
            assert default == f"`{str(parameter.default).lower()}`"
        elif isinstance(parameter.default, int | float):
            assert float(default.strip("`")) == parameter.default
        elif isinstance(parameter.default, str):
            assert default == f'`"{parameter.default}"`'
        else:
            numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", default)]
            assert numbers == [float(number) for number in parameter.default]
    if found.category != "crop":
        forward = list(inspect.signature(found.cls.forward).parameters)[1:]
        assert list(rows(text, "Takes")) == forward
    if found.output_fields is not None and found.category != "crop":
        assert list(rows(text, "Gives")) == list(found.output_fields)


def test_the_place_is_the_line_of_the_class(pages: dict[str, str]) -> None:
    for found in COMPONENTS:
        file, line = re.search(r">(components/\S+\.py), line (\d+)<", pages[found.name]).groups()  # type: ignore[union-attr]
        written, first = inspect.getsourcelines(found.cls)
        assert inspect.getsourcefile(found.cls).endswith(file)  # type: ignore[union-attr]
        assert first <= int(line) <= first + len(written)


def test_the_source_stands_apart_and_nothing_is_lost() -> None:
    for found in COMPONENTS:
        said, source = source_of(found.doc)
        assert sorted(f"{said} {source}".split()) == sorted(found.doc.replace("Source: ", "").split())
        assert bool(source) == ("Source: " in found.doc)


def test_torchs_own_docstring_is_not_a_components(pages: dict[str, str]) -> None:
    assert [name for name, text in pages.items() if "ScriptModule" in text] == []


def test_each_category_is_told() -> None:
    assert tuple(ABOUT) == CATEGORIES == tuple(dict.fromkeys(found.category for found in COMPONENTS))


def test_the_index_has_each_component_once() -> None:
    text = "\n".join(index(COMPONENTS))
    assert sorted(re.findall(r"\]\((\w+)\.md\)", text)) == sorted(found.name for found in COMPONENTS)


def test_what_a_tracker_uses_is_shown_with_its_line() -> None:
    used = [use for use in uses_in("nanotrack_v2") if use.component == "XCorrPixelwise"]
    (found,) = (found for found in COMPONENTS if found.name == "XCorrPixelwise")
    text = "\n".join(component_lines(found, used))
    assert "](../zoo/nanotrack_v2.md)" in text
    assert "](../source/specs/blocks/nanotrack.sot.md)" in text
    assert "XCorrPixelwise(" in text.partition("```sot")[2]


def test_the_fields_of_a_result_are_told() -> None:
    (found,) = (found for found in COMPONENTS if found.name == "PointDecode")
    assert "centre x, centre y, width, height" in field_docs(found.returns)["box"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Tensor", "Tensor"),
        ("torch.Tensor | None", "Tensor | None"),
        ("Optional[Literal['none', 'mean']]", "Literal['none', 'mean'] | None"),
        ("Annotated[Tensor, Kind(name='box in the frame')]", "Tensor"),
    ],
)
def test_types_are_short(text: str, wanted: str) -> None:
    assert wire_type(text) == wanted
