"""Machine code is opened on a machine like the one that it was built on."""

from __future__ import annotations

import torch

from sotc.compiler.backends.fingerprint import differences, native_fingerprint

BUILT = {"system": "Linux", "machine": "x86_64", "torch": "2.13.0", "instructions": "avx2 fma"}


def test_this_machine_fits_itself() -> None:
    here = native_fingerprint("cpu")
    assert here["torch"] == torch.__version__.partition("+")[0]
    assert differences(here, here) == []


def test_more_instructions_do_no_harm() -> None:
    assert differences(BUILT, {**BUILT, "instructions": "avx2 avx512f fma"}) == []


def test_fewer_instructions_are_named() -> None:
    assert differences(BUILT, {**BUILT, "instructions": "fma"}) == ["this processor lacks avx2"]


def test_another_torch_and_a_missing_device() -> None:
    built = {**BUILT, "capability": "9.0"}
    assert differences(built, {**BUILT, "torch": "2.12.0"}) == [
        "it was built for torch 2.13.0, and here is 2.12.0",
        "it was built for capability 9.0, and here is none",
    ]
