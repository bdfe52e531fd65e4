"""`sotc check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_a_good_spec(sotc: Any) -> None:
    assert sotc("check", "good.sot").output == "good.sot: no errors\n"


def test_all_errors_of_a_bad_spec_at_their_lines(sotc: Any) -> None:
    output = sotc("check", "bad.sot", code=1).output
    assert "error[SOT402]: `SiameseCrop` has no setting `siz`" in output
    assert " --> bad.sot:4:30" in output
    assert "error[SOT401]: no component is called `MobilNetV3`" in output
    assert "did you mean `MobileNetV3`?" in output
    assert output.strip().splitlines()[-1].startswith("bad.sot: 2 errors")


def test_json_is_json_and_nothing_else(sotc: Any) -> None:
    result = sotc("check", "good.sot", "bad.sot", "no_such_spec", "--format", "json", code=1)
    findings = json.loads(result.stdout)
    assert [found["code"] for found in findings] == ["SOT402", "SOT401", "SOT802"]
    assert (findings[0]["file"], findings[0]["line"], findings[0]["column"]) == ("bad.sot", 4, 30)
    assert result.stderr == ""
    assert json.loads(sotc("check", "good.sot", "--format", "json").stdout) == []


def test_a_spec_that_ships_is_checked_by_name(sotc: Any) -> None:
    assert sotc("check", "nanotrack_v2").output == "nanotrack_v2: no errors\n"


def test_an_unknown_name_has_a_hint(sotc: Any) -> None:
    output = sotc("check", "nanotrak_v2", code=1).output
    assert "error[SOT802]: no spec is called `nanotrak_v2`" in output
    assert "did you mean `nanotrack_v2`?" in output


def test_a_missing_file_is_a_finding(sotc: Any) -> None:
    assert "error[SOT801]" in sotc("check", "nowhere/a.sot", code=1).output


def test_several_specs_fail_together(sotc: Any) -> None:
    output = sotc("check", "bad.sot", "good.sot", code=1).output
    assert "good.sot: no errors" in output


def test_a_param_is_set(sotc: Any) -> None:
    output = sotc("check", "good.sot", "-v", "--set", "width=24").output
    assert "b 24 16 16" in output
    assert "b 48 4 4" not in output


def test_a_param_that_is_not_there(sotc: Any) -> None:
    assert "wdth" in sotc("check", "good.sot", "--set", "wdth=24", code=1).output


def test_a_pair_that_is_none_is_a_wrong_use(sotc: Any) -> None:
    assert "`width` is not NAME=VALUE" in sotc("check", "good.sot", "--set", "width", code=2).output


def test_verbose_shows_settings_shapes_and_stages(sotc: Any) -> None:
    rows = [line.split() for line in sotc("check", "good.sot", "-v").output.splitlines()]
    assert ["kernel", "CenterCrop", "init", "b", "48", "4", "4"] in rows
    assert ["field", "shrink", "step", "b", "48", "16", "16"] in rows
    shrink = next(row for row in rows if row[:2] == ["shrink", "ConvBNReLU"])
    assert " ".join(shrink[2:6]) == "in_channels = 48 (inferred),"


def test_output_to_a_file_has_no_colours(sotc: Any) -> None:
    assert "\x1b" not in sotc("check", "bad.sot", "-v", code=1).output


MARKER = "from pathlib import Path\nPath('imported').touch()\n"


def python_spec(folder: Path) -> None:
    (folder / "my_parts.py").write_text(
        MARKER + "from torch import Tensor, nn\nfrom sotc import PARTS\n\n\n"
        "@PARTS.register_module()\nclass TwiceOfMyParts(nn.Module):\n"
        '    """Twice what comes in."""\n\n'
        "    def forward(self, features: Tensor) -> Tensor:\n        return features * 2\n"
    )
    good = (folder / "good.sot").read_text()
    (folder / "python.sot").write_text(
        "use python my_parts { TwiceOfMyParts }\n\n"
        + good.replace("field, kernel)", "field, kernel) -> TwiceOfMyParts")
    )


def test_python_runs_only_where_it_is_allowed(sotc: Any, folder: Path) -> None:
    python_spec(folder)
    output = sotc("check", "python.sot", code=1).output
    assert "error[SOT410]" in output and "--allow-python" in output
    assert not (folder / "imported").exists(), "nothing was imported"
    sotc("check", "python.sot", "--allow-python")
    assert (folder / "imported").exists()


def test_a_trust_entry_allows_what_it_names(sotc: Any, folder: Path) -> None:
    python_spec(folder)
    (folder / "sotc.toml").write_text('[trust]\npython = ["another.*"]\n')
    assert "SOT410" in sotc("check", "python.sot", code=1).output
    (folder / "sotc.toml").write_text('[trust]\npython = ["my_*"]\n')
    sotc("check", "python.sot")


def test_a_wrong_sotc_toml_is_said(sotc: Any, folder: Path) -> None:
    (folder / "sotc.toml").write_text("[trust\n")
    assert "sotc.toml is not TOML" in sotc("check", "good.sot", code=1).output
