"""`sotc compile`: what it writes, what it says of it, and what it leaves behind when it fails or is stopped."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sotc.compiler.archive import is_artifact
from sotc.compiler.opening import verified

TINY = """
tracker Tiny {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    part features = Conv2d { out_channels = 4, kernel_size = 5, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    likeness = XCorrDepthwise(search -> features, template -> features)

    pick = PointDecode { stride = 8 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@pytest.fixture
def tiny(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `tiny.sot`; nothing of this machine is remembered or kept."""
    monkeypatch.setenv("SOTC_CACHE", "")
    (folder / "tiny.sot").write_text(TINY)
    return folder


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".sot"))


def test_what_it_says(sotc: Any, tiny: Path) -> None:
    """Each step with its seconds on standard error; in the end what was written, and the gate's verdict."""
    pytest.importorskip("onnxruntime")
    limit = ("--gate-limit", "overlap=0.9")
    done = sotc("compile", "tiny.sot", "-o", "out/tiny.sotx", "--backend", "onnx", *limit)
    wrote, runs, gate = done.stdout.splitlines()
    assert wrote.startswith("wrote out/tiny.sotx: Tiny, ")
    assert runs.startswith("runs     onnx, fp32, on cpu with 1 thread") and "no torch is needed" in runs
    assert gate.startswith("gate     passed: ") and gate.endswith("; limits set by hand: overlap")
    steps = [line.split(" s  ") for line in done.stderr.splitlines() if " s  " in line]
    assert steps[0][1] == "reading and checking the spec"
    assert steps[-1][1] == "writing out/tiny.sotx"
    assert all(float(seconds) >= 0 for seconds, _ in steps)
    assert "given no weights: they are random" in done.stderr
    manifest = verified("out/tiny.sotx")
    assert manifest.gate["passed"] is True
    assert (manifest.gate["limits"]["forced_mean"], manifest.gate["limits"]["auc_loss"]) == (0.9, 0.005)
    assert manifest.tuning is None


def test_options_reach_the_artifact(sotc: Any, tiny: Path) -> None:
    options = ("--targets", "3", "--crop", "graph", "--passes", "fold-batchnorm", "--threads", "2")
    more = ("--backend", "eager", "--no-gate", "--licence", "CC0", "--precision", "bf16")
    done = sotc("compile", "tiny.sot", "-o", "tiny.sotx", *options, *more)
    manifest = verified("tiny.sotx")
    assert (manifest.plan.max_targets, manifest.plan.crop_lowering, manifest.threads) == (3, "graph", 2)
    assert manifest.passes.startswith("fold-batchnorm")
    assert (manifest.precision, manifest.licence, manifest.gate) == ("bf16", "CC0", None)
    assert "not run (--no-gate)" in done.stdout


@pytest.mark.slow
def test_a_backend_is_chosen_by_measuring(sotc: Any, tiny: Path) -> None:
    done = sotc("compile", "tiny.sot", "-o", "tiny.sotx", "--tune-seconds", "1")
    manifest = verified("tiny.sotx")
    tried = {trial["backend"]: trial for trial in manifest.tuning["trials"]}
    assert tried[manifest.backend]["seconds"] > 0
    assert tried["aoti"]["seconds"] is None, "machine code was not asked for"
    assert f"speed    {manifest.backend} " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--backend", "onx"), 1, "did you mean `onnx`? usable here: eager"),
        (("--backend", "abacus"), 1, "usable here: eager"),
        (("--backend", "aoti"), 2, "add --native"),
        (("--backend", "eager", "--native"), 2, "gives no machine code"),
        (("--backend", "eager", "--precision", "int8"), 1, "`eager` does not compute in int8"),
        (("--backend", "eager", "--passes", "fold-batchnrm"), 1, "did you mean `fold-batchnorm`?"),
        (("--backend", "eager", "--gate-box", "1,2,3"), 1, "not a box"),
        (("--gate-box", "1,2,3,4", "--gate-boxes", "b.txt"), 2, "exclude each other"),
        (("--backend", "eager", "--gate-box", "1,2,3,4"), 1, "--gate-clip"),
        (("--backend", "eager", "--gate-clip", "no.mp4", "--gate-box", "1,2,3,4"), 1, "no.mp4"),
        (("--calibrate", "no.mp4", "--calibrate-box", "1,2,3,4"), 2, "--calibrate is for --precision int8"),
        (("--precision", "int8", "--calibrate-box", "1,2,3,4"), 2, "--calibrate VIDEO"),
        (("--no-gate", "--gate-clip", "no.mp4", "--gate-box", "1,2,3,4"), 2, "--no-gate compares nothing"),
        (("--no-gate", "--gate-limit", "overlap=0.9"), 2, "--no-gate compares nothing"),
        (("--gate-limit", "overlp=0.9"), 1, "did you mean `overlap`?"),
        (("--gate-limit", "overlap=90"), 1, "a share"),
        (("--gate-limit", "auc-loss=nan"), 1, "SOT824"),
        (("--gate-limit", "overlap=x"), 2, "`x` is not a number"),
        (("--targets", "0"), 2, "--targets"),
        (("--tune-seconds", "nan"), 2, "nan is not a finite number"),
        (("--tune-seconds", "inf"), 2, "inf is not a finite number"),
        (("--device", "gpu"), 1, "gpu"),
        (("--weights", "no.pth", "--backend", "eager"), 1, "no.pth"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_gets_a_message_and_leaves_nothing(
    sotc: Any, tiny: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert said in sotc("compile", "tiny.sot", "-o", "tiny.sotx", *arguments, code=code).stderr
    assert left_in(tiny) == []


def test_an_interrupt_keeps_what_was_there(sotc: Any, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sotc.compiler import archive

    (tiny / "tiny.sotx").write_bytes(b"an older artifact")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive.zipfile.ZipFile, "writestr", interrupted)
    done = sotc("compile", "tiny.sot", "-o", "tiny.sotx", "--backend", "eager", "--no-gate", code=130)
    assert "interrupted" in done.stderr
    assert left_in(tiny) == ["tiny.sotx"]
    assert (tiny / "tiny.sotx").read_bytes() == b"an older artifact"


@pytest.mark.slow
def test_killed_at_any_moment(tiny: Path) -> None:
    """The old artifact is there, or the new one, each whole; and the next run minds nothing of what was left."""
    command = [
        sys.executable,
        "-c",
        "from sotc.cli import main; main()",
        "compile",
        "tiny.sot",
        "-o",
        "tiny.sotx",
    ]
    command += ["--backend", "eager", "--no-gate"]
    began = time.perf_counter()
    subprocess.run(command, cwd=tiny, check=True, capture_output=True)
    whole = time.perf_counter() - began
    before = verified(tiny / "tiny.sotx")
    chance = random.Random(3)
    for _ in range(6):
        process = subprocess.Popen(command, cwd=tiny, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * chance.uniform(0.5, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert verified(tiny / "tiny.sotx") == before
    subprocess.run(command, cwd=tiny, check=True, capture_output=True)
    assert verified(tiny / "tiny.sotx") == before
    assert [path.name for path in tiny.iterdir() if is_artifact(path)] == ["tiny.sotx"]
