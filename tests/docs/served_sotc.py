"""`sotc` for the shell snippets of pages: a client of one process that has imported everything once.

Starting `sotc` anew for every line of every page would be spent on importing PyTorch, and trackers would be exported
again and again. A command that may import Python of the page's own runs in a fork, so that nothing of it stays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .listening import listening

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


@contextmanager
def served_sotc(folder: Path) -> Iterator[Path]:
    """The process, at work; a folder for PATH with its client `sotc` in it."""
    programs, address = folder / "bin", str(folder / "s")
    programs.mkdir()
    client = programs / "sotc"
    client.write_text(CLIENT.format(python=sys.executable, address=address))
    client.chmod(0o755)
    tests = str(Path(__file__).resolve().parent.parent)
    with listening(SERVER.format(tests=tests, address=address), programs):
        yield programs
