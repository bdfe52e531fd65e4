"""The Python of pages: a process for each page, forked off one that has imported everything once.

What a page registers stays in its own process, and PyTorch is imported once for all pages.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .listening import listening

SERVER = """
import json, os, signal, socket, sys, traceback
import sotc.compiler.driver
def serve(connection):
    names = {{"__name__": "__main__"}}
    with connection, connection.makefile("rw") as lines:
        os.chdir(json.loads(lines.readline()))
        for line in lines:
            text, place = json.loads(line)
            try:
                exec(compile(text, place, "exec"), names)
                failure = ""
            except BaseException:
                failure = traceback.format_exc()
            lines.write(json.dumps(failure) + "\\n")
            lines.flush()
def bury(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
signal.signal(signal.SIGCHLD, bury)
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind({address!r})
    listening.listen()
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        connection, _ = listening.accept()
        if os.fork():
            connection.close()
            continue
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve(connection)
        os._exit(0)
"""


@contextmanager
def page_python(folder: Path) -> Iterator[Callable[[Path], Interpreter]]:
    """The process that others are forked off; it is asked for one for the page whose files lie in a folder."""
    address = str(folder / "p")
    with listening(SERVER.format(address=address), folder):
        yield lambda place: Interpreter(address, place)


class Interpreter:
    """A process that runs a page's Python in its folder; snippets share their names. It ends when it is closed."""

    def __init__(self, address: str, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._lines = self._socket.makefile("rw")
        self._say(str(folder))

    def run(self, text: str, place: str) -> str:
        """What went wrong; nothing where all went well."""
        self._say([text, place])
        answer = self._lines.readline()
        return str(json.loads(answer)) if answer else "the interpreter ended"

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def _say(self, message: object) -> None:
        self._lines.write(json.dumps(message) + "\n")
        self._lines.flush()
