"""`lenskeep` for pages that type it dozens of times: forks of one process that has imported it.

Importing takes most of a second, each time. What is typed runs as ever, in a process of its own,
with the streams, the folder and the environment of whoever typed it; `serve` and `demo`, which
live on and are killed, are started in earnest.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

from lenskeep.cli.main import make_app, run

IMPORTED: Final = ("lenskeep.app.opening", "lenskeep.app.keeping", "lenskeep.store.migrating")
LARGEST: Final = 1 << 17
"""Octets of what is asked: words and environment."""
READY: Final = b"ready\n"
_SHIM: Final = """#!{python} -IS
import json, os, socket, sys
words = sys.argv[1:]
if words[:1] in (["serve"], ["demo"]):
    os.execv({real!r}, [{real!r}, *words])
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
line.connect({socket!r})
asked = {{"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}}
socket.send_fds(line, [json.dumps(asked).encode()], [0, 1, 2])
code = line.recv(1)
sys.exit(code[0] if code else 70)
"""


@contextmanager
def forked(folder: Path) -> Iterator[Path]:
    """Yield a folder for the path, in which `lenskeep` is such a one."""
    at, bin_ = folder / "socket", folder / "bin"
    bin_.mkdir()
    shim = bin_ / "lenskeep"
    real = Path(sys.executable).parent / "lenskeep"
    shim.write_text(_SHIM.format(python=sys.executable, real=str(real), socket=str(at)))
    shim.chmod(0o755)
    program = [sys.executable, "-m", __name__, str(at)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == READY
            yield bin_
        finally:
            process.terminate()


def main(at: str) -> NoReturn:
    """Fork for everybody who connects."""
    for each in IMPORTED:
        import_module(each)
    make_app()  # imports all rooms
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(at)
        listener.listen()
        sys.stdout.buffer.write(READY)
        sys.stdout.flush()
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _obey(line)
            line.close()


def _obey(line: socket.socket) -> NoReturn:
    said, streams, _, _ = socket.recv_fds(line, LARGEST, 3)
    asked = json.loads(said)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    # what Python knew of the old ones is wrong
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115 - as long as the process
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    code = run(asked["words"])
    with suppress(BrokenPipeError):  # whoever read it had enough
        sys.stdout.flush()
    line.send(bytes([code & 0xFF]))
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
