"""`sotc components`."""

from __future__ import annotations

import json
from typing import Any

from sotc import components
from sotc.components.registry import all_components


def test_every_component_is_listed(sotc: Any) -> None:
    components.load()
    output = sotc("components").output
    assert all(found.name in output for found in all_components())
    assert "SiameseCrop" in output


def test_one_category(sotc: Any) -> None:
    output = sotc("components", "--category", "head").output
    assert "SeparableHead" in output and "SiameseCrop" not in output


def test_one_component_in_full(sotc: Any) -> None:
    output = sotc("components", "ConvBNReLU").output
    words = output.split()
    assert "settings" in words and "takes" in words and "gives" in words
    assert "inferred: channels of `features`" in output
    assert "required" in sotc("components", "SiameseCrop").output


def test_json_holds_settings_and_ports(sotc: Any) -> None:
    result = sotc("components", "PointDecode", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert found["category"] == "decoder"
    assert [port["name"] for port in found["ports"]] == ["cls", "loc", "view"]
    assert found["outputs"] == ["box", "score"]
    stride = next(setting for setting in found["settings"] if setting["name"] == "stride")
    assert stride == {
        "name": "stride",
        "type": "a whole number",
        "required": False,
        "inferred": None,
        "default": "16",
    }


def test_an_unknown_name_has_a_hint(sotc: Any) -> None:
    assert "did you mean `SiameseCrop`?" in sotc("components", "SiamesCrop", code=1).output
