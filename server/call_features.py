"""The hierarchy of calls, in the words of the protocol."""

from __future__ import annotations

from dataclasses import asdict

from lsprotocol import types

from .calls import Applicable, Call, from_data, incoming, outgoing, prepare
from .kinds import SYMBOL_KINDS, data_of
from .navigation import PythonPlace
from .positions import path_of, uri_of
from .server import SpecServer


async def calls_prepared(
    server: SpecServer, params: types.CallHierarchyPrepareParams
) -> list[types.CallHierarchyItem] | None:
    await server.loaded.wait()
    reading = server.desk.reading(path_of(params.text_document.uri))
    offset = server.desk.text(reading.path).offset(params.position)
    found = prepare(server.desk, reading, offset)
    return [item_of(server, found)] if found is not None else None


def item_of(server: SpecServer, found: Applicable) -> types.CallHierarchyItem:
    """What is handed back with the next question is the symbol, as `data`."""
    symbol = asdict(found.symbol)
    if isinstance(found.place, PythonPlace):
        start = types.Position(found.place.line, 0)
        whole = name = types.Range(start, start)
        path = found.place.path
    else:
        path = found.place.span.path
        text = server.desk.text(path)
        whole, name = text.range(found.place.span), text.range(found.place.name_span)
    uri = server.desk.uris.get(path) or uri_of(path)
    kind = SYMBOL_KINDS.get(found.word, types.SymbolKind.Field)
    return types.CallHierarchyItem(
        found.symbol.name, kind, uri, whole, name, detail=found.detail, data=symbol
    )


def called_by(
    server: SpecServer, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall]:
    path = path_of(params.item.uri)
    near = path if path.endswith(".sot") else next(iter(server.desk.texts), path)
    found = incoming(server.desk, from_data(data_of(params.item)), near, server.folders())
    return [
        types.CallHierarchyIncomingCall(item_of(server, each.other), ranges(server, each)) for each in found
    ]


def calling(
    server: SpecServer, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall]:
    found = outgoing(server.desk, from_data(data_of(params.item)))
    return [
        types.CallHierarchyOutgoingCall(item_of(server, each.other), ranges(server, each)) for each in found
    ]


def ranges(server: SpecServer, call: Call) -> list[types.Range]:
    text = server.desk.text(call.path)
    return [text.range(span) for span in call.spans]


CALL_FEATURES = (
    (types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, calls_prepared, None),
    (types.CALL_HIERARCHY_INCOMING_CALLS, called_by, None),
    (types.CALL_HIERARCHY_OUTGOING_CALLS, calling, None),
)
