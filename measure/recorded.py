"""What an original was given and gave, recorded in one `.npz`: read, and refused where it cannot be trusted.

`in_0`, `in_1` ... are the images that the network saw, in the order of the spec's declarations, templates first;
`in_NAME` is a value for a wire, or for an input by its name. `out_NAME` is what the original gave; `sum_NAME` a summary
of it: mean, standard deviation, and the first 64 channels at the centre.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compiler.user_error import UserError

Array: TypeAlias = NDArray[Any]

PREFIXES = ("in_", "out_", "sum_")

AGAIN = "record it anew: numpy.savez(FILE, in_0=template, in_1=search, out_cls=cls)"


class RecordedError(UserError):
    """A recorded file that cannot be read, or that holds what cannot be compared."""

    code: ClassVar[str] = "SOT624"


@dataclass(frozen=True)
class Recorded:
    """The arrays of a file, by what they are; names are without their prefix."""

    path: str
    images: dict[int, Array]
    fed: dict[str, Array]
    outputs: dict[str, Array]
    summaries: dict[str, Array]
    """each [2 + channels at the centre, 64 at most]"""


def read_recorded(path: str | os.PathLike[str]) -> Recorded:
    """Read a file of `numpy.savez`. Nothing in it is unpickled.

    Raises RecordedError: no such file, damaged, cut off, pickled arrays, other names, NaN, nothing to compare.
    """
    name = os.fspath(path)
    images: dict[int, Array] = {}
    fed: dict[str, Array] = {}
    outputs: dict[str, Array] = {}
    summaries: dict[str, Array] = {}
    for key, array in read_arrays(name):
        refuse_odd(name, key, array)
        prefix, _, rest = key.partition("_")
        if prefix == "in" and rest.isdecimal():
            images[int(rest)] = array
        else:
            {"in": fed, "out": outputs, "sum": summaries}[prefix][rest] = array
    if not outputs and not summaries:
        raise RecordedError(f"`{name}` holds no output to compare with: no array `out_NAME`", AGAIN)
    return Recorded(name, images, fed, outputs, summaries)


def read_arrays(name: str) -> Iterator[tuple[str, Array]]:
    """All arrays of a file, by their names, in its order. Raises RecordedError."""
    if not Path(name).is_file():
        what = "is a folder" if Path(name).is_dir() else "does not exist"
        raise RecordedError(f"the recorded file `{name}` {what}", "give the path of an .npz file")
    key = ""
    try:
        with Path(name).open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise RecordedError(f"`{name}` holds one array without a name", AGAIN)
            for key in archive.files:
                yield key, archive[key]
    except RecordedError:
        raise
    except OSError as error:
        raise RecordedError(f"`{name}` cannot be read: {error.strerror or error}", AGAIN) from error
    except Exception as error:  # of zip, deflate, the header's parser, of memory for what a header promises
        where = f"the array `{key}` of " if key else ""
        if "allow_pickle" in str(error):
            raise RecordedError(
                f"{where}`{name}` is refused: it is a pickle, and opening one can run any program",
                "store plain arrays of numbers, one for each name",
            ) from error
        raise RecordedError(f"{where}`{name}` is damaged, cut off, or no .npz: {error}", AGAIN) from error


def refuse_odd(name: str, key: str, array: Array) -> None:
    """Raises RecordedError for an array with another name, or without numbers, or with such as are none."""
    if not key.startswith(PREFIXES) or key in PREFIXES:
        raise RecordedError(
            f"`{key}` in `{name}` is neither input nor output",
            "names are in_0, in_1 ..., in_NAME, out_NAME and sum_NAME",
        )
    if array.dtype.kind not in "fiub":
        raise RecordedError(f"`{key}` in `{name}` holds no real numbers: it is {array.dtype}", AGAIN)
    if not array.size:
        raise RecordedError(f"`{key}` in `{name}` is empty: {list(array.shape)}", AGAIN)
    odd = np.argwhere(~np.isfinite(array)) if array.dtype.kind == "f" else np.empty((0, 0))
    if len(odd):
        place = ", ".join(str(index) for index in odd[0])
        raise RecordedError(
            f"`{key}` in `{name}` is NaN or infinite in {len(odd)} of {array.size} places, first at [{place}]",
            "record a run of the original that gives numbers: nothing can be compared with NaN",
        )
