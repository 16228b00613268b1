"""How one thread sends short answers of many connections: at once, in one piece, and waiting for no client."""

from __future__ import annotations

import socket
from typing import Any, Protocol

from node.web.sparql_answers import Answered

LONGEST = 8192
"""Bytes of a request or an answer: so much goes through an empty buffer of a socket in one piece."""


class Server(Protocol):
    """What the connections belong to: a worker of gunicorn."""

    alive: bool
    cfg: Any

    @property
    def full(self) -> bool:
        """Hardly another connection has room: who has been answered is to leave."""
        ...

    def give_back(self, conn: Any) -> None:
        """Have a thread answer what a connection asks; what was read of it is in its parser."""
        ...

    def stream(self, conn: Any, response: Any, answered: Answered) -> None:
        """Have a thread send an answer that may have to wait for its client."""
        ...

    def leave(self, conn: Any) -> None:
        """Close a connection whose client has still to read an answer."""
        ...

    def closed(self, conn: Any) -> None:
        """Close a connection that nobody watches any more."""
        ...


def send(server: Server, conn: Any, response: Any, body: bytes) -> bool:
    """Send an answer; return whether its connection is to be watched for the next request.

    Args:
        response: of gunicorn, which has been told status and headers.
    """
    if server.full or not server.alive:
        response.force_close()
    # Head and body in one piece: two would wake the client twice.
    response.sock = gathered = _Gathered()
    if body:
        response.write(body)
    response.close()
    data = b"".join(gathered.parts)
    try:
        sent = conn.sock.send(data, socket.MSG_DONTWAIT)
    except BlockingIOError:
        sent = 0
    except OSError:
        server.closed(conn)
        return False
    if sent < len(data):  # its client asks on without reading
        server.stream(conn, _Rest(conn, response), Answered(response.status_code, [], data[sent:]))
    elif response.should_close():
        server.leave(conn)
    else:
        return True
    return False


class _Gathered:
    """What a response sends, to go out in one piece."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.parts.append(data)


class _Rest:
    """A response that has gone out in part, head and all: what follows is written as it is."""

    def __init__(self, conn: Any, response: Any) -> None:
        self.write = conn.sock.sendall
        self.should_close = response.should_close

    def close(self) -> None:
        """Nothing follows."""
