"""Key maps that are proposed: of networks whose map is known, and of small ones where each reason stands alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sotc
from sotc.compiler.checkpoint import load_checkpoint
from sotc.compiler.key_map import read_key_map
from sotc.compiler.modules import shapes_of
from sotc.importers.propose_map import Shape, propose
from sotc.importers.write_map import map_text

Shapes = dict[str, Shape]


def share_right(spec: str, theirs: Shapes, root: Path, tmp_path: Path) -> float:
    """Of the names that the shipped map knows, how many the proposed file renames alike."""
    ours = shapes_of(sotc.check(spec).expect())
    path = tmp_path / "proposed.keys.toml"
    path.write_text(map_text(propose(theirs, ours), spec, "a checkpoint"))
    proposed, shipped = read_key_map(path), read_key_map(root / "specs" / f"{spec}.keys.toml")
    truth = {name: shipped.rename(name) for name in theirs if "num_batches" not in name}
    known = {name: new for name, new in truth.items() if new in ours}
    return sum(proposed.rename(name) == new for name, new in known.items()) / len(known)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_authors_checkpoints(version: int, data_folder: Path, root: Path, tmp_path: Path) -> None:
    stored = load_checkpoint(data_folder / "weights" / f"nanotrackv{version}" / f"nanotrackv{version}.pth")
    shapes = {name: tuple(tensor.shape) for name, tensor in stored.items()}
    assert share_right(f"nanotrack_v{version}", shapes, root, tmp_path) >= 0.97


@pytest.mark.parametrize(
    ("spec", "fixture", "least"),
    [
        ("siamfc_alexnet", "siamfc_alexnet", 1.0),
        ("lighttrack_mobile", "lighttrack_mobile", 0.95),
        ("mixformerv2_small", "mixformerv2_small", 0.95),
        pytest.param("siamrpnpp_r50", "siamrpnpp_r50", 0.95, marks=pytest.mark.slow),
        pytest.param("ostrack_256", "ostrack_vitb256", 0.95, marks=pytest.mark.slow),
        pytest.param("stark_st50", "stark_st50", 0.9, marks=pytest.mark.slow),
    ],
)
def test_names_of_other_originals(
    spec: str, fixture: str, least: float, parity_folder: Path, root: Path, tmp_path: Path
) -> None:
    entries = json.loads((parity_folder / f"{fixture}.json").read_text())["state_dict"]
    shapes = {name: tuple(shape) for name, shape, _ in entries}
    assert share_right(spec, shapes, root, tmp_path) >= least


def renames(theirs: Shapes, ours: Shapes) -> dict[str, str]:
    return propose(theirs, ours).renames


def test_unique_shapes_are_enough() -> None:
    theirs = {"q.weight": (3, 4), "q.bias": (3,), "r.weight": (5, 6), "r.bias": (5,)}
    ours = {"b.weight": (5, 6), "b.bias": (5,), "a.weight": (3, 4), "a.bias": (3,)}
    found = propose(theirs, ours)
    assert found.renames == {
        "q.weight": "a.weight",
        "q.bias": "a.bias",
        "r.weight": "b.weight",
        "r.bias": "b.bias",
    }
    assert {match.sure for match in found.matches} == {"shape"}


def test_words_of_the_field_speak_against_the_order() -> None:
    theirs = {"head.reg.weight": (4, 8, 1, 1), "head.cls.weight": (4, 8, 1, 1)}
    ours = {"classify.weight": (4, 8, 1, 1), "regress.weight": (4, 8, 1, 1)}
    assert renames(theirs, ours) == {
        "head.reg.weight": "regress.weight",
        "head.cls.weight": "classify.weight",
    }


def test_order_speaks_where_words_do_not() -> None:
    theirs = {f"trunk.{index}.q.weight": (8, 8, 3, 3) for index in (2, 3, 4)}
    ours = {f"stages.{index}.p.weight": (8, 8, 3, 3) for index in range(3)}
    found = renames(theirs, ours)
    assert list(found.values()) == list(ours)


def test_a_tensor_by_itself_may_have_any_name() -> None:
    theirs = {
        "query_embed.weight": (1, 32),
        "pos": (1, 9, 32),
        "in.in_proj_weight": (96, 32),
        "in.in_proj_bias": (96,),
    }
    ours = {
        "decoder.queries": (1, 32),
        "backbone.positions": (1, 9, 32),
        "decoder.project.weight": (96, 32),
        "decoder.project.bias": (96,),
    }
    assert renames(theirs, ours) == dict(zip(theirs, ours, strict=True))


def test_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    """The text loads, leaves out what is of no use, and lists what is missing; counters say nothing."""
    theirs = {
        "a.weight": (2, 2),
        "a.inner.weight": (3, 3),
        "spare.weight": (9,),
        "spare.num_batches_tracked": (),
    }
    ours = {"x.weight": (2, 2), "x.inner.weight": (3, 3), "wanted.weight": (7,)}
    found = propose(theirs, ours)
    assert [layer.name for layer in found.unused] == ["spare"]
    assert found.missing == ("wanted",)
    text = map_text(found, "Tracker", 'the "best" one.pth')
    assert "# wanted" in text
    path = tmp_path / "a.keys.toml"
    path.write_text(text)
    keymap = read_key_map(path)
    assert keymap.source == 'the "best" one.pth'
    assert [keymap.rename(name) for name in theirs] == ["x.weight", "x.inner.weight", None, None]
