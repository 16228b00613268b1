"""Clients that are slow or do nothing, over real sockets: they take no thread from those who ask."""

from __future__ import annotations

import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from node.web.patience import PatientSocket, wake_at, wanted
from tests.servers.sparql_endpoint import sparql_endpoint

MORE_THAN_THREADS = 40
HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with sparql_endpoint(tmp_path_factory.mktemp("home")) as (host, port, _):
        yield host, port


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        HEAD,
        HEAD + b"Content-Length: 1000\r\n\r\n#",
        b"OPTIONS /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "a request, and never hangs up"],
)
def test_more_idle_clients_than_threads_keep_nobody_waiting(address: tuple[str, int], sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(MORE_THAN_THREADS):
            stack.enter_context(socket.create_connection(address)).sendall(sent)

        answer = requests.get("http://{}:{}/sparql".format(*address), params={"query": "ASK {}"}, timeout=5)

    assert answer.status_code == 200


def test_more_kept_connections_than_threads_that_send_half_a_request_keep_nobody_waiting(
    address: tuple[str, int],
) -> None:
    query = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(MORE_THAN_THREADS):
            client = stack.enter_context(socket.create_connection(address, timeout=10))
            client.sendall(query)
            assert client.recv(4096).startswith(b"HTTP/1.1 200")
            client.sendall(query[:-2])

        answer = requests.get("http://{}:{}/sparql".format(*address), params={"query": "ASK {}"}, timeout=5)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "parts",
    [
        [b"POST /spa", b"rql HTTP/1.1\r\nHost: x\r\n", HEAD.partition(b"x\r\n")[2], b"Content-Length: 6\r\n\r\nASK {}"],
        [HEAD + b"Content-Length: 6\r\n\r", b"\nASK", b" {}"],
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"6\r\nASK {}\r\n", b"0\r\n\r\n"],
        [HEAD + b"Content-Length: 100000\r\n\r\nASK {}", b" " * 50_000, b" " * 49_994],
        [HEAD + b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\n", b"ASK {}"],
    ],
    ids=["head", "body", "chunks", "a long body", "told to go on"],
)
def test_a_request_that_comes_in_parts_is_answered(address: tuple[str, int], parts: list[bytes]) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            client.sendall(part)
            threading.Event().wait(0.05)  # so that the server sees each by itself
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(4096), b""))

    assert b"HTTP/1.1 200 OK" in answer
    assert answer.endswith(b'{"head":{},"boolean":true}')


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        yield ours, theirs


def give_up(ours: socket.socket) -> None:
    assert PatientSocket(ours, lambda: True).recv(100) == b""


def break_off(ours: socket.socket) -> None:
    with pytest.raises(BrokenPipeError):
        PatientSocket(ours, lambda: True).sendall(bytes(20_000_000))


@pytest.mark.parametrize("cut", [give_up, break_off])
def test_who_stands_still_is_cut_off(
    pair: tuple[socket.socket, socket.socket], cut: Callable[[socket.socket], None]
) -> None:
    # In a thread: without its clock it would wait for good. A second is what the kernel waits at a time.
    thread = threading.Thread(target=cut, args=pair[:1], daemon=True)

    thread.start()
    thread.join(10)

    assert not thread.is_alive()


def test_what_is_there_can_be_read_after_all_patience_was_spent(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    sock = PatientSocket(ours, lambda: True)
    assert sock.recv(100) == b""
    theirs.sendall(b"the next request")
    ours.recv(1, socket.MSG_PEEK)

    assert sock.recv(100, socket.MSG_DONTWAIT) == b"the next request"


def test_who_has_been_answered_leaves_when_there_is_hardly_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--worker-connections=22")
    query = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
    with sparql_endpoint(tmp_path) as (host, port, _), ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection((host, port), timeout=10)) for _ in range(4)]
        for client in clients:
            client.sendall(query)
            assert b"keep-alive" in _one_answer(client)
        new = [stack.enter_context(socket.create_connection((host, port), timeout=10)) for _ in range(6)]
        new[-1].sendall(query)
        told = b"".join(iter(lambda: new[-1].recv(4096), b""))
        clients[0].sendall(query)

        assert told.endswith(b'"boolean":true}'), "and was let go"
        assert b"Connection: close" in _one_answer(clients[0])


def test_a_server_that_has_no_descriptor_for_another_connection_serves_those_it_has(tmp_path: Path) -> None:
    query = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with sparql_endpoint(tmp_path) as (host, port, pid), ExitStack() as stack:
        [worker] = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        before = stack.enter_context(socket.create_connection((host, port), timeout=10))
        _, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        for number in (len(list(Path(f"/proc/{worker}/fd").iterdir())) + 6, hard):
            resource.prlimit(worker, resource.RLIMIT_NOFILE, (number, hard))
            for _ in range(20):
                stack.enter_context(socket.create_connection((host, port), timeout=10))
            if number != hard:
                before.sendall(b"OPTIONS /sparql HTTP/1.1\r\nHost: x\r\n\r\n")
                assert before.recv(4096).startswith(b"HTTP/1.1 204")
        last = stack.enter_context(socket.create_connection((host, port), timeout=10))
        last.sendall(query)

        assert last.recv(4096).startswith(b"HTTP/1.1 200")
        assert Path(f"/proc/{pid}/task/{pid}/children").read_text().split() == [str(worker)]


def _one_answer(client: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b'"boolean":true}'):
        data += client.recv(4096) or pytest.fail("the server hung up")
    return data


REQUESTS = [
    (b"", 1),
    (b"GET / HTTP/1.1\r\n", 17),
    (b"GET / HTTP/1.1\r\n\r\n", 0),
    (b"GET / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab", 40),
    (b"GET / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", 0),
    (b"GET / HTTP/1.1\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n", 0),
    (b"GET / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", 0),
    (b"GET / HTTP/1.1\r\nx: " + b"y" * 5000, 5020),
    (b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000, 0),
]
HELD = [
    (b"GET / HTTP/1.1\r\n\r", b"", 1),
    (b"GET / HTTP/1.1\r\n\r", b"\n", 0),
    (b"GET / HTTP/1.1\r\n\r\n", b"", 0),
    (b"GET / HTTP/1.1\r\ncontent-le", b"ngth: 3\r\n\r\na", 14),
]


@pytest.mark.parametrize(("sent", "size"), REQUESTS)
def test_a_thread_is_wanted_when_a_request_is_there(
    pair: tuple[socket.socket, socket.socket], sent: bytes, size: int
) -> None:
    ours, theirs = pair
    theirs.sendall(sent)
    wake_at(ours, max(1, min(len(sent), 65_536)))
    if sent:
        ours.recv(len(sent), socket.MSG_PEEK)  # until all of it is there

    assert wanted(ours) == size


@pytest.mark.parametrize(("held", "sent", "size"), HELD)
def test_what_was_taken_of_a_request_already_counts(
    pair: tuple[socket.socket, socket.socket], held: bytes, sent: bytes, size: int
) -> None:
    ours, theirs = pair
    theirs.sendall(sent)
    if sent:
        ours.recv(1, socket.MSG_PEEK)

    assert wanted(ours, held) == size
