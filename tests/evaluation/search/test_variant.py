"""What can be searched of a spec, and the variant that is written for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.dsl.formatter import format_text
from sotc.dsl.sources import Sources
from sotc.evaluation.search.errors import SearchSpaceError
from sotc.evaluation.search.knobs import knobs_of, settled
from sotc.evaluation.search.space import Space, Value, parse_axis
from sotc.evaluation.search.variant import recipe_of, variant_text
from sotc.specs import locate

OWN = """\
use "parts.sot" { Shrink }

block Widen(field) {
    param out: int
    part grow = ConvBNReLU { out_channels = out, kernel_size = 1 }
    return field -> grow
}

tracker Own {
    param weight: float = 0.4 where 0.0 <= weight and weight <= 1.0
    param soft: bool = true
    param sides: list[int] = [1, 2]

    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }

    backbone    = MobileNetV3 { blocks = 4 }
    part shrink = Shrink { out = 16 }
    part widen  = Widen { out = 32 }
    head both   = SeparableHead { out_channels = 6, channels = 16, kernels = [3] }

    fn seen(image) = image -> backbone -> shrink -> widen
    likeness = weight * XCorrDepthwise(seen(search), seen(template) -> CenterCrop { size = 4 })
    marks    = likeness -> both

    if soft {
        pick = PointDecode(marks[0], marks[1], search.view)
    } else {
        pick = PointDecode { stride = 8 }(marks[0], marks[1], search.view)
    }
    output box   = pick.box
    output score = pick.score
    output state = TrackState { uncertain = 0.5, lost = 0.2 }(pick.score)
}
"""
OWN = OWN.replace("marks    = likeness -> both", "cls      = likeness -> both").replace(
    "head both   = SeparableHead { out_channels = 6, channels = 16, kernels = [3] }",
    "head both   = SeparableHead { out_channels = 2, channels = 16, kernels = [3] }\n"
    "    head place  = SeparableHead { out_channels = 4, channels = 16, kernels = [3] }",
)
OWN = OWN.replace("marks[0], marks[1]", "cls, likeness -> place -> Exp")
PARTS = """\
block Shrink(field) {
    param out: int
    part fold = ConvBNReLU { out_channels = out, kernel_size = 1 }
    return field -> fold
}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> CheckResult:
    folder = tmp_path_factory.mktemp("own")
    (folder / "parts.sot").write_text(PARTS)
    (folder / "own.sot").write_text(OWN)
    checked = check(str(folder / "own.sot"))
    checked.expect()
    return checked


@pytest.fixture(scope="module")
def nanotrack() -> CheckResult:
    return check(locate("nanotrack_v2"))


def variant(checked: CheckResult, place: Path, **point: Value) -> CheckResult:
    """The variant with these values, `__` for a dot, checked as if it stood there."""
    values = {name.replace("__", "."): value for name, value in point.items()}
    space = Space(tuple(parse_axis(f"{name}={{{str(value).lower()}}}") for name, value in values.items()))
    _, knobs = settled(space, checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {})
    text = variant_text(recipe, place, values, "How it was found.")
    assert format_text(text, str(place)).text == text
    found = check(str(place), sources=Sources({str(place): text}))
    found.expect()
    return found


def settings(checked: CheckResult) -> dict[str, object]:
    return {
        f"{path}.{name}": value
        for path, part in checked.expect().parts.items()
        for name, value in part.settings.items()
    }


def differing(one: CheckResult, other: CheckResult) -> dict[str, object]:
    """Settings of the second that the first has not, or has otherwise; defaults are none before they are written."""
    before, after = settings(one), settings(other)
    assert before.keys() <= after.keys()
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def test_only_what_was_named_changes(nanotrack: CheckResult, tmp_path: Path) -> None:
    found = variant(
        nanotrack, tmp_path / "new.sot", pick__penalty=0.07, decode__rate=0.3, template__context=0.4
    )
    assert differing(nanotrack, found) == {
        "pick.PointDecode.penalty": 0.07,
        "pick.PointDecode.rate": 0.3,
        "template.context": 0.4,
    }


def test_a_default_that_the_spec_does_not_write(own: CheckResult, tmp_path: Path) -> None:
    found = variant(own, tmp_path / "new.sot", pick__window=0.25)
    assert differing(own, found) == {"pick.PointDecode.window": 0.25}


def test_a_param_keeps_its_type_and_condition(own: CheckResult, tmp_path: Path) -> None:
    found = variant(own, tmp_path / "sub" / "new.sot", weight=0.75, soft=False)
    program = found.expect().program
    assert {param.name: param.value for param in program.params} == {
        "weight": 0.75,
        "soft": False,
        "sides": (1, 2),
    }
    assert differing(own, found) == {"pick.PointDecode.stride": 8}
    text = found.sources.read(program.path)
    assert "where 0.0 <= weight and weight <= 1.0" in text


def test_a_setting_of_a_crop_in_a_statement_of_a_base(nanotrack: CheckResult, tmp_path: Path) -> None:
    """A variant of a variant: the first stands in a file, the second extends it."""
    first = variant(nanotrack, tmp_path / "first.sot", pick__window=0.3)
    place = Path(first.expect().program.path)
    place.write_text(first.sources.read(str(place)))
    second = variant(check(str(place)), tmp_path / "deep" / "second.sot", pick__rate=0.2)
    assert differing(nanotrack, second) == {"pick.PointDecode.window": 0.3, "pick.PointDecode.rate": 0.2}
    assert second.expect().program.name == "NanoTrackV2TunedTuned"


def test_params_that_were_set_stay_set(own: CheckResult, tmp_path: Path) -> None:
    checked = check(own.expect().program.path, params={"weight": "0.9"})
    _, knobs = settled(Space((parse_axis("pick.rate=0.1:0.2"),)), checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {"weight": "0.9"})
    place = str(tmp_path / "new.sot")
    text = variant_text(recipe, place, {"pick.rate": 0.1}, "Found.")
    found = check(place, sources=Sources({place: text}))
    assert {param.name: param.value for param in found.expect().program.params}["weight"] == 0.9


@pytest.mark.parametrize(
    ("axis", "said"),
    [
        ("pick.penalt=0:1", "`pick.penalty`"),
        ("nothing=0:1", "pick.penalty, pick.rate"),
        ("output.state.lost=0:1", "alters no box"),
        ("pick.stride=0.5:1.5", "of the type int"),
        ("pick.window={x}", "of the type float"),
        ("soft=0:1", "of the type bool"),
        ("sides={1}", "a list"),
    ],
)
def test_what_cannot_be_searched(own: CheckResult, axis: str, said: str) -> None:
    with pytest.raises(SearchSpaceError, match="SOT864") as caught:
        settled(Space((parse_axis(axis),)), own.expect())
    assert said in str(caught.value)


def test_one_setting_under_two_names(own: CheckResult) -> None:
    with pytest.raises(SearchSpaceError, match="the same setting"):
        settled(Space((parse_axis("pick.rate=0:1"), parse_axis("decode.rate=0:1"))), own.expect())


def test_a_setting_within_a_block(own: CheckResult) -> None:
    graph = own.expect()
    name = next(
        name for name in knobs_of(graph) if name.startswith("widen.") and name.endswith("kernel_size")
    )
    _, knobs = settled(Space((parse_axis(f"{name}={{1,3}}"),)), graph)
    with pytest.raises(SearchSpaceError, match="the block `Widen`"):
        recipe_of(graph, own.sources, knobs, {})


def test_whole_numbers_are_a_range_where_the_setting_is_one(own: CheckResult) -> None:
    space, _ = settled(Space((parse_axis("pick.window=0:1"), parse_axis("pick.stride=8:16:8"))), own.expect())
    assert [axis.kind for axis in space.axes] == ["float", "int"]
    assert space.axes[0].choices == ()
    assert space.axes[1].choices == (8, 16)
