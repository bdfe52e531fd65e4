"""What a client may ask, each with the function that answers, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from ..components.registry import find
from ..dsl import explain
from ..dsl.formatter import format_text
from ..dsl.span import Span
from . import rename as renaming
from .actions import FIX_ALL, actions
from .call_features import CALL_FEATURES
from .completion import Offer, complete
from .describe import component_text
from .findings import current, location
from .hints import hints
from .hover import Sight, hover
from .kinds import COMPLETION_KINDS, SYMBOL_KINDS, data_of
from .navigation import PythonPlace, definition, module_at, references, specs_below
from .outline import Entry, folds, outline
from .positions import Text, path_of, shift_between, uri_of
from .reading import Reading
from .server import SpecServer
from .signature import signature
from .tokens import MODIFIERS, TYPES, encoded, tokens


def reading_of(server: SpecServer, document: types.TextDocumentIdentifier) -> tuple[Reading, Text]:
    path = path_of(document.uri)
    reading = server.desk.reading(path)
    return reading, Text(reading.text, server.desk.codec)


def at(server: SpecServer, params: Any) -> tuple[Reading, Text, int]:
    reading, text = reading_of(server, params.text_document)
    return reading, text, text.offset(params.position)


# ---------------------------------------------------------------- documents


def initialize(server: SpecServer, params: types.InitializeParams) -> None:
    server.prepare(params)


async def initialized(server: SpecServer, params: types.InitializedParams) -> None:
    """Ask to be told of specs that change on disk."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.sot")])
    wish = types.Registration("sotc-specs", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    with suppress(JsonRpcException):  # a client that cannot after all; saving still tells
        await server.client_register_capability_async(types.RegistrationParams([wish]))


def shutdown(server: SpecServer, params: None) -> None:
    server.end()


def did_open(server: SpecServer, params: types.DidOpenTextDocumentParams) -> None:
    server.opened(params.text_document.uri)


def did_change(server: SpecServer, params: types.DidChangeTextDocumentParams) -> None:
    server.opened(params.text_document.uri)


def did_save(server: SpecServer, params: types.DidSaveTextDocumentParams) -> None:
    server.changed_on_disk(path_of(params.text_document.uri))


def did_close(server: SpecServer, params: types.DidCloseTextDocumentParams) -> None:
    server.closed(params.text_document.uri)


def did_change_watched_files(server: SpecServer, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        server.changed_on_disk(path_of(change.uri))


def did_change_configuration(server: SpecServer, params: types.DidChangeConfigurationParams) -> None:
    server.configure(params.settings)


# ---------------------------------------------------------------- about a place


async def hovered(server: SpecServer, params: types.HoverParams) -> types.Hover | None:
    """What stands there, and the pages of the findings that it is part of."""
    await server.loaded.wait()
    reading, text, offset = at(server, params)
    found = hover(Sight(reading, server.desk.checked(reading.path)), offset)
    pages = pages_at(server, reading, offset)
    if found is None and not pages:
        return None
    parts = [*([found.text] if found is not None else []), *pages]
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts))
    return types.Hover(content, text.between(found.start, found.end) if found is not None else None)


def pages_at(server: SpecServer, reading: Reading, offset: int) -> list[str]:
    """The pages of the codes that are reported at a place."""
    codes: dict[str, None] = {}
    for finding, shift in current(server.desk, reading):
        place = (finding.span.start, finding.span.end)
        moved = shift.span(*place) if shift is not None else place
        if finding.span.path == reading.path and moved and moved[0] <= offset <= moved[1] and place != (0, 0):
            codes.setdefault(finding.code)
    return [page for code in codes if (page := explain.page(code)) is not None]


async def completed(server: SpecServer, params: types.CompletionParams) -> types.CompletionList:
    await server.loaded.wait()
    reading, text, offset = at(server, params)
    context, offers = complete(reading, offset, server.desk.checked(reading.path))
    place = text.between(context.start, offset)
    snippets = takes_snippets(server)
    items = [item_of(offer, text, place, number, snippets) for number, offer in enumerate(offers)]
    return types.CompletionList(is_incomplete=False, items=items)


def takes_snippets(server: SpecServer) -> bool:
    document = server.client_capabilities.text_document
    completion = document.completion if document is not None else None
    item = completion.completion_item if completion is not None else None
    return bool(item is not None and item.snippet_support)


def item_of(
    offer: Offer, around: Text, place: types.Range, number: int, snippets: bool
) -> types.CompletionItem:
    snippet = snippets and "$" in offer.text
    text = offer.text if snippet or "$" not in offer.text else offer.label
    return types.CompletionItem(
        label=offer.label,
        kind=COMPLETION_KINDS.get(offer.kind),
        detail=offer.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, offer.doc) if offer.doc else None,
        sort_text=f"{number:05}",
        insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(place, text),
        additional_text_edits=[types.TextEdit(around.range(offer.taking.span), offer.taking.text)]
        if offer.taking
        else None,
        data={"component": offer.component} if offer.component else None,
    )


def completion_resolved(server: SpecServer, item: types.CompletionItem) -> types.CompletionItem:
    """With the documentation of a component, which is left out of the list for its length."""
    name = data_of(item).get("component")
    component = find(name) if isinstance(name, str) else None
    if component is not None:
        item.documentation = types.MarkupContent(types.MarkupKind.Markdown, component_text(component))
    return item


async def signed(server: SpecServer, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    await server.loaded.wait()
    reading, _, offset = at(server, params)
    found = signature(reading, offset)
    if found is None:
        return None
    parameters = [types.ParameterInformation(each) for each in found.parameters]
    active = min(found.active, max(0, len(parameters) - 1))
    information = types.SignatureInformation(found.label, found.doc or None, parameters, active)
    return types.SignatureHelp([information], 0, active)


async def defined(server: SpecServer, params: types.DefinitionParams) -> types.Location | None:
    await server.loaded.wait()
    reading, _, offset = at(server, params)
    found = definition(reading, offset)
    if isinstance(found, PythonPlace):
        start = types.Position(found.line, 0)
        return types.Location(uri_of(found.path), types.Range(start, start))
    return location(server.desk, found) if found is not None else None


def referred(server: SpecServer, params: types.ReferenceParams) -> list[types.Location]:
    reading, _, offset = at(server, params)
    found = references(server.desk, reading, offset, server.folders())
    declaring = params.context.include_declaration
    spans = [each.span for _, each in found if declaring or each.role not in ("declare", "use")]
    return [location(server.desk, span) for span in dict.fromkeys(spans)]


def highlighted(server: SpecServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    reading, text, offset = at(server, params)
    found = references(server.desk, reading, offset, ())
    kinds = types.DocumentHighlightKind
    return [
        types.DocumentHighlight(text.range(each.span), kinds.Read if each.role == "read" else kinds.Write)
        for module, each in found
        if module.path == reading.path
    ]


# ---------------------------------------------------------------- rename


def rename_prepared(server: SpecServer, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    reading, text, offset = at(server, params)
    try:
        place = renaming.renamable(reading, offset)
    except renaming.RenameError as error:
        raise JsonRpcInvalidParams(str(error)) from error
    return types.PrepareRenamePlaceholder(text.range(place.span), place.name)


def renamed(server: SpecServer, params: types.RenameParams) -> types.WorkspaceEdit:
    """The edits. A part's come with a warning: as an annotation to confirm, or as a message."""
    reading, _, offset = at(server, params)
    try:
        found = renaming.rename(server.desk, reading, offset, params.new_name, server.folders())
    except renaming.RenameError as error:
        raise JsonRpcInvalidParams(str(error)) from error
    changes: dict[str, list[renaming.Replacement]] = {}
    for each in found.replacements:
        changes.setdefault(server.desk.uris.get(each.span.path) or uri_of(each.span.path), []).append(each)
    if found.warning and not annotates(server):
        server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, found.warning))
    if not found.warning or not annotates(server):
        plain = {
            uri: [edit_of(server, each.span, each.text) for each in every] for uri, every in changes.items()
        }
        return types.WorkspaceEdit(changes=dict(plain))
    note = types.ChangeAnnotation("Weights move, too", needs_confirmation=True, description=found.warning)
    documents = []
    for uri, every in changes.items():
        edits = []
        for each in every:
            edit = edit_of(server, each.span, each.text)
            edits.append(types.AnnotatedTextEdit("weights", edit.range, edit.new_text))
        number = (
            server.workspace.text_documents[uri].version if uri in server.workspace.text_documents else None
        )
        documents.append(
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, number), edits)
        )
    return types.WorkspaceEdit(document_changes=documents, change_annotations={"weights": note})


def annotates(server: SpecServer) -> bool:
    """Whether the client shows annotations of changes."""
    workspace = server.client_capabilities.workspace
    edit = workspace.workspace_edit if workspace is not None else None
    return bool(edit is not None and edit.document_changes and edit.change_annotation_support is not None)


def edit_of(server: SpecServer, span: Span, text: str) -> types.TextEdit:
    return types.TextEdit(server.desk.text(span.path).range(span), text)


# ---------------------------------------------------------------- about a file


def acted(server: SpecServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    reading, text = reading_of(server, params.text_document)
    start, end = text.offset(params.range.start), text.offset(params.range.end)
    return actions(server.desk, reading, start, end, params.context.only)


def formatted(server: SpecServer, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """One edit, of the lines that differ; none where the text has mistakes of syntax."""
    reading, text = reading_of(server, params.text_document)
    found = format_text(reading.text, reading.path).text
    if found == reading.text:
        return []
    shift = shift_between(reading.text, found)
    place = text.between(shift.start, shift.end)
    return [types.TextEdit(place, found[shift.start : shift.end + shift.moved])]


def symbols(server: SpecServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    reading, text = reading_of(server, params.text_document)
    return [symbol_of(entry, text) for entry in outline(reading.file)]


def symbol_of(entry: Entry, text: Text) -> types.DocumentSymbol:
    kind = SYMBOL_KINDS.get(entry.word, types.SymbolKind.Field)
    children = [symbol_of(child, text) for child in entry.children]
    whole, name = text.range(entry.span), text.range(entry.name_span)
    return types.DocumentSymbol(entry.name, kind, whole, name, entry.detail, children=children)


def workspace_symbols(
    server: SpecServer, params: types.WorkspaceSymbolParams
) -> list[types.SymbolInformation]:
    """Trackers, blocks and what they declare, in every spec of the workspace, whose names hold the query."""
    query = params.query.lower()
    found = []
    for path in dict.fromkeys([*server.desk.texts, *specs_below(server.folders())]):
        module = module_at(server.desk, path)
        for entry in outline(module.file) if module is not None else ():
            for each, container in [(entry, None), *((child, entry.name) for child in entry.children)]:
                if query in each.name.lower():
                    kind = SYMBOL_KINDS.get(each.word, types.SymbolKind.Field)
                    place = location(server.desk, each.name_span)
                    found.append(types.SymbolInformation(place, each.name, kind, container_name=container))
    return found


def folded(server: SpecServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    reading, _ = reading_of(server, params.text_document)
    return [
        types.FoldingRange(fold.first - 1, fold.last - 1, kind=types.FoldingRangeKind(fold.kind))
        for fold in folds(reading.file, reading.text)
    ]


def hinted(server: SpecServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    reading, text = reading_of(server, params.text_document)
    start, end = text.offset(params.range.start), text.offset(params.range.end)
    kinds = types.InlayHintKind
    return [
        types.InlayHint(
            text.position(each.offset),
            each.label,
            kinds.Parameter if each.parameter else kinds.Type,
            tooltip=each.tooltip or None,
        )
        for each in hints(reading, server.desk.checked(reading.path), server.desk.options.hints)
        if start <= each.offset <= end
    ]


def colored(server: SpecServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    reading, text = reading_of(server, params.text_document)
    return types.SemanticTokens(encoded(tokens(reading, server.desk.checked(reading.path)), text))


# ---------------------------------------------------------------- the table

FEATURES: Sequence[tuple[str, Callable[..., Any], Any]] = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.SHUTDOWN, shutdown, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
    (types.TEXT_DOCUMENT_HOVER, hovered, None),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        completed,
        types.CompletionOptions(trigger_characters=[".", '"', "/", "{"], resolve_provider=True),
    ),
    (types.COMPLETION_ITEM_RESOLVE, completion_resolved, None),
    (
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        signed,
        types.SignatureHelpOptions(trigger_characters=["(", "{", ","]),
    ),
    (types.TEXT_DOCUMENT_DEFINITION, defined, None),
    (types.TEXT_DOCUMENT_REFERENCES, referred, None),
    (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlighted, None),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, rename_prepared, None),
    (types.TEXT_DOCUMENT_RENAME, renamed, types.RenameOptions(prepare_provider=True)),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        acted,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    ),
    (types.TEXT_DOCUMENT_FORMATTING, formatted, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols, None),
    (types.WORKSPACE_SYMBOL, workspace_symbols, None),
    (types.TEXT_DOCUMENT_FOLDING_RANGE, folded, None),
    (types.TEXT_DOCUMENT_INLAY_HINT, hinted, None),
    (
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        colored,
        types.SemanticTokensLegend(list(TYPES), list(MODIFIERS)),
    ),
    *CALL_FEATURES,
)
"""Each request and notification that is answered."""


def register(server: SpecServer) -> None:
    for method, function, options in FEATURES:
        server.feature(method, options)(function)
