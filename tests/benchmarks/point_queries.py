"""Clients that ask one point query after the other over kept connections: `python -m tests.benchmarks.point_queries`.

A process of its own that does nothing but read and write sockets: what it needs of the processor is not the server's.
"""

from __future__ import annotations

import dataclasses
import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came of it.

    Attributes:
        answers: how many there were; `wrong` of them were not the right ones.
        rate: answers a second, of all clients together.
        median, p99, longest: milliseconds until an answer.
        processor: seconds of it that the clients took.
    """

    answers: int
    wrong: int
    rate: float
    median: float
    p99: float
    longest: float
    processor: float


def record(number: int, text: str = "text") -> str:
    """Return a record of 42 statements, as N-Triples."""
    subject = f"<http://e/r{number}>"
    return "".join(f'{subject} <http://e/p{place}> "{text} {place} of {number}" .\n' for place in range(42))


def query(number: int) -> str:
    """Return the query for one statement of a record."""
    return f"SELECT ?o {{ <http://e/r{number}> <http://e/p7> ?o }}"


def ask(url: str, records: int, *, clients: int = 8, seconds: float = 6.0) -> Asked:
    """Have clients ask an endpoint that holds so many records; they come from an address each."""
    with start(url, records, clients=clients, seconds=seconds) as process:
        return finish(process)


def start(url: str, records: int, *, clients: int = 8, seconds: float = 6.0) -> subprocess.Popen[str]:
    """Start what `ask` does; `finish` waits for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.point_queries", url, *map(str, (records, clients, seconds))],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Asked:
    """Return what came of it."""
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return Asked(**json.loads(output))


@dataclass
class _Client:
    number: int
    sent: float = 0.0
    expected: bytes = b""
    got: bytes = b""


def _run(url: str, records: int, clients: int, seconds: float) -> Asked:
    parts = urlsplit(url)
    turn, wrong = 0, 0
    took: list[float] = []
    selector = selectors.DefaultSelector()

    def send(connection: socket.socket, client: _Client) -> None:
        nonlocal turn
        turn += 1
        number = turn * 7919 % records
        client.expected, client.got = f" 7 of {number}".encode(), b""
        head = f"GET {parts.path}?query={quote(query(number))} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += f"Accept: application/sparql-results+json\r\nX-Forwarded-For: 192.0.2.{client.number}\r\n\r\n"
        client.sent = time.perf_counter()
        connection.sendall(head.encode())

    began = time.perf_counter()
    for number in range(clients):
        connection = socket.create_connection((parts.hostname, parts.port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = _Client(number)
        selector.register(connection, selectors.EVENT_READ, client)
        send(connection, client)
    while selector.get_map():
        for key, _ in selector.select():
            connection, client = key.fileobj, key.data
            assert isinstance(connection, socket.socket)
            data = connection.recv(65536)
            client.got += data
            if data and not _whole(client.got):
                continue
            now = time.perf_counter()
            took.append(now - client.sent)
            wrong += not (client.got.startswith(b"HTTP/1.1 200") and client.expected in client.got)
            if data and now - began < seconds:
                send(connection, client)
            else:
                selector.unregister(connection)
                connection.close()
    elapsed = time.perf_counter() - began
    took.sort()
    median, p99, longest = (1000 * took[int(len(took) * part)] for part in (0.5, 0.99, 0.99999))
    answers = len(took)
    return Asked(
        answers=answers,
        wrong=wrong,
        rate=answers / elapsed,
        median=median,
        p99=p99,
        longest=longest,
        processor=time.process_time(),
    )


def _whole(got: bytes) -> bool:
    """Whether an answer with a Content-Length is all there."""
    head, end, body = got.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(end) and len(body) >= int(lengths[0].partition(b":")[2])


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(_run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))))
