"""Checkpoints: read safely, renamed, compared, loaded; and what is said of one that cannot be used."""

from __future__ import annotations

import argparse
import os
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import sotc
from sotc.compiler.key_map import KeyMap, Rename, key_map_of, read_key_map
from sotc.compiler.weight_errors import (
    KeyMapError,
    NoWeightsError,
    UnsafeWeightsError,
    WeightsError,
    WeightsMismatchError,
    WeightsNotFiniteError,
    WeightsNotFoundError,
    WeightsUnreadableError,
)
from sotc.compiler.weights import load_checkpoint, load_into, map_state

torch.set_num_threads(1)


class Small(nn.Module):
    """Two named layers, one with running statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)


def filled(seed: int = 0) -> Small:
    torch.manual_seed(seed)
    network = Small()
    nn.init.normal_(network.norm.weight)
    return network


def save(path: Path, stored: object, **options: object) -> Path:
    torch.save(stored, path, **options)
    return path


class RunsCode:
    """What a hostile checkpoint holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder / "owned"),)


def test_reads_what_trainers_save(tmp_path: Path) -> None:
    state = filled().state_dict()
    wrappings: dict[str, object] = {
        "bare": state,
        "lightning": {"state_dict": state, "epoch": 3},
        "pytracking": {"net": state, "net_type": "Small", "optimizer": {"state": {0: torch.zeros(3)}}},
        "parallel": {"model": OrderedDict((f"module.{name}", value) for name, value in state.items())},
        "options": {"state_dict": state, "args": argparse.Namespace(rate=0.1)},
        "scores": {"state_dict": state, "best": np.float64(0.7), "epoch": np.int64(3)},
    }
    for name, stored in wrappings.items():
        found = load_checkpoint(save(tmp_path / f"{name}.pth", stored))
        assert found.keys() == state.keys(), name
        assert all(torch.equal(found[key], state[key]) for key in state), name
    old = save(tmp_path / "old.pth", state, _use_new_zipfile_serialization=False)
    assert load_checkpoint(old).keys() == state.keys()
    save_file(dict(state), tmp_path / "ours.safetensors")
    assert torch.equal(load_checkpoint(tmp_path / "ours.safetensors")["stem.weight"], state["stem.weight"])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_reads_the_authors_checkpoints(data_folder: Path, version: int) -> None:
    found = load_checkpoint(data_folder / "weights" / f"nanotrackv{version}" / f"nanotrackv{version}.pth")
    assert "backbone.features.0.0.weight" in found


@pytest.mark.parametrize("old_format", [False, True])
def test_refuses_a_checkpoint_that_runs_code(tmp_path: Path, old_format: bool) -> None:
    stored = {"state_dict": filled().state_dict(), "extra": RunsCode(tmp_path)}
    path = save(tmp_path / "hostile.pth", stored, _use_new_zipfile_serialization=not old_format)
    with pytest.raises(UnsafeWeightsError, match=r"SOT704.*would call `(posix|nt)\.mkdir`"):
        load_checkpoint(path)
    assert not (tmp_path / "owned").exists()


def test_refuses_a_whole_module_and_says_what_to_save(tmp_path: Path) -> None:
    path = save(tmp_path / "module.pth", nn.Linear(2, 2))
    with pytest.raises(UnsafeWeightsError, match=r"torch\.nn\.modules\.linear\.Linear") as caught:
        load_checkpoint(path)
    assert "state_dict()" in str(caught.value)


def damaged(path: Path) -> Path:
    """One bit of a tensor's bytes flipped."""
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    content = bytearray(path.read_bytes())
    content[largest.header_offset + largest.file_size // 2 + 100] ^= 1
    path.write_bytes(content)
    return path


def test_unreadable_files_are_told_apart(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.pth", {"w": torch.arange(4000.0)})
    content = whole.read_bytes()
    old = save(tmp_path / "old.pth", {"w": torch.arange(400.0)}, _use_new_zipfile_serialization=False)
    files = {
        "empty.pth": b"",
        "empty.safetensors": b"",
        "half.pth": content[: len(content) // 2],
        "page.pth": b"<!DOCTYPE html><html>Not found</html>",
        "words.pth": b"hello world, this is no checkpoint",
        "half.safetensors": b"junk" * 5,
        "half_old.pth": old.read_bytes()[:-100],
    }
    for name, bytes_ in files.items():
        path = tmp_path / name
        path.write_bytes(bytes_)
        with pytest.raises(WeightsUnreadableError, match=f"SOT703.*{name}"):
            load_checkpoint(path)
    with pytest.raises(WeightsUnreadableError, match="checksum"):
        load_checkpoint(damaged(whole))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(WeightsNotFoundError, match="does not exist"):
        load_checkpoint(tmp_path / "none.pth")
    with pytest.raises(WeightsNotFoundError, match="is a folder"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("stored", [[1, 2], {}, {"epoch": 3}, {"state_dict": {}}, 7])
def test_a_checkpoint_without_weights(tmp_path: Path, stored: object) -> None:
    with pytest.raises(NoWeightsError, match="it holds"):
        load_checkpoint(save(tmp_path / "none.pth", stored))


def test_loads_and_gives_the_values(tmp_path: Path) -> None:
    source, network = filled(1), filled(2)
    path = save(tmp_path / "a.pth", source.state_dict())
    assert load_into(network, path).complete
    assert all(torch.equal(value, source.state_dict()[name]) for name, value in network.state_dict().items())


def test_renames_by_the_first_pattern_that_meets() -> None:
    keymap = KeyMap(
        (
            Rename("net.features.0.*", "stem.*"),
            Rename("net.features.*.conv.*", "blocks.*.convolution.*"),
            Rename("net.*", "rest.*"),
        ),
        ignore=("neck.*", "*.unused"),
    )
    assert keymap.rename("net.features.0.weight") == "stem.weight"
    assert keymap.rename("net.features.3.conv.0.bias") == "blocks.3.convolution.0.bias"
    assert keymap.rename("net.other.a.b") == "rest.other.a.b"
    assert keymap.rename("head.weight") == "head.weight"
    assert keymap.rename("neck.down.0.weight") is None
    assert keymap.rename("head.unused") is None
    assert keymap.rename("head.deep.unused") == "head.deep.unused"


def test_a_star_within_is_one_word() -> None:
    rename = Rename("a.*.weight", "b.*.weight")
    assert rename.apply("a.x.weight") == "b.x.weight"
    assert rename.apply("a.x.y.weight") is None
    assert rename.apply("aXx.weight") is None


def test_our_own_names_need_no_map_and_are_not_renamed_by_one() -> None:
    network = filled()
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    keymap = KeyMap((Rename("stem.*", "trunk.*"),))
    assert map_state(network.state_dict(), keymap, shapes).complete


def test_half_precision_is_cast_up_and_counters_are_free() -> None:
    network = filled()
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
        if "num_batches" not in name
    }
    report = map_state({**state, "other.num_batches_tracked": torch.tensor(3)}, None, shapes)
    assert report.complete
    assert report.mapped["stem.weight"].dtype == torch.float32
    assert torch.equal(report.mapped["stem.weight"], state["stem.weight"].float())


def test_a_mismatch_names_every_kind_and_changes_nothing(tmp_path: Path) -> None:
    state = filled(1).state_dict()
    wrong = {
        "stem.weight": torch.zeros(4, 3, 5, 5),
        "stem.biass": state["stem.bias"],
        "norm.weight": state["norm.weight"],
        "norm.running_mean": state["norm.running_mean"],
        "norm.running_var": state["norm.running_var"],
        "extra.deep.tensor": torch.zeros(2),
    }
    network = filled(2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(WeightsMismatchError) as caught:
        load_into(network, save(tmp_path / "wrong.pth", wrong))
    text = str(caught.value)
    assert "error[SOT706]" in text
    assert "wrong.pth" in text
    assert "stem.bias (perhaps stem.biass)" in text
    assert "2 missing" in text
    assert "norm.bias" in text
    assert "2 unexpected" in text
    assert "extra.deep.tensor" in text
    assert "stem.weight: 4 x 3 x 5 x 5, not 4 x 3 x 3 x 3" in text
    assert "= help:" in text
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_two_tensors_of_one_name_are_reported() -> None:
    keymap = KeyMap((Rename("a.*", "stem.*"), Rename("b.*", "stem.*")))
    shapes = {"stem.weight": (2,)}
    report = map_state({"a.weight": torch.zeros(2), "b.weight": torch.ones(2)}, keymap, shapes)
    assert report.unexpected == ("b.weight (as stem.weight)",)


def test_nothing_known_says_that_a_key_map_is_missing(tmp_path: Path) -> None:
    path = save(tmp_path / "foreign.pth", {"encoder.weight": torch.zeros(2)})
    with pytest.raises(WeightsMismatchError, match="key map beside the spec"):
        load_into(filled(), path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_named(tmp_path: Path, value: float) -> None:
    state = filled().state_dict()
    state["norm.running_var"][2] = value
    with pytest.raises(WeightsNotFiniteError, match=r"SOT707.*`norm\.running_var`"):
        load_into(filled(), save(tmp_path / "bad.pth", state))


def test_every_error_is_a_weights_error() -> None:
    codes = [error.code for error in WeightsError.__subclasses__()]
    assert len(codes) == len(set(codes)) == 7
    assert all(code.startswith("SOT7") for code in codes)


def test_key_maps_that_ship_can_be_read(root: Path) -> None:
    paths = sorted((root / "specs").glob("*.keys.toml"))
    assert paths
    for path in paths:
        assert read_key_map(path).renames
        assert key_map_of(path.with_name(path.name.replace(".keys.toml", ".sot"))) == read_key_map(path)


def test_no_key_map_is_none(tmp_path: Path) -> None:
    assert key_map_of(tmp_path / "a.sot") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("renames = 3", "unknown entry `renames`"),
        ("ignore = 'neck'", "`ignore`"),
        ("[rename]\na.b = 'c'", "put names with dots in quotes"),
        ("[rename]\n'a.*' = 'b.*.*'", r"more `\*`"),
        ("[rename", "no TOML"),
        ("a = " + "[" * 5000, "no TOML"),
        ("a = " + "9" * 5000, "no TOML"),
    ],
)
def test_a_wrong_key_map_is_told(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.keys.toml"
    path.write_text(text)
    with pytest.raises(KeyMapError, match=says):
        read_key_map(path)


def test_tensors_in_memory_are_weights_too() -> None:
    """Tensors (or arrays) by name go the way of a file: renamed, compared, and refused where they do not fit."""
    torch.manual_seed(2)
    network = sotc.build("nanotrack_v1")
    state = {name: tensor.numpy() for name, tensor in network.module.state_dict().items()}
    again = sotc.build("nanotrack_v1", weights=state)
    for name, tensor in again.module.state_dict().items():
        torch.testing.assert_close(tensor, network.module.state_dict()[name])
    state.pop("classify.predict.weight")
    with pytest.raises(WeightsError, match=r"(?s)the given tensors.*classify\.predict\.weight"):
        sotc.build("nanotrack_v1", weights=state)


@pytest.mark.parametrize(
    "wrapper", ["state_dict", "net", "model", "ema", "model_state_dict", "state_dict_ema"]
)
def test_weights_beside_training_state(tmp_path: Path, wrapper: str) -> None:
    """An optimiser, its tensors by name or by number, an epoch and losses are left out."""
    state = filled(1).state_dict()
    optimizer = {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 0.1}]}
    stored = {
        "epoch": 3,
        "optimizer": optimizer,
        "lr_scheduler": {"last": 2},
        "loss": torch.tensor(0.3),
        wrapper: state,
    }
    network = filled(2)
    assert load_into(network, save(tmp_path / "a.pth", stored)).complete
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("prefix", ["model.", "module.", "tracker.net.", "module.model."])
def test_a_prefix_of_all_names_is_left_out(tmp_path: Path, prefix: str) -> None:
    """Where the names fit without it, with and without a key map; a name that lacks it keeps it for all."""
    state = {f"{prefix}{name}": value for name, value in filled(1).state_dict().items()}
    for keymap in (None, KeyMap((Rename("trunk.*", "stem.*"),))):
        network = filled(2)
        assert load_into(network, save(tmp_path / "a.pth", {"state_dict": state}), keymap).complete
        assert torch.equal(network.stem.weight, state[f"{prefix}stem.weight"])
    with pytest.raises(WeightsMismatchError):
        load_into(filled(), save(tmp_path / "b.pth", {**state, "other": torch.zeros(1)}))


def test_a_prefix_that_a_name_needs_stays() -> None:
    shapes = {"model.stem.weight": (2,), "model.norm.weight": (3,)}
    state = {name: torch.ones(shape) for name, shape in shapes.items()}
    report = map_state(state, None, shapes)
    assert report.complete and report.prefix == ""


def test_of_several_maps_that_is_taken_which_finds_most(tmp_path: Path) -> None:
    path = tmp_path / "a.keys.toml"
    path.write_text(
        'source = "one"\n[rename]\n"a.*" = "stem.*"\n"b.*" = "norm.*"\n'
        '[[map]]\nsource = "two"\nignore = ["junk"]\n[map.rename]\n"c.0.*" = "stem.*"\n"c.1.*" = "norm.*"\n'
    )
    keymap = read_key_map(path)
    assert [other.source for other in keymap.others] == ["two"]
    shapes = {"stem.weight": (2,), "norm.weight": (3,)}
    for names, source in ((("a.weight", "b.weight"), "one"), (("c.0.weight", "c.1.weight"), "two")):
        state = {name: torch.ones(shape) for name, shape in zip(names, shapes.values(), strict=True)}
        report = map_state({**state, "junk": torch.zeros(1)}, keymap, shapes)
        assert report.keymap is not None and report.keymap.source == source
        assert report.names == dict(zip(shapes, names, strict=True))
        assert report.complete == (source == "two"), "`junk` is left out by the second alone"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted(tmp_path: Path, dtype: torch.dtype) -> None:
    state = {
        name: value.to(dtype) if value.is_floating_point() else value
        for name, value in filled(1).state_dict().items()
    }
    network = filled(2)
    load_into(network, save(tmp_path / "a.pth", state))
    assert network.stem.weight.dtype == torch.float32
    assert torch.equal(network.stem.weight, state["stem.weight"].float())


def test_how_much_of_a_tensor_is_not_finite_is_told_by_the_files_name(tmp_path: Path) -> None:
    state = {f"model.{name}": value for name, value in filled().state_dict().items()}
    state["model.stem.weight"][0, 0] = float("nan")
    state["model.norm.running_var"][1] = float("inf")
    with pytest.raises(WeightsNotFiniteError) as caught:
        load_into(filled(), save(tmp_path / "bad.pth", state))
    assert "`model.stem.weight` (9 of 108), `model.norm.running_var` (1 of 4)" in str(caught.value)


def test_half_a_file(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.pth", {"state_dict": filled().state_dict()})
    half = tmp_path / "half.pth"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(WeightsUnreadableError, match=r"(?s)half\.pth.*download it again"):
        load_into(filled(), half)
    save_file(dict(filled().state_dict()), tmp_path / "whole.safetensors")
    half = tmp_path / "half.safetensors"
    half.write_bytes((tmp_path / "whole.safetensors").read_bytes()[:200])
    with pytest.raises(WeightsUnreadableError, match="damaged or no safetensors"):
        load_into(filled(), half)


SCALED = """
tracker Scaled {
    param width: int = 8
    param out: int = 4
    param size: int = 8

    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }
    part features = Conv2d { out_channels = width, kernel_size = 5, stride = 8 }
    part regress  = Conv2d { out_channels = out, kernel_size = 1 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    likeness = XCorrDepthwise(search -> features, template -> features)
    pick = PointDecode { stride = size }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
}
"""


def test_another_width_names_shapes_and_the_param(tmp_path: Path) -> None:
    """Of the params that would scale alike, that is named which gives all shapes of the file."""
    path = tmp_path / "scaled.sot"
    path.write_text(SCALED)
    wider = sotc.build(path, params={"width": 12}).module.state_dict()
    with pytest.raises(WeightsMismatchError) as caught:
        sotc.build(path, wider)
    text = str(caught.value)
    assert "features.weight: 12 x 3 x 5 x 5, not 8 x 3 x 5 x 5" in text
    assert "all shapes are those of --set width=12;" in text
    wider["classify.bias"] = torch.zeros(3)
    with pytest.raises(WeightsMismatchError, match="other settings") as caught:
        sotc.build(path, wider)
    assert "--set" not in str(caught.value)


def test_another_trackers_checkpoint_says_whose_names_it_has(tmp_path: Path) -> None:
    path = tmp_path / "scaled.sot"
    path.write_text(SCALED)
    theirs = {"box_head.conv1_tl.0.weight": torch.zeros(1), "transformer.encoder.norm.weight": torch.zeros(1)}
    with pytest.raises(WeightsMismatchError, match="its names are those of STARK, OSTrack and MixFormer"):
        sotc.build(path, save(tmp_path / "stark.pth", {"net": theirs}))


def test_wrappers_without_an_end_hold_no_weights(tmp_path: Path) -> None:
    around: dict[str, Any] = {"epoch": 3}
    around["state_dict"] = around
    deep: dict[str, Any] = {}
    twice: dict[str, Any] = {}
    for _ in range(200):
        deep, twice = {"model": deep}, {"model": twice, "net": twice, "module": twice}
    for stored in (around, deep, twice):
        torch.save(stored, tmp_path / "odd.pth")
        with pytest.raises(NoWeightsError, match="there are no weights"):
            load_checkpoint(tmp_path / "odd.pth")
