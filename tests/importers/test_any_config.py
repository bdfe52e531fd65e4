"""Whatever stands in a config, importing it gives a spec or the user's error, and nothing else."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sotc.dsl.formatter import format_text
from sotc.importers.base_files import load_config
from sotc.importers.errors import ConfigError
from sotc.importers.imported import Imported
from sotc.importers.mmtracking import import_mmtracking
from sotc.importers.pysot import import_pysot

from .configs import PYSOT

WORDS = (
    "type",
    "ResNet",
    "L1Loss",
    "SmoothL1Loss",
    "MyOwn",
    "custom_imports",
    "a.b",
    'x"""',
    "\\",
    "\n#",
    "e\u0301",
)

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-3, 600)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=6,
)
EVERY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

MODELS = ("siamrpn/siamrpn.py", "stark/stark_st2.py", "stark_new/stark_st2.py", "mixformer/mixformer.py")


def plain(value: Any) -> Any:
    """Tables as the dicts that they are written from."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything within nested tables and lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(config: Any, seed: int, new: list[Any]) -> Any:
    """The config with values at random places replaced, one key mistyped."""
    chance = random.Random(seed)
    found = copy.deepcopy(config)
    for value in new:
        *above, last = chance.choice(list(places(found)))
        table = found
        for key in above:
            table = table[key]
        table[last] = value
        if chance.random() < 0.2 and isinstance(table, dict):
            table[f"{last}s"] = table.pop(last)
        if not list(places(found)):
            break
    return found


def holds(found: Imported) -> None:
    laid_out = format_text(found.text, "imported.sot")
    assert not laid_out.diagnostics
    assert laid_out.text == found.text


@pytest.mark.parametrize("name", MODELS)
@EVERY
@given(seed=st.integers(0, 2**32), new=st.lists(values, min_size=1, max_size=4))
def test_any_python_config(configs: Path, tmp_path: Path, name: str, seed: int, new: list[Any]) -> None:
    config = changed(plain(load_config(str(configs / name))), seed, new)
    path = tmp_path / "any.py"
    path.write_text(
        "".join(f"{key} = {value!r}\n" for key, value in config.items() if str(key).isidentifier()), "utf-8"
    )
    try:
        holds(import_mmtracking(path))
    except ConfigError as error:
        assert error.remedy


@pytest.mark.parametrize("name", ["siamrpn_r50/config.yaml", "siammask/config.yaml", "nanotrack/config.yaml"])
@EVERY
@given(seed=st.integers(0, 2**32), new=st.lists(values, min_size=1, max_size=4))
def test_any_yaml_config(tmp_path: Path, name: str, seed: int, new: list[Any]) -> None:
    config = changed(yaml.safe_load(PYSOT[name]), seed, new)
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    try:
        holds(import_pysot(path))
    except ConfigError as error:
        assert error.remedy


@EVERY
@given(text=st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.txt"
    path.write_text(text, "utf-8", errors="surrogatepass")
    for read in (import_mmtracking, import_pysot):
        with pytest.raises(ConfigError):
            read(path)
