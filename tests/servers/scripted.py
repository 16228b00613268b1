"""A loopback HTTP server that answers as a test scripts it, faults included: resets, short bodies, slow drips."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

_MIB = 2**20


@dataclass(frozen=True)
class Answer:
    """One scripted answer.

    Attributes:
        length: the Content-Length announced; `None` is the true one.
        reset: cut the connection with a TCP reset instead of answering.
        chunked: send the body in chunks, without Content-Length.
        drip: seconds between the bytes of the status line.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    reset: bool = False
    chunked: bool = False
    drip: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    path: str
    query: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    at: float
    method: str = "GET"

    def get(self, name: str) -> str | None:
        """Return the value of a parameter."""
        return dict(self.params).get(name)


Script = Callable[[Seen], Answer]


class Scripted:
    """The server; `script` is a function from request to answer, or the answers in order (the last one repeats)."""

    def __init__(self, script: Script | Sequence[Answer], *, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._script = script if callable(script) else _in_order(script)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # header and body are two writes: 40 ms each time otherwise

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                seen = Seen(
                    path=parts.path,
                    query=parts.query,
                    params=tuple(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    at=time.monotonic(),
                    method=self.command,
                )
                outer.seen.append(seen)
                self._give(outer._script(seen))

            do_HEAD = do_GET  # noqa: N815 - the name that http.server asks for

            def _give(self, answer: Answer) -> None:
                if answer.reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                if answer.drip:
                    self._drip(answer.drip)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                else:
                    length = len(answer.body) if answer.length is None else answer.length
                    self.send_header("Content-Length", str(length))
                    if length != len(answer.body):
                        self.send_header("Connection", "close")
                self.end_headers()
                if self.command == "HEAD":
                    return
                for chunk in _chunks(answer) if answer.chunked else (answer.body,):
                    self.wfile.write(chunk)

            def _drip(self, pause: float) -> None:
                self.close_connection = True
                try:
                    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 600:
                        self.wfile.write(bytes([byte]))
                        time.sleep(pause)
                except OSError:
                    return

            def log_message(self, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments: object) -> None:
                pass  # a client that goes away is part of many scripts

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/oai"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@cache
def gzip_bomb(size: int) -> bytes:
    """Return a gzip body (RFC 1952) that inflates to `size` zero bytes, a whole number of MiB.

    To compress them all takes a second: here one MiB is, and stands there again and again.
    """
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    one = compressor.compress(bytes(_MIB)) + compressor.flush(zlib.Z_FULL_FLUSH)
    head, last_block = b"\x1f\x8b\x08" + bytes(6) + b"\xff", compressor.flush()
    return head + one * (size // _MIB) + last_block + struct.pack("<II", zlib.crc32(bytes(size)), size)


def _in_order(answers: Sequence[Answer]) -> Script:
    left = list(answers)
    return lambda seen: left.pop(0) if len(left) > 1 else left[0]


def _chunks(answer: Answer) -> list[bytes]:
    half = len(answer.body) // 2 or 1
    parts = [answer.body[:half], answer.body[half:]]
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part] + [b"0\r\n\r\n"]
