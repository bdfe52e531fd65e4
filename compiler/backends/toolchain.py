"""Whether there is what a native backend needs to compile: a C++ compiler."""

from __future__ import annotations

import os
import shutil

from .backend import Missing

COMPILERS = ("g++", "clang++")

REMEDY = (
    "install one (`apt-get install g++`, `xcode-select --install`), or say where it is (CXX=path), or take another "
    "backend: onnx, openvino and eager need none"
)


def missing_compiler() -> Missing | None:
    """Why nothing can be compiled here; None where a C++ compiler is found. `CXX` says which to take."""
    wanted = os.environ.get("CXX")
    if wanted is not None:
        if shutil.which(wanted):
            return None
        return Missing(f"the C++ compiler that CXX names, `{wanted}`, is not there", REMEDY)
    # torch's inductor looks for g++ alone unless CXX is set
    if any(shutil.which(name) for name in COMPILERS[:1]):
        return None
    other = next((path for name in COMPILERS[1:] if (path := shutil.which(name))), None)
    if other is not None:
        return Missing("there is no C++ compiler called g++", f"take the one that is there: CXX={other}")
    return Missing("there is no C++ compiler", REMEDY)
