"""`sotc weights`: converted files, reports, proposed maps, and nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sotc.compiler.network import build

from .test_verify import SPEC

KEYS = 'source = "the original"\nignore = ["spare"]\n[rename]\n"body.*" = "features.*"\n"heads.*.*" = "*.*"\n'


@pytest.fixture
def original(folder: Path) -> dict[str, torch.Tensor]:
    """`small.sot` with its key map, and `original.pth`, of which the tensors are."""
    torch.manual_seed(1)
    (folder / "small.sot").write_text(SPEC)
    (folder / "small.keys.toml").write_text(KEYS)
    state = build("small.sot").module.state_dict()
    theirs = {f"model.{name.replace('features', 'body')}": value for name, value in state.items()}
    theirs = {
        name.replace("classify", "heads.classify").replace("regress", "heads.regress"): value
        for name, value in theirs.items()
    }
    torch.save({"state_dict": {**theirs, "model.spare": torch.ones(1)}, "epoch": 2}, "original.pth")
    return dict(state)


def test_convert(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    """The file has our names and the same numbers, and is read where weights are."""
    said = sotc("weights", "convert", "small.sot", "original.pth", "-o", "out/small.safetensors").stdout
    assert "mapped     6 of 6 tensors of Small" in said
    assert "map        the original" in said
    assert "prefix     model. is left out" in said
    assert "ignored    1 of no use" in said
    stored = load_file("out/small.safetensors")
    assert stored.keys() == original.keys()
    assert all(torch.equal(stored[name], value) for name, value in original.items())
    again = build("small.sot", "out/small.safetensors").module.state_dict()
    assert all(torch.equal(again[name], value) for name, value in original.items())
    found = json.loads(sotc("weights", "convert", "small.sot", "out/small.safetensors", "--json").stdout)
    assert (found["family"], found["complete"]) == ("our own", True)


def test_half_the_size(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    """Numbers too large for float16 stay as they are."""
    stored = torch.load("original.pth")
    stored["state_dict"]["model.body.bias"][0] = 1e6
    torch.save(stored, "large.pth")
    sotc("weights", "convert", "small.sot", "large.pth", "-o", "half.safetensors", "--half")
    half = load_file("half.safetensors")
    assert half["features.weight"].dtype == torch.float16
    assert half["features.bias"].dtype == torch.float32 and half["features.bias"][0] == 1e6
    read = build("small.sot", "half.safetensors").module.state_dict()
    torch.testing.assert_close(read["features.weight"], original["features.weight"], rtol=1e-3, atol=1e-4)


def test_what_does_not_fit_is_listed_and_nothing_written(
    sotc: Any, folder: Path, original: dict[str, torch.Tensor]
) -> None:
    stored = torch.load("original.pth")["state_dict"]
    stored["model.odd"] = torch.zeros(2)
    stored["model.body.bias"] = torch.zeros(9)
    del stored["model.heads.classify.bias"]
    torch.save(stored, "wrong.pth")
    given = ("weights", "convert", "small.sot", "wrong.pth")
    said = sotc(*given, "-o", "out.safetensors", code=1).output
    for line in (
        "missing    1",
        "classify.bias",
        "unexpected 1",
        "model.odd",
        "reshaped   1",
        "[9], not [4]",
    ):
        assert line in said
    assert "nothing is written" in said
    assert not (folder / "out.safetensors").exists()
    found = json.loads(sotc(*given, "--json", code=1).stdout)
    assert (found["complete"], found["missing"], found["unexpected"]) == (
        False,
        ["classify.bias"],
        ["model.odd"],
    )
    assert found["reshaped"] == [
        {"name": "features.bias", "source": "model.body.bias", "found": [9], "expected": [4]}
    ]
    assert found["mapped"]["model.body.weight"] == "features.weight"


def test_nan_is_not_converted(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    stored = torch.load("original.pth")
    stored["state_dict"]["model.body.bias"][1] = float("nan")
    torch.save(stored, "nan.pth")
    said = sotc("weights", "convert", "small.sot", "nan.pth", "-o", "out.safetensors", code=1).output
    assert "error[SOT707]" in said and "`model.body.bias` (1 of 4)" in said
    assert not (folder / "out.safetensors").exists()


def test_map(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    """The proposal for a spec without a map is a file with which the checkpoint loads, to the same numbers."""
    (folder / "small.keys.toml").unlink()
    said = sotc("weights", "map", "small.sot", "original.pth", "-o", "small.keys.toml").output
    assert "matched 3 layers" in said
    text = Path("small.keys.toml").read_text()
    assert "# the only layer of these shapes" in text
    assert text == sotc("weights", "map", "small.sot", "original.pth").stdout
    read = build("small.sot", "original.pth").module.state_dict()
    assert all(torch.equal(read[name], value) for name, value in original.items())


def test_map_for_programs(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    """The same pairs as the file has, with how sure each is; what is left on either side."""
    found = json.loads(sotc("weights", "map", "small.sot", "original.pth", "--json").stdout)
    assert (found["tracker"], found["checkpoint"]) == ("Small", "original.pth")
    assert {pair["sure"] for pair in found["pairs"]} <= {"shape", "name", "guess"} and len(
        found["pairs"]
    ) == 3
    renames = {old: new for pair in found["pairs"] for old, new in pair["rename"].items()}
    stored = torch.load("original.pth", weights_only=True)["state_dict"]
    network = build("small.sot").module.state_dict()
    assert {old: tuple(stored[old].shape) for old in renames} == {
        old: tuple(network[new].shape) for old, new in renames.items()
    }
    assert found["missing"] == []
    sotc("weights", "map", "small.sot", "original.pth", "--json", "-o", "both.keys.toml")
    assert "# the only layer of these shapes" in Path("both.keys.toml").read_text()


def test_wrong_uses(sotc: Any, folder: Path, original: dict[str, torch.Tensor]) -> None:
    given = ("weights", "convert", "small.sot", "original.pth")
    assert "say where to write" in sotc(*given, code=2).output
    assert "is no .safetensors file" in sotc(*given, "-o", "a.pth", code=2).output
    assert "error[SOT702]" in sotc("weights", "map", "small.sot", "none.pth", code=1).output
    assert "Examples" in sotc("weights", "map", "--help").output
