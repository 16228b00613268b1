"""A service that is slow, streams without end, breaks off or speaks too much: our limits hold in front of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import FairnodeError, QueryRefused, QueryTimeout, StorageError
from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import GraphQuery, GraphStore, open_graph_store
from tests.servers.oxigraph import oxigraph_server

TRIPLES = "{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"


def open_store(url: str) -> GraphStore:
    return open_graph_store(
        f"sparql+{url}", Path(), SparqlSettings(timeout=2, max_rows=10**9, max_bytes=10**12), StoreSettings()
    )


@pytest.fixture
def graphs() -> Iterator[GraphStore]:
    with oxigraph_server() as url:
        store = open_store(url)
        with store.writer() as writer:
            assert writer is not None
            writer.replace("http://e/g", "".join(f'<http://e/s{n}> <http://e/p> "v{n}" .\n' for n in range(3000)))
        yield store
        store.close()


@pytest.mark.parametrize("text", [f"SELECT (COUNT(*) AS ?n) {TRIPLES}", f"SELECT * {TRIPLES}"])
def test_a_query_that_runs_too_long_is_given_up_in_time(graphs: GraphStore, text: str) -> None:
    started = time.monotonic()

    with pytest.raises(QueryTimeout):
        for _ in graphs.query(GraphQuery(text=text, media_type="text/csv")).chunks():
            pass

    assert time.monotonic() - started < 3


# A service is asked first what it is.
NOBODY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
MISBEHAVIOURS = [
    (b"HTTP/1.1 500 Oops\r\nContent-Length: 12\r\n\r\nSECRET-TOKEN", StorageError),
    (b"HTTP/1.1 400 Bad\r\nContent-Length: 12\r\n\r\nSECRET-TOKEN", QueryRefused),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", StorageError),
    (HEAD + b"Content-Length: 100\r\n\r\no\r\ncut", StorageError),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\no\r\n\r\n", StorageError),
    (b"nonsense", StorageError),
    (b"", StorageError),
]


@pytest.mark.parametrize(("reply", "error"), MISBEHAVIOURS)
def test_a_service_that_misbehaves_is_an_error_without_its_words(reply: bytes, error: type[FairnodeError]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            for text in (NOBODY, reply):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(text)

        thread = threading.Thread(target=answer)
        thread.start()
        store = open_store(f"http://127.0.0.1:{listener.getsockname()[1]}")

        with pytest.raises(error) as raised:
            b"".join(store.query(GraphQuery(text="SELECT * {}", media_type="text/csv")).chunks())
        thread.join()
        store.close()

    assert "SECRET" not in raised.value.message


def test_a_service_that_drips_is_given_up_in_time() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with listener.accept()[0] as asking:
                asking.recv(65536)
                asking.sendall(NOBODY)
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
                while not stop.wait(0.2):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        store = open_store(f"http://127.0.0.1:{listener.getsockname()[1]}")
        started = time.monotonic()

        with pytest.raises(QueryTimeout):
            b"".join(store.query(GraphQuery(text="SELECT * {}", media_type="text/csv")).chunks())
        elapsed = time.monotonic() - started
        stop.set()
        thread.join()
        store.close()

    assert elapsed < 3
