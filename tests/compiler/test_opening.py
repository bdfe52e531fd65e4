"""An artifact is not trusted: what is damaged, changed, or made for another machine gets a clear error."""

from __future__ import annotations

import errno
import gc
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

import sotc
from sotc.compiler import archive
from sotc.compiler.archive import ArtifactError, is_safe, write_archive
from sotc.compiler.backends.find import MissingBackendError, find_backend
from sotc.compiler.backends.fingerprint import native_fingerprint
from sotc.compiler.manifest import FORMAT
from sotc.compiler.opening import (
    UnfitArtifactError,
    UntrustedArtifactError,
    open_artifact,
    read_manifest,
    verified,
)
from sotc.compiler.user_error import UserError
from sotc.dsl.diagnostics import SpecError

from .small_artifact import FEATURES, MAIN, boxes_of, changed_manifest, rewritten, tampered


def refused(path: Path, message: str, code: str = "SOT820", **options: Any) -> ArtifactError:
    with pytest.raises(ArtifactError, match=message) as caught:
        open_artifact(path, **options)
    assert caught.value.code == code
    return caught.value


def test_an_empty_change_is_accepted(eager_artifact: Path, tmp_path: Path) -> None:
    """So that the refusals below are of the changes, and not of the way in which they were made."""
    same = tampered(eager_artifact, tmp_path, lambda members: None)
    assert same.read_bytes() == eager_artifact.read_bytes()


@pytest.mark.parametrize("name", ["weights.safetensors", "spec/small.sot", "shipped/blocks/nanotrack.sot"])
def test_a_changed_member(eager_artifact: Path, tmp_path: Path, name: str) -> None:
    def change(members: dict[str, bytes]) -> None:
        members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])

    refused(tampered(eager_artifact, tmp_path, change), f"`{name}` differs from its checksum")


def test_a_missing_member(eager_artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.pop("weights.safetensors")  # noqa: E731
    refused(tampered(eager_artifact, tmp_path, change), "`weights.safetensors` is missing")


def test_an_additional_member(eager_artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.update({"spec/extra.py": b"print(1)"})  # noqa: E731
    refused(tampered(eager_artifact, tmp_path, change), r"`spec/extra\.py` is not in its manifest")


@pytest.mark.parametrize("end", [0, 1, 100, 0.3, 0.9, 0.999, -1])
def test_cut_off(eager_artifact: Path, tmp_path: Path, end: float) -> None:
    data = eager_artifact.read_bytes()
    cut = tmp_path / "cut.sotx"
    cut.write_bytes(data[: int(len(data) * end) if isinstance(end, float) else end])
    refused(cut, "is no sotc artifact, or one that is cut off")


def test_every_flipped_byte_is_refused_or_without_effect(eager_artifact: Path, tmp_path: Path) -> None:
    """Wherever a byte is damaged, a reading gives a clear error or the same members; never another exception."""
    data = eager_artifact.read_bytes()
    random = np.random.default_rng(0)
    harmless = 0
    with zipfile.ZipFile(eager_artifact) as archive:
        whole = read_manifest(eager_artifact)
        manifest_at = archive.getinfo("manifest.json").header_offset
    places = {*random.integers(0, len(data), 150).tolist(), *range(len(data) - 120, len(data)), manifest_at}
    for place in sorted(places):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        path = tmp_path / "damaged.sotx"
        path.write_bytes(damaged)
        try:
            manifest = verified(path)
        except ArtifactError:
            continue
        harmless += 1
        assert manifest == whole, place
    assert harmless < len(places) / 4


@pytest.mark.parametrize("content", [b"", b"PK", b"tracker A { }", bytes(10_000)])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sotx"
    path.write_bytes(content)
    refused(path, "is no sotc artifact")


def test_a_zip_of_another_kind(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.sotx", {"data.pkl": b"x"})
    refused(tmp_path / "a.sotx", r"has no `manifest\.json`")


def test_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "missing.sotx", "does not exist")
    (tmp_path / "folder.sotx").mkdir()
    refused(tmp_path / "folder.sotx", "is a folder")


def test_a_newer_format(eager_artifact: Path, tmp_path: Path) -> None:
    error = refused(
        changed_manifest(eager_artifact, tmp_path, format=FORMAT + 1, unheard_of=1), f"format {FORMAT + 1}"
    )
    assert "update sotc" in error.remedy


def test_an_older_format(eager_artifact: Path, tmp_path: Path) -> None:
    error = refused(changed_manifest(eager_artifact, tmp_path, format=1), "format 1, of an older sotc")
    assert "make it anew" in error.remedy


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"format": "1"}, "without a format version"),
        ({"format": True}, "without a format version"),
        ({"unheard_of": 1}, "`unheard_of` is unknown"),
        ({"name": 7}, "makes no sense"),
        ({"params": {"width": 3}}, "makes no sense"),
        ({"params": None}, "makes no sense"),
        ({"plan": {}}, "`crop_lowering` of a plan is missing"),
        ({"precision": "fp8"}, "`precision` is `fp8`, which there is not"),
        ({"threads": 0}, "`threads` is no whole number from 1 on"),
        ({"crops": [{}]}, "makes no sense"),
        ({"members": {"spec/small.sot": "abc"}}, "makes no sense"),
        ({"members": {}}, "is not in its manifest"),
        ({"spec": "spec/other.sot"}, r"has no spec `spec/other\.sot`"),
        ({"spec": "../../etc/passwd"}, "has no spec"),
        ({"backend": "abacus"}, "backend `abacus`, which this sotc does not have"),
        ({"kind": "native"}, "`eager` is not native"),
        ({"kind": "portable", "backend": "aoti"}, "`aoti` is not portable"),
    ],
)
def test_a_manifest_that_makes_no_sense(
    eager_artifact: Path, tmp_path: Path, entries: dict[str, object], message: str
) -> None:
    refused(changed_manifest(eager_artifact, tmp_path, **entries), message)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_manifest_that_cannot_be_read(eager_artifact: Path, tmp_path: Path, text: bytes) -> None:
    change = lambda members: members.update({"manifest.json": text})  # noqa: E731
    refused(tampered(eager_artifact, tmp_path, change), "has a manifest (that cannot be read|without)")


def odd_zip(
    path: Path, *entries: tuple[zipfile.ZipInfo | str, bytes], compression: int = zipfile.ZIP_STORED
) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../evil.sot",
        "/etc/evil",
        "spec/../../evil",
        "C:/evil",
        "spec\\..\\evil",
        "spec//x",
        "./x",
        "spec/",
        "a\nb",
    ],
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    refused(odd_zip(tmp_path / "a.sotx", (name, b"x")), "leads out of the artifact")


@pytest.mark.parametrize(
    "name", ["manifest.json", "spec/a.sot", "spec/b c/ö.sot", "spec/...sot", "spec/a..b"]
)
def test_plain_names_are_safe(name: str) -> None:
    assert is_safe(name)


def test_a_zip_bomb(tmp_path: Path) -> None:
    """Compressed members are refused before anything is unpacked."""
    path = odd_zip(tmp_path / "a.sotx", ("manifest.json", bytes(50 << 20)), compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 100_000
    refused(path, "compressed or encrypted")


def test_members_that_overlap(tmp_path: Path) -> None:
    """Many entries that share one stretch of the file, each as large as it: the sum of sizes gives it away."""
    path = odd_zip(tmp_path / "a.sotx", ("a", bytes(100_000)), ("b", b""))
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    first = data.index(b"PK\x01\x02")
    data[second + 16 : second + 28] = data[first + 16 : first + 28]  # checksum and sizes of the first
    path.write_bytes(data)
    refused(path, "larger than itself")


def test_names_that_come_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = odd_zip(tmp_path / "a.sotx", ("manifest.json", b"{}"), ("manifest.json", b"[]"))
    refused(path, "twice")


def test_too_many_members(tmp_path: Path) -> None:
    path = odd_zip(tmp_path / "a.sotx", *((f"spec/{index}.sot", b"") for index in range(1001)))
    refused(path, "1001 members")


def test_weights_of_another_tracker(eager_artifact: Path, tmp_path: Path) -> None:
    other = rewritten(eager_artifact, tmp_path, "weights.safetensors", save({"x": torch.zeros(3)}))
    error = refused(other, f"do not fit .* made by sotc {sotc.__version__}")
    assert tmp_path.name not in str(error.__cause__ is None)


def test_weights_that_are_none(eager_artifact: Path, tmp_path: Path) -> None:
    refused(rewritten(eager_artifact, tmp_path, "weights.safetensors", b"no weights"), "do not fit")


def test_a_spec_cannot_reach_out(eager_artifact: Path, tmp_path: Path) -> None:
    """A spec in an artifact that uses a file of the machine does not get it."""
    (tmp_path / "secret.sot").write_text(FEATURES)
    text = MAIN.replace("parts/../parts/features.sot", f"{tmp_path}/secret.sot")
    with pytest.raises(SpecError) as caught:
        open_artifact(rewritten(eager_artifact, tmp_path, "spec/small.sot", text.encode()))
    assert "it is not in the artifact" in str(caught.value)


def test_mistakes_in_its_spec_are_shown_in_it(eager_artifact: Path, tmp_path: Path) -> None:
    path = rewritten(
        eager_artifact, tmp_path, "spec/small.sot", MAIN.replace("stride = 8", "strid = 8").encode()
    )
    with pytest.raises(SpecError) as caught:
        open_artifact(path)
    assert f"{path}/spec/small.sot:12" in str(caught.value)
    assert "pick     = PointDecode { strid = 8" in str(caught.value), "with the line itself"


# ---------------------------------------------------------------- made for another machine


def test_programs_for_another_device(onnx_artifact: Path) -> None:
    error = refused(onnx_artifact, "compiled for the device `cpu`, and `cuda`", "SOT822", device="cuda")
    assert "--device cuda" in error.remedy


def test_programs_with_another_crop(onnx_artifact: Path) -> None:
    error = refused(onnx_artifact, "crops cut in the host, and `graph`", "SOT822", crop="graph")
    assert "--crop graph" in error.remedy


def test_a_backend_that_is_not_installed(onnx_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "onnxruntime" else real(name, *more)
    )
    error = refused(onnx_artifact, "`onnx`, which cannot be used here: .*onnxruntime", "SOT822")
    assert "pip install" in error.remedy


def machine_code(artifact: Path, folder: Path, **host: str) -> Path:
    """An artifact that says that it holds machine code, for a machine like this one but for `host`."""
    return changed_manifest(
        artifact, folder, backend="aoti", kind="native", host={**native_fingerprint("cpu"), **host}
    )


def test_machine_code_that_nobody_trusts(onnx_artifact: Path, tmp_path: Path) -> None:
    """It is refused before anything of it is written or opened, whatever the machine."""
    path = machine_code(onnx_artifact, tmp_path, torch="1.0")
    error = refused(path, "holds machine code", "SOT821")
    assert isinstance(error, UntrustedArtifactError)
    assert "--trust" in error.remedy and "trust=True" in error.remedy


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ({"torch": "1.0"}, r"torch 1\.0, and here is "),
        ({"machine": "abacus"}, "machine abacus, and here is "),
        ({"instructions": "avx9000"}, "this processor lacks avx9000"),
    ],
)
def test_machine_code_for_another_machine(
    onnx_artifact: Path, tmp_path: Path, host: dict[str, str], message: str
) -> None:
    error = refused(machine_code(onnx_artifact, tmp_path, **host), message, "SOT822", trust=True)
    assert isinstance(error, UnfitArtifactError)


def test_trusted_programs_that_are_none(onnx_artifact: Path, tmp_path: Path) -> None:
    """What the backend says is told; it does not crash."""
    with pytest.raises(UserError, match="`begin` is not among the members"):
        open_artifact(machine_code(onnx_artifact, tmp_path), trust=True)


def test_programs_that_are_none(onnx_artifact: Path, tmp_path: Path) -> None:
    """Found out when the program is first opened, by the backend."""
    path = rewritten(onnx_artifact, tmp_path, "programs/begin.onnx", b"no program")
    with pytest.raises(UserError, match="begin"):
        boxes_of(sotc.load(path))


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("holder", ["initializer", "constant"])
def test_a_program_that_reads_elsewhere(
    onnx_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool, holder: str
) -> None:
    """Weights of a program lie in the artifact: a file of the machine is not read, though it is there and fits."""
    onnx = pytest.importorskip("onnx")
    (tmp_path / "secret.bin").write_bytes(bytes(1 << 20))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    secret = str(tmp_path / "secret.bin") if absolute else "../secret.bin"
    with zipfile.ZipFile(onnx_artifact) as members:
        model = onnx.load_model_from_string(members.read("programs/step.onnx"))
    if holder == "initializer":
        outside = [
            tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL
        ]
        assert outside
    else:
        outside = [onnx.TensorProto(name="more", data_type=onnx.TensorProto.FLOAT, dims=[4])]
    for tensor in outside:
        tensor.data_location = onnx.TensorProto.EXTERNAL
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value=secret)
    if holder == "constant":
        model.graph.node.insert(0, onnx.helper.make_node("Constant", [], ["more"], value=outside[0]))
        model.graph.output.append(onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [4]))
    path = rewritten(onnx_artifact, tmp_path, "programs/step.onnx", model.SerializeToString())
    with pytest.raises(UserError, match=r"refuses the program `step`.*secret\.bin"):
        boxes_of(sotc.load(path))


def test_no_room_to_unpack(onnx_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the folder nor in it; the artifact is not what is to be made anew."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert "TMPDIR" in refused(onnx_artifact, "cannot be unpacked into a temporary folder").remedy
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(archive, "digest_of", full)
    refused(onnx_artifact, "cannot be unpacked into a temporary folder: no space left on device")
    assert list(tmp_path.iterdir()) == []


def full(stream: Any, sink: Any) -> str:
    if sink is None:
        return archive.hashlib.sha256(stream.read()).hexdigest()
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_changed_program(onnx_artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.update({"programs/begin.onnx": b"no program"})  # noqa: E731
    refused(tampered(onnx_artifact, tmp_path, change), r"`programs/begin\.onnx` differs from its checksum")


def test_nothing_is_left_behind(onnx_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied out of an artifact goes with its tracker; and at once, where it cannot be opened."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tracker = sotc.load(onnx_artifact)
    assert len(list(tmp_path.iterdir())) == 1
    del tracker
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "elsewhere").mkdir()
    path = rewritten(onnx_artifact, tmp_path / "elsewhere", "programs/begin.onnx", b"")
    monkeypatch.setattr(find_backend("onnx").__class__, "open", failing)
    refused(path, "`onnx` cannot open the programs in .*: it is a pity")
    assert [place.name for place in tmp_path.iterdir()] == ["elsewhere"]


def failing(*arguments: Any) -> None:
    raise RuntimeError("it is a pity")


def test_programs_that_are_exchanged(onnx_artifact: Path, tmp_path: Path) -> None:
    """By somebody who knows the format: checksums are right, the names within are not."""
    with zipfile.ZipFile(onnx_artifact) as members:
        other = members.read("programs/init.onnx")
    path = rewritten(onnx_artifact, tmp_path, "programs/step.onnx", other)
    with pytest.raises(UserError, match="the program `step` cannot be run") as caught:
        boxes_of(sotc.load(path))
    assert caught.value.code == "SOT612"


@pytest.mark.parametrize("kind", ["rectangles", "scales"])
def test_a_rule_of_another_kind(onnx_artifact: Path, tmp_path: Path, kind: str) -> None:
    plan = json.loads(zipfile.ZipFile(onnx_artifact).read("manifest.json"))["plan"]
    for crop in plan["crops"]:
        crop["rule"]["kind"] = kind
    tracker = sotc.load(changed_manifest(onnx_artifact, tmp_path, plan=plan))
    with pytest.raises(ArtifactError, match=f"its rule `{kind}` does not cut"):
        boxes_of(tracker)


def test_a_runtime_that_is_broken(onnx_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed, and cannot be imported."""
    tracker = sotc.load(onnx_artifact)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingBackendError, match="`onnxruntime` cannot be imported"):
        boxes_of(tracker)


def test_onnx_is_not_needed_to_run(onnx_artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only to build."""
    wanted = boxes_of(sotc.load(onnx_artifact))
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "onnx" else real(name, *more)
    )
    monkeypatch.setitem(sys.modules, "onnx", None)
    np.testing.assert_array_equal(boxes_of(sotc.load(onnx_artifact)), wanted)


def test_choices_that_there_are_not(onnx_artifact: Path) -> None:
    with pytest.raises(UserError, match="no crop lowering `x`") as caught:
        sotc.load(onnx_artifact, crop="x")  # type: ignore[arg-type]
    assert caught.value.remedy == "choose one of auto, host, graph"
    with pytest.raises(UserError, match="the device `foo` cannot be used") as caught:
        sotc.load(onnx_artifact, device="foo")
    assert "cpu" in caught.value.remedy
    for threads in (-1, 0):
        with pytest.raises(ValueError, match="`threads` is"):
            sotc.load(onnx_artifact, threads=threads)


def test_nothing_is_left_in_the_temporary_folder(onnx_artifact: Path, tmp_path: Path) -> None:
    """ONNX Runtime writes its telemetry's session there, unless told not to."""
    program = (
        "import sys, numpy, sotc; tracker = sotc.load(sys.argv[1]); "
        "tracker.start(numpy.zeros((90, 90, 3), 'uint8'), (9, 9, 9, 9))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", program, str(onnx_artifact)],
        check=True,
        env={**environment, "TMPDIR": str(tmp_path)},
    )
    assert list(tmp_path.iterdir()) == []
