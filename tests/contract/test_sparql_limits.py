"""What a client of `/sparql` meets at the limits, over real sockets: an error, or a transfer that breaks off."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from node.settings import SparqlSettings, StoreSettings
from node.storage.graphs import open_graph_store
from tests.servers.sparql_endpoint import sparql_endpoint

TIMEOUT = 3  # of the endpoint, see sparql_endpoint.application
TRIPLES = "{ ?s ?p ?o . ?a ?b ?c . ?d ?e ?f }"
COUNT_ALL = f"SELECT (COUNT(*) AS ?n) {TRIPLES}"
ALL = f"SELECT * {TRIPLES}"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    graphs = open_graph_store("oxigraph:graphs", home, SparqlSettings(), StoreSettings())
    with graphs.writer() as writer:
        assert writer is not None
        lines = "".join(f'<http://e/s{n}> <http://e/p> "{"v" * 40} {n}" .\n' for n in range(40_000))
        writer.replace("http://e/g", lines)
    graphs.close()
    with sparql_endpoint(home) as (host, port, _):
        yield f"http://{host}:{port}/sparql"


def ask(endpoint: str, query: str, **headers: str) -> requests.Response:
    return requests.post(endpoint, data={"query": query}, headers=headers, timeout=30)


def answers_again(endpoint: str, within: float) -> None:
    started = time.monotonic()
    response = ask(endpoint, "SELECT ?o { <http://e/s7> ?p ?o }")
    assert response.status_code == 200
    assert time.monotonic() - started < within


def test_row_43_a_query_past_its_time_is_a_504_that_says_so(endpoint: str) -> None:
    started = time.monotonic()

    response = ask(endpoint, COUNT_ALL)

    assert TIMEOUT <= time.monotonic() - started < TIMEOUT + 1
    assert response.status_code == 504
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    document = response.json()
    assert document["code"] == "sparql.timeout"
    assert f"{TIMEOUT} s" in document["detail"]
    assert document["advice"]
    answers_again(endpoint, 1)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_row_44_an_answer_cut_short_never_looks_whole(endpoint: str, coding: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(endpoint, ALL, **{"Accept-Encoding": coding})

    answers_again(endpoint, 1)


def test_row_44_an_answer_cut_short_holds_nothing_but_the_answer(endpoint: str) -> None:
    host, port = endpoint.removeprefix("http://").removesuffix("/sparql").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request("GET", "/sparql?" + urlencode({"query": ALL}), headers={"Accept": "text/csv"})
    response = connection.getresponse()

    with pytest.raises(http.client.IncompleteRead) as cut:
        response.read()
    connection.close()

    assert response.status == 200
    rows = cut.value.partial.split(b"\r\n")[1:-1]
    assert rows
    assert {row.count(b",") for row in rows} == {8}


TWICE = "{ { ?s ?p ?o } UNION { ?s ?p ?o } }"


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (f"SELECT * {TWICE}", "text/csv"),
        (f"SELECT * {TWICE}", "application/json"),
        ("CONSTRUCT { ?s ?p ?o . ?s <http://e/q> ?o } { ?s ?p ?o }", "text/turtle"),
        (f"SELECT (REPLACE(?o, 'v', '{'w' * 20}') AS ?long) {{ ?s ?p ?o }}", "text/csv"),
    ],
)
def test_row_45_an_answer_over_a_cap_breaks_off_and_never_ends_early(endpoint: str, query: str, accept: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask(endpoint, query, Accept=accept)


def test_a_long_answer_within_the_limits_arrives_whole(endpoint: str) -> None:
    response = ask(endpoint, "SELECT * { ?s ?p ?o }", **{"Accept-Encoding": "gzip"})

    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert len(json.loads(response.content)["results"]["bindings"]) == 40_000


def test_row_46_a_query_out_of_memory_is_a_507_that_says_so(endpoint: str) -> None:
    response = ask(endpoint, "SELECT * { ?s ?p ?o . ?a ?b ?c } ORDER BY ?o ?c")

    assert response.status_code == 507
    assert response.json()["code"] == "sparql.too-large"
    assert "256 MiB" in response.json()["detail"]
    answers_again(endpoint, 1)


def test_row_47_a_client_that_leaves_frees_its_query_process(endpoint: str) -> None:
    host, port = endpoint.removeprefix("http://").removesuffix("/sparql").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        target = "/sparql?" + urlencode({"query": ALL})
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: text/csv\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")

    # There is one query process: were it still at work, this would wait for it.
    answers_again(endpoint, 1)


@pytest.mark.alone
def test_row_48_more_queries_than_can_wait_get_a_429_and_the_others_are_unaffected(endpoint: str) -> None:
    responses: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: responses.append(ask(endpoint, COUNT_ALL))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = sorted(response.status_code for response in responses)
    busy = [response for response in responses if response.status_code == 429]
    assert 429 in statuses
    assert 504 in statuses
    assert all(int(response.headers["Retry-After"]) > 0 for response in busy)
    assert all(response.json()["code"] == "sparql.busy" for response in busy)
    answers_again(endpoint, 1)


def test_head_lets_go_of_a_long_answer(endpoint: str) -> None:
    response = requests.head(endpoint, params={"query": ALL}, timeout=10)

    assert response.status_code == 200
    assert response.content == b""
    answers_again(endpoint, 1)


def test_row_14_a_query_of_eight_kilobytes_fits_into_a_url(endpoint: str) -> None:
    response = requests.get(endpoint, params={"query": "ASK {} #" + "é" * 4000}, timeout=10)

    assert response.status_code == 200


def test_more_kept_connections_than_the_server_has_threads_are_all_answered(endpoint: str) -> None:
    sessions = [requests.Session() for _ in range(20)]

    answers = [session.post(endpoint, data={"query": "ASK {}"}, timeout=10) for session in sessions * 2]

    assert {answer.status_code for answer in answers} == {200}
    for session in sessions:
        session.close()
