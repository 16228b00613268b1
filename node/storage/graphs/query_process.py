"""The pool's end of one query process: start it, ask it, read its frames until a deadline, kill it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from node.storage.graphs import frames

_PACKAGE_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one query may take.

    Attributes:
        timeout: seconds from the moment it has a process until the last byte is read.
        memory_mb: MiB of address space, beyond those of an idle process.
        max_rows, max_bytes: of the answer.
    """

    timeout: float
    memory_mb: int
    max_rows: int
    max_bytes: int


class Late(Exception):
    """The deadline passed before the next frame was complete."""


class Died(Exception):
    """The process ended in mid-answer.

    Attributes:
        returncode: as `subprocess` gives it, negative for a signal.
    """

    def __init__(self, returncode: int | None) -> None:
        super().__init__(f"query process ended with {returncode}")
        self.returncode = returncode

    @property
    def out_of_memory(self) -> bool:
        """It was aborted or killed, as a process is that gets no memory (a stack that overflows counts as memory)."""
        return self.returncode in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGKILL, -signal.SIGTRAP)


class QueryProcess:
    """A running `node.storage.graphs.query_worker`."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        config = json.dumps({"folder": str(folder), **asdict(limits)})
        # A fresh interpreter, never a fork of this one; its environment holds no secrets, its standard error would
        # only repeat what the engine says about a stranger's query.
        environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PATH", "TZ") if name in os.environ}
        environment |= {"PYTHONPATH": str(_PACKAGE_ROOT), "MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "node.storage.graphs.query_worker", config],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
            close_fds=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(self._in, select.POLLOUT)
        os.set_blocking(self._in, False)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def descriptor(self) -> int:
        """What can be read when there is something to `receive`."""
        return self._out

    def has_frame(self) -> bool:
        """A whole frame has been read already: `receive` would not wait."""
        header = frames.HEADER
        if len(self._buffer) < header.size:
            return False
        return len(self._buffer) >= header.size + int(header.unpack_from(self._buffer)[1])

    def send(self, request: dict[str, Any], deadline: float) -> None:
        """Hand over a request.

        Args:
            deadline: on the monotonic clock, seconds.

        Raises:
            Late: the process does not take it.
            Died: the process is gone.
        """
        view = memoryview(frames.pack_request(request))
        while view:
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                self._wait(self._writable, deadline)
            except BrokenPipeError:
                raise Died(self.kill()) from None

    def receive(self, deadline: float) -> tuple[bytes, bytes]:
        """Return the next frame: its kind and payload.

        Raises:
            Late: it is not complete at the deadline.
            Died: the process ended instead.
        """
        header = frames.HEADER
        while True:
            if len(self._buffer) >= header.size:
                kind, size = header.unpack_from(self._buffer)
                if len(self._buffer) >= header.size + size:
                    payload = bytes(self._buffer[header.size : header.size + size])
                    del self._buffer[: header.size + size]
                    return kind, payload
            self._wait(self._poll, deadline)
            self.take_in()

    def take_in(self) -> None:
        """Read what has come, be it part of a frame; waits where nothing has.

        Raises:
            Died: the process ended instead.
        """
        data = os.read(self._out, 2 * frames.CHUNK)
        if not data:
            raise Died(self._end())
        self._buffer += data

    def alive(self) -> bool:
        """It has not ended by itself while nobody was looking."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Tell the process to end, from any thread; who is reading from it finds it dead."""
        self._process.kill()

    def kill(self) -> int:
        """End the process now and return its status; nobody may be reading from it."""
        self._process.kill()
        return self._end()

    @staticmethod
    def _wait(poll: select.poll, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not poll.poll(remaining * 1000):
            raise Late

    def _end(self) -> int:
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            # It closed its pipe without ending: nothing it could still do is wanted.
            self._process.kill()
            status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        return status
