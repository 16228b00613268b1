"""How long the server waits for a client: without a thread until a request has arrived, and then not for long.

gunicorn's own worker gives a new connection to a thread before anything has arrived, reads and writes for as long as
its client likes, and waits on its main thread for a client to hang up: sixteen connections that do nothing stop a
server. Here a connection has to bring its request, and to take its answer, at `RATE` bytes a second on the whole, with
`SECONDS` of grace, as with `RequestReadTimeout` of Apache httpd
(https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html).
"""

from __future__ import annotations

import math
import re
import resource
import selectors
import socket
import struct
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gunicorn.workers import gthread

SECONDS = 10.0
RATE = 16 * 1024
"""Bytes a second; a modem of 1996 brings less than half of it."""

ARRIVAL = 20.0
"""Seconds a request may take to arrive while it costs no thread."""

_OTHERS = 256  # descriptors for databases, files, query processes and the hosts this node asks
_BREATH = 0.05  # seconds
_FAREWELL = 2.0  # seconds a client has to hang up (RFC 9112, section 9.6)
_DRAINED = 64 * 1024
_GLANCE = 4096
_MOST = 64 * 1024
_TICK = struct.pack("@ll", 1, 0)  # a struct timeval
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_ASKS_FIRST = re.compile(rb"\r\nexpect:", re.IGNORECASE)


def wanted(sock: Any, held: bytes = b"") -> int:
    """Return how many bytes have to have arrived for a thread to read a request without waiting; 0 where they have.

    Nothing is taken from the connection. Longer requests than 64 KiB are not waited for, nor what a client sends only
    when it is told to (RFC 9110, section 10.1.1).

    Args:
        held: what has been taken of the request already.
    """
    try:
        arrived = sock.recv(_GLANCE, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        if len(arrived) == _GLANCE:
            arrived = sock.recv(_MOST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        arrived = b""
    except OSError:
        return 0  # the thread finds out
    else:
        if not arrived:
            return 0
    head = held + arrived
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return len(arrived) + 1 if len(head) < _MOST else 0
    length = _LENGTH.search(head, 0, end + 2)
    if length is None or _ASKS_FIRST.search(head, 0, end):
        return 0
    whole = end + 4 + int(length.group(1))
    return whole - len(held) if len(head) < whole <= _MOST else 0


def wake_at(sock: Any, size: int) -> None:
    """Let a poller find the socket readable once so many bytes are there, or no more can be (SO_RCVLOWAT)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)


class PatientSocket:
    """A blocking socket that a client which is too slow is cut off from: it reads as closed and breaks when written to.

    Args:
        sock: a connection.
        crowded: requests are waiting for a thread; then half a second of standstill is enough.
    """

    def __init__(self, sock: socket.socket, crowded: Callable[[], bool]) -> None:
        # The kernel comes back each second, so that the clock can be looked at; this costs a request nothing.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, _TICK)
        self._sock = sock
        self._crowded = crowded
        self.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def begin(self) -> None:
        """Begin with another request."""
        self._left = SECONDS

    def recv(self, size: int, flags: int = 0) -> bytes:
        """See `socket.socket.recv`."""
        if flags & socket.MSG_DONTWAIT:
            return self._sock.recv(size, flags)  # who does not wait needs no patience
        while self._left > 0:
            began = time.monotonic()
            try:
                data = self._sock.recv(size, flags)
            except BlockingIOError:
                self._spend(began, 0)
            else:
                self._spend(began, len(data))
                return data
        return b""

    def sendall(self, data: bytes) -> None:
        """See `socket.socket.sendall`.

        Raises:
            BrokenPipeError: the client has left, or is too slow.
        """
        view = memoryview(data)
        while view:
            began = time.monotonic()
            if self._left <= 0:
                raise BrokenPipeError("the client takes too little")
            try:
                sent = self._sock.send(view)
            except BlockingIOError:
                sent = 0
            self._spend(began, sent)
            view = view[sent:]

    def _spend(self, began: float, size: int) -> None:
        waited = time.monotonic() - began
        # Never more than at the beginning: who was fast has not saved up for standing still.
        self._left = min(SECONDS, self._left - waited + size / RATE)
        if waited > 0.5 and self._crowded():
            self._left = 0.0


_Base: Any = gthread.ThreadWorker  # gunicorn has no types


class PatientWorker(_Base):  # type: ignore[misc]
    """A worker of gunicorn none of whose threads waits long for a client.

    Connections whose requests are arriving, and those that are being closed, are the main thread's, in the order in
    which their time ends.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[Any, float] = {}
        self._wanted: dict[Any, int] = {}
        self._leaving: dict[Any, float] = {}
        # With one connection too many `accept` would take the last descriptor, and 1,024 are what many systems give.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        if most != resource.RLIM_INFINITY:
            self.worker_connections = min(self.cfg.worker_connections, max(most - _OTHERS, most // 2))

    @property
    def full(self) -> bool:
        """Hardly another connection has room: who has been answered is to leave."""
        return bool(self.nr_conns > self.worker_connections - self.cfg.threads)

    def accept(self, listener: Any) -> None:
        """Accept a connection; where that fails, those that are there are served all the same."""
        try:
            super().accept(listener)
        except OSError as error:
            self.log.warning("A connection could not be accepted: %s", error)
            time.sleep(_BREATH)  # it would be tried again at once

    def handle(self, conn: Any) -> Any:
        """Answer a request, on a thread; return whether the connection is to be kept."""
        conn.sock.begin()
        kept = super().handle(conn)
        return False if kept is True and self.full else kept

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, as soon as one has something to do with it."""
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(conn.sock, self._crowded)
        size = wanted(conn.sock, self._held(conn))
        if size:
            self._arriving[conn] = time.monotonic() + ARRIVAL
            self._await(conn, size)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._arrived, conn))
        else:
            self._hand_over(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep a connection or close it, without waiting for its client."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    def _leave(self, conn: Any) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drained, conn))
        except OSError:
            self._close(conn)
        else:
            self._leaving[conn] = time.monotonic() + _FAREWELL

    def murder_pending(self) -> None:
        """Close connections whose time is over; where there are as many as may be, the oldest that bring nothing."""
        super().murder_pending()
        now = time.monotonic() if self.alive else math.inf  # a server that stops waits for answers alone
        surplus = self.nr_conns - self.worker_connections + 1
        for waiting in (self._leaving, self._arriving):
            for conn, until in list(waiting.items()):
                if until > now and surplus <= 0:
                    break
                surplus -= 1
                self.poller.unregister(conn.sock)
                del waiting[conn]
                self._wanted.pop(conn, None)
                self._close(conn)

    def _crowded(self) -> bool:
        return not self.tpool._work_queue.empty()

    @staticmethod
    def _held(conn: Any) -> bytes:
        held: bytes = b"" if conn.parser is None else conn.parser.unreader.buf.getvalue()
        return held

    def _await(self, conn: Any, size: int) -> None:
        self._wanted[conn] = size
        wake_at(conn.sock, size)

    def _arrived(self, conn: Any, sock: Any) -> None:
        size = wanted(sock, self._held(conn))
        if size > self._wanted[conn]:
            self._await(conn, size)
            return
        # All of it is there, or no more will come.
        self.poller.unregister(sock)
        wake_at(sock, 1)
        del self._arriving[conn], self._wanted[conn]
        self._hand_over(conn)

    def _hand_over(self, conn: Any) -> None:
        conn.data_ready = True
        super().enqueue_req(conn)

    def _drained(self, conn: Any, sock: Any) -> None:
        # To close with bytes unread would make the kernel throw away what the client has not read yet.
        try:
            rest = sock.recv(_DRAINED, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        if not rest or len(rest) == _DRAINED:
            self.poller.unregister(sock)
            del self._leaving[conn]
            self._close(conn)

    def _close(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()
