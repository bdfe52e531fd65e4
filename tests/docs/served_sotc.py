"""`sotc` for the shell snippets of pages: a client of one process that has imported everything once.

Starting `sotc` anew for every line of every page would be spent on importing PyTorch, and trackers would be exported
again and again. A command that may import Python of the page's own runs in a fork, so that nothing of it stays.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

CLIENT = """#!{python}
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    connection.sendall(json.dumps([os.getcwd(), sys.argv[1:]]).encode() + b"\\n")
    code, output, errors = json.loads(connection.makefile().read())
sys.stdout.write(output)
sys.stderr.write(errors)
sys.exit(code)
"""

SERVER = """
import json, os, socket, sys, traceback
sys.path[0] = {tests!r}
from click.testing import CliRunner
import sotc.compiler.driver
import export_cache
from sotc.cli import main
export_cache.install()
def answer(folder, arguments):
    os.chdir(folder)
    done = CliRunner().invoke(main, arguments, prog_name="sotc")
    failure = done.exception
    ours = failure is not None and not isinstance(failure, SystemExit)
    told = "".join(traceback.format_exception(failure)) if ours else ""
    connection.sendall(json.dumps([done.exit_code, done.stdout, done.stderr + told]).encode())
with socket.socket(socket.AF_UNIX) as listening:
    listening.bind({address!r})
    listening.listen()
    print("ready", flush=True)
    while True:
        connection, _ = listening.accept()
        with connection:
            folder, arguments = json.loads(connection.makefile().readline())
            if not any(name.endswith(".py") for name in os.listdir(folder)):
                answer(folder, arguments)
            elif child := os.fork():
                os.waitpid(child, 0)
            else:
                answer(folder, arguments)
                os._exit(0)
"""


class ServedSotc:
    """The process, started when it is entered, and a folder for PATH with the client in it."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self._address = str(folder / "s")

    def __enter__(self) -> ServedSotc:
        self.programs.mkdir()
        client = self.programs / "sotc"
        client.write_text(CLIENT.format(python=sys.executable, address=self._address))
        client.chmod(0o755)
        tests = str(Path(__file__).resolve().parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER.format(tests=tests, address=self._address)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=self.programs,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
