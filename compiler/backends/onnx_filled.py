"""A graph with its weights in it, for what reads no weights beside a graph. Neither torch nor the package `onnx`.

An ONNX file is a protocol buffer: fields one behind the other, each a number with a wire type, and a value. Only
the way from the model to its weights is followed, and all else copied as it stands
(https://protobuf.dev/programming-guides/encoding/; the numbers of the fields are those of onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GRAPH, INITIALIZER = 7, 5
"""Of a model its graph, of a graph its weights."""

RAW_DATA, EXTERNAL_DATA, DATA_LOCATION = 9, 13, 14
"""Of a tensor."""

KEY, VALUE = 1, 2
"""Of an entry of `EXTERNAL_DATA`: `offset` and `length` in bytes, among others."""

VARINT, EIGHT, DELIMITED, FOUR = 0, 1, 2, 5
"""Wire types."""


@dataclass(frozen=True)
class Field:
    number: int
    content: memoryview
    """of a value with a length; empty for others"""
    whole: memoryview
    """with its number, as it stands"""


def filled(graph: bytes, weights: bytes | memoryview) -> bytes:
    """The graph, with what it names in the file `weights` in its place. Raises ValueError for one that is damaged."""
    model, kept = memoryview(graph), memoryview(weights)
    return joined(
        part
        for field in fields(model)
        for part in (
            delimited(GRAPH, filled_graph(field.content, kept)) if field.number == GRAPH else (field.whole,)
        )
    )


def filled_graph(graph: memoryview, weights: memoryview) -> bytes:
    return joined(
        part
        for field in fields(graph)
        for part in (
            delimited(INITIALIZER, filled_tensor(field.content, weights))
            if field.number == INITIALIZER
            else (field.whole,)
        )
    )


def filled_tensor(tensor: memoryview, weights: memoryview) -> bytes | memoryview:
    found = list(fields(tensor))
    entries = dict(entry(field.content) for field in found if field.number == EXTERNAL_DATA)
    if not entries:
        return tensor
    offset, length = int(entries["offset"]), int(entries["length"])
    if not 0 <= offset <= offset + length <= len(weights):
        raise ValueError("it names weights beyond the end of their file")
    kept = [field.whole for field in found if field.number not in (EXTERNAL_DATA, DATA_LOCATION, RAW_DATA)]
    return joined((*kept, *delimited(RAW_DATA, weights[offset : offset + length])))


def entry(content: memoryview) -> tuple[str, str]:
    texts = {field.number: bytes(field.content).decode() for field in fields(content)}
    return texts.get(KEY, ""), texts.get(VALUE, "")


def joined(parts: Iterator[bytes | memoryview] | tuple[bytes | memoryview, ...]) -> bytes:
    return b"".join(parts)


# ---------------------------------------------------------------- the wire


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in their order. Raises ValueError where it is none."""
    place = 0
    while place < len(message):
        start = place
        tag, place = number_at(message, place)
        kind = tag & 7
        content = message[:0]
        if kind == VARINT:
            _, place = number_at(message, place)
        elif kind == DELIMITED:
            length, place = number_at(message, place)
            content = message[place : place + length]
            place += length
        elif kind in (EIGHT, FOUR):
            place += 8 if kind == EIGHT else 4
        else:
            raise ValueError("it is no ONNX model")
        if place > len(message):
            raise ValueError("it ends too early")
        yield Field(tag >> 3, content, message[start:place])


def number_at(message: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place
    raise ValueError("it ends too early")


def delimited(number: int, content: bytes | memoryview) -> tuple[bytes, bytes | memoryview]:
    """A field with a length: what stands before its content, and the content."""
    return varint(number << 3 | DELIMITED) + varint(len(content)), content


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))
