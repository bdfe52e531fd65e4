"""PySOT's configs as specs: they check clean, and are the trackers that ship."""

from __future__ import annotations

from pathlib import Path

import pytest

import sotc
from sotc.importers.errors import NoEquivalentError, NotATrackerError, UnreadableConfigError
from sotc.importers.imported import Imported
from sotc.importers.notes import told
from sotc.importers.pysot import import_pysot

from .configs import ALEX, NANO, PYSOT, R50
from .specs import checked, components, golden, shipped


@pytest.mark.parametrize("config", ["siamrpn_r50_lt", "siammask", "nanotrack"])
def test_the_spec_is_the_stored_one(configs: Path, config: str) -> None:
    assert import_pysot(configs / config / "config.yaml").text == golden(config)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ("siamrpn_r50", "siamrpnpp_r50"),
        pytest.param("siamrpn_r50_old", "siamrpnpp_r50", marks=pytest.mark.slow),
        pytest.param("siamrpn_alex", "siamrpn_alex", marks=pytest.mark.slow),
        pytest.param("siamrpn_mobilev2", "siamrpnpp_mobilev2", marks=pytest.mark.slow),
        pytest.param("nanotrack", "nanotrack_v2", marks=pytest.mark.slow),
        pytest.param("nanotrack_v1", "nanotrack_v1", marks=pytest.mark.slow),
        pytest.param("nanotrack_v3", "nanotrack_v3", marks=pytest.mark.slow),
    ],
)
def test_it_is_the_tracker_that_ships(configs: Path, tmp_path: Path, config: str, name: str) -> None:
    """The same parts with the same settings at the same places, so that its key map fits."""
    found = import_pysot(configs / config / "config.yaml")
    assert components(checked(found.text, tmp_path)) == shipped(name)
    assert found.like == name


def test_levels_may_differ_in_width(configs: Path, tmp_path: Path) -> None:
    found = checked(import_pysot(configs / "siamrpn_r50_lt" / "config.yaml").text, tmp_path)
    shapes = [row[3] for row in components(found) if row[0] == "ChannelMapper"]
    assert shapes == ["(b 128 15 15, b 256 15 15, b 512 15 15)", "(b 128 31 31, b 256 31 31, b 512 31 31)"]


def test_one_level_has_no_weights_between_levels(configs: Path, tmp_path: Path) -> None:
    found = import_pysot(configs / "siammask" / "config.yaml")
    rows = components(checked(found.text, tmp_path))
    assert not [row for row in rows if row[0] == "WeightedSum"]
    assert found.like is None, "a checkpoint of SiamMask holds more"


@pytest.mark.slow
@pytest.mark.parametrize("config", sorted(PYSOT))
def test_every_imported_spec_is_built(configs: Path, tmp_path: Path, config: str) -> None:
    checked(import_pysot(configs / config).text, tmp_path)
    assert sum(each.numel() for each in sotc.build(tmp_path / "imported.sot").module.parameters()) > 100_000


# ---------------------------------------------------------------- what is told


def test_an_absent_setting_means_pysots_default(tmp_path: Path) -> None:
    found = imported(tmp_path, ALEX.replace("    LR: 0.30\n", "").replace("    PENALTY_K: 0.16\n", ""))
    assert "AnchorDecode { penalty = 0.04, window = 0.4, rate = 0.4 }" in found.text


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("    PENALTY_K:", "    PENALTY:", "PENALTY_K"),
        ("BACKBONE:", "BACKBON: {}\nBACKBONE:", "BACKBONE"),
        ("        weighted: true", "        weigthed: true", "weighted"),
        ("    RATIOS:", "    RATIO:", "RATIOS"),
        ("    LOC_WEIGHT:", "    LOC_WEIGTH:", "LOC_WEIGHT"),
    ],
)
def test_a_setting_that_pysot_does_not_know_is_told_with_the_nearest(
    tmp_path: Path, old: str, new: str, meant: str
) -> None:
    text = R50.replace(old, new)
    line = (
        text.splitlines().index(next(row for row in text.splitlines() if row.startswith(new.split("\n")[0])))
        + 1
    )
    first = told(imported(tmp_path, text).notes)[0]
    assert f"config.yaml:{line}: " in first and f"did you mean `{meant}`" in first


def test_the_long_term_tracker_is_told_to_be_another(configs: Path) -> None:
    found = import_pysot(configs / "siamrpn_r50_lt" / "config.yaml")
    assert "the search region grows while the target is lost" in told(found.notes)[0]
    assert "TrackState { uncertain = 0.998, lost = 0.8 }" in found.text


def test_a_nanotrack_of_other_numbers_is_taken_for_v2_and_told(tmp_path: Path) -> None:
    found = imported(tmp_path, NANO.replace("0.490", "0.5"))
    assert "extends NanoTrackV2" in found.text
    assert "v1 and v2 are alike" in "\n".join(told(found.notes))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("old", "new", "told_of"),
    [
        ('"resnet50"', '"resnet18"', "`BACKBONE.TYPE = 'resnet18'` has no equivalent here"),
        ("'MultiRPN'", "'UPChannelRPN'", "known are MultiRPN and DepthwiseRPN"),
        ("'SiamRPNTracker'", "'OtherTracker'", "SiamRPNTracker, SiamRPNLTTracker and SiamMaskTracker"),
        ("    ANCHOR_NUM: 5", "    ANCHOR_NUM: 6", "5 ratios of 1 scales"),
        ("    LR: 0.38", "    LR: much", "`TRACK.LR = 'much'` should be a number"),
        ("    LR: 0.38", "    LR: .inf", "should be a number"),
        ("    INSTANCE_SIZE: 255", "    INSTANCE_SIZE: -1", "should be a whole number"),
        ("TRACK:\n", "TRACK: [1]\nOTHER:\n", "`TRACK = [1]` should be a table of settings"),
    ],
)
def test_a_setting_that_cannot_be_written_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, told_of: str
) -> None:
    assert old in R50
    with pytest.raises(NoEquivalentError) as caught:
        imported(tmp_path, R50.replace(old, new))
    assert told_of in str(caught.value)
    assert "config.yaml:" in caught.value.message


def test_a_yaml_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotATrackerError, match="no config of PySOT"):
        imported(tmp_path, "name: test\non: push\n")


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("TRACK:\n  LR: [1, 2\nANCHOR: 3\n", r"config.yaml:\d: this is not YAML"),
        ("- 1\n- 2\n", "no table of settings"),
        ("", "no table of settings"),
        ("TRACK: !!python/object/apply:os.system ['true']\n", r"config.yaml:1: this is not YAML"),
        ("a: &a {b: *a}\n", "nested too deep|not YAML"),
        ("a: 1\n---\nb: 2\n", "this is not YAML"),
        ("? [1, 2]\n: 3\n", "a name should be a text"),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
         "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
         "e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n", "more than 20000 values"),
        ("date: 2001-99-99\nTRACK: {}\n", "not YAML"),
    ],
)  # fmt: skip
def test_broken_yaml_is_refused_with_its_place(tmp_path: Path, text: str, told_of: str) -> None:
    with pytest.raises(UnreadableConfigError, match=told_of):
        imported(tmp_path, text)


def imported(folder: Path, text: str) -> Imported:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return import_pysot(path)


@pytest.mark.parametrize(
    ("config", "old", "new", "freeze"),
    [
        (R50, "['layer2', 'layer3', 'layer4']", "['layer4']", "conv1 bn1 layer1 layer2 layer3"),
        (R50, "    TRAIN_LAYERS: ['layer2', 'layer3', 'layer4']\n", "", ""),
        (
            R50,
            "['layer2', 'layer3', 'layer4']",
            "['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4']",
            "",
        ),
        (ALEX, "['layer4', 'layer5']", "['layer3', 'layer5']", "layers.0 layers.1 layers.3"),
    ],
)
def test_layers_that_are_never_trained_are_frozen(
    tmp_path: Path, config: str, old: str, new: str, freeze: str
) -> None:
    assert old in config
    (tmp_path / "config.yaml").write_text(config.replace(old, new), encoding="utf-8")
    found = import_pysot(tmp_path / "config.yaml")
    lines = [line.strip() for line in found.text.splitlines() if line.strip().startswith("freeze ")]
    wanted = ", ".join(f"backbone.{name}" for name in freeze.split())
    assert lines == ([f"freeze {wanted}"] if wanted else [])
    assert checked(found.text, tmp_path).diagnostics == ()


def test_layers_that_the_backbone_does_not_have_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(R50.replace("['layer2', ", "['layer9', "), encoding="utf-8")
    found = import_pysot(tmp_path / "config.yaml")
    assert "freeze" not in found.text.partition("tracker")[2]
    assert any("`layer9` is no layer of this backbone" in line for line in told(found.notes))
