"""Kept connections that ask plain queries, over real sockets: whatever else they ask in between is answered in turn."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import Response

from node.settings import SparqlSettings
from node.storage.graphs.embedded import EmbeddedGraphs
from node.web.straight_loop import StraightLoop
from node.web.straight_send import send
from tests.servers.sparql_endpoint import sparql_endpoint

Address = tuple[str, int, int]
ONE = "SELECT ?o { <http://e/r7> <http://e/p> ?o }"
MANY = "SELECT * { ?s <http://e/p> ?o } LIMIT 400"
ALL = "SELECT * { ?s <http://e/p> ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(CONCAT(STR(?a), STR(?d)) != STR(?g)) }"
NONSENSE = "SELECT nonsense"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[Address]:
    graphs = EmbeddedGraphs(home / "graphs", SparqlSettings())
    with graphs.writer() as writer:
        assert writer is not None
        writer.replace("http://e/g", "".join(f'<http://e/r{n}> <http://e/p> "value {n}" .\n' for n in range(2000)))
    with sparql_endpoint(home, queue=6, client_queries=8) as found:
        yield found


class Kept:
    """One kept connection."""

    def __init__(self, address: Address, client: int = 1) -> None:
        self._connection = http.client.HTTPConnection(*address[:2], timeout=20)
        self._headers = {"X-Forwarded-For": f"192.0.2.{client}"}
        self.get(ONE)
        self._own = self._connection.sock.getsockname()

    def get(self, query: str, **headers: str) -> http.client.HTTPResponse:
        return self._ask("GET", f"/sparql?query={quote(query)}", None, headers)

    def post(self, query: str) -> http.client.HTTPResponse:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", "/sparql", urlencode({"query": query}), form)

    def elsewhere(self) -> http.client.HTTPResponse:
        return self._ask("GET", "/.well-known/sparql-examples", None, {"Accept": "text/turtle"})

    def is_the_same(self) -> bool:
        """It was never closed and opened again."""
        return self._connection.sock is not None and self._connection.sock.getsockname() == self._own

    def _ask(self, method: str, url: str, body: str | None, headers: dict[str, str]) -> Any:
        self._connection.request(method, url, body, {**self._headers, **headers})
        response: Any = self._connection.getresponse()
        response.data = response.read()
        return response


def rows(response: Any) -> int:
    data = gzip.decompress(response.data) if response.headers["Content-Encoding"] == "gzip" else response.data
    return len(json.loads(data)["results"]["bindings"])


def test_one_connection_asks_for_all_kinds_of_things_in_a_row(address: Address) -> None:
    kept = Kept(address)
    one = kept.get(ONE)

    assert b"value 7" in one.data
    assert kept.get(NONSENSE).status == 400
    assert kept.get(ONE, **{"If-None-Match": one.headers["ETag"]}).status == 304
    assert rows(kept.get(MANY)) == 400, "more than a socket is sure to take in one piece"
    assert rows(kept.get(ALL)) == 2000, "more than the first 64 KiB"
    assert rows(kept.get(ALL, **{"Accept-Encoding": "gzip"})) == 2000
    assert rows(kept.post(ONE)) == 1
    assert kept.elsewhere().status == 200
    assert kept.get(ONE, Accept="image/png").status == 406
    assert kept.get(ONE, Cookie="other=1").data == one.data
    assert kept.get(f"{ONE} #{'x' * 9000}").data == one.data, "a longer request than the loop reads"
    assert kept.get(ONE).data == one.data
    assert kept.is_the_same()


def test_a_query_that_is_no_sparql_is_refused_in_the_words_of_the_application(address: Address) -> None:
    kept = Kept(address)
    for query in (NONSENSE, "SELECT * { ?s e:p ?o }", "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }"):
        told = kept.get(query)

        assert told.status == 400
        assert told.data == kept.get(query, Cookie="other=1").data
        assert b"expected" not in told.data, "the engine's own words"


def test_the_next_plain_query_is_answered_in_one_piece(address: Address) -> None:
    request = f"GET /sparql?query={quote(ONE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with socket.create_connection(address[:2], timeout=20) as client:
        client.sendall(request)
        _one_answer(client)
        pieces = []
        for _ in range(20):
            client.sendall(request)
            pieces.append(client.recv(65536))

    assert all(piece.startswith(b"HTTP/1.1 200") and b"value 7" in piece for piece in pieces)


@pytest.mark.parametrize(
    "head", ["GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET {} HTTP/1.0\r\n\r\n"], ids=["close", "1.0"]
)
def test_a_client_that_asks_once_more_and_leaves_is_let_go(address: Address, head: str) -> None:
    url = f"/sparql?query={quote(ONE)}"
    with socket.create_connection(address[:2], timeout=20) as client:
        client.sendall(f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        _one_answer(client)
        client.sendall(head.format(url).encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    assert b"value 7" in answer


@pytest.mark.parametrize("cut", [5, 40, -2])
def test_a_request_that_comes_in_two_parts_is_answered(address: Address, cut: int) -> None:
    request = f"GET /sparql?query={quote(ONE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with socket.create_connection(address[:2], timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(request)
        _one_answer(client)
        client.sendall(request[:cut])
        time.sleep(0.05)
        client.sendall(request[cut:])

        assert b"value 7" in _one_answer(client)


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
def test_a_body_that_comes_after_its_head_is_never_read_as_a_request(address: Address, chunked: bool) -> None:
    request = f"GET /sparql?query={quote(ONE)} HTTP/1.1\r\nHost: x\r\n".encode()
    body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    with socket.create_connection(address[:2], timeout=20) as client:
        client.sendall(request + b"\r\n")
        _one_answer(client)
        client.sendall(request + framing + b"\r\n\r\n")
        time.sleep(0.05)
        client.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
        client.sendall(request + b"\r\n")
        client.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: client.recv(65536), b""))

    assert answers.count(b"HTTP/1.1 200") == answers.count(b"HTTP/1.1 ") == 2


def test_a_store_that_cannot_be_looked_at_is_told_to_who_asks_whether_an_answer_is_still_true(
    address: Address, home: Path
) -> None:
    kept = Kept(address)
    tag = kept.get(ONE).headers["ETag"]
    current = home / "graphs" / "current"
    current.rename(current.with_name("aside"))
    current.mkdir()
    try:
        status = kept.get(ONE, **{"If-None-Match": tag}).status
    finally:
        current.rmdir()
        current.with_name("aside").rename(current)

    assert status == 500
    assert kept.get(ONE, **{"If-None-Match": tag}).status == 304
    assert kept.is_the_same()


def test_an_answer_that_does_not_go_out_in_one_piece_is_finished_by_a_thread() -> None:
    ours, theirs = socket.socketpair()
    # With room for 3,000 bytes.
    narrow = SimpleNamespace(send=lambda data, _: ours.send(data[:3000]), sendall=ours.sendall)
    left: list[Any] = []
    server: Any = SimpleNamespace(alive=True, full=False, stream=lambda _, *rest: left.append(rest))
    asked = SimpleNamespace(version=(1, 1), method="GET", should_close=lambda: False)
    response = Response(asked, narrow, Config())
    response.start_response("200 OK", [("Content-Length", "8000")])

    kept = send(server, SimpleNamespace(sock=narrow), response, b"x" * 8000)
    [(rest, answered)] = left
    rest.write(answered.body)
    rest.close()
    ours.close()
    answer = b"".join(iter(lambda: theirs.recv(65536), b""))
    theirs.close()

    assert not kept, "it is the thread's for now"
    assert not rest.should_close()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"\r\n\r\n" + b"x" * 8000)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_loop_that_ends_ends_its_server_which_is_replaced() -> None:
    server: Any = SimpleNamespace(alive=True)
    straight: Any = None
    loop = StraightLoop(server, straight)

    loop._call(sys.exit)
    loop._thread.join(5)

    assert not server.alive


def test_requests_sent_without_waiting_are_answered_in_their_order(address: Address) -> None:
    numbers = [3, 1, 4, 1, 5, 9, 2, 6]
    queries = [f"SELECT ?o {{ <http://e/r{number}> <http://e/p> ?o }}" for number in numbers]
    requests = [f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for query in queries]
    with socket.create_connection(address[:2], timeout=20) as client:
        client.sendall(requests[0])
        _one_answer(client)
        client.sendall(b"".join(requests))
        client.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: client.recv(65536), b""))

    assert [int(part.split(b'"')[0]) for part in answers.split(b'"value ')[1:]] == numbers


def test_a_query_that_takes_too_long_ends_and_those_that_waited_for_it_are_answered(address: Address) -> None:
    slow, others = Kept(address, 2), [Kept(address, client) for client in range(3, 7)]
    with ThreadPoolExecutor() as threads:
        endless = threads.submit(slow.get, ENDLESS)
        time.sleep(0.2)
        waited = [threads.submit(other.get, ONE) for other in others]

        assert endless.result().status == 504
        assert endless.result().headers["Retry-After"]
        assert {future.result().status for future in waited} <= {200, 429}, "the queue has a time limit too"
    assert [b"value 7" in each.get(ONE).data for each in (slow, *others)] == [True] * 5
    assert all(each.is_the_same() for each in (slow, *others))


def test_one_client_on_many_connections_has_one_share(address: Address) -> None:
    connections = [Kept(address, 20) for _ in range(6)]
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(lambda kept: [kept.get(ONE).status for _ in range(20)], connections))

    assert answers == [[200] * 20] * 6


def test_a_process_that_is_killed_under_a_query_breaks_that_one_query(address: Address) -> None:
    kept = Kept(address, 30)
    with ThreadPoolExecutor() as threads:
        endless = threads.submit(kept.get, ENDLESS)
        time.sleep(0.3)
        for pid in _query_processes(address[2]):
            os.kill(pid, signal.SIGKILL)

        assert endless.result().status in (500, 507)
    assert b"value 7" in kept.get(ONE).data
    assert kept.is_the_same()


def test_clients_that_leave_at_any_moment_leave_nothing_behind(address: Address) -> None:
    request = f"GET /sparql?query={quote(ONE)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for number in range(60):
        with socket.create_connection(address[:2], timeout=20) as client:
            client.sendall(request)
            _one_answer(client)
            client.sendall(request[: number * len(request) // 40])
            if number % 3 == 0:
                time.sleep(0.002)

    assert b"value 7" in Kept(address, 40).get(ONE).data


def test_connections_that_ask_nothing_more_are_closed_and_do_not_hold_the_end_of_the_server_up(tmp_path: Path) -> None:
    with sparql_endpoint(tmp_path) as address:
        idle = [Kept(address, client) for client in range(3)]
        began = time.monotonic()
        os.kill(address[2], signal.SIGTERM)
        time.sleep(1.1)  # longer than the loop takes to look at its clock
        late = idle.pop().get(ONE)
        ends = [each._connection.sock.recv(1) for each in idle]
        took = time.monotonic() - began

    assert (late.status, late.headers["Connection"]) == (200, "close"), "it may have been on its way"
    assert ends == [b""] * 2
    assert took < 8, "gunicorn waits ten seconds for who does not let go"


def _one_answer(client: socket.socket) -> bytes:
    """Read an answer of one row; a thread of the server sends head and body one after the other."""
    data = b""
    while not data.endswith(b"}]}}"):
        data += client.recv(65536) or pytest.fail("the server hung up")
    return data


def _query_processes(server: int) -> list[int]:
    below = [int(pid) for path in Path(f"/proc/{server}/task").glob("*/children") for pid in path.read_text().split()]
    return [
        int(pid)
        for worker in below
        for path in Path(f"/proc/{worker}/task").glob("*/children")
        for pid in path.read_text().split()
    ]
