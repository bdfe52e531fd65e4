"""One server process for all tests of the room, spoken to over standard input and output by a real client."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

COMMAND = [sys.executable, "-c", "from sotc.cli import main; main(['lsp', '--stdio', '--allow-python'])"]


@pytest_lsp.fixture(scope="session", config=ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    capabilities = client_capabilities("visual-studio-code")
    options = {"delay": 0.05, "stageIcons": True}
    lsp_client.stages = {}  # type: ignore[attr-defined]

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        """What the server wishes to be told of."""

    @lsp_client.feature("sotc/stages")
    def mark(params: Any) -> None:
        """When the values of each line are known."""
        lsp_client.stages[params.uri] = {each.line: each.stage for each in params.stages}  # type: ignore[attr-defined]

    @lsp_client.feature(types.WORKSPACE_SEMANTIC_TOKENS_REFRESH)
    def recolour(params: None) -> None:
        """The server knows more than when it was asked for colours."""

    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=capabilities, initialization_options=options)
    )
    yield
    await lsp_client.shutdown_session()


class Document:
    """A spec open in the client."""

    def __init__(self, client: LanguageClient, path: Path, text: str) -> None:
        self.client = client
        self.path = path
        self.uri = path.as_uri()
        self.text = text
        self.version = 1
        self.identifier = types.TextDocumentIdentifier(self.uri)
        item = types.TextDocumentItem(self.uri, "sot", 1, text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def place(self, marked: str, shift: int = 0) -> types.Position:
        """Where the `|` of a piece of the text stands."""
        before = marked.replace("|", "", 1)
        assert self.text.count(before) == 1, f"{before!r} stands {self.text.count(before)} times in the text"
        return position(self.text, self.text.index(before) + marked.index("|") + shift)

    def write(self, text: str) -> None:
        """The whole text anew."""
        self.text = text
        self.change(types.TextDocumentContentChangeWholeDocument(text))

    def replace(self, old: str, new: str) -> None:
        """An incremental edit."""
        start = self.text.index(old)
        place = types.Range(position(self.text, start), position(self.text, start + len(old)))
        self.text = self.text[:start] + new + self.text[start + len(old) :]
        self.change(types.TextDocumentContentChangePartial(place, new))

    def change(self, change: Any) -> None:
        self.version += 1
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    async def found(
        self, wanted: Callable[[list[types.Diagnostic]], bool] = lambda found: True
    ) -> list[types.Diagnostic]:
        """The findings, as soon as they are as `wanted`; the last ones where that does not come."""
        for _ in range(600):
            found = self.client.diagnostics.get(self.uri)
            if found is not None and wanted(list(found)):
                return list(found)
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came: the last findings are {self.client.diagnostics.get(self.uri)}")

    async def codes(self, *wanted: str) -> set[str]:
        """The codes that are reported, once all of `wanted` are; none wanted: once nothing is."""
        await self.found(lambda found: {each.code for each in found} == set(wanted))
        return set(wanted)

    async def complete(self, place: types.Position) -> dict[str, types.CompletionItem]:
        asked = types.CompletionParams(self.identifier, place)
        found = await self.client.text_document_completion_async(asked)
        assert isinstance(found, types.CompletionList)
        return {item.label: item for item in found.items}

    async def hover(self, place: types.Position) -> str:
        found = await self.client.text_document_hover_async(types.HoverParams(self.identifier, place))
        return found.contents.value if found is not None else ""  # type: ignore[union-attr]

    async def actions(self, place: types.Range) -> list[types.CodeAction]:
        asked = types.CodeActionParams(self.identifier, place, types.CodeActionContext([]))
        found = await self.client.text_document_code_action_async(asked)
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Apply the edits of this document, the last first, as editors do."""
        edits = list((edit.changes or {}).get(self.uri, []))
        for each in edit.document_changes or []:
            if isinstance(each, types.TextDocumentEdit) and each.text_document.uri == self.uri:
                edits += each.edits
        text = self.text
        for each in sorted(
            edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True
        ):
            start, end = offset(self.text, each.range.start), offset(self.text, each.range.end)
            text = text[:start] + each.new_text + text[end:]
        self.write(text)

    async def hints(self) -> list[types.InlayHint]:
        whole = types.Range(types.Position(0, 0), self.end(len(self.text)))
        return list(
            await self.client.text_document_inlay_hint_async(types.InlayHintParams(self.identifier, whole))
            or []
        )

    async def definition(self, place: types.Position) -> types.Location:
        found = await self.client.text_document_definition_async(
            types.DefinitionParams(self.identifier, place)
        )
        assert isinstance(found, types.Location)
        return found

    async def references(self, place: types.Position) -> list[types.Location]:
        asked = types.ReferenceParams(types.ReferenceContext(True), self.identifier, place)
        return list(await self.client.text_document_references_async(asked) or [])

    async def rename(self, place: types.Position, name: str) -> types.WorkspaceEdit:
        asked = types.RenameParams(self.identifier, place, name)
        found = await self.client.text_document_rename_async(asked)
        assert found is not None
        return found

    async def signature(self, place: types.Position) -> types.SignatureHelp | None:
        asked = types.SignatureHelpParams(self.identifier, place)
        return await self.client.text_document_signature_help_async(asked)

    def end(self, count: int) -> types.Position:
        return position(self.text, count)

    def disk_changed(self, path: Path, kind: types.FileChangeType) -> None:
        event = types.FileEvent(path.as_uri(), kind)
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    async def everything(self) -> None:
        """Ask all that is asked of a whole file."""
        whole = types.Range(types.Position(0, 0), self.end(len(self.text)))
        ask = self.client
        await ask.text_document_document_symbol_async(types.DocumentSymbolParams(self.identifier))
        await ask.text_document_folding_range_async(types.FoldingRangeParams(self.identifier))
        await ask.text_document_semantic_tokens_full_async(types.SemanticTokensParams(self.identifier))
        await ask.text_document_inlay_hint_async(types.InlayHintParams(self.identifier, whole))
        await self.actions(whole)
        options = types.FormattingOptions(tab_size=4, insert_spaces=True)
        await ask.text_document_formatting_async(types.DocumentFormattingParams(self.identifier, options))


def offset(text: str, place: types.Position) -> int:
    """The other way round."""
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: place.line])
    column = lines[place.line].encode("utf-16-le")[: 2 * place.character].decode("utf-16-le")
    return before + len(column)


def position(text: str, offset: int) -> types.Position:
    """A place, reckoned here by hand: lines end at line feeds, columns are UTF-16."""
    before = text[:offset].replace("\r\n", "\n").split("\n")
    return types.Position(len(before) - 1, len(before[-1].encode("utf-16-le", "surrogatepass")) // 2)


@pytest.fixture
def spec(client: LanguageClient, tmp_path: Path) -> Any:
    """Opens specs: `spec(text)`, or `spec(text, "name.sot")`; all are closed at the end."""
    opened: list[Document] = []

    def start(text: str, name: str = "spec.sot", on_disk: bool = True) -> Document:
        path = tmp_path / name
        if on_disk:
            path.write_text(text, encoding="utf-8")
        opened.append(Document(client, path, text))
        return opened[-1]

    yield start
    for document in opened:
        client.text_document_did_close(types.DidCloseTextDocumentParams(document.identifier))
        client.diagnostics.pop(document.uri, None)
