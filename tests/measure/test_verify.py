"""A network beside a recorded file: layouts, aliases, order, tolerances, and what is said of files that do not fit."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sotc.compiler.alias import Alias
from sotc.compiler.key_map import read_key_map
from sotc.compiler.network import Network
from sotc.measure.recorded import Recorded, RecordedError, read_recorded
from sotc.measure.recorded_values import RecordedInputError, RecordedNameError, laid_out
from sotc.measure.verify import RecordedShapeError, verify

from .recordings import KEYS, Arrays, built, given, images, saved, written_spec

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return built(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def original(network: Network) -> dict[str, Any]:
    return given(network, ["cls", "loc", "kernel", "field", "field.backbone"], images(2))


def recorded(arrays: Arrays, **outputs: Any) -> Recorded:
    """A recorded file in memory."""
    sums = {
        name.removeprefix("sum_"): np.asarray(value) for name, value in outputs.items() if name[:4] == "sum_"
    }
    outs = {
        name.removeprefix("out_"): np.asarray(value) for name, value in outputs.items() if name[:4] == "out_"
    }
    fed = {
        name.removeprefix("in_"): np.asarray(value) for name, value in outputs.items() if name[:3] == "in_"
    }
    return Recorded("run.npz", {int(key[3:]): value for key, value in arrays.items()}, fed, outs, sums)


def test_layouts_of_the_original(network: Network, original: dict[str, Any]) -> None:
    """Every step of an alias, beside the same in numpy."""
    cls, loc, kernel, field = (original[name].numpy() for name in ("cls", "loc", "kernel", "field"))
    both = np.concatenate([kernel.reshape(2, 6, -1), field.reshape(2, 6, -1)], 2).swapaxes(1, 2)
    found = verify(
        network,
        recorded(
            images(2),
            out_cls=cls.reshape(2, 1, -1),
            out_logits=cls,
            out_distances=loc.transpose(0, 2, 3, 1),
            out_target=cls[:, 1],
            out_tokens=field.reshape(2, 6, -1).swapaxes(1, 2),
            out_both=both,
            out_level=original["field.backbone"][0],
        ),
    )
    assert not found.differing and found.first is None
    assert found.dtype == "float64"
    assert max(output.relative for output in found.outputs) < 1e-5
    assert {output.name: output.recorded for output in found.outputs}["cls"] == (2, 1, 50)


def test_both_forms_of_boxes() -> None:
    """A box from 2, 3 to 8, 5, and the same by its centre and size."""
    corners, centre = torch.tensor([[2.0, 3, 8, 5]]), torch.tensor([[5.0, 4, 6, 2]])
    assert torch.equal(laid_out(Alias(wires=("a",), form="centre"), [corners]), centre)
    assert torch.equal(laid_out(Alias(wires=("a",), form="corners"), [centre]), corners)


def test_modules_within_parts_and_their_calls(network: Network) -> None:
    """The block is called for the template, and then for the search region; it is what the backbone's own gives."""
    arrays = images()
    backbone = network.module.get_submodule("backbone")
    kept: list[torch.Tensor] = []
    handle = backbone.get_submodule("layer1.0").register_forward_hook(
        lambda _m, _i, output: kept.append(output)
    )
    with torch.no_grad():
        for key in ("in_0", "in_1"):
            backbone(torch.from_numpy(arrays[key]))
    handle.remove()
    found = verify(network, recorded(arrays, out_block_z=kept[0], out_block_x=kept[1]))
    assert [output.name for output in found.outputs] == ["block_z", "block_x"]
    assert not found.differing
    swapped = images(1, seed=5)
    assert len(verify(network, recorded(swapped, out_block_z=kept[0], out_block_x=kept[1])).differing) == 2


def test_summaries(network: Network, original: dict[str, Any]) -> None:
    """Mean, deviation and the centre's channels; the error is a share of the features' deviation."""
    field = original["field"].double().numpy()
    told = np.concatenate(([field.mean(), field.std()], field[0, :, 4, 4]))
    tokens = field.reshape(2, 6, 64).swapaxes(1, 2)
    of_tokens = np.concatenate(([tokens.mean(), tokens.std()], tokens[0, 32]))
    assert not verify(network, recorded(images(2), sum_field=told, sum_tokens=of_tokens)).differing
    (known,) = verify(
        network, recorded(images(2), out_field=told)
    ).outputs  # of such a length it can be nothing else
    assert known.summary and known.equal
    told[5] += 0.01 * field.std()
    (output,) = verify(network, recorded(images(2), sum_field=told)).outputs
    assert output.relative == pytest.approx(0.01, rel=1e-3)
    assert output.where == (5,)


def test_the_first_of_the_graph_is_named_whatever_the_order_of_the_file(
    network: Network, original: dict[str, Any]
) -> None:
    wrong = {name: original[name] + 1.0 for name in ("loc", "cls", "field")}
    found = verify(
        network,
        recorded(
            images(2),
            out_loc=wrong["loc"],
            out_cls=wrong["cls"],
            out_field=wrong["field"],
            out_kernel=original["kernel"],
        ),
    )
    assert [output.name for output in found.outputs] == ["kernel", "field", "cls", "loc"]
    assert found.first is not None and found.first.name == "field"
    assert [output.name for output in found.differing] == ["field", "cls", "loc"]


def test_errors_are_measured_in_deviations(network: Network, original: dict[str, Any]) -> None:
    """One number off by 0.3 deviations; beyond a tolerance of 0.29, within one of 0.31."""
    values = original["field"].double().numpy().copy()
    off = 0.3 * values.std()
    values[1, 2, 3, 4] += off
    for tolerance, equal in ((0.29, False), (0.31, True)):
        (output,) = verify(network, recorded(images(2), out_field=values), tolerance).outputs
        assert output.largest == pytest.approx(off, rel=1e-4)
        assert output.relative == pytest.approx(0.3, rel=1e-2)
        assert (output.where, output.equal) == ((1, 2, 3, 4), equal)
    text = json.dumps(verify(network, recorded(images(2), out_field=values)).to_json())
    assert json.loads(text)["first"] == "field"


def test_a_value_can_be_given_instead_of_computed(network: Network, original: dict[str, Any]) -> None:
    """With the recorded kernel fed, the template's image does not count; its shape is held to."""
    arrays = images(2)
    arrays["in_0"] = arrays["in_0"] * 0
    kernel = original["kernel"].numpy()
    assert verify(network, recorded(arrays, out_cls=original["cls"])).differing
    assert not verify(network, recorded(arrays, out_cls=original["cls"], in_kernel=kernel[:, None])).differing
    with pytest.raises(RecordedInputError, match=r"SOT626.*`in_kernel` is \[1, 6, 4, 4\]"):
        verify(network, recorded(arrays, out_cls=original["cls"], in_kernel=kernel[:1]))


def test_where_a_crop_lies_can_be_given(network: Network) -> None:
    """The box in the frame follows the place of the search crop that was recorded."""
    arrays = images()
    place = np.array([[100.0, 80.0, 20.0, 30.0]])
    inputs = {
        "template": torch.from_numpy(arrays["in_0"]),
        "search": torch.from_numpy(arrays["in_1"]),
        "target": torch.from_numpy(place),
        "frame_size": torch.tensor([320.0, 240.0], dtype=torch.float64),
    }
    with torch.no_grad():
        box = network.run(inputs, ["pick.box"])["pick.box"]
    sizes = np.array([320.0, 240.0])
    found = verify(
        network, recorded(arrays, **{"out_pick.box": box, "in_target": place, "in_frame_size": sizes})
    )
    assert not found.differing
    assert verify(network, recorded(arrays, **{"out_pick.box": box})).differing


def test_images_with_further_axes(network: Network) -> None:
    arrays = images()
    cls = given(network, ["cls"], arrays)["cls"]
    arrays["in_0"], arrays["in_1"] = arrays["in_0"][None], arrays["in_1"][0].astype(np.float64)
    assert not verify(network, recorded(arrays, out_cls=cls)).differing


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"out_clss": 0}, RecordedNameError, r"SOT625.*`out_clss`.*did you mean `cls`"),
        ({"out_unlike": 0}, RecordedNameError, r"(?s)no `unlike`.*both, distances, .*target"),
        ({"in_feild": 0}, RecordedNameError, r"`in_feild`.*did you mean `field`"),
        (
            {"out_kernel": 0},
            RecordedShapeError,
            r"(?s)SOT627.*`out_kernel` is \[4\], and `kernel` is \[2, 6, 4, 4\]",
        ),
        ({"sum_kernel": 0}, RecordedShapeError, r"`sum_kernel` has 4 numbers, .* has 8"),
    ],
)
def test_other_names_and_counts(
    network: Network, change: dict[str, Any], kind: type[Exception], says: str
) -> None:
    found = recorded(
        images(2), **{name: np.zeros(4, np.float32) for name in change}, out_cls=np.zeros((2, 2, 5, 5))
    )
    with pytest.raises(kind, match=f"(?s){says}"):
        verify(network, found)


def test_inputs_that_do_not_fit(network: Network) -> None:
    cls = np.zeros((1, 2, 5, 5), np.float32)
    arrays = images()
    with pytest.raises(
        RecordedInputError, match=r"(?s)`in_1` is missing.*`search`, \[N, 3, 63, 63\].*in_0 \(template\)"
    ):
        verify(network, recorded({"in_0": arrays["in_0"]}, out_cls=cls))
    with pytest.raises(
        RecordedInputError, match=r"`in_0` \(template\) is \[1, 3, 63, 63\], not \[N, 3, 31, 31\]"
    ):
        verify(network, recorded({"in_0": arrays["in_1"], "in_1": arrays["in_1"]}, out_cls=cls))
    with pytest.raises(RecordedInputError, match="`in_2` is one input too many"):
        verify(network, recorded({**arrays, "in_2": arrays["in_1"]}, out_cls=cls))
    with pytest.raises(RecordedInputError, match="is uint8: such are pixels"):
        verify(network, recorded({**arrays, "in_1": arrays["in_1"].astype(np.uint8)}, out_cls=cls))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('odd = "feild"', "`odd` names `feild`, .*did you mean `field`"),
        ('odd = { wire = "field.backbone", item = 3 }', "`odd` does not fit `field.backbone`"),
        ('odd = "field.backbone"', "it is 1 values: take one"),
        ('odd = { module = "backbone.layer1.7" }', "`backbone.layer1.7`, which is not there"),
        ('odd = { module = "trunk.layer1" }', "`trunk.layer1`, which no part of `Tiny` has"),
        ('odd = { module = "backbone.layer1", call = 2 }', "which is called 2 times"),
    ],
)
def test_aliases_that_do_not_fit_the_spec(entry: str, says: str, network: Network) -> None:
    folder = Path(network.graph.program.path).parent
    written_spec(folder, f"{KEYS}{entry}\n")
    try:
        with pytest.raises(RecordedNameError, match=f"(?s)SOT625.*{says}"):
            verify(network, recorded(images(), out_odd=np.zeros(3)))
    finally:
        written_spec(folder)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("a = 3", "wrong `wire`: 3"),
        ("a = { wires = 'x' }", "unknown entry `wires`.*did you mean `wire`"),
        ("a = { wire = 'x', module = 'y' }", "either `wire` or `module`"),
        ("a = { item = 0 }", "either `wire` or `module`"),
        ("a = { wire = 'x', permute = [0, 2] }", "wrong `permute`.*each of them once"),
        ("a = { wire = 'x', channel = -1 }", "wrong `channel`"),
        ("a = { wire = 'x', form = 'corner' }", "wrong `form`"),
    ],
)
def test_aliases_that_make_no_sense(entry: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.keys.toml"
    path.write_text(f"[alias]\n{entry}\n")
    with pytest.raises(Exception, match=f"(?s)SOT708.*{says}"):
        read_key_map(path)


def with_header(path: Path, text: str) -> Path:
    """A file whose one array has this header, and no data."""
    header = text.encode() + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("in_0.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return path


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    arrays = {**images(), "out_cls": np.zeros((1, 2, 5, 5))}
    whole = saved(tmp_path / "whole.npz", arrays)
    assert read_recorded(whole).outputs.keys() == {"cls"}
    cut = tmp_path / "cut.npz"
    cut.write_bytes(whole.read_bytes()[:-300])
    spoilt = bytearray(whole.read_bytes())
    spoilt[200] ^= 0xFF
    (tmp_path / "spoilt.npz").write_bytes(spoilt)
    odd = arrays["out_cls"].copy()
    odd[0, 1, 2, 3:] = np.nan
    np.save(tmp_path / "one.npy", odd)
    cases = {
        tmp_path / "none.npz": "does not exist",
        tmp_path: "is a folder",
        cut: "damaged, cut off, or no .npz",
        tmp_path / "spoilt.npz": "the array `in_0` of .* is damaged",
        tmp_path / "one.npy": "one array without a name",
        saved(
            tmp_path / "nan.npz", {**arrays, "out_cls": odd}
        ): r"NaN or infinite in 2 of 50 places, first at \[0, 1, 2, 3\]",
        saved(
            tmp_path / "pickled.npz", {**arrays, "out_a": np.array([{}])}
        ): "`out_a` of .* is refused: it is a pickle",
        saved(tmp_path / "names.npz", {**arrays, "cls": odd}): "`cls` .* is neither input nor output",
        saved(tmp_path / "text.npz", {**arrays, "out_a": np.array(["a"])}): "holds no real numbers",
        saved(tmp_path / "empty.npz", {**arrays, "out_a": np.zeros((0, 2))}): "is empty",
        saved(tmp_path / "inputs.npz", images()): "holds no output",
    }
    for name, header in (
        ("huge", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}"),
        ("endless", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
        ("open", "{'descr': '<f4', 'fortran_order'"),
        ("deep", "{'descr': " + "[" * 3000),
    ):
        cases[with_header(tmp_path / f"{name}.npz", header)] = "the array `in_0` of .* is damaged"
    np.savez_compressed(tmp_path / "packed.npz", in_0=np.random.default_rng(0).normal(size=999), out_cls=odd)
    spoilt = bytearray((tmp_path / "packed.npz").read_bytes())
    spoilt[200:4000] = b"\xff" * 3800
    (tmp_path / "packed.npz").write_bytes(spoilt)
    cases[tmp_path / "packed.npz"] = "the array `in_0` of .* is damaged"
    for path, says in cases.items():
        with pytest.raises(RecordedError, match=f"SOT624.*{says}"):
            read_recorded(path)
