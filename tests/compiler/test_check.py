"""Checking a spec: shapes, inferred settings and stages, and all findings at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.check import CheckResult, check
from sotc.compiler.graph import ComponentGraph
from sotc.dsl.diagnostics import SpecError

SPEC = """
tracker Example {
    param width: int = 96
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255 }

    backbone      = MobileNetV3
    head classify = SeparableHead { out_channels = 2, channels = width }
    head regress  = SeparableHead { out_channels = 4, channels = width }

    kernel   = template -> backbone
    response = XCorrPixelwise(search -> backbone, kernel)
    cls      = response -> classify
    pick     = PointDecode(cls, response -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


def run(tmp_path: Path, text: str = SPEC, **options: object) -> CheckResult:
    path = tmp_path / "example.sot"
    path.write_text(text)
    return check(str(path), **options)  # type: ignore[arg-type]


def graph_of(result: CheckResult) -> ComponentGraph:
    assert result.graph is not None, result.report()
    return result.graph


def test_shapes_name_the_batch(tmp_path: Path) -> None:
    nodes = graph_of(run(tmp_path)).graph.nodes
    assert nodes["template"]["shape"] == "b 3 127 127"
    assert nodes["kernel"]["shape"] == "b 48 8 8"
    assert nodes["response"]["shape"] == "b 64 16 16"
    assert nodes["cls"]["shape"] == "b 2 16 16"
    assert nodes["output.box"]["shape"] == "b 4 float64"
    assert nodes["output.score"]["shape"] == "b"


def test_settings_are_inferred_and_marked(tmp_path: Path) -> None:
    nodes = graph_of(run(tmp_path)).graph.nodes
    assert nodes["cls"]["settings"]["in_channels"] == (64, True)
    assert nodes["cls"]["settings"]["channels"] == (96, False)


def test_parameters_are_counted_without_weights(tmp_path: Path) -> None:
    nodes = graph_of(run(tmp_path)).graph.nodes
    # six separable layers 64 -> 96 -> ... -> 96 of 3x3, batch norms, and the 1x1 prediction with bias
    tower = (64 * 9 + 64 * 96 + 2 * 96) + 5 * (96 * 9 + 96 * 96 + 2 * 96)
    assert nodes["cls"]["parameters"] == tower + 96 * 2 + 2


def test_stages_say_when_a_value_is_known(tmp_path: Path) -> None:
    stages = {name: data["stage"] for name, data in graph_of(run(tmp_path)).graph.nodes(data=True)}
    assert stages["kernel"] == "init"
    assert stages["response"] == "step"
    assert stages["output.box"] == "step"


def test_params_change_the_graph(tmp_path: Path) -> None:
    nodes = graph_of(run(tmp_path, params={"width": "32"})).graph.nodes
    assert nodes["cls"]["settings"]["channels"] == (32, False)


def test_a_shared_part_is_one_part_with_two_nodes(tmp_path: Path) -> None:
    found = graph_of(run(tmp_path))
    users = [name for name, data in found.graph.nodes(data=True) if data["part"] == "backbone"]
    assert len(users) == 2
    assert list(found.parts).count("backbone") == 1


def test_all_findings_come_at_once_and_in_order(tmp_path: Path) -> None:
    text = SPEC.replace("MobileNetV3", "MobilNetV3").replace("out_channels = 2", "out_chanels = 2")
    text = text.replace("size = 255", 'size = "big"')
    result = run(tmp_path, text)
    assert [found.code for found in result.diagnostics] == ["SOT403", "SOT401", "SOT402"]
    assert not result.ok


def test_one_mistake_gives_one_finding(tmp_path: Path) -> None:
    """What depends on something wrong is passed over in silence."""
    result = run(tmp_path, SPEC.replace("MobileNetV3", "MobilNetV3"))
    assert [found.code for found in result.diagnostics] == ["SOT401"]


def test_expecting_a_broken_spec_raises_its_report(tmp_path: Path) -> None:
    result = run(tmp_path, SPEC.replace("MobileNetV3", "MobilNetV3"))
    with pytest.raises(SpecError, match="did you mean `MobileNetV3`"):
        result.expect()


def test_the_same_spec_gives_the_same_graph(tmp_path: Path) -> None:
    one, other = graph_of(run(tmp_path)), graph_of(run(tmp_path))
    assert list(one.graph.nodes(data="shape")) == list(other.graph.nodes(data="shape"))
    assert list(one.graph.edges(data="port")) == list(other.graph.edges(data="port"))


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("channels = width, kernels = [0]", "SOT407", "would be empty"),
        ("channels = 0", "SOT407", "must be a positive integer"),
    ],
)
def test_sizes_of_zero_are_no_layers(change: str, code: str, said: str, tmp_path: Path) -> None:
    result = run(tmp_path, SPEC.replace("out_channels = 2, channels = width", f"out_channels = 2, {change}"))
    assert code in {found.code for found in result.diagnostics}
    assert said in result.report()


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("output view = search.view", ["SOT226"]),
        ("output all = pick", ["SOT226"]),
        ("output two = [kernel, cls]", ["SOT226"]),
        ("output three = 3", ["SOT226"]),
        ('output word = "text"', ["SOT226"]),
        ("state calm = 1.0\n    next calm = calm + 1 when pick.score\n    output calm = calm", ["SOT227"]),
        ("state calm = 1.0\n    next calm = calm + 1 when 3\n    output calm = calm", ["SOT227"]),
        ("state odd = true\n    next odd = not odd\n    output odd = odd", []),
        ("state odd = true\n    next odd = pick.score\n    output odd = odd", ["SOT222"]),
    ],
)
def test_what_leaves_a_tracker_is_checked(line: str, codes: list[str], tmp_path: Path) -> None:
    text = SPEC.replace("output score = pick.score", f"output score = pick.score\n    {line}")
    assert [found.code for found in run(tmp_path, text).diagnostics] == codes


TRAINED = SPEC.replace(
    "    output box ", "    truth gt: Box\n    loss miss = L1Loss(pick.box, gt)\n    output box "
)
"""With a loss; its box is one of the frame, which is no mistake of a spec."""

BREAKS = {
    "the operand of a chain": ("template -> backbone", "tempalte -> backbone", ["SOT301"]),
    "an operand of a call": ("backbone, kernel)", "backbone, kernl)", ["SOT301"]),
    "a value of a setting": (
        "out_channels = 2, channels = width",
        "out_channels = 2, channels = widht",
        ["SOT301"],
    ),
    "a setting": ("out_channels = 4, ", "out_chanels = 4, ", ["SOT402"]),
    "a component": ("= MobileNetV3", "= MobilNetV3", ["SOT401"]),
    "a component of a chain": ("-> Exp", "-> Expp", ["SOT401"]),
    "a part": ("response -> classify", "response -> clasify", ["SOT301"]),
    "a wire that outputs read": ("pick     =", "pikc     =", ["SOT301"] * 3),
    "an operand of a loss": ("pick.box, gt)", "pick.box, tg)", ["SOT301"]),
    "a result": ("L1Loss(pick.box", "L1Loss(pick.bax", ["SOT423"]),
    "the word": ("head regress ", "neck regress ", ["SOT405"]),
}


@pytest.mark.parametrize("what", BREAKS)
def test_one_mistake_has_no_others_in_its_wake(tmp_path: Path, what: str) -> None:
    old, new, codes = BREAKS[what]
    assert TRAINED.count(old) == 1
    found = run(tmp_path, TRAINED.replace(old, new)).diagnostics
    assert [each.code for each in found if each.is_error] == codes


def test_mistakes_behind_each_other_are_told_at_once(tmp_path: Path) -> None:
    """The findings of all breaks together are those of each, whichever hides behind which."""
    text = TRAINED
    expected: list[str] = []
    for name, (old, new, codes) in BREAKS.items():
        if name not in ("a wire that outputs read", "a result"):
            text = text.replace(old, new)
            expected += codes
    found = run(tmp_path, text).diagnostics
    assert sorted(each.code for each in found if each.is_error) == sorted(expected)


def test_what_could_not_be_made_out_is_marked_where_it_is_shown(tmp_path: Path) -> None:
    from sotc.dsl.show import show_program

    text = SPEC.replace("template -> backbone", "tempalte -> backbone").replace(
        "2, channels = width", "2, channels = w"
    )
    program = run(tmp_path, text).program
    assert program is not None
    shown = show_program(program)
    assert "kernel = backbone(?)" in shown
    assert "SeparableHead { out_channels = 2, channels = ? }" in shown
