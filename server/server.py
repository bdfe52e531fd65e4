"""The server itself: documents come and go, findings are told at once and again when all is known."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import FeatureNotificationError
from pygls.lsp.server import LanguageServer
from pygls.workspace import PositionCodec

from .checking import Checked, check_file
from .desk import Desk
from .document import SpecWorkspace
from .findings import is_current, to_show
from .options import options_from
from .positions import path_of
from .stage_marks import NOTIFICATION, stage_lines
from .tidying import Tidying
from .worker import Worker

if TYPE_CHECKING:
    from ..compiler.python_use import Allowance

SOON = 0.005
"""seconds to wait for the next keystroke before a text is read: edits that come in a burst are read once"""
LAST_CHECK = 30.0
"""seconds that a check may still take when the client has gone"""
LOADING = "\0components"
"""the key under which the worker loads the components, before anything else"""


class SpecServer(LanguageServer):
    """A language server for specs. `allowance` says which modules `use python` may import."""

    def __init__(self, allowance: Allowance = False) -> None:
        super().__init__("sotc", version("sotc"), max_workers=2)
        self.desk = Desk()
        self.allowance = allowance
        self.worker = Worker(self.report_failure)
        self.tidying = Tidying()
        self.loaded = asyncio.Event()
        self._soon: dict[str, asyncio.TimerHandle] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    # ------------------------------------------------------------ life

    def prepare(self, params: types.InitializeParams) -> None:
        """Before the client hears what is offered."""
        self._loop = asyncio.get_running_loop()
        plain = self.workspace
        folders = params.workspace_folders or []
        self.protocol._workspace = SpecWorkspace(
            plain.root_uri, plain._sync_kind, folders, plain.position_encoding
        )
        self.desk.codec = PositionCodec(plain.position_encoding)
        self.desk.options = options_from(params.initialization_options or {})
        self.worker.submit(LOADING, self._load_components)

    def end(self) -> None:
        self.worker.stop()

    def _load_components(self, superseded: Callable[[], bool]) -> None:
        try:
            from .. import components
            from ..compiler import check  # noqa: F401  (what the first check would wait for)

            components.load()
            self.tidying.begin()
        finally:
            self._on_main(self.loaded.set)

    def _on_main(self, work: Callable[..., None], *arguments: Any) -> None:
        """From the worker: do something in the main thread, unless the server has ended."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work, *arguments)

    def report_failure(self, error: BaseException) -> None:
        """A failure of ours in the background: in the client's log, and the server lives on."""
        text = f"the check failed: {type(error).__name__}: {error}"
        self._on_main(self.window_log_message, types.LogMessageParams(types.MessageType.Error, text))

    def report_server_error(self, error: Exception, source: type[Any]) -> None:
        """What fails outside of a request is a line in the log; it interrupts nobody."""
        kind = (
            types.MessageType.Warning
            if issubclass(source, FeatureNotificationError)
            else types.MessageType.Error
        )
        self.window_log_message(types.LogMessageParams(kind, f"{type(error).__name__}: {error}"))

    # ------------------------------------------------------------ documents

    def folders(self) -> list[str]:
        """The folders of the workspace."""
        found = [path_of(uri) for uri in self.workspace.folders]
        root = self.workspace.root_path
        return found or ([root] if root else [])

    def opened(self, uri: str) -> None:
        """A text was opened or changed."""
        self._forget_done()
        path = path_of(uri)
        text = self.workspace.get_text_document(uri).source
        same = self.desk.texts.get(path) == text and path in self.desk.uris
        self.desk.texts[path] = text
        self.desk.uris[path] = uri
        if same:
            return
        self.look_at(path)
        self.look_at_users(path)

    def _forget_done(self) -> None:
        """pygls 2.1 keeps the future of every notification that it has handled: 2 KB for each keystroke."""
        futures = self.protocol._request_futures
        for key in [key for key, future in futures.items() if future.done()]:
            futures.pop(key, None)

    def closed(self, uri: str) -> None:
        path = path_of(uri)
        self.desk.close(path)
        self.worker.cancel(path)
        waiting = self._soon.pop(path, None)
        if waiting is not None:
            waiting.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        self.look_at_users(path)

    def changed_on_disk(self, path: str) -> None:
        """A file was written, made or deleted by someone else."""
        self.look_at_users(path)
        if path in self.desk.texts:
            self.look_at(path)

    def look_at_users(self, path: str) -> None:
        """Look again at what is open and uses a file, directly or not."""
        for other in self.desk.texts:
            reading = self.desk.readings.latest(other)
            if other != path and reading is not None and path in reading.read:
                self.look_at(other)

    def look_at(self, path: str) -> None:
        """Tell soon what is wrong with a text, and check all of it when nobody types any more."""
        waiting = self._soon.pop(path, None)
        if waiting is not None:
            waiting.cancel()
        self.tidying.not_now()
        assert self._loop is not None
        self._soon[path] = self._loop.call_later(SOON, self._tell_and_check, path)

    def _tell_and_check(self, path: str) -> None:
        self._soon.pop(path, None)
        if path not in self.desk.texts:
            return
        self.tell(path)
        reading = self.desk.reading(path)
        known = self.desk.checked(path)
        if known is not None and is_current(known, reading):
            self.worker.cancel(path)
            return
        text, texts, allowance = reading.text, dict(self.desk.texts), self.allowance

        def work(superseded: Callable[[], bool]) -> None:
            found = check_file(path, text, texts, allowance, superseded)
            if found is not None:
                self._on_main(self._checked, found)

        self.worker.submit(path, work, self.desk.options.delay)

    def _checked(self, found: Checked) -> None:
        """The whole check of a text is done, which may have changed meanwhile."""
        if found.path not in self.desk.texts:
            return
        self.desk.checks.put(found)
        if self.desk.texts[found.path] == found.text:
            self.tell(found.path)
            self._refresh()
            self._mark(found)
            self.tidying.at_a_pause()

    def _mark(self, found: Checked) -> None:
        """Tell a client that draws marks when the values of each line are known."""
        if self.desk.options.stage_icons:
            lines = stage_lines(self.desk.reading(found.path), found)
            stages = [{"line": line, "stage": stage} for line, stage in sorted(lines.items())]
            self.protocol.notify(NOTIFICATION, {"uri": self.desk.uris[found.path], "stages": stages})

    def _refresh(self) -> None:
        """Ask the client to look again at what stands between the words, and at their colours."""
        workspace = self.client_capabilities.workspace
        hints = workspace.inlay_hint if workspace is not None else None
        if hints is not None and hints.refresh_support:
            self.workspace_inlay_hint_refresh(None)
        colors = workspace.semantic_tokens if workspace is not None else None
        if colors is not None and colors.refresh_support:
            self.workspace_semantic_tokens_refresh(None)

    def tell(self, path: str) -> None:
        """Send what is known to be wrong with a text."""
        uri = self.desk.uris[path]
        document = self.workspace.get_text_document(uri)
        shown = to_show(self.desk, self.desk.reading(path), self.shows_related())
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, document.version))

    def shows_related(self) -> bool:
        document = self.client_capabilities.text_document
        publish = document.publish_diagnostics if document is not None else None
        return bool(publish is not None and publish.related_information)

    def configure(self, said: Any) -> None:
        """The user changed the settings."""
        self.desk.options = options_from(said)
        self._refresh()


def start(allowance: Allowance, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Serve until the client says goodbye or goes away."""
    from .features import register

    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # the client is told, without tracebacks
    # Ctrl-C ends the process at once: pygls would wait for the thread that waits for the client's next word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server = SpecServer(allowance)
    register(server)
    try:
        server.start_io(stdin, stdout)
    finally:
        server.worker.stop()
        server.worker.join(LAST_CHECK)
