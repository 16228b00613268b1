"""A loopback HTTP server that can break every rule of HTTP/1.1 (https://www.rfc-editor.org/rfc/rfc9112) on demand.

It writes its own bytes to the socket, so that bodies may be cut, dripped, mislabelled or never sent. Many scripts live
on one server, each below a path of its own, so that each knows exactly what was asked of it.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

Framing = Literal["length", "chunked", "close"]
XML: Mapping[str, str] = MappingProxyType({"Content-Type": "text/xml; charset=UTF-8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came.

    Attributes:
        path: below the script's own path.
        query: raw, as it stood in the request line.
        params: the query, decoded.
        headers: names in lower case.
        nth: how often the same path and query had been asked for before.
        root: the URL that the script lives below.
    """

    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    nth: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent, down to the bytes.

    Attributes:
        headers: besides those of the framing; `Date` is the present where none is given.
        framing: how the end of the body is told: by Content-Length, by chunks, or by closing (HTTP/1.0).
        length: the Content-Length announced; `None` is the true one.
        sent: bytes of the framed body that are sent before the connection is closed; `None` is all.
        reset: cut the connection with a TCP reset instead of answering.
        raw: sent instead of head and body; then the connection is closed.
        wait: seconds before the first byte.
        drip: seconds between each sixteen bytes of the body.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: XML)
    framing: Framing = "length"
    length: int | None = None
    sent: int | None = None
    reset: bool = False
    raw: bytes | None = None
    wait: float = 0.0
    drip: float = 0.0


Script = Callable[[Asked], Reply]


class Hostile:
    """The server; `mount` gives a script a URL."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._asked: dict[str, list[Asked]] = {}
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self) -> None:
                while outer._exchange(self):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *arguments: object) -> None:
                pass  # a client that goes away is part of many scripts

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def mount(self, name: str, script: Script) -> str:
        """Let a script answer below `/name/`; return the URL of its `oai`. What it was asked before is forgotten."""
        with self._lock:
            self._scripts[name], self._asked[name] = script, []
            for target in [target for target in self._met if target.startswith(f"/{name}/")]:
                del self._met[target]
        return f"http://127.0.0.1:{self.port}/{name}/oai"

    def unmount(self, name: str) -> None:
        """Forget a script and what it was asked."""
        with self._lock:
            del self._scripts[name], self._asked[name]

    def asked(self, name: str) -> tuple[Asked, ...]:
        """Return what a script has been asked."""
        with self._lock:
            return tuple(self._asked[name])

    def _exchange(self, handler: socketserver.StreamRequestHandler) -> bool:
        """Answer one request; return whether the connection stays open."""
        words = handler.rfile.readline(65536).decode("latin-1").split()
        if len(words) != 3:
            return False
        headers: dict[str, str] = {}
        while line := handler.rfile.readline(65536).decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return self._send(handler, self._answer(words[1], headers))

    def _answer(self, target: str, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(target)
        name, _, path = parts.path.strip("/").partition("/")
        params = dict(parse_qsl(parts.query, keep_blank_values=True, errors="strict"))
        with self._lock:
            if name not in self._scripts:
                return Reply(status=404)
            asked = Asked(
                path=path,
                query=parts.query,
                params=params,
                headers=headers,
                nth=self._met[target],
                root=f"http://127.0.0.1:{self.port}/{name}",
            )
            self._met[target] += 1
            self._asked[name].append(asked)
            script = self._scripts[name]
        if params != _strictly_decoded(parts.query):
            # Servers differ in what "+" stands for: a client that wants to be understood by all sends none.
            return Reply(status=400, body=b"the query can be read in two ways")
        return script(asked)

    def _send(self, handler: socketserver.StreamRequestHandler, reply: Reply) -> bool:
        if reply.wait and self._over.wait(reply.wait):
            return False
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return False
        if reply.raw is not None:
            handler.wfile.write(reply.raw)
            return False
        handler.wfile.write(_head(reply))
        body = _framed(reply)[: reply.sent]
        for piece in _pieces(body, 16 if reply.drip else len(body)):
            handler.wfile.write(piece)
            if reply.drip and self._over.wait(reply.drip):
                return False
        return _stays_open(reply)


def _strictly_decoded(query: str) -> dict[str, str]:
    """Decode a query as a URI (RFC 3986), where "+" stands for itself."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def _stays_open(reply: Reply) -> bool:
    return reply.framing != "close" and reply.sent is None and reply.length in (None, len(reply.body))


def _head(reply: Reply) -> bytes:
    reason = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Whatever"
    headers = {"Date": formatdate(usegmt=True), **reply.headers}
    if reply.framing == "length":
        headers["Content-Length"] = str(len(reply.body) if reply.length is None else reply.length)
    elif reply.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    if not _stays_open(reply):
        headers["Connection"] = "close"
    version = "HTTP/1.0" if reply.framing == "close" else "HTTP/1.1"
    lines = (f"{version} {reply.status} {reason}", *(f"{name}: {value}" for name, value in headers.items()))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _framed(reply: Reply) -> bytes:
    if reply.framing != "chunked":
        return reply.body
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in _pieces(reply.body, 700)) + b"0\r\n\r\n"


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size or 1):
        yield data[start : start + size]
