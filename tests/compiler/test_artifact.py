"""One file holds a tracker: it comes back as it went in, is the same for the same inputs, and is not trusted."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

import sotc
from sotc.compiler.archive import ArtifactError, is_safe, write_archive
from sotc.compiler.artifact import load_artifact, read_manifest, save_artifact
from sotc.compiler.manifest import FORMAT
from sotc.compiler.network import build
from sotc.compiler.writing import WriteError
from sotc.dsl.diagnostics import SpecError
from sotc.runtime.tracker import Tracker

MAIN = """
use "parts/../parts/features.sot" { Features }
use "blocks/nanotrack.sot" { PixelMatch }

tracker Small extends Features {
    param rate: float = 0.3
    part match    = PixelMatch
    part classify = Conv2d { out_channels = 2, kernel_size = 3 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 3 }

    response = match(kernel, field)
    pick     = PointDecode { stride = 8, rate }(response -> classify, response -> regress -> Exp, search.view)
    override output box = pick.box
    output score = pick.score
}
"""

FEATURES = """
tracker Features {
    template = SiameseCrop { size = 31, context = 0.5 }
    search   = SiameseCrop { size = 63, context = 0.5, color = "bgr" }

    part features = Conv2d { out_channels = 6, kernel_size = 5, stride = 8 }

    kernel = template -> features
    field  = search -> features
    output box = search.view.target
}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec that uses one of its own files and a shipped one, with weights."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "trackers").mkdir()
    (folder / "trackers" / "parts").mkdir()
    (folder / "trackers" / "small.sot").write_text(MAIN)
    (folder / "trackers" / "parts" / "features.sot").write_text(FEATURES)
    (folder / "trackers" / "unused.sot").write_text(FEATURES)
    torch.manual_seed(5)
    state = build(str(folder / "trackers" / "small.sot")).module.state_dict()
    # so small that `Exp` gives sizes of boxes
    torch.save({name: 0.02 * tensor for name, tensor in state.items()}, folder / "weights.pth")
    return folder


@pytest.fixture(scope="module")
def spec(project: Path) -> str:
    return str(project / "trackers" / "small.sot")


@pytest.fixture(scope="module")
def weights(project: Path) -> str:
    return str(project / "weights.pth")


@pytest.fixture(scope="module")
def artifact(project: Path, spec: str, weights: str) -> Path:
    save_artifact(project / "small.sotx", spec, weights)
    return project / "small.sotx"


def frames(count: int = 6) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    texture = random.integers(0, 255, (150, 220, 3), dtype=np.uint8)
    return [texture[index : index + 120, 2 * index : 2 * index + 160].copy() for index in range(count)]


def boxes_of(tracker: Tracker) -> torch.Tensor:
    first, *rest = frames()
    session = tracker.start(first, (60, 40, 30, 24))
    return torch.cat([session.step(frame).boxes for frame in rest])


@pytest.fixture(scope="module")
def boxes(spec: str, weights: str) -> torch.Tensor:
    """What the spec gives without an artifact."""
    found = boxes_of(sotc.compile(spec, weights))
    assert found.std(dim=0).max() > 0, "boxes move, so that equality says something"
    return found


def test_it_comes_back_as_it_went_in(artifact: Path, boxes: torch.Tensor) -> None:
    """Box for box and bit for bit."""
    loaded = sotc.load(artifact)
    assert (loaded.name, loaded.outputs, loaded.plan.crop_lowering) == ("Small", ("box", "score"), "host")
    assert torch.equal(boxes_of(loaded), boxes)


def test_the_same_inputs_give_the_same_bytes(project: Path, spec: str, weights: str, artifact: Path) -> None:
    """In another process, with another hash seed and umask, and by another way to write the path."""
    other = project / "other.sotx"
    script = (
        "import os, sys\nos.umask(0o077)\n"
        "from sotc.compiler.artifact import save_artifact\nsave_artifact(sys.argv[1], sys.argv[2], sys.argv[3])\n"
    )
    relative = "trackers/parts/../small.sot"
    subprocess.run(
        [sys.executable, "-c", script, str(other), relative, weights],
        check=True,
        cwd=project,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    assert other.read_bytes() == artifact.read_bytes()
    other.unlink()


def test_what_is_in_it(artifact: Path, weights: str) -> None:
    with zipfile.ZipFile(artifact) as archive:
        assert archive.namelist() == [
            "manifest.json",
            "shipped/blocks/nanotrack.sot",
            "spec/parts/features.sot",
            "spec/small.sot",
            "weights.safetensors",
        ]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("spec/small.sot").decode() == MAIN
        contents = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents["manifest.json"])
    assert manifest["format"] == FORMAT
    assert (manifest["name"], manifest["spec"]) == ("Small", "spec/small.sot")
    assert manifest["backend"] == "eager"
    assert manifest["versions"] == {"sotc": sotc.__version__, "torch": torch.__version__}
    assert manifest["checkpoint"] == hashlib.sha256(Path(weights).read_bytes()).hexdigest()
    assert [(crop["name"], crop["settings"]["size"]) for crop in manifest["crops"]] == [
        ("template", 31),
        ("search", 63),
    ]
    assert manifest["crops"][1]["settings"]["color"] == "bgr"
    assert "RGB" in manifest["conventions"]["frames"]
    assert "licence" in manifest["licence"]
    assert set(manifest["members"]) == set(contents) - {"manifest.json"}
    for name, member in manifest["members"].items():
        assert member["sha256"] == hashlib.sha256(contents[name]).hexdigest()
        assert member["size"] == len(contents[name])
    saved = torch.load(weights, weights_only=True)
    stored = load(contents["weights.safetensors"])
    assert {name: tensor.tolist() for name, tensor in stored.items()} == {
        name: tensor.tolist() for name, tensor in saved.items()
    }


def test_it_names_no_place_of_the_machine(project: Path, artifact: Path) -> None:
    assert str(project).encode() not in artifact.read_bytes()
    assert project.name.encode() not in artifact.read_bytes()


def test_it_needs_none_of_its_files(
    project: Path, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read but the artifact: no spec file of the machine, though they lie where they lay."""
    from sotc.dsl import sources

    def forbidden(path: str) -> str:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(sources, "read_file", forbidden)
    monkeypatch.chdir(tmp_path)
    assert load_artifact(artifact).plan.name == "Small"


def test_params_are_kept(project: Path, spec: str, weights: str, boxes: torch.Tensor) -> None:
    place = project / "faster.sotx"
    saved = save_artifact(place, spec, weights, params={"rate": "0.9"}, licence="CC0")
    assert saved.manifest == read_manifest(place)
    assert saved.manifest.params == {"rate": "0.9"}
    assert saved.manifest.licence == "CC0"
    found = boxes_of(sotc.load(place))
    assert torch.equal(found, boxes_of(sotc.compile(spec, weights, params={"rate": "0.9"})))
    assert not torch.equal(found, boxes)
    place.unlink()


def test_random_weights_are_told(project: Path, spec: str) -> None:
    saved = save_artifact(project / "random.sotx", spec)
    assert [warning.code for warning in saved.warnings] == ["SOT701"]
    assert saved.manifest.checkpoint is None
    (project / "random.sotx").unlink()


def test_a_lowering_can_be_chosen(artifact: Path) -> None:
    assert sotc.load(artifact, crop="graph").plan.crop_lowering == "graph"


# ---------------------------------------------------------------- what is refused


def tampered(artifact: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy with members changed; its manifest is left as it is unless it is changed, too."""
    with zipfile.ZipFile(artifact) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    write_archive(tmp_path / "tampered.sotx", members)
    return tmp_path / "tampered.sotx"


def refused(path: Path, message: str) -> ArtifactError:
    with pytest.raises(ArtifactError, match=message) as caught:
        load_artifact(path)
    assert caught.value.code == "SOT820"
    return caught.value


def test_an_empty_change_is_accepted(artifact: Path, tmp_path: Path) -> None:
    """So that the refusals below are of the changes, and not of the way in which they were made."""
    same = tampered(artifact, tmp_path, lambda members: None)
    assert same.read_bytes() == artifact.read_bytes()


@pytest.mark.parametrize("name", ["weights.safetensors", "spec/small.sot", "shipped/blocks/nanotrack.sot"])
def test_a_changed_member(artifact: Path, tmp_path: Path, name: str) -> None:
    def change(members: dict[str, bytes]) -> None:
        members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])

    refused(tampered(artifact, tmp_path, change), f"`{name}` differs from its checksum")


def test_a_missing_member(artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.pop("weights.safetensors")  # noqa: E731
    refused(tampered(artifact, tmp_path, change), "`weights.safetensors` is missing")


def test_an_additional_member(artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.update({"spec/extra.py": b"print(1)"})  # noqa: E731
    refused(tampered(artifact, tmp_path, change), r"`spec/extra\.py` is not in its manifest")


@pytest.mark.parametrize("end", [0, 1, 100, 0.3, 0.9, 0.999, -1])
def test_cut_off(artifact: Path, tmp_path: Path, end: float) -> None:
    data = artifact.read_bytes()
    cut = tmp_path / "cut.sotx"
    cut.write_bytes(data[: int(len(data) * end) if isinstance(end, float) else end])
    refused(cut, "is no sotc artifact, or one that is cut off")


def test_every_flipped_byte_is_refused_or_without_effect(artifact: Path, tmp_path: Path) -> None:
    """Wherever a byte is damaged, a reading gives a clear error or the same members; never another exception."""
    data = artifact.read_bytes()
    random = np.random.default_rng(0)
    harmless = 0
    with zipfile.ZipFile(artifact) as archive:
        whole = read_manifest(artifact)
        manifest_at = archive.getinfo("manifest.json").header_offset
    places = {*random.integers(0, len(data), 150).tolist(), *range(len(data) - 120, len(data)), manifest_at}
    for place in sorted(places):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        path = tmp_path / "damaged.sotx"
        path.write_bytes(damaged)
        try:
            manifest = verified(path, tmp_path)
        except ArtifactError:
            continue
        harmless += 1
        assert manifest == whole, place
    assert harmless < len(places) / 4


def verified(path: Path, folder: Path) -> object:
    """All checks of a loading but those of the spec."""
    from sotc.compiler.archive import open_archive
    from sotc.compiler.artifact import check_members
    from sotc.compiler.manifest import parse_manifest

    with open_archive(path) as archive:
        manifest = parse_manifest(archive.path, archive.text("manifest.json"))
        check_members(archive, manifest, folder / "weights")
    return manifest


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


def changed_manifest(artifact: Path, tmp_path: Path, **entries: object) -> Path:
    def change(members: dict[str, bytes]) -> None:
        table = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**table, **entries}).encode()

    return tampered(artifact, tmp_path, change)


def test_a_newer_format(artifact: Path, tmp_path: Path) -> None:
    error = refused(
        changed_manifest(artifact, tmp_path, format=FORMAT + 1, unheard_of=1), f"format {FORMAT + 1}"
    )
    assert "update sotc" in error.remedy


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"format": "1"}, "without a format version"),
        ({"format": True}, "without a format version"),
        ({"unheard_of": 1}, "`unheard_of` is unknown"),
        ({"name": 7}, "makes no sense"),
        ({"params": {"width": 3}}, "makes no sense"),
        ({"params": None}, "makes no sense"),
        ({"outputs": "box"}, "makes no sense"),
        ({"crops": [{}]}, "makes no sense"),
        ({"members": {"spec/small.sot": "abc"}}, "makes no sense"),
        ({"members": {}}, "is not in its manifest"),
        ({"spec": "spec/other.sot"}, r"has no spec `spec/other\.sot`"),
        ({"spec": "../../etc/passwd"}, "has no spec"),
        ({"backend": "aoti"}, "backend `aoti`"),
    ],
)
def test_a_manifest_that_makes_no_sense(
    artifact: Path, tmp_path: Path, entries: dict[str, object], message: str
) -> None:
    refused(changed_manifest(artifact, tmp_path, **entries), message)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_manifest_that_cannot_be_read(artifact: Path, tmp_path: Path, text: bytes) -> None:
    change = lambda members: members.update({"manifest.json": text})  # noqa: E731
    refused(tampered(artifact, tmp_path, change), "has a manifest (that cannot be read|without)")


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


def rewritten(artifact: Path, tmp_path: Path, name: str, data: bytes) -> Path:
    """A member replaced, with its checksum put right: by somebody who knows the format."""

    def change(members: dict[str, bytes]) -> None:
        table = json.loads(members["manifest.json"])
        table["members"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        members[name] = data
        members["manifest.json"] = json.dumps(table).encode()

    return tampered(artifact, tmp_path, change)


def test_weights_of_another_tracker(artifact: Path, tmp_path: Path) -> None:
    other = rewritten(artifact, tmp_path, "weights.safetensors", save({"x": torch.zeros(3)}))
    error = refused(other, f"do not fit .* made by sotc {sotc.__version__}")
    assert tmp_path.name not in str(error.__cause__ is None)


def test_weights_that_are_none(artifact: Path, tmp_path: Path) -> None:
    refused(rewritten(artifact, tmp_path, "weights.safetensors", b"no weights"), "do not fit")


def test_a_spec_cannot_reach_out(artifact: Path, tmp_path: Path) -> None:
    """A spec in an artifact that uses a file of the machine does not get it."""
    (tmp_path / "secret.sot").write_text(FEATURES)
    text = MAIN.replace("parts/../parts/features.sot", f"{tmp_path}/secret.sot")
    with pytest.raises(SpecError) as caught:
        load_artifact(rewritten(artifact, tmp_path, "spec/small.sot", text.encode()))
    assert "it is not in the artifact" in str(caught.value)


def test_mistakes_in_its_spec_are_shown_in_it(artifact: Path, tmp_path: Path) -> None:
    path = rewritten(artifact, tmp_path, "spec/small.sot", MAIN.replace("stride = 8", "strid = 8").encode())
    with pytest.raises(SpecError) as caught:
        load_artifact(path)
    assert f"{path}/spec/small.sot:12" in str(caught.value)
    assert "pick     = PointDecode { strid = 8" in str(caught.value), "with the line itself"


# ---------------------------------------------------------------- Python, and where it is written


HEADS = """
from sotc import HEADS
from torch import Tensor, nn


@HEADS.register_module()
class ArtifactTestHead(nn.Module):
    def __init__(self, in_channels: int, out_channels: int = 2) -> None:
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features)
"""


def test_python_needs_to_be_allowed(project: Path, tmp_path: Path) -> None:
    """In saving and in loading; and an artifact does not bring the module. A process of its own imports it."""
    (tmp_path / "artifact_test_heads.py").write_text(HEADS)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "features.sot").write_text(FEATURES)
    spec = MAIN.replace(
        "part classify = Conv2d { out_channels = 2, kernel_size = 3 }", "head classify = ArtifactTestHead"
    )
    (tmp_path / "mine.sot").write_text(f"use python artifact_test_heads {{ ArtifactTestHead }}\n{spec}")
    script = f"""
import sys
import sotc
from sotc.dsl.diagnostics import SpecError
from sotc.compiler.artifact import save_artifact
def attempt(what, **options):
    try:
        what(**options)
        print("done")
    except SpecError as error:
        print([found.code for found in error.diagnostics], "artifact_test_heads" in sys.modules)
attempt(lambda **options: save_artifact("mine.sotx", "mine.sot", **options))
sys.path.insert(0, {str(tmp_path)!r})
attempt(lambda **options: save_artifact("mine.sotx", "mine.sot", **options), allow_python=True)
for module in [name for name in sys.modules if name == "artifact_test_heads"]:
    del sys.modules[module]
attempt(lambda **options: sotc.load("mine.sotx", **options))
attempt(lambda **options: sotc.load("mine.sotx", **options), allow_python=("other.*",))
attempt(lambda **options: sotc.load("mine.sotx", **options), allow_python=("artifact_test_*",))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    first, saved, refused_1, refused_2, loaded = done.stdout.splitlines()
    assert first.endswith("False")
    assert (saved, loaded) == ("done", "done")
    assert refused_1.endswith("False")
    assert refused_2.endswith("False")
    assert read_manifest(tmp_path / "mine.sotx").python == ("artifact_test_heads",)


def test_another_suffix(tmp_path: Path, spec: str, weights: str) -> None:
    with pytest.raises(ArtifactError, match="does not name an artifact"):
        save_artifact(tmp_path / "small.zip", spec, weights)
    with pytest.raises(ArtifactError, match=r"is no artifact \(\.sotx\)"):
        sotc.load(spec)
    with pytest.raises(ArtifactError, match="is compiled already"):
        sotc.compile("small.sotx")


def test_a_spec_with_mistakes_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.sot").write_text("tracker A { output box = nothing }\n")
    with pytest.raises(SpecError):
        save_artifact(tmp_path / "a.sotx", str(tmp_path / "bad.sot"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.sot"]


def test_a_folder_in_its_place_keeps_it(tmp_path: Path, spec: str, weights: str) -> None:
    (tmp_path / "a.sotx").mkdir()
    with pytest.raises(WriteError, match="is a folder"):
        save_artifact(tmp_path / "a.sotx", spec, weights)
    assert list((tmp_path / "a.sotx").iterdir()) == []


def test_no_room_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from sotc.compiler.archive import write_archive\n"
        "from sotc.compiler.writing import WriteError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: write_archive('a.sotx', {'weights': bytes(200_000)})\n"
        "except WriteError as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "`a.sotx` cannot be written: the disk is full\n"
    assert list(tmp_path.iterdir()) == []


def test_its_members_are_plain_files(artifact: Path) -> None:
    with zipfile.ZipFile(artifact) as archive:
        modes = {stat.S_IFMT(entry.external_attr >> 16) for entry in archive.infolist()}
    assert modes == {stat.S_IFREG}
