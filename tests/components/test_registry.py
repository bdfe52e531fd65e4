"""The registry's promises: MMTracking's API, settings and ports off the signatures, no silent duplicates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from sotc import components
from sotc.components.registry import (
    BACKBONES,
    NECKS,
    REGISTRIES,
    RegistrationError,
    Registry,
    all_components,
    describe,
    find,
)
from sotc.components.types import channels_of, positions_of

components.load()


class Pair(NamedTuple):
    first: Tensor
    second: Tensor


class Described(nn.Module):
    """Two features of one."""

    shape_only = ("like",)

    def __init__(
        self, in_channels: int, width: Annotated[int, channels_of("like")], rate: float = 0.5
    ) -> None:
        super().__init__()

    def forward(self, features: Tensor, like: Tensor, *more: Tensor, scale: float = 1.0) -> Pair:
        return Pair(features, like)


def test_settings_ports_and_outputs_come_from_the_signatures() -> None:
    component = describe(Described, "Described", "neck")
    assert [(setting.name, setting.required) for setting in component.settings] == [
        ("in_channels", True),
        ("width", False),
        ("rate", False),
    ]
    assert component.settings[1].inferred is not None
    assert [(port.name, port.required, port.variadic) for port in component.ports] == [
        ("features", True, False),
        ("like", True, False),
        ("more", False, True),
        ("scale", False, False),
    ]
    assert component.output_fields == ("first", "second")
    assert component.shape_only == {"like"}
    assert component.doc == "Two features of one."


def test_any_module_can_be_registered_as_in_mmtracking() -> None:
    registry = Registry("backbone")

    @registry.register_module()
    class Mine(nn.Module):
        def __init__(self, depth: int = 3) -> None:
            super().__init__()
            self.depth = depth

    registry.register_module(name="Other", module=nn.Conv2d)
    assert "Mine" in registry
    assert list(registry) == ["Mine", "Other"]
    assert registry.build({"type": "Mine", "depth": 5}).depth == 5
    with pytest.raises(KeyError, match="there are: Mine, Other"):
        registry.build({"type": "Nothing"})


def test_a_name_that_is_taken_shows_both_places() -> None:
    assert find("MobileNetV3") is not None

    class Clashing(nn.Module):
        pass

    with pytest.raises(RegistrationError, match=r"mobilenet_v3\.py.*test_registry\.py"):
        NECKS.register_module(name="MobileNetV3", module=Clashing)
    assert "MobileNetV3" not in NECKS


def test_a_class_may_be_registered_again_by_the_same_module() -> None:
    component = BACKBONES.get("MobileNetV3")
    assert component is not None
    BACKBONES.register_module(module=component.cls)


def test_a_constructor_that_swallows_settings_is_refused() -> None:
    class Swallows(nn.Module):
        def __init__(self, width: int = 1, **rest: int) -> None:
            super().__init__()

    with pytest.raises(RegistrationError, match=r"\*\*rest"):
        Registry("neck").register_module(module=Swallows)


def test_a_class_without_a_constructor_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a library has put its own around the constructor of all modules."""

    class Plain(nn.Module):
        def forward(self, features: Tensor) -> Tensor:
            return features

    constructor = nn.Module.__init__

    def wrapped(self: nn.Module, *args: object, **kwargs: object) -> None:
        constructor(self, *args, **kwargs)

    assert describe(Plain, "Plain", "part").settings == ()
    monkeypatch.setattr(nn.Module, "__init__", wrapped)
    assert describe(Plain, "Plain", "part").settings == ()


def test_listing_is_sorted_and_complete() -> None:
    names = [component.name for component in all_components()]
    by_category = [sorted(registry) for registry in REGISTRIES]
    assert names == [name for category in by_category for name in category]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [({"x": (2, 48, 8, 8)}, 48), ({"x": ((2, 16, 4, 4), (2, 32, 2, 2))}, [16, 32])],
)
def test_channels_are_inferred_of_one_or_several(shapes: dict[str, object], expected: object) -> None:
    assert channels_of("x").rule(shapes) == expected
    assert positions_of("y").rule({"y": (2, 48, 8, 6)}) == 48


def test_inference_says_what_is_not_a_map() -> None:
    with pytest.raises(ValueError, match="no axis of channels"):
        channels_of("x").rule({"x": (2,)})


def test_installed_packages_bring_components(tmp_path: Path) -> None:
    """A package with the entry point group `sotc.components`, laid out as pip leaves it."""
    (tmp_path / "lab_parts.py").write_text(
        "import torch\nfrom sotc.components.registry import PARTS\n\n"
        "@PARTS.register_module()\nclass LabPart(torch.nn.Module):\n"
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:\n        return x\n"
    )
    info = tmp_path / "lab_parts-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-parts\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sotc.components]\nlab = lab_parts\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import sotc.components; from sotc.components.registry import find\n"
        "sotc.components.load(); print(find('LabPart').category)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "part", done.stderr


def test_registered_modules_stay_what_they_are() -> None:
    assert Registry("part").register_module(module=torch.nn.Tanh) is torch.nn.Tanh
