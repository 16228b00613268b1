"""Commands that start at once: a process that has read the node's code forks one process for each command.

A command of a test is a process of its own, as a person's is, but for the second that reading the code takes. What has
to begin from nothing (a server, a command that is killed) is started by `Home.start`.
"""

from __future__ import annotations

import array
import atexit
import functools
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

_LATER = ("minio", "rdflib.plugins.parsers.notation3", "rdflib.plugins.serializers.turtle", "pyshacl")


def run(arguments: Sequence[str], environment: Mapping[str, str], seconds: float) -> subprocess.CompletedProcess[str]:
    """Run `fairnode` with some arguments to its end.

    Raises:
        subprocess.TimeoutExpired: it took longer than that, and was killed.
    """
    asked = json.dumps(
        {"arguments": list(arguments), "environment": dict(environment), "folder": str(Path.cwd())}
    ).encode()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, _connected() as door:
        channels = array.array("i", [out.fileno(), err.fileno()])
        door.sendmsg([len(asked).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, channels)])
        door.sendall(asked)
        door.settimeout(seconds)
        process = int.from_bytes(_exactly(door, 4), "big")
        try:
            status = int.from_bytes(_exactly(door, 4), "big", signed=True)
        except TimeoutError as error:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), seconds) from error
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        return subprocess.CompletedProcess(list(arguments), status, *texts)


@functools.cache
def _address() -> str:
    folder = tempfile.mkdtemp(prefix="warm")
    address = str(Path(folder, "door"))
    # It ends when its standard input does: with this process, whatever ends it.
    process = subprocess.Popen([sys.executable, "-m", "tests.servers.warm", address], stdin=subprocess.PIPE)
    atexit.register(process.kill)
    deadline = time.monotonic() + 60
    while not Path(address).exists():
        assert process.poll() is None and time.monotonic() < deadline, "commands cannot be run"
        time.sleep(0.02)
    return address


def _connected() -> socket.socket:
    door = socket.socket(socket.AF_UNIX)
    door.connect(_address())
    return door


def _exactly(door: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = door.recv(size - len(read))
        if not more:
            raise ConnectionError("the process that starts commands ended")
        read += more
    return read


def _serve(address: str) -> None:
    for found in pkgutil.walk_packages(import_module("node").__path__, "node."):
        if not found.name.endswith("__main__") and ".migrations." not in found.name:
            import_module(found.name)
    for name in _LATER:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for the commands
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address + ".new")
        listening.listen(16)
        Path(address + ".new").rename(address)
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            door, _ = listening.accept()
            with door:
                if os.fork() == 0:
                    listening.close()
                    _answer(door)


def _answer(door: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, ancillary, _, _ = door.recvmsg(4, socket.CMSG_SPACE(8))
    channels = array.array("i")
    channels.frombytes(ancillary[0][2][:8])
    asked = json.loads(_exactly(door, int.from_bytes(size, "big")))
    process = os.fork()
    if process == 0:
        door.close()
        _become(asked, channels)
    door.sendall(process.to_bytes(4, "big"))
    _, status = os.waitpid(process, 0)
    door.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(asked: dict[str, Any], channels: array.array[int]) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, channel in enumerate(channels, 1):
        os.dup2(channel, number)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    sys.argv = ["fairnode", *asked["arguments"]]
    status = 1
    try:
        runpy.run_module("node", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        _leave(status)


def _leave(status: int) -> None:
    # What an interpreter does at its end, but for clearing away what the other process still holds.
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
