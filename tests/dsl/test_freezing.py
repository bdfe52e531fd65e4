"""`freeze` over a line of `extends`: what is inherited, added and taken back."""

from __future__ import annotations

import pytest

from sotc.dsl.freezing import frozen_inside, lies_in

BASE = """
tracker Base {
    param stage: int = 1
    template = Crop { size = 127 }
    search = Crop { size = 255 }
    backbone = ResNet
    neck = Mapper
    part judges = [Judge { level } for level in [1, 2]]
    freeze backbone.conv1, backbone.layer1.0
    if stage == 2 { freeze backbone, neck }
    output box = Decode(template -> backbone -> neck -> judges[0], search -> backbone -> judges[1], search.view)
}
"""


def variant(body: str) -> str:
    return f"{BASE}\ntracker Light extends Base {{\n{body}\n}}\n"


def frozen(lang, text: str, **params: str) -> list[str]:
    return [each.path for each in lang.program(lang.text(text, **params)).freezes]


def test_paths_come_in_the_order_of_the_text_with_who_wrote_them(lang) -> None:
    program = lang.program(lang.text(variant("freeze judges.1, neck")))
    assert [(each.path, each.provenance.owner, each.span.line) for each in program.freezes] == [
        ("backbone.conv1", "Base", 9),
        ("backbone.layer1.0", "Base", 9),
        ("judges.1", "Light", 15),
        ("neck", "Light", 15),
    ]


def test_an_if_decides(lang) -> None:
    assert frozen(lang, BASE, stage="2") == ["backbone.conv1", "backbone.layer1.0", "backbone", "neck"]
    assert frozen(lang, variant("override param stage: int = 2"))[-1] == "neck"
    text = "param hold: bool = true\nif hold { remove freeze backbone } else { freeze neck }"
    assert frozen(lang, variant(text)) == []
    assert frozen(lang, variant(text), hold="false") == ["backbone.conv1", "backbone.layer1.0", "neck"]


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ("backbone", []),
        ("backbone.layer1", ["backbone.conv1"]),
        ("backbone.conv1", ["backbone.layer1.0"]),
        ("backbone.conv1, backbone.layer1.0", []),
    ],
)
def test_remove_freeze_takes_back_a_path_and_its_pieces(lang, taken: str, left: list[str]) -> None:
    assert frozen(lang, variant(f"remove freeze {taken}")) == left


def test_what_is_taken_back_may_be_frozen_anew(lang) -> None:
    assert frozen(lang, variant("freeze backbone.layer1\nremove freeze backbone")) == ["backbone.layer1"]


def test_a_removed_part_takes_its_freezes_along(lang) -> None:
    text = "remove backbone\npart body = ResNet\nfreeze body\n"
    text += "override output box = Decode(template -> body -> neck, search -> body -> judges[0], search.view)"
    assert frozen(lang, variant(text)) == ["body"]


def test_an_overridden_part_keeps_its_freezes(lang) -> None:
    assert frozen(lang, variant("override backbone = MobileNet")) == ["backbone.conv1", "backbone.layer1.0"]


def test_freezing_reads_nothing(lang) -> None:
    """A part that is frozen and never applied is still unused."""
    assert lang.errors(lang.text(variant("part idle = ResNet\nfreeze idle"))) == ["SOT304"]


def test_paths_lie_in_each_other_by_whole_words() -> None:
    assert lies_in("a.b", "a") and lies_in("a", "a") and lies_in("a.b.0", "a.b")
    assert not lies_in("ab", "a") and not lies_in("a", "a.b") and not lies_in("a.b1", "a.b")


def test_what_of_a_part_is_frozen(lang) -> None:
    program = lang.program(lang.text(variant("freeze judges")))
    assert frozen_inside(program, "backbone") == ("conv1", "layer1.0")
    assert frozen_inside(program, "judges.1") == ()
    assert frozen_inside(program, "neck") is None
