"""A YAML file that holds settings, read safely: plain values only, each with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from .config_text import line_of
from .errors import UnreadableConfigError
from .table import Place, Table

MOST_VALUES = 20_000
"""An alias may stand for much; what it stands for is counted as often as it stands there."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
"""What YACS reads as a number, though YAML reads `1e-3` as a text."""

PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
"""Of tables and lists; anything else would be made by code."""

REMEDY = "`sotc import pysot` reads the config.yaml of an experiment"


@dataclass
class Reading:
    """A document that is being read."""

    path: str
    loader: yaml.SafeLoader
    left: int = MOST_VALUES


def read_yaml(text: str, path: str) -> Table:
    """The table that a YAML text holds. Raises UnreadableConfigError, with the place."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise UnreadableConfigError(f"{path}: this is no table of settings", REMEDY)
        found = value_of(node, Reading(path, loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = error.problem or "this cannot be read"
        raise UnreadableConfigError(
            f"{path}:{line}: this is not YAML: {problem}\n    {line_of(text, line)}", REMEDY
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise UnreadableConfigError(
            f"{path}: this is not YAML: {str(error).splitlines()[0]}", REMEDY
        ) from None
    except RecursionError:
        raise UnreadableConfigError(f"{path}: its values are nested too deep", REMEDY) from None
    assert isinstance(found, Table)
    return found


def value_of(node: yaml.Node, reading: Reading) -> Any:
    """The value of a node: a table, a list, or a plain value."""
    reading.left -= 1
    if reading.left < 0:
        raise UnreadableConfigError(f"{reading.path}: it holds more than {MOST_VALUES} values", REMEDY)
    if isinstance(node, yaml.CollectionNode) and node.tag not in PLAIN_TAGS:
        raise yaml.constructor.ConstructorError(
            None, None, f"`{node.tag}` is no plain value", node.start_mark
        )
    if isinstance(node, yaml.MappingNode):
        reading.loader.flatten_mapping(node)
        table = Table()
        for key, value in node.value:
            name = value_of(key, reading)
            if not isinstance(name, str | int | float | bool | None):
                line = key.start_mark.line + 1
                raise UnreadableConfigError(f"{reading.path}:{line}: a name should be a text", REMEDY)
            table[name] = value_of(value, reading)
            table.places[name] = Place(reading.path, key.start_mark.line + 1)
        return table
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item, reading) for item in node.value]
    value = reading.loader.construct_object(node)
    if (
        isinstance(value, str)
        and len(value) < 40
        and NUMBER.fullmatch(value)
        and isinstance(node, yaml.ScalarNode)
    ):
        return float(value) if node.style is None else value
    return value
